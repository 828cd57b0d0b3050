"""Scenarios of the mentors: the contacts of each kind of mentor in Givebutter.

Every builder creates the right contact with ``keeper`` (if none, a new contact must be created) with clear evidence in
the data, and further contacts of the person or of other people.
"""

from collections.abc import Callable
from typing import Unpack

from mentorsync_pipeline.sandbox.gb_model import Contact
from mentorsync_pipeline.sandbox.population.contacts import ContactMaker, Sketch
from mentorsync_pipeline.sandbox.population.history import LastYear
from mentorsync_pipeline.sandbox.population.names import (
    OTHER_SCRIPTS,
    SAME_SOUND,
    FirstName,
    junk_name,
    typo,
    unrelated_last_name,
)
from mentorsync_pipeline.sandbox.population.persons import PeopleFactory, Person


class Stage:
    """Inputs of a builder: the contact maker, other persons, and last year's form."""

    def __init__(self, maker: ContactMaker, people: PeopleFactory, last_year: LastYear) -> None:
        self.maker = maker
        self.people = people
        self.last_year = last_year
        self.rng = maker.rng

    def add_other_person(self, part: str, family: str, **sketch: Unpack[Sketch]) -> None:
        """Add a contact of an elder (a parent, a stranger) with keys of their own unless the sketch says otherwise."""
        person = self.people.elder(family)
        defaults: Sketch = {
            "first": person.first.formal,
            "last": family,
            "emails": (person.personal_email,),
            "phones": (person.phone,),
            "days": (5, 600),
        }
        merged: Sketch = {**defaults, **sketch}
        self.maker.add(person, part, mentor=False, **merged)


Builder = Callable[[Stage, Person], None]


def add_related_contacts(stage: Stage, person: Person) -> None:
    """Add further contacts to a scenario with a keeper: a stub, a parent, a stranger with the number."""
    rng = stage.rng
    if rng.random() < 0.08:
        stage.maker.stub(person)
    if person.phone is None or person.shares_phone:
        return
    if rng.random() < 0.05:
        stage.add_other_person("parent", person.last, phones=(person.phone,), gifts=rng.choice((0.0, 30.0)))
    if rng.random() < 0.03:
        last = unrelated_last_name(rng, person.last)
        stage.add_other_person("stranger", last, phones=(person.phone,), days=(200, 900))


def single(stage: Stage, person: Person) -> None:
    """One contact under the sign-up's phone and one of its emails."""
    rng = stage.rng
    uga_only = rng.random() < 0.15
    stage.maker.keeper(
        person,
        days=(1, 300),
        first=person.call_name if rng.random() < 0.3 else person.first.formal,
        emails=(person.uga_email,) if uga_only else (person.personal_email,),
        address=uga_only or rng.random() < 0.3,
        tags=rng.choice(((), (stage.maker.campaign_tag,), ("Newsletter",))),
    )


def junk_named(stage: Stage, person: Person) -> None:
    """One contact whose name an import or a form has spoilt beyond recognition."""
    first, last = junk_name(stage.rng, person.personal_email or "")
    stage.maker.keeper(person, first=first, last=last)


def misspelt(stage: Stage, person: Person) -> None:
    """One contact with one typing error in the name."""
    spoil_first = len(person.first.formal) >= 6
    stage.maker.keeper(
        person,
        first=typo(stage.rng, person.first.formal) if spoil_first else person.first.formal,
        last=person.last if spoil_first or len(person.last) < 6 else typo(stage.rng, person.last),
    )


def swapped(stage: Stage, person: Person) -> None:
    """One contact with first and last name in each other's place."""
    stage.maker.keeper(person, first=person.last, last=person.first.formal)


def second_key(stage: Stage, person: Person) -> None:
    """Known under another address and number; the sign-up's are the additional ones."""
    other_email = stage.people.email(person.first.formal, person.last)
    stage.maker.keeper(
        person,
        emails=(other_email, person.personal_email, person.uga_email),
        phones=(stage.people.phone(), person.phone),
    )


def changed_phone(stage: Stage, person: Person) -> None:
    """Has a new number; the email identifies the mentor."""
    stage.maker.keeper(person, phones=(stage.people.phone(),), days=(2, 400))


def married_name(stage: Stage, person: Person) -> None:
    """The contact has a hyphenated last name."""
    stage.maker.keeper(person, last=f"{person.last}-{unrelated_last_name(stage.rng, person.last)}")


