"""The sandbox environment with contacts to archive, for tests of the ledger without Dagster runs."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mentorsync_pipeline.archiving.archiver import ApplyResult, ApprovedPlan, Archiver
from mentorsync_pipeline.archiving.ledger import Ledger, LedgerRun
from mentorsync_pipeline.archiving.ledger_queries import find_restorable_entries
from mentorsync_pipeline.archiving.restorer import Restorer
from mentorsync_pipeline.archiving.rules.plan_records import PlanRow
from mentorsync_pipeline.db.tables import archived_duplicates, mn_changes
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.sandbox.gb_model import Contact as GivebutterContact
from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY
from tests.support.environment import SandboxEnvironment
from tests.support.feeds import read_contact

YEAR = 2025
NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)
# Columns that differ between two runs with the same result.
LEDGER_RUN_COLUMNS = ("id", "run_id", "restore_run_id", "sync_log_id", "attempts", "planned_at", "source")


class ArchiveEnvironment(SandboxEnvironment):
    """A served environment in which plans are applied and restored without a run.

    Loser number n belongs to mentor number n // 2, so that two losers share a winner.
    """

    loser_ids: tuple[int, ...] = ()
    winner_ids: tuple[int, ...] = ()
    attempts = 3

    def choose(self, losers: int) -> None:
        """Choose active people of the world as losers, without External ID, and as winners, with the mentor's."""
        free = [
            contact
            for contact in self.sandbox.contacts.all()
            if contact.type == "individual"
            and contact.archived_at is None
            and contact.external_id is None
            and contact.first_name
        ]
        mentors = (losers + 1) // 2
        winners, rest = free[:mentors], free[mentors : mentors + losers]
        assert len(rest) == losers, "the world is too small"
        for number, winner in enumerate(winners):
            self.sandbox.contacts.change(winner, external_id=_mn_id(number))
        self.loser_ids = tuple(contact.id for contact in rest)
        self.winner_ids = tuple(contact.id for contact in winners)

    def givebutter_contact(self, contact_id: int) -> GivebutterContact:
        """Return the contact in Givebutter."""
        contact = self.sandbox.contacts.get(contact_id)
        assert contact is not None
        return contact

    def change(self, contact_id: int, **values: Any) -> None:
        """Change a contact in Givebutter."""
        self.sandbox.contacts.change(self.givebutter_contact(contact_id), **values)

    def archived(self) -> set[int]:
        """Return the losers that are archived in Givebutter."""
        return {
            contact_id for contact_id in self.loser_ids if self.givebutter_contact(contact_id).archived_at is not None
        }

    # --- actions

    def plan(self, loser_ids: Iterable[int] | None = None, **values: Any) -> ApprovedPlan:
        """Build a plan that archives losers in their present state; `values` change its rows."""
        chosen = list(self.loser_ids if loser_ids is None else loser_ids)
        return ApprovedPlan(
            rows={contact_id: replace(self._row(contact_id), **values) for contact_id in chosen},
            contacts={contact_id: self._contact(contact_id) for contact_id in chosen},
            external_id=str,
        )

    def apply(
        self, plan: ApprovedPlan, *, run_id: str = "run 1", now: datetime = NOW, report_progress: Any = None
    ) -> ApplyResult:
        """Apply a plan."""
        with self.givebutter().contact_calls() as calls:
            return Archiver(
                self.ledger(run_id),
                calls,
                plan,
                now=lambda: now,
                report_progress=report_progress or (lambda _done, _total: None),
                source_table="archived_duplicates",
            ).apply()

    def restore(self, *, now: datetime = NOW, **scope: Any) -> Counter[str]:
        """Restore the contacts of a contact id, a mentor or a run."""
        with self.engine.connect() as conn:
            entries = find_restorable_entries(conn, YEAR, **scope)
        with self.givebutter().contact_calls() as calls:
            return Restorer(
                self.ledger("restore"), calls, by="Ann", now=lambda: now, report_progress=lambda _done, _total: None
            ).restore(entries)

    def ledger(self, run_id: str) -> Ledger:
        return Ledger(self.engine, LedgerRun(year=YEAR, purpose="duplicates", run_id=run_id, log_id=1))

    def givebutter(self) -> GivebutterResource:
        return GivebutterResource(**self.service())

    def service(self) -> dict[str, Any]:
        """Return the options of the Givebutter resource."""
        return {
            "api_url": self.server.givebutter_url,
            "api_key": GIVEBUTTER_KEY,
            "requests_per_minute": 60_000,
            "attempts": self.attempts,
            "first_wait": 0.01,
            "timeout": 2.0,
        }

    # --- results

    def entries(self, *, without: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return the ledger, by contact."""
        return self.rows(archived_duplicates, without=without)

    def entry(self, contact_id: int) -> dict[str, Any]:
        """Return the last ledger row of a contact."""
        return [row for row in self.entries() if row["contact_id"] == contact_id][-1]

    def outcome(self) -> list[dict[str, Any]]:
        """Return ledger, history and Givebutter contacts, without the columns that differ between runs."""
        history = sorted(
            (row["mn_id"], row["change_type"], (row["new_value"] or row["old_value"])["contact_id"])
            for row in self.rows(mn_changes)
        )
        contacts = sorted(
            (
                contact_id,
                self.givebutter_contact(contact_id).external_id,
                self.givebutter_contact(contact_id).archived_at is not None,
            )
            for contact_id in (*self.loser_ids, *self.winner_ids)
        )
        return [*self.entries(without=LEDGER_RUN_COLUMNS), {"history": history, "givebutter": contacts}]

    def calls(self, method: str) -> int:
        """Count the successful calls of a method."""
        counted = self.sandbox.log.summary("givebutter").calls
        return sum(
            count for call, count in counted.items() if call.startswith(method) and call.endswith((" 200", " 204"))
        )

    def _row(self, contact_id: int) -> PlanRow:
        number = self.loser_ids.index(contact_id) // 2
        return PlanRow(
            contact_id=contact_id,
            purpose="duplicates",
            mn_id=_mn_id(number),
            winner_contact_id=self.winner_ids[number],
            plan_state="planned",
            reason_code="duplicate",
            reason="",
            has_donations=False,
            input_fingerprint=f"inputs of {contact_id}",
        )

    def _contact(self, contact_id: int) -> Contact:
        return read_contact(self.givebutter_contact(contact_id), self.sandbox.contacts)


def _mn_id(number: int) -> str:
    return f"MN{9000 + number}"
