"""The two databases: ours (`mentorsync`) and Dagster's, on the embedded server or on a server of the user's own."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from mentorsync_pipeline.domain.errors import DatabaseUnavailableError
from mentorsync_pipeline.runtime.embedded import PORT, SUPERUSER, EmbeddedServer
from mentorsync_pipeline.runtime.settings import Settings

OUR_DRIVER = "postgresql+psycopg"
DAGSTER_DRIVER = "postgresql+psycopg2"
CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the two databases are. A URL may hold a password: it hides it in `repr` and `str`."""

    warehouse: URL
    dagster: URL
    embedded: bool

    def environment(self) -> dict[str, str]:
        """The variables that tell another process of ours where they are, passwords included."""
        return {
            "MENTORSYNC_DATABASE_URL": self.warehouse.render_as_string(hide_password=False),
            "DAGSTER_PG_URL": self.dagster.render_as_string(hide_password=False),
        }


def ensure_databases(settings: Settings) -> Urls:
    """Make both databases ready and say where they are; the embedded server is started when no URL is given.

    With a URL of the user's own, Dagster's database is `DAGSTER_PG_URL`, or `<our database>_dagster` beside ours.
    A database that is missing is created. Raises DatabaseUnavailableError or EmbeddedServerError.
    """
    ours = (
        _user_url(settings.database_url.get_secret_value(), "MENTORSYNC_DATABASE_URL")
        if settings.database_url
        else None
    )
    dagsters = (
        _user_url(settings.dagster_pg_url.get_secret_value(), "DAGSTER_PG_URL") if settings.dagster_pg_url else None
    )
    warehouse = ours or _embedded(settings.home, "mentorsync")
    dagster = dagsters or (ours.set(database=f"{ours.database}_dagster") if ours else warehouse.set(database="dagster"))
    for url, variable in ((warehouse, "MENTORSYNC_DATABASE_URL"), (dagster, "DAGSTER_PG_URL")):
        _ensure_database(url, variable)
    return Urls(
        warehouse=warehouse.set(drivername=OUR_DRIVER),
        dagster=dagster.set(drivername=DAGSTER_DRIVER),
        embedded=ours is None,
    )


def embedded_server(settings: Settings) -> EmbeddedServer | None:
    """The embedded server that this process uses; None with a server of the user's own."""
    return _server(settings.home) if settings.database_url is None else None


def _user_url(text: str, variable: str) -> URL:
    """Read a URL that a person wrote; a bare `postgresql://` gets the right driver later."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # a ValueError quotes what stands where the port should, such as a password
        raise DatabaseUnavailableError(
            f"{variable} is not a database URL.",
            "Write it as postgresql://user:password@host:5432/mentorsync (in a password @, : and / as %40, %3A, %2F).",
        ) from None
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise DatabaseUnavailableError(
            f"{variable} names {url.get_backend_name()}.", "Only PostgreSQL (15 or later) is supported."
        )
    if not url.database:
        raise DatabaseUnavailableError(f"{variable} names no database.", "Add its name after the last slash.")
    return url


@cache
def _server(home: Path) -> EmbeddedServer:
    return EmbeddedServer(home)


def _embedded(home: Path, database: str) -> URL:
    socket_folder = _server(home).start()
    return URL.create("postgresql", username=SUPERUSER, port=PORT, database=database, query={"host": socket_folder})


def _ensure_database(url: URL, variable: str) -> None:
    try:
        _connect(url).close()
    except psycopg.OperationalError as error:
        if f'database "{url.database}" does not exist' not in str(error):
            raise DatabaseUnavailableError(
                f"The database of {variable} does not answer ({_host(url)}).",
                "Check that the server runs and that host, port, user and password are right.",
            ) from None
        _create_database(url, variable)


def _create_database(url: URL, variable: str) -> None:
    name = sql.Identifier(url.database or "")
    try:
        with _connect(url.set(database="postgres")) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(name))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        return  # another process made it at the same moment
    except psycopg.Error:
        raise DatabaseUnavailableError(
            f"The database {url.database} of {variable} does not exist and could not be created.",
            f"Create it on {_host(url)}, or set {variable} to one that exists.",
        ) from None


def _connect(url: URL) -> psycopg.Connection[tuple[object, ...]]:
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(conninfo, autocommit=True, connect_timeout=CONNECT_SECONDS)


def _host(url: URL) -> str:
    return f"{url.host or url.query.get('host') or 'localhost'}:{url.port or 5432}"
