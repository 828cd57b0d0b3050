"""From a contact as Givebutter gave it to the row that `raw_gb_full_contacts` keeps: one row for one contact.

An export row and an API contact that say the same give rows that differ in `payload` (and in what the load adds:
`origin`, `observed_at`, `load_id`) alone; the household is known to the export only.

Source: reference/givebutter.md, "Contacts EXPORT" and "REST API".
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mentorsync_pipeline.contacts.rules import values
from mentorsync_pipeline.contacts.rules.export_columns import COLUMNS, Column, Header
from mentorsync_pipeline.domain.clean_text import clean_json, clean_line
from mentorsync_pipeline.domain.record_fields import (
    FieldError,
    require_number_id,
    require_object,
    require_objects,
    require_text,
)

Row = dict[str, Any]
# Our column: how its value is read. Those not listed are one line of text.
_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "contact_id": values.identifier,
    "contact_since": values.day,
    "date_of_birth": values.day,
    "recurring_contributions": values.money,
    "total_contributions": values.money,
    "email_subscribed": values.flag,
    "phone_subscribed": values.flag,
    "address_subscribed": values.flag,
    "tags": values.items,
    "notes": values.text,
    "date_created": values.moment,
    "last_modified": values.moment,
}
_DAYS = frozenset({"contact_since", "date_of_birth"})
HOUSEHOLD = ("household", "household_primary_contact")
# Our column: the field of the API that has another name (the others have the same one).
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
# What a spreadsheet makes of a number that it takes for an amount, in patterns that Python and Arrow read alike:
# 1.40756E+13, with a decimal comma elsewhere.
_SCIENTIFIC = r"\+?[0-9](?:[.,][0-9]+[eE]\+?|[eE]\+)[0-9]{1,3}"
_A_NUMBER = "holds a number in scientific notation, with a decimal point or with commas between thousands"
_A_DATE = "holds a date in another form than Givebutter's"
_SERIAL_DAY = r"[0-9]{5}(?:[.,][0-9]+)?"
_SLASHED_DAY = r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?:[0-9]{4}|[0-9]{2})(?:[ T].*)?"
_THOUSANDS = r"\+?[0-9]{1,3}(?:,[0-9]{3}){3,4}"
_PHONES = rf"(?:^|[\s,;])(?:{_SCIENTIFIC}|{_THOUSANDS}|\+?[0-9]{{7,15}}(?:\.0*|,0{{1,2}}))(?:$|[\s,;])"
# Our column: the trimmed cells of it that only a spreadsheet can have written, and which the reader might not refuse.
REWRITTEN: Mapping[str, str] = {
    "primary_phone": _PHONES,
    "additional_phones": _PHONES,
    "zip_code": rf"^(?:{_SCIENTIFIC}|[0-9]{{3,9}}\.0*)$",
    "external_id": rf"^{_SCIENTIFIC}$",
    "contact_since": rf"^{_SERIAL_DAY}$",
    "date_of_birth": rf"^(?:{_SERIAL_DAY}|{_SLASHED_DAY})$",
}
_REWRITTEN: Mapping[str, tuple[re.Pattern[str], str]] = {
    name: (re.compile(pattern, re.ASCII), reason)
    for name, pattern, reason in (
        *((name, pattern, _A_DATE if name in _DAYS else _A_NUMBER) for name, pattern in REWRITTEN.items()),
        ("contact_id", rf"^(?:{_SCIENTIFIC}|[0-9]+\.0*)$", _A_NUMBER),
        *((name, rf"^(?:{_SERIAL_DAY}|{_SLASHED_DAY})$", _A_DATE) for name in ("date_created", "last_modified")),
    )
}
_TEXTS = frozenset({values.line, values.text, values.day})
_AMOUNTS = frozenset({"total_contributions", "recurring_contributions"})
_MADE_OF_SEVERAL = frozenset({"additional_emails", "additional_phones"})


class CellError(FieldError):
    """A value that cannot be read; `column` names it as its source does, `reason` never holds the value."""

    @property
    def column(self) -> str:
        """The column of an export, or the field of the API."""
        return self.field


class RewrittenError(CellError):
    """A cell that a spreadsheet has rewritten, so that what it was is lost or unsure: no cell of the file is sure."""


def from_export(header: Header, cells: Sequence[str]) -> Row:
    """The row of one export record, with every column of the table that a contact fills.

    The cells hold no unusual characters (`domain.clean_text`). Columns that the file does not have are blank. Raises
    CellError naming the column, RewrittenError for a cell that a spreadsheet has rewritten.
    """
    places = header.places
    given = {target: cells[places[target]] for target in COLUMNS.values() if target in places}
    _refuse_rewritten(given)
    row: Row = {}
    for name, target in COLUMNS.items():
        if target not in _MADE_OF_SEVERAL:
            row[target] = _read(target, given.get(target, ""), name)
    row |= _reached_by(row, given.get("additional_emails", ""), given.get("additional_phones", ""))
    row["custom_fields"] = custom_fields((column.label or "", cells[column.place]) for column in header.custom)
    return {
        **row,
        "contact_type": "individual",
        "archived_at": None,
        "payload": {
            column.payload_key: cells[column.place]
            for column in header.columns
            if cells[column.place] != _said_again(column, row)
        },
    }


def _refuse_rewritten(given: Mapping[str, str]) -> None:
    for target, (pattern, reason) in _REWRITTEN.items():
        if pattern.search(clean_line(given.get(target, ""))):
            name = next(name for name, ours in COLUMNS.items() if ours == target)
            raise RewrittenError(name, reason)


def _said_again(column: Column, row: Mapping[str, Any]) -> str:
    """The cell of an export that the row itself gives back for a column; the payload holds each one that was another.

    So every cell is kept to the letter, and hardly any twice: an account's usual export would be stored in double.
    """
    if column.target:
        return values.cell(row[column.target])
    if column.label and not column.label_repeats:
        return str(row["custom_fields"].get(column.label, ""))
    return ""


def contact_id(record: Any) -> int:
    """The id of a contact of the API. Raises FieldError when the record has none that can be used."""
    return require_number_id(record, noun="contact")


def from_api(contact: Mapping[str, Any]) -> Row:
    """The row of one contact of the API; the household's columns are left out, as the API does not know them.

    Raises CellError or FieldError, naming the field.
    """
    row: Row = {}
    stats = require_object(contact.get("stats"), "stats")
    address = _primary_address(contact)
    for target in COLUMNS.values():
        if target in _MADE_OF_SEVERAL or target in HOUSEHOLD:
            continue
        name = API_FIELDS.get(target, target)
        if target in _API_ADDRESS:
            raw = address.get(_API_ADDRESS[target])
        elif target in _AMOUNTS:
            raw = stats.get(target)
        else:
            raw = contact.get(name)
        if reader(target) in _TEXTS:
            raw = require_text(raw, name)
        elif target == "tags":
            raw = _texts(raw, name)
        row[target] = _read(target, raw, name)
        if target in _AMOUNTS and row[target] < 0:
            raise FieldError(target, "is a negative amount")
    row["contact_id"] = contact_id(contact)
    custom = custom_fields(
        (require_text(entry.get("title"), "custom_fields") or "", _custom(entry))
        for entry in require_objects(contact.get("custom_fields"), "custom_fields")
    )
    return {
        **row,
        **_reached_by(row, _listed(contact, "emails"), _listed(contact, "phones")),
        "contact_type": values.line(require_text(contact.get("type"), "type")) or "individual",
        "custom_fields": custom,
        "archived_at": _read("last_modified", contact.get("archived_at"), "archived_at"),
        "payload": clean_json(contact),
    }


def _custom(entry: Mapping[str, Any]) -> str | None:
    value = entry.get("value")
    for item in value if isinstance(value, list) else (value,):
        if not isinstance(item, bool):
            require_text(item, "custom_fields")
    return values.custom(value, require_text(entry.get("type"), "custom_fields"))


def custom_fields(labelled: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """The custom fields by label, blanks left out.

    Labels repeat in real accounts: equal values count once, a second value is kept as `Label (2)`.
    """
    found: dict[str, str] = {}
    by_label: dict[str, list[str]] = {}
    for raw_label, raw in labelled:
        label, value = clean_line(raw_label), values.custom(raw)
        if not label or value is None or value in by_label.setdefault(label, []):
            continue
        by_label[label].append(value)
        number = len(by_label[label])
        key = label if number == 1 else f"{label} ({number})"
        while key in found:
            number += 1
            key = f"{label} ({number})"
        found[key] = value
    return found


def reader(target: str) -> Callable[[Any], Any]:
    """How a value of our column is read; raises ValueError when it cannot be."""
    return _KINDS.get(target, values.line)


def _read(target: str, raw: Any, name: str) -> Any:
    try:
        return reader(target)(raw)
    except ValueError as error:
        raise CellError(name, str(error)) from None


def _reached_by(row: Row, more_emails: Any, more_phones: Any) -> Row:
    """The further emails and phones, and the keys of all of them."""
    emails, email_keys = values.reached(row["primary_email"], values.items(more_emails), values.EMAILS)
    phones, phone_keys = values.reached(row["primary_phone"], values.items(more_phones), values.PHONES)
    return {
        "additional_emails": emails,
        "additional_phones": phones,
        "email_keys": email_keys,
        "phone_keys": phone_keys,
    }


def _listed(contact: Mapping[str, Any], name: str) -> list[str]:
    entries = require_objects(contact.get(name), name)
    return [shown for entry in entries if (shown := require_text(entry.get("value"), name))]


def _texts(raw: Any, name: str) -> list[str]:
    if raw is None or isinstance(raw, str):
        return [raw] if raw else []
    if not isinstance(raw, list):
        raise FieldError(name, "is not a list")
    return [shown for item in raw if (shown := require_text(item, name))]


def _primary_address(contact: Mapping[str, Any]) -> Mapping[str, Any]:
    listed = require_objects(contact.get("addresses"), "addresses")
    primary = require_object(contact.get("primary_address"), "primary_address")
    marked = [address for address in listed if address.get("is_primary")]
    return next(iter([*([primary] if primary else []), *marked, *listed]), {})
