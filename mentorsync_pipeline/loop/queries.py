"""Read the state of a year's loop. The navigation, the overview and the API show these numbers."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta

import sqlalchemy as sa

from mentorsync_pipeline.archiving.plan_inputs import is_plan_current
from mentorsync_pipeline.campaigns.configuration import read_config
from mentorsync_pipeline.contacts.label_lookup import read_present_config
from mentorsync_pipeline.contacts.queries import read_last_as_of
from mentorsync_pipeline.db.audit import select_last_run
from mentorsync_pipeline.db.filters import runs_with_changes
from mentorsync_pipeline.db.load_order import read_last_load
from mentorsync_pipeline.db.paging import Listing
from mentorsync_pipeline.db.plan_status import count_plan_statuses
from mentorsync_pipeline.db.step_inputs import find_missing_inputs
from mentorsync_pipeline.db.tables import (
    archived_duplicates,
    audit_log,
    gb_contact_loads,
    gb_import_files,
    mentors,
    mn_gb_import,
    raw_mn_signups,
    sync_conflicts,
    sync_decisions,
    sync_log,
)
from mentorsync_pipeline.db.versioned_cache import YearCache
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, RELEASE
from mentorsync_pipeline.domain.findings import REJECTED_ROWS
from mentorsync_pipeline.domain.vocabulary import PlanStatus
from mentorsync_pipeline.import_file.out_files import list_held_back, list_rejected
from mentorsync_pipeline.import_file.row_previews import preview_next_file
from mentorsync_pipeline.import_file.rules.preview import Kind, RowPreview, count_kinds
from mentorsync_pipeline.loop.rules.next_step import FileFacts, Loop, LoopFacts, RunsInProgress, find_next_step
from mentorsync_pipeline.review.pending_counts import PendingCounts, count_by_kind, read_pending_counts
from mentorsync_pipeline.runtime.code_version import configuration_version

NO_RUNS = RunsInProgress()
_UNLINKED, _RELEASE = f'"{LEAVE_UNLINKED}"', f'"{RELEASE}"'  # as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedMentors:
    """Mentors who are left out of the import file, by what they wait for; each is counted once.

    Attributes:
        open: an open question.
        skipped: a question that somebody skipped.
        answered: an answer that the next run applies.
        releasing: their External ID is to be removed from another contact.
        released: it was removed there; no loaded contacts show that yet.
        unlinked: left without a contact by a decision.
        other: none of these; the next run decides.

    """

    open: int
    skipped: int
    answered: int
    releasing: int
    released: int
    unlinked: int
    other: int

    @property
    def total(self) -> int:
        """Number of blocked mentors."""
        return sum(astuple(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopState:
    """The loop of a year with the facts that decide it, and what is open.

    Attributes:
        preview: rows of the next file by what an import would do.
        rejected: rows that Givebutter rejected by error code.
        held_back: rows that the check leaves out of the file, likewise.
        plan: contacts of the archive plan by status.

    """

    loop: Loop
    facts: LoopFacts
    pending: PendingCounts
    blocked: BlockedMentors
    preview: Mapping[Kind, int]
    rejected: Mapping[str, int]
    held_back: Mapping[str, int]
    plan: Mapping[PlanStatus, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recorded:
    """What the database records about the loop: the fields of `LoopFacts` and `LoopState`."""

    contacts_as_of: datetime | None
    stale_after: timedelta
    has_signups: bool
    is_recalculated: bool
    has_present_rules: bool
    exported_at: datetime | None
    rejected: Mapping[str, int]
    held_back: Mapping[str, int]
    file: FileFacts | None
    plan_is_current: bool
    plan: Mapping[PlanStatus, int]
    blocked: BlockedMentors


def read_next_preview(conn: sa.Connection, year: int) -> list[RowPreview]:
    """Compare the rows of the year's next file with the contacts (`row_previews.preview_next_file`)."""
    return preview_next_file(conn, read_present_config(conn, year))


def read_loop(cache: YearCache, *, now: datetime, runs: RunsInProgress = NO_RUNS) -> LoopState:
    """Read the state of a year's loop at `now`."""
    kinds = count_kinds(cache.read_of_steps(read_next_preview))
    recorded, pending = cache.read(_read_recorded), cache.read(read_pending_counts)
    facts = LoopFacts(
        now=now,
        contacts_as_of=recorded.contacts_as_of,
        stale_after=recorded.stale_after,
        has_signups=recorded.has_signups,
        is_recalculated=recorded.is_recalculated,
        has_present_rules=recorded.has_present_rules,
        exported_at=recorded.exported_at,
        runs=runs,
        open_questions=pending.open_questions,
        unapplied_answers=pending.unapplied_answers,
        changed_rows=kinds["changed"],
        new_rows=kinds["new"],
        rejected_rows=sum(recorded.rejected.values()),
        held_back=sum(recorded.held_back.values()),
        file=recorded.file,
        plan_is_current=recorded.plan_is_current,
        to_approve=recorded.plan["needs_approval"],
        approved=recorded.plan["approved"],
        to_archive=recorded.plan["to_archive"],
        to_release=recorded.plan["to_release"],
        released=recorded.blocked.released,
    )
    return LoopState(
        loop=find_next_step(facts),
        facts=facts,
        pending=pending,
        blocked=recorded.blocked,
        preview=kinds,
        rejected=recorded.rejected,
        held_back=recorded.held_back,
        plan=recorded.plan,
    )


