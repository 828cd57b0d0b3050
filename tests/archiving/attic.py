"""A sandbox's Givebutter with some contacts to archive, and our ledger: the two sides of an archive."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.archiving.apply import Allowed, Applied, Archiver
from mentorsync_pipeline.archiving.history import to_restore
from mentorsync_pipeline.archiving.ledger import Ledger, Run
from mentorsync_pipeline.archiving.restore import Restorer
from mentorsync_pipeline.archiving.rules.records import PlanRow
from mentorsync_pipeline.contacts.rules.rows import from_api
from mentorsync_pipeline.db.tables import archived_duplicates, mn_changes
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.sandbox.gb_json import contact_json
from mentorsync_pipeline.sandbox.gb_model import Contact as Held
from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY
from mentorsync_pipeline.sandbox.server import SandboxServer

YEAR = 2025
NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)
# What belongs to the single run, and not to what was done.
OF_THE_RUN = ("id", "run_id", "restore_run_id", "sync_log_id", "attempts", "planned_at", "source")


@dataclass
class ArchiveFixture:
    """Losers and winners in the sandbox; loser number n belongs to mentor number n // 2, so that two share a winner."""

    server: SandboxServer
    engine: sa.Engine
    loser_ids: tuple[int, ...]
    winner_ids: tuple[int, ...]
    per_minute: int = 60_000
    attempts: int = 3

    @classmethod
    def of(cls, server: SandboxServer, engine: sa.Engine, losers: int, **options: Any) -> "ArchiveFixture":
        """Take living people of the world: a loser has no External ID, a winner gets the mentor's and its tags."""
        free = [
            one
            for one in server.sandbox.contacts.all()
            if one.type == "individual" and one.archived_at is None and one.external_id is None and one.first_name
        ]
        mentors = (losers + 1) // 2
        winners, rest = free[:mentors], free[mentors : mentors + losers]
        assert len(rest) == losers, "the world is too small"
        for number, winner in enumerate(winners):
            server.sandbox.contacts.change(winner, external_id=_mn_id(number))
        return cls(server, engine, tuple(one.id for one in rest), tuple(one.id for one in winners), **options)

    def held(self, contact_id: int) -> Held:
        """The contact in Givebutter."""
        found = self.server.sandbox.contacts.get(contact_id)
        assert found is not None
        return found

    def change(self, contact_id: int, **values: Any) -> None:
        """Somebody changes a contact in Givebutter."""
        self.server.sandbox.contacts.change(self.held(contact_id), **values)

    def archived(self) -> set[int]:
        """The losers that are archived in Givebutter."""
        return {one for one in self.loser_ids if self.held(one).archived_at is not None}

    # --- what we do

    def plan(self, loser_ids: Iterable[int] | None = None, **values: Any) -> Allowed:
        """A plan to archive losers as they are now; `values` change its rows."""
        chosen = list(self.loser_ids if loser_ids is None else loser_ids)
        return Allowed(
            rows={one: replace(self._row(one), **values) for one in chosen},
            contacts={one: self._contact(one) for one in chosen},
            external_id=str,
        )

    def apply(self, plan: Allowed, *, run_id: str = "run 1", now: datetime = NOW, say: Any = None) -> Applied:
        """Carry a plan out."""
        with self.givebutter().contact_calls() as calls:
            return Archiver(
                self.ledger(run_id),
                calls,
                plan,
                now=lambda: now,
                say=say or (lambda _done, _total: None),
                source_table="archived_duplicates",
            ).apply()

    def restore(self, *, now: datetime = NOW, **what: Any) -> Counter[str]:
        """Undo what the ledger holds of a contact, a mentor or a run."""
        with self.engine.connect() as conn:
            entries = to_restore(conn, YEAR, **what)
        with self.givebutter().contact_calls() as calls:
            return Restorer(
                self.ledger("restore"), calls, by="Ann", now=lambda: now, say=lambda _done, _total: None
            ).restore(entries)

    def ledger(self, run_id: str) -> Ledger:
        return Ledger(self.engine, Run(year=YEAR, purpose="duplicates", run_id=run_id, log_id=1))

    def givebutter(self) -> GivebutterResource:
        return GivebutterResource(**self.service())

    def service(self) -> dict[str, Any]:
        """How the service is reached."""
        return {
            "api_url": self.server.givebutter_url,
            "api_key": GIVEBUTTER_KEY,
            "requests_per_minute": self.per_minute,
            "attempts": self.attempts,
            "first_wait": 0.01,
            "timeout": 2.0,
        }

    # --- what came of it

    def rows(self, table: sa.Table = archived_duplicates, *, without: Sequence[str] = ()) -> list[dict[str, Any]]:
        columns = [column for column in table.columns if column.name not in without]
        order = [table.c[name] for name in ("contact_id", "id") if name in table.c]
        with self.engine.connect() as conn:
            return [dict(row) for row in conn.execute(sa.select(*columns).order_by(*order)).mappings()]

    def entry(self, contact_id: int) -> dict[str, Any]:
        """The last ledger row of a contact."""
        return [row for row in self.rows() if row["contact_id"] == contact_id][-1]

    def outcome(self) -> list[dict[str, Any]]:
        """What the ledger, the mentors' history and Givebutter say, without what belongs to the single run."""
        history = sorted(
            (row["mn_id"], row["change_type"], (row["new_value"] or row["old_value"])["contact_id"])
            for row in self.rows(mn_changes)
        )
        there = sorted(
            (one, self.held(one).external_id, self.held(one).archived_at is not None)
            for one in (*self.loser_ids, *self.winner_ids)
        )
        return [*self.rows(without=OF_THE_RUN), {"history": history, "givebutter": there}]

    def calls(self, method: str) -> int:
        """How many calls of a method Givebutter has carried out."""
        counted = self.server.sandbox.log.summary("givebutter").calls
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
        row = from_api(contact_json(self.held(contact_id), self.server.sandbox.contacts.custom_fields))
        names = {one.name for one in fields(Contact)}
        known = {
            name: tuple(value) if isinstance(value, list) else value for name, value in row.items() if name in names
        }
        return Contact(**known, emails=tuple(row["email_keys"]), phones=tuple(row["phone_keys"]))


def _mn_id(number: int) -> str:
    return f"MN{9000 + number}"
