"""Choose one mentor's contact by the steps of the rulebook (section 4, steps 1 to 8)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

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
from mentorsync_pipeline.domain.names.compare_names import (
    last_name_is_first_name,
    last_names_match,
    split_whole_names,
)
from mentorsync_pipeline.domain.names.first_names import share_part_of_first_name
from mentorsync_pipeline.domain.records import Candidate, Contact, Decision
from mentorsync_pipeline.domain.sharing import compare_record_names, person_name
from mentorsync_pipeline.domain.vocabulary import ConflictType
from mentorsync_pipeline.matching.rules import external_id_conflicts
from mentorsync_pipeline.matching.rules.match_case import SOURCE_TABLE, MatchCase, Outcome

# What each part of a score (`scoring.score_contact`) says about a contact.
_ADVANTAGES = {
    "dropped_tag": "has the tag of mentors who dropped out",
    "campaign_tag": "has a tag of the campaign",
    "campaign_member": "has a fundraising page",
    "phone": "has a phone",
    "primary_email": "has a primary email",
    "additional_emails": "has further emails",
    "address": "has an address",
    "recency": "was changed later",
}


def choose_contact(case: MatchCase) -> Outcome:
    """Choose the contact of one sign-up by the first step that applies (rulebook section 4)."""
    key: tuple[str, ConflictType, str] = (case.signup.mn_id, "contact_selection", case.signup.submission_id)
    if key not in case.decisions:
        return _ask_about_lost_contact(case, _choose_by_rules(case), None)
    if case.is_replaced(case.decisions[key]):
        return choose_contact(_remove_decision(case, key))
    answer = find_decision_by_key(
        key,
        _selection_fingerprint(case),
        case.decisions,
        usable=case.can_carry_out,
        same_inputs=_list_same_fingerprints(case, case.decisions[key].value),
    )
    if answer.is_settled:
        return replace(case.carry_out(answer.value), is_answered=True)
    is_link_lost = case.lost_to_other_mentor(None) is not None
    if answer.value == NEW_CONTACT and (case.created() is not None or is_link_lost):
        return choose_contact(_remove_decision(case, key))  # it was carried out
    by_rules = _choose_by_rules(case)
    if answer.in_force:
        return _apply_decision(case, answer, by_rules)
    return _ask_about_lost_contact(case, by_rules, case.decisions[key].value)


def _remove_decision(case: MatchCase, key: tuple[str, ConflictType, str]) -> MatchCase:
    return replace(case, decisions={other: decision for other, decision in case.decisions.items() if other != key})


def _choose_by_rules(case: MatchCase) -> Outcome:
    """Apply the steps without a decision on `contact_selection`."""
    outcome = _choose_by_external_id(case) or _choose_by_score(case) or _choose_without_viable(case)
    return _apply_collision_answer(case, outcome)


def _apply_collision_answer(case: MatchCase, outcome: Outcome) -> Outcome:
    """Apply step 1 for a contact that a person chose in an answer to `external_id_collision`.

    The answer holds when its question is no longer raised, and does not depend on the link that it has made since.
    """
    linked = case.linked()
    if outcome.contact is not None and outcome.contact.contact_id in case.answered_contacts:
        return replace(_choose_answered(case, outcome.contact), question=outcome.question)
    if outcome.is_answered or linked is None or linked.contact.contact_id not in case.answered_contacts:
        return outcome
    return _hold_choice(case, _choose_answered(case, linked.contact), _choose_by_rules(case.without_link()))


def _choose_answered(case: MatchCase, contact: Contact) -> Outcome:
    return replace(case.carry_out(contact.contact_id), is_answered=True)


def _ask_about_lost_contact(case: MatchCase, by_rules: Outcome, chosen: Any) -> Outcome:
    """Raise a conflict before the mentor's contact is replaced because of another mentor's External ID on it.

    The mentor's own External ID on another contact decides instead, unless a person chose the lost one (`chosen`).
    Sign-ups alone, such as a new one with that id, change no link (section 7). An answer that leaves the mentor without
    a contact counts only if it is about this contact, or if it releases the mentor's External ID on another one: when
    MN ids were exchanged, each contact is free once the ids are.
    """
    lost = case.lost_to_other_mentor(chosen)
    is_asked = by_rules.question is not None and not by_rules.is_answered
    if lost is None or is_asked or by_rules.release is not None:
        return by_rules
    is_chosen = lost.contact_id in (chosen, *case.answered_contacts)
    is_certain = by_rules.is_answered or (by_rules.decision == "external_id" and not is_chosen)
    if is_certain and by_rules.contact is not None:
        return by_rules
    best = case.candidate_of(by_rules.contact)
    if best is None:
        outcome = case.settle(external_id_conflicts.raise_held_by_other_mentor(case, lost))
        # The contact is created when the mentor's External ID is free, if it is to be released on another one.
        return outcome if outcome.is_blocked or not by_rules.is_blocked else by_rules
    before = "which a person chose," if is_chosen else "which was the mentor's,"
    reason = f"Contact {lost.contact_id}, {before} holds the External ID of another mentor of this year."
    recommendation: Recommendation = ("a", reason) if best.name_agreement == "agree" else (None, reason)
    question = _selection_conflict(case, best, None, recommendation, reason=reason)
    return case.settle(question, claims=by_rules.claims)


def _apply_decision(case: MatchCase, answer: DecisionState, by_rules: Outcome) -> Outcome:
    """Apply step 1 for a decision whose inputs changed: it holds, and the conflict is raised again if the rules differ.

    The link that the decision has made since does not count, so that the conflict stays open until it is answered. A
    decision to create a contact is done once the mentor has a contact.
    """
    is_held = case.candidate_of(by_rules.contact) in case.holders()
    if answer.value == NEW_CONTACT and (is_held or case.linked() is not None):
        return by_rules
    if by_rules.is_answered and by_rules.question is None and by_rules.contact is None:
        return by_rules  # a later answer to another question, such as the release of an External ID
    chosen = replace(case.carry_out(answer.value), is_answered=True)
    if by_rules.question is None and _outcome_contact_id(by_rules) == _outcome_contact_id(chosen):
        case = case.without_link()
        by_rules = _choose_by_rules(case)
    return _hold_choice(case, chosen, by_rules)


def _hold_choice(case: MatchCase, chosen: Outcome, by_rules: Outcome) -> Outcome:
    """Return the outcome of a decision, with the conflict that is raised again if the rules differ from it."""
    question = by_rules.question
    if question is None and _outcome_contact_id(by_rules) != _outcome_contact_id(chosen):
        question = _reopen_conflict(case, by_rules, chosen)
    if question is None:
        return chosen
    return replace(chosen, question=replace(question, blocking=False))


def _outcome_contact_id(outcome: Outcome) -> int | None:
    return outcome.contact.contact_id if outcome.contact else None


def _reopen_conflict(case: MatchCase, by_rules: Outcome, chosen: Outcome) -> Conflict | None:
    """Return the conflict between the contact that a person chose and the one that the rules choose now."""
    chosen_candidate, best_candidate = case.candidate_of(chosen.contact), case.candidate_of(by_rules.contact)
    best, rival = (best_candidate, chosen_candidate) if best_candidate is not None else (chosen_candidate, None)
    if best is None:
        return None
    recommendation = (
        _recommend_by_score(case, best, rival) if rival else (None, "A person chose it before the data changed.")
    )
    return _selection_conflict(case, best, rival, recommendation, reason="The data has changed since a person decided.")


def _choose_by_external_id(case: MatchCase) -> Outcome | None:
    """Apply step 2: the contact that holds the mentor's External ID, if further evidence agrees."""
    holders = case.holders()
    if not holders:
        return None
    linked = case.linked()
    certain = [
        holder
        for holder in holders
        if (
            case.ids.is_evidence(case.signup, holder.contact, holder.name_agreement)
            or (holder is linked and holder.name_agreement != "differ")  # a link outlives all keys (section 3)
        )
        and not case.ids.earlier.is_of_another_person(case.signup, holder.contact)
        and not case.stays_linked_beside(holder)
        and not case.has_own_contact_beside(holder)
    ]
    if not certain:
        question = external_id_conflicts.raise_uncertain_holder(case, holders[0])
        others = replace(case, candidates=tuple(other for other in case.candidates if other not in holders))
        otherwise = _choose_by_score(others)
        return case.settle(question, claims=otherwise.claims if otherwise else frozenset())
    if len(certain) > 1:
        return _choose_among_contenders(case, certain)
    if case.is_chosen_holder(certain[0]):
        return replace(case.carry_out(certain[0].contact.contact_id), is_answered=True)
    rivals = [candidate for candidate in case.contenders() if candidate is not certain[0]]
    return _winning_outcome("external_id", "It holds the mentor's External ID.", certain[0], rivals)


