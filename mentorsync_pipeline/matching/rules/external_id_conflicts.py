"""Raise the conflicts about a contact and an External ID: `external_id_collision` (rulebook sections 3 to 5).

Each kind has its own subject, so that a decision on one kind does not apply to another.
"""

from collections.abc import Sequence

from mentorsync_pipeline.domain.conflicts import (
    CONTESTED,
    HELD,
    HOLDER,
    LEAVE_UNLINKED,
    RAW_SIGNUPS,
    RELEASE,
    Recommendation,
    contact_inputs,
    contact_metadata,
    contact_option,
    new_contact_option,
    recommend_higher,
    signup_inputs,
    signup_metadata,
)
from mentorsync_pipeline.domain.findings import Conflict, Option, fingerprint
from mentorsync_pipeline.domain.records import Candidate, Contact, Signup
from mentorsync_pipeline.domain.sharing import count_shared_values
from mentorsync_pipeline.matching.rules.match_case import SOURCE_TABLE, MatchCase


def raise_uncertain_holder(case: MatchCase, holder: Candidate) -> Conflict:
    """Raise the conflict about a contact whose only evidence is the mentor's External ID (section 4, step 2).

    A: release the id from that contact. B: leave the mentor unlinked for now.
    """
    contact = holder.contact
    metadata = contact_metadata(contact, holder)
    return _collision(
        case,
        HOLDER,
        contact,
        options=(
            Option(value=RELEASE, source="raw_gb_full_contacts", metadata=metadata),
            Option(value=LEAVE_UNLINKED, source=RAW_SIGNUPS, metadata=signup_metadata(case.signup)),
        ),
        recommendation=_recommend_release(case, holder),
    )


def raise_held_by_other_mentor(case: MatchCase, contact: Contact) -> Conflict:
    """Raise the conflict about a contact that holds the External ID of another mentor of this year (section 3).

    It is the only match, or a person chose it before. A: create a new contact. B: leave the mentor unlinked for now
    (until the other mentor's id is corrected).
    """
    holders = list(case.ids.holders(contact))
    other_count = max(count_shared_values(holder, contact) for holder in holders)
    own_count = count_shared_values(case.signup, contact)
    letter = recommend_higher(other_count, own_count)
    is_answered = contact.contact_id in case.answered_contacts
    earlier = "A person chose this contact for the mentor before that. " if is_answered else ""
    holder = f"{holders[0].mn_id}, whose External ID contact {contact.contact_id} holds,"
    reason = {
        "a": f"{holder} shares more with it, so this mentor needs a new contact.",
        "b": f"{holder} shares less with it than this mentor: the id seems to be on the wrong contact.",
        None: f"{holder} shares as much with it as this mentor.",
    }[letter]
    return _collision(
        case,
        HELD,
        contact,
        options=(
            new_contact_option(case.signup),
            Option(
                value=LEAVE_UNLINKED, source=RAW_SIGNUPS, metadata=contact_metadata(contact, case.candidate_of(contact))
            ),
        ),
        recommendation=(letter, f"{earlier}{reason}"),
        other_signups=holders,
    )


def raise_unexplained_id(case: MatchCase, best: Candidate) -> Conflict:
    """Raise the conflict about a best contact with an External ID that is not known as this person's (section 3).

    A: it is the mentor's contact, and the mentor's id replaces the one it holds. B: create a new contact.
    """
    contact = best.contact
    own_count = count_shared_values(case.signup, contact)
    former = case.ids.former_holder(contact)
    other_count = count_shared_values(former, contact) if former else 0
    if former:
        letter = recommend_higher(own_count, other_count)
        origin = f"belonged to a mentor of {former.campaign_year}"
        reason = {
            "a": f"Its External ID {origin} who shares less with the contact than this mentor.",
            "b": f"Its External ID {origin} who shares more with the contact than this mentor.",
            None: f"Its External ID {origin} who shares as much with the contact as this mentor.",
        }[letter]
    elif own_count > 1:
        letter, reason = (
            "a",
            "Nobody is known to have had its External ID, and it shares several things with the mentor.",
        )
    else:
        letter, reason = (
            None,
            "Nobody is known to have had its External ID, and the contact shares little with this mentor.",
        )
    return _collision(
        case,
        "unexplained",
        contact,
        options=(contact_option(contact, best), new_contact_option(case.signup)),
        recommendation=(letter, reason),
    )


