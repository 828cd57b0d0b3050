"""Assign each contact to at most one mentor, when several mentors claim it (rulebook section 4)."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mentorsync_pipeline.domain.conflicts import NEW_CONTACT
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.matching.rules import external_id_conflicts
from mentorsync_pipeline.matching.rules.match_case import MatchCase, Outcome

Outcomes = dict[str, Outcome]
"""Outcomes by submission id."""


def assign_contacts(cases: Mapping[str, MatchCase], chosen: Mapping[str, Outcome]) -> Outcomes:
    """Resolve the contacts that more than one mentor claims. Both mappings are by submission id.

    A decision has priority. Otherwise the mentor whose present or earlier id the contact holds keeps it. Otherwise all
    of the mentors are blocked by a conflict. A blocked mentor still claims the contacts of its conflict, so that no
    other mentor gets them meanwhile. In the result no contact is the winner of two mentors.
    """
    contests = _Contests(cases, chosen)
    answered = {submission_id: contests.apply_decision(submission_id) for submission_id in sorted(chosen)}
    return contests.resolve(answered)


class _Contests:
    """Contacts that several mentors claim before decisions, and the conflicts about them."""

    def __init__(self, cases: Mapping[str, MatchCase], chosen: Mapping[str, Outcome]) -> None:
        self._cases = cases
        self._chosen = chosen
        self._claimants = _find_claimants(chosen)

    def apply_decision(self, submission_id: str) -> Outcome:
        """Return a mentor's outcome after the decision about the contested contact, if there is one."""
        outcome = self._chosen[submission_id]
        contact = outcome.contact
        if contact is None or outcome.is_blocked or len(self._claimants[contact.contact_id]) == 1:
            return outcome
        answer = self._settle_conflict(submission_id, contact, self._claimants[contact.contact_id])
        return answer if answer.is_answered else outcome

    def resolve(self, outcomes: Outcomes) -> Outcomes:
        """Return the outcomes, with all mentors blocked that claim a contact and do not keep it."""
        resolved = dict(outcomes)
        for contact_id, claimants in sorted(_find_claimants(outcomes).items()):
            winners = [claimant for claimant in claimants if not outcomes[claimant].is_blocked]
            keeper = self._find_keeper(claimants, outcomes)
            for claimant in winners:
                contact = outcomes[claimant].contact
                if len(claimants) > 1 and claimant != keeper and contact is not None:
                    rivals = sorted({*claimants, *self._claimants.get(contact_id, ())})
                    resolved[claimant] = self._settle_conflict(claimant, contact, rivals, usable=_is_not_claiming)
        return resolved

    def _find_keeper(self, claimants: Sequence[str], outcomes: Outcomes) -> str | None:
        """Return the mentor that keeps the contact: by a decision, otherwise by the External ID that it holds."""
        by_person = [claimant for claimant in claimants if outcomes[claimant].decision == "human"]
        if by_person:
            return by_person[0] if len(by_person) == 1 else None
        return _single([claimant for claimant in claimants if self._is_held(claimant, outcomes)])

    def _is_held(self, submission_id: str, outcomes: Outcomes) -> bool:
        case, contact = self._cases[submission_id], outcomes[submission_id].contact
        own_kinds = ("own", "superseded", "earlier_year")
        return contact is not None and case.ids.classify(case.signup, contact) in own_kinds

    def _settle_conflict(
        self,
        submission_id: str,
        contact: Contact,
        claimants: Sequence[str],
        *,
        usable: Callable[[Any], bool] | None = None,
    ) -> Outcome:
        case = self._cases[submission_id]
        conflict = external_id_conflicts.raise_contested_contact(
            case, contact, [self._cases[claimant].signup for claimant in claimants]
        )
        return case.settle(conflict, claims=frozenset({contact.contact_id}), usable=usable)


def _is_not_claiming(value: Any) -> bool:
    """Return whether an answer can be applied for a mentor that does not keep the contact: only a new contact."""
    return bool(value == NEW_CONTACT)


def _find_claimants(outcomes: Mapping[str, Outcome]) -> dict[int, list[str]]:
    """Return the submission ids that claim each contact, sorted."""
    claimants: dict[int, list[str]] = defaultdict(list)
    for submission_id, outcome in sorted(outcomes.items()):
        for contact_id in outcome.claims:
            claimants[contact_id].append(submission_id)
    return claimants


def _single(values: Sequence[str]) -> str | None:
    return values[0] if len(values) == 1 else None
