"""Determine which inputs are in the rows of a year's steps: loads of contacts, answers of people, settings and rules.

The overview, the archive plan and its approval, the sensors and the closing of a year use this one definition. No times
are compared, because clocks differ, and because a transaction may end after a step that began later.

The first step that reads an input records, at the start of its transaction, which entries it finds: the last load, and
the ids of the answers in force. Every step records the runs of the earlier steps that its rows are made from. So an
answer that a person gave while the steps ran is missing in their rows, as is an answer that was taken back since. What
a step reads later in its transaction may be newer; the next run applies it again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.tables import (
    archive_approvals,
    archive_plan,
    campaign_messages,
    contact_candidates,
    deduplicated_signups,
    duplicate_contacts,
    gb_contact_loads,
    mentor_gaps,
    mentor_records,
    mentors,
    mn_gb_import,
    partner_matches,
    sync_decisions,
    sync_log,
    winner_contacts,
)
from mentorsync_pipeline.runtime.code_version import code_version

# Inputs with entries: the id of the last load of contacts, and the ids of the answers of people in force. The id of an
# undone attendance is negative.
_CONTACTS = "contacts"
_INPUTS = (_CONTACTS, "decisions", "approvals", "attendance")
# Keys of `sync_log.details`.
_SEEN, _MADE_FROM = "seen", "made_from"
_ASSETS = "mentorsync_pipeline.assets"


@dataclass(frozen=True, slots=True)
class _Step:
    """A step of a year.

    Attributes:
        module: module with its rules.
        reads: steps whose rows it reads; these contain the rows of the steps before them.
        records: inputs that it is the first step to read.
        has_settings: its rows depend on the settings of the year.

    """

    module: str
    reads: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    has_settings: bool = True


# The steps whose rows the archive plans read.
PLAN_SOURCES = (duplicate_contacts.name, mentors.name)
_STEPS: Mapping[str, _Step] = {
    deduplicated_signups.name: _Step("matching", records=(_CONTACTS, "decisions")),
    contact_candidates.name: _Step("matching", (deduplicated_signups.name,)),
    winner_contacts.name: _Step("matching", (contact_candidates.name,)),
    duplicate_contacts.name: _Step("mentors", (winner_contacts.name,), records=("approvals",)),
    mentors.name: _Step("mentors", (duplicate_contacts.name,), records=("attendance",)),
    partner_matches.name: _Step("mentors", (mentors.name,)),
    mentor_gaps.name: _Step("reports", (mentors.name,)),
    campaign_messages.name: _Step("messages", (mentors.name,)),
    mn_gb_import.name: _Step("gb_import", (mentors.name, duplicate_contacts.name)),
    "gb_import_file": _Step("gb_import", (mn_gb_import.name,)),
    # Only the guard uses its settings, when a plan is applied.
    archive_plan.name: _Step("archive", PLAN_SOURCES, has_settings=False),
    "mass_email_plan": _Step("archive", PLAN_SOURCES, has_settings=False),
}
# From the first step that reads answers to the mentors. Each step reads the rows of the step before it.
CALCULATION = (
    deduplicated_signups.name,
    contact_candidates.name,
    winner_contacts.name,
    duplicate_contacts.name,
    mentors.name,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingInputs:
    """What the rows of some steps lack.

    Attributes:
        is_calculated: all of the steps have run.
        contacts: contacts were loaded since.
        decisions, approvals, attendance: entries that were added since, and entries that were taken back since.
        settings: settings of the year have changed since.
        rules: the rules of the program have changed since.

    """

    is_calculated: bool = True
    contacts: bool = False
    decisions: frozenset[int] = frozenset()
    approvals: frozenset[int] = frozenset()
    attendance: frozenset[int] = frozenset()
    settings: bool = False
    rules: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Return what is missing, in order of the attributes."""
        named = (item.name for item in fields(self) if item.name != "is_calculated")
        return tuple(name for name in named if getattr(self, name))


@dataclass(frozen=True, slots=True)
class _StepRun:
    """A successful run of a step, with its `sync_log.details`."""

    id: int
    details: Mapping[str, Any]

    @property
    def made_from(self) -> Mapping[str, int]:
        """The `sync_log` ids of the runs that its rows are made from, by step."""
        ids: Mapping[str, int] = self.details.get(_MADE_FROM, {})
        return ids


