"""A person's act on the command line, on the one database and the one Dagster instance.

What an act is belongs to `mentorsync_pipeline.review.audited_change`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from mentorsync_pipeline.cli.session import open_database
from mentorsync_pipeline.review import audited_change as acts
from mentorsync_pipeline.runtime.instance import open_instance


@contextmanager
def audited_change(table: str) -> Iterator[acts.AuditedChange]:
    """Change a table by hand; nothing is told when it fails."""
    with acts.audited_change(open_database(), table, instance=open_instance) as act:
        yield act
