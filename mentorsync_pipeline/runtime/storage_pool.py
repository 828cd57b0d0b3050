"""One connection pool for each process and database of Dagster's.

The pool keeps few connections open, and opens as many more as are needed at a moment, which are closed after use: with
a pool as small as an idle process needs, threads would wait for each other when sensors or pages ask for much at once.
A connection that the server has closed is replaced before it is used, and a forked child opens connections of its own.
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

# Webserver, daemon and the code server of each hold at most this many idle connections.
IDLE_CONNECTIONS = 2
# Firewalls drop connections that were idle for longer without a word to either side.
RECYCLE_SECONDS = 300
STORAGES = 3


@dataclass(frozen=True)
class PoolSettings:
    """What the connections of a pool have in common; storages with equal settings share one.

    `max_overflow` is the number of further connections for each storage, -1 for any number; `statement_timeout` is in
    milliseconds.
    """

    url: str
    token_provider: Any = None
    recycle_seconds: int = RECYCLE_SECONDS
    max_overflow: int = -1
    statement_timeout: int | None = None


_engines: WeakValueDictionary[PoolSettings, sa.Engine] = WeakValueDictionary()
_lock = threading.Lock()


def shared_engine(settings: PoolSettings) -> sa.Engine:
    """The engine of this process with these settings; it lives as long as a storage holds it."""
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
    """Have SQLAlchemy replace the pool's connections when the server has closed this one.

    Between statements a server sends nothing but its farewell, so that a socket with something to read is a closed one.
    This costs no statement, unlike `pool_pre_ping`.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise InvalidatePoolError


def _forget_connections() -> None:
    """In a forked child: leave the parent's connections to the parent."""
    global _lock  # noqa: PLW0603  # another thread of the parent may have held it
    _lock = threading.Lock()
    for engine in list(_engines.values()):
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_forget_connections)
