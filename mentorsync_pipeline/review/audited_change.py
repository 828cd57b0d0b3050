"""Changes that a person makes: one transaction and one event in Dagster's UI, for the command line and the console."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    import dagster as dg


@dataclass(slots=True)
class AuditedChange:
    """A change in progress: write through `conn`, then call `record` with the years it touched and counts."""

    conn: sa.Connection
    did: str = ""
    years: tuple[int, ...] = ()
    counts: dict[str, int | str] = field(default_factory=dict)

    def record(self, did: str, years: set[int | None], **counts: int | str) -> None:
        """Record what was done, for Dagster's UI: counts and ids, never a name, an email or a phone."""
        self.did, self.years = did, tuple(sorted(year for year in years if year is not None))
        self.counts.update(counts)


@contextmanager
def audited_change(
    engine: sa.Engine, table: str, *, instance: Callable[[], "AbstractContextManager[dg.DagsterInstance]"]
) -> Iterator[AuditedChange]:
    """Change a table in one transaction and report it to Dagster; a failure reports nothing.

    `instance` opens Dagster's instance.
    """
    with engine.begin() as conn:
        change = AuditedChange(conn)
        yield change
    if change.years:
        from mentorsync_pipeline.review.dagster_events import report_manual_change  # noqa: PLC0415  # Dagster is heavy, and not always needed

        with instance() as opened:
            report_manual_change(opened, table, years=change.years, did=change.did, counts=change.counts)
