"""Check rows against the limits of their table before the write, so that one row does not fail its batch.

Values are validated where a record is read; this module checks only whether they fit.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.domain.record_fields import FieldError, require_storable_text

# An index entry of PostgreSQL holds less than 2,704 bytes, and a character takes up to four.
MAX_KEY = 255
MAX_LINE = 5_000
_MAX_TEXT = 65_535
# Sources use dates such as 0000-00-00 and the year 9999 for a missing value.
_YEARS = range(1900, 2200)
_LONG_TEXTS = frozenset({"notes"})
# Columns that are indexed in this or a derived table.
_KEYS = frozenset({"submission_id", "form_id", "mn_id", "external_id", "status", "email_keys", "phone_keys"})
Check = Callable[[Any, str], None]


def require_fitting(table: sa.Table, row: Mapping[str, Any], fields: Mapping[str, str]) -> None:
    """Check that the values of a row fit the columns of a table.

    Args:
        fields: the source's name of a column, where it differs.

    Raises:
        FieldError: a value does not fit.

    """
    checks = _checks(table)
    for name, value in row.items():
        required, check = checks[name]
        if value is not None:
            check(value, fields.get(name, name))
        elif required:
            raise FieldError(fields.get(name, name), "is missing")


@cache
def _checks(table: sa.Table) -> Mapping[str, tuple[bool, Check]]:
    """Return for each column whether it is required, and its check."""
    return {column.name: (not column.nullable, _check_of(column)) for column in table.columns}


def _check_of(column: sa.Column[Any]) -> Check:
    max_length = MAX_KEY if column.name in _KEYS else _MAX_TEXT if column.name in _LONG_TEXTS else MAX_LINE
    match column.type:
        case sa.ARRAY():
            return partial(_require_texts, max_length)
        case sa.Text():
            return partial(_require_text, max_length)
        case sa.Numeric(precision=int(digits), scale=int(scale)):
            return partial(_require_amount, Decimal(10) ** (digits - scale))
        case sa.BigInteger():
            return partial(_require_integer, 2**63)
        case sa.Integer():
            return partial(_require_integer, 2**31)
        case sa.DateTime():
            return _require_moment
        case _:
            return _accept


def _accept(_value: Any, _field: str) -> None:
    """Accept values of types without limits, such as JSON, whose texts are clean (`domain.clean_text.clean_json`)."""


def _require_text(max_length: int, value: Any, field: str) -> None:
    if not isinstance(value, str):
        raise FieldError(field, "is not a text")
    require_storable_text(value, field)
    if len(value) > max_length:
        raise FieldError(field, f"is longer than {max_length:,} characters")


def _require_texts(max_length: int, value: Any, field: str) -> None:
    for item in value:
        _require_text(max_length, item, field)


def _require_amount(limit: Decimal, value: Any, field: str) -> None:
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value) >= limit:
        raise FieldError(field, "is not an amount of money")


def _require_integer(limit: int, value: Any, field: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not -limit <= value < limit:
        raise FieldError(field, "is not a whole number that fits")


def _require_moment(value: Any, field: str) -> None:
    if not isinstance(value, datetime) or value.year not in _YEARS:
        raise FieldError(field, f"is not between {_YEARS.start} and {_YEARS.stop - 1}")
