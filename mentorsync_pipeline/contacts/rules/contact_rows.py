"""Parse a contact of an export or of Givebutter's API to a row of `raw_gb_full_contacts`.

An export record and an API contact with the same values give the same row except for the columns that the load adds
(`payload`, `origin`, `observed_at`, `load_id`). Only exports have the household.

Source: reference/givebutter.md, "Contacts EXPORT" and "REST API".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from mentorsync_pipeline.contacts.rules import values
from mentorsync_pipeline.contacts.rules.export_columns import COLUMNS
from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.record_fields import (
    FieldError,
    require_number_id,
    require_object,
    require_objects,
    require_text,
)

Row = dict[str, Any]
# Parser by our column. Other columns are one line of text.
_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "contact_id": values.identifier,
    "contact_since": values.day,
    "date_of_birth": values.day,
    "recurring_contributions": values.amount,
    "total_contributions": values.amount,
    "email_subscribed": values.flag,
    "phone_subscribed": values.flag,
    "address_subscribed": values.flag,
    "tags": values.tags,
    "additional_emails": values.items,
    "additional_phones": values.items,
    "notes": values.text,
    "date_created": values.moment,
    "last_modified": values.moment,
}
HOUSEHOLD = ("household", "household_primary_contact")
AMOUNTS = ("total_contributions", "recurring_contributions")
# Our columns that have a value, an error or match keys of other columns also when all their cells are blank.
FILLED = frozenset(
    {
        *("contact_id", "recurring_contributions", "total_contributions", "date_created", "last_modified"),
        *("email_subscribed", "phone_subscribed", "address_subscribed", "additional_emails", "additional_phones"),
    }
)
# Every contact of an export has one of these; a row without any was added in a spreadsheet, such as a total.
IDENTIFYING = (
    *("date_created", "last_modified", "external_id", "first_name", "preferred_name", "last_name"),
    *("primary_email", "additional_emails", "primary_phone", "additional_phones"),
)
# API field by our column, where the names differ.
API_FIELDS = {
    "contact_id": "id",
    "date_of_birth": "dob",
    "website": "website_url",
    "twitter": "twitter_url",
    "linkedin": "linkedin_url",
    "facebook": "facebook_url",
    "tiktok": "tiktok_url",
    "email_subscribed": "is_email_subscribed",
    "phone_subscribed": "is_phone_subscribed",
    "address_subscribed": "is_address_subscribed",
    "notes": "note",
    "date_created": "created_at",
    "last_modified": "updated_at",
}
_API_ADDRESS = {
    "address_line_1": "address_1",
    "address_line_2": "address_2",
    "city": "city",
    "state": "state",
    "zip_code": "zipcode",
    "country": "country",
}
# Numbers as spreadsheets rewrite them, such as 1.40756E+13 or with a decimal comma.
_SCIENTIFIC = r"\+?[0-9](?:[.,][0-9]+[eE]\+?|[eE]\+)[0-9]{1,3}"
_REWRITTEN_NUMBER = "has a number in scientific notation, with a decimal point or with commas between thousands"
_REWRITTEN_DATE = "has a date in another form than Givebutter's"
_SERIAL_DAY = r"[0-9]{5}(?:[.,][0-9]+)?"
_SLASHED_DAY = r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?:[0-9]{4}|[0-9]{2})(?:[ T].*)?"
_THOUSANDS = r"\+?[0-9]{1,3}(?:,[0-9]{3}){3,4}"
_PHONES = rf"(?:^|[\s,;])(?:{_SCIENTIFIC}|{_THOUSANDS}|\+?[0-9]{{7,15}}(?:\.0*|,0{{1,2}}))(?:$|[\s,;])"
_ZIP_AS_NUMBER = r"[0-9]{3,9}(?:\.0*|,0{1,2})|[0-9]{1,3}(?:,[0-9]{3}){1,2}"
_OTHER_DAY = rf"^(?:{_SERIAL_DAY}|{_SLASHED_DAY})$"
# By our column: pattern of trimmed cells that only a spreadsheet writes.
_REWRITTEN: Mapping[str, tuple[re.Pattern[str], str]] = {
    name: (re.compile(pattern, re.ASCII), reason)
    for name, pattern, reason in (
        ("primary_phone", _PHONES, _REWRITTEN_NUMBER),
        ("additional_phones", _PHONES, _REWRITTEN_NUMBER),
        ("zip_code", rf"^(?:{_SCIENTIFIC}|{_ZIP_AS_NUMBER})$", _REWRITTEN_NUMBER),
        ("external_id", rf"^{_SCIENTIFIC}$", _REWRITTEN_NUMBER),
        ("contact_since", rf"^{_SERIAL_DAY}$", _REWRITTEN_DATE),
        ("date_of_birth", _OTHER_DAY, _REWRITTEN_DATE),
        ("contact_id", rf"^(?:{_SCIENTIFIC}|[0-9]+\.0*)$", _REWRITTEN_NUMBER),
        ("date_created", _OTHER_DAY, _REWRITTEN_DATE),
        ("last_modified", _OTHER_DAY, _REWRITTEN_DATE),
    )
}
_EXPORT_NAMES: Mapping[str, str] = {target: name for name, target in COLUMNS.items()}
_PLAIN_MONEY = "(?:0|[1-9][0-9]{0,9})[.][0-9]{2}"
_PLAIN_DAY = "(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?"
_PLAIN_MOMENT = (
    "[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31) "
    "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
)
_PLAIN: Mapping[str, str] = {
    "contact_id": "[1-9][0-9]{0,17}",
    "external_id": "(?:[A-Za-z]+[0-9]*)?",
    "primary_phone": "(?:[+]1[0-9]{10})?",
    "zip_code": "(?:[0-9]{5})?",
    "recurring_contributions": _PLAIN_MONEY,
    "total_contributions": _PLAIN_MONEY,
    "contact_since": _PLAIN_DAY,
    "date_of_birth": _PLAIN_DAY,
    "date_created": _PLAIN_MOMENT,
    "last_modified": _PLAIN_MOMENT,
}
# ASCII and Western letters with single inner spaces (as in `domain.clean_text`), without backslash and brace.
_PLAIN_LETTERS = "[!-Z^-z|}~\\]\xa1-\xac\xae-\u02ff]+"
_PLAIN_TEXT = f"(?:{_PLAIN_LETTERS}(?: {_PLAIN_LETTERS})*)?"
_TEXTS = frozenset({values.line, values.text, values.day})
_LIST_COLUMNS = frozenset({"additional_emails", "additional_phones"})


class CellError(FieldError):
    """A value cannot be read. `reason` does not quote the value."""

    @property
    def column(self) -> str:
        """Return the column of the export, or the field of the API."""
        return self.field


class RewrittenError(CellError):
    """A spreadsheet has rewritten the cell, so that no cell of the file can be trusted."""


def parse_export_cell(target: str, cell: str) -> Any:
    """Parse a cell of an export for our column; cells of additional emails and phones are parsed to their items.

    Args:
        cell: cell without unusual characters (`domain.clean_text`).

    Raises:
        CellError: the cell cannot be read.
        RewrittenError: a spreadsheet has rewritten the cell.

    """
    pattern, reason = _REWRITTEN.get(target, (None, ""))
    if pattern is not None and pattern.search(clean_line(cell)):
        raise RewrittenError(_EXPORT_NAMES[target], reason)
    return _read_value(target, cell, _EXPORT_NAMES[target])


def build_added_row_error() -> FieldError:
    """Return the error of a row that has none of the columns `IDENTIFYING`."""
    return FieldError(
        _EXPORT_NAMES["date_created"],
        "is blank, and so are all names, emails and phones, as in a total that was added in a spreadsheet",
    )


def plain_cells(target: str) -> str | None:
    """Return a pattern of cells of an export that are their own value, without look-around; None if there is none.

    A blank cell stands for no value. `values.cell` of the parsed value is the cell, and COPY needs no escapes for it.
    All other cells are parsed.
    """
    return _PLAIN.get(target, _PLAIN_TEXT if reader_of_column(target) in {values.line, values.text} else None)


def parse_contact_id(record: Any) -> int:
    """Return the id of an API contact. Raises FieldError when it is missing or invalid."""
    return require_number_id(record, noun="contact")


def parse_api_contact(contact: Mapping[str, Any]) -> Row:
    """Parse one API contact to a row without the household, which the API lacks, and without the payload.

    Raises CellError or FieldError with the field.
    """
    row: Row = {}
    stats = require_object(contact.get("stats"), "stats")
    address = _find_primary_address(contact)
    for target in COLUMNS.values():
        if target in _LIST_COLUMNS or target in HOUSEHOLD:
            continue
        name = API_FIELDS.get(target, target)
        if target in _API_ADDRESS:
            raw = address.get(_API_ADDRESS[target])
        elif target in AMOUNTS:
            row[target] = _read_known_amount(stats, target)
            continue
        else:
            raw = contact.get(name)
        if reader_of_column(target) in _TEXTS:
            raw = require_text(raw, name)
        elif target == "tags":
            raw = _text_items(raw, name)
        row[target] = _read_value(target, raw, name)
    if row["total_contributions"] is None:  # a donor without totals has at least the last donation
        row["total_contributions"] = _read_known_amount(contact, "last_donation_amount")
    row["contact_id"] = parse_contact_id(contact)
    custom = parse_custom_fields(
        (require_text(entry.get("title"), "custom_fields") or "", _custom_text(entry))
        for entry in require_objects(contact.get("custom_fields"), "custom_fields")
    )
    return {
        **row,
        **_derive_keys(
            row,
            _read_value("additional_emails", _require_texts(contact, "emails"), "emails"),
            _read_value("additional_phones", _require_texts(contact, "phones"), "phones"),
        ),
        "contact_type": (values.line(require_text(contact.get("type"), "type")) or "individual").casefold(),
        "custom_fields": custom,
        "archived_at": _read_value("last_modified", contact.get("archived_at"), "archived_at"),
    }


def _read_known_amount(record: Mapping[str, Any], name: str) -> Decimal | None:
    raw = record.get(name)
    if raw is None:
        return None
    amount: Decimal = _read_value("total_contributions", raw, name)
    return amount


def _custom_text(entry: Mapping[str, Any]) -> str | None:
    value = entry.get("value")
    for item in value if isinstance(value, list) else (value,):
        if not isinstance(item, bool):
            require_text(item, "custom_fields")
    return values.custom(value, require_text(entry.get("type"), "custom_fields"))


def parse_custom_fields(labelled: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Return the custom fields by label without blanks.

    Labels may repeat: equal values count once, another value is stored as `Label (2)`.
    """
    values_by_label: dict[str, str] = {}
    by_label: dict[str, set[str]] = {}
    last_number: dict[str, int] = {}
    for raw_label, raw in labelled:
        label, value = clean_line(raw_label), values.custom(raw)
        if not label or value is None or value in by_label.setdefault(label, set()):
            continue
        by_label[label].add(value)
        # Numbers up to the last one are taken, also by fields that are named like `Label (2)`.
        number = max(len(by_label[label]), last_number.get(label, 0) + 1)
        key = label if number == 1 else f"{label} ({number})"
        while key in values_by_label:
            number += 1
            key = f"{label} ({number})"
        last_number[label] = number
        values_by_label[key] = value
    return values_by_label