def _choose_by_score(case: MatchCase) -> Outcome | None:
    """Apply steps 3 to 7 among the viable contacts without mass-email stubs."""
    contenders = case.contenders()
    if not contenders:
        return None
    if len(contenders) == 1:
        outcome = _winning_outcome("only_candidate", "It is the only contact that fits.", contenders[0], ())
    else:
        outcome = _choose_among_contenders(case, contenders)
    best = case.candidate_of(outcome.contact)
    linked = case.linked()
    if best is not None and linked is not None and case.is_moved_by_signup(best.contact):
        return _ask_before_leaving_link(case, best, linked)
    if best is not None and case.ids.classify(case.signup, best.contact) == "unexplained":
        return case.settle(external_id_conflicts.raise_unexplained_id(case, best), claims=outcome.claims)
    return outcome


def _choose_among_contenders(case: MatchCase, contenders: Sequence[Candidate]) -> Outcome:
    """Apply steps 5 to 7. All rivals with a similar score must be stale, otherwise a person chooses."""
    best, *rivals = contenders
    other_person = _find_other_person(best, rivals)
    if other_person is not None:
        return _ask_whose_contact(case, best, other_person)
    reach = case.thresholds.clear_winner_points
    close = [rival for rival in rivals if best.score - rival.score <= reach]
    fresh = [rival for rival in close if not _is_stale(case, rival, best=best)]
    if not close:
        return _winning_outcome("clear_winner", f"It is more than {reach} points ahead.", best, rivals)
    if not fresh:
        days = case.thresholds.stale_rival_days
        reason = (
            f"It has the highest score; contacts with similar scores were last modified over {days} days before it."
        )
        return _winning_outcome("stale_rival", reason, best, rivals)
    rival = fresh[0]
    question = _selection_conflict(
        case,
        best,
        rival,
        _recommend_by_score(case, best, rival),
        reason=f"Contacts {best.contact.contact_id} and {rival.contact.contact_id} are within {reach} points.",
    )
    claims = frozenset({best.contact.contact_id, rival.contact.contact_id})
    return case.settle(question, claims=claims)