def raise_contested_contact(case: MatchCase, contact: Contact, rivals: Sequence[Signup]) -> Conflict:
    """Raise the conflict about a contact that several mentors claim, one for each mentor (section 4).

    A: the contact is this mentor's. B: create a new contact for this mentor. The other mentors are no inputs: one that
    changes or is added has a conflict of its own, and one that gets another contact by an answer changes nothing here.
    """
    other_claimants = [rival for rival in rivals if rival.submission_id != case.signup.submission_id]
    own_count = count_shared_values(case.signup, contact)
    other_count = max(count_shared_values(claimant, contact) for claimant in other_claimants)
    letter = recommend_higher(own_count, other_count)
    named = ", ".join(sorted(claimant.mn_id for claimant in other_claimants))
    reason = {
        "a": f"{named} would take contact {contact.contact_id} too, and this mentor shares more with it.",
        "b": f"{named} would take contact {contact.contact_id} too and shares more with it.",
        None: f"{named} would take contact {contact.contact_id} too and shares as much with it.",
    }[letter]
    return _collision(
        case,
        CONTESTED,
        contact,
        options=(contact_option(contact, case.candidate_of(contact)), new_contact_option(case.signup)),
        recommendation=(letter, reason),
        other_signups=other_claimants,
    )


def _recommend_release(case: MatchCase, holder: Candidate) -> Recommendation:
    former = case.ids.former_holder(holder.contact)
    if former is not None and not case.ids.is_mentor_now(former, holder.contact):
        return "a", f"The contact is a mentor of {former.campaign_year} who is not a mentor this year; the id is old."
    own_count = count_shared_values(case.signup, holder.contact)
    better = [
        candidate
        for candidate in case.contenders()
        if candidate is not holder and count_shared_values(case.signup, candidate.contact) > own_count
    ]
    if better:
        return (
            "a",
            f"Contact {better[0].contact.contact_id} shares more with the mentor than the contact that holds the id.",
        )
    if case.stays_linked_beside(holder):
        return None, "The mentor is linked to another contact, whose name fits better."
    return None, "The contact shares too little with the mentor to decide to whom it belongs."


def _collision(
    case: MatchCase,
    kind: str,
    contact: Contact,
    *,
    options: tuple[Option, Option],
    recommendation: Recommendation,
    other_signups: Sequence[Signup] = (),
) -> Conflict:
    candidate = case.candidate_of(contact)
    member = candidate is not None and candidate.campaign_member
    rivals = sorted(other_signups, key=lambda signup: signup.submission_id)
    recommended, reason = recommendation
    return Conflict(
        mn_id=case.signup.mn_id,
        conflict_type="external_id_collision",
        subject=f"{kind}:{contact.contact_id}",
        severity="high",
        blocking=True,
        option_a=options[0],
        option_b=options[1],
        recommended_option=recommended,
        recommendation_reason=reason,
        source_table=SOURCE_TABLE,
        input_fingerprint=fingerprint(
            kind,
            contact_inputs(contact, campaign_member=member),
            signup_inputs(case.signup),
            [] if kind == CONTESTED else [signup_inputs(rival) for rival in rivals],
        ),
        submission_id=case.signup.submission_id,
        context={
            "kind": kind,
            "external_id": case.signup.external_id,
            "contact": contact_metadata(contact, candidate),
            "signup": signup_metadata(case.signup),
            "other_mentors": [signup_metadata(rival) for rival in rivals],
        },
    )
