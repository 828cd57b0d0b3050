"""The generator of invented worlds: ``generate`` and the dataclasses it returns.

Belongs here: the order in which a world is put together. Does not belong here: the single parts (modules beside this
one), or anything that a server does with them.
"""

import random
from datetime import UTC, datetime

from mentorsync_pipeline.sandbox.population.bystanders import Crowd
from mentorsync_pipeline.sandbox.population.contacts import ContactMaker
from mentorsync_pipeline.sandbox.population.custom_fields import make_custom_fields
from mentorsync_pipeline.sandbox.population.forms import FormFiller
from mentorsync_pipeline.sandbox.population.fundraising import MemberList, make_campaigns
from mentorsync_pipeline.sandbox.population.history import LastYear
from mentorsync_pipeline.sandbox.population.mentors import draw_mentors, number, sign_ups
from mentorsync_pipeline.sandbox.population.people import PeopleFactory
from mentorsync_pipeline.sandbox.population.scenario_table import BY_NAME, allot
from mentorsync_pipeline.sandbox.population.scenarios import Stage, company_they_keep
from mentorsync_pipeline.sandbox.population.truth import SubmissionIds, make_truth
from mentorsync_pipeline.sandbox.population.world import ContactTruth, MentorTruth, SandboxForms, Truth, World

__all__ = ["ContactTruth", "MentorTruth", "SandboxForms", "Truth", "World", "generate"]

_FIRST_CONTACT_ID = 17_000_001
_FORMER_MENTORS = 0.7  # of last year's form, per mentor of this year


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
    """Make a world: the same arguments give the same world, whatever the clock says.

    ``mentors`` valid sign-ups (plus deleted, superseded and unusable ones) of campaign ``year``; ``contacts`` in all,
    archived ones and companies included, never fewer than the mentors' own; all times relative to ``now`` (aware).
    ``at_least`` asks for that many mentors (or pairs) of every scenario, for small worlds that must show everything.
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
    former = round(_FORMER_MENTORS * mentors)
    number(rng, entries, first_number=1000 * ((former + mentors // 5 + 999) // 1000) + 1)

    stage = Stage(maker, people, last_year)
    for person in persons:
        scenario = BY_NAME[person.scenario]
        scenario.build(stage, person)
        if person.person_id in maker.keep and not scenario.must_block:
            company_they_keep(stage, person)
    crowd = Crowd(maker, people, last_year)
    for _ in range(max(min(former, contacts - len(maker.made)), 0)):
        crowd.former_mentor()
    crowd.fill(contacts - len(maker.made))
    owned = sorted(maker.made, key=lambda item: item.contact.created_at)
    contact_id = _FIRST_CONTACT_ID
    for item in owned:
        contact_id += rng.randrange(1, 30)
        item.contact.id = contact_id

    filler = FormFiller(rng, config, now)
    signup_form, submission_ids = filler.signup_form(entries)
    previous_forms = filler.previous_forms(last_year.signups)
    campaigns, campaign_id = make_campaigns(rng, config, year, now)
    member_list = MemberList(rng, config, now)
    reachable = [person for person in persons if person.personal_email]
    fundraisers = [person for person in reachable if rng.random() < BY_NAME[person.scenario].member]
    members = {campaign_id: member_list.this_year(fundraisers, people)}
    members[campaigns[[c.id for c in campaigns].index(campaign_id) - 1].id] = member_list.last_year(last_year.signups)
    setup_form, setup_ids = filler.setup_form(
        [person for person in reachable if person.person_id in member_list.of_person or rng.random() < 0.4]
    )
    training_form, training_ids = filler.training_form([person for person in reachable if rng.random() < 0.6])
    forms = {form.id: form for form in (signup_form, setup_form, training_form, *previous_forms)}
    truth = make_truth(
        persons, entries, maker, member_list.of_person, SubmissionIds(submission_ids, setup_ids, training_ids)
    )
    return World(
        seed=seed,
        year=year,
        now=now,
        config=config,
        forms=forms,
        contacts=[item.contact for item in owned],
        custom_fields=make_custom_fields(config),
        campaigns=campaigns,
        members=members,
        truth=truth,
    )