def _find_other_person(best: Candidate, rivals: Sequence[Candidate]) -> Candidate | None:
    """Return a rival that has another person's name than the best contact, when nothing shows whose sign-up it is.

    Contacts of brother and sister both fit a sign-up without a first name, and no score decides between them. A name
    that agrees decides, and so does a key that the rival lacks.
    """
    if best.name_agreement == "agree":
        return None
    return next(
        (
            rival
            for rival in rivals
            if not set(best.matched_on) > set(rival.matched_on)
            and compare_record_names(best.contact, rival.contact) == "differ"
        ),
        None,
    )


def _ask_whose_contact(case: MatchCase, best: Candidate, rival: Candidate) -> Outcome:
    reason = "The two contacts have two people's names, and the sign-up's name does not show to whom it belongs."
    question = _selection_conflict(case, best, rival, (None, reason), reason=reason)
    return case.settle(question, claims=frozenset({best.contact.contact_id, rival.contact.contact_id}))


def _ask_before_leaving_link(case: MatchCase, best: Candidate, linked: Candidate) -> Outcome:
    """Raise a conflict before a corrected sign-up changes the linked contact."""
    question = _selection_conflict(
        case,
        best,
        linked,
        _recommend_by_score(case, best, linked),
        reason=f"The mentor is linked to contact {linked.contact.contact_id}; after a correction of the sign-up, "
        f"contact {best.contact.contact_id} fits better.",
    )
    return case.settle(question, claims=frozenset({best.contact.contact_id, linked.contact.contact_id}))


