"""One contact, one mentor: what happens when several mentors are after the same contact (rulebook section 4)."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mentorsync_pipeline.domain.conflicts import NEW_CONTACT
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.matching.rules import external_id_conflicts
from mentorsync_pipeline.matching.rules.match_case import MatchCase, Outcome

Outcomes = dict[str, Outcome]
"""What was decided, by submission id."""


def assign(cases: Mapping[str, MatchCase], chosen: Mapping[str, Outcome]) -> Outcomes:
    """Settle every contact that more than one mentor is after; both mappings go by submission id.

    A person's choice stands. Without one, the mentor whose id the contact holds (the own one, or one that this person
    had before) keeps it. Otherwise each of the mentors is asked. A mentor who waits for a person already counts as
    being after the contacts that the question is about, so that nobody else takes one of them meanwhile.

    Afterwards no contact is the winner of two mentors, whatever people have decided.
    """
    contests = _Contests(cases, chosen)
    answered = {submission_id: contests.answered(submission_id) for submission_id in sorted(chosen)}
    return contests.resolved(answered)


class _Contests:
    """The contacts that several mentors were after before any answer, and the questions about them."""

    def __init__(self, cases: Mapping[str, MatchCase], chosen: Mapping[str, Outcome]) -> None:
        self._cases = cases
        self._chosen = chosen
        self._after = _claimants(chosen)

    def answered(self, submission_id: str) -> Outcome:
        """The mentor's outcome after a person's answer to the question whose the contact is, if there is one."""
        outcome = self._chosen[submission_id]
        contact = outcome.contact
        if contact is None or outcome.is_blocked or len(self._after[contact.contact_id]) == 1:
            return outcome
        answer = self._question(submission_id, contact, self._after[contact.contact_id])
        if not answer.is_answered:
            return outcome
        # Left unlinked by a person: nobody else takes the contact unasked meanwhile.
        return replace(answer, claims=frozenset({contact.contact_id})) if answer.is_blocked else answer

    def resolved(self, outcomes: Outcomes) -> Outcomes:
        """The outcomes with every mentor blocked who may not have the contact that they are after."""
        resolved = dict(outcomes)
        for contact_id, after in sorted(_claimants(outcomes).items()):
            winners = [one for one in after if not outcomes[one].is_blocked]
            keeper = self._keeper(after, outcomes)
            for one in winners:
                contact = outcomes[one].contact
                if len(after) > 1 and one != keeper and contact is not None:
                    rivals = sorted({*after, *self._after.get(contact_id, ())})
                    resolved[one] = self._question(one, contact, rivals, usable=_gives_way)
        return resolved

    def _keeper(self, after: Sequence[str], outcomes: Outcomes) -> str | None:
        """The one mentor who keeps the contact: by a person's choice, else by the External ID that it holds."""
        by_person = [one for one in after if outcomes[one].decision == "human"]
        if by_person:
            return by_person[0] if len(by_person) == 1 else None
        return _only([one for one in after if self._holds(one, outcomes)])

    def _holds(self, submission_id: str, outcomes: Outcomes) -> bool:
        case, contact = self._cases[submission_id], outcomes[submission_id].contact
        mine = ("own", "superseded", "earlier_year")
        return contact is not None and case.ids.holding(case.signup, contact) in mine

    def _question(
        self, submission_id: str, contact: Contact, after: Sequence[str], *, usable: Callable[[Any], bool] | None = None
    ) -> Outcome:
        case = self._cases[submission_id]
        question = external_id_conflicts.contested(case, contact, [self._cases[one].signup for one in after])
        return case.settle(question, claims=frozenset({contact.contact_id}), usable=usable)


def _gives_way(value: Any) -> bool:
    """The one answer that can be carried out by a mentor who may not have the contact: any other is asked again."""
    return bool(value == NEW_CONTACT)


def _claimants(outcomes: Mapping[str, Outcome]) -> dict[int, list[str]]:
    """Who is after each contact, in order of submission id."""
    after: dict[int, list[str]] = defaultdict(list)
    for submission_id, outcome in sorted(outcomes.items()):
        for contact_id in outcome.claims:
            after[contact_id].append(submission_id)
    return after


def _only(found: Sequence[str]) -> str | None:
    return found[0] if len(found) == 1 else None