def _read_recorded(conn: sa.Connection, year: int) -> _Recorded:
    config = read_config(conn, year)
    missing = find_missing_inputs(conn, year, (mn_gb_import.name,), settings_version=configuration_version(config))
    return _Recorded(
        contacts_as_of=read_last_as_of(conn),
        stale_after=timedelta(days=config.thresholds.contacts_stale_days),
        has_signups=_has_signups(conn, year),
        is_recalculated=missing.is_calculated and not missing.contacts,
        has_present_rules=not missing.settings and not missing.rules,
        exported_at=_read_export_time(conn),
        rejected=_count_codes(conn, list_rejected(year)),
        held_back=_count_codes(conn, list_held_back(year)),
        plan_is_current=is_plan_current(conn, year, "duplicates"),
        file=read_newest_file(conn, year),
        plan=count_plan_statuses(conn, year),
        blocked=count_blocked_mentors(conn, year),
    )


def _count_codes(conn: sa.Connection, errors: Listing) -> dict[str, int]:
    return {row.kind: row.count for row in count_by_kind(conn, errors.query, "error_code")}


def count_blocked_mentors(conn: sa.Connection, year: int) -> BlockedMentors:
    """Count the blocked mentors by what they wait for: the first of the attributes that applies."""
    c, conflict, decision = mentors.c, sync_conflicts.c, sync_decisions.c
    value = sa.cast(decision.value, sa.Text)
    is_decided = conflict.status == "decided"
    states = (
        sa.select(
            conflict.mn_id,
            sa.func.bool_or(conflict.status == "pending").label("open"),
            sa.func.bool_or(conflict.status == "skipped").label("skipped"),
            sa.func.bool_or(sa.and_(is_decided, value.not_in((_UNLINKED, _RELEASE)))).label("answered"),
            sa.func.bool_or(sa.and_(is_decided, value == _RELEASE)).label("releasing"),
            sa.func.bool_or(is_decided).label("decided"),
        )
        .select_from(sa.outerjoin(sync_conflicts, sync_decisions, decision.id == conflict.decision_id))
        .where(conflict.campaign_year == year, conflict.blocking, conflict.status != "obsolete")
        .group_by(conflict.mn_id)
        .subquery("states")
    )
    kind = sa.case(
        (states.c.open, "open"),
        (states.c.skipped, "skipped"),
        (states.c.answered, "answered"),
        (_is_released(conn), "released"),
        (states.c.releasing, "releasing"),
        (states.c.decided, "unlinked"),
        else_="other",
    )
    rows = conn.execute(
        sa.select(kind.label("kind"), sa.func.count().label("number"))
        .select_from(sa.outerjoin(mentors, states, states.c.mn_id == c.mn_id))
        .where(c.campaign_year == year, c.sync_state == "blocked")
        .group_by(kind)
    )
    counts = dict.fromkeys((field.name for field in fields(BlockedMentors)), 0)
    counts |= {row.kind: row.number for row in rows}
    return BlockedMentors(**counts)


def read_newest_file(conn: sa.Connection, year: int) -> FileFacts | None:
    """Read the year's newest import file: when it was downloaded, and what has happened since."""
    file, log, act = gb_import_files.c, sync_log.c, audit_log.c
    fetched = (
        sa.select(act.done_at, select_last_run().label("last_run"))
        .where(act.act == "file_fetched", act.campaign_year == year, act.subject == file.sha256)
        .order_by(act.id.desc())
        .limit(1)
        .lateral("fetched")
    )
    is_imported = sa.exists().where(
        log.campaign_year == year,
        log.asset == REJECTED_ROWS,
        log.status == "success",
        sa.case((fetched.c.last_run.is_(None), log.started_at >= fetched.c.done_at), else_=log.id > fetched.c.last_run),
    )
    is_outdated = sa.exists().where(
        log.campaign_year == year,
        log.asset == "mn_gb_import",
        log.status == "success",
        log.id > file.sync_log_id,
        runs_with_changes(),
    )
    row = conn.execute(
        sa.select(
            *(file.id, file.created_at, file.contacts_as_of, fetched.c.done_at.label("at")),
            *(is_imported.label("imported"), is_outdated.label("outdated")),
        )
        .select_from(gb_import_files.outerjoin(fetched, sa.true()))
        .where(file.campaign_year == year)
        .order_by(file.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return FileFacts(
        file_id=row.id,
        created_at=row.created_at,
        contacts_as_of=row.contacts_as_of,
        fetched_at=row.at,
        is_imported=row.imported,
        is_outdated=row.outdated,
    )


def _has_signups(conn: sa.Connection, year: int) -> bool:
    log = sync_log.c
    query = sa.select(
        sa.exists().where(log.campaign_year == year, log.asset == raw_mn_signups.name, log.status == "success")
    )
    return bool(conn.execute(query).scalar_one())


def _read_export_time(conn: sa.Connection) -> datetime | None:
    """Return when the present contacts were loaded, if they are from an export."""
    load = gb_contact_loads.c
    last = conn.execute(sa.select(load.origin, load.loaded_at).order_by(load.id.desc()).limit(1)).first()
    return last.loaded_at if last is not None and last.origin == "export" else None


def _is_released(conn: sa.Connection) -> sa.ColumnElement[bool]:
    """Whether a mentor's External ID was removed from another contact after the loaded contact data was taken."""
    load, ledger = read_last_load(conn), archived_duplicates.c
    if load is None:
        return sa.false()
    return sa.exists().where(
        ledger.campaign_year == mentors.c.campaign_year,
        ledger.mn_id == mentors.c.mn_id,
        ledger.action == "release",
        ledger.status == "cleared",
        ~load.is_after(ledger.cleared_at, ledger.last_run_id),
    )