def _is_stale(case: MatchCase, rival: Candidate, *, best: Candidate) -> bool:
    """Return whether a rival was last modified long before the `best` contact. False if a time is unknown."""
    first, second = best.contact.last_modified, rival.contact.last_modified
    if first is None or second is None:
        return False
    return first - second > timedelta(days=case.thresholds.stale_rival_days)


def _choose_without_viable(case: MatchCase) -> Outcome:
    """Apply step 4 for doubtful contacts, section 3 for another mentor's contact, and step 8.

    If the mentor's own contact holds another mentor's External ID, the question is about that one: it may be free soon.
    """
    if (lost := case.lost_to_other_mentor(None)) is not None:
        return case.settle(external_id_conflicts.raise_held_by_other_mentor(case, lost))
    doubtful = [
        candidate
        for candidate in case.doubtful()
        if not (
            case.is_declined(candidate.contact) and case.ids.others.is_of_another_person(case.signup, candidate.contact)
        )
    ]
    if doubtful:
        return case.settle(
            _selection_conflict(
                case,
                doubtful[0],
                None,
                _recommend_doubtful_or_new(case, doubtful[0]),
                reason="No contact fits for certain.",
            )
        )
    held_by_others = [
        candidate for candidate in case.held_by_other_mentors() if not case.is_declined(candidate.contact)
    ]
    if held_by_others:
        return case.settle(external_id_conflicts.raise_held_by_other_mentor(case, held_by_others[0].contact))
    if any(case.is_declined(candidate.contact) for candidate in case.candidates):
        return replace(case.carry_out(NEW_CONTACT), is_answered=True)
    return Outcome(decision="new_contact", reason="No contact fits; the import creates one.")


def _recommend_by_score(case: MatchCase, best: Candidate, rival: Candidate) -> Recommendation:
    """Recommend the contact with the higher score; the reason names what each has and the other lacks.

    Nothing is recommended when the higher score is of a contact that may be another person's, and the other contact may
    be the mentor's: accepting it would overwrite another person's contact. That is so for a name that does not agree,
    such as `.`, where the other contact has all the evidence that this one has, and more.
    """
    letter = recommend_higher(best.score, rival.score)
    if letter is None:
        return None, "Both are equally complete, so there is no recommendation."
    better, other = (best, rival) if letter == "a" else (rival, best)
    gains, losses = _describe_advantages(better, other), _describe_advantages(other, better)
    other_letter = "B" if letter == "a" else "A"
    against = f" {other_letter} {losses}, which counts less." if losses else ""
    reason = f"{letter.upper()} {gains or 'is more complete'}.{against}"
    if better.name_agreement == "differ" and other.name_agreement != "differ":
        return None, f"{reason} {letter.upper()} has another person's first name, so there is no recommendation."
    if better.name_agreement != "agree" and _list_evidence(case, better) < _list_evidence(case, other):
        return None, f"{reason} {other_letter} shares more with the mentor, so there is no recommendation."
    others = case.ids.others
    if others.may_be_of_another(case.signup, better.contact) and not others.may_be_of_another(
        case.signup, other.contact
    ):
        return None, f"{reason} {letter.upper()} has another mentor's email or link, so there is no recommendation."
    return letter, reason


def _list_evidence(case: MatchCase, candidate: Candidate) -> set[str]:
    """List what shows that a contact is the mentor's: keys but the phone, which relatives share, the name, the link."""
    evidence = {str(key) for key in candidate.matched_on if key != "phone"}
    if candidate.name_agreement == "agree":
        evidence.add("name")
    if candidate is case.linked():
        evidence.add("link")
    return evidence


def _describe_advantages(candidate: Candidate, other: Candidate) -> str:
    """Describe what raises a candidate's score above the other's, such as "has a phone and was changed later"."""
    texts = [
        text
        for name, text in _ADVANTAGES.items()
        if candidate.score_parts.get(name, 0) > max(0, other.score_parts.get(name, 0))
    ]
    return " and ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))


