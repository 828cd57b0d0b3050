"""Errors that users see: a stable code, what is wrong and where, and the next step."""

import errno
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath


class MentorSyncError(Exception):
    """An error that a user can correct. Its text has no secrets and no personal data.

    `code` is set by the subclass or the argument. `str(error)` is one line: code, what is wrong, what to do next.
    """

    code: str = "MENTORSYNC_ERROR"

    def __init__(self, message: str, what_to_do: str, *, code: str | None = None) -> None:
        self.code = code or type(self).code
        self.message = message
        self.what_to_do = what_to_do
        super().__init__(f"{self.code}: {message} {what_to_do}")


class UnexpectedError(MentorSyncError):
    """An unexpected error, described by type and place, because its own text may quote a row of a table."""

    code = "UNEXPECTED_ERROR"


class DatabaseUnavailableError(MentorSyncError):
    """The database cannot be reached or created."""

    code = "DATABASE_UNAVAILABLE"


class DiskFullError(MentorSyncError):
    """The disk or the user's quota is full."""

    code = "DISK_FULL"


_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DATABASE_DISK_FULL = "53100"
_SQLITE_FULL = 13
_DRIVERS = frozenset({"psycopg", "psycopg2"})
CONNECTION_ERRORS = frozenset({"OperationalError", "InterfaceError"})
# Connection exceptions, too many connections, and a server that stops, crashes or is starting (PostgreSQL's manual,
# appendix A). A driver that could not reach the server has no SQLSTATE.
_UNREACHABLE = ("08", "53300", "57P01", "57P02", "57P03")


def to_database_error(error: BaseException) -> DatabaseUnavailableError | None:
    """Return the error for an unreachable database or a lost connection; None for other errors.

    Accepts errors of SQLAlchemy, psycopg and psycopg2, without importing them, and errors raised from one, such as
    those of Dagster's storage.
    """
    if error.__cause__ is not None and (known := to_database_error(error.__cause__)):
        return known
    cause = getattr(error, "orig", None) or error
    kinds = [(kind.__module__.partition(".")[0], kind.__name__) for kind in type(cause).__mro__]
    sqlstate = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    of_a_driver = any(module in _DRIVERS and name in CONNECTION_ERRORS for module, name in kinds)
    pool_is_exhausted = ("sqlalchemy", "TimeoutError") in kinds
    if pool_is_exhausted or (of_a_driver and (sqlstate is None or sqlstate.startswith(_UNREACHABLE))):
        return connection_lost()
    return None


def connection_lost() -> DatabaseUnavailableError:
    """Return the error for an unreachable database or a lost connection."""
    return DatabaseUnavailableError(
        "The database does not answer, or the connection to it was lost.",
        "Try again in a minute. If it fails again, check that the database (or `mentorsync up`) is running.",
    )


def is_disk_full(error: BaseException) -> bool:
    """Return whether a file or the database could not be written because no space is left."""
    if isinstance(error, OSError):
        return error.errno in _NO_SPACE
    cause = getattr(error, "orig", None) or error
    if getattr(cause, "sqlite_errorcode", None) == _SQLITE_FULL:
        return True
    return _DATABASE_DISK_FULL in (getattr(cause, "sqlstate", None), getattr(cause, "pgcode", None))


def to_known_error(error: BaseException) -> MentorSyncError | None:
    """Return the error for an unavailable database (`to_database_error`) or a full disk; None for other errors."""
    if is_disk_full(error):
        return DiskFullError("The disk is full; nothing was changed.", "Free space on it, then try again.")
    return to_database_error(error)


def strip_private_text(error: BaseException) -> BaseException:
    """Return an error without personal data, for Dagster's events and `sync_log`.

    Our own errors, interruptions and Dagster's errors are returned unchanged; a lost database and a full disk become
    our errors. Of other errors only the type, the place and the name of a violated database constraint are kept,
    because a database error quotes the row. Raise the result `from None`, because Dagster stores causes too.
    """
    if not isinstance(error, Exception) or isinstance(error, MentorSyncError):
        return error
    if type(error).__module__.partition(".")[0] == "dagster":
        return error
    known = to_known_error(error)
    if known is not None:
        return known.with_traceback(error.__traceback__)
    frames = traceback.extract_tb(error.__traceback__)
    package = __name__.partition(".")[0]
    frame = next((frame for frame in reversed(frames) if package in frame.filename), frames[-1])
    refused = getattr(getattr(error, "orig", error), "diag", None)
    rule = (
        f", {refused.sqlstate} {refused.constraint_name or ''}".rstrip()
        if refused is not None and refused.sqlstate
        else ""
    )
    stripped = UnexpectedError(
        f"{type(error).__name__}{rule} in {PurePath(frame.filename).name}, line {frame.lineno}.",
        "Please report it with this line and the steps in Dagster's UI.",
    )
    return stripped.with_traceback(error.__traceback__)


@contextmanager
def remove_private_text() -> Iterator[None]:
    """Raise any error of the block without personal data (`strip_private_text`)."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # re-raised
        raise strip_private_text(error) from None
