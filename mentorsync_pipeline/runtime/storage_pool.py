"""One connection pool per process and database of Dagster.

The pool keeps a few connections open and opens more when needed, which are closed after use; with a small fixed pool,
threads would block each other when sensors or pages run many queries at once. A connection that the server has closed
is replaced before it is used, and a forked child opens new connections.
"""

import os
import select
import threading
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import sqlalchemy as sa
from dagster_postgres.utils import create_pg_engine, set_pg_statement_timeout
from sqlalchemy.exc import InvalidatePoolError

from mentorsync_pipeline.runtime.databases import IDLE_CONNECTIONS

# Firewalls silently drop connections that were idle for longer.
RECYCLE_SECONDS = 300
STORAGES = 3


@dataclass(frozen=True)
class PoolSettings:
    """Settings of a pool's connections; storages with equal settings share a pool.

    Attributes:
        recycle_seconds: age after which a connection is replaced.
        max_overflow: number of additional connections, -1 for any number.
        statement_timeout: milliseconds.

    """

    url: str
    token_provider: Any = None
    recycle_seconds: int = RECYCLE_SECONDS
    max_overflow: int = -1
    statement_timeout: int | None = None


_engines: WeakValueDictionary[PoolSettings, sa.Engine] = WeakValueDictionary()
_lock = threading.Lock()


def shared_engine(settings: PoolSettings) -> sa.Engine:
    """Return the engine of this process with these settings. It is closed when no storage refers to it."""
    with _lock:
        engine = _engines.get(settings)
        if engine is None:
            engine = _engines[settings] = _new_engine(settings)
        return engine


def _new_engine(settings: PoolSettings) -> sa.Engine:
    overflow = settings.max_overflow
    engine = create_pg_engine(
        settings.url,
        settings.token_provider,
        isolation_level="AUTOCOMMIT",
        poolclass=sa.QueuePool,
        pool_size=IDLE_CONNECTIONS,
        max_overflow=STORAGES * overflow if overflow >= 0 else overflow,
        pool_recycle=settings.recycle_seconds,
        pool_use_lifo=True,
    )
    sa.event.listen(engine, "checkout", _require_open)
    timeout = settings.statement_timeout
    if timeout is not None:
        sa.event.listen(engine, "connect", lambda connection, _: set_pg_statement_timeout(connection, timeout))
    return engine


def _require_open(connection: Any, _record: object, _proxy: object) -> None:
    """Make SQLAlchemy replace the pool's connections if the server has closed this one.

    Between statements a server sends only its closing message, so a readable socket is closed. Unlike `pool_pre_ping`,
    this needs no statement.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise InvalidatePoolError


def _forget_connections() -> None:
    """Discard the parent's connections in a forked child."""
    global _lock  # noqa: PLW0603  # another thread of the parent may have held it
    _lock = threading.Lock()
    for engine in list(_engines.values()):
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_forget_connections)
