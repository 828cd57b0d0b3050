"""Check what a person chose at a conflict, against the data, and turn it into the value that is remembered.

Rulebook section 6: a value of one's own is validated before anything is written, so that no run meets an answer that
it cannot carry out.
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
from mentorsync_pipeline.domain.normalize import is_uga

_LARGEST_ID = 2**63 - 1


class DecisionInvalidError(MentorSyncError):
    """An answer that this conflict cannot take."""

    code = "DECISION_INVALID"


def checked_value(conn: sa.Connection, conflict: sa.RowMapping, value: Any) -> Any:
    """A person's own value for a conflict, normalised.

    Raises DecisionInvalidError when this kind of conflict takes none, or the value does not fit the data.
    """
    if isinstance(value, str):
        value = clean_typed(value)
    if value is None or not str(value).strip():
        raise DecisionInvalidError("No value is given.", "Give one with --value, or choose a, b or skip.")
    kind, subject = conflict["conflict_type"], conflict["subject"]
    if kind == "contact_selection":
        return value if value == NEW_CONTACT else _contact_id(conn, conflict, value)
    if kind == "external_id_collision" and not subject.startswith("signups:"):
        return _collision(conn, conflict, value)
    if kind == "phone_mismatch":
        return _phone(value)
    if kind == "email_mismatch":
        return _email(subject, value)
    if kind == "field_mismatch":
        return _text(conn, conflict, str(value))
    if kind == "fundraising_mismatch" and "member_ids" in conflict["context"]:
        return _member_id(conflict, value)
    raise DecisionInvalidError(
        f"Conflict {conflict['id']} ({kind}) takes no value of your own.", "Choose a, b or skip."
    )


def _collision(conn: sa.Connection, conflict: sa.RowMapping, value: Any) -> Any:
    """A contact, or one of the words that make sense here.

    While another contact holds the mentor's External ID (`holder`) it can only turn out to be the mentor's after all;
    for any other contact, or a new one, the id must be released first: Givebutter rejects an id that is held.
    """
    kind, _, holder = conflict["subject"].partition(":")
    if value == LEAVE_UNLINKED:
        return value
    if value == NEW_CONTACT and kind != "holder":
        return value
    if kind == "holder" and str(value).strip() != holder:
        raise DecisionInvalidError(
            f"Contact {holder} holds the External ID, so no other contact can get it yet.",
            f"Release it first (choose a), or give {holder} if that contact is the mentor's after all.",
        )
    return _contact_id(conn, conflict, value)


def _contact_id(conn: sa.Connection, conflict: sa.RowMapping, value: Any) -> int:
    typed = str(value).strip()
    contact_id = int(typed) if typed.isascii() and typed.isdecimal() else 0
    if not 0 < contact_id <= _LARGEST_ID:
        raise DecisionInvalidError(
            "A contact id is a whole number.", f"Give the Givebutter Contact ID, or {NEW_CONTACT} for a new contact."
        )
    contacts, signups = raw_gb_full_contacts, deduplicated_signups
    found = conn.execute(
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
    if found is None:
        raise DecisionInvalidError(
            f"Contact {contact_id} is not among the current Givebutter contacts.",
            "Check the id; if it is new, refresh the contacts first.",
        )
    if found.mn_id is not None:
        raise DecisionInvalidError(
            f"Contact {contact_id} holds the External ID of {found.mn_id}, another mentor of this year.",
            "Choose another contact, or clear that External ID in Givebutter and refresh the contacts first.",
        )
    return contact_id


def _phone(value: Any) -> str:
    phone = normalize.phone(str(value))
    if phone is None or normalize.is_placeholder_phone(phone):
        raise DecisionInvalidError("This is not a valid phone.", "Correct it, or choose a or b.")
    return phone


def _email(subject: str, value: Any) -> str:
    email = normalize.email(str(value))
    if email is None or normalize.is_placeholder_email(email):
        raise DecisionInvalidError("This is not a valid email.", "Correct it, or choose a or b.")
    if subject == "uga_email" and not is_uga(email):
        raise DecisionInvalidError("This is no university email.", "Give an @uga.edu address, or choose a or b.")
    return email


def _text(conn: sa.Connection, conflict: sa.RowMapping, typed: str) -> str:
    text = typed if conflict["subject"].endswith("notes") else clean_line(typed)
    config = configuration.read(conn, conflict["campaign_year"])
    limit = config.custom_text_limit if conflict["subject"] in config.custom_field_labels else MAX_TEXT
    if len(text) > limit:
        raise DecisionInvalidError(f"The text is longer than {limit} characters.", "Shorten it.")
    options = config.custom_field_options.get(conflict["subject"], ())
    if not options:
        return text
    known = next((one for one in options if one.casefold() == text.casefold()), None)
    if known is None:
        raise DecisionInvalidError(
            f"{conflict['subject']} has no such option.", f"Its options are: {', '.join(options)}."
        )
    return known


def _member_id(conflict: sa.RowMapping, value: Any) -> int:
    known = {str(one): one for one in conflict["context"]["member_ids"]}
    if str(value).strip() not in known:
        raise DecisionInvalidError("This is none of the member records.", f"They are: {', '.join(known)}.")
    member_id: int = known[str(value).strip()]
    return member_id
