"""Rulebook, section 10, on generated years: no contact of another person is archived without a decision."""

from datetime import UTC, datetime

import pytest

from mentorsync_pipeline.matching.rules.candidates import find_candidates
from mentorsync_pipeline.matching.rules.winners import choose_winners
from mentorsync_pipeline.mentors.rules.losers import Loser, Protected, find_losers
from mentorsync_pipeline.signups.rules.deduplication import deduplicate
from mentorsync_pipeline.signups.rules.signup_questions import find_blocked_by_shared_id
from tests.support.matching import CONFIG, DROPPED
from tests.support.worlds import Year, year_of

# Other tests cover the same lines, and tracing doubles the time.
pytestmark = [pytest.mark.no_cover, pytest.mark.slow]
NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)


def losers_of(year: Year) -> tuple[Loser, ...]:
    signups = deduplicate(year.submissions, CONFIG).signups
    found = find_candidates(
        signups, year.contacts, year.members, CONFIG, as_of=year.as_of, earlier=year.earlier
    ).candidates
    decided = choose_winners(
        signups, found, CONFIG, earlier=year.earlier, already_blocked=find_blocked_by_shared_id(signups)
    ).winners
    protected = Protected(
        winner_ids=frozenset(winner.contact_id for winner in decided if winner.contact_id),
        external_ids=frozenset(signup.external_id for signup in signups),
    )
    return find_losers(
        signups, found, {winner.submission_id: winner for winner in decided}, protected, dropped_tags=(DROPPED,)
    )


@pytest.fixture(scope="module", params=(21, 22))
def judged(request: pytest.FixtureRequest) -> tuple[Year, tuple[Loser, ...]]:
    """A generated year and its losers."""
    year = year_of(request.param, now=NOW)
    return year, losers_of(year)


def test_who_loses_by_the_rules_alone_is_the_mentors_own_and_no_donor(judged: tuple[Year, tuple[Loser, ...]]) -> None:
    year, losers = judged
    truth = {mentor.submission_id: mentor for mentor in year.world.truth.mentors}
    losing = [loser for loser in losers if loser.kept is None and not loser.doubts]
    assert len(losing) > 250
    wrong = [
        (year.world.truth.contacts[loser.contact.contact_id].scenario, truth[loser.submission_id].scenario)
        for loser in losing
        if loser.contact.contact_id not in truth[loser.submission_id].own_contacts
        or loser.contact.contact_id == truth[loser.submission_id].contact_id
        or loser.contact.total_contributions
    ]
    assert wrong == []


def test_nearly_every_duplicate_is_found(judged: tuple[Year, tuple[Loser, ...]]) -> None:
    """What is missing belongs to mentors who wait for a person, or is a donor's."""
    year, losers = judged
    alive = {contact.contact_id: contact for contact in year.contacts}
    found = {loser.contact.contact_id: loser for loser in losers}
    missed = [
        (mentor.scenario, part)
        for mentor in year.world.truth.mentors
        for contact_id, part in mentor.own_contacts.items()
        if not mentor.must_block and contact_id != mentor.contact_id and contact_id in alive and contact_id not in found
    ]
    assert missed == []
