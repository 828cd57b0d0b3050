"""Match keys and name of the person of an import row (rulebook, section 1)."""

from collections.abc import Callable

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.import_file.rules.cells import ImportRow

NAME_COLUMNS = ("First Name", col.LAST_NAME)
EMAIL_COLUMNS = (col.PRIMARY_EMAIL, col.EMAILS)
PHONE_COLUMNS = (col.PRIMARY_PHONE, col.PHONES)


def read_email_keys(row: ImportRow) -> frozenset[str]:
    """Return the match keys of a row's emails."""
    return _read_keys(row, EMAIL_COLUMNS, normalize.email_keys)


def read_phone_keys(row: ImportRow) -> frozenset[str]:
    """Return the match keys of a row's phones."""
    return _read_keys(row, PHONE_COLUMNS, normalize.phone_keys)


def read_name(row: ImportRow) -> PersonName:
    """Return the names of a row for comparison."""
    first, last = (row.cells[column] for column in NAME_COLUMNS)
    return PersonName(first=first, last=last, suffix=row.cells["Suffix"])


def _read_keys(
    row: ImportRow, columns: tuple[str, ...], read: Callable[[str | None], tuple[str, ...]]
) -> frozenset[str]:
    return frozenset(key for column in columns for text in (row.cells[column] or "").split(",") for key in read(text))
