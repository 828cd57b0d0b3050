"""Records of section 4: a sign-up with its candidates, and the outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mentorsync_pipeline.domain.clean_text import is_same_id
from mentorsync_pipeline.domain.config import Thresholds
from mentorsync_pipeline.domain.conflicts import CONTESTED, HOLDER, LEAVE_UNLINKED, NEW_CONTACT, RELEASE, Decisions
from mentorsync_pipeline.domain.decisions import find_decision
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.known_mentors import Link
from mentorsync_pipeline.domain.lost_names import restore_names
from mentorsync_pipeline.domain.records import (
    Candidate,
    Contact,
    Decision,
    DecisionInForce,
    NameAgreement,
    Signup,
)
from mentorsync_pipeline.domain.sharing import (
    agree_by_phone_alone,
    compare_record_names,
    is_newer_than_signup,
    share_uga_email,
)
from mentorsync_pipeline.domain.vocabulary import ConflictType
from mentorsync_pipeline.matching.rules.candidates import apply_external_id, is_refused_by_names
from mentorsync_pipeline.matching.rules.external_ids import ExternalIds
from mentorsync_pipeline.matching.rules.viability import Classification, classify_candidate, classify_linked_contact

SOURCE_TABLE = "winner_contacts"

_NAME_ORDER: Mapping[NameAgreement, int] = {"differ": 0, "unclear": 1, "agree": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A decision to clear an External ID on a contact, so that the mentor can get it (rulebook, section 4, step 2)."""

    contact_id: int
    external_id: str
    mn_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Outcome for one sign-up: a contact, a new contact (neither contact nor question), or a question.

    Attributes:
        claims: the winner, or the viable contacts of a blocked mentor.
        is_answered: a person's decision was applied, even if `question` is raised again because its inputs changed.

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
        """Return whether the mentor is blocked until a person decides."""
        return self.decision == "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchCase:
    """One sign-up, its candidates best first, and the data for choosing its contact.

    `known` has contacts that a decision may name and that are not candidates; `link` is the linked contact;
    `collision_answers` are the answers to `external_id_collision` with which people chose contacts.
    """

    signup: Signup
    candidates: tuple[Candidate, ...]
    ids: ExternalIds
    thresholds: Thresholds
    decisions: Decisions
    known: Mapping[int, Contact]
    link: Link | None = None
    collision_answers: tuple[DecisionInForce, ...] = ()

    @property
    def answered_contacts(self) -> tuple[int, ...]:
        """Return the contacts that people chose in answers to `external_id_collision`."""
        return tuple(answer.value for answer in self.collision_answers)

    def is_replaced(self, decision: DecisionInForce) -> bool:
        """Return whether a later answer to `external_id_collision` chose a contact and can be applied."""
        return any(answer.id > decision.id and self.can_carry_out(answer.value) for answer in self.collision_answers)

    def contenders(self) -> tuple[Candidate, ...]:
        """Return candidates that may win by score: viable, or doubtful only because of an unexplained External ID.

        Mass-email stubs are excluded unless the mentor is linked to them, because links are not changed without a
        decision. A doubtful contact may be the best, and a person decides then; without it a wrong contact could win.
        Beside a contact with the mentor's name, one that shares a phone alone and has a name that is only like it is
        excluded: it may be a brother's or sister's whose email was moved to another contact.
        """
        contending = tuple(
            candidate
            for candidate in self.candidates
            if (not candidate.is_mass_email or self._is_linked(candidate)) and self._contends(candidate)
        )
        named = tuple(candidate for candidate in contending if self._is_linked(candidate) or self._has_name(candidate))
        has_name = any(candidate.name_agreement == "agree" for candidate in named)
        return named if has_name else contending

    def doubtful(self) -> tuple[Candidate, ...]:
        """Return doubtful candidates, best first, without mass-email stubs."""
        return tuple(
            candidate
            for candidate in self.candidates
            if candidate.viability == "doubtful" and not candidate.is_mass_email and not self._contends(candidate)
        )

    def held_by_other_mentors(self) -> tuple[Candidate, ...]:
        """Return contacts that are refused only because they hold another mentor's External ID, best first."""
        return tuple(
            candidate
            for candidate in self.candidates
            if self.ids.classify(self.signup, candidate.contact) == "other_mentor"
            and not is_refused_by_names(self.signup, candidate)
        )

    def is_declined(self, contact: Contact) -> bool:
        """Return whether a person created a new contact for the mentor instead of one that another mentor claimed.

        The answer makes the contact the other mentor's: it gets that one's link and External ID. So a question about
        these would be the same question.
        """
        key: tuple[str, ConflictType, str] = (
            self.signup.mn_id,
            "external_id_collision",
            f"{CONTESTED}:{contact.contact_id}",
        )
        decision = self.decisions.get(key)
        return decision is not None and decision.value == NEW_CONTACT

    def holders(self) -> tuple[Candidate, ...]:
        """Return candidates that hold the mentor's External ID, best first."""
        return tuple(
            candidate
            for candidate in self.candidates
            if is_same_id(candidate.contact.external_id, self.signup.external_id)
        )

    def created(self) -> Candidate | None:
        """Return the contact that an import created for the mentor.

        It has an External ID of this person, or is linked and newer than the sign-up: the id was removed or exchanged.
        """
        return next((candidate for candidate in self.candidates if self._is_created(candidate)), None)

    def stays_linked_beside(self, holder: Candidate) -> bool:
        """Return whether the names of the linked contact fit better than those of a holder of the External ID.

        The id may be there because MN ids were exchanged, and it alone moves no link (section 7). The linked contact
        may fit the sign-up's present names or those at the time of the link. Of several holders, the link excludes
        none: it may be to the one that was chosen of them, and the next run must choose it in the same way. The linked
        contact counts also while it holds the External ID of the mentor with whom the ids were exchanged.
        """
        contending = (*filter(self._contends, self.candidates), *self.held_by_other_mentors())
        linked = next(filter(self._is_linked, contending), None)
        if linked is None or linked in self.holders() or self.link is None:
            return False
        at_link = compare_record_names(restore_names(self.signup, self.link.names), linked.contact)
        fit = max(_NAME_ORDER[linked.name_agreement], _NAME_ORDER[at_link])
        return fit > _NAME_ORDER[holder.name_agreement] and not share_uga_email(self.signup, holder.contact)

    def has_own_contact_beside(self, holder: Candidate) -> bool:
        """Return whether a holder of the External ID may be an absent namesake's, as the mentor has an own contact.

        The holder shares only the id and is linked to the namesake, whose id the mentor may have got in an exchange.
        """
        return (
            holder.matched_on == ("external_id",)
            and self.ids.others.is_linked_to_absent(self.signup, holder.contact)
            and any(
                candidate.viability == "viable" and candidate.name_agreement == "agree" and candidate is not holder
                for candidate in self.candidates
            )
        )

    def is_chosen_holder(self, holder: Candidate) -> bool:
        """Return whether a person chose a holder of the External ID when asked about it."""
        contact_id = holder.contact.contact_id
        key: tuple[str, ConflictType, str] = (self.signup.mn_id, "external_id_collision", f"{HOLDER}:{contact_id}")
        decision = self.decisions.get(key)
        return decision is not None and decision.value == contact_id

    def linked(self) -> Candidate | None:
        """Return the linked contact, unless it is refused."""
        return next(
            (
                candidate
                for candidate in self.candidates
                if candidate.viability != "refused" and self._is_linked(candidate)
            ),
            None,
        )

    def without_link(self) -> "MatchCase":
        """Return the case without the link: the linked contact is a candidate only by its keys."""
        if self.link is None:
            return self
        candidates = (
            self._classify_by_keys(candidate) if self._is_linked(candidate) else candidate
            for candidate in self.candidates
            if candidate.matched_on or not self._is_linked(candidate)
        )
        return replace(self, candidates=tuple(candidates), link=None)

    def is_moved_by_signup(self, contact: Contact) -> bool:
        """Return whether a contact competes with the linked one only because the sign-up was corrected.

        In that case Givebutter's data does not show that it is better (section 3): it shares no phone or email with the
        sign-up at the time of the link, or the names of the linked contact no longer match.
        """
        linked = self.linked()
        if self.link is None or linked is None or contact.contact_id == self.link.contact_id:
            return False
        if linked.viability == "doubtful" and not self._contends(linked):
            return True
        return self.link.keys.isdisjoint((*contact.phone_keys, *contact.email_keys))

    def candidate_of(self, contact: Contact | None) -> Candidate | None:
        """Return the candidate of a contact, if there is one."""
        return next(
            (
                candidate
                for candidate in self.candidates
                if contact and candidate.contact.contact_id == contact.contact_id
            ),
            None,
        )

    def settle(
        self, question: Conflict, *, claims: frozenset[int] = frozenset(), usable: Callable[[Any], bool] | None = None
    ) -> Outcome:
        """Apply the decision on a conflict; without a decision, block the mentor.

        A decision about other inputs is applied too, and the conflict is raised again; but not one for a contact that
        is held for another mentor. A blocked mentor claims `claims`, also when it is left unlinked by the decision.
        """
        answer = find_decision(question, self.decisions, usable=usable or self.can_carry_out)
        if answer.inputs_changed and self._is_of_former_owner(question, answer.value):
            answer = replace(answer, decision=None)
        open_conflict = answer.conflict_to_raise(question)
        if answer.in_force:
            outcome = replace(self.carry_out(answer.value, question), question=open_conflict, is_answered=True)
            return replace(outcome, claims=claims) if outcome.is_blocked else outcome
        return Outcome(
            decision="blocked",
            reason="It waits for a person's answer.",
            question=open_conflict,
            blocked_by=(question.conflict_type,),
            claims=claims,
        )

    def can_carry_out(self, value: Any) -> bool:
        """Return whether a decision can be applied: a chosen contact exists and is not another mentor's."""
        if value in (NEW_CONTACT, LEAVE_UNLINKED, RELEASE):
            return True
        contact = self._contact(value)
        return contact is not None and self.ids.classify(self.signup, contact) != "other_mentor"

    def lost_to_other_mentor(self, chosen: Any) -> Contact | None:
        """Return a contact that the mentor has lost: it holds the External ID of another mentor of this year now.

        It is the `chosen` contact, one that a person chose in another answer, or the linked one.
        """
        for value in (chosen, *self.answered_contacts, self.link.contact_id if self.link else None):
            contact = self._contact(value)
            if contact is not None and self.ids.classify(self.signup, contact) == "other_mentor":
                return contact
        return None

    def carry_out(self, value: Any, question: Conflict | None = None) -> Outcome:
        """Return the outcome of a decision. `can_carry_out` must be true; a release needs `question`."""
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

    def _is_of_former_owner(self, question: Conflict, value: Any) -> bool:
        """Return whether a decision about the holder of the mentor's External ID may be about the id's former owner.

        It chooses a contact that is held for that mentor, whose sign-up may be gone (section 2, corrected MN ids).
        """
        contact = self._contact(value)
        return (
            contact is not None
            and question.subject == f"{HOLDER}:{contact.contact_id}"
            and self.ids.others.is_held_for_another_mentor(self.signup, contact)
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

    def _is_created(self, candidate: Candidate) -> bool:
        if candidate.viability == "viable" and self.ids.classify(self.signup, candidate.contact) in (
            "own",
            "superseded",
        ):
            return True
        is_newer = is_newer_than_signup(self.signup, candidate.contact)
        return is_newer and self._is_linked(candidate) and self._contends(candidate)

    def _contends(self, candidate: Candidate) -> bool:
        if candidate.viability != "doubtful":
            return candidate.viability == "viable"
        is_found = bool(candidate.matched_on) or self._is_linked(candidate)
        if not is_found or self.ids.classify(self.signup, candidate.contact) != "unexplained":
            return False
        if self.ids.others.is_of_another_person(self.signup, candidate.contact):
            return False
        classified = self._classify(candidate)
        if self._is_linked(candidate):
            classified = classify_linked_contact(classified, candidate.name_agreement)
        return classified.viability == "viable"

    def _classify_by_keys(self, candidate: Candidate) -> Candidate:
        by_keys = self._classify(candidate)
        classified = apply_external_id(
            by_keys, self.ids, self.signup, candidate.contact, names=candidate.name_agreement
        )
        return replace(candidate, viability=classified.viability, viability_reason=classified.reason)

    def _classify(self, candidate: Candidate) -> Classification:
        """Classify a candidate by its keys and names, without the link and the External ID."""
        return classify_candidate(
            self.signup,
            candidate.contact,
            candidate.matched_on,
            candidate.name_agreement,
            campaign_member=candidate.campaign_member,
        )

    def _has_name(self, candidate: Candidate) -> bool:
        """Return whether a candidate shares more than a phone or has a name that is not only like the mentor's."""
        return candidate.matched_on != ("phone",) or not agree_by_phone_alone(self.signup, candidate.contact)

    def _is_linked(self, candidate: Candidate) -> bool:
        return self.link is not None and candidate.contact.contact_id == self.link.contact_id

    def _contact(self, value: Any) -> Contact | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        candidate = next((candidate for candidate in self.candidates if candidate.contact.contact_id == value), None)
        return candidate.contact if candidate else self.known.get(value)
