"""Writing habits: titles, wrong boxes, invisible characters and text around keys, on forms and in contacts.

A habit changes how a mentor's data is written but not the truth about it. Each mentor has at
most one habit. `apply` is called when the contacts are made and the forms are not yet filled in.
"""

import random
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mentorsync_pipeline.sandbox.gb_model import Contact
from mentorsync_pipeline.sandbox.population.contacts import ContactMaker
from mentorsync_pipeline.sandbox.population.names import ACCENTS, FirstName, ascii_key
from mentorsync_pipeline.sandbox.population.persons import PeopleFactory, Person

# Scenarios in which the keys alone decide, whatever a habit does to the name.
_BY_KEYS = frozenset({"single", "linked", "prior_year", "mass_mail_stub", "donor_duplicate", "linked_with_duplicate"})
_TITLES = ("Dr.", "Mr.", "Ms.", "Miss", "Mrs.", "Rev.", "Prof.")
Text = TypeVar("Text")
_ZERO_WIDTH = ("\u200b", "\ufeff", "\u2060", "\u00ad")
_DIRECTION = ("\u200e", "\u200f", "\u202c", "\u2069")


class Writer:
    """Inputs of a habit: the mentor's contacts, new keys, and the random generator."""

    def __init__(self, maker: ContactMaker, people: PeopleFactory) -> None:
        self.rng: random.Random = maker.rng
        self.people = people
        self.maker = maker
        self._contacts: dict[str, list[Contact]] = {}
        for item in maker.made:
            if item.is_mentor:
                self._contacts.setdefault(item.person_id, []).append(item.contact)

    def contacts(self, person: Person) -> list[Contact]:
        """The mentor's own contacts."""
        return self._contacts.get(person.person_id, [])

    def keeper(self, person: Person) -> Contact:
        """The contact that must be kept."""
        return self.maker.keep[person.person_id]

    def mark(self, text: str) -> str:
        """Return the text with invisible characters, as copied from a page or a chat."""
        spot = self.rng.randrange(1, max(len(text), 2))
        inside = f"{text[:spot]}{self.rng.choice(_ZERO_WIDTH)}{text[spot:]}"
        return self.rng.choice((inside, f"{self.rng.choice(_DIRECTION)}{text}", f"{text}\u00a0", f"\u202a{text}\u202c"))


@dataclass(frozen=True, slots=True)
class Habit:
    """One habit. ``share`` is per thousand mentors; ``fits`` says which mentors may have it."""

    name: str
    share: int
    apply: Callable[[Writer, Person], None]
    fits: Callable[[Person], bool]


def title_typed(writer: Writer, person: Person) -> None:
    """Typed a title in front of the first name."""
    person.typed_first = f"{writer.rng.choice(_TITLES)} {person.first.formal}"


def title_in_contact(writer: Writer, person: Person) -> None:
    """The contacts have a title in front of the first name."""
    title = writer.rng.choice(_TITLES)
    for contact in writer.contacts(person):
        contact.first_name = contact.first_name and f"{title} {contact.first_name}"


def nickname_in_brackets(writer: Writer, person: Person) -> None:
    """Typed the nickname behind the first name: in brackets, in quotes, behind a slash."""
    pattern = writer.rng.choice(("{} ({})", '{} "{}"', "{}/{}", "{} [{}]", "{} \u201c{}\u201d"))
    person.typed_first = pattern.format(person.first.formal, person.first.nickname)


def whole_name_in_a_box(writer: Writer, person: Person) -> None:
    """Typed the whole name into one box, or into both."""
    first, last = person.first.formal, person.last
    person.typed_first, person.typed_last = writer.rng.choice(
        (
            (f"{first} {last}", last),
            (first, f"{first} {last}"),
            (f"{first} {last}", f"{first} {last}"),
            ("", f"{first} {last}"),
            (f"{first} {last}", ""),
            (f"{last}, {first}", ""),
        )
    )


def boxes_swapped(_: Writer, person: Person) -> None:
    """Typed the first name into the box of the last name, and the other way round."""
    person.typed_first, person.typed_last = person.last, person.first.formal


def placeholder_typed(writer: Writer, person: Person) -> None:
    """Typed a dot or the like instead of one of the names."""
    junk = writer.rng.choice((".", "-", "n/a", "x"))
    if writer.rng.random() < 0.5:
        person.typed_first = junk
    else:
        person.typed_last = junk


def capitals_typed(writer: Writer, person: Person) -> None:
    """Typed the name in capitals, or without any."""
    change = str.upper if writer.rng.random() < 0.7 else str.lower
    person.typed_first, person.typed_last = change(person.first.formal), change(person.last)


def capitals_in_contact(writer: Writer, person: Person) -> None:
    """The contacts have the name in capitals."""
    for contact in writer.contacts(person):
        contact.first_name = contact.first_name and contact.first_name.upper()
        contact.last_name = contact.last_name and contact.last_name.upper()


