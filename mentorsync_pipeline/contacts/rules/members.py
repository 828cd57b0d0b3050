"""From a campaign member as Givebutter's API gave it to the row that `raw_gb_campaign_members` keeps.

Source: reference/givebutter.md, "REST API", Member.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from mentorsync_pipeline.contacts.rules import values
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.clean_text import clean_json
from mentorsync_pipeline.domain.record_fields import FieldError, require_number_id, require_text

T = TypeVar("T")


def member_id(record: Any) -> int:
    """The id of a member. Raises FieldError when the record has none that can be used."""
    return require_number_id(record, noun="member")


def member_row(member: Mapping[str, Any], campaign_id: int) -> dict[str, Any]:
    """The row of a member, with the keys by which email and phone find a mentor.

    Raises FieldError, which names the member's field, when one cannot be read.
    """

    def line(field: str) -> str | None:
        return values.line(require_text(member.get(field), field))

    def read(field: str, reader: Callable[[Any], T]) -> T:
        return _read(field, reader, member.get(field))

    email, phone = line("email"), line("phone")
    return {
        "member_id": member_id(member),
        "campaign_id": campaign_id,
        "first_name": line("first_name"),
        "last_name": line("last_name"),
        "display_name": line("display_name"),
        "email": email,
        "phone": phone,
        "email_key": next(iter(normalize.email_keys(email)), None),
        "phone_key": next(iter(normalize.phone_keys(phone)), None),
        "raised": read("raised", _amount),
        "goal": None if member.get("goal") is None else read("goal", _amount),
        "donors": read("donors", _count),
        "items": read("items", _count),
        "url": line("url"),
        "created_at": read("created_at", values.moment),
        "updated_at": read("updated_at", values.moment),
        "payload": clean_json(member),
    }


def _read(field: str, reader: Callable[[Any], T], raw: Any) -> T:
    try:
        return reader(raw)
    except FieldError:
        raise
    except ValueError as error:
        raise FieldError(field, str(error)) from None


def _amount(raw: Any) -> Decimal:
    amount = values.money(raw)
    if amount < 0:
        raise ValueError("is a negative amount")
    return amount


def _count(raw: Any) -> int | None:
    return None if raw is None else values.identifier(raw)
