"""Scenarios of relatives: siblings with names alike, fathers with their sons' names, parents' keys, couples.

As in `scenarios`, `keeper` makes the right contact; a mentor without one needs a new contact. Scenarios that a
person must decide are at the end.
"""

from typing import Unpack

from mentorsync_pipeline.sandbox.population.contacts import Sketch
from mentorsync_pipeline.sandbox.population.names import FirstName
from mentorsync_pipeline.sandbox.population.persons import Person
from mentorsync_pipeline.sandbox.population.scenarios import Stage

# Brothers and sisters whose names begin alike or are one letter apart.
ALIKE = (
    ("Daniel", "Danielle"),
    ("Marie", "Maria"),
    ("Chris", "Christina"),
    ("Eric", "Erica"),
    ("Gabriel", "Gabrielle"),
    ("Julian", "Juliana"),
    ("Paul", "Paula"),
    ("Joseph", "Josephine"),
)


def alike_siblings(stage: Stage, person: Person) -> None:
    """Two mentors of one home whose first names are alike; each has a contact with the home's phone."""
    _name_alike(stage, person)
    stage.maker.keeper(person, days=(1, 200), emails=(person.personal_email, person.uga_email))


def family_email(stage: Stage, person: Person) -> None:
    """As `alike_siblings`, but both also typed the family's email; the UGA emails are their own."""
    partner = _name_alike(stage, person)
    person.personal_email = partner.personal_email
    stage.maker.keeper(person, days=(1, 200), emails=(person.personal_email, person.uga_email))


def sibling_contact(stage: Stage, person: Person) -> None:
    """A brother or sister with a name alike, who is no mentor, has a contact with the home's phone."""
    own_name, sibling_name = stage.rng.choice(ALIKE)
    person.first = FirstName(own_name)
    stage.maker.keeper(person, days=(1, 200), emails=(person.personal_email, person.uga_email))
    _relative(stage, person, "sibling", first=sibling_name)


def father_and_son(stage: Stage, person: Person) -> None:
    """Father and son have one name and one phone; suffixes tell them apart."""
    last = person.last
    person.typed_last = f"{last} {stage.rng.choice(('Jr.', 'Jr', 'II', 'III'))}"
    stage.maker.keeper(person, days=(1, 200), last=person.typed_last, emails=(person.personal_email, person.uga_email))
    _relative(
        stage, person, "father", first=person.first.formal, last=f"{last} Sr.", gifts=stage.rng.choice((0.0, 60.0))
    )


def parent_keys(stage: Stage, person: Person) -> None:
    """Typed a parent's phone and email, and has a contact with the UGA email and a phone of their own."""
    own_phone = stage.people.phone()
    stage.maker.keeper(person, days=(1, 200), emails=(person.uga_email,), phones=(own_phone,), address=True)
    _relative(stage, person, "parent", emails=(person.personal_email,), gifts=150.0)


def couple(stage: Stage, person: Person) -> None:
    """The parents have one contact under both first names, with the home's phone."""
    stage.maker.keeper(person, days=(1, 200), emails=(person.personal_email, person.uga_email))
    _relative(stage, person, "couple", first=_both_parents(stage), gifts=stage.rng.choice((0.0, 200.0)))


def sibling_alone(stage: Stage, person: Person) -> None:
    """Only a sister's or brother's contact has the home's phone: a person must decide to whom it belongs."""
    own_name, sibling_name = stage.rng.choice(ALIKE)
    person.first = FirstName(own_name)
    _relative(stage, person, "sibling", first=sibling_name)


def parent_keys_alone(stage: Stage, person: Person) -> None:
    """Typed a parent's phone and email, and has no contact: the parent's must not be renamed without a question."""
    _relative(stage, person, "parent", emails=(person.personal_email,), gifts=150.0)


def couple_alone(stage: Stage, person: Person) -> None:
    """Only the parents' common contact has the home's phone."""
    _relative(stage, person, "couple", first=_both_parents(stage), gifts=80.0)


def _relative(stage: Stage, person: Person, part: str, **sketch: Unpack[Sketch]) -> None:
    """Add a relative's contact with the phone that the mentor typed."""
    defaults: Sketch = {"phones": (person.phone,), "days": (5, 400)}
    merged: Sketch = {**defaults, **sketch}
    stage.add_other_person(part, person.last, **merged)


def _both_parents(stage: Stage) -> str:
    father, mother = (stage.people.elder().first.formal for _ in range(2))
    return stage.rng.choice((f"{father} & {mother}", f"{father} and {mother}", f"{father} + {mother}"))


def _name_alike(stage: Stage, person: Person) -> Person:
    """Give the two of a pair first names that are alike; returns the other of the two."""
    partner = person.partner
    if partner is None:
        raise ValueError("population: siblings need a pair")
    if person.person_id < partner.person_id:
        person.first, partner.first = map(FirstName, stage.rng.choice(ALIKE))
    return partner
