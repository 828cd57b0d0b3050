"""The mentors: who signs up, when, and under which id."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from mentorsync_pipeline.sandbox.population.names import NICKNAMED, other_student_name, unrelated_last_name
from mentorsync_pipeline.sandbox.population.persons import PeopleFactory, Person
from mentorsync_pipeline.sandbox.population.scenario_table import Scenario

Kind = Literal["valid", "earlier", "deleted", "invalid"]
_BAD_PHONES = ("555-0142", "+44 20 7946 0123", "n/a", "12345", "+49 30 901820123", "706555")
_PLACEHOLDER_EMAIL = "none@none.com"


@dataclass(eq=False, slots=True)
class SignUp:
    """One sign-up of a person: ``earlier`` was superseded, ``deleted`` was withdrawn, ``invalid`` has no usable id.

    ``other_phone`` was typed instead of the person's own.
    """

    person: Person
    at: datetime
    kind: Kind
    mn_id: str = ""
    other_phone: str | None = None


def draw_mentors(rng: random.Random, people: PeopleFactory, scenarios: Sequence[Scenario]) -> list[Person]:
    """One person per scenario; the two of a pair know each other as ``partner``."""
    mentors: list[Person] = []
    first_of_pair: Person | None = None
    for scenario in scenarios:
        first = rng.choice(NICKNAMED) if scenario.nickname else None
        person = people.student(first)
        person.scenario = scenario.name
        if scenario.name == "no_keys":
            person.phone = person.personal_email = person.uga_email = None
        if scenario.name == "unusable_phone":
            person.phone, person.phone_text = None, rng.choice(_BAD_PHONES)
        if scenario.name == "placeholder_email":
            person.personal_email, person.email_text = None, _PLACEHOLDER_EMAIL
        if scenario.pair:
            if first_of_pair is None:
                first_of_pair = person
            else:
                _pair_up(rng, people, scenario, first_of_pair, person)
                first_of_pair = None
        mentors.append(person)
    return mentors


def _pair_up(rng: random.Random, people: PeopleFactory, scenario: Scenario, first: Person, second: Person) -> None:
    first.partner, second.partner = second, first
    second.first = other_student_name(rng, first.first)
    second.last = first.last if scenario.same_last else unrelated_last_name(rng, first.last)
    second.personal_email = people.email(second.first.formal, second.last)
    if scenario.same_phone:
        second.phone = first.phone
        first.shares_phone = second.shares_phone = True


def sign_ups(rng: random.Random, people: PeopleFactory, mentors: Sequence[Person], now: datetime) -> list[SignUp]:
    """All sign-ups in order of time: one per mentor, earlier ones, and some that were deleted or have no usable id."""

    def ago(low: int, high: int) -> datetime:
        return (now - timedelta(seconds=rng.randrange(low * 86_400, high * 86_400))).replace(microsecond=0)

    entries: list[SignUp] = []
    for person in mentors:
        entries.append(SignUp(person, ago(2, 100), "valid"))
        if person.scenario == "two_signups":
            other_phone = people.phone() if rng.random() < 0.4 else None
            entries.append(SignUp(person, ago(101, 120), "earlier", other_phone=other_phone))
        elif rng.random() < 0.004:
            entries.append(SignUp(person, ago(101, 120), "deleted"))
    for kind, share in (("deleted", 0.008), ("invalid", 0.004)):
        for _ in range(max(1, round(share * len(mentors)))):
            person = people.student()
            entries.append(SignUp(person, ago(2, 120), "deleted" if kind == "deleted" else "invalid"))
    return sorted(entries, key=lambda entry: entry.at)


def number(rng: random.Random, entries: Sequence[SignUp], first_number: int) -> int:
    """Give out ids in order of time from ``first_number`` on, and write them onto the persons; returns the next."""
    counter = first_number
    for entry in entries:
        entry.mn_id = f"MN{counter:04d}"
        counter += 1
        if entry.kind == "valid":
            partner = entry.person.partner
            if entry.person.scenario == "same_id_twice" and partner is not None and partner.mn_id:
                entry.mn_id = partner.mn_id
            entry.person.mn_id = entry.mn_id
            entry.person.signup_at = entry.at
        elif entry.kind == "earlier":
            entry.person.superseded_mn_ids.append(entry.mn_id)
            entry.person.earlier_signup_at = entry.at
        elif entry.kind == "invalid":
            entry.mn_id = rng.choice(("", "MN12", f"{counter}", "N/A", "test"))
    return counter
