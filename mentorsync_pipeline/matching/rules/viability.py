"""Classify candidate contacts as viable, doubtful or refused (rulebook, section 3).

| matched by                                | agree  | unclear      | differ                                          |
|-------------------------------------------|--------|--------------|-------------------------------------------------|
| External ID                               | viable | viable       | viable (section 4 checks the collision)         |
| phone and personal email                  | viable | viable       | doubtful, unless a student sign                 |
| two or more keys, one of them a UGA email | viable | viable       | viable                                          |
| UGA email alone                           | viable | viable       | viable if last names match, else doubtful       |
| other email alone                         | viable | viable       | doubtful                                        |
| phone alone                               | viable | viable (1)   | doubtful if last names match (2), else refused  |

(1) doubtful if the last names do not match, or only one of the two has a suffix such as `Jr.` or initials such as `TJ`:
father and son, and brothers, share a home phone.
(2) or the last name of one is the first name of the other: the boxes may be swapped, and the last name may have
changed.

Two rows come before the table, but behind the External ID: without a student sign a couple's contact (also `Ann/Bob`),
a relative's (`Ann's mom`, `Ann (mom)`), one with another initial (`M.` for Ann), one whose first name in another
script sounds like another's, one that is none of several people in the sign-up (`Carol` for `Ann & Bob`), and two
different UGA emails with first names that are only alike, are doubtful unless the table refuses them. A contact that
matches a sign-up without a first name (`Miss`) by one key is viable, because the names cannot be compared.
"""

import re
from typing import NamedTuple

from mentorsync_pipeline.domain.clean_text import tag_key
from mentorsync_pipeline.domain.emails import is_uga_email
from mentorsync_pipeline.domain.names.compare_names import (
    compare_first_names,
    last_name_is_first_name,
    last_names_differ,
    last_names_match,
    only_one_has_suffix,
    split_whole_names,
)
from mentorsync_pipeline.domain.names.couples import is_none_of_couple, is_noted_as_relative, may_be_couple
from mentorsync_pipeline.domain.names.first_names import (
    first_names_sound_different,
    initials_differ,
    only_one_has_initials,
)
from mentorsync_pipeline.domain.names.written_names import has_first_name
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Contact, MatchKey, NameAgreement, Signup, Viability
from mentorsync_pipeline.domain.sharing import find_shared_keys, is_newer_than_signup, person_name, uga_emails_differ

# Mentor tag of any year, but not `Mentor parent` or `Friends of mentors`: those are tags of other people.
_MENTOR_TAG = re.compile(
    r"(?!.*\b(?:(?:grand)?parent|mom|mum|mother|dad|father|guardian|family|families|sibling|brother|sister|relative"
    r"|spouse|friend|donor|supporter|sponsor|employer|teacher)s?\b).*\bmentors?\b"
)


class Classification(NamedTuple):
    """A contact's viability, and the reason: one sentence for a reviewer, without personal data."""

    viability: Viability
    reason: str


def classify_candidate(
    signup: Signup,
    contact: Contact,
    matched_on: tuple[MatchKey, ...],
    agreement: NameAgreement,
    *,
    campaign_member: bool = False,
) -> Classification:
    """Classify one contact that matched a sign-up.

    Args:
        signup: the mentor's sign-up.
        contact: the contact that shares a key with it.
        matched_on: how the contact matched. An address given as both personal and UGA email counts as one key.
        agreement: result of `sharing.compare_record_names` for the two people.
        campaign_member: whether the contact is a member of the year's campaign under a name of both.

    """
    if "external_id" in matched_on:
        return Classification("viable", "It holds the mentor's External ID.")
    keys = _find_matching_keys(signup, contact, matched_on)
    by_keys = _classify_by_keys(signup, contact, keys, agreement, campaign_member=campaign_member)
    if by_keys.viability != "viable":
        return by_keys
    if not has_student_sign(keys, contact, campaign_member=campaign_member):
        reason = _find_other_persons_name(signup, contact, agreement)
        if reason is not None:
            return Classification("doubtful", reason)
    if uga_emails_differ(signup, contact) and compare_first_names(person_name(signup), person_name(contact)) == "alike":
        return Classification("doubtful", "It has another UGA email, and the first names are only alike.")
    return by_keys


def is_certain_holder(signup: Signup, contact: Contact, agreement: NameAgreement) -> bool:
    """Return whether a holder of the External ID is the mentor by further evidence (section 4, step 2).

    The names agree or are written the same (`J. Tull`), or it shares an email, or it shares a phone and the names do
    not differ.
    """
    if agreement == "agree" or _are_written_the_same(signup, contact):
        return True
    shared = find_shared_keys(signup, contact)
    return not shared.isdisjoint(signup.email_keys) or (bool(shared) and agreement != "differ")


def _are_written_the_same(signup: Signup, contact: Contact) -> bool:
    """Return whether first and last names have the same letters, also where they cannot be compared as names.

    Without a first name they do only on a contact that was made after the sign-up, by an import.
    """
    names, others = ((name_key(record.first_name), name_key(record.last_name)) for record in (signup, contact))
    return (
        names == others
        and bool(names[1])
        and (bool(names[0]) or is_newer_than_signup(signup, contact))
        and not only_one_has_suffix(person_name(signup), person_name(contact))
    )


