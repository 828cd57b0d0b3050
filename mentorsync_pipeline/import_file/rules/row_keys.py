"""Match keys and name of the person of an import row (rulebook, section 1)."""

from collections.abc import Callable

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.import_file.rules.cells import ImportRow


def read_email_keys(row: ImportRow) -> frozenset[str]:
    """Return the match keys of a row's emails."""
    return _read_keys(row, (col.PRIMARY_EMAIL, col.EMAILS), normalize.email_keys)


def read_phone_keys(row: ImportRow) -> frozenset[str]:
    """Return the match keys of a row's phones."""
    return _read_keys(row, (col.PRIMARY_PHONE, col.PHONES), normalize.phone_keys)


def read_name(row: ImportRow) -> PersonName:
    """Return the names of a row for comparison."""
    return PersonName(first=row.cells["First Name"], last=row.cells[col.LAST_NAME], suffix=row.cells["Suffix"])


def _read_keys(
    row: ImportRow, columns: tuple[str, ...], read: Callable[[str | None], tuple[str, ...]]
) -> frozenset[str]:
    return frozenset(key for column in columns for text in (row.cells[column] or "").split(",") for key in read(text))
