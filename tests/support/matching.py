"""Invented people, contacts and answers for the tests of rulebook sections 2 to 6."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.known_mentors import NO_LINKS, Link
from mentorsync_pipeline.domain.records import (
    Contact,
    DecisionInForce,
    EarlierMentor,
    Member,
    Signup,
    Submission,
    Winner,
)
from mentorsync_pipeline.matching.rules.candidates import find_candidates
from mentorsync_pipeline.matching.rules.winners import WinnerResult, choose_winners
from mentorsync_pipeline.signups.rules.deduplication import DedupResult, deduplicate
from mentorsync_pipeline.signups.rules.signup_questions import find_blocked_by_shared_id
from tests.support.answers import make_answer

AS_OF = datetime(2025, 10, 1, 12, tzinfo=UTC)
SIGNED_UP = datetime(2025, 9, 1, 12, tzinfo=UTC)
PHONE, OTHER_PHONE = "+17065550101", "+17065550102"
EMAIL, OTHER_EMAIL, UGA_EMAIL = "jane@mail.example", "smith@mail.example", "zz-jane01@uga.edu"
MENTORS, SWAB, DROPPED = "Mentors 2025", "SWAB 2023", "Dropped 25"
CONFIG = CampaignConfig(
    campaign_year=2025,
    jotform_signup_form_id="250000000000001",
    jotform_setup_form_id="250000000000002",
    jotform_training_form_id="250000000000003",
    givebutter_campaign_code="SWABUGA2025",
    givebutter_mentor_tag=MENTORS,
    givebutter_dropped_tag=DROPPED,
    fundraising_goal=75,
    event_date=date(2025, 11, 9),
    signup_field_map={},
    setup_field_map={},
    training_field_map={},
    custom_field_labels={},
)
Decisions = Mapping[tuple[str, str, str], DecisionInForce]


def days_ago(days: float) -> datetime:
    return AS_OF - timedelta(days=days)


def submission(number: int = 1, name: str = "Jane Smith", **changes: Any) -> Submission:
    """Submission `number` was sent on day `number` and carries the id MN000`number`."""
    first, _, last = name.partition(" ")
    values: dict[str, Any] = {
        "submission_id": str(7000 + number),
        "status": "ACTIVE",
        "created_at": SIGNED_UP + timedelta(days=number),
        "mn_id": f"MN{number:04d}",
        "first_name": first or None,
        "last_name": last or None,
    }
    return Submission(**(values | changes))


def signup(number: int = 1, name: str = "Jane Smith", **changes: Any) -> Signup:
    first, _, last = name.partition(" ")
    values: dict[str, Any] = {
        "submission_id": str(7000 + number),
        "mn_id": f"MN{number:04d}",
        "external_id": f"MN{number:04d}",
        "created_at": SIGNED_UP + timedelta(days=number),
        "first_name": first or None,
        "last_name": last or None,
    }
    return Signup(**(values | changes))


def contact(number: int = 1, name: str = "Jane Smith", *, days: float | None = 10, **changes: Any) -> Contact:
    """Contact `number`, last modified so many days ago; the first email and phone are its primary ones."""
    first, _, last = name.partition(" ")
    emails, phones = changes.get("emails", ()), changes.get("phones", ())
    values: dict[str, Any] = {
        "contact_id": number,
        "first_name": first or None,
        "last_name": last or None,
        "primary_email": emails[0] if emails else None,
        "primary_phone": phones[0] if phones else None,
        "last_modified": None if days is None else days_ago(days),
    }
    return Contact(**(values | changes))


def mentor_of(year: int, external_id: str, name: str = "Jane Smith", **changes: Any) -> EarlierMentor:
    first, _, last = name.partition(" ")
    return EarlierMentor(campaign_year=year, external_ids=(external_id,), first_name=first, last_name=last, **changes)


def decide(
    signups: Sequence[Signup],
    contacts: Iterable[Contact],
    *,
    members: Iterable[Member] = (),
    earlier: Sequence[EarlierMentor] = (),
    decisions: Decisions | None = None,
    as_of: datetime = AS_OF,
    config: CampaignConfig = CONFIG,
    links: Mapping[str, Link] = NO_LINKS,
) -> WinnerResult:
    """Find candidates and choose winners, as the assets do."""
    listed = list(contacts)
    found = find_candidates(signups, listed, members, config, as_of=as_of, earlier=earlier, links=links)
    return choose_winners(
        signups,
        found.candidates,
        config,
        earlier=earlier,
        decisions=decisions or {},
        already_blocked=find_blocked_by_shared_id(signups),
        known={contact.contact_id: contact for contact in listed},
        links=links,
    )


def only(result: WinnerResult) -> Winner:
    (winner,) = result.winners
    return winner


def outcome(result: WinnerResult, mn_id: str = "MN0001") -> tuple[str, int | None]:
    """Return the decision about a mentor, or the conflict types that block it, and the contact."""
    winner = next(winner for winner in result.winners if winner.mn_id == mn_id)
    return ",".join(winner.blocked_by) or winner.decision, winner.contact_id


def answers(*given: tuple[Conflict, Any]) -> Decisions:
    """Build decisions in force: `a`, `b` and `skipped` select an option, other values are custom answers."""
    decisions = {}
    for conflict, choice in given:
        is_custom = choice not in ("a", "b", "skipped")
        answer = make_answer(conflict, "custom", choice) if is_custom else make_answer(conflict, choice)
        decisions[conflict.mn_id, conflict.conflict_type, conflict.subject] = answer
    return decisions


def touched(contact: Contact, **changes: Any) -> Contact:
    return replace(contact, **changes)


JANE = signup(phone=PHONE, personal_email=EMAIL, uga_email=UGA_EMAIL)


def mine(number: int, **changes: Any) -> Contact:
    """Return a viable contact of Jane's."""
    return contact(number, **({"emails": (EMAIL,), "phones": (PHONE,)} | changes))


def dedup(*submissions: Submission, decisions: Decisions | None = None) -> DedupResult:
    return deduplicate(submissions, CONFIG, decisions=decisions or {})