def _recommend_doubtful_or_new(case: MatchCase, doubtful: Candidate) -> Recommendation:
    """Recommend a new contact or nothing, because overwriting a relative's contact is harmful.

    Names that differ only in the boxes as they are filled in show no other person, nor does a part of a first name
    (Mohamed Amine and Amine): a new contact may be a duplicate.
    """
    names = split_whole_names(person_name(case.signup), person_name(doubtful.contact))
    if doubtful.name_agreement == "differ" and share_part_of_first_name(*names) and last_names_match(*names):
        return (
            None,
            f"{doubtful.viability_reason} One first name is a part of the other: the same person or a relative.",
        )
    if doubtful.name_agreement == "differ" and not last_name_is_first_name(*names):
        return "b", f"{doubtful.viability_reason} Another person's contact would be overwritten."
    return None, f"{doubtful.viability_reason} Nothing shows whether it is the same person."


def _selection_conflict(
    case: MatchCase, best: Candidate, rival: Candidate | None, recommendation: Recommendation, *, reason: str
) -> Conflict:
    """Build the `contact_selection` conflict: A is the best contact, B the rival or, without one, a new contact."""
    letter, recommendation_reason = recommendation
    return Conflict(
        mn_id=case.signup.mn_id,
        conflict_type="contact_selection",
        subject=case.signup.submission_id,
        severity="high",
        blocking=True,
        option_a=contact_option(best.contact, best),
        option_b=contact_option(rival.contact, rival) if rival else new_contact_option(case.signup),
        recommended_option=letter,
        recommendation_reason=recommendation_reason,
        source_table=SOURCE_TABLE,
        input_fingerprint=_selection_fingerprint(case),
        submission_id=case.signup.submission_id,
        context={
            "reason": reason,
            "signup": signup_metadata(case.signup),
            "compared_contacts": [candidate.contact.contact_id for candidate in _compared_candidates(case)],
        },
    )


def _selection_fingerprint(case: MatchCase) -> str:
    """Return the fingerprint of all compared contacts, because the two that are shown may change with the scores.

    A contact that the mentor has lost to another mentor is included, so that an answer from before the loss, such as
    to create this contact, is not taken for an answer to it.
    """
    lost = case.lost_to_other_mentor(None)
    return _fingerprint_of(case, lost.contact_id if lost else None)


def _list_same_fingerprints(case: MatchCase, answered: Any) -> Sequence[str]:
    """Return the fingerprints of the same inputs without the link that an answer has made, or has ended, since.

    None where a new contact was answered and the linked contact is compared only because of the link: it was made by
    this answer, or missing then.
    """
    if case.lost_to_other_mentor(None) is not None:
        return ()
    lost_before = [candidate.contact.contact_id for candidate in case.held_by_other_mentors()]
    without_link, linked = case.without_link(), case.linked()
    if answered == NEW_CONTACT and linked is not None:
        compared = {candidate.contact.contact_id for candidate in _compared_candidates(without_link)}
        if linked.contact.contact_id not in compared:
            return ()
    return [_fingerprint_of(without_link, contact_id) for contact_id in (None, *lost_before)]


def _fingerprint_of(case: MatchCase, lost_contact_id: int | None) -> str:
    compared = sorted(_compared_candidates(case), key=lambda candidate: candidate.contact.contact_id)
    return fingerprint(
        "contact_selection",
        signup_inputs(case.signup),
        [contact_inputs(candidate.contact, campaign_member=candidate.campaign_member) for candidate in compared],
        *(() if lost_contact_id is None else (lost_contact_id,)),
    )


def _compared_candidates(case: MatchCase) -> tuple[Candidate, ...]:
    contenders, linked = case.contenders(), case.linked()
    if not contenders:
        return case.doubtful()
    return contenders if linked is None or linked in contenders else (*contenders, linked)


def _winning_outcome(decision: Decision, reason: str, best: Candidate, rivals: Sequence[Candidate]) -> Outcome:
    return Outcome(
        decision=decision,
        reason=reason,
        contact=best.contact,
        second=rivals[0] if rivals else None,
        claims=frozenset({best.contact.contact_id}),
    )