def middle_name(stage: Stage, person: Person) -> None:
    """Uses another first name; only the UGA email, which belongs to one student, identifies the mentor."""
    other_name = stage.people.elder().first.formal
    stage.maker.keeper(person, first=other_name, emails=(person.uga_email,), phones=(), address=True)


def linked(stage: Stage, person: Person) -> None:
    """The External ID is already right; a third of the tags lack the year."""
    maker = stage.maker
    tag = maker.plain_mentor_tag if stage.rng.random() < 0.3 else maker.mentor_tag
    maker.keeper(person, external_id=person.mn_id, tags=(tag,), days=(1, 200))


def linked_with_duplicate(stage: Stage, person: Person) -> None:
    """The External ID is already right, and there is a second contact."""
    linked(stage, person)
    stage.maker.own(person, "duplicate", emails=(person.uga_email,), address=True, days=(1, 500))


def member_nickname(stage: Stage, person: Person) -> None:
    """Givebutter made a contact from the fundraising page, under the nickname; an older one bears the full name."""
    maker = stage.maker
    maker.keeper(person, "campaign_member", first=person.call_name, tags=(maker.campaign_tag,), days=(1, 40))
    maker.own(person, "additional", emails=(person.uga_email,), phones=(), address=True, days=(130, 700))
    if stage.rng.random() < 0.15:
        maker.stub(person)


def with_stub(stage: Stage, person: Person) -> None:
    """A contact and a mass-mail stub."""
    single(stage, person)
    keeper = stage.maker.keep[person.person_id]
    keeper.emails = [person.personal_email or ""]
    stage.maker.stub(person)


def stub_alone(stage: Stage, person: Person) -> None:
    """Only a mass-mail stub, which must not be kept: a new contact is right."""
    stage.maker.stub(person)


def prior_year(stage: Stage, person: Person) -> None:
    """Was a mentor last year: last year's id and tag are still on the contact."""
    old_id = stage.last_year.sign_up(person, phone=None if stage.rng.random() < 0.2 else person.phone)
    stage.maker.keeper(person, external_id=old_id, tags=(stage.maker.last_year_tag,), days=(150, 420))


def prior_year_and_page(stage: Stage, person: Person) -> None:
    """Last year's contact and one that Givebutter made from this year's page."""
    maker = stage.maker
    old_id = stage.last_year.sign_up(person, phone=person.phone)
    maker.own(person, "prior_year", external_id=old_id, tags=(maker.last_year_tag,), days=(200, 420))
    maker.keeper(person, "campaign_member", first=person.call_name, tags=(maker.campaign_tag,), days=(1, 40))


def family_phone(stage: Stage, person: Person) -> None:
    """A parent of the same last name gave money under the family's phone number."""
    single(stage, person)
    stage.add_other_person("parent", person.last, phones=(person.phone,), gifts=100.0)


def family_other_name(stage: Stage, person: Person) -> None:
    """A parent of another last name gave money under the family's phone number."""
    single(stage, person)
    last = unrelated_last_name(stage.rng, person.last)
    stage.add_other_person("parent", last, phones=(person.phone,), gifts=50.0)


def reissued_number(stage: Stage, person: Person) -> None:
    """A stranger had the number before."""
    single(stage, person)
    last = unrelated_last_name(stage.rng, person.last)
    stage.add_other_person("stranger", last, phones=(person.phone,), days=(300, 900))


def reissued_number_alone(stage: Stage, person: Person) -> None:
    """A stranger had the number before, and the mentor has no contact."""
    last = unrelated_last_name(stage.rng, person.last)
    stage.add_other_person("stranger", last, phones=(person.phone,), days=(300, 900))


def donor_duplicate(stage: Stage, person: Person) -> None:
    """A second contact of the mentor has donations."""
    maker = stage.maker
    maker.keeper(person, tags=(maker.campaign_tag,), days=(1, 60))
    maker.own(person, "donor_duplicate", emails=(person.uga_email, person.personal_email), days=(20, 500), gifts=25.0)


def stale_rival(stage: Stage, person: Person) -> None:
    """A second contact has nearly the same score but was not changed for half a year."""
    stage.maker.keeper(person, days=(2, 40))
    stage.maker.own(person, "stale_rival", emails=(person.uga_email,), address=True, days=(180, 500))


def dropped(stage: Stage, person: Person) -> None:
    """No longer takes part; often the External ID is there as well."""
    maker = stage.maker
    linked_before = stage.rng.random() < 0.5
    tag = maker.plain_dropped_tag if stage.rng.random() < 0.3 else maker.dropped_tag
    maker.keeper(person, tags=(maker.mentor_tag, tag), external_id=person.mn_id if linked_before else None)
    if stage.rng.random() < 0.5:
        maker.own(person, "duplicate", emails=(person.uga_email,), address=True, days=(30, 500))


