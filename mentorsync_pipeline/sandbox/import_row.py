"""Checks one row of an import file against Givebutter's rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mentorsync_pipeline.sandbox import accepted_columns as columns
from mentorsync_pipeline.sandbox.gb_model import Address, CustomField
from mentorsync_pipeline.sandbox.gb_write import MAX_TAG, us_phone, valid_email

_YES = {"yes", "true", "1", "subscribed"}
_NO = {"no", "false", "0", "unsubscribed"}


@dataclass
class Row:
    """Validated values of a row: ``texts`` and ``flags`` by attribute; lists in file order; without blanks."""

    contact_id: int | None = None
    external_id: str | None = None
    texts: dict[str, str] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)
    primary_email: str | None = None
    emails: list[str] = field(default_factory=list)
    primary_phone: str | None = None
    phones: list[str] = field(default_factory=list)
    address: Address | None = None
    contact_since: datetime | None = None
    dob: str | None = None
    tags: list[str] = field(default_factory=list)
    note: str | None = None
    custom: dict[str, str] = field(default_factory=dict)
    blank: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)


def parse_date(text: str) -> datetime | None:
    """Parse a date as ``MM/DD/YYYY`` or ``YYYY-MM-DD``; ``None`` for other texts."""
    for pattern in ("%m/%d/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007  # a date, no moment
        except ValueError:
            continue
    return None


def _many(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def read_row(cells: Mapping[str, str], fields: Mapping[str, CustomField]) -> Row:
    """Check ``cells`` (column → text); ``errors`` of the result is empty if the row alone is valid."""
    values = {name: text.strip() for name, text in cells.items()}
    row = Row(blank={name for name, text in values.items() if not text})
    _identity(row, values)
    _texts(row, values)
    _emails(row, values)
    _phones(row, values)
    _flags(row, values)
    _address(row, values)
    _dates(row, values)
    row.tags = list(dict.fromkeys(_many(values.get("Tags", ""))))
    if any(len(tag) > MAX_TAG for tag in row.tags):
        row.errors.append(f"The tags must not be greater than {MAX_TAG} characters.")
    row.note = values.get("Notes") or None
    for label, definition in fields.items():
        if values.get(label):
            _custom(row, definition, values[label])
    return row


def _identity(row: Row, values: Mapping[str, str]) -> None:
    text = values.get(columns.CONTACT_ID, "")
    if text:
        if text.isdecimal():
            row.contact_id = int(text)
        else:
            row.errors.append("The id must be an integer.")
    row.external_id = values.get(columns.EXTERNAL_ID) or None
    if row.external_id and len(row.external_id) > columns.MAX_TEXT:
        row.errors.append(f"The external id must not be greater than {columns.MAX_TEXT} characters.")


def _texts(row: Row, values: Mapping[str, str]) -> None:
    if not values.get(columns.LAST_NAME):
        row.errors.append("The last name field is required.")
    for column, (key, attribute) in columns.TEXT.items():
        text = values.get(column, "")
        limit = columns.MAX_PREFIX if key == "prefix" else columns.MAX_TEXT
        if len(text) > limit:
            row.errors.append(f"The {key.replace('_', ' ')} must not be greater than {limit} characters.")
        elif text:
            row.texts[attribute] = text


def _emails(row: Row, values: Mapping[str, str]) -> None:
    row.primary_email = values.get("Primary Email") or None
    row.emails = _many(values.get("Email Addresses", ""))
    for email in filter(None, (row.primary_email, *row.emails)):
        if not valid_email(email):
            row.errors.append("The email must be a valid email address.")
    if (row.primary_email or row.emails) and not values.get("Email Subscription Status"):
        row.errors.append("The email subscription field is required when an email is present.")


def _phones(row: Row, values: Mapping[str, str]) -> None:
    typed = [values.get("Primary Phone Number", ""), *_many(values.get("Phone Numbers", ""))]
    numbers = [us_phone(text) if text else "" for text in typed]
    if None in numbers:
        row.errors.append("The phone number is invalid.")
    row.primary_phone = numbers[0] or None
    row.phones = [number for number in numbers[1:] if number]


def _flags(row: Row, values: Mapping[str, str]) -> None:
    flags = {
        **columns.SUBSCRIPTIONS,
        "Is Household Primary Contact": ("is_household_primary_contact", "household_primary"),
    }
    for column, (key, attribute) in flags.items():
        text = values.get(column, "").casefold()
        if text and text not in _YES | _NO:
            row.errors.append(f"The selected {key.replace('_', ' ')} is invalid.")
        elif text:
            row.flags[attribute] = text in _YES


def _address(row: Row, values: Mapping[str, str]) -> None:
    """Drop an incomplete address without an error."""
    parts = {attribute: values.get(column, "") for column, attribute in columns.ADDRESS.items()}
    if all(parts[name] for name in ("address_1", "city", "state", "zipcode")):
        parts["country"] = parts["country"] or "US"
        second = parts.pop("address_2")
        row.address = Address(**parts, address_2=second or None)


def _dates(row: Row, values: Mapping[str, str]) -> None:
    for column, key in (("Date of Birth", "dob"), ("Contact Since", "contact since")):
        text = values.get(column, "")
        if not text:
            continue
        date = parse_date(text)
        if date is None:
            row.errors.append(f"The {key} is not a valid date.")
        elif key == "dob":
            row.dob = f"{date:%Y-%m-%d}"
        else:
            row.contact_since = date


def _custom(row: Row, definition: CustomField, text: str) -> None:
    key = f"custom_fields.field_{definition.field_id}"
    match definition.type:
        case "select" if text not in definition.options:
            row.errors.append(f"The selected {key} is invalid.")
        case "checkbox" if text not in {"Yes", "No"}:
            row.errors.append(f"The {key} field must be Yes or No.")
        case "number" if not text.replace(".", "", 1).replace("-", "", 1).isdecimal():
            row.errors.append(f"The {key} must be a number.")
        case "text" if len(text) > columns.MAX_CUSTOM_TEXT:
            row.errors.append(f"The {key} must not be greater than {columns.MAX_CUSTOM_TEXT} characters.")
        case "date":
            date = parse_date(text)
            if date is None:
                row.errors.append(f"The {key} is not a valid date.")
            else:
                row.custom[definition.label] = f"{date.month}/{date.day}/{date.year}"
        case _:
            row.custom[definition.label] = text
