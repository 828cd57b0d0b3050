"""The generated population: repeatable, invented, complete, and matched as its truth states."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations

import phonenumbers
import pytest
from nicknames import NickNamer

from mentorsync_pipeline.sandbox.population import SandboxForms, generate
from mentorsync_pipeline.sandbox.population.names import ELDERS, LAST_NAMES, NICKNAMED, STUDENTS
from mentorsync_pipeline.sandbox.population.scenario_table import SCENARIOS
from tests.sandbox.conftest import NOW, YEAR
from tests.sandbox.oracle import Names, Oracle, compare, is_plain

# Other tests cover the same lines, and tracing doubles the time.
pytestmark = pytest.mark.no_cover
DECIDED = {"external_id", "only_candidate", "clear_winner", "stale_rival", "new_contact"}


def test_same_arguments_give_the_same_world() -> None:
    first, second = (generate(3, 100, 500, year=YEAR, now=NOW) for _ in range(2))
    assert first == second
    assert generate(4, 100, 500, year=YEAR, now=NOW) != first


def test_everything_moves_with_now_and_nothing_is_later() -> None:
    later = NOW + timedelta(days=31)
    first, second = generate(3, 100, 500, year=YEAR, now=NOW), generate(3, 100, 500, year=YEAR, now=later)
    assert [c.updated_at + timedelta(days=31) for c in first.contacts] == [c.updated_at for c in second.contacts]
    for contact in first.contacts:
        assert contact.created_at <= contact.updated_at <= NOW
    for form in first.forms.values():
        assert all(s.created_at <= (s.updated_at or NOW) <= NOW for s in form.submissions.values())


def test_two_sign_ups_are_edited_in_the_hour_that_occurs_twice() -> None:
    world = generate(3, 100, 500, year=YEAR, now=NOW.replace(month=11, day=20))
    form = world.forms[world.config.signup_form_id]
    edited = [submission.updated_at for submission in form.submissions.values() if submission.updated_at]
    assert (
        sum(datetime(2025, 11, 2, 6, tzinfo=UTC) <= moment < datetime(2025, 11, 2, 7, tzinfo=UTC) for moment in edited)
        == 2
    )


@pytest.mark.slow
def test_the_usual_world_has_the_sizes_asked_for() -> None:
    world = generate(1, year=YEAR, now=NOW)
    assert len(world.contacts) == len({c.id for c in world.contacts}) == 40_000
    assert len(world.truth.mentors) == 976
    assert [c.id for c in world.contacts] == sorted(c.id for c in world.contacts)
    holders = [c.external_id for c in world.contacts if c.external_id]
    held_twice = sum(mentor.scenario == "id_held_twice" for mentor in world.truth.mentors)
    assert len(holders) - len(set(holders)) == held_twice > 0
    blocked = sum(mentor.must_block for mentor in world.truth.mentors)
    assert 0.02 < blocked / 976 < 0.04


def test_people_are_invented() -> None:
    world = generate(1, 200, 5_000, year=YEAR, now=NOW)
    for contact in world.contacts:
        for phone in contact.phones:
            assert phonenumbers.is_valid_number(phonenumbers.parse(phone))
            assert phone[5:8] == "555" or phone.startswith("+4420794")
        for email in contact.emails:
            local, domain = email.casefold().split("@")
            assert domain.endswith(".example") or (domain in {"uga.edu", "gmail.com"} and local.startswith("zz-"))


def test_every_scenario_occurs_when_asked_for() -> None:
    counts = Counter(mentor.scenario for mentor in generate(2, 120, 450, year=YEAR, now=NOW, at_least=1).truth.mentors)
    assert set(counts) == {scenario.name for scenario in SCENARIOS}
    with pytest.raises(ValueError, match="too few"):
        generate(2, 20, 450, year=YEAR, now=NOW, at_least=1)


@pytest.mark.slow
def test_two_names_of_the_lists_are_never_one_persons() -> None:
    everybody = [(name.formal, name.nickname or None) for name in STUDENTS] + [(name, None) for name in ELDERS]
    for (first, first_nick), (second, second_nick) in combinations(everybody, 2):
        agreement = compare(Names(first, "Ashford", first_nick), Names(second, "Ashford", second_nick))
        assert agreement == "differ", (first, second)


def test_nicknames_are_known_ones() -> None:
    known = NickNamer()
    for name in NICKNAMED:
        assert name.nickname.casefold() in known.nicknames_of(name.formal)


def test_no_last_name_is_a_first_name() -> None:
    assert not {name.formal for name in STUDENTS} & set(LAST_NAMES)
    assert not set(ELDERS) & set(LAST_NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_the_rulebook_decides_according_to_the_truth(seed: int) -> None:
    world = generate(seed, 976, 3_000, year=YEAR, now=NOW)
    oracle = Oracle(world)
    assert {m.submission.id for m in oracle.mentors} == {m.submission_id for m in world.truth.mentors if is_plain(m)}
    for mentor in filter(is_plain, world.truth.mentors):
        decision, contact_id = oracle.decisions[mentor.submission_id]
        assert (decision in DECIDED) == (not mentor.must_block), (mentor.scenario, decision)
        if not mentor.must_block:
            assert contact_id == mentor.contact_id, mentor.scenario
            assert oracle.losers[mentor.submission_id] <= set(mentor.own_contacts), mentor.scenario


@pytest.mark.slow
def test_the_truth_still_holds_days_later() -> None:
    world = generate(11, 976, 3_000, year=YEAR, now=NOW)
    world.now += timedelta(days=6)
    oracle = Oracle(world)
    for mentor in filter(is_plain, world.truth.mentors):
        if not mentor.must_block:
            assert oracle.decisions[mentor.submission_id][1] == mentor.contact_id, mentor.scenario


@pytest.mark.slow
def test_superseded_sign_ups_are_known() -> None:
    world = generate(5, 976, 3_000, year=YEAR, now=NOW)
    oracle = Oracle(world)
    superseded = {mentor.mn_id: mentor.superseded for mentor in oracle.mentors}
    twice = [mentor for mentor in world.truth.mentors if mentor.scenario == "two_signups"]
    assert len(twice) > 10
    for mentor in twice:
        assert superseded[mentor.mn_id] == set(mentor.superseded_mn_ids)


def test_no_contact_of_somebody_else_shares_a_key_outside_its_scenario() -> None:
    world = generate(6, 300, 3_000, year=YEAR, now=NOW)
    mentors = Oracle(world).mentors
    keys = {key for mentor in mentors for key in mentor.phones | mentor.emails}
    sharing = Counter(
        world.truth.contacts[contact.id].scenario
        for contact in world.contacts
        if not world.truth.contacts[contact.id].is_mentor
        and keys & {*contact.phones, *(email.casefold() for email in contact.emails)}
    )
    assert set(sharing) <= {"parent", "stranger", "mother", "family"}


def test_another_year_is_another_configuration() -> None:
    config = SandboxForms(
        signup_form_id="261000000000001",
        campaign_slug="RUN{yy}",
        mentor_tag="Team {year}",
        signup_questions={**SandboxForms().signup_questions, "mn_id": "uniqueId", "phone": "mobile"},
    )
    world = generate(1, 100, 400, year=2026, now=NOW.replace(year=2026), config=config)
    form = world.forms["261000000000001"]
    assert {"uniqueId", "mobile"} <= {question.name for question in form.questions}
    assert any(campaign.slug == "RUN26" for campaign in world.campaigns)
    assert any("Team 2026" in contact.tags for contact in world.contacts)
    assert not any("Mentors" in tag for contact in world.contacts for tag in contact.tags)
