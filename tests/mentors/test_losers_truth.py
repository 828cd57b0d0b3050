"""Rulebook section 10 against the truth of generated years: no contact of somebody else loses unasked."""

from datetime import UTC, datetime

import pytest

from mentorsync_pipeline.matching.rules.candidates import find_candidates
from mentorsync_pipeline.matching.rules.winners import choose_winners
from mentorsync_pipeline.mentors.rules.losers import Loser, Protected, find_losers
from mentorsync_pipeline.signups.rules.deduplication import deduplicate
from mentorsync_pipeline.signups.rules.signup_questions import find_blocked_by_shared_id
from tests.support.matching import CONFIG, DROPPED
from tests.support.worlds import Year, year_of

# The same lines run in every world, and other tests cover them: tracing would only double the time.
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
        winner_ids=frozenset(one.contact_id for one in decided if one.contact_id),
        external_ids=frozenset(one.external_id for one in signups),
    )
    return find_losers(signups, found, {one.submission_id: one for one in decided}, protected, dropped_tags=(DROPPED,))


@pytest.mark.parametrize("seed", range(21, 27))
def test_who_loses_by_the_rules_alone_is_the_mentors_own_and_no_donor(seed: int) -> None:
    year = year_of(seed, now=NOW)
    truth = {one.submission_id: one for one in year.world.truth.mentors}
    losing = [one for one in losers_of(year) if one.kept is None and not one.doubts]
    assert len(losing) > 250
    wrong = [
        (year.world.truth.contacts[one.contact.contact_id].scenario, truth[one.submission_id].scenario)
        for one in losing
        if one.contact.contact_id not in truth[one.submission_id].own_contacts
        or one.contact.contact_id == truth[one.submission_id].contact_id
        or one.contact.total_contributions
    ]
    assert wrong == []


@pytest.mark.parametrize("seed", range(21, 27))
def test_nearly_every_duplicate_is_found(seed: int) -> None:
    """What is missing belongs to mentors who wait for a person, or is a donor's."""
    year = year_of(seed, now=NOW)
    alive = {one.contact_id: one for one in year.contacts}
    found = {one.contact.contact_id: one for one in losers_of(year)}
    missed = [
        (mentor.scenario, part)
        for mentor in year.world.truth.mentors
        for contact_id, part in mentor.own_contacts.items()
        if not mentor.must_block and contact_id != mentor.contact_id and contact_id in alive and contact_id not in found
    ]
    assert missed == []
