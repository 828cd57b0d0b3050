"""The steps that choose one mentor's contact, in the rulebook's order (section 4, steps 1 to 8)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from mentorsync_pipeline.domain.conflicts import (
    NEW_CONTACT,
    Recommendation,
    contact_inputs,
    contact_option,
    new_contact_option,
    recommend_higher,
    signup_inputs,
    signup_metadata,
)
from mentorsync_pipeline.domain.decisions import DecisionState, find_decision_by_key
from mentorsync_pipeline.domain.findings import Conflict, fingerprint
from mentorsync_pipeline.domain.records import Candidate, Decision
from mentorsync_pipeline.matching.rules import external_id_conflicts
from mentorsync_pipeline.matching.rules.match_case import SOURCE_TABLE, MatchCase, Outcome
from mentorsync_pipeline.matching.rules.viability import is_certain_holder


def choose(case: MatchCase) -> Outcome:
    """Decide one sign-up by the first step that can (rulebook section 4)."""
    answer = find_decision_by_key(
        (case.signup.mn_id, "contact_selection", case.signup.submission_id),
        _selection_fingerprint(case),
        case.decisions,
        usable=case.can_carry_out,
    )
    if answer.is_settled:
        return replace(case.carry_out(answer.value), is_answered=True)
    by_rules = _by_external_id(case) or _by_score(case) or _without_viable(case)
    return _by_person(case, answer, by_rules) if answer.in_force else by_rules


def _by_person(case: MatchCase, answer: DecisionState, by_rules: Outcome) -> Outcome:
    """Step 1 for a choice whose inputs have changed: it holds, and is asked again where the rules say otherwise.

    The choice to create a contact is carried out once the mentor has one.
    """
    if answer.value == NEW_CONTACT and (by_rules.decision == "external_id" or case.linked() is not None):
        return by_rules
    if by_rules.is_answered and by_rules.question is None and by_rules.contact is None:
        return by_rules  # a later answer to another question, such as the release of an External ID
    chosen = replace(case.carry_out(answer.value), is_answered=True)
    question = by_rules.question
    if question is None and _contact_id(by_rules) != _contact_id(chosen):
        question = _reopened(case, by_rules, chosen)
    if question is None:
        return chosen
    return replace(chosen, question=replace(question, blocking=False))


def _contact_id(outcome: Outcome) -> int | None:
    return outcome.contact.contact_id if outcome.contact else None


def _reopened(case: MatchCase, by_rules: Outcome, chosen: Outcome) -> Conflict | None:
    """The question between the contact that a person chose and the one that the rules would choose now."""
    held, ruled = case.candidate_of(chosen.contact), case.candidate_of(by_rules.contact)
    best, rival = (ruled, held) if ruled is not None else (held, None)
    if best is None:
        return None
    recommendation = _recommend_by_score(best, rival) if rival else (None, "A person chose it before the data changed.")
    return _selection(case, best, rival, recommendation, reason="The data have changed since a person decided.")


def _by_external_id(case: MatchCase) -> Outcome | None:
    """Step 2: the contact that holds the mentor's External ID, provided that something else agrees."""
    holders = case.holders()
    if not holders:
        return None
    certain = [holder for holder in holders if is_certain_holder(case.signup, holder.contact, holder.name_agreement)]
    if not certain:
        return case.settle(external_id_conflicts.uncertain_holder(case, holders[0]))
    if len(certain) > 1:
        return _contest(case, certain)
    rivals = [one for one in case.contenders() if one is not certain[0]]
    return _win("external_id", "It holds the mentor's External ID.", certain[0], rivals)


def _by_score(case: MatchCase) -> Outcome | None:
    """Steps 3 to 7: among the viable contacts that are no mass-email stubs."""
    contenders = case.contenders()
    if not contenders:
        return None
    if len(contenders) == 1:
        outcome = _win("only_candidate", "It is the only viable contact.", contenders[0], ())
    else:
        outcome = _contest(case, contenders)
    best = case.candidate_of(outcome.contact)
    linked = case.linked()
    if best is not None and linked is not None and case.is_moved_by_signup(best.contact):
        return _leave_link(case, best, linked)
    if best is not None and case.ids.holding(case.signup, best.contact) == "unexplained":
        return case.settle(external_id_conflicts.unexplained_id(case, best), claims=outcome.claims)
    return outcome


