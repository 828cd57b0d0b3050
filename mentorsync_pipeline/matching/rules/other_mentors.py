"""Recognise contacts of other mentors of the year by links and names (rulebook sections 3, 4 and 7)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.known_mentors import KnownMentors, Link
from mentorsync_pipeline.domain.lost_names import parse_known_names, restore_lost_name
from mentorsync_pipeline.domain.names.compare_names import compare_names, last_names_match
from mentorsync_pipeline.domain.names.written_names import PersonName, first_name_keys, has_first_name
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Contact, NameAgreement, Signup
from mentorsync_pipeline.domain.sharing import (
    Named,
    Person,
    agree_by_phone_alone,
    compare_record_names,
    person_name,
    share_uga_email,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _LinkedMentor:
    """A mentor who is linked to a contact. `is_present`: the sign-up is listed."""

    submission_id: str
    name: PersonName
    keys: frozenset[str]
    external_ids: frozenset[str]
    is_present: bool


class OtherMentors:
    """The mentors of the year by linked contact, phone and email.

    A link is evidence that a contact is the mentor's, also while the sign-up is absent or the mentor is blocked. A
    phone that its own sign-up no longer has, or an External ID that was removed or moved, does not make it another
    mentor's, unless that mentor shares more phones and emails with it.
    """

    def __init__(
        self, signups: Iterable[Signup], links: Mapping[str, Link], known: KnownMentors, config: CampaignConfig
    ) -> None:
        present = {
            signup.submission_id: restore_lost_name(signup, links[signup.submission_id].names)
            if signup.submission_id in links
            else signup
            for signup in signups
        }
        self._linked = frozenset(links)
        self._by_contact: dict[int, list[_LinkedMentor]] = defaultdict(list)
        self._absent_by_key: dict[str, list[_LinkedMentor]] = defaultdict(list)
        for submission_id, link in links.items():
            signup = present.get(submission_id)
            mentor = _LinkedMentor(
                submission_id=submission_id,
                name=_name_at_link(link, signup),
                keys=link.keys.union(_list_keys(signup) if signup else ()),
                external_ids=frozenset(id_key(config.external_id(mn_id)) or "" for mn_id in link.mn_ids),
                is_present=signup is not None,
            )
            self._by_contact[link.contact_id].append(mentor)
            for key in () if mentor.is_present else mentor.keys:
                self._absent_by_key[key].append(mentor)
        self._by_key: dict[str, list[Signup]] = defaultdict(list)
        self._by_name: dict[frozenset[str], set[str]] = defaultdict(set)
        for signup in present.values():
            for key in _list_keys(signup):
                self._by_key[key].append(signup)
            for name_keys in _list_name_keys(person_name(signup)):
                self._by_name[name_keys].add(signup.submission_id)
        for mentor in (mentor for linked in self._by_contact.values() for mentor in linked):
            for name_keys in _list_name_keys(mentor.name):
                self._by_name[name_keys].add(mentor.submission_id)
        self._by_former_id: dict[str, list[tuple[str, PersonName]]] = defaultdict(list)
        for submission_id, earlier in known.items():
            signup = present.get(submission_id)
            name = parse_known_names(earlier.names) if signup is None else person_name(signup)
            for mn_id in earlier.mn_ids:
                self._by_former_id[id_key(config.external_id(mn_id)) or ""].append((submission_id, name))

    def is_of_another_person(self, signup: Signup, contact: Contact) -> bool:
        """Return whether a contact is that of another mentor of the year.

        It has that mentor's name and a key or former id of that mentor, and another name than the sign-up or one that
        agrees only because a phone is shared, or it is linked to a mentor of another name. Without a first name, the
        linked mentor's name need not differ from the sign-up's: a cousin has the same first name. Where names agree
        only because a phone is shared, the other mentor's name is enough: a sister may have corrected her keys.
        """
        if self._is_known_as_own(signup, contact) or _compare(signup, contact) == "agree":
            return False
        by_phone_alone = agree_by_phone_alone(signup, contact)
        may_be_relatives = by_phone_alone or compare_record_names(signup, contact) == "differ"
        is_namesakes = (
            self._has_name_of_another(signup, contact)
            or self._was_id_of_namesake(signup, contact)
            or (by_phone_alone and self._has_listed_name(signup, contact))
        )
        others = ("differ",) if has_first_name(person_name(contact)) else ("differ", "unclear")
        return (may_be_relatives and is_namesakes) or any(
            _compare(signup, mentor) in others for mentor in self._find_linked(signup, contact)
        )

    def is_held_for_another_mentor(self, signup: Signup, contact: Contact) -> bool:
        """Return whether the External ID of a sign-up does not show that a contact is its mentor's.

        It has another mentor's name and not the sign-up's, or it is linked to another mentor, and has not the sign-up's
        name or an id that the other mentor had before a correction. Without the sign-up's name, it is also held for a
        present mentor who shares more phones and emails with it.
        """
        if self._is_known_as_own(signup, contact):
            return False
        has_name = _compare(signup, contact) == "agree"
        is_linked_to_another = any(
            (mentor.is_present or signup.submission_id in self._linked or _compare(signup, mentor) != "agree")
            and (not has_name or contact.external_id_key in mentor.external_ids)
            for mentor in self._find_linked(signup, contact)
        )
        was_anothers_id = not has_name and any(
            contact.external_id_key in mentor.external_ids and _compare(mentor, contact) == "agree"
            for mentor in self._by_contact.get(contact.contact_id, ())
        )
        return (
            is_linked_to_another
            or was_anothers_id
            or (
                not has_name and (self._was_id_of_namesake(signup, contact) or self._fits_another_more(signup, contact))
            )
            or self._has_name_of_another(signup, contact)
        )

    def is_linked_with_former_id(self, signup: Signup, contact: Contact) -> bool:
        """Return whether a sign-up is linked to a contact that holds an id of its mentor from before a correction.

        Another mentor may have had the id since, whom the link excludes.
        """
        return any(
            mentor.submission_id == signup.submission_id and contact.external_id_key in mentor.external_ids
            for mentor in self._by_contact.get(contact.contact_id, ())
        )

    def is_linked_to_absent(self, signup: Signup, contact: Contact) -> bool:
        """Return whether a contact is linked to an absent mentor who shares more with it, and not to the sign-up's."""
        count = _count_shared(_list_keys(signup), contact)
        return not self._is_known_as_own(signup, contact) and any(
            not mentor.is_present and _count_shared(mentor.keys, contact) > count
            for mentor in self._by_contact.get(contact.contact_id, ())
        )

    def may_be_of_another(self, signup: Signup, contact: Contact) -> bool:
        """Return whether a contact shares no email with a sign-up, but is linked to or shares one with another mentor.

        A namesake's or relative's phone may be this mentor's now. A link of a mentor whose name agrees does not count.
        """
        emails = contact.email_keys
        return set(emails).isdisjoint(signup.email_keys) and (
            any(self._by_key.get(email) for email in emails)
            or any(_compare(signup, mentor) != "agree" for mentor in self._by_contact.get(contact.contact_id, ()))
        )

    def _is_known_as_own(self, signup: Signup, contact: Contact) -> bool:
        """Return whether a sign-up is linked to a contact or shares a UGA email with it, which is one student's."""
        linked = self._by_contact.get(contact.contact_id, ())
        return share_uga_email(signup, contact) or any(
            mentor.submission_id == signup.submission_id for mentor in linked
        )

    def _was_id_of_namesake(self, signup: Signup, contact: Contact) -> bool:
        """Return whether a contact's External ID was that of another mentor who has its name.

        An import with the old id may have made the contact after the ids were exchanged, so that nobody is linked yet.
        """
        own = {signup.submission_id, *signup.superseded_submission_ids, *signup.deleted_submission_ids}
        return any(
            submission_id not in own and _compare_names(name, person_name(contact)) == "agree"
            for submission_id, name in self._by_former_id.get(contact.external_id_key or "", ())
        )

    def _fits_another_more(self, signup: Signup, contact: Contact) -> bool:
        """Return whether a present mentor, whose name does not differ, shares more phones and emails with a contact.

        Without a first name the contact must have an id that was that mentor's: an import with it may have made it.
        """
        count = _count_shared(_list_keys(signup), contact)
        had_id = {submission_id for submission_id, _ in self._by_former_id.get(contact.external_id_key or "", ())}
        is_named = has_first_name(person_name(contact))
        return any(
            (is_named or other.submission_id in had_id)
            and _count_shared(_list_keys(other), contact) > count
            and _compare(other, contact) != "differ"
            for key in _list_keys(contact)
            for other in self._by_key.get(key, ())
        )

    def _has_listed_name(self, signup: Signup, contact: Contact) -> bool:
        """Return whether a contact has the first and last name of another mentor of the year, whatever they share."""
        own = {signup.submission_id, *signup.superseded_submission_ids}
        return any(not self._by_name.get(name_keys, own) <= own for name_keys in _list_name_keys(person_name(contact)))

    def _has_name_of_another(self, signup: Signup, contact: Contact) -> bool:
        """Return whether a contact has the name of a mentor who shares as much with it, and not the sign-up's.

        A present mentor may share less when the sign-up's name differs: a sister's phone may have been corrected. An
        absent mentor with a link to any contact counts, so that a short list does not make a contact a sister's.
        """
        if _compare(signup, contact) == "agree":
            return False
        count = _count_shared(_list_keys(signup), contact)
        keys = _list_keys(contact)
        present = {other for key in keys for other in self._by_key.get(key, ())}
        absent = {other for key in keys for other in self._absent_by_key.get(key, ())}
        is_named_otherwise = _compare(signup, contact) == "differ"
        return any(
            _compare(other, contact) == "agree"
            and (is_named_otherwise or _count_shared(_list_keys(other), contact) >= count)
            for other in present
        ) or any(
            _compare(other, contact) == "agree" and _count_shared(other.keys, contact) >= count for other in absent
        )

    def _find_linked(self, signup: Signup, contact: Contact) -> Iterator[_LinkedMentor]:
        """Yield the mentors linked to a contact who share as many phones and emails with it as a sign-up does.

        They share more with a contact without a first name, unless it has their External ID, or their last name and not
        the sign-up's: the link may be left of an answer for the other mentor that was taken back.
        """
        count = _count_shared(_list_keys(signup), contact)
        name = person_name(contact)
        has_own_last_name = last_names_match(person_name(signup), name)
        for mentor in self._by_contact.get(contact.contact_id, ()):
            is_shown = (
                has_first_name(name)
                or contact.external_id_key in mentor.external_ids
                or (last_names_match(mentor.name, name) and not has_own_last_name)
            )
            if _count_shared(mentor.keys, contact) >= (count if is_shown else count + 1):
                yield mentor


def _list_keys(person: Person) -> tuple[str, ...]:
    return (*person.phone_keys, *person.email_keys)


def _list_name_keys(name: PersonName) -> list[frozenset[str]]:
    """Return the keys of each first name with the last name, in any order because the boxes may be swapped."""
    return [frozenset((first, name_key(name.last))) for first in first_name_keys(name)]


def _count_shared(keys: Iterable[str], contact: Contact) -> int:
    return len({*_list_keys(contact)}.intersection(keys))


def _name_at_link(link: Link, signup: Signup | None) -> PersonName:
    if link.names or signup is None:
        return parse_known_names(link.names)
    return person_name(signup)


def _compare(person: Named | _LinkedMentor, other: Named | _LinkedMentor) -> NameAgreement:
    """Compare names without regard to shared keys, so that a name that is only like another one differs from it."""
    name, other_name = (one.name if isinstance(one, _LinkedMentor) else person_name(one) for one in (person, other))
    return _compare_names(name, other_name)


def _compare_names(name: PersonName, other: PersonName) -> NameAgreement:
    """Compare names; without a first name on both sides, the last names decide whether they agree."""
    if not (has_first_name(name) or has_first_name(other)) and last_names_match(name, other):
        return "agree"
    return compare_names(name, other)
