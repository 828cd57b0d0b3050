"""Properties of every choice of contacts, for any sign-ups, contacts and decisions (rulebook, section 4)."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.domain.known_mentors import Link
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


@settings(max_examples=examples(150))
@given(CLASHING_SIGNUPS, CONTACTS, EARLIER, CHOICES, st.randoms())
def test_with_any_decisions_each_contact_wins_once_and_each_sign_up_has_one_result(
    signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor], choices: list[Any], random: Any
) -> None:
    result, decisions = decided_twice(signups, contacts, earlier, choices)
    _assert_each_contact_wins_once_and_never_if_it_is_another_mentors(result, signups, contacts)
    _assert_one_winner_each_and_a_reason_for_each_blocked_one(result, signups, decisions)
    _assert_no_decided_conflict_is_raised_again(result, decisions)
    for listed in (signups, contacts, earlier):
        random.shuffle(listed)
    assert decide(signups, contacts, earlier=earlier, decisions=decisions) == result, "the order does not matter"


def _assert_each_contact_wins_once_and_never_if_it_is_another_mentors(
    result: WinnerResult, signups: list[Signup], contacts: list[Contact]
) -> None:
    won = [winner.contact_id for winner in result.winners if winner.contact_id is not None]
    assert len(won) == len(set(won))
    held = {contact.contact_id: contact.external_id for contact in contacts}
    own = {signup.submission_id: signup.external_id for signup in signups}
    for winner in result.winners:
        if winner.contact_id is not None:
            assert held[winner.contact_id] not in set(own.values()) - {own[winner.submission_id]}


def _assert_one_winner_each_and_a_reason_for_each_blocked_one(
    result: WinnerResult, signups: list[Signup], decisions: Decisions
) -> None:
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


def _assert_no_decided_conflict_is_raised_again(result: WinnerResult, decisions: Decisions) -> None:
    """A conflict with the same inputs, that is; a skipped one stays open."""
    for conflict in result.conflicts:
        answered = decisions.get((conflict.mn_id, conflict.conflict_type, conflict.subject))
        if answered is not None and answered.choice != "skipped":
            assert answered.input_fingerprint != conflict.input_fingerprint


@settings(max_examples=examples(150))
@given(CLASHING_SIGNUPS, CONTACTS, EARLIER, st.integers(1, 400))
def test_without_decisions_only_viable_contacts_of_the_same_person_win(
    signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor], days: int
) -> None:
    result = decide(signups, contacts, earlier=earlier)
    candidates = {
        (candidate.submission_id, candidate.contact.contact_id): candidate
        for candidate in find_candidates(signups, contacts, (), CONFIG, as_of=AS_OF, earlier=earlier).candidates
    }
    _assert_only_viable_contacts_win_and_never_stubs(result, candidates)
    _assert_nobody_wins_the_contact_of_an_earlier_mentor_with_another_name(result, signups, contacts, earlier)
    _assert_a_refused_contact_is_never_an_option(result, signups, candidates)
    _assert_the_next_run_which_knows_the_links_has_the_same_result(result, signups, contacts, earlier)
    later = decide(signups, contacts, earlier=earlier, as_of=AS_OF + timedelta(days=days))
    _assert_time_does_not_change_fingerprints(result, later)


Candidates = dict[tuple[str, int], Candidate]


def _assert_only_viable_contacts_win_and_never_stubs(result: WinnerResult, candidates: Candidates) -> None:
    for winner in result.winners:
        assert winner.decision != "human"
        if winner.contact_id is not None:
            candidate = candidates[winner.submission_id, winner.contact_id]
            assert candidate.viability == "viable"
            assert not candidate.is_mass_email or winner.decision == "external_id"


def _assert_nobody_wins_the_contact_of_an_earlier_mentor_with_another_name(
    result: WinnerResult, signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor]
) -> None:
    known, by_id = EarlierMentors(earlier), {contact.contact_id: contact for contact in contacts}
    people = {signup.submission_id: signup for signup in signups}
    for winner in result.winners:
        if winner.contact_id is not None:
            assert not known.is_of_another_person(people[winner.submission_id], by_id[winner.contact_id])


def _assert_a_refused_contact_is_never_an_option(
    result: WinnerResult, signups: list[Signup], candidates: Candidates
) -> None:
    submission = {signup.mn_id: signup.submission_id for signup in signups}
    for conflict in result.conflicts:
        for value in (conflict.option_a.value, conflict.option_b.value):
            if isinstance(value, int):
                assert candidates[submission[conflict.mn_id], value].viability != "refused"


def _assert_the_next_run_which_knows_the_links_has_the_same_result(
    result: WinnerResult, signups: list[Signup], contacts: list[Contact], earlier: list[EarlierMentor]
) -> None:
    won = {winner.submission_id: winner.contact_id for winner in result.winners}
    links = {
        signup.submission_id: Link(
            contact_id=contact_id,
            keys=frozenset((*signup.phone_keys, *signup.email_keys)),
            names=(signup.first_name or "", signup.last_name or "", ""),
            mn_ids=(signup.mn_id,),
        )
        for signup in signups
        if (contact_id := won[signup.submission_id]) is not None
    }
    again = decide(signups, contacts, earlier=earlier, links=links)
    assert (again.winners, again.conflicts) == (result.winners, result.conflicts)


def _assert_time_does_not_change_fingerprints(result: WinnerResult, later: WinnerResult) -> None:
    before = {(c.mn_id, c.conflict_type, c.subject): c.input_fingerprint for c in result.conflicts}
    after = {(c.mn_id, c.conflict_type, c.subject): c.input_fingerprint for c in later.conflicts}
    for key in before.keys() & after.keys():
        if not key[2].startswith("contested:"):
            assert before[key] == after[key]
