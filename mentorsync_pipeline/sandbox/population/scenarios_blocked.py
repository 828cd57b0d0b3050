"""Scenarios that only a person can decide.

The keeper is the contact that an informed person would choose.
"""

from mentorsync_pipeline.sandbox.population.persons import Person
from mentorsync_pipeline.sandbox.population.scenarios import Stage


def toss_up(stage: Stage, person: Person) -> None:
    """Two contacts of the same person, equally good and equally fresh."""
    stage.maker.keeper(person, days=(1, 12))
    stage.maker.own(person, "equal_rival", emails=(person.uga_email,), days=(1, 12))


def parent_alone(stage: Stage, person: Person) -> None:
    """The only match is a parent's contact with the family's phone: a person must decide that it is the parent's."""
    stage.add_other_person("parent", person.last, phones=(person.phone,), gifts=75.0)


def id_on_mother(stage: Stage, person: Person) -> None:
    """An earlier import put the mentor's id on the mother's contact."""
    stage.maker.keeper(person)
    phone = person.phone if stage.rng.random() < 0.5 else stage.people.phone()
    stage.add_other_person("mother", person.last, external_id=person.mn_id, gifts=40.0, phones=(phone,))


def id_of_last_year(stage: Stage, person: Person) -> None:
    """Ids restarted: a mentor of last year, who is none this year, still holds the id."""
    stage.maker.keeper(person)
    former = stage.people.student()
    stage.last_year.sign_up(former, phone=former.phone, mn_id=person.mn_id)
    stage.maker.add(
        former,
        "former_mentor",
        first=former.first.formal,
        last=former.last,
        emails=(former.personal_email,),
        phones=(former.phone,),
        tags=(stage.maker.last_year_tag,),
        external_id=person.mn_id,
        days=(150, 420),
        mentor=False,
    )


def id_crossed(stage: Stage, person: Person) -> None:
    """Ids restarted, and the person who had this mentor's id last year is a mentor again under another id."""
    partner = person.partner
    if partner is None:
        raise ValueError("population: id_crossed needs a pair")
    if person.person_id < partner.person_id:
        stage.maker.keeper(person)
        return
    stage.last_year.sign_up(person, phone=person.phone, mn_id=partner.mn_id)
    stage.maker.keeper(person, external_id=partner.mn_id, tags=(stage.maker.last_year_tag,), days=(150, 420))


def one_contact_for_two(stage: Stage, person: Person) -> None:
    """A nameless family contact with the phone of one twin and the email of the other; it belongs to a parent."""
    partner = person.partner
    if partner is None:
        raise ValueError("population: one_contact_for_two needs a pair")
    if person.person_id < partner.person_id:
        parent = stage.people.elder(person.last)
        phones, emails = (person.phone,), (partner.personal_email,)
        stage.maker.add(parent, "family", phones=phones, emails=emails, days=(10, 200), mentor=False)


def same_id_twice(stage: Stage, person: Person) -> None:
    """The form's counter was set back: two mentors have the same id."""
    stage.maker.keeper(person)
