"""Validate and normalise a custom answer to a conflict against the data (rulebook section 6).

Values are validated before anything is written, so that a run can apply every answer.
"""

from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db.filters import active_individuals
from mentorsync_pipeline.db.tables import deduplicated_signups, raw_gb_full_contacts
from mentorsync_pipeline.db.tables.raw import external_id_key
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.clean_text import clean_line, clean_typed
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.givebutter_values import MAX_TEXT
from mentorsync_pipeline.domain.normalize import is_uga_email

_MAX_ID = 2**63 - 1


class DecisionInvalidError(MentorSyncError):
    """The answer does not fit the conflict."""

    code = "DECISION_INVALID"


def validate_value(conn: sa.Connection, conflict: sa.RowMapping, value: Any) -> Any:
    """Return a person's own value for a conflict, normalised.

    Raises DecisionInvalidError when conflicts of this type take no value, or the value does not fit the data.
    """
    if isinstance(value, str):
        value = clean_typed(value)
    if value is None or not str(value).strip():
        raise DecisionInvalidError("The value is missing.", "Enter a value, or choose a, b or skip.")
    kind, subject = conflict["conflict_type"], conflict["subject"]
    if kind == "contact_selection":
        return value if value == NEW_CONTACT else _validate_contact_id(conn, conflict, value)
    if kind == "external_id_collision" and not subject.startswith("signups:"):
        return _validate_collision(conn, conflict, value)
    if kind == "phone_mismatch":
        return _validate_phone(value)
    if kind == "email_mismatch":
        return _validate_email(subject, value)
    if kind == "field_mismatch":
        return _validate_text(conn, conflict, str(value))
    if kind == "fundraising_mismatch" and "member_ids" in conflict["context"]:
        return _validate_member_id(conflict, value)
    raise DecisionInvalidError(f"Conflict {conflict['id']} ({kind}) takes no custom value.", "Choose a, b or skip.")


def _validate_collision(conn: sa.Connection, conflict: sa.RowMapping, value: Any) -> Any:
    """Return the contact id, or a keyword of this type of conflict.

    While another contact holds the mentor's External ID (`holder`), only that contact can be chosen. For any other
    contact the id must be released first, because Givebutter rejects an id that another contact has.
    """
    kind, _, holder = conflict["subject"].partition(":")
    if value == LEAVE_UNLINKED:
        return value
    if value == NEW_CONTACT and kind != "holder":
        return value
    if kind == "holder" and str(value).strip() != holder:
        raise DecisionInvalidError(
            f"Contact {holder} holds the External ID, so no other contact can get it yet.",
            f"Release it first (choose a), or enter {holder} if that contact is the mentor's.",
        )
    return _validate_contact_id(conn, conflict, value)


def _validate_contact_id(conn: sa.Connection, conflict: sa.RowMapping, value: Any) -> int:
    typed = str(value).strip()
    contact_id = int(typed) if typed.isascii() and typed.isdecimal() else 0
    if not 0 < contact_id <= _MAX_ID:
        raise DecisionInvalidError(
            "A contact id is a whole number.", f"Enter the Givebutter Contact ID, or {NEW_CONTACT} for a new contact."
        )
    contacts, signups = raw_gb_full_contacts, deduplicated_signups
    contact = conn.execute(
        sa.select(contacts.c.contact_id, signups.c.mn_id)
        .outerjoin_from(
            contacts,
            signups,
            sa.and_(
                external_id_key(signups.c.external_id.collate("C")) == external_id_key(contacts.c.external_id),
                signups.c.campaign_year == conflict["campaign_year"],
                signups.c.mn_id != conflict["mn_id"],
            ),
        )
        .where(
            contacts.c.contact_id == contact_id,
            active_individuals(contacts),
        )
    ).first()
    if contact is None:
        raise DecisionInvalidError(
            f"Contact {contact_id} is not among the current Givebutter contacts.",
            "Check the id. If the contact is new, refresh the contacts first.",
        )
    if contact.mn_id is not None:
        raise DecisionInvalidError(
            f"Contact {contact_id} holds the External ID of {contact.mn_id}, another mentor of this year.",
            "Choose another contact, or clear that External ID in Givebutter and refresh the contacts first.",
        )
    return contact_id


def _validate_phone(value: Any) -> str:
    phone = normalize.phone(str(value))
    if phone is None or normalize.is_placeholder_phone(phone):
        raise DecisionInvalidError("This is not a valid phone.", "Correct it, or choose a or b.")
    return phone


def _validate_email(subject: str, value: Any) -> str:
    email = normalize.email(str(value))
    if email is None or normalize.is_placeholder_email(email):
        raise DecisionInvalidError("This is not a valid email.", "Correct it, or choose a or b.")
    if subject == "uga_email" and not is_uga_email(email):
        raise DecisionInvalidError("This is not a university email.", "Enter an @uga.edu address, or choose a or b.")
    return email


def _validate_text(conn: sa.Connection, conflict: sa.RowMapping, typed: str) -> str:
    text = typed if conflict["subject"].endswith("notes") else clean_line(typed)
    config = configuration.read_config(conn, conflict["campaign_year"])
    limit = config.custom_text_limit if conflict["subject"] in config.custom_field_labels else MAX_TEXT
    if len(text) > limit:
        raise DecisionInvalidError(f"The text has more than {limit} characters.", "Shorten it.")
    options = config.custom_field_options.get(conflict["subject"], ())
    if not options:
        return text
    option = next((option for option in options if option.casefold() == text.casefold()), None)
    if option is None:
        raise DecisionInvalidError(
            f"{conflict['subject']} does not have this option.", f"Options: {', '.join(options)}."
        )
    return option


def _validate_member_id(conflict: sa.RowMapping, value: Any) -> int:
    member_ids = {str(member_id): member_id for member_id in conflict["context"]["member_ids"]}
    if str(value).strip() not in member_ids:
        raise DecisionInvalidError(
            "This is not one of the member records.", f"Member records: {', '.join(member_ids)}."
        )
    member_id: int = member_ids[str(value).strip()]
    return member_id
