"""Records of the sandbox's stores, read as the loaders read the services' answers."""

from datetime import datetime
from zoneinfo import ZoneInfo

from mentorsync_pipeline.contacts.queries import list_values
from mentorsync_pipeline.contacts.rules import contact_rows
from mentorsync_pipeline.db.row_records import record
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.records import Contact, Member
from mentorsync_pipeline.sandbox import gb_model
from mentorsync_pipeline.sandbox.contact_store import ContactStore
from mentorsync_pipeline.sandbox.gb_json import contact_json, member_json

ZONE = ZoneInfo("America/New_York")


def read_contact(contact: gb_model.Contact, store: ContactStore) -> Contact:
    row = contact_rows.parse_api_contact(contact_json(contact, store.custom_fields))
    return record(
        Contact,
        row,
        emails=list_values(row, "email"),
        phones=list_values(row, "phone"),
    )


def read_member(member: gb_model.Member, observed_at: datetime) -> Member:
    answer = member_json(member)
    return Member(
        member_id=answer["id"],
        first_name=answer["first_name"],
        last_name=answer["last_name"],
        email=normalize.email(answer["email"]),
        phone=normalize.phone(answer["phone"]),
        raised=round(contact_rows.values.money(answer["raised"]) or 0, 2),
        url=answer["url"],
        updated_at=member.updated_at,
        observed_at=observed_at,
    )
