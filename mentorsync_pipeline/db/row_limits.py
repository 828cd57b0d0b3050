"""Check a row against the limits of its table before it is written, so that no row fails the batch it is in.

What a value means is decided where the record is read; here it only has to fit.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.domain.record_fields import FieldError, require_storable, require_storable_text

# An index entry of PostgreSQL holds less than 2,704 bytes, and a character takes up to four.
_LONGEST_KEY = 255
_LONGEST_LINE = 5_000
_LONGEST_TEXT = 65_535
# Sources write dates of zeros and of the year 9999 where they mean none.
_YEARS = range(1900, 2200)
_LONG_TEXTS = frozenset({"notes"})
# Indexed here, or in a table that takes the value over.
_KEYS = frozenset({"submission_id", "form_id", "mn_id", "external_id", "status", "email_keys", "phone_keys"})
Check = Callable[[Any, str], None]


def require_fitting(table: sa.Table, row: Mapping[str, Any], fields: Mapping[str, str]) -> None:
    """Raise FieldError for the first value of `row` that its column of `table` cannot hold.

    `fields` gives the source's name of a column where it has another one.
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
    """Of each column whether it must have a value, and the check of one."""
    return {column.name: (not column.nullable, _check_of(column)) for column in table.columns}


def _check_of(column: sa.Column[Any]) -> Check:
    longest = _LONGEST_KEY if column.name in _KEYS else _LONGEST_TEXT if column.name in _LONG_TEXTS else _LONGEST_LINE
    match column.type:
        case sa.JSON():
            return require_storable
        case sa.ARRAY():
            return partial(_require_texts, longest)
        case sa.Text():
            return partial(_require_text, longest)
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
    """Other types have no limits that a value read by our rules could break."""


def _require_text(longest: int, value: Any, field: str) -> None:
    if not isinstance(value, str):
        raise FieldError(field, "is not a text")
    require_storable_text(value, field)
    if len(value) > longest:
        raise FieldError(field, f"is longer than {longest:,} characters")


def _require_texts(longest: int, value: Any, field: str) -> None:
    for item in value:
        _require_text(longest, item, field)


def _require_amount(limit: Decimal, value: Any, field: str) -> None:
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value) >= limit:
        raise FieldError(field, "is not an amount of money")


def _require_integer(limit: int, value: Any, field: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not -limit <= value < limit:
        raise FieldError(field, "is not a whole number that fits")


def _require_moment(value: Any, field: str) -> None:
    if not isinstance(value, datetime) or value.year not in _YEARS:
        raise FieldError(field, f"is not between {_YEARS.start} and {_YEARS.stop - 1}")
