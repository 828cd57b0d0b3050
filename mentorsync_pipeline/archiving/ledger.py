"""Write the ledger of archived contacts, `archived_duplicates` (rulebook section 10).

Entries are committed before and after each call to Givebutter, so that a run after a killed one knows how far each
contact had come. Statuses:

- archive: `planned → clearing → archiving → archived | failed`
- release of an External ID alone: `planned → clearing → cleared | failed`
- restore: `restoring → restored`
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.archiving.rules.plan_records import Action, PlanRow, Purpose
from mentorsync_pipeline.db.load_order import LAST_RUN
from mentorsync_pipeline.db.row_records import record
from mentorsync_pipeline.db.tables import archive_approvals, archived_duplicates, mn_changes

Status = Literal["planned", "clearing", "archiving", "archived", "cleared", "failed", "restoring", "restored"]
Outcome = Literal["done", "found_done", "missing"]
_OPEN_STATUSES = ("planned", "clearing", "archiving")
# From these on, only later approvals and loads of contacts are about the contact's state.
_MARKED_STATUSES = ("archiving", "archived", "cleared", "restored")
# What came before an action of ours; clocks of the processes that write approvals, loads and the ledger may differ.
_LAST_BEFORE = {
    "last_approval_id": sa.select(sa.func.max(archive_approvals.c.id)).scalar_subquery(),
    "last_run_id": sa.func.coalesce(LAST_RUN, 0),
}
_TABLE = archived_duplicates
SOURCE_TABLE = archived_duplicates.name
# `restored_by` of a contact that was restored by hand in Givebutter's dashboard.
_RESTORED_IN_GIVEBUTTER = "givebutter"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRun:
    """The run that writes: campaign year, purpose, Dagster run id and id of its `sync_log` row."""

    year: int
    purpose: Purpose
    run_id: str
    log_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One row of `archived_duplicates`.

    Attributes:
        before_image: the contact as Givebutter's API returned it before the first call that changes it. Its time of
            change is that of our removal of the External ID, so that a later one is somebody else's.
        last_run_id: the last run of the moment at which its archive was begun; None before.

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
    last_run_id: int | None

    @property
    def is_begun(self) -> bool:
        """Return whether this or an earlier run was about to change the contact."""
        return self.before_image is not None

    @property
    def may_be_archived(self) -> bool:
        """Return whether this or an earlier run was about to archive the contact, and the answer is not known."""
        return self.last_run_id is not None


class Ledger:
    """Writes of one run. Each write is a transaction of its own and is safe from any thread."""

    def __init__(self, engine: sa.Engine, run: LedgerRun) -> None:
        self._engine = engine
        self._run = run

    def open_entries(self, rows: Iterable[PlanRow], now: datetime) -> tuple[list[LedgerEntry], list[LedgerEntry]]:
        """Enter the rows of a plan; return their open entries, and those of interrupted runs that the plan lacks.

        An entry that failed is planned again. A planned entry that was never begun and that the plan lacks is deleted.
        """
        run = self._run
        allowed = {row.contact_id: row for row in rows}
        with self._engine.begin() as conn:
            _close_restored(conn, allowed.values(), run.year, now)
            in_scope = sa.and_(_TABLE.c.campaign_year == run.year, _TABLE.c.purpose == run.purpose)
            conn.execute(
                sa.delete(_TABLE).where(in_scope, _TABLE.c.status == "planned", _TABLE.c.contact_id.not_in(allowed))
            )
            for row in allowed.values():
                conn.execute(_plan_entry(row, run, now))
            open_rows = conn.execute(
                sa.select(_TABLE).where(in_scope, _TABLE.c.status.in_(_OPEN_STATUSES)).order_by(_TABLE.c.contact_id)
            ).mappings()
            entries = [record(LedgerEntry, row) for row in open_rows]
        return (
            [entry for entry in entries if entry.contact_id in allowed],
            [entry for entry in entries if entry.contact_id not in allowed],
        )

    def record_clearing(self, entry: LedgerEntry, image: Mapping[str, Any]) -> LedgerEntry:
        """Record, before the call, that the External ID is about to be cleared, with the before-image."""
        return self._advance(entry, status="clearing", before_image=image)

    def record_cleared(
        self, entry: LedgerEntry, now: datetime, image: Mapping[str, Any] | None, *, outcome: Outcome = "done"
    ) -> LedgerEntry:
        """Record that the External ID is cleared. This finishes a release. `image` is the contact after it."""
        values: dict[str, Any] = {"cleared_external_id": entry.clears_external_id, "cleared_at": now}
        if entry.before_image is not None and image is not None:
            values["before_image"] = {**entry.before_image, "updated_at": image.get("updated_at")}
        if entry.action == "release":
            values |= {"status": "cleared", "outcome": outcome, "error": None}
        return self._advance(entry, **values)

    def record_archiving(self, entry: LedgerEntry, image: Mapping[str, Any]) -> LedgerEntry:
        """Record, before the call, that the contact is about to be archived."""
        before_image = entry.before_image if entry.cleared_external_id else image
        return self._advance(entry, status="archiving", before_image=before_image)

    def record_archived(self, entry: LedgerEntry, now: datetime, *, outcome: Outcome) -> LedgerEntry:
        """Record that the contact is archived, in the same transaction as the change in the mentor's history."""
        values = {"status": "archived", "outcome": outcome, "archived_at": now, "error": None}
        change = "duplicates_archived" if outcome == "done" else None
        return self._advance(entry, change=change, now=now, **values)

    def record_failed(self, entry: LedgerEntry, error: str, *, is_refused: bool = False) -> LedgerEntry:
        """Record a failed or unanswered call. With a before-image, an unanswered call may have taken effect.

        A refused archive has not: later runs may try it again without an approval.
        """
        marks = dict.fromkeys(_LAST_BEFORE) if is_refused else {}
        return self._advance(entry, status="failed", error=error, **marks)

    def record_restoring(self, entry: LedgerEntry, by: str) -> LedgerEntry:
        """Record, before the call, that the contact is about to be restored."""
        return self._advance(entry, status="restoring", restored_by=by, restore_run_id=self._run.run_id)

    def record_restore_failed(self, entry: LedgerEntry, error: str) -> LedgerEntry:
        """Record that the contact could not be restored. The restore can be tried again."""
        return self._advance(entry, status="restoring", error=error)

    def record_restored(self, entry: LedgerEntry, now: datetime, *, note: str | None = None) -> LedgerEntry:
        """Record that the contact is restored, or has its External ID again."""
        change = "duplicates_restored" if entry.action == "archive" and entry.outcome is not None else None
        return self._advance(entry, change=change, now=now, status="restored", restored_at=now, error=note)

    def _advance(
        self, entry: LedgerEntry, *, change: str | None = None, now: datetime | None = None, **values: Any
    ) -> LedgerEntry:
        record_restoring = entry.status == "restoring" or values.get("status") == "restoring"
        order = _LAST_BEFORE if values.get("status") in _MARKED_STATUSES else {}
        with self._engine.begin() as conn:
            conn.execute(
                sa.update(_TABLE)
                .where(_TABLE.c.id == entry.id)
                .values(
                    sync_log_id=self._run.log_id,
                    **({} if record_restoring else {"run_id": self._run.run_id}),
                    **values,
                    **order,
                )
            )
            if change is not None and entry.mn_id is not None:
                conn.execute(sa.insert(mn_changes).values(detected_at=now, **self._change(entry, change)))
        changed = {name: value for name, value in values.items() if name in LedgerEntry.__dataclass_fields__}
        return replace(entry, **changed)

    def _change(self, entry: LedgerEntry, change: str) -> dict[str, Any]:
        """Return the row of `mn_changes`. It is resolved, because Givebutter has confirmed the call."""
        record_archived = change == "duplicates_archived"
        contact = {"contact_id": entry.contact_id, "winner_contact_id": entry.winner_contact_id}
        return {
            "campaign_year": entry.campaign_year,
            "mn_id": entry.mn_id,
            "change_type": change,
            "old_value": None if record_archived else contact,
            "new_value": contact if record_archived else None,
            "source_table": SOURCE_TABLE,
            "source": f"ledger {entry.id}",
            "sync_log_id": self._run.log_id,
            "resolved": True,
        }


def _plan_entry(row: PlanRow, run: LedgerRun, now: datetime) -> pg.Insert:
    """Return the upsert of a plan row. Failed and planned entries are planned again; others are not changed."""
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


def _close_restored(conn: sa.Connection, rows: Iterable[PlanRow], year: int, now: datetime) -> None:
    """Close the old entry of a contact that is active again and whose archive was approved since."""
    answer = archive_approvals.c
    for row in rows:
        if row.approved_at is not None:
            is_approved_since = sa.exists().where(
                answer.campaign_year == year,
                answer.contact_id == row.contact_id,
                answer.input_fingerprint == row.input_fingerprint,
                answer.scope == "contact",
                answer.answer == "yes",
                answer.withdrawn_at.is_(None),
                answer.id > sa.func.coalesce(_TABLE.c.last_approval_id, 0),
            )
            conn.execute(
                sa.update(_TABLE)
                .where(_TABLE.c.contact_id == row.contact_id, _TABLE.c.status == "archived", is_approved_since)
                .values(status="restored", restored_at=now, restored_by=_RESTORED_IN_GIVEBUTTER)
            )