def two_signups(stage: Stage, person: Person) -> None:
    """Signed up twice; half of the contacts bear the older id."""
    holds_old_id = stage.rng.random() < 0.5
    stage.maker.keeper(
        person,
        external_id=person.superseded_mn_ids[0] if holds_old_id else None,
        tags=(stage.maker.mentor_tag,) if holds_old_id else (),
    )


def siblings(stage: Stage, person: Person) -> None:
    """Two mentors with one phone, each with a contact (roommates as well)."""
    stage.maker.keeper(person, days=(1, 200), address=True)


def no_contact(stage: Stage, person: Person) -> None:
    """Nothing in Givebutter yet."""


def archived_before(stage: Stage, person: Person) -> None:
    """The only contact is archived: a new one is right."""
    contact = stage.maker.own(person, "archived", days=(30, 400))
    contact.archived_at = contact.updated_at


def relative_email(stage: Stage, person: Person) -> None:
    """A parent once gave money under the mentor's own email."""
    single(stage, person)
    stage.maker.keep[person.person_id].emails = [person.personal_email or ""]
    stage.add_other_person("parent", person.last, emails=(person.personal_email,), gifts=20.0)


def namesake_phone(stage: Stage, person: Person) -> None:
    """The former owner of the number has the same first name."""
    single(stage, person)
    last = unrelated_last_name(stage.rng, person.last)
    stage.add_other_person("stranger", last, first=person.first.formal, phones=(person.phone,), days=(300, 900))


def unusable_phone(stage: Stage, person: Person) -> None:
    """Typed an invalid or a foreign phone number."""
    stage.maker.keeper(person, phones=(), address=True)


def returning_under_nickname(stage: Stage, person: Person) -> None:
    """Last year's sign-up was under the nickname and from the UGA address alone."""
    nick = Person(person.person_id, FirstName(person.call_name), person.last, None, None, person.uga_email)
    old_id = stage.last_year.sign_up(nick, phone=None)
    stage.maker.keeper(
        person,
        first=person.call_name,
        external_id=old_id,
        tags=(stage.maker.last_year_tag,),
        emails=(person.uga_email,),
        days=(150, 420),
    )


def placeholder_email(stage: Stage, person: Person) -> None:
    """Typed a placeholder address, as others did; the contact may have it as well."""
    shown = (person.uga_email, person.email_text if stage.rng.random() < 0.5 else None)
    stage.maker.keeper(person, days=(1, 200), emails=shown)


def other_script(stage: Stage, person: Person) -> None:
    """Typed the name in another script than the contact's."""
    first, last, person.typed_first, person.typed_last = stage.rng.choice(OTHER_SCRIPTS)
    person.first, person.last = FirstName(first), last
    stage.maker.keeper(person, days=(1, 200))


def sounds_alike(stage: Stage, person: Person) -> None:
    """The contact has another spelling of the first name, which sounds the same."""
    first, shown = stage.rng.choice(SAME_SOUND)
    person.first = FirstName(first)
    stage.maker.keeper(person, first=shown, days=(1, 200))


def merge_rest(stage: Stage, person: Person) -> None:
    """A merge in Givebutter left a contact with a name such as `F.123.4` beside the right one."""
    linked(stage, person)
    _merge_rest(stage, person, "duplicate", days=(2, 300))


def merge_rest_linked(stage: Stage, person: Person) -> None:
    """The only contact has a name such as `F.123.4` from a merge, and the External ID."""
    contact = _merge_rest(stage, person, "keeper", external_id=person.mn_id, days=(2, 300))
    stage.maker.keep[person.person_id] = contact


def id_held_twice(stage: Stage, person: Person) -> None:
    """Two contacts hold the External ID: the right one, and a merge's rest under a name such as `F.123.4`."""
    linked(stage, person)
    _merge_rest(stage, person, "duplicate", external_id=person.mn_id, days=(130, 500))


def _merge_rest(stage: Stage, person: Person, part: str, **sketch: Unpack[Sketch]) -> Contact:
    number = f"{stage.rng.randrange(100, 999)}.{stage.rng.randrange(1, 9)}"
    names: Sketch = {"first": f"F.{number}", "last": f"L.{number}"}
    merged: Sketch = {**sketch, **names}
    return stage.maker.own(person, part, **merged)
