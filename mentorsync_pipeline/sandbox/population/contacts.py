"""Generate contacts, and record their owners."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from mentorsync_pipeline.sandbox.gb_model import Address, Contact
from mentorsync_pipeline.sandbox.population.names import ascii_spelling
from mentorsync_pipeline.sandbox.population.persons import Person
from mentorsync_pipeline.sandbox.population.world import GENDERS, PLAIN_ANSWERS, SandboxForms

_STREETS = ("Milledge", "Prince", "Lumpkin", "Baxter", "Peachtree", "Oconee", "Magnolia", "Dogwood", "Hawthorne")
_CITIES = (
    ("Athens", "GA", "30605"),
    ("Marietta", "GA", "30062"),
    ("Savannah", "GA", "31401"),
    ("Greenville", "SC", "29601"),
    ("Macon", "GA", "31201"),
    ("Roswell", "GA", "30075"),
)
_NOTES = (
    "Met at the tabling event.\nWants to help again next year.",
    "Prefers email.",
    'Said "call after 5pm", then\r\nnever answered.',
    "Imported from the old list; check the spelling, please.",
)


class Sketch(TypedDict, total=False):
    """Special properties of a contact. ``days``: range of days since its last change; primary values first."""

    days: tuple[float, float]
    first: str | None
    last: str | None
    emails: tuple[str | None, ...]
    phones: tuple[str | None, ...]
    tags: tuple[str, ...]
    external_id: str | None
    address: bool
    gifts: float


@dataclass(slots=True)
class Owned:
    """A contact with its owner and its role in the scenario."""

    contact: Contact
    person_id: str
    part: str
    is_mentor: bool


@dataclass
class ContactMaker:
    """Makes contacts relative to ``now``; everything made is listed in ``made``, the mentors' keepers in ``keep``."""

    rng: random.Random
    now: datetime
    year: int
    config: SandboxForms
    made: list[Owned] = field(default_factory=list)
    keep: dict[str, Contact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mentor_tag = self.config.fill(self.config.mentor_tag, self.year)
        self.campaign_tag = self.config.fill(self.config.campaign_tag, self.year)
        self.dropped_tag = self.config.fill(self.config.dropped_tag, self.year)
        self.plain_mentor_tag = self.config.plain_mentor_tag
        self.plain_dropped_tag = self.config.plain_dropped_tag
        self.last_year_tag = self.config.fill(self.config.mentor_tag, self.year - 1)

    def days_ago(self, low: float, high: float) -> datetime:
        """A moment between ``low`` and ``high`` days before now, whole seconds."""
        seconds = self.rng.randrange(int(low * 86_400), int(high * 86_400) + 1)
        return (self.now - timedelta(seconds=seconds)).replace(microsecond=0)

    def add(self, person: Person, part: str, *, mentor: bool, **sketch: Unpack[Sketch]) -> Contact:
        """Add one contact of ``person`` from a sketch; other properties are empty."""
        updated = self.days_ago(*sketch.get("days", (1.0, 120.0)))
        gifts = sketch.get("gifts", 0.0)
        age = self.rng.randrange(0, 500 * 86_400) if self.rng.random() < 0.8 else 0
        contact = Contact(
            created_at=updated - timedelta(seconds=age),
            updated_at=updated,
            first_name=sketch.get("first"),
            last_name=sketch.get("last"),
            emails=[self._typed(email) for email in sketch.get("emails", ()) if email],
            phones=[phone for phone in sketch.get("phones", ()) if phone],
            tags=list(sketch.get("tags", ())),
            external_id=sketch.get("external_id"),
        )
        if sketch.get("address"):
            contact.addresses.append(self.address())
        if gifts:
            contact.total_contributions = gifts
            contact.last_donation_amount = min(gifts, 50.0)
        self.made.append(Owned(contact, person.person_id, part, mentor))
        return contact

    def _typed(self, email: str) -> str:
        return email.title() if self.rng.random() < 0.03 else email

    def own(self, person: Person, part: str = "own", **sketch: Unpack[Sketch]) -> Contact:
        """A contact of a mentor under the sign-up's name, phone and personal email unless given."""
        defaults: Sketch = {
            "first": person.first.formal,
            "last": ascii_spelling(person.last) if self.rng.random() < 0.3 else person.last,
            "emails": (person.personal_email,),
            "phones": (person.phone,),
        }
        merged: Sketch = {**defaults, **sketch}
        return self.add(person, part, mentor=True, **merged)

    def keeper(self, person: Person, part: str = "keeper", **sketch: Unpack[Sketch]) -> Contact:
        """Add the contact of a mentor that must be kept."""
        contact = self.own(person, part, **sketch)
        if self.rng.random() < 0.35:
            self.fill_unused_fields(contact)
        if self.rng.random() < 0.15:
            contact.preferred_name = person.first.nickname or None
        self.keep[person.person_id] = contact
        return contact

    def stub(self, person: Person, part: str = "mass_mail_stub") -> Contact:
        """A mass-mail stub: nothing but the UGA email, perhaps a name."""
        named = self.rng.random() < 0.4
        return self.own(
            person,
            part,
            first=person.first.formal if named else None,
            last=person.last if named else None,
            emails=(person.uga_email,),
            phones=(),
            days=(1, 700),
            tags=("Mass Email",) if self.rng.random() < 0.7 else (),
        )

    def address(self) -> Address:
        """An invented postal address."""
        city, state, zipcode = self.rng.choice(_CITIES)
        street = f"{self.rng.randrange(1, 2400)} {self.rng.choice(_STREETS)} St"
        unit = f"Apt {self.rng.randrange(1, 60)}" if self.rng.random() < 0.2 else None
        return Address(street, city, state, zipcode, address_2=unit)

    def fill_unused_fields(self, contact: Contact) -> None:
        """Fill in fields that no rule uses, as in real accounts: notes, custom fields and such."""
        rng = self.rng
        if rng.random() < 0.5:
            contact.note = rng.choice(_NOTES)
        for answer in PLAIN_ANSWERS:
            if rng.random() < 0.5 and answer.options:
                contact.custom[answer.label] = rng.choice(answer.options)
        if rng.random() < 0.3:
            contact.custom[self.config.attended_training_label] = rng.choice(("Yes", "No"))
        if rng.random() < 0.2:
            day = self.now - timedelta(days=rng.randrange(1, 60))
            contact.custom[self.config.training_date_label] = f"{day.month}/{day.day}/{day.year}"
        if rng.random() < 0.3:
            contact.gender = rng.choice(GENDERS)
        if rng.random() < 0.2:
            year = self.now.year - rng.randrange(18, 23)
            contact.dob = f"{year}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
        if rng.random() < 0.1:
            contact.addresses.append(self.address())
        if rng.random() < 0.1:
            contact.prefix = rng.choice(("Ms.", "Mr.", "Dr."))
        if rng.random() < 0.1:
            contact.employer, contact.title = "University Library", "Assistant"
        contact.email_subscribed = rng.random() < 0.9
        contact.phone_subscribed = rng.random() < 0.8
        if rng.random() < 0.2:
            contact.contact_since = contact.created_at