def reader_of_column(target: str) -> Callable[[Any], Any]:
    """Return the parser of our column, which raises ValueError for invalid values."""
    return _KINDS.get(target, values.line)


def _read_value(target: str, raw: Any, name: str) -> Any:
    try:
        return reader_of_column(target)(raw)
    except ValueError as error:
        raise CellError(name, str(error)) from None


def _derive_keys(row: Row, more_emails: list[str], more_phones: list[str]) -> Row:
    """Return the additional emails and phones, and the match keys of all."""
    emails, email_keys = values.split_keys(row["primary_email"], more_emails, values.EMAILS)
    phones, phone_keys = values.split_keys(row["primary_phone"], more_phones, values.PHONES)
    return {
        "additional_emails": emails,
        "additional_phones": phones,
        "email_keys": email_keys,
        "phone_keys": phone_keys,
    }


def _require_texts(contact: Mapping[str, Any], name: str) -> list[str]:
    entries = require_objects(contact.get(name), name)
    return [shown for entry in entries if (shown := require_text(entry.get("value"), name))]


def _text_items(raw: Any, name: str) -> list[str]:
    if raw is None or isinstance(raw, str):
        return [raw] if raw else []
    if not isinstance(raw, list):
        raise FieldError(name, "is not a list")
    return [shown for item in raw if (shown := require_text(item, name))]


def _find_primary_address(contact: Mapping[str, Any]) -> Mapping[str, Any]:
    listed = require_objects(contact.get("addresses"), "addresses")
    primary = require_object(contact.get("primary_address"), "primary_address")
    marked = [address for address in listed if address.get("is_primary")]
    return next(iter([*([primary] if primary else []), *marked, *listed]), {})
