"""The mode in which a transaction may write messages and nothing else; PostgreSQL itself refuses the rest."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from mentorsync_pipeline.db.tables.guard import MESSAGES, SETTING


@contextmanager
def message_writer(conn: sa.Connection) -> Iterator[None]:
    """Let the block change the message columns and the messages' own records alone, in the caller's transaction.

    A block that fails leaves the mode with its transaction or savepoint, which has to be rolled back.
    """
    conn.execute(sa.select(sa.func.set_config(SETTING, MESSAGES, True)))
    yield
    conn.execute(sa.select(sa.func.set_config(SETTING, "", True)))
