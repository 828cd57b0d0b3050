"""Score contacts, and recognise mass-email stubs (rulebook, section 4)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.names.compare_names import compare_names
from mentorsync_pipeline.domain.names.couples import is_noted_as_relative, may_be_couple
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.domain.normalize import UGA_DOMAIN
from mentorsync_pipeline.domain.records import Candidate, Contact, Member, Signup
from mentorsync_pipeline.domain.sharing import person_name
from mentorsync_pipeline.domain.tags import has_tag


class CampaignMembers:
    """The year's campaign members by email and phone, because Givebutter's members have no contact id."""

    def __init__(self, members: Iterable[Member]) -> None:
        self._by_key: dict[str, list[Member]] = defaultdict(list)
        for member in members:
            for key in (*normalize.email_keys(member.email), *normalize.phone_keys(member.phone)):
                self._by_key[key].append(member)

    def include(self, contact: Contact) -> bool:
        """Return whether a contact shares an email or a phone with a member."""
        return any(self._sharing(contact))

    def is_evidence(self, signup: Signup, contact: Contact) -> bool:
        """Return whether a member shares a key with a contact and has a name that fits both contact and sign-up.

        A student's page with a parent's email is no evidence about the parent's contact, nor is the parent's own page.
        A page is never evidence about the contact of a couple or a relative (`Ann's mom`).
        """
        if may_be_couple(person_name(contact)) or is_noted_as_relative(person_name(contact)):
            return False
        for member in self._sharing(contact):
            name = PersonName(first=member.first_name, last=member.last_name)
            if all(compare_names(name, person_name(record)) != "differ" for record in (signup, contact)):
                return True
        return False

    def _sharing(self, contact: Contact) -> Iterator[Member]:
        for key in (*contact.email_keys, *contact.phone_keys):
            yield from self._by_key.get(key, ())


def score_contact(
    contact: Contact, *, campaign_member: bool, config: CampaignConfig, as_of: datetime
) -> dict[str, Decimal]:
    """Return the parts of a contact's score by the names of the weights; their sum is the score.

    Recency loses a point for each whole day between the contact's last change and `as_of`, the time of the newest
    changed contact data. A change after `as_of` (a contact refreshed by itself) counts as a change at `as_of`; without
    a known last change, recency is 0.
    """
    weights = config.weights
    tags = contact.tags_of(config.campaign_year)
    applies = {
        "dropped_tag": has_tag(tags, *config.dropped_tags),
        "campaign_tag": any(config.is_campaign_tag(tag) for tag in tags),
        "phone": bool(contact.phones or contact.primary_phone),
        "primary_email": contact.primary_email is not None,
        "additional_emails": bool(set(contact.emails) - {normalize.email(contact.primary_email)}),
        "address": contact.has_address,
        "campaign_member": campaign_member,
    }
    parts = {name: getattr(weights, name) if does else Decimal(0) for name, does in applies.items()}
    return parts | {"recency": _recency_points(contact, weights.recency, as_of)}


def _recency_points(contact: Contact, most: Decimal, as_of: datetime) -> Decimal:
    if contact.last_modified is None:
        return Decimal(0)
    return max(Decimal(0), most - max(0, (as_of - contact.last_modified).days))


def is_mass_email(contact: Contact, *, campaign_member: bool) -> bool:
    """Return whether a contact is a mass-email stub: one @uga.edu email, no other email, phone or address.

    A text without a normal form counts as a value, so that the contact is not a stub.
    """
    primary = normalize.email(contact.primary_email)
    return (
        len(contact.emails) == 1
        and contact.emails[0].endswith(UGA_DOMAIN)
        and (contact.primary_email is None or primary == contact.emails[0])
        and not contact.phones
        and not contact.primary_phone
        and not contact.has_address
        and not contact.address_line_2
        and not contact.state
        and not campaign_member
    )


def candidate_sort_key(candidate: Candidate) -> tuple[bool, Decimal, float, int]:
    """Return the sort key of candidates: higher score, later change, lower contact id; mass-email stubs last."""
    modified = candidate.contact.last_modified
    return (
        candidate.is_mass_email,
        -candidate.score,
        -modified.timestamp() if modified else float("inf"),
        candidate.contact.contact_id,
    )
