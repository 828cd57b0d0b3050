"""What two records of people have in common: phone, emails, names (rulebook sections 1 to 5)."""

from collections.abc import Collection
from typing import Protocol

from mentorsync_pipeline.domain.emails import email_key, is_uga
from mentorsync_pipeline.domain.names import PersonName, compare_names
from mentorsync_pipeline.domain.records import Contact, MatchKey, NameAgreement, Signup


class Named(Protocol):
    """A record with a person's names."""

    @property
    def first_name(self) -> str | None:
        """The first name as written."""

    @property
    def preferred_name(self) -> str | None:
        """The name that the person goes by, as written."""

    @property
    def last_name(self) -> str | None:
        """The last name as written."""


class Person(Named, Protocol):
    """A record of one person with phones and emails: a sign-up, a contact, or a mentor of an earlier year."""

    @property
    def phone_keys(self) -> tuple[str, ...]:
        """The phones by which the person is matched."""

    @property
    def email_keys(self) -> tuple[str, ...]:
        """The emails, as they are compared, by which the person is matched."""


def name_of(record: Named) -> PersonName:
    """The names of a record, to be compared; a sign-up has neither a middle name nor a suffix of its own."""
    return PersonName(
        first=record.first_name,
        preferred=record.preferred_name,
        last=record.last_name,
        middle=getattr(record, "middle_name", None),
        suffix=getattr(record, "suffix", None),
    )


def names_agree(one: Person, other: Person) -> NameAgreement:
    """Whether the names of two records agree, differ or leave it unclear, given what else the two share."""
    share_email = same_email(one, other)
    return compare_names(
        name_of(one),
        name_of(other),
        alike_matches=share_email or (same_phone(one, other) and not has_own_emails(one.email_keys, other.email_keys)),
        share_email=share_email,
    )


def has_own_emails(one: Collection[str], other: Collection[str]) -> bool:
    """Whether each of two people has an email that the other lacks."""
    return not (set(one) <= set(other) or set(other) <= set(one))


def uga_emails_differ(one: Person, other: Person) -> bool:
    """Whether both have UGA emails and none in common: two students, unless something else says otherwise."""
    of_one, of_other = set(filter(is_uga, one.email_keys)), set(filter(is_uga, other.email_keys))
    return bool(of_one and of_other) and of_one.isdisjoint(of_other)


def same_phone(one: Person, other: Person) -> bool:
    """Whether two people gave the same phone."""
    return not set(one.phone_keys).isdisjoint(other.phone_keys)


def same_email(one: Person, other: Person) -> bool:
    """Whether two people gave an email in common, whichever field each gave it in."""
    return not set(one.email_keys).isdisjoint(other.email_keys)


def is_same_person(one: Person, other: Person) -> bool:
    """Whether two records of different years are one person: a phone or email in common, names that do not differ."""
    return (same_phone(one, other) or same_email(one, other)) and names_agree(one, other) != "differ"


def shared_keys(person: Person, contact: Contact) -> frozenset[str]:
    """The phones and emails that a person and a contact have in common."""
    return frozenset(person.phone_keys).intersection(contact.phone_keys) | frozenset(person.email_keys).intersection(
        contact.email_keys
    )


def is_contact_of(person: Person, contact: Contact) -> bool:
    """Whether a contact may well be this person's: a phone or email in common, names that do not differ."""
    return bool(shared_keys(person, contact)) and names_agree(person, contact) != "differ"


def closeness(person: Person, contact: Contact) -> int:
    """How much a person shares with a contact: one for each phone and email in common, one for names that agree."""
    return len(shared_keys(person, contact)) + (names_agree(person, contact) == "agree")


def matched_keys(signup: Signup, contact: Contact) -> tuple[MatchKey, ...]:
    """Which of a sign-up's phone and emails a contact has among its own, primary or additional."""
    emails = set(signup.email_keys).intersection(contact.email_keys)
    by_field: dict[MatchKey, tuple[str | None, ...]] = {
        "personal_email": (signup.personal_email, *(one for one in signup.further_emails if not is_uga(one))),
        "uga_email": (signup.uga_email, *filter(is_uga, signup.further_emails)),
    }
    keys: list[MatchKey] = ["phone"] if not set(signup.phone_keys).isdisjoint(contact.phone_keys) else []
    keys += [name for name, given in by_field.items() if emails.intersection(email_key(one) for one in given if one)]
    return tuple(keys)
