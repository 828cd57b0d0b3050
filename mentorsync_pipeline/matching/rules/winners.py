"""Choose the winning contacts of all sign-ups of a year (rulebook section 4).

`matching.rules.selection` has the steps for one mentor, `matching.rules.assignment` resolves claims on one contact.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from mentorsync_pipeline.domain.clean_text import is_same_id
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.decisions import group_collision_answers
from mentorsync_pipeline.domain.findings import Conflict, WarningFinding
from mentorsync_pipeline.domain.known_mentors import NO_KNOWN_MENTORS, NO_LINKS, KnownMentors, Link
from mentorsync_pipeline.domain.lost_names import restore_lost_name
from mentorsync_pipeline.domain.records import Candidate, Contact, EarlierMentor, Signup, Winner
from mentorsync_pipeline.domain.sharing import agree_by_phone_alone
from mentorsync_pipeline.matching.rules.assignment import assign_contacts
from mentorsync_pipeline.matching.rules.external_ids import ExternalIds
from mentorsync_pipeline.matching.rules.match_case import SOURCE_TABLE, MatchCase, Outcome, Release
from mentorsync_pipeline.matching.rules.scoring import candidate_sort_key
from mentorsync_pipeline.matching.rules.selection import choose_contact

_NOTHING: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_NO_CONTACTS: Mapping[int, Contact] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class WinnerResult:
    """One winner per sign-up, conflicts, warnings, and External IDs that people decided to release."""

    winners: tuple[Winner, ...]
    conflicts: tuple[Conflict, ...]
    warnings: tuple[WarningFinding, ...]
    releases: tuple[Release, ...]


def choose_winners(  # noqa: PLR0913  # each is a source of its own
    signups: Sequence[Signup],
    candidates: Iterable[Candidate],
    config: CampaignConfig,
    *,
    earlier: Sequence[EarlierMentor] = (),
    decisions: Decisions = MappingProxyType({}),
    already_blocked: Mapping[str, tuple[str, ...]] = _NOTHING,
    known: Mapping[int, Contact] = _NO_CONTACTS,
    links: Mapping[str, Link] = NO_LINKS,
    known_mentors: KnownMentors = NO_KNOWN_MENTORS,
) -> WinnerResult:
    """Choose the contact of every sign-up; the order of the inputs does not matter.

    Winners are sorted by submission id.

    Args:
        candidates: candidates with scores (`matching.rules.candidates`).
        decisions: decisions in force of the year.
        already_blocked: conflict types that block a sign-up before its contact is chosen, by submission id.
        known: active contacts that a decision names and that are not candidates, by contact id.
        links: linked contacts by submission id, also of absent sign-ups.
        known_mentors: the year's mentors of earlier runs, also without a link.

    """
    ids = ExternalIds(signups, earlier, config, links, known_mentors)
    answers = group_collision_answers(decisions)
    by_signup: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_signup[candidate.submission_id].append(candidate)
    cases = {}
    for signup in sorted(signups, key=lambda signup: signup.submission_id):
        link = links.get(signup.submission_id)
        cases[signup.submission_id] = MatchCase(
            signup=restore_lost_name(signup, link.names) if link else signup,
            candidates=tuple(sorted(by_signup[signup.submission_id], key=candidate_sort_key)),
            ids=ids,
            thresholds=config.thresholds,
            decisions=decisions,
            known=known,
            link=link,
            collision_answers=tuple(
                answer for answer in answers.get(signup.mn_id, ()) if isinstance(answer.value, int)
            ),
        )
    chosen = {
        submission_id: _claim_link(case, _block_by_signup(choose_contact(case), already_blocked.get(submission_id, ())))
        for submission_id, case in cases.items()
    }
    outcomes = assign_contacts(cases, chosen)
    return WinnerResult(
        winners=tuple(_build_winner(cases[submission_id], outcome) for submission_id, outcome in outcomes.items()),
        conflicts=tuple(outcome.question for outcome in outcomes.values() if outcome.question),
        warnings=tuple(
            warning
            for submission_id, outcome in outcomes.items()
            for warning in (
                *_warn_unused_doubtful(cases[submission_id], outcome),
                *_warn_alike(cases[submission_id], outcome),
            )
        ),
        releases=tuple(outcome.release for outcome in outcomes.values() if outcome.release),
    )


def _block_by_signup(outcome: Outcome, types: tuple[str, ...]) -> Outcome:
    """Block a mentor because of a conflict about the sign-up. Claims are kept; no conflict about contacts is raised."""
    if not types:
        return outcome
    reason = "A conflict about the sign-up is open."
    return Outcome(decision="blocked", reason=reason, blocked_by=tuple(sorted(types)), claims=outcome.claims)


def _claim_link(case: MatchCase, outcome: Outcome) -> Outcome:
    """Add the linked contact to the claims of a blocked mentor, whose row keeps it."""
    linked = case.linked()
    if linked is None or not outcome.is_blocked:
        return outcome
    return replace(outcome, claims=outcome.claims | {linked.contact.contact_id})


def _build_winner(case: MatchCase, outcome: Outcome) -> Winner:
    winner = Winner(
        submission_id=case.signup.submission_id,
        mn_id=case.signup.mn_id,
        contact_id=None,
        decision=outcome.decision,
        reason=outcome.reason,
        blocked_by=outcome.blocked_by,
        release_contact_id=outcome.release.contact_id if outcome.release else None,
    )
    contact = outcome.contact
    if contact is None:
        return winner
    candidate, second = case.candidate_of(contact), outcome.second
    held_id = contact.external_id
    return replace(
        winner,
        contact_id=contact.contact_id,
        score=candidate.score if candidate else None,
        second_contact_id=second.contact.contact_id if second else None,
        second_score=second.score if second else None,
        transferred_external_id=held_id if not is_same_id(held_id, case.signup.external_id) else None,
    )


def _warn_unused_doubtful(case: MatchCase, outcome: Outcome) -> Iterable[WarningFinding]:
    """Yield a warning for each doubtful contact that was neither chosen nor in a conflict (section 4, step 4)."""
    if outcome.decision == "human":
        return
    mentioned = outcome.claims | _find_option_contacts(outcome.question)
    for candidate in case.candidates:
        contact_id = candidate.contact.contact_id
        if candidate.viability == "doubtful" and contact_id not in mentioned:
            yield WarningFinding(
                warning_type="low_confidence",
                subject=f"{candidate.submission_id}:{contact_id}",
                message=f"Contact {contact_id} may or may not be {candidate.mn_id}'s and is unchanged. "
                f"{candidate.viability_reason}",
                source_table=SOURCE_TABLE,
                mn_id=candidate.mn_id,
            )


def _warn_alike(case: MatchCase, outcome: Outcome) -> Iterable[WarningFinding]:
    """Yield a warning if a shared phone alone makes the chosen contact's first name a match (section 1, Names)."""
    candidate = case.candidate_of(outcome.contact)
    if candidate is None or outcome.decision == "human" or candidate.matched_on != ("phone",):
        return
    if agree_by_phone_alone(case.signup, candidate.contact):
        contact_id = candidate.contact.contact_id
        yield WarningFinding(
            warning_type="low_confidence",
            subject=f"{candidate.submission_id}:{contact_id}:alike",
            message=f"Contact {contact_id} matches {candidate.mn_id} by a phone alone, and its first name is only like "
            "the mentor's: perhaps a relative's. The next import writes the mentor's name and id onto it.",
            source_table=SOURCE_TABLE,
            mn_id=candidate.mn_id,
        )


def _find_option_contacts(question: Conflict | None) -> frozenset[int]:
    if question is None:
        return frozenset()
    values = (question.option_a.value, question.option_b.value, question.option_a.metadata.get("contact_id"))
    return frozenset(value for value in values if isinstance(value, int))
