"""The table of scenarios: how often each occurs and what it needs."""

from dataclasses import dataclass

from mentorsync_pipeline.sandbox.population import relatives
from mentorsync_pipeline.sandbox.population import scenarios as decided
from mentorsync_pipeline.sandbox.population import scenarios_blocked as blocked
from mentorsync_pipeline.sandbox.population.scenarios import Builder


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of mentor. ``share`` is per thousand mentors; the first scenario gets the rest from rounding.

    ``pair``: two mentors at a time; ``same_last`` and ``same_phone``: shared values of a pair. ``member``: chance
    of a fundraising page. ``must_block``: cannot be decided without a person.
    """

    name: str
    share: int
    build: Builder
    pair: bool = False
    same_last: bool = False
    same_phone: bool = False
    nickname: bool = False
    member: float = 0.6
    must_block: bool = False

    @property
    def is_of_relatives(self) -> bool:
        """Whether relatives' names or keys make the mentor hard to recognise."""
        return self.build.__module__ == relatives.__name__


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("single", 110, decided.single),
    Scenario("no_contact", 59, decided.no_contact, member=0.1),
    Scenario("junk_name", 25, decided.junk_named),
    Scenario("typo_name", 25, decided.misspelt),
    Scenario("swapped_name", 12, decided.swapped),
    Scenario("second_key", 30, decided.second_key),
    Scenario("changed_phone", 28, decided.changed_phone),
    Scenario("married_name", 8, decided.married_name),
    Scenario("middle_name", 6, decided.middle_name),
    Scenario("linked", 120, decided.linked),
    Scenario("linked_with_duplicate", 40, decided.linked_with_duplicate),
    Scenario("member_nickname", 140, decided.member_nickname, nickname=True, member=1.0),
    Scenario("mass_mail_stub", 50, decided.with_stub),
    Scenario("stub_alone", 22, decided.stub_alone, member=0.1),
    Scenario("prior_year", 50, decided.prior_year),
    Scenario("returning_under_nickname", 6, decided.returning_under_nickname, nickname=True),
    Scenario("prior_year_and_page", 30, decided.prior_year_and_page, member=1.0),
    Scenario("family_phone", 40, decided.family_phone),
    Scenario("family_other_name", 15, decided.family_other_name),
    Scenario("reissued_number", 20, decided.reissued_number),
    Scenario("reissued_number_alone", 8, decided.reissued_number_alone, member=0.0),
    Scenario("donor_duplicate", 25, decided.donor_duplicate),
    Scenario("stale_rival", 16, decided.stale_rival, member=0.0),
    Scenario("dropped", 24, decided.dropped, member=0.2),
    Scenario("two_signups", 22, decided.two_signups),
    Scenario("siblings", 14, decided.siblings, pair=True, same_last=True, same_phone=True),
    Scenario("roommates", 6, decided.siblings, pair=True, same_phone=True),
    Scenario("archived_before", 4, decided.archived_before, member=0.0),
    Scenario("relative_email", 5, decided.relative_email),
    Scenario("namesake_phone", 4, decided.namesake_phone),
    Scenario("unusable_phone", 6, decided.unusable_phone),
    Scenario("no_keys", 2, decided.no_contact, member=0.0),
    Scenario("placeholder_email", 5, decided.placeholder_email, member=0.0),
    Scenario("other_script", 4, decided.other_script),
    Scenario("sounds_alike", 4, decided.sounds_alike),
    Scenario("merge_rest", 5, decided.merge_rest),
    Scenario("merge_rest_linked", 4, decided.merge_rest_linked),
    Scenario("id_held_twice", 3, decided.id_held_twice),
    Scenario("alike_siblings", 8, relatives.alike_siblings, pair=True, same_last=True, same_phone=True),
    Scenario("family_email", 4, relatives.family_email, pair=True, same_last=True, same_phone=True, member=0.0),
    Scenario("sibling_contact", 4, relatives.sibling_contact),
    Scenario("father_and_son", 4, relatives.father_and_son),
    Scenario("parent_keys", 5, relatives.parent_keys),
    Scenario("couple", 4, relatives.couple),
    Scenario("toss_up", 7, blocked.toss_up, member=0.0, must_block=True),
    Scenario("parent_alone", 5, blocked.parent_alone, member=0.0, must_block=True),
    Scenario("id_on_mother", 5, blocked.id_on_mother, must_block=True),
    Scenario("id_of_last_year", 5, blocked.id_of_last_year, must_block=True),
    Scenario("id_crossed", 2, blocked.id_crossed, pair=True, must_block=True),
    Scenario("one_contact_for_two", 2, blocked.one_contact_for_two, pair=True, same_last=True, must_block=True),
    Scenario("same_id_twice", 2, blocked.same_id_twice, pair=True, must_block=True),
    Scenario("sibling_alone", 1, relatives.sibling_alone, member=0.0, must_block=True),
    Scenario("parent_keys_alone", 2, relatives.parent_keys_alone, must_block=True),
    Scenario("couple_alone", 1, relatives.couple_alone, member=0.0, must_block=True),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def allot(mentors: int, at_least: int) -> list[Scenario]:
    """One scenario per mentor (a pair scenario twice in a row), by share; ``at_least`` of each when there is room.

    Where the shares and ``at_least`` ask for more mentors than there are, the most frequent scenarios give way.
    """
    total = sum(scenario.share for scenario in SCENARIOS)
    other_scenarios = SCENARIOS[1:]
    size = {scenario.name: 2 if scenario.pair else 1 for scenario in other_scenarios}
    groups = {
        scenario.name: max(round(scenario.share * mentors / total / size[scenario.name]), at_least)
        for scenario in other_scenarios
    }
    needed = at_least + sum(at_least * size[name] for name in groups)
    if needed > mentors:
        raise ValueError(f"population: {mentors} mentors are too few; the scenarios asked for need {needed}")
    while sum(groups[name] * size[name] for name in groups) > mentors - at_least:
        groups[max(groups, key=lambda name: (groups[name] > at_least, groups[name]))] -= 1
    chosen = [scenario for scenario in other_scenarios for _ in range(groups[scenario.name] * size[scenario.name])]
    return [SCENARIOS[0]] * (mentors - len(chosen)) + chosen