def invisible_typed(writer: Writer, person: Person) -> None:
    """Invisible characters in the names, the phone and the email of the sign-up."""
    person.typed_first, person.typed_last = writer.mark(person.first.formal), writer.mark(person.last)
    if person.phone and writer.rng.random() < 0.6:
        person.phone_text = f"\u202a{_spaced(person.phone)}\u202c"
    if person.personal_email and writer.rng.random() < 0.6:
        person.email_text = writer.mark(person.personal_email)


def invisible_in_contact(writer: Writer, person: Person) -> None:
    """Invisible characters in the contacts' names and tags."""
    for contact in writer.contacts(person):
        contact.first_name = contact.first_name and writer.mark(contact.first_name)
        contact.last_name = contact.last_name and writer.mark(contact.last_name)
        contact.tags = [f"{tag}\u200b" if writer.rng.random() < 0.5 else tag for tag in contact.tags]


def text_around_phone(writer: Writer, person: Person) -> None:
    """Typed more than the number: whose it is, a spreadsheet's decimals, an exit code, a second number."""
    number = person.phone or ""
    digits = number[2:]
    other_number = writer.people.phone()
    person.phone_text = writer.rng.choice(
        (
            f"{_spaced(number)} (mom)",
            f"Cell: {_spaced(number)}",
            f"{digits}.0",
            f"001 {_spaced(number)}",
            f"{_spaced(number)} call after 5",
            f"mobile {digits}",
            f"{_spaced(number)} / {_spaced(other_number)}",
            f"{_spaced(number)} or {_spaced(other_number)}",
        )
    )


def text_around_email(writer: Writer, person: Person) -> None:
    """Typed more than the address: brackets, a name, `mailto:`, a dot behind it, a second address."""
    email = person.personal_email or ""
    person.email_text = writer.rng.choice(
        (
            f"<{email}>",
            f"mailto:{email}",
            f"{person.first.formal} <{email}>",
            f"{email}.",
            f"{email},",
            f'"{email}"',
            f"{email}; {person.uga_email}",
            f"{email} / {person.uga_email}",
        )
    )


def gmail_with_dots(writer: Writer, person: Person) -> None:
    """Has an address at Gmail, typed with dots or a tag on the form and without in Givebutter."""
    # Gmail has no addresses with a hyphen, so these cannot be real.
    local = f"zz-{ascii_key(person.first.formal)}{ascii_key(person.last)}{person.person_id[1:]}"
    old, plain = person.personal_email, f"{local}@gmail.com"
    for contact in writer.contacts(person):
        contact.emails = [plain if email.casefold() == (old or "").casefold() else email for email in contact.emails]
    person.personal_email = plain
    person.email_text = writer.rng.choice(
        (f"{local[:5]}.{local[5:]}@gmail.com", f"{local}+swab@gmail.com", f"{local}@googlemail.com")
    )


def external_id_otherwise(writer: Writer, person: Person) -> None:
    """The contact holds the External ID in another case or with a space."""
    contact = writer.keeper(person)
    external_id = contact.external_id or ""
    contact.external_id = writer.rng.choice(
        (external_id.lower(), external_id.capitalize(), f" {external_id}", f"{external_id} ")
    )


def tags_otherwise(writer: Writer, person: Person) -> None:
    """The contacts have their tags in another case or with further spaces."""
    change: Callable[[str], str] = writer.rng.choice((str.lower, str.upper, lambda tag: tag.replace(" ", "  ")))
    for contact in writer.contacts(person):
        contact.tags = [change(tag) for tag in contact.tags]


def opted_out(writer: Writer, person: Person) -> None:
    """Unsubscribed in one of two contacts, but not in the contact that must be kept."""
    keeper = writer.keeper(person)
    keeper.email_subscribed = keeper.phone_subscribed = keeper.address_subscribed = True
    for contact in writer.contacts(person):
        if contact is not keeper:
            contact.email_subscribed = contact.phone_subscribed = False


def marks_typed(_: Writer, person: Person) -> None:
    """Typed quotes, brackets or dashes around both names."""
    pattern = _choose_by_id(person, ("'{}'", '"{}"', "-{}", "({})", "\u2018{}\u2019", "- {} -"))
    person.typed_first, person.typed_last = pattern.format(person.first.formal), pattern.format(person.last)


def title_for_a_name(_: Writer, person: Person) -> None:
    """Typed a title, or that there is no first name, into the box of the first name."""
    person.typed_first = _choose_by_id(person, ("Miss", "FNU", "Mr.", "Professor"))


def several_people_typed(_: Writer, person: Person) -> None:
    """Typed somebody else's name beside the own one, or whose contact it is."""
    first = person.first.formal
    person.typed_first = _choose_by_id(person, (f"{first} & Zuzu", f"{first} and Zuzu", f"{first} + Zuzu"))


def no_first_name(_: Writer, person: Person) -> None:
    """Left the box of the first name empty."""
    person.typed_first = ""


def no_name_typed(_: Writer, person: Person) -> None:
    """Typed an email, a phone, a link, a number or a sentence into the box of the first name."""
    first, email, phone = person.first.formal, person.personal_email or "", _spaced(person.phone or "")
    person.typed_first = _choose_by_id(
        person, (email, phone, "https://social.example/me", "404", f"My name is {first}", f"{first} <{email}>")
    )