def record_inputs(conn: sa.Connection, year: int | None, asset: str) -> dict[str, Any]:
    """Return the entries for `sync_log.details` of a step that starts, to be read at the start of its transaction."""
    step = _STEPS.get(asset)
    if step is None or year is None:
        return {}
    details: dict[str, Any] = {}
    if step.records:
        details[_SEEN] = {name: _to_ranges(_read_entries(conn, year, name)) for name in step.records}
    if step.reads:
        details[_MADE_FROM] = _find_runs(conn, year, step.reads)
    return details


def find_missing_inputs(
    conn: sa.Connection, year: int, steps: Sequence[str], *, settings_version: str
) -> MissingInputs:
    """Find what the rows of these steps, together, lack.

    Args:
        settings_version: `code_version.configuration_version` of the year's present configuration.

    """
    runs = _find_runs(conn, year, steps)
    details = _read_details(conn, runs.values())
    missing = _find_missing_entries(conn, year, runs, details)
    versions = [(name, details[log_id]) for name, log_id in runs.items() if log_id]
    return MissingInputs(
        is_calculated=all(runs[name] for name in steps),
        contacts=bool(missing[_CONTACTS]),
        decisions=missing["decisions"],
        approvals=missing["approvals"],
        attendance=missing["attendance"],
        settings=any(
            stored.get("configuration") != settings_version for name, stored in versions if _STEPS[name].has_settings
        ),
        rules=any(stored.get("code_version") != _current_version(name) for name, stored in versions),
    )


def has_load(conn: sa.Connection, year: int, steps: Sequence[str], load_id: int) -> bool:
    """Return whether the rows of these steps were made with a load of contacts, or with a later one."""
    runs = _find_runs(conn, year, steps)
    details = _read_details(conn, runs.values())
    readers = [log_id for name, log_id in runs.items() if _CONTACTS in _STEPS[name].records]
    recorded = (details[log_id].get(_SEEN, {}).get(_CONTACTS, ()) for log_id in readers)
    return all(runs[name] for name in steps) and all(
        max(_parse_ranges(ranges), default=0) >= load_id for ranges in recorded
    )


def find_missing_decisions(conn: sa.Connection, year: int) -> frozenset[int]:
    """Return the ids of the decisions that the mentors lack: made, or taken back, since."""
    runs = _find_runs(conn, year, (mentors.name,))
    return _find_missing_entries(conn, year, runs, _read_details(conn, runs.values()))["decisions"]


def count_applied_decisions(conn: sa.Connection, year: int, run_ids: Sequence[str]) -> dict[str, int]:
    """Count the decisions that the mentors of each run have, and those before them have not."""
    log = sync_log.c
    origin = sa.func.coalesce(log.details[(_MADE_FROM, deduplicated_signups.name)].astext.cast(sa.BigInteger), 0)
    calculations = (
        sa.select(log.run_id, origin.label("origin"), sa.func.lag(origin).over(order_by=log.id).label("before"))
        .where(log.campaign_year == year, log.asset == mentors.name, log.status == "success")
        .order_by(log.id)
        .subquery()
    )
    rows = conn.execute(sa.select(calculations).where(calculations.c.run_id.in_(run_ids))).all()
    details = _read_details(conn, {log_id for row in rows for log_id in (row.origin, row.before) if log_id})
    counts = {}
    for row in rows:  # of several calculations of a run, the last counts
        recorded = [
            details.get(log_id, {}).get(_SEEN, {}).get("decisions")
            for log_id in (row.origin, row.before)
            if log_id is not None
        ]
        if None not in recorded:  # runs of earlier versions recorded nothing
            applied, *before = map(_parse_ranges, recorded)
            counts[row.run_id] = len(applied.difference(*before))
    return counts


