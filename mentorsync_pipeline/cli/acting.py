"""A person's act on the command line: one transaction, and an event of it in Dagster's UI.

What is done in it does not belong here; see the modules of the commands.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from mentorsync_pipeline.cli.session import open_database


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
def acting(table: str) -> Iterator[Act]:
    """Change a table by hand; nothing is told when it fails."""
    with open_database().begin() as conn:
        act = Act(conn)
        yield act
    if act.years:
        from mentorsync_pipeline.instance import open_instance  # noqa: PLC0415
        from mentorsync_pipeline.journal import note  # noqa: PLC0415

        with open_instance() as instance:
            note(instance, table, years=act.years, did=act.did, counts=act.counts)
