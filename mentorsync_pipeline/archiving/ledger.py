"""The ledger of archives: what was about to happen and what has happened to each contact, committed around every call.

`planned → clearing → archiving → archived | failed`, a release of an External ID alone `planned → clearing → cleared |
failed`, and on the way back `restoring → restored`. Whatever kills a run, the next one sees how far each contact had
come and asks Givebutter for the rest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.archiving.rules.records import Action, PlanRow, Purpose
from mentorsync_pipeline.db.records import record
from mentorsync_pipeline.db.tables import archived_duplicates, mn_changes

Status = Literal["planned", "clearing", "archiving", "archived", "cleared", "failed", "restoring", "restored"]
Outcome = Literal["done", "found_done", "missing"]
_UNDER_WAY = ("planned", "clearing", "archiving")
_TABLE = archived_duplicates
SOURCE_TABLE = archived_duplicates.name
# In Givebutter's dashboard, by hand: we only see that a contact is back.
_RESTORED_THERE = "givebutter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Who writes: the campaign year, what for, the Dagster run and its `sync_log` row."""

    year: int
    purpose: Purpose
    run_id: str
    log_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the ledger as it stands.

    `before_image` is the contact as Givebutter's API showed it before the first call that changes it.
    """

    id: int
    campaign_year: int
    contact_id: int
    action: Action
    mn_id: str | None
    winner_contact_id: int | None
    status: Status
    outcome: Outcome | None
    before_image: Mapping[str, Any] | None
    clears_external_id: str | None
    cleared_external_id: str | None

    @property
    def begun(self) -> bool:
        """Whether a call that changes the contact was about to be made, in this run or in an earlier one."""
        return self.before_image is not None


class Ledger:
    """The writes of one run; each is a transaction of its own and may come from any thread."""

    def __init__(self, engine: sa.Engine, run: Run) -> None:
        self._engine = engine
        self._run = run

    def open(self, rows: Iterable[PlanRow], now: datetime) -> tuple[list[Entry], list[Entry]]:
        """Enter what the plan allows, and return it with what an interrupted run left behind and no plan allows now.

        A planned row of an earlier run that was never begun and is not allowed any more is taken out. One that failed
        is planned again.
        """
        run = self._run
        allowed = {row.contact_id: row for row in rows}
        with self._engine.begin() as conn:
            _close_restored(conn, allowed.values(), now)
            mine = sa.and_(_TABLE.c.campaign_year == run.year, _TABLE.c.purpose == run.purpose)
            conn.execute(
                sa.delete(_TABLE).where(mine, _TABLE.c.status == "planned", _TABLE.c.contact_id.not_in(allowed))
            )
            for row in allowed.values():
                conn.execute(_planned(row, run, now))
            found = conn.execute(
                sa.select(_TABLE).where(mine, _TABLE.c.status.in_(_UNDER_WAY)).order_by(_TABLE.c.contact_id)
            ).mappings()
            entries = [record(Entry, row) for row in found]
        return (
            [entry for entry in entries if entry.contact_id in allowed],
            [entry for entry in entries if entry.contact_id not in allowed],
        )

    def clearing(self, entry: Entry, image: Mapping[str, Any]) -> Entry:
        """Before the External ID is taken off: what the contact is like, and that it is about to happen."""
        return self._advance(entry, status="clearing", before_image=image)

    def cleared(self, entry: Entry, now: datetime, *, outcome: Outcome = "done") -> Entry:
        """The External ID is off. A release is finished by it."""
        done: dict[str, Any] = {"cleared_external_id": entry.clears_external_id, "cleared_at": now}
        if entry.action == "release":
            done |= {"status": "cleared", "outcome": outcome, "error": None}
        return self._advance(entry, **done)

    def archiving(self, entry: Entry, image: Mapping[str, Any]) -> Entry:
        """Before the contact is archived."""
        kept = entry.before_image if entry.cleared_external_id else image
        return self._advance(entry, status="archiving", before_image=kept)

    def archived(self, entry: Entry, now: datetime, *, outcome: Outcome) -> Entry:
        """The contact is archived; the mentor's history says so in the same moment."""
        done = {"status": "archived", "outcome": outcome, "archived_at": now, "error": None}
        change = "duplicates_archived" if outcome == "done" else None
        return self._advance(entry, change=change, now=now, **done)

    def failed(self, entry: Entry, error: str) -> Entry:
        """A call that did not work, or that gave no answer: where there is a before-image, it may have worked."""
        return self._advance(entry, status="failed", error=error)

    def restoring(self, entry: Entry, by: str) -> Entry:
        """Before a contact is brought back."""
        return self._advance(entry, status="restoring", restored_by=by, restore_run_id=self._run.run_id)

    def not_restored(self, entry: Entry, error: str) -> Entry:
        """A contact that could not be brought back; it can be tried again."""
        return self._advance(entry, status="restoring", error=error)

    def restored(self, entry: Entry, now: datetime, *, note: str | None = None) -> Entry:
        """The contact is back, or has its External ID again."""
        change = "duplicates_restored" if entry.action == "archive" and entry.outcome is not None else None
        return self._advance(entry, change=change, now=now, status="restored", restored_at=now, error=note)

    def _advance(self, entry: Entry, *, change: str | None = None, now: datetime | None = None, **values: Any) -> Entry:
        restoring = entry.status == "restoring" or values.get("status") == "restoring"
        with self._engine.begin() as conn:
            conn.execute(
                sa.update(_TABLE)
                .where(_TABLE.c.id == entry.id)
                .values(sync_log_id=self._run.log_id, **({} if restoring else {"run_id": self._run.run_id}), **values)
            )
            if change is not None and entry.mn_id is not None:
                conn.execute(sa.insert(mn_changes).values(detected_at=now, **self._change(entry, change)))
        known = {name: value for name, value in values.items() if name in Entry.__dataclass_fields__}
        return replace(entry, **known)

    def _change(self, entry: Entry, change: str) -> dict[str, Any]:
        """The record in the mentor's history; nothing more is expected of it, for Givebutter has answered."""
        archived = change == "duplicates_archived"
        contact = {"contact_id": entry.contact_id, "winner_contact_id": entry.winner_contact_id}
        return {
            "campaign_year": entry.campaign_year,
            "mn_id": entry.mn_id,
            "change_type": change,
            "old_value": None if archived else contact,
            "new_value": contact if archived else None,
            "source_table": SOURCE_TABLE,
            "source": f"ledger {entry.id}",
            "sync_log_id": self._run.log_id,
            "resolved": True,
        }


