"""Compare a contact in Givebutter's API with the contact data of the plan (rulebook section 10).

Contact data is hours or days old when a plan is applied.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from mentorsync_pipeline.contacts.rules import values
from mentorsync_pipeline.contacts.rules.contact_rows import parse_api_contact
from mentorsync_pipeline.domain.clean_text import is_same_id, tag_key
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Contact

# By kind of value: the column of the row and the property of the contact that are compared.
_KINDS = {"emails": "email_keys", "phones": "phone_keys", "tags": "tags"}
# By column: the API's name. Older answers may lack them.
_SUBSCRIPTIONS = {
    "email_subscribed": "is_email_subscribed",
    "phone_subscribed": "is_phone_subscribed",
    "address_subscribed": "is_address_subscribed",
}
_KEY_OF: Mapping[str, Callable[[str], str]] = {"emails": email_key, "phones": str, "tags": tag_key}


def find_loser_changes(
    contact: Contact, record: Mapping[str, Any], *, begun_image: Mapping[str, Any] | None, is_cleared: bool
) -> tuple[str, ...]:
    """Return the names of fields in which a loser differs from the contact data.

    Donations are compared if the answer has a total. Of the subscriptions only an unsubscribe is a difference: the kept
    contact would be subscribed after the archive.

    Args:
        record: the contact in the API's form.
        begun_image: the contact before an interrupted archive, after which any change may be a person's restore; None
            if there was none.
        is_cleared: we have cleared its External ID, which is no difference then.

    Raises:
        FieldError: a value cannot be read.

    """
    row = parse_api_contact(record)
    pairs = {
        "name": (_name_keys(contact.first_name, contact.last_name), _name_keys(row["first_name"], row["last_name"])),
        "donations": _compare_donations(contact.total_contributions, row["total_contributions"]),
        "recurring donations": (
            contact.has_recurring_donations,
            contact.has_recurring_donations or bool(row["recurring_contributions"]),
        ),
        **{
            kind: (_read_keys(kind, getattr(contact, column)), _read_keys(kind, row[column]))
            for kind, column in _KINDS.items()
        },
    }
    changed = [name for name, (before, after) in pairs.items() if before != after]
    if any(
        getattr(contact, column) and record.get(name) is not None and not row[column]
        for column, name in _SUBSCRIPTIONS.items()
    ):
        changed.append("subscriptions")
    if begun_image is not None:
        known = (contact.last_modified, parse_api_contact(begun_image)["last_modified"])
        if _is_later(row["last_modified"], max(filter(None, known), default=None)):
            changed.append("last modified")
    external_id = row["external_id"]
    if external_id != contact.external_id and not (is_cleared and external_id is None):
        changed.append("External ID")
    return tuple(changed)


def is_winner_incomplete(
    record: Mapping[str, Any], external_id: str | None, on_winner: Mapping[str, Sequence[str]]
) -> bool:
    """Return whether the winner lacks the mentor's External ID or a value that the plan expects on it.

    Args:
        record: the winner in the API's form.
        external_id: the expected External ID; None if the winner need not have it yet.
        on_winner: expected values by kind.

    """
    row = parse_api_contact(record)
    if external_id is not None and not is_same_id(row["external_id"], external_id):
        return True
    return any(not _read_keys(kind, held) <= _read_keys(kind, row[_KINDS[kind]]) for kind, held in on_winner.items())


def _read_keys(kind: str, held: Sequence[str]) -> set[str]:
    """Return the comparison keys of values of a kind. An export divides a tag that has a comma; the API does not."""
    return {_KEY_OF[kind](value) for value in (values.items(held) if kind == "tags" else held)}


def _compare_donations(before: Decimal | None, now: Decimal | None) -> tuple[object, object]:
    """Return equal values if Givebutter knows no donations that the plan did not consider: an unknown total is none."""
    if now is None:
        return None, None
    return (before, now) if before is not None else (False, now > 0)


def _is_later(now: datetime | None, before: datetime | None) -> bool:
    """Return whether a contact was modified after it was last seen; exports have whole seconds."""
    return now is not None and before is not None and now.replace(microsecond=0) > before


def _name_keys(first: str | None, last: str | None) -> tuple[str, str]:
    return name_key(first), name_key(last)