def accent_typed_otherwise(writer: Writer, person: Person) -> None:
    """Typed an accent as two characters, where the contacts have none, or another spelling."""
    typed, held = _choose_by_id(person, ACCENTS)
    person.first = FirstName(typed)
    person.typed_first = unicodedata.normalize("NFD", typed)
    for contact in writer.contacts(person):
        contact.first_name = contact.first_name and held


def boxes_swapped_without_contact(_: Writer, person: Person) -> None:
    """Swapped first and last name, and has no contact whose name could show it; corrects it later."""
    person.typed_first, person.typed_last = person.last, person.first.formal


def in_household(writer: Writer, person: Person) -> None:
    """The contacts are members of the parents' household."""
    for contact in writer.contacts(person):
        contact.household_id = 90_000 + int(person.person_id[1:])
        contact.household_name = contact.household_envelope_name = f"{person.last} Family"


def family_contact(writer: Writer, person: Person) -> None:
    """The parents' common contact has the family's name: `The Ashfords`."""
    for item in writer.maker.made:
        if item.part == "couple" and person.phone in item.contact.phones:
            item.contact.first_name, item.contact.last_name = f"The {person.last}s", None


def api_without_totals(writer: Writer, person: Person) -> None:
    """The API has no totals of the contacts, only the last donation."""
    for contact in writer.contacts(person):
        contact.has_stats = False


def _choose_by_id(person: Person, texts: Sequence[Text]) -> Text:
    """Return one of the texts without a draw, which would change everybody's data."""
    return texts[int(person.person_id[1:]) % len(texts)]


def _spaced(number: str) -> str:
    """An E.164 US number as people write it."""
    return f"{number[2:5]}-{number[5:8]}-{number[8:]}"


def _plain(person: Person) -> bool:
    return person.scenario in _BY_KEYS and person.phone is not None and person.personal_email is not None


def _has_external_id(person: Person) -> bool:
    return person.scenario in {"linked", "linked_with_duplicate", "prior_year"}


def _tagged(person: Person) -> bool:
    return person.scenario in {"linked", "linked_with_duplicate", "member_nickname", "prior_year_and_page", "dropped"}


def _is_donor(person: Person) -> bool:
    return person.scenario == "donor_duplicate"


def _has_no_contact(person: Person) -> bool:
    return person.scenario == "no_contact" and person.phone is not None and person.personal_email is not None


def _two_contacts(person: Person) -> bool:
    return person.scenario in {"linked_with_duplicate", "member_nickname", "donor_duplicate", "prior_year_and_page"}


HABITS = (
    Habit("title_typed", 3, title_typed, _plain),
    Habit("title_in_contact", 3, title_in_contact, _plain),
    Habit(
        "nickname_in_brackets", 4, nickname_in_brackets, lambda person: _plain(person) and person.first.nickname != ""
    ),
    Habit("whole_name_in_a_box", 8, whole_name_in_a_box, _plain),
    Habit("boxes_swapped", 3, boxes_swapped, _plain),
    Habit("placeholder_typed", 3, placeholder_typed, _plain),
    Habit("capitals_typed", 10, capitals_typed, _plain),
    Habit("capitals_in_contact", 5, capitals_in_contact, _plain),
    Habit("invisible_typed", 4, invisible_typed, _plain),
    Habit("invisible_in_contact", 3, invisible_in_contact, _plain),
    Habit("text_around_phone", 6, text_around_phone, _plain),
    Habit("text_around_email", 5, text_around_email, _plain),
    Habit("gmail_with_dots", 8, gmail_with_dots, _plain),
    Habit("external_id_otherwise", 4, external_id_otherwise, _has_external_id),
    Habit("tags_otherwise", 5, tags_otherwise, _tagged),
    Habit("opted_out", 8, opted_out, _two_contacts),
    Habit("marks_typed", 3, marks_typed, _plain),
    Habit("title_for_a_name", 2, title_for_a_name, _plain),
    Habit("several_people_typed", 2, several_people_typed, _plain),
    Habit("no_first_name", 2, no_first_name, lambda person: _plain(person) and not _is_donor(person)),
    Habit("accent_typed_otherwise", 3, accent_typed_otherwise, _plain),
    Habit("boxes_swapped_without_contact", 3, boxes_swapped_without_contact, _has_no_contact),
    Habit("in_household", 5, in_household, _plain),
    Habit("family_contact", 2, family_contact, lambda person: person.scenario == "couple"),
    Habit("api_without_totals", 3, api_without_totals, _is_donor),
    Habit("no_name_typed", 2, no_name_typed, lambda person: _plain(person) and not _is_donor(person)),
)


def assign_habits(writer: Writer, mentors: Sequence[Person]) -> None:
    """Assign every habit to its share of the mentors, to at least one if any fits."""
    free = [person for person in mentors if not person.shares_phone]
    writer.rng.shuffle(free)
    for habit in HABITS:
        count = max(1, round(habit.share * len(mentors) / 1000))
        chosen = [person for person in free if habit.fits(person)][:count]
        for person in chosen:
            habit.apply(writer, person)
            person.habit = habit.name
        free = [person for person in free if not person.habit]