def _contest(case: MatchCase, contenders: Sequence[Candidate]) -> Outcome:
    """Steps 5 to 7. Every rival within reach must be stale, not only the second; else a person chooses."""
    best, *rivals = contenders
    reach = case.thresholds.clear_winner_points
    close = [rival for rival in rivals if best.score - rival.score <= reach]
    fresh = [rival for rival in close if not _is_stale(case, rival, beside=best)]
    if not close:
        return _win("clear_winner", f"It is more than {reach} points ahead.", best, rivals)
    if not fresh:
        days = case.thresholds.stale_rival_days
        reason = f"It is ahead, and what comes close was last modified more than {days} days before it."
        return _win("stale_rival", reason, best, rivals)
    rival = fresh[0]
    question = _selection(
        case,
        best,
        rival,
        _recommend_by_score(best, rival),
        reason=f"Contacts {best.contact.contact_id} and {rival.contact.contact_id} are within {reach} points.",
    )
    claims = frozenset({best.contact.contact_id, rival.contact.contact_id})
    return case.settle(question, claims=claims)


def _leave_link(case: MatchCase, best: Candidate, linked: Candidate) -> Outcome:
    """Ask before a mentor leaves the linked contact for one that a correction of the sign-up has brought in."""
    question = _selection(
        case,
        best,
        linked,
        _recommend_by_score(best, linked),
        reason=f"The mentor is linked to contact {linked.contact.contact_id}; after a correction of the sign-up, "
        f"contact {best.contact.contact_id} fits better.",
    )
    return case.settle(question, claims=frozenset({best.contact.contact_id, linked.contact.contact_id}))


def _is_stale(case: MatchCase, rival: Candidate, *, beside: Candidate) -> bool:
    """Whether a rival was last modified long before the other. An unknown moment proves nothing."""
    first, second = beside.contact.last_modified, rival.contact.last_modified
    if first is None or second is None:
        return False
    return first - second > timedelta(days=case.thresholds.stale_rival_days)


def _without_viable(case: MatchCase) -> Outcome:
    """Step 4 for doubtful contacts, a contact that is another mentor's (section 3), and step 8."""
    doubtful = case.doubtful()
    if doubtful:
        return case.settle(
            _selection(case, doubtful[0], None, _recommend_beside_new(doubtful[0]), reason="No contact is viable.")
        )
    held = case.held_by_other_mentors()
    if held:
        return case.settle(external_id_conflicts.held_by_other_mentor(case, held[0]))
    return Outcome(decision="new_contact", reason="No contact is viable; the import creates one.")


def _recommend_by_score(best: Candidate, rival: Candidate) -> Recommendation:
    letter, reason = recommend_higher(best.score, rival.score, label="score")
    differences = [
        f"{name.replace('_', ' ')} {points:+.0f}"
        for name in best.score_parts
        if (points := best.score_parts[name] - rival.score_parts.get(name, 0))
    ]
    return letter, f"{reason} A against B: {', '.join(differences)}." if differences else reason


def _recommend_beside_new(doubtful: Candidate) -> Recommendation:
    """Writing a mentor onto a relative's contact does harm; a contact too many does not. So never the doubtful one."""
    if doubtful.name_agreement == "differ":
        return "b", f"{doubtful.viability_reason} A contact of somebody else would be overwritten."
    return None, f"{doubtful.viability_reason} Nothing tells whether it is the same person."


def _selection(
    case: MatchCase, best: Candidate, rival: Candidate | None, recommendation: Recommendation, *, reason: str
) -> Conflict:
    """`contact_selection`: A = the best contact, B = the rival or, without one, a new contact."""
    letter, why = recommendation
    return Conflict(
        mn_id=case.signup.mn_id,
        conflict_type="contact_selection",
        subject=case.signup.submission_id,
        severity="high",
        blocking=True,
        option_a=contact_option(best.contact, best),
        option_b=contact_option(rival.contact, rival) if rival else new_contact_option(case.signup),
        recommended_option=letter,
        recommendation_reason=why,
        source_table=SOURCE_TABLE,
        input_fingerprint=_selection_fingerprint(case),
        context={
            "reason": reason,
            "signup": signup_metadata(case.signup),
            "compared_contacts": [one.contact.contact_id for one in _compared(case)],
        },
    )


def _selection_fingerprint(case: MatchCase) -> str:
    """Covers every contact that was compared, not only the two that are shown: which two may turn as scores sink."""
    compared = sorted(_compared(case), key=lambda one: one.contact.contact_id)
    return fingerprint(
        "contact_selection",
        signup_inputs(case.signup),
        [contact_inputs(one.contact, campaign_member=one.campaign_member) for one in compared],
    )


def _compared(case: MatchCase) -> tuple[Candidate, ...]:
    contenders, linked = case.contenders(), case.linked()
    if not contenders:
        return case.doubtful()
    return contenders if linked is None or linked in contenders else (*contenders, linked)


def _win(decision: Decision, reason: str, best: Candidate, rivals: Sequence[Candidate]) -> Outcome:
    return Outcome(
        decision=decision,
        reason=reason,
        contact=best.contact,
        second=rivals[0] if rivals else None,
        claims=frozenset({best.contact.contact_id}),
    )
