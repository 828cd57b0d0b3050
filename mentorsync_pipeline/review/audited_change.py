"""A person's act: one transaction, and an event of it in Dagster's UI. The command line and the console share it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    import dagster as dg


@dataclass(slots=True)
class Act:
    """An act under way: write through `conn`, then say with `tell` which years it touched and how."""

    conn: sa.Connection
    did: str = ""
    years: tuple[int, ...] = ()
    counts: dict[str, int | str] = field(default_factory=dict)

    def tell(self, did: str, years: set[int | None], **counts: int | str) -> None:
        """Say what was done, for the UI: never a name, an email or a phone."""
        self.did, self.years = did, tuple(sorted(year for year in years if year is not None))
        self.counts.update(counts)


@contextmanager
def acting(
    engine: sa.Engine, table: str, *, instance: Callable[[], "AbstractContextManager[dg.DagsterInstance]"]
) -> Iterator[Act]:
    """Change a table by hand; nothing is told when it fails. `instance` opens Dagster's instance."""
    with engine.begin() as conn:
        act = Act(conn)
        yield act
    if act.years:
        from mentorsync_pipeline.review.dagster_events import note  # noqa: PLC0415  # Dagster is heavy, and not always needed

        with instance() as opened:
            note(opened, table, years=act.years, did=act.did, counts=act.counts)
