"""Parse a campaign member of Givebutter's API to a row of `raw_gb_campaign_members`.

Source: reference/givebutter.md, "REST API", Member.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mentorsync_pipeline.contacts.rules import values
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.clean_text import clean_json
from mentorsync_pipeline.domain.record_fields import FieldError, require_number_id, require_text

T = TypeVar("T")


def parse_member_id(record: Any) -> int:
    """Return the id of a member. Raises FieldError when it is missing or invalid."""
    return require_number_id(record, noun="member")


def parse_member(member: Mapping[str, Any], campaign_id: int) -> dict[str, Any]:
    """Build the row of a member, with match keys of email and phone. Raises FieldError with the unreadable field."""

    def line(field: str) -> str | None:
        return values.line(require_text(member.get(field), field))

    def read(field: str, reader: Callable[[Any], T]) -> T:
        return _read_value(field, reader, member.get(field))

    email, phone = line("email"), line("phone")
    return {
        "member_id": parse_member_id(member),
        "campaign_id": campaign_id,
        "first_name": line("first_name"),
        "last_name": line("last_name"),
        "display_name": line("display_name"),
        "email": email,
        "phone": phone,
        "email_key": next(iter(normalize.email_keys(email)), None),
        "phone_key": next(iter(normalize.phone_keys(phone)), None),
        "raised": read("raised", values.amount),
        "goal": None if member.get("goal") is None else read("goal", values.amount),
        "donors": read("donors", _parse_count),
        "items": read("items", _parse_count),
        "url": line("url"),
        "created_at": read("created_at", values.moment),
        "updated_at": read("updated_at", values.moment),
        "payload": clean_json(member),
    }


def _read_value(field: str, reader: Callable[[Any], T], raw: Any) -> T:
    try:
        return reader(raw)
    except FieldError:
        raise
    except ValueError as error:
        raise FieldError(field, str(error)) from None


def _parse_count(raw: Any) -> int | None:
    return None if raw is None else values.count(raw)
