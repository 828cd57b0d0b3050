"""Recognise mentors of earlier years by person: MN ids may start again every year (rulebook sections 3 and 4)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.records import Contact, EarlierMentor, Signup
from mentorsync_pipeline.domain.sharing import compare_record_names, is_contact_of, is_same_person, share_uga_email


class EarlierMentors:
    """The mentors of earlier years, indexed by External ID, contact, phone and email."""

    def __init__(self, mentors: Iterable[EarlierMentor]) -> None:
        self._by_external_id: dict[str, list[EarlierMentor]] = defaultdict(list)
        self._by_contact: dict[int, list[EarlierMentor]] = defaultdict(list)
        self._by_key: dict[str, list[EarlierMentor]] = defaultdict(list)
        for mentor in mentors:
            for external_id in mentor.external_ids:
                self._by_external_id[id_key(external_id) or ""].append(mentor)
            if mentor.contact_id is not None:
                self._by_contact[mentor.contact_id].append(mentor)
            for key in {*mentor.phone_keys, *mentor.email_keys}:
                self._by_key[key].append(mentor)

    def with_external_id(self, contact: Contact) -> Sequence[EarlierMentor]:
        """Return the mentors who had the External ID that a contact holds."""
        return self._by_external_id.get(contact.external_id_key or "", ())

    def owners(self, contact: Contact) -> list[EarlierMentor]:
        """Return the mentors to whom a contact belongs: linked to it, or with a shared key and agreeing names."""
        owners = list(self._by_contact.get(contact.contact_id, ()))
        for key in (*contact.phone_keys, *contact.email_keys):
            owners += [
                mentor
                for mentor in self._by_key.get(key, ())
                if mentor not in owners and compare_record_names(mentor, contact) == "agree"
            ]
        return owners

    def is_of_another_person(self, signup: Signup, contact: Contact) -> bool:
        """Return whether a contact belongs to an earlier mentor who is not the person of a sign-up."""
        owners = self.owners(contact)
        return bool(owners) and all(_are_two_people(signup, owner) for owner in owners)


def is_earlier_self(signup: Signup, mentor: EarlierMentor, contact: Contact) -> bool:
    """Return whether a mentor of an earlier year is the person of a sign-up.

    They share a phone or an email and their names do not differ, or the mentor was linked to `contact`, which shares
    a key with the sign-up, and all names agree: a student may change phone and email between two years.
    """
    if is_same_person(signup, mentor):
        return True
    return (
        mentor.contact_id == contact.contact_id
        and is_contact_of(signup, contact)
        and compare_record_names(signup, mentor) == "agree"
    )


def _are_two_people(signup: Signup, mentor: EarlierMentor) -> bool:
    """Return whether the names differ and no UGA email is shared, which belongs to one student."""
    return compare_record_names(signup, mentor) == "differ" and not share_uga_email(signup, mentor)