def has_student_sign(keys: frozenset[str], contact: Contact, *, campaign_member: bool) -> bool:
    """Return whether a UGA email, campaign membership or a mentor tag shows that a contact is the student's own.

    `keys` are the keys that the contact shares with the sign-up.
    """
    return (
        campaign_member or any(map(is_uga_email, keys)) or any(_MENTOR_TAG.match(tag_key(tag)) for tag in contact.tags)
    )


def _find_other_persons_name(signup: Signup, contact: Contact, agreement: NameAgreement) -> str | None:
    """Return the reason for which a contact without a student sign may be another person's by its name."""
    student, holder = person_name(signup), person_name(contact)
    if may_be_couple(holder):
        return "Its first name is that of a couple, and nothing shows that it is the student's."
    if is_noted_as_relative(holder):
        return "Its name is that of a relative, and nothing shows that it is the student's."
    names = split_whole_names(student, holder)
    if agreement == "unclear" and first_names_sound_different(*names):
        return "Its first name is in another script and sounds like another's."
    if initials_differ(*names):
        return "Its first name is an initial of another name."
    if agreement == "unclear" and is_none_of_couple(student, holder):
        return "The sign-up's first name is that of several people, and the contact's is none of them."
    return None


def _find_matching_keys(signup: Signup, contact: Contact, matched_on: tuple[MatchKey, ...]) -> frozenset[str]:
    """Return the shared phones and emails, without placeholders."""
    kinds = {"@" if name != "phone" else "+" for name in matched_on}
    return frozenset(key for key in find_shared_keys(signup, contact) if ("@" if "@" in key else "+") in kinds)


def _classify_by_keys(
    signup: Signup, contact: Contact, keys: frozenset[str], agreement: NameAgreement, *, campaign_member: bool
) -> Classification:
    """Apply the rows of the table for phones and emails."""
    if len(keys) > 1:
        return _classify_by_several_keys(keys, contact, agreement, campaign_member=campaign_member)
    if not any("@" in key for key in keys):
        return _classify_by_phone(signup, contact, agreement)
    return _classify_by_email(signup, contact, keys, agreement)


def _classify_by_several_keys(
    keys: frozenset[str], contact: Contact, agreement: NameAgreement, *, campaign_member: bool
) -> Classification:
    """Classify by several keys. Students may type a parent's phone and email, whose contact has the donations."""
    if agreement == "differ" and not has_student_sign(keys, contact, campaign_member=campaign_member):
        return Classification(
            "doubtful", "It matches by several keys and has another first name: perhaps a parent's contact."
        )
    return Classification("viable", "It matches by two keys.")


def _classify_by_email(
    signup: Signup, contact: Contact, keys: frozenset[str], agreement: NameAgreement
) -> Classification:
    if agreement != "differ":
        return Classification("viable", f"It matches by one email, and the names {_describe_agreement(agreement)}.")
    if all(map(is_uga_email, keys)) and last_names_match(person_name(signup), person_name(contact)):
        return Classification(
            "viable", "It matches by a UGA email, which belongs to one student, and by the last name."
        )
    return Classification("doubtful", "It matches by one email alone and has another first name.")


def _classify_by_phone(signup: Signup, contact: Contact, agreement: NameAgreement) -> Classification:
    mentor, holder = split_whole_names(person_name(signup), person_name(contact))
    if agreement == "differ":
        if last_names_match(mentor, holder):
            return Classification("doubtful", "It matches by one phone alone and has another first name.")
        if last_name_is_first_name(mentor, holder):
            return Classification(
                "doubtful", "It matches by one phone alone, and the last name of one is the first name of the other."
            )
        return Classification("refused", "It matches by a phone alone and has another person's first and last name.")
    if agreement == "unclear" and has_first_name(holder) and last_names_differ(mentor, holder):
        return Classification("doubtful", "It matches by a phone alone and has another last name.")
    if agreement == "unclear" and only_one_has_suffix(mentor, holder):
        return Classification(
            "doubtful", "It matches by a phone alone, and only one of the two names has a suffix: perhaps a parent's."
        )
    if agreement == "unclear" and only_one_has_initials(mentor, holder):
        return Classification("doubtful", "It matches by a phone alone, and only one first name is initials.")
    return Classification("viable", f"It matches by one phone, and the names {_describe_agreement(agreement)}.")


def _describe_agreement(agreement: NameAgreement) -> str:
    return "agree" if agreement == "agree" else "fit"


def classify_linked_contact(classified: Classification, agreement: NameAgreement) -> Classification:
    """Classify the linked contact by its names alone. It is never refused."""
    if classified.viability == "viable":
        return classified
    if agreement == "differ":
        return Classification("doubtful", "The mentor is linked to it, and it has another first name.")
    return Classification("viable", f"The mentor is linked to it, and the names {_describe_agreement(agreement)}.")
