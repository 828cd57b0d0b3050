"""From a campaign member as Givebutter's API gave it to the row that `raw_gb_campaign_members` keeps.

Source: reference/givebutter.md, "REST API", Member.
"""

from collections.abc import Mapping
from typing import Any

from mentorsync_pipeline.contacts.rules import values
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.clean_text import clean_json


def member_row(member: Mapping[str, Any], campaign_id: int) -> dict[str, Any]:
    """The row of a member, with the keys by which email and phone find a mentor; ValueError when it cannot be read."""
    email, phone = values.line(member.get("email")), values.line(member.get("phone"))
    return {
        "member_id": values.identifier(member["id"]),
        "campaign_id": campaign_id,
        "first_name": values.line(member.get("first_name")),
        "last_name": values.line(member.get("last_name")),
        "display_name": values.line(member.get("display_name")),
        "email": email,
        "phone": phone,
        "email_key": normalize.email(email),
        "phone_key": normalize.phone(phone),
        "raised": values.money(member.get("raised")),
        "goal": None if member.get("goal") is None else values.money(member["goal"]),
        "donors": _count(member.get("donors")),
        "items": _count(member.get("items")),
        "url": values.line(member.get("url")),
        "created_at": values.moment(member.get("created_at")),
        "updated_at": values.moment(member.get("updated_at")),
        "payload": clean_json(member),
    }


def _count(raw: Any) -> int | None:
    return None if raw is None else int(raw)
