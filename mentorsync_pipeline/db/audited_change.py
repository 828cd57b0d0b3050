"""Changes made by people: one transaction, one audit entry and one event in Dagster's UI.

The services of the stages make their changes through this module, so that the command line, the pages and the API
record them in the same way.
"""

from collections.abc import Callable, Iterator, Set
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mentorsync_pipeline.db import audit
from mentorsync_pipeline.db.closed_years import require_open
from mentorsync_pipeline.domain.vocabulary import AuditAct, Via

if TYPE_CHECKING:
    import dagster as dg


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The person or program that makes a change. `via`: console login, API token, or command on the machine."""

    name: str
    via: Via


@dataclass(slots=True)
class AuditedChange:
    """A change in progress: write through `conn`, then call `record` once."""

    conn: sa.Connection
    actor: Actor
    now: datetime
    _description: str = ""
    _years: tuple[int, ...] = ()
    _counts: dict[str, int | str] = field(default_factory=dict)

    def record(
        self, act: AuditAct, description: str, *, subject: str, years: Set[int | None], **counts: int | str
    ) -> None:
        """Write the audit entry, and set the content of Dagster's event, which is sent after the commit.

        Args:
            description: the change, for Dagster's UI. It and `counts` must not contain personal data.
            subject: the table or the record that was changed.
            years: the campaign years concerned; None for records without a year.

        Raises:
            YearClosedError: one of the years is closed.

        """
        require_open(self.conn, (year for year in years if year is not None))
        self._description, self._counts = description, counts
        self._years = tuple(sorted(year for year in years if year is not None))
        entry = audit.AuditEntry(
            act=act,
            subject=subject,
            who=self.actor.name,
            via=self.actor.via,
            done_at=self.now,
            campaign_year=self._years[0] if len(self._years) == 1 else None,
            details=dict(counts),
        )
        audit.record(self.conn, entry)

    def report(self, instance: "dg.DagsterInstance", table: str) -> None:
        """Report the change to Dagster, one event for each year."""
        from mentorsync_pipeline.db.dagster_events import report_manual_change  # noqa: PLC0415  # Dagster is heavy

        report_manual_change(instance, table, years=self._years, did=self._description, counts=self._counts)

    @property
    def has_event(self) -> bool:
        """Whether there is an event for Dagster: `record` was called with a campaign year."""
        return bool(self._years)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeContext:
    """Context of a change: database, actor, time and Dagster's instance."""

    engine: sa.Engine
    actor: Actor
    now: Callable[[], datetime]
    instance: "Callable[[], AbstractContextManager[dg.DagsterInstance]]"

    @contextmanager
    def change(self, table: str) -> Iterator[AuditedChange]:
        """Change a table in one transaction and report it to Dagster. A failure writes and reports nothing."""
        with self.engine.begin() as conn:
            change = AuditedChange(conn, self.actor, self.now())
            yield change
        if change.has_event:
            with self.instance() as opened:
                change.report(opened, table)