def _find_runs(conn: sa.Connection, year: int, steps: Iterable[str]) -> dict[str, int]:
    """Find the runs that the present rows of the steps, and of those before them, are made from, by step.

    The earliest one of each; 0 if it is unknown, or if the step has not run. By id, because the clocks of the machines
    that run two steps may differ.
    """
    log, names = sync_log.c, set(steps)
    query = (
        sa.select(log.asset, log.id, log.details)
        .ext(pg.distinct_on(log.asset))
        .where(log.campaign_year == year, log.asset.in_(names), log.status == "success")
        .order_by(log.asset, log.id.desc())
    )
    last = {asset: _StepRun(log_id, details or {}) for asset, log_id, details in conn.execute(query)}
    earliest: dict[str, int] = {}
    for name in names:
        run = last.get(name, _StepRun(0, {}))
        before = {other: run.made_from.get(other, 0) for other in _list_with_earlier(_STEPS[name].reads)}
        for used, log_id in ((name, run.id), *before.items()):
            earliest[used] = min(log_id, earliest.get(used, log_id))
    return earliest


def _find_missing_entries(
    conn: sa.Connection, year: int, runs: Mapping[str, int], details: Mapping[int, Mapping[str, Any]]
) -> dict[str, frozenset[int]]:
    """Return the entries of each input that were added, or taken back, since these runs."""
    missing = dict.fromkeys(_INPUTS, frozenset[int]())
    for step, log_id in runs.items():
        for name in _STEPS[step].records:
            recorded = details[log_id].get(_SEEN, {}).get(name, ())
            missing[name] = _read_entries(conn, year, name) ^ _parse_ranges(recorded)
    return missing


def _read_details(conn: sa.Connection, log_ids: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    """Read the details of these runs by `sync_log` id; empty for unknown ones."""
    ids, log = set(log_ids), sync_log.c
    rows = conn.execute(sa.select(log.id, log.details).where(log.id.in_(ids)))
    return {key: {} for key in ids} | {row.id: row.details or {} for row in rows}


def _list_with_earlier(steps: Iterable[str]) -> set[str]:
    """Return the steps and all steps before them."""
    listed: set[str] = set()
    queue = list(steps)
    while queue:
        name = queue.pop()
        if name not in listed:
            listed.add(name)
            queue += _STEPS[name].reads
    return listed


def _read_entries(conn: sa.Connection, year: int, name: str) -> frozenset[int]:
    """Read the present entries of an input."""
    rows = conn.execute(_ENTRIES[name], {"year": year})
    return frozenset(entry for entry in rows.scalars() if entry is not None)


def _select_entries() -> dict[str, sa.Select[int]]:
    """Select the present entries of each input of a year."""
    decision, approval, attendance = sync_decisions.c, archive_approvals.c, mentor_records.c
    year = sa.bindparam("year", type_=sa.Integer)
    return {
        # Loads follow each other (`asset_run`), so their ids have the order of their ends.
        _CONTACTS: sa.select(sa.func.max(gb_contact_loads.c.id)),
        # A skipped question has no answer. The question about stale contacts is about the next file alone.
        "decisions": sa.select(decision.id).where(
            decision.campaign_year == year,
            decision.undone_at.is_(None),
            decision.choice != "skipped",
            decision.conflict_type != "data_staleness",
        ),
        # Approvals of a whole plan are for the guard. A contact that is kept is kept in every year.
        "approvals": sa.select(approval.id).where(
            sa.or_(approval.campaign_year == year, approval.answer == "no"),
            approval.scope == "contact",
            approval.withdrawn_at.is_(None),
        ),
        # The last undo takes Givebutter's tick back. SQLAlchemy loads Oracle's dialect for an id within a `case`.
        "attendance": sa.select(attendance.id * sa.case((attendance.undone_at.is_(None), 1), else_=-1)).where(
            attendance.campaign_year == year, attendance.kind == "attended_training"
        ),
    }


_ENTRIES = _select_entries()


def _to_ranges(ids: Iterable[int]) -> list[list[int]]:
    """Return the first and last id of each series of successive ids."""
    ranges: list[list[int]] = []
    for entry in sorted(ids):
        if ranges and entry == ranges[-1][1] + 1:
            ranges[-1][1] = entry
        else:
            ranges.append([entry, entry])
    return ranges


def _parse_ranges(ranges: Iterable[Sequence[int]]) -> frozenset[int]:
    return frozenset(entry for first, last in ranges for entry in range(first, last + 1))


def _current_version(asset: str) -> str:
    return code_version(f"{_ASSETS}.{_STEPS[asset].module}", asset)
