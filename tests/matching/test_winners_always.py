"""Properties of every choice of contacts, for any sign-ups, contacts and decisions (rulebook, section 4)."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.domain.records import Candidate, Contact, EarlierMentor, Signup
from mentorsync_pipeline.matching.rules.candidates import find_candidates
from mentorsync_pipeline.matching.rules.earlier_mentors import EarlierMentors
from mentorsync_pipeline.matching.rules.winners import WinnerResult
from mentorsync_pipeline.signups.rules.signup_questions import find_blocked_by_shared_id
from tests.support.examples import examples
from tests.support.matching import AS_OF, CONFIG, Decisions, answers, decide
from tests.support.strategies import CLASHING_SIGNUPS, CONTACTS, EARLIER

CHOICES = st.lists(st.sampled_from(["a", "b", "a", "b", "skipped", 1, 2, 3, 30]), min_size=4, max_size=8)


def decided_twice(
    signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor], choices: list[Any]
) -> tuple[WinnerResult, Decisions]:
    """The result after decisions on the first conflicts, and then on those that these raise."""
    decisions: dict[tuple[str, str, str], Any] = {}
    for _ in range(2):
        first_result = decide(signups, contacts, earlier=earlier, decisions=decisions)
        decisions |= answers(*zip(first_result.conflicts, choices, strict=False))
    return decide(signups, contacts, earlier=earlier, decisions=decisions), decisions


def judged(
    signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor]
) -> dict[tuple[str, int], Candidate]:
    candidates = find_candidates(signups, contacts, (), CONFIG, as_of=AS_OF, earlier=earlier).candidates
    return {(candidate.submission_id, candidate.contact.contact_id): candidate for candidate in candidates}


@given(CLASHING_SIGNUPS, CONTACTS, EARLIER, CHOICES, st.randoms())
def test_the_order_of_the_inputs_does_not_matter(
    signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor], choices: list[Any], random: Any
) -> None:
    expected, decisions = decided_twice(signups, contacts, earlier, choices)
    for listed in (signups, contacts, earlier):
        random.shuffle(listed)
    assert decide(signups, contacts, earlier=earlier, decisions=decisions) == expected


@settings(max_examples=examples(300))
@given(CLASHING_SIGNUPS, CONTACTS, EARLIER, CHOICES)
def test_a_contact_wins_for_one_mentor_only_and_never_if_it_is_another_mentors(
    signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor], choices: list[Any]
) -> None:
    result, _ = decided_twice(signups, contacts, earlier, choices)
    won = [winner.contact_id for winner in result.winners if winner.contact_id is not None]
    assert len(won) == len(set(won))
    held = {contact.contact_id: contact.external_id for contact in contacts}
    own = {signup.submission_id: signup.external_id for signup in signups}
    for winner in result.winners:
        if winner.contact_id is not None:
            assert held[winner.contact_id] not in set(own.values()) - {own[winner.submission_id]}


@given(CLASHING_SIGNUPS, CONTACTS, EARLIER, CHOICES)
def test_every_sign_up_has_one_winner_and_every_blocked_one_a_conflict_or_decision(
    signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor], choices: list[Any]
) -> None:
    result, decisions = decided_twice(signups, contacts, earlier, choices)
    assert [winner.submission_id for winner in result.winners] == sorted(signup.submission_id for signup in signups)
    keys = {(conflict.mn_id, conflict.conflict_type, conflict.subject) for conflict in result.conflicts}
    assert len(keys) == len(result.conflicts)
    blocked_before = find_blocked_by_shared_id(signups)
    left_blocked = {key[0] for key, decision in decisions.items() if decision.value in ("release", "leave_unlinked")}
    with_conflict = {conflict.mn_id for conflict in result.conflicts}
    for winner in result.winners:
        assert (winner.decision == "blocked") == bool(winner.blocked_by)
        if winner.decision == "blocked":
            assert winner.contact_id is None
            assert winner.submission_id in blocked_before or winner.mn_id in with_conflict | left_blocked
        else:
            assert winner.mn_id not in with_conflict


@given(CLASHING_SIGNUPS, CONTACTS, EARLIER)
def test_without_decisions_only_viable_contacts_win_and_never_stubs(
    signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor]
) -> None:
    candidates = judged(signups, contacts, earlier)
    for winner in decide(signups, contacts, earlier=earlier).winners:
        assert winner.decision != "human"
        if winner.contact_id is not None:
            candidate = candidates[winner.submission_id, winner.contact_id]
            assert candidate.viability == "viable"
            assert not candidate.is_mass_email or winner.decision == "external_id"


@settings(max_examples=examples(300))
@given(CLASHING_SIGNUPS, CONTACTS, EARLIER)
def test_without_decisions_nobody_wins_the_contact_of_an_earlier_mentor_with_another_name(
    signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor]
) -> None:
    known, by_id = EarlierMentors(earlier), {contact.contact_id: contact for contact in contacts}
    people = {signup.submission_id: signup for signup in signups}
    for winner in decide(signups, contacts, earlier=earlier).winners:
        if winner.contact_id is not None:
            assert not known.is_of_another_person(people[winner.submission_id], by_id[winner.contact_id])


@given(CLASHING_SIGNUPS, CONTACTS, EARLIER)
def test_a_refused_contact_is_never_an_option(
    signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor]
) -> None:
    candidates = judged(signups, contacts, earlier)
    submission = {signup.mn_id: signup.submission_id for signup in signups}
    for conflict in decide(signups, contacts, earlier=earlier).conflicts:
        for value in (conflict.option_a.value, conflict.option_b.value):
            if isinstance(value, int):
                assert candidates[submission[conflict.mn_id], value].viability != "refused"


@given(CLASHING_SIGNUPS, CONTACTS, EARLIER, st.integers(1, 400))
def test_time_does_not_change_fingerprints(
    signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor], days: int
) -> None:
    now = decide(signups, contacts, earlier=earlier)
    later = decide(signups, contacts, earlier=earlier, as_of=AS_OF + timedelta(days=days))
    before = {(c.mn_id, c.conflict_type, c.subject): c.input_fingerprint for c in now.conflicts}
    after = {(c.mn_id, c.conflict_type, c.subject): c.input_fingerprint for c in later.conflicts}
    for key in before.keys() & after.keys():
        if not key[2].startswith("contested:"):
            assert before[key] == after[key]


@given(CLASHING_SIGNUPS, CONTACTS, EARLIER, CHOICES)
def test_a_decided_conflict_with_the_same_inputs_is_not_raised_again(
    signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor], choices: list[Any]
) -> None:
    result, decisions = decided_twice(signups, contacts, earlier, choices)
    for conflict in result.conflicts:
        answered = decisions.get((conflict.mn_id, conflict.conflict_type, conflict.subject))
        if answered is not None and answered.choice != "skipped":
            assert answered.input_fingerprint != conflict.input_fingerprint
