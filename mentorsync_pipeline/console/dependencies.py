"""Dependencies of pages and routes: database, clock, settings, users, Dagster.

A dependency that neither reads the database nor computes is `async`, because FastAPI runs the others in a thread each,
and a change of threads takes longer than the dependency.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
from fastapi import Depends, Request

from mentorsync_pipeline.console.auth.user import Person
from mentorsync_pipeline.console.auth.users import UserFile
from mentorsync_pipeline.console.dagster_client import DagsterClient
from mentorsync_pipeline.db.audited_change import Actor, ChangeContext
from mentorsync_pipeline.db.versioned_cache import VersionedCache
from mentorsync_pipeline.runtime.settings import Settings

if TYPE_CHECKING:
    import dagster as dg


READING = ("GET", "HEAD")
"""Methods of requests that change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Services of one console. Tests use their own database and a fixed clock."""

    engine: sa.Engine
    settings: Settings
    users: UserFile
    dagster: DagsterClient
    now: Callable[[], datetime]
    instance: "Callable[[], AbstractContextManager[dg.DagsterInstance]]"
    secret: str
    cache: VersionedCache = field(default_factory=VersionedCache)

    @contextmanager
    def reading(self, *, one_moment: bool = False) -> Iterator[sa.Connection]:
        """Open a connection for reading; with `one_moment`, all queries see the data of the first one."""
        with self.engine.connect() as conn:
            yield conn.execution_options(isolation_level="REPEATABLE READ") if one_moment else conn

    def change_context(self, person: Person, *, at: datetime | None = None) -> ChangeContext:
        """Return the context of a change by this person, now or at a moment by which the change can be undone."""
        actor = Actor(name=person.name, via=person.via)
        now = self.now if at is None else lambda: at
        return ChangeContext(engine=self.engine, actor=actor, now=now, instance=self.instance)


def services_of(request: Request) -> Services:
    """Return the services of the application."""
    services: Services = request.app.state.services
    return services


def _connection(request: Request) -> Iterator[sa.Connection]:
    # Otherwise a page could show numbers from before and after the end of a run's step.
    with services_of(request).reading(one_moment=request.method in READING) as conn:
        request.state.connection = conn
        yield conn


@contextmanager
def reading_for(request: Request) -> Iterator[sa.Connection]:
    """Yield the connection of the request if it is open, or another one."""
    conn: sa.Connection | None = getattr(request.state, "connection", None)
    if conn is not None and not conn.closed:
        yield conn
    else:
        with services_of(request).reading() as conn:
            yield conn


async def _services(request: Request) -> Services:
    return services_of(request)


ServicesDep = Annotated[Services, Depends(_services)]
DbConn = Annotated[sa.Connection, Depends(_connection)]
