"""The two databases, MentorSync's and Dagster's, on the embedded server or on an external one."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from mentorsync_pipeline.domain.errors import DatabaseUnavailableError
from mentorsync_pipeline.runtime.embedded import PORT, SUPERUSER, EmbeddedServer
from mentorsync_pipeline.runtime.settings import Settings

if TYPE_CHECKING:
    import psycopg

WAREHOUSE_DRIVER = "postgresql+psycopg"
DAGSTER_DRIVER = "postgresql+psycopg2"
CONNECT_SECONDS = 10
# A process keeps at most this many idle connections to each database.
IDLE_CONNECTIONS = 2
# Of Dagster's embedded database. A commit does not wait for the disk, so a crash of the server or the machine may lose
# the events of the last second. MentorSync's own tables do not depend on them, and their commits wait for the disk.
_DAGSTER_OPTIONS = {"options": "-csynchronous_commit=off"}


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """URLs of the two databases. Their `repr` and `str` hide passwords."""

    warehouse: URL
    dagster: URL
    embedded: bool

    def environment(self) -> dict[str, str]:
        """Return environment variables with the URLs for child processes, including passwords."""
        return {
            "MENTORSYNC_DATABASE_URL": self.warehouse.render_as_string(hide_password=False),
            "DAGSTER_PG_URL": self.dagster.render_as_string(hide_password=False),
        }


def ensure_databases(settings: Settings) -> DatabaseUrls:
    """Create the databases if they are missing and return their URLs. Without a URL, start the embedded server.

    With an external server, Dagster's database is `DAGSTER_PG_URL`, or `<database>_dagster` on the same server.

    Raises:
        DatabaseUnavailableError: a URL is invalid, or a database does not answer or cannot be created.
        EmbeddedServerError: the embedded server does not start.

    """
    warehouse_url = (
        _parse_url(settings.database_url.get_secret_value(), "MENTORSYNC_DATABASE_URL")
        if settings.database_url
        else None
    )
    dagster_url = (
        _parse_url(settings.dagster_pg_url.get_secret_value(), "DAGSTER_PG_URL") if settings.dagster_pg_url else None
    )
    warehouse = warehouse_url or _embedded_url(settings.home, "mentorsync")
    dagster = dagster_url or (
        warehouse_url.set(database=f"{warehouse_url.database}_dagster")
        if warehouse_url
        else warehouse.set(database="dagster").update_query_dict(_DAGSTER_OPTIONS)
    )
    _ensure_database(warehouse, "MENTORSYNC_DATABASE_URL" if warehouse_url else None)
    _ensure_database(dagster, "DAGSTER_PG_URL" if warehouse_url or dagster_url else None)
    return DatabaseUrls(
        warehouse=warehouse.set(drivername=WAREHOUSE_DRIVER),
        dagster=dagster.set(drivername=DAGSTER_DRIVER),
        embedded=warehouse_url is None,
    )


def embedded_server(settings: Settings) -> EmbeddedServer | None:
    """Return the embedded server, or None if an external one is configured."""
    return _server(settings.home) if settings.database_url is None else None


def _parse_url(text: str, variable: str) -> URL:
    """Parse a database URL from the settings. Raises DatabaseUnavailableError if it is invalid."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # a ValueError quotes the text in place of the port, which may be a password
        raise DatabaseUnavailableError(
            f"{variable} is not a database URL.",
            "Use the form postgresql://user:password@host:5432/mentorsync (in a password, write @ : / as %40 %3A %2F).",
        ) from None
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise DatabaseUnavailableError(
            f"{variable} is a URL of {url.get_backend_name()}.", "Use PostgreSQL 15 or later."
        )
    if not url.database:
        raise DatabaseUnavailableError(f"{variable} has no database name.", "Add the name after the last slash.")
    return url


@cache
def _server(home: Path) -> EmbeddedServer:
    return EmbeddedServer(home)


def _embedded_url(home: Path, database: str) -> URL:
    socket_folder = _server(home).start()
    return URL.create("postgresql", username=SUPERUSER, port=PORT, database=database, query={"host": socket_folder})


def _ensure_database(url: URL, variable: str | None) -> None:
    """Create a database if it is missing. `variable` is the setting with its URL; None for the embedded server."""
    import psycopg  # noqa: PLC0415

    try:
        _connect(url).close()
    except (psycopg.ProgrammingError, UnicodeError):  # the text may quote the password
        raise DatabaseUnavailableError(
            f"{variable} has a parameter or a character that PostgreSQL does not accept.",
            "Remove spaces and parameters of other programs (such as pgbouncer=true); in a password, write @ : / as "
            "%40 %3A %2F.",
        ) from None
    except psycopg.OperationalError as error:
        if f'database "{url.database}" does not exist' not in str(error):
            if variable is None:
                raise _embedded_error(url) from None
            raise DatabaseUnavailableError(
                f"The database of {variable} does not answer ({_host(url)}).",
                "Check that the server runs and that host, port, user and password are correct.",
            ) from None
        _create_database(url, variable)


def _create_database(url: URL, variable: str | None) -> None:
    import psycopg  # noqa: PLC0415
    from psycopg import sql  # noqa: PLC0415

    name = sql.Identifier(url.database or "")
    try:
        with _connect(url.set(database="postgres")) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(name))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        return  # another process created it at the same time
    except psycopg.Error:
        if variable is None:
            raise _embedded_error(url) from None
        raise DatabaseUnavailableError(
            f"The database {url.database} of {variable} does not exist and could not be created.",
            f"Create it on {_host(url)}, or set {variable} to an existing database.",
        ) from None


def _embedded_error(url: URL) -> DatabaseUnavailableError:
    folder = url.query.get("host")
    return DatabaseUnavailableError(
        f"The embedded database in {folder} does not answer.",
        "Free space on its disk, then try again; the end of the file log in its folder has the cause.",
    )


def _connect(url: URL) -> "psycopg.Connection[tuple[object, ...]]":
    import psycopg  # noqa: PLC0415

    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(conninfo, autocommit=True, connect_timeout=CONNECT_SECONDS)


def _host(url: URL) -> str:
    return f"{url.host or url.query.get('host') or 'localhost'}:{url.port or 5432}"
