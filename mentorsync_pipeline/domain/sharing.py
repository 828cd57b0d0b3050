"""Compare two records of people: shared phones and emails, names (rulebook sections 1 to 5)."""

from collections.abc import Collection
from typing import Protocol

from mentorsync_pipeline.domain.emails import email_key, is_uga_email
from mentorsync_pipeline.domain.names.compare_names import compare_first_names, compare_names
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.domain.records import Contact, MatchKey, NameAgreement, Signup


class Named(Protocol):
    """A record with a person's names."""

    @property
    def first_name(self) -> str | None:
        """Return the first name as written."""

    @property
    def preferred_name(self) -> str | None:
        """Return the preferred name as written."""

    @property
    def last_name(self) -> str | None:
        """Return the last name as written."""


class Person(Named, Protocol):
    """A record of one person with phones and emails: a sign-up, a contact, or a mentor of an earlier year."""

    @property
    def phone_keys(self) -> tuple[str, ...]:
        """Return the match keys of the phones."""

    @property
    def email_keys(self) -> tuple[str, ...]:
        """Return the match keys of the emails."""

    @property
    def unread_emails(self) -> tuple[str, ...]:
        """Return the texts that are emails and cannot be read."""


def person_name(record: Named) -> PersonName:
    """Return the names of a record for comparison. A sign-up has neither middle name nor suffix."""
    return PersonName(
        first=record.first_name,
        preferred=record.preferred_name,
        last=record.last_name,
        middle=getattr(record, "middle_name", None),
        suffix=getattr(record, "suffix", None),
    )


def compare_record_names(person: Person, other: Person) -> NameAgreement:
    """Compare the names of two records, with regard to their shared phones and emails."""
    has_common_email = share_email(person, other)
    return compare_names(
        person_name(person),
        person_name(other),
        alike_matches=has_common_email
        or (share_phone(person, other) and not has_own_emails(_list_emails(person), _list_emails(other))),
        share_email=has_common_email,
    )


def agree_by_phone_alone(person: Person, other: Person) -> bool:
    """Return whether names agree only because a phone is shared: the first names are alike, and no email tells more.

    A brother or sister may have such a name, and have lost the email that would show it.
    """
    return (
        not share_email(person, other)
        and compare_record_names(person, other) == "agree"
        and compare_names(person_name(person), person_name(other)) != "agree"
    )


def _list_emails(person: Person) -> tuple[str, ...]:
    """Return the match keys of the emails, and the texts that are emails and cannot be read."""
    return (*person.email_keys, *person.unread_emails)


def has_own_emails(person: Collection[str], other: Collection[str]) -> bool:
    """Return whether each of two people has an email that the other lacks."""
    return not (set(person) <= set(other) or set(other) <= set(person))


def uga_emails_differ(person: Person, other: Person) -> bool:
    """Return whether both have UGA emails and none in common, which usually means two students."""
    of_one, of_other = set(filter(is_uga_email, person.email_keys)), set(filter(is_uga_email, other.email_keys))
    return bool(of_one and of_other) and of_one.isdisjoint(of_other)


def is_newer_than_signup(signup: Signup, contact: Contact) -> bool:
    """Return whether a contact was made after a sign-up, such as by an import. False if the time is unknown."""
    return contact.date_created is not None and contact.date_created > signup.created_at


def share_uga_email(person: Person, other: Person) -> bool:
    """Return whether two people share a UGA email, which belongs to one student."""
    return any(map(is_uga_email, set(person.email_keys).intersection(other.email_keys)))


def share_phone(person: Person, other: Person) -> bool:
    """Return whether two people share a phone."""
    return not set(person.phone_keys).isdisjoint(other.phone_keys)


def share_email(person: Person, other: Person) -> bool:
    """Return whether two people share an email, in any field."""
    return not set(person.email_keys).isdisjoint(other.email_keys)


def is_same_person(person: Person, other: Person) -> bool:
    """Return whether records of two years are one person: a shared phone or email, and names that do not differ."""
    return (share_phone(person, other) or share_email(person, other)) and compare_record_names(
        person, other
    ) != "differ"


def find_shared_keys(person: Person, contact: Contact) -> frozenset[str]:
    """Return the phones and emails that a person and a contact share."""
    return frozenset(person.phone_keys).intersection(contact.phone_keys) | frozenset(person.email_keys).intersection(
        contact.email_keys
    )


def is_contact_of(person: Person, contact: Contact) -> bool:
    """Return whether a contact may belong to a person: a shared phone or email, and names that do not differ."""
    return bool(find_shared_keys(person, contact)) and compare_record_names(person, contact) != "differ"


def count_shared_values(person: Person, contact: Contact) -> int:
    """Count what a person and a contact share: phones, emails, one for names that agree, one more for the first name.

    Twins have their parents' phone and email, and names that agree with both.
    """
    agree = compare_record_names(person, contact) == "agree"
    has_first_name = agree and compare_first_names(person_name(person), person_name(contact)) == "match"
    return len(find_shared_keys(person, contact)) + agree + has_first_name


def find_matched_keys(signup: Signup, contact: Contact) -> tuple[MatchKey, ...]:
    """Return which of a sign-up's keys match a phone or email of the contact, primary or additional."""
    emails = set(signup.email_keys).intersection(contact.email_keys)
    by_field: dict[MatchKey, tuple[str | None, ...]] = {
        "personal_email": (
            signup.personal_email,
            *(email for email in signup.further_emails if not is_uga_email(email)),
        ),
        "uga_email": (signup.uga_email, *filter(is_uga_email, signup.further_emails)),
    }
    keys: list[MatchKey] = ["phone"] if not set(signup.phone_keys).isdisjoint(contact.phone_keys) else []
    keys += [
        name
        for name, addresses in by_field.items()
        if emails.intersection(email_key(address) for address in addresses if address)
    ]
    return tuple(keys)
