"""The people of a season and what each of them owns.

Every name, phone and email is invented. Whose a contact is, is known by its `owners`; a couple's contact has two.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mentorsync_pipeline.domain.names.nickname_pairs import is_known_first_name
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import EarlierMentor
from mentorsync_pipeline.sandbox.gb_model import Contact

_FIRST_CONTACT_ID = 17_000_001
NOBODYS_EMAIL = "none@none.com"
_GMAIL = ("gmail.com", "googlemail.com")
_LAST_NAMES = ("Tull", "Irons", "Reed", "Castillo", "Okafor", "Bramble", "Vance", "Whitlock", "Ferro", "Lindqvist")


@dataclass(eq=False)
class Person:
    """One person. `phones` and `emails` are what the person may type, the first one first; `uga` only of students.

    `spellings` are the neat spellings of the first name, which are all the same person's name.
    """

    number: int
    first: str
    last: str
    household: int
    phones: list[str]
    emails: list[str]
    uga: str | None = None
    spellings: tuple[str, ...] = ()
    typed_last: str | None = None
    own_keys: frozenset[str] = frozenset()
    former_last_names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """First and last name, for the story."""
        return f"{self.first} {self.last}"

    @property
    def last_names(self) -> tuple[str, ...]:
        """All last names, the present one first."""
        return (self.typed_last or self.last, *self.former_last_names, self.last)

    def marry(self, last_name: str) -> None:
        """Take another last name."""
        self.former_last_names = self.last_names
        self.typed_last = last_name

    @property
    def is_student(self) -> bool:
        """Whether this person may sign up."""
        return self.uga is not None


@dataclass
class Population:
    """Everybody of a season, their contacts, and whose each contact is."""

    start: datetime
    people: list[Person] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    owners: dict[int, frozenset[int]] = field(default_factory=dict)
    households: int = 0
    earlier: list[EarlierMentor] = field(default_factory=list)

    def person(
        self,
        first: str,
        *more_spellings: str,
        last: str | None = None,
        student: bool = True,
        mobile: bool = True,
        typed_last: str | None = None,
        types_keys_of: "Person | None" = None,
        provider: str = "mail.example",
    ) -> Person:
        """A member of the present household; without a `mobile` the home phone is what this person types.

        `provider`: the domain of the email that the person types.
        """
        number, household = len(self.people), self.households
        surname = last or _LAST_NAMES[household % len(_LAST_NAMES)]
        handle = name_key(first) + "." + name_key(surname) + str(number)
        home, own = _phone(household, 0), _phone(household, 1 + number - self._first_of_household())
        phones = [own, home] if mobile else [home, own]
        emails = [f"{handle}@{provider}", f"{handle}@post.example"]
        if types_keys_of is not None:
            phones = [types_keys_of.phones[0], own]
            emails = [types_keys_of.emails[0], *emails]
        person = Person(
            number=number,
            first=first,
            last=surname,
            household=household,
            phones=phones,
            emails=emails,
            uga=f"zz-{first.lower()}{number}@uga.edu" if student else None,
            spellings=(first, *more_spellings),
            typed_last=typed_last,
            own_keys=frozenset(map(mailbox, (own, *emails[-2:]))),
        )
        self.people.append(person)
        return person

    def contact(
        self, owners: Person | tuple[Person, ...], emails: Iterable[str], phones: Iterable[str], **values: object
    ) -> Contact:
        """A contact of a person (or of several), named as the first owner unless `values` say otherwise."""
        listed = owners if isinstance(owners, tuple) else (owners,)
        first = listed[0]
        changed = self.start - timedelta(days=40 + 9 * len(self.contacts))
        contact = Contact(
            created_at=changed - timedelta(days=200),
            updated_at=changed,
            id=_FIRST_CONTACT_ID + 10 * len(self.contacts),
            first_name=first.first,
            last_name=first.last,
            emails=list(emails),
            phones=list(phones),
        )
        for name, value in values.items():
            setattr(contact, name, value)
        self.contacts.append(contact)
        self.owners[contact.id] = frozenset(person.number for person in listed)
        return contact

    def was_mentor(self, person: Person, external_id: str, contact: Contact) -> None:
        """The person was a mentor of last year, with this contact."""
        contact.external_id = external_id
        self.earlier.append(
            EarlierMentor(
                campaign_year=self.start.year - 1,
                external_ids=(external_id,),
                contact_id=contact.id,
                first_name=person.first,
                last_name=person.last,
                phone=contact.phones[0] if contact.phones else None,
                emails=tuple(contact.emails),
            )
        )

    def add_bystanders(self, count: int) -> None:
        """Contacts of people who share nothing with anybody."""
        for number in range(count):
            self.contacts.append(
                Contact(
                    created_at=self.start - timedelta(days=300),
                    updated_at=self.start - timedelta(days=300),
                    id=_FIRST_CONTACT_ID + 10 * len(self.contacts),
                    first_name="Passer",
                    last_name=f"By{chr(97 + number // 26)}{chr(97 + number % 26)}",
                    emails=[f"by{number}@elsewhere.example"],
                )
            )
            self.owners[self.contacts[-1].id] = frozenset()

    def _first_of_household(self) -> int:
        mine = [person.number for person in self.people if person.household == self.households]
        return mine[0] if mine else len(self.people)


def is_first_name_known(first: str, last: str) -> bool:
    """Whether the names themselves show which of the two is the first name."""
    return is_known_first_name(name_key(first)) and not is_known_first_name(name_key(last))


def plain_id(external_id: str | None) -> str:
    """An External ID without outer white space and case (rulebook section 1); blank for none."""
    return (external_id or "").strip().upper()


def mailbox(key: str) -> str:
    """The mailbox of an email: Gmail ignores dots and what follows a plus sign. Any other key without case."""
    key = key.lower()
    local, _, domain = key.rpartition("@")
    if domain not in _GMAIL:
        return key
    return f"{local.partition('+')[0].replace('.', '')}@{_GMAIL[0]}"


def respell(email: str, style: int) -> str:
    """Another spelling of a Gmail address; any other address as it is."""
    local, _, domain = mailbox(email).rpartition("@")
    if domain not in _GMAIL:
        return email
    spellings = (f"{local}@", f"{local[0]}.{local[1:]}@", f"{local}+camp@")
    return spellings[style % len(spellings)] + _GMAIL[style // len(spellings) % len(_GMAIL)]


def _phone(household: int, place: int) -> str:
    return f"+1706555{100 + household * 10 + place:04d}"
