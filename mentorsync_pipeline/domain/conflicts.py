"""Build the options, recommendation and fingerprint of a conflict.

**Fingerprints.** A fingerprint covers the inputs of a comparison: ids, names, keys, tags, External IDs, membership and
contributions. It does not cover values that change by themselves, such as the score and `as_of`, because a decision
must outlive them. For the same reason a decision is read by its value, not by its letter: options A and B may change
places while the inputs are the same.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from mentorsync_pipeline.domain.findings import Option
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Candidate, Contact, DecisionInForce, Signup
from mentorsync_pipeline.domain.sharing import Named
from mentorsync_pipeline.domain.team_time import format_day

CONTACTS = "raw_gb_full_contacts"
RAW_SIGNUPS = "raw_mn_signups"

# Values of options that are not ids of records.
NEW_CONTACT = "new_contact"
RELEASE = "release"
LEAVE_UNLINKED = "leave_unlinked"
TWO_PEOPLE = "two_people"
ONE_PERSON = "one_person"

CONTESTED = "contested"
"""Kind of the question about a contact that several mentors claim; its subject is `contested:CONTACT_ID`."""
HELD = "held"
"""Kind of the question about a contact that holds another mentor's External ID."""
HOLDER = "holder"
"""Kind of the question about a contact that holds the mentor's External ID."""

Decisions = Mapping[tuple[str, str, str], DecisionInForce]
"""Decisions in force by (present MN id, conflict type, subject): see `domain.decision_owners`."""

Letter = Literal["a", "b"]
Recommendation = tuple[Letter | None, str]
"""Recommended option, or None, and the reason."""


def contact_inputs(contact: Contact, *, campaign_member: bool) -> dict[str, Any]:
    """Return the values of a contact that a fingerprint covers; not its last change (rulebook section 6)."""
    return {
        "contact_id": contact.contact_id,
        "external_id": contact.external_id,
        "names": _names(contact),
        "emails": sorted(contact.emails),
        "phones": sorted(contact.phones),
        "tags": sorted(contact.tags),
        "has_address": contact.has_address,
        "total_contributions": "unknown"
        if contact.total_contributions is None
        else f"{contact.total_contributions:.2f}",
        "campaign_member": campaign_member,
        # Only where there are some, so that answers about other contacts stay valid.
        **({"recurring_contributions": True} if contact.has_recurring_donations else {}),
    }


def signup_inputs(signup: Signup) -> dict[str, Any]:
    """Return the values of a sign-up that a fingerprint covers; not its MN id, which may be corrected."""
    return {
        "submission_id": signup.submission_id,
        "names": _names(signup),
        "phone": signup.phone,
        "emails": sorted(set(signup.emails)),
    }


def contact_option(contact: Contact, candidate: Candidate | None = None) -> Option:
    """Build the option to choose a contact. Its value is the contact id."""
    return Option(value=contact.contact_id, source=CONTACTS, metadata=contact_metadata(contact, candidate))


def new_contact_option(signup: Signup) -> Option:
    """Build the option to create a new contact. Its value is `NEW_CONTACT`."""
    return Option(value=NEW_CONTACT, source=RAW_SIGNUPS, metadata=signup_metadata(signup))


def contact_metadata(contact: Contact, candidate: Candidate | None = None) -> dict[str, Any]:
    """Return the facts about a contact for a person's choice; with a candidate, also its match and score."""
    facts: dict[str, Any] = {
        "contact_id": contact.contact_id,
        "first_name": contact.first_name,
        "preferred_name": contact.preferred_name,
        "last_name": contact.last_name,
        "external_id": contact.external_id,
        "phones": contact.phones,
        "emails": contact.emails,
        "city": contact.city,
        "tags": contact.tags,
        "last_modified": contact.last_modified,
        "total_contributions": contact.total_contributions,
        **({"recurring_contributions": contact.recurring_contributions} if contact.has_recurring_donations else {}),
    }
    if candidate is None:
        return facts
    return facts | {
        "campaign_member": candidate.campaign_member,
        "matched_on": candidate.matched_on,
        "name_agreement": candidate.name_agreement,
        "viability": candidate.viability,
        "viability_reason": candidate.viability_reason,
        "is_mass_email": candidate.is_mass_email,
        "score": candidate.score,
        "score_parts": dict(candidate.score_parts),
    }


def signup_metadata(signup: Signup) -> dict[str, Any]:
    """Return the facts about a sign-up for a person's choice."""
    return {
        "submission_id": signup.submission_id,
        "mn_id": signup.mn_id,
        "first_name": signup.first_name,
        "preferred_name": signup.preferred_name,
        "last_name": signup.last_name,
        "phone": signup.phone or signup.phone_raw,
        "emails": signup.emails or tuple(raw for raw in (signup.personal_email_raw, signup.uga_email_raw) if raw),
        "created_at": signup.created_at,
        "updated_at": signup.updated_at,
        "superseded_mn_ids": signup.superseded_mn_ids,
    }


def recommend_higher(a: Decimal | int, b: Decimal | int) -> Letter | None:
    """Return the option with the higher number; None when equal."""
    return None if a == b else "a" if a > b else "b"


def recommend_newer(a: datetime | None, b: datetime | None) -> Recommendation:
    """Recommend the option that was changed last; none when a time is unknown or both are equal."""
    if a is None or b is None:
        return None, "The last change of one of the two is unknown, so there is no recommendation."
    if a == b:
        return None, "Both were last changed at the same time, so there is no recommendation."
    better: Letter = "a" if a > b else "b"
    return better, f"Option {better.upper()} is newer: {format_day(max(a, b))} against {format_day(min(a, b))}."


def _names(record: Named) -> list[str]:
    return [name_key(name) for name in (record.first_name, record.preferred_name, record.last_name)]