def _planned(row: PlanRow, run: Run, now: datetime) -> pg.Insert:
    """Enter a row; one that failed or was never begun is planned again, one under way or archived stays as it is."""
    values: dict[str, Any] = {
        "campaign_year": run.year,
        "purpose": run.purpose,
        "action": row.action,
        "contact_id": row.contact_id,
        "mn_id": row.mn_id,
        "winner_contact_id": row.winner_contact_id,
        "clears_external_id": row.clears_external_id,
        "input_fingerprint": row.input_fingerprint,
        "approved_by": row.approved_by,
        "run_id": run.run_id,
        "sync_log_id": run.log_id,
        "status": "planned",
    }
    insert = pg.insert(_TABLE).values(**values, attempts=1, planned_at=now)
    open_index = next(index for index in _TABLE.indexes if index.name == "uq_archived_duplicates_open")
    return insert.on_conflict_do_update(
        index_elements=["contact_id"],
        index_where=open_index.dialect_options["postgresql"]["where"],
        set_={**values, "attempts": _TABLE.c.attempts + 1},
        where=_TABLE.c.status.in_(["planned", "failed"]),
    )


def _close_restored(conn: sa.Connection, rows: Iterable[PlanRow], now: datetime) -> None:
    """Close the old row of a contact that is back in Givebutter and that a person has asked to archive again since."""
    for row in rows:
        if row.approved_at is not None:
            conn.execute(
                sa.update(_TABLE)
                .where(
                    _TABLE.c.contact_id == row.contact_id,
                    _TABLE.c.status == "archived",
                    _TABLE.c.archived_at < row.approved_at,
                )
                .values(status="restored", restored_at=now, restored_by=_RESTORED_THERE)
            )
