"""The building blocks of a conflict: its options, recommendation and fingerprint, and a person's answer to it.

How answers are recorded does not either; see `review.decisions`.

**Fingerprints.** A fingerprint covers what was compared and nothing that moves by itself: the ids, names, keys, tags,
External IDs, last change, membership and contributions of the records, but neither their score nor `as_of`. The score
sinks a little every day while nothing has changed; a decision must outlive that. For the same reason an answer is read
by the value that it chose, never by its letter: which of two contacts is the better one may turn while both stay equal.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from mentorsync_pipeline.domain.findings import Option
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Candidate, Contact, Signup, StandingDecision
from mentorsync_pipeline.domain.sharing import Named

CONTACTS = "raw_gb_full_contacts"
RAW_SIGNUPS = "raw_mn_signups"

# The values of options that name no record.
NEW_CONTACT = "new_contact"
RELEASE = "release"
LEAVE_UNLINKED = "leave_unlinked"
TWO_PEOPLE = "two_people"
ONE_PERSON = "one_person"

Decisions = Mapping[tuple[str, str, str], StandingDecision]
"""The answers that nobody has undone, by (mn_id, conflict type, subject)."""

Letter = Literal["a", "b"]
Recommendation = tuple[Letter | None, str]
"""The recommended option, if any, and the reason in plain words."""


def contact_inputs(contact: Contact, *, campaign_member: bool) -> dict[str, Any]:
    """What a fingerprint covers of a contact; its last change alone is no change (rulebook section 6)."""
    return {
        "contact_id": contact.contact_id,
        "external_id": contact.external_id,
        "names": _names(contact),
        "emails": sorted(contact.emails),
        "phones": sorted(contact.phones),
        "tags": sorted(contact.tags),
        "has_address": contact.has_address,
        "total_contributions": f"{contact.total_contributions:.2f}",
        "campaign_member": campaign_member,
    }


def signup_inputs(signup: Signup) -> dict[str, Any]:
    """What a fingerprint covers of a sign-up; a corrected MN id asks nothing anew."""
    return {
        "submission_id": signup.submission_id,
        "names": _names(signup),
        "phone": signup.phone,
        "emails": sorted(set(signup.emails)),
    }


def contact_option(contact: Contact, candidate: Candidate | None = None) -> Option:
    """The option to choose a contact; its value is the contact id."""
    return Option(value=contact.contact_id, source=CONTACTS, metadata=contact_metadata(contact, candidate))


def new_contact_option(signup: Signup) -> Option:
    """The option to let the import create a new contact; its value is `NEW_CONTACT`."""
    return Option(value=NEW_CONTACT, source=RAW_SIGNUPS, metadata=signup_metadata(signup))


def contact_metadata(contact: Contact, candidate: Candidate | None = None) -> dict[str, Any]:
    """What a person needs to know of a contact to choose; with its candidacy, why it matches and how it scores."""
    known: dict[str, Any] = {
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
    }
    if candidate is None:
        return known
    return known | {
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
    """What a person needs to know of a sign-up to choose."""
    return {
        "submission_id": signup.submission_id,
        "mn_id": signup.mn_id,
        "first_name": signup.first_name,
        "preferred_name": signup.preferred_name,
        "last_name": signup.last_name,
        "phone": signup.phone or signup.phone_raw,
        "emails": signup.emails or tuple(raw for raw in (signup.personal_email_raw, signup.uga_email_raw) if raw),
        "created_at": signup.created_at,
        "superseded_mn_ids": signup.superseded_mn_ids,
    }


def recommend_higher(a: Decimal | int, b: Decimal | int, *, what: str) -> Recommendation:
    """Recommend the option with the higher number; none when equal. `what` names it: "score", "amount raised"."""
    if a == b:
        return None, f"Both have the same {what} ({_number(a)}), so nothing speaks for one of them."
    better: Letter = "a" if a > b else "b"
    return better, f"Option {better.upper()} has the higher {what}: {_number(max(a, b))} against {_number(min(a, b))}."


def recommend_newer(a: datetime | None, b: datetime | None) -> Recommendation:
    """Recommend the option that was changed last; none when either moment is unknown or both are equal."""
    if a is None or b is None:
        return None, "When one of the two was last changed is unknown, so nothing speaks for either."
    if a == b:
        return None, "Both were last changed at the same moment, so nothing speaks for either."
    better: Letter = "a" if a > b else "b"
    return better, f"Option {better.upper()} is newer: {max(a, b):%Y-%m-%d} against {min(a, b):%Y-%m-%d}."


def _number(value: Decimal | int) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) and value % 1 else f"{value:.0f}"


def _names(record: Named) -> list[str]:
    return [name_key(name) for name in (record.first_name, record.preferred_name, record.last_name)]
