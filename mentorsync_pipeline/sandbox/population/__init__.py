"""The generator of invented worlds: ``generate`` and the dataclasses it returns."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count

from mentorsync_pipeline.sandbox.population.bystanders import Crowd
from mentorsync_pipeline.sandbox.population.contacts import ContactMaker
from mentorsync_pipeline.sandbox.population.custom_fields import make_custom_fields
from mentorsync_pipeline.sandbox.population.drawn_edits import draw_later_edits
from mentorsync_pipeline.sandbox.population.forms import FormFiller, edit_in_repeated_hour
from mentorsync_pipeline.sandbox.population.fundraising import MemberList, make_campaigns
from mentorsync_pipeline.sandbox.population.habits import Writer, assign_habits
from mentorsync_pipeline.sandbox.population.history import LastYear
from mentorsync_pipeline.sandbox.population.mentors import draw_mentors, number, sign_ups
from mentorsync_pipeline.sandbox.population.persons import PeopleFactory, Person
from mentorsync_pipeline.sandbox.population.scenario_table import BY_NAME, allot
from mentorsync_pipeline.sandbox.population.scenarios import Stage, add_related_contacts
from mentorsync_pipeline.sandbox.population.truth import SubmissionIds, make_truth
from mentorsync_pipeline.sandbox.population.world import ContactTruth, MentorTruth, SandboxForms, Truth, World

__all__ = ["ContactTruth", "MentorTruth", "SandboxForms", "Truth", "World", "generate"]

_FIRST_CONTACT_ID = 17_000_001


def generate(
    seed: int,
    mentors: int = 976,
    contacts: int = 40_000,
    *,
    year: int,
    now: datetime,
    config: SandboxForms | None = None,
    at_least: int = 0,
) -> World:
    """Generate a world. Equal arguments give equal worlds, independent of the clock.

    ``mentors`` valid sign-ups (plus deleted, superseded and unusable ones) of campaign ``year``; ``contacts`` in all,
    archived ones and companies included, never fewer than the mentors' own; all times relative to ``now`` (aware).
    ``at_least`` is the minimum of mentors (or pairs) per scenario, for small worlds with all scenarios.
    """
    if now.tzinfo is None:
        raise ValueError("population: `now` has to carry a time zone")
    now = now.astimezone(UTC).replace(microsecond=0)
    config = config or SandboxForms()
    rng = random.Random(f"{seed}/{year}")  # noqa: S311  # repeatable, protects nothing
    people, last_year = PeopleFactory(rng), LastYear(rng)
    maker = ContactMaker(rng, now, year, config)

    persons = draw_mentors(rng, people, allot(mentors, at_least))
    entries = sign_ups(rng, people, persons, now)
    next_number = number(rng, entries, _first_number(mentors))
    _write_contacts(maker, people, last_year, persons, contacts)
    assign_habits(Writer(maker, people), persons)
    filler = FormFiller(rng, config, now)
    signup_form, submission_ids = filler.signup_form(entries)
    edit_in_repeated_hour(signup_form, now)
    previous_forms = filler.previous_forms(last_year.signups)
    campaigns, last_campaign, this_campaign = make_campaigns(rng, config, year, now)
    member_list = MemberList(rng, config, now)
    reachable = [person for person in persons if person.personal_email]
    fundraisers = [person for person in reachable if rng.random() < BY_NAME[person.scenario].member]
    members = {
        this_campaign: member_list.this_year(fundraisers, people),
        last_campaign: member_list.last_year(last_year.signups),
    }
    setup_form, setup_ids = filler.setup_form(
        [person for person in reachable if person.person_id in member_list.of_person or rng.random() < 0.4]
    )
    training_form, training_ids = filler.training_form([person for person in reachable if rng.random() < 0.6])
    partner_form = filler.partner_form([person for person in reachable if person.phone and rng.random() < 0.5])
    forms = {form.id: form for form in (signup_form, setup_form, training_form, partner_form, *previous_forms)}
    truth = make_truth(
        persons, entries, maker, member_list.of_person, SubmissionIds(submission_ids, setup_ids, training_ids)
    )
    valid = {entry.person.person_id: submission_ids[id(entry)] for entry in entries if entry.kind == "valid"}
    later = draw_later_edits(
        rng,
        config,
        people,
        persons,
        submission_ids=valid,
        keepers=maker.keep,
        free_ids=(f"MN{free:04d}" for free in count(next_number)),
    )
    return World(
        seed=seed,
        year=year,
        now=now,
        config=config,
        forms=forms,
        contacts=[item.contact for item in maker.made],
        custom_fields=make_custom_fields(config),
        campaigns=campaigns,
        members=members,
        truth=truth,
        later=later,
    )


def _write_contacts(
    maker: ContactMaker, people: PeopleFactory, last_year: LastYear, persons: Sequence[Person], total: int
) -> None:
    """Generate all contacts, ``total`` in number, with ids in order of creation."""
    stage = Stage(maker, people, last_year)
    for person in persons:
        scenario = BY_NAME[person.scenario]
        scenario.build(stage, person)
        if person.person_id in maker.keep and not scenario.must_block:
            add_related_contacts(stage, person)
    crowd = Crowd(maker, people, last_year)
    for _ in range(min(_former(len(persons)), total - len(maker.made))):
        crowd.former_mentor()
    crowd.fill(total - len(maker.made))
    maker.made.sort(key=lambda item: item.contact.created_at)
    contact_id = _FIRST_CONTACT_ID
    for item in maker.made:
        contact_id += maker.rng.randrange(1, 30)
        item.contact.id = contact_id


def _former(mentors: int) -> int:
    """Return how many of last year's mentors are not mentors this year."""
    return round(0.7 * mentors)


def _first_number(mentors: int) -> int:
    """Return this year's first id: a full thousand and one, above all possible ids of last year."""
    last_of_last_year = _former(mentors) + mentors // 5
    return 1000 * ((last_of_last_year + 999) // 1000) + 1
