"""Draw the edits of people in both services from the first file to the second sync: corrections, mistakes, opt-outs.

Links, edits and opt-outs must survive all of them.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence

from mentorsync_pipeline.sandbox.gb_model import Contact
from mentorsync_pipeline.sandbox.jf_model import Answer
from mentorsync_pipeline.sandbox.population.persons import PeopleFactory, Person
from mentorsync_pipeline.sandbox.population.world import ContactEdit, FormEdit, LaterEdits, SandboxForms

# Mentors whose corrected keys are nobody else's.
_PLAIN = frozenset({"single", "linked", "prior_year", "mass_mail_stub", "no_contact"})


def draw_later_edits(
    rng: random.Random,
    config: SandboxForms,
    people: PeopleFactory,
    mentors: Sequence[Person],
    *,
    submission_ids: Mapping[str, str],
    keepers: Mapping[str, Contact],
    free_ids: Iterable[str],
) -> LaterEdits:
    """Choose who corrects what.

    Args:
        rng: random generator.
        config: the names of the questions.
        people: supplies new keys.
        mentors: this year's mentors.
        submission_ids: the sign-up of each mentor, by person id.
        keepers: the contact of each mentor that has to survive, by person id.
        free_ids: unused MN ids.

    """
    plain = [
        person
        for person in mentors
        if person.scenario in _PLAIN and not person.habit and person.phone and person.personal_email
    ]
    rng.shuffle(plain)
    remaining = iter(plain)
    spare_ids = iter(free_ids)
    names = config.signup_questions

    def keys(person: Person) -> dict[str, Answer]:
        email = people.email(person.first.formal, person.last)
        return {names["phone"]: {"full": people.phone()}, names["personal_email"]: email}

    def one_key(_: Person) -> dict[str, Answer]:
        return {names["phone"]: {"full": people.phone()}}

    def another_id(_: Person) -> dict[str, Answer]:
        return {names["mn_id"]: next(spare_ids)}

    def boxes(person: Person) -> dict[str, Answer]:
        return {names["name"]: {"first": person.first.formal, "last": person.last}}

    def correct(kind: str, chosen: Iterable[Person], answers_of: Callable[[Person], dict[str, Answer]]) -> None:
        for person in chosen:
            answers = answers_of(person)
            new_id = answers.get(names["mn_id"])
            (early if kind == "early_phone" else corrected).append(
                FormEdit(
                    submission_ids[person.person_id],
                    person.person_id,
                    kind,
                    answers,
                    new_id if isinstance(new_id, str) else None,
                )
            )

    early: list[FormEdit] = []
    corrected: list[FormEdit] = []
    for kind, share, answers_of in (("phone_and_email", 6, keys), ("phone", 6, one_key), ("mn_id", 4, another_id)):
        correct(kind, _take(remaining, share, len(mentors)), answers_of)
    deleted = [submission_ids[person.person_id] for person in _take(remaining, 4, len(mentors))]
    subscribed = (person for person in remaining if person.person_id in keepers)
    unsubscribed = [keepers[person.person_id].id for person in _take(subscribed, 5, len(mentors))]
    correct("early_phone", _take(remaining, 4, len(mentors)), one_key)
    correct("name", (person for person in mentors if person.habit == "boxes_swapped_without_contact"), boxes)
    known = (person for person in remaining if person.person_id in keepers)
    edited = [
        ContactEdit(keepers[person.person_id].id, phone=people.phone()) for person in _take(known, 4, len(mentors))
    ]
    edited += [
        ContactEdit(keepers[person.person_id].id, label=config.attended_training_label, value="Yes")
        for person in _take(known, 4, len(mentors))
    ]
    return LaterEdits(tuple(early), tuple(corrected), tuple(edited), tuple(deleted), tuple(unsubscribed))


def _take(people: Iterable[Person], share: int, mentors: int) -> list[Person]:
    """Return the next people: ``share`` per thousand mentors, at least one."""
    count = max(1, round(share * mentors / 1000))
    return [person for _, person in zip(range(count), people, strict=False)]
