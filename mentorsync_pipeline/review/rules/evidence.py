"""Compare the people of a conflict: what matches the sign-up, what differs, and what is only there.

The first person is the reference: the sign-up, or the newer of two sign-ups. Two kinds of evidence are kept apart:

| evidence     | rows                                         | says                                |
|--------------|----------------------------------------------|-------------------------------------|
| match        | name, phone, UGA email, email, External ID   | why this may be the same person     |
| completeness | tags, donations, page, city, last change     | why the contact is worth keeping    |
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT, RELEASE
from mentorsync_pipeline.domain.emails import UGA_DOMAIN, email_key
from mentorsync_pipeline.domain.names.name_parts import join_names
from mentorsync_pipeline.domain.phones import format_phone

Kind = Literal["signup", "contact", "page"]
Row = Literal["name", "phone", "uga_email", "email", "external_id"]
ROWS: tuple[Row, ...] = ("name", "phone", "uga_email", "email", "external_id")
_CITED = re.compile(r"\b[0-9]{5,18}\b")
_ALIKE = 0.5
"""Least similarity at which single characters are marked; below it the whole value is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A sign-up, a contact or a fundraising page of a conflict.

    `facts` are its metadata; `letters` the options that choose it.
    """

    kind: Kind
    record_id: str
    facts: Mapping[str, Any]
    letters: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """First and last name; empty when the record has none."""
        return join_names(self.facts.get("first_name"), self.facts.get("last_name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A piece of a value, and whether it differs from the reference."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value of a person: `same` when the reference has it, and its pieces otherwise."""

    text: str
    same: bool
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """A row of the table: the values of each person, in the order of the people."""

    name: Row
    cells: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The people of a conflict, reference first, and the rows in which one of them has a value."""

    people: tuple[Person, ...]
    rows: tuple[EvidenceRow, ...]

    @property
    def contacts(self) -> tuple[Person, ...]:
        """The contacts among the people."""
        return tuple(person for person in self.people if person.kind == "contact")


def find_people(conflict: Mapping[str, Any]) -> list[Person]:
    """Return the people of a conflict: the reference, then those of A and B, then others that it is about.

    A contact that is only cited by its id (`find_cited_contacts`) is not among them.
    """
    context = conflict["context"]
    a, b = conflict["option_a"]["metadata"], conflict["option_b"]["metadata"]
    people: dict[tuple[Kind, str], Person] = {}
    if "kept" in a:
        sources: list[tuple[Mapping[str, Any] | None, str]] = [(a["kept"], ""), (a["older"], "")]
    else:
        sources = [(context.get("signup"), ""), (a, "a"), (b, "b"), (context.get("contact"), "")]
        sources += [(other, "") for other in context.get("other_mentors") or ()]
    for facts, letter in sources:
        person = facts and _to_person(facts)
        if person:
            key = (person.kind, person.record_id)
            known = people.get(key, person)
            letters = tuple(dict.fromkeys((*known.letters, *((letter,) if _chooses(conflict, letter, person) else ()))))
            people[key] = Person(kind=known.kind, record_id=known.record_id, facts=known.facts, letters=letters)
    # The reference is a sign-up; where a question has none, its first person is.
    return (
        sorted(people.values(), key=lambda person: person.kind != "signup")
        if context.get("signup")
        else [*people.values()]
    )


def _chooses(conflict: Mapping[str, Any], letter: str, person: Person) -> bool:
    """Return whether an option is this record, or its value; a keyword, as for a new contact, chooses none."""
    if not letter or conflict[f"option_{letter}"]["value"] in (LEAVE_UNLINKED, NEW_CONTACT, RELEASE):
        return False
    if person.kind in ("contact", "page"):
        return True
    is_about_value = conflict["conflict_type"].endswith("_mismatch")
    return is_about_value or str(conflict[f"option_{letter}"]["value"]) == person.record_id


def find_cited_contacts(conflict: Mapping[str, Any], known: Iterable[Person]) -> list[int]:
    """Return the ids of contacts that the conflict compares or its text cites, without those that are known."""
    texts = (conflict["recommendation_reason"], str(conflict["context"].get("reason") or ""))
    cited = [int(number) for text in texts for number in _CITED.findall(text)]
    ids = [*(conflict["context"].get("compared_contacts") or ()), *cited]
    known_ids = {int(person.record_id) for person in known if person.kind == "contact"}
    return [contact_id for contact_id in dict.fromkeys(ids) if contact_id not in known_ids]


def compare_people(people: Sequence[Person]) -> Evidence:
    """Compare each person with the first one."""
    rows = []
    for name in ROWS:
        values = [_values(person, name) for person in people]
        if any(values):
            reference = values[0]
            cells = tuple(
                tuple(_compare(value, reference, name, is_reference=index == 0) for value in listed)
                for index, listed in enumerate(values)
            )
            rows.append(EvidenceRow(name=name, cells=cells))
    return Evidence(people=tuple(people), rows=tuple(rows))


def mark_differences(text: str, reference: str) -> tuple[Mark, ...]:
    """Split a text into pieces that the reference has and pieces that it lacks, whatever their case.

    A text that is hardly alike is one piece that differs.
    """
    matcher = SequenceMatcher(None, reference.lower(), text.lower(), autojunk=False)
    if len(text.lower()) != len(text) or matcher.ratio() < _ALIKE:
        return (Mark(text=text, differs=True),)
    pieces = (
        Mark(text=text[start:end], differs=tag != "equal")
        for tag, _, _, start, end in matcher.get_opcodes()
        if end > start
    )
    return tuple(pieces)


def _to_person(facts: Mapping[str, Any]) -> Person | None:
    if facts.get("contact_id"):
        return Person(kind="contact", record_id=str(facts["contact_id"]), facts=facts)
    if facts.get("submission_id"):
        return Person(kind="signup", record_id=str(facts["submission_id"]), facts=facts)
    if facts.get("member_id"):
        return Person(kind="page", record_id=str(facts["member_id"]), facts=facts)
    return None


def _values(person: Person, name: Row) -> list[str]:
    facts = person.facts
    if name == "name":
        return [person.name] if person.name else []
    if name == "phone":
        return [format_phone(phone) for phone in (*(facts.get("phones") or ()), facts.get("phone")) if phone]
    if name == "external_id":
        return [text for text in (facts.get("external_id") or facts.get("mn_id"),) if text]
    is_uga = name == "uga_email"
    emails = filter(None, (*(facts.get("emails") or ()), facts.get("email")))
    return [email for email in emails if email.endswith(UGA_DOMAIN) == is_uga]


def _compare(value: str, reference: Sequence[str], name: Row, *, is_reference: bool) -> Value:
    key: Callable[[str], str | None] = email_key if name in ("email", "uga_email") else str.casefold
    same = is_reference or key(value) in map(key, reference)
    if same or not reference:
        return Value(text=value, same=same and not is_reference, marks=(Mark(text=value, differs=False),))
    nearest = max(reference, key=lambda text: SequenceMatcher(None, text.lower(), value.lower()).ratio())
    return Value(text=value, same=False, marks=mark_differences(value, nearest))
