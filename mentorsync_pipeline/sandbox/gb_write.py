"""Validation of request bodies in Givebutter's API, and its changes."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import phonenumbers

from mentorsync_pipeline.sandbox.contact_store import ContactStore, ExternalIdTakenError
from mentorsync_pipeline.sandbox.gb_model import Address, Contact

MAX_TEXT = 255
MAX_TAG = 64
# Every import file has the phones of all mentors again.
_CACHE_SIZE = 1 << 14
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+")
_TEXT_FIELDS = (
    "external_id prefix first_name preferred_name middle_name last_name suffix gender pronouns dob company employer "
    "title website_url twitter_url linkedin_url facebook_url note"
)
_TEXTS = tuple(_TEXT_FIELDS.split())


class InvalidBodyError(Exception):
    """The body is refused with 422; ``errors`` is field → messages."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        first = next(iter(errors.values()))[0]
        more = sum(len(messages) for messages in errors.values()) - 1
        super().__init__(f"{first} (and {more} more error{'s' if more > 1 else ''})" if more else first)
        self.errors = dict(errors)


def valid_email(text: str) -> bool:
    """Return whether Givebutter accepts ``text`` as an email address."""
    return _EMAIL.fullmatch(text) is not None


@lru_cache(_CACHE_SIZE)
def us_phone(text: str) -> str | None:
    """Return ``text`` as E.164 if it is a valid US number, else ``None``."""
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != 1 or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _values(body: Mapping[str, Any], name: str, errors: dict[str, list[str]]) -> list[str]:
    rows = body[name]
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and isinstance(row.get("value"), str) for row in rows
    ):
        errors.setdefault(name, []).append(f"The {name} must be an array of objects with a value.")
        return []
    return [row["value"].strip() for row in rows]


def read_body(body: object, *, creating: bool) -> dict[str, object]:
    """Return the attributes to set. ``custom_fields`` are accepted and ignored, as integrators report."""
    if not isinstance(body, dict):
        raise InvalidBodyError({"body": ["The body must be a JSON object."]})
    errors: dict[str, list[str]] = {}
    changes = _read_texts(body, errors)
    if "emails" in body:
        changes["emails"] = _values(body, "emails", errors)
        if not all(valid_email(email) for email in _texts(changes, "emails")):
            errors.setdefault("emails", []).append("The emails must be valid email addresses.")
    if "phones" in body:
        phones = [us_phone(phone) for phone in _values(body, "phones", errors)]
        if None in phones:
            errors.setdefault("phones", []).append("The phones must be valid phone numbers.")
        changes["phones"] = phones
    if "addresses" in body:
        changes["addresses"] = _addresses(body["addresses"], errors)
    if "tags" in body:
        changes["tags"] = read_tags(body, errors, empty_allowed=True)
    if errors:
        raise InvalidBodyError(errors)
    return {name: value for name, value in changes.items() if value not in (None, [])} if creating else changes


def _read_texts(body: Mapping[str, Any], errors: dict[str, list[str]]) -> dict[str, object]:
    changes: dict[str, object] = {}
    for name in ("first_name", "last_name"):
        if not isinstance(body.get(name), str) or not body[name].strip():
            errors[name] = [f"The {name.replace('_', ' ')} field is required."]
    for name in (name for name in _TEXTS if name in body):
        value, shown = body[name], name.replace("_", " ")
        if value is not None and not isinstance(value, str):
            errors.setdefault(name, []).append(f"The {shown} must be a string.")
        elif value and len(value) > MAX_TEXT and name != "note":
            errors.setdefault(name, []).append(f"The {shown} must not be greater than {MAX_TEXT} characters.")
        else:
            changes[name] = value or None
    return changes


def _addresses(rows: object, errors: dict[str, list[str]]) -> list[Address]:
    fields = ("address_1", "city", "state", "zipcode")
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and all(isinstance(row.get(name), str) for name in fields) for row in rows
    ):
        errors.setdefault("addresses", []).append("Each address needs address_1, city, state and zipcode.")
        return []
    return [
        Address(
            address_1=row["address_1"],
            city=row["city"],
            state=row["state"],
            zipcode=row["zipcode"],
            address_2=row.get("address_2"),
            country=row.get("country") or "US",
        )
        for row in rows
    ]


def read_tags(body: object, errors: dict[str, list[str]], *, empty_allowed: bool = False) -> list[str]:
    """Return the distinct tags of a body; problems are added to ``errors``."""
    tags = body.get("tags") if isinstance(body, dict) else None
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags) or not (tags or empty_allowed):
        errors.setdefault("tags", []).append("The tags field is required.")
        return []
    if any(not 0 < len(tag) <= MAX_TAG for tag in tags):
        errors.setdefault("tags", []).append(f"The tags must not be greater than {MAX_TAG} characters.")
    return list(dict.fromkeys(tags))


def create(store: ContactStore, body: object) -> tuple[Contact, bool]:
    """Create a contact, or update the one that has the same email or phone unless ``force_create``.

    Returns the contact and whether it is new. Raises ``InvalidBodyError``.
    """
    changes = read_body(body, creating=True)
    force = isinstance(body, dict) and body.get("force_create") is True
    with store.lock:
        twin = None if force else store.find_by_key(_texts(changes, "emails"), _texts(changes, "phones"))
        try:
            if twin is None:
                return store.create(**changes), True
            for name in ("emails", "phones", "tags"):
                if name in changes:
                    changes[name] = list(dict.fromkeys([*getattr(twin, name), *_texts(changes, name)]))
            store.change(twin, **changes)
        except ExternalIdTakenError as error:
            raise InvalidBodyError({"external_id": [str(error)]}) from error
    return twin, False


def _texts(changes: Mapping[str, object], name: str) -> list[str]:
    values = changes.get(name)
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def update(store: ContactStore, contact: Contact, body: object) -> None:
    """Set the fields of the body and keep others; tags, emails and phones replace the whole set."""
    changes = read_body(body, creating=False)
    try:
        store.change(contact, **changes)
    except ExternalIdTakenError as error:
        raise InvalidBodyError({"external_id": [str(error)]}) from error


def change_tags(store: ContactStore, contact: Contact, operation: str, body: object) -> None:
    """Add, remove or replace (``sync``) tags by those of the body."""
    errors: dict[str, list[str]] = {}
    body_tags = read_tags(body, errors)
    if errors:
        raise InvalidBodyError(errors)
    with store.lock:
        if operation == "add":
            tags = list(dict.fromkeys([*contact.tags, *body_tags]))
        elif operation == "remove":
            tags = [tag for tag in contact.tags if tag not in body_tags]
        else:
            tags = body_tags
        store.change(contact, tags=tags)
