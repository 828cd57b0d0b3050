"""Rulebook sections 2 to 4 on a generated year, compared with the true persons."""

from datetime import UTC, datetime, timedelta

import pytest

from mentorsync_pipeline.domain.records import Winner
from mentorsync_pipeline.matching.rules.candidates import CandidateResult, collect_match_keys, find_candidates
from mentorsync_pipeline.matching.rules.winners import WinnerResult, choose_winners
from mentorsync_pipeline.signups.rules.deduplication import DedupResult, deduplicate
from mentorsync_pipeline.signups.rules.signup_questions import find_blocked_by_shared_id
from tests.support.matching import CONFIG, Decisions, answers
from tests.support.worlds import Year, year_of

# Other tests cover the same lines, and tracing doubles the time.
pytestmark = [pytest.mark.no_cover, pytest.mark.slow]
NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)


def run(
    year: Year, *, as_of: datetime = NOW, decisions: Decisions | None = None
) -> tuple[DedupResult, CandidateResult, WinnerResult]:
    people = deduplicate(year.submissions, CONFIG, decisions=decisions or {})
    keys = collect_match_keys(people.signups, CONFIG)
    selected = [
        contact
        for contact in year.contacts
        if contact.external_id in keys.external_ids
        or keys.phones & set(contact.phones)
        or keys.emails & set(contact.emails)
    ]
    candidates = find_candidates(people.signups, selected, year.members, CONFIG, as_of=as_of, earlier=year.earlier)
    result = choose_winners(
        people.signups,
        candidates.candidates,
        CONFIG,
        earlier=year.earlier,
        decisions=decisions or {},
        already_blocked=find_blocked_by_shared_id(people.signups),
    )
    return people, candidates, result


def winners(result: WinnerResult) -> dict[str, Winner]:
    return {winner.submission_id: winner for winner in result.winners}


@pytest.mark.parametrize(("seed", "days_later"), [(0, 0), (1, 0), (2, 6)])
def test_every_automatic_match_is_right_and_few_mentors_are_blocked(seed: int, days_later: int) -> None:
    year = year_of(seed, now=NOW)
    people, candidates, result = run(year, as_of=NOW + timedelta(days=days_later))
    chosen, truth = winners(result), {mentor.submission_id: mentor for mentor in year.world.truth.mentors}
    assert chosen.keys() == truth.keys()
    superseded = {signup.submission_id: set(signup.superseded_mn_ids) for signup in people.signups}
    assert superseded == {key: set(mentor.superseded_mn_ids) for key, mentor in truth.items()}
    wrong = {
        key: (truth[key].scenario, winner.decision)
        for key, winner in chosen.items()
        if (winner.decision == "blocked") != truth[key].must_block
        or (winner.decision != "blocked" and winner.contact_id != truth[key].contact_id)
    }
    assert wrong == {}
    blocked = sum(winner.decision == "blocked" for winner in chosen.values())
    assert blocked / len(chosen) < 0.05
    for candidate in candidates.candidates:
        if candidate.viability == "viable" and chosen[candidate.submission_id].decision != "blocked":
            mentor = truth[candidate.submission_id]
            assert candidate.contact.contact_id in mentor.own_contacts, mentor.scenario


def test_the_same_data_give_the_same_winners_whatever_the_order() -> None:
    year = year_of(4, now=NOW, mentors=400, contacts=1_200)
    turned = Year(year.world, year.submissions[::-1], year.contacts[::-1], year.members[::-1], year.earlier[::-1])
    assert run(turned) == run(year)


def test_accepting_all_recommendations_resolves_all_conflicts_that_have_one() -> None:
    year = year_of(5, now=NOW, mentors=500, contacts=1_500)
    people, _, result = run(year)
    conflicts = [*people.conflicts, *result.conflicts]
    decisions = answers(
        *((conflict, conflict.recommended_option) for conflict in conflicts if conflict.recommended_option)
    )
    after, _, settled = run(year, decisions=decisions)
    still = {(conflict.mn_id, conflict.subject) for conflict in (*after.conflicts, *settled.conflicts)}
    assert still == {(conflict.mn_id, conflict.subject) for conflict in conflicts if not conflict.recommended_option}
    chosen, truth = winners(settled), {mentor.submission_id: mentor for mentor in year.world.truth.mentors}
    for key, winner in chosen.items():
        if winner.decision == "human" and truth[key].scenario != "toss_up":
            assert winner.contact_id == truth[key].contact_id, truth[key].scenario
