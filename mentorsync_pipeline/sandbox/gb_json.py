"""JSON of records in Givebutter's API."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from mentorsync_pipeline.sandbox.gb_model import Address, Campaign, Contact, CustomField, Member

Json = dict[str, Any]


def stamp(moment: datetime | None) -> str | None:
    """Format a time such as ``2023-11-18T04:31:33+00:00``."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _address(address: Address, *, primary: bool) -> Json:
    return {
        "address_1": address.address_1,
        "address_2": address.address_2,
        "city": address.city,
        "state": address.state,
        "zipcode": address.zipcode,
        "country": address.country,
        "type": address.type,
        "is_primary": primary,
    }


_AS_STORED = (
    "type prefix first_name preferred_name middle_name last_name suffix gender pronouns dob company employer title "
    "website_url twitter_url linkedin_url facebook_url tiktok_url instagram_url note last_donation_amount"
)
_AS_STORED_NAMES = tuple(_AS_STORED.split())


def contact_json(contact: Contact, fields: Mapping[str, CustomField]) -> Json:
    """Return a contact as the API does; ``fields`` are the account's custom fields by label."""
    addresses = [_address(address, primary=place == 0) for place, address in enumerate(contact.addresses)]
    external = contact.external_id
    answer: Json = {"id": contact.id, "external_id": external}
    answer["external_ids"] = (
        [{"id": contact.id * 10 + 1, "label": "External ID", "external_id": external}] if external else []
    )
    answer.update((name, getattr(contact, name)) for name in _AS_STORED_NAMES)
    answer.update(
        contact_since=stamp(contact.contact_since),
        emails=[{"type": "personal", "value": email} for email in contact.emails],
        phones=[{"type": "mobile", "value": phone} for phone in contact.phones],
        primary_email=contact.emails[0] if contact.emails else None,
        primary_phone=contact.phones[0] if contact.phones else None,
        addresses=addresses,
        primary_address=addresses[0] if addresses else None,
        stats={
            "total_contributions": contact.total_contributions,
            "recurring_contributions": contact.recurring_contributions,
        }
        if contact.has_stats
        else None,
        tags=list(contact.tags),
        custom_fields=[
            _custom(contact, fields[label], value) for label, value in contact.custom.items() if label in fields
        ],
        is_email_subscribed=contact.email_subscribed,
        is_phone_subscribed=contact.phone_subscribed,
        is_address_subscribed=contact.address_subscribed,
        archived_at=stamp(contact.archived_at),
        created_at=stamp(contact.created_at),
        updated_at=stamp(contact.updated_at),
    )
    return answer


def _custom(contact: Contact, field: CustomField, value: str) -> Json:
    return {
        "id": contact.id * 1000 + field.field_id % 1000,
        "field_id": field.field_id,
        "type": field.type,
        "value": value,
        "title": field.label,
        "description": field.description,
    }


def campaign_json(campaign: Campaign, members: Sequence[Member]) -> Json:
    """Return a campaign; raised and donors are the sums of its members."""
    return {
        "id": campaign.id,
        "code": campaign.code,
        "slug": campaign.slug,
        "title": campaign.title,
        "type": campaign.type,
        "goal": campaign.goal,
        "raised": round(sum(member.raised for member in members), 2),
        "donors": sum(member.donors for member in members),
        "status": campaign.status,
        "url": f"https://givebutter.example/{campaign.code}",
        "end_at": stamp(campaign.end_at),
        "created_at": stamp(campaign.created_at),
        "updated_at": stamp(campaign.updated_at),
    }


def member_json(member: Member) -> Json:
    """Return a campaign member, without a contact id."""
    return {
        "id": member.id,
        "first_name": member.first_name,
        "last_name": member.last_name,
        "display_name": member.display_name,
        "email": member.email,
        "phone": member.phone,
        "picture": None,
        "raised": member.raised,
        "goal": member.goal,
        "donors": member.donors,
        "items": 0,
        "url": member.url,
        "created_at": stamp(member.created_at),
        "updated_at": stamp(member.updated_at),
    }


def paged(
    rows: Sequence[Json], *, total: int, page: int, per_page: int, path: str, query: Sequence[tuple[str, str]]
) -> Json:
    """Return the envelope of a list: ``data``, ``links`` with absolute URLs, ``meta``. ``query`` has the filters."""
    last = max((total + per_page - 1) // per_page, 1)

    def link(number: int) -> str:
        parameters = [(name, value) for name, value in query if name != "page"]
        return f"{path}?{urlencode([*parameters, ('page', str(number))])}"

    first_row = (page - 1) * per_page + 1
    return {
        "data": list(rows),
        "links": {
            "first": link(1),
            "last": link(last),
            "prev": link(page - 1) if page > 1 else None,
            "next": link(page + 1) if page < last else None,
        },
        "meta": {
            "current_page": page,
            "from": first_row if rows else None,
            "last_page": last,
            "path": path,
            "per_page": per_page,
            "to": first_row + len(rows) - 1 if rows else None,
            "total": total,
        },
    }
