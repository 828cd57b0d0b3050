"""The warehouse, as a resource: a SQLAlchemy engine (psycopg 3) on the database `mentorsync`."""

from functools import cache

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.runtime.databases import CONNECT_SECONDS, ensure_databases
from mentorsync_pipeline.runtime.settings import load_settings


class WarehouseResource(dg.ConfigurableResource[sa.Engine]):
    """Our PostgreSQL. Without `url` it is the one of MENTORSYNC_DATABASE_URL, or the embedded server.

    Leave `url` unset outside of tests: what is configured here shows in Dagster's UI.
    """

    url: str | None = None

    @property
    def engine(self) -> sa.Engine:
        """The engine of this process, made once."""
        return get_engine(self.url)


@cache
def get_engine(url: str | None) -> sa.Engine:
    """The one engine of this process for a URL; None takes it from the settings, starting the embedded server."""
    target = sa.make_url(url) if url else ensure_databases(load_settings()).warehouse
    return sa.create_engine(
        target,
        pool_size=4,
        max_overflow=8,
        pool_pre_ping=True,
        # No server-side prepared statements: poolers such as Supabase's in transaction mode do not know them.
        connect_args={
            "application_name": "mentorsync",
            "prepare_threshold": None,
            "connect_timeout": CONNECT_SECONDS,
        },
    )
