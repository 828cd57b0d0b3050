"""Normal forms of the values of Givebutter contacts, from export cells and API fields.

All functions are idempotent. They raise ValueError with a reason that does not quote the value.

Source: reference/givebutter.md, "Contacts EXPORT" and "REST API".
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.clean_text import clean_block, clean_line


class KeyReader(NamedTuple):
    """Functions that parse the emails or phones of a text, and return the match key of one (None for a placeholder)."""

    read: Callable[[str | None], tuple[str, ...]]
    key: Callable[[str], str | None]


def _email_key(address: str) -> str | None:
    return None if normalize.is_placeholder_email(address) else normalize.email_key(address)


def _phone_key(number: str) -> str | None:
    return None if normalize.is_placeholder_phone(number) else number


EMAILS = KeyReader(normalize.emails, _email_key)
PHONES = KeyReader(normalize.phones, _phone_key)

_ISO_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:$|[T ]\d{2}:)", re.ASCII)
_US_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_BETWEEN_ITEMS = re.compile(r"[,;\n]")
# More than any contact has; each email and phone is parsed and becomes a key.
_MOST_ITEMS = 1_000
_TOO_MANY_ITEMS = f"has more than {_MOST_ITEMS:,} values"
# US dollars: commas only between thousands, at most two decimals.
_MONEY = re.compile(r"-?\$? ?-?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d{0,2})?", re.ASCII)
_CENT = Decimal("0.01")
_MONEY_LIMIT = Decimal(10) ** 10
_YES = frozenset({"yes", "true", "1"})
_NO = frozenset({"no", "false", "0", ""})
ID_DIGITS = 18


def line(raw: Any) -> str | None:
    """Clean the text of a one-line field (`domain.clean_text`); None when it is blank."""
    return None if raw is None else clean_line(str(raw)) or None


def text(raw: Any) -> str | None:
    r"""Clean the text of a field with several lines, with `\n` line ends; None when it is blank."""
    return None if raw is None else clean_block(str(raw)) or None


def count(raw: Any) -> int:
    """Parse a count: digits as text or number."""
    shown = clean_line(str(raw))
    if not (shown.isascii() and shown.isdigit() and len(shown) <= ID_DIGITS):
        raise ValueError("is not a whole number")
    return int(shown)


def identifier(raw: Any) -> int:
    """Parse the id of a contact: as `count`, and not zero."""
    number = count(raw)
    if not number:
        raise ValueError("is not an id")
    return number


def items(raw: Any) -> list[str]:
    """Parse the items of a multi-value cell or list: cleaned, without blanks and repeats, sorted.

    Items are separated by commas, semicolons or line ends, also inside the items of a list, as exports do. They are
    sorted because neither source promises an order.
    """
    parts = [raw] if isinstance(raw, str) else list(raw or ())
    found = {clean_line(item) for part in parts for item in _BETWEEN_ITEMS.split(clean_block(str(part)))} - {""}
    if len(found) > _MOST_ITEMS:
        raise ValueError(_TOO_MANY_ITEMS)
    return sorted(found)


def tags(raw: Any) -> list[str]:
    """Parse tags as `items`; a tag of the API's list may have a comma, which an export does not show."""
    if isinstance(raw, str):
        return items(raw)
    found = {clean_line(str(tag)) for tag in raw or ()} - {""}
    if len(found) > _MOST_ITEMS:
        raise ValueError(_TOO_MANY_ITEMS)
    return sorted(found)


def split_keys(primary: str | None, more: Iterable[str], reader: KeyReader) -> tuple[list[str], list[str]]:
    """Return the additional emails (or phones), and the match keys of all, the primary one's first.

    A text without new addresses (or numbers) is left out, as is a text without any that differs only in case.
    """
    additional: list[str] = []
    known_keys: set[str] = set()
    keys: dict[str, None] = {}
    for text in (primary, *more):
        if not text:
            continue
        values = reader.read(text)
        names = values or (text.casefold(),)
        if text is not primary and not known_keys.issuperset(names):
            additional.append(text)
        known_keys.update(names)
        keys |= dict.fromkeys(key for value in values if (key := reader.key(value)) is not None)
    return additional, list(keys)


def money(raw: Any) -> Decimal:
    """Parse an amount in dollars with two decimals; blank is zero, `$` and commas between thousands are accepted.

    Ambiguous amounts are refused: `1.234,56` and `1,23` have a decimal comma, `1.234` may have one.
    """
    if isinstance(raw, str):
        shown = clean_line(raw)
        if shown and not (_MONEY.fullmatch(shown) and any(map(str.isdecimal, shown))):
            raise ValueError("is not an amount of money such as 1,234.56")
        shown = shown.replace(",", "").replace("$", "").replace(" ", "")
    else:
        shown = str("" if raw is None else raw)
    try:
        amount = Decimal(shown or 0)
        if not amount.is_finite() or abs(amount) >= _MONEY_LIMIT:
            raise ValueError("is not an amount of money")
        return amount.quantize(_CENT) + 0
    except InvalidOperation as error:
        raise ValueError("is not an amount of money") from error


def amount(raw: Any) -> Decimal:
    """Parse an amount as `money`; a negative one is refused."""
    value = money(raw)
    if value < 0:
        raise ValueError("is a negative amount")
    return value


def flag(raw: Any) -> bool:
    """Parse yes, no, true, false, 1, 0 or blank (no). The values of exports are not documented.

    Other values are refused, because a wrong guess would unsubscribe people.
    """
    shown = clean_line(str("" if raw is None else raw)).casefold()
    if shown in _YES:
        return True
    if shown in _NO:
        return False
    raise ValueError("is none of yes, no, true, false, 1, 0")


def moment(raw: Any) -> datetime | None:
    """Parse a time to the second, in UTC unless it has an offset; None when blank."""
    shown = clean_line(str("" if raw is None else raw))
    if not shown:
        return None
    try:
        read = datetime.fromisoformat(shown)
        aware = read if read.tzinfo else read.replace(tzinfo=UTC)
        return aware.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        raise ValueError("is not a time such as YYYY-MM-DD HH:MM:SS") from error


def day(raw: Any) -> str | None:
    """Parse a day to `YYYY-MM-DD`. Other texts are returned unchanged; None when blank."""
    shown = line(raw)
    if shown is None:
        return None
    iso = _ISO_DAY.match(shown)
    if iso is not None:
        return iso[1]
    us = _US_DAY.fullmatch(shown)
    return shown if us is None else f"{us[3]}-{us[1]:>02}-{us[2]:>02}"


def cell(value: Any) -> str:
    """Format a value as a cell of an export: Yes or No, two decimals, UTC to the second, items by comma."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return ", ".join(value) if isinstance(value, list) else str(value)


def custom(raw: Any, kind: str | None = None) -> str | None:
    """Format a custom field as in an export: Yes or No, `M/D/YYYY` for dates, options by comma.

    `kind` is the field's type, which only the API provides.
    """
    if isinstance(raw, bool):
        return "Yes" if raw else "No"
    if isinstance(raw, (list, tuple)):
        return ", ".join(shown for item in raw if (shown := custom(item))) or None
    shown = text(raw)
    if shown is not None and kind == "date" and (iso := _ISO_DAY.match(shown)):
        year, month, of_month = iso[1].split("-")
        return f"{int(month)}/{int(of_month)}/{year}"
    return shown
