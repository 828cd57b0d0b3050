"""One sign-up with its candidates, and what was decided about it: the records that section 4 works on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mentorsync_pipeline.domain.clean_text import is_same_id
from mentorsync_pipeline.domain.config import Thresholds
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT, RELEASE, Decisions
from mentorsync_pipeline.domain.decisions import find_decision
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.known_mentors import Link
from mentorsync_pipeline.domain.records import Candidate, Contact, Decision, Signup
from mentorsync_pipeline.matching.rules.candidates import refused_by_names
from mentorsync_pipeline.matching.rules.external_ids import ExternalIds
from mentorsync_pipeline.matching.rules.scoring import best_first
from mentorsync_pipeline.matching.rules.viability import classify_candidate, with_link

SOURCE_TABLE = "winner_contacts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A decision to take an External ID off a contact, so that the mentor can have it (rulebook section 4, step 2)."""

    contact_id: int
    external_id: str
    mn_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was decided for one sign-up: a contact, a new contact (neither contact nor question), or a question.

    `claims` are the contacts that the mentor is after: the winner, or the viable contacts of an open question.
    `is_answered`: a person's answer decided it, even if `question` is asked again because its inputs have changed.
    """

    decision: Decision
    reason: str
    contact: Contact | None = None
    second: Candidate | None = None
    question: Conflict | None = None
    release: Release | None = None
    blocked_by: tuple[str, ...] = ()
    claims: frozenset[int] = frozenset()
    is_answered: bool = False

    @property
    def is_blocked(self) -> bool:
        """Whether the mentor waits for a person."""
        return self.decision == "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchCase:
    """One sign-up, its candidates best first, and what is known around it.

    `known` holds contacts beyond the candidates that a decision may name; `link` is the mentor's present contact.
    """

    signup: Signup
    candidates: tuple[Candidate, ...]
    ids: ExternalIds
    thresholds: Thresholds
    decisions: Decisions
    known: Mapping[int, Contact]
    link: Link | None = None

    def contenders(self) -> tuple[Candidate, ...]:
        """Those that may win by their score: viable, or held back only by an External ID that nobody can explain.

        A mass-email stub is none of them, unless the mentor is linked to it already: a link is not cut unasked.

        The latter may turn out best, and then a person is asked; passing over them could pick the wrong contact.
        """
        return tuple(
            one for one in self._ordered() if (not one.is_mass_email or self._is_linked(one)) and self._contends(one)
        )

    def doubtful(self) -> tuple[Candidate, ...]:
        """Those that neither win nor lose unasked, best first; mass-email stubs never win and are left out."""
        return tuple(
            one
            for one in self._ordered()
            if one.viability == "doubtful" and not one.is_mass_email and not self._contends(one)
        )

    def held_by_other_mentors(self) -> tuple[Candidate, ...]:
        """Those that would be candidates but for the External ID of another mentor of this year, best first."""
        return tuple(
            one
            for one in self._ordered()
            if self.ids.holding(self.signup, one.contact) == "other_mentor" and not refused_by_names(self.signup, one)
        )

    def holders(self) -> tuple[Candidate, ...]:
        """Those that hold the mentor's External ID, best first."""
        return tuple(one for one in self._ordered() if is_same_id(one.contact.external_id, self.signup.external_id))

    def linked(self) -> Candidate | None:
        """The contact that the mentor is linked to, while it may be the mentor's."""
        return next((one for one in self.candidates if one.viability != "refused" and self._is_linked(one)), None)

    def is_moved_by_signup(self, contact: Contact) -> bool:
        """Whether a contact competes with the linked one only since the sign-up was corrected.

        Then Givebutter's data have not shown that it is the better one (section 3): it shares no phone and no email
        with the sign-up as it was when the link was worked out, or the names of the linked contact do not fit any more.
        """
        linked = self.linked()
        if self.link is None or linked is None or contact.contact_id == self.link.contact_id:
            return False
        if linked.viability == "doubtful" and not self._contends(linked):
            return True
        return self.link.keys.isdisjoint((*contact.phone_keys, *contact.email_keys))

    def candidate_of(self, contact: Contact | None) -> Candidate | None:
        """The candidacy of a contact, if it has one."""
        return next((one for one in self.candidates if contact and one.contact.contact_id == contact.contact_id), None)

    def settle(
        self, question: Conflict, *, claims: frozenset[int] = frozenset(), usable: Callable[[Any], bool] | None = None
    ) -> Outcome:
        """A person's answer to a question, carried out; else the mentor, blocked by the question.

        An answer about other inputs is carried out too, and the question is asked again.
        """
        answer = find_decision(question, self.decisions, usable=usable or self.can_carry_out)
        asked = answer.conflict_to_raise(question)
        if answer.in_force:
            return replace(self.carry_out(answer.value, question), question=asked, is_answered=True)
        return Outcome(
            decision="blocked",
            reason="It waits for a person's answer.",
            question=asked,
            blocked_by=(question.conflict_type,),
            claims=claims,
        )

    def can_carry_out(self, value: Any) -> bool:
        """Whether a person's answer can be carried out: a chosen contact is there and is no other mentor's."""
        if value in (NEW_CONTACT, LEAVE_UNLINKED, RELEASE):
            return True
        contact = self._contact(value)
        return contact is not None and self.ids.holding(self.signup, contact) != "other_mentor"

    def carry_out(self, value: Any, question: Conflict | None = None) -> Outcome:
        """What a person's answer means. `can_carry_out` must hold; `question` is needed for a release."""
        if value == NEW_CONTACT:
            return Outcome(decision="human", reason="A person decided to create a new contact.")
        if value in (LEAVE_UNLINKED, RELEASE):
            return self._left_blocked(value, question)
        contact = self._contact(value)
        if contact is None:
            raise ValueError(f"Contact {value!r} is not known: check with can_carry_out first.")
        return Outcome(
            decision="human",
            reason="A person chose this contact.",
            contact=contact,
            claims=frozenset({contact.contact_id}),
        )

    def _left_blocked(self, value: Any, question: Conflict | None) -> Outcome:
        release = None
        if value == RELEASE and question is not None:
            holder = question.option_a.metadata["contact_id"]
            release = Release(contact_id=holder, external_id=self.signup.external_id, mn_id=self.signup.mn_id)
        return Outcome(
            decision="blocked",
            reason="A person decided to release the External ID; it is linked when contact data shows that it is free."
            if release
            else "A person decided to leave this mentor unlinked for now.",
            release=release,
            blocked_by=("external_id_collision",),
        )

    def _ordered(self) -> list[Candidate]:
        return sorted(self.candidates, key=best_first)

    def _contends(self, candidate: Candidate) -> bool:
        if candidate.viability != "doubtful":
            return candidate.viability == "viable"
        if self.ids.holding(self.signup, candidate.contact) != "unexplained":
            return False
        keys = candidate.matched_on
        classified = classify_candidate(
            self.signup,
            candidate.contact,
            keys,
            candidate.name_agreement,
            campaign_member=candidate.campaign_member,
        )
        if self._is_linked(candidate):
            classified = with_link(classified, candidate.name_agreement)
        return classified.viability == "viable"

    def _is_linked(self, candidate: Candidate) -> bool:
        return self.link is not None and candidate.contact.contact_id == self.link.contact_id

    def _contact(self, value: Any) -> Contact | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        candidate = next((one for one in self.candidates if one.contact.contact_id == value), None)
        return candidate.contact if candidate else self.known.get(value)
