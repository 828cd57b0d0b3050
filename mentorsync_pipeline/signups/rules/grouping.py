"""Group the sign-ups of one person (rulebook section 2).

Sign-ups whose names differ are never joined, not even through a third. A chain that would join them is split: first
only links with agreeing names are used, then only those whose names agree without being alike; if these still join
them, none are.

Nor are two mentors with two contacts joined by names that are only alike: a sister who types her brother's email is
still his sister.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import NamedTuple

from mentorsync_pipeline.domain.emails import is_uga_email
from mentorsync_pipeline.domain.known_mentors import NO_KNOWN_MENTORS, KnownMentors
from mentorsync_pipeline.domain.names.compare_names import compare_names, names_are_equal
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.domain.records import NameAgreement, Signup
from mentorsync_pipeline.domain.sharing import (
    Person,
    compare_record_names,
    person_name,
    share_email,
    share_phone,
    uga_emails_differ,
)


@dataclass(frozen=True, slots=True)
class Grouping:
    """Sign-ups of each person, newest first, and the sign-ups of split chains."""

    people: tuple[tuple[Signup, ...], ...]
    kept_apart: tuple[Signup, ...]


def recency_key(signup: Signup) -> tuple[float, int, str]:
    """Return the sort key of sign-ups in time: `created_at`, then the submission id as a number."""
    return signup.created_at.timestamp(), len(signup.submission_id), signup.submission_id


# A key shared by more people is a placeholder.
_MAX_PEOPLE = 10
# A key with more different names is a placeholder; comparing all of them would take too long.
_MAX_NAMES = 40


class _NameBoxes(NamedTuple):
    first_name: str | None
    preferred_name: str | None
    last_name: str | None


@dataclass(frozen=True, slots=True)
class _Profile:
    """Names and keys of a sign-up, computed once, because thousands of sign-ups may share a key.

    Sign-ups with equal profiles are compared as one.
    """

    names: _NameBoxes
    phone_keys: tuple[str, ...]
    email_keys: tuple[str, ...]
    unread_emails: tuple[str, ...]
    uga_emails: frozenset[str]

    @property
    def first_name(self) -> str | None:
        """Return the first name as written."""
        return self.names.first_name

    @property
    def preferred_name(self) -> str | None:
        """Return the preferred name as written."""
        return self.names.preferred_name

    @property
    def last_name(self) -> str | None:
        """Return the last name as written."""
        return self.names.last_name


def _build_profile(signup: Signup) -> _Profile:
    emails = signup.email_keys
    return _Profile(
        _NameBoxes(signup.first_name, signup.preferred_name, signup.last_name),
        signup.phone_keys,
        tuple(sorted(emails)),
        signup.unread_emails,
        frozenset(filter(is_uga_email, emails)),
    )


def group_signups(signups: Iterable[Signup], known: KnownMentors = NO_KNOWN_MENTORS) -> Grouping:
    """Group sign-ups by person, newest people first. The order of the input does not matter."""
    listed = sorted(signups, key=recency_key, reverse=True)
    links = _SignupLinks(listed, find_mentors_with_contact(listed, known))
    people: list[list[Signup]] = []
    kept_apart: list[Signup] = []
    for chain in links.components(listed, ("agree", "unclear")):
        parts = links.split_differing_people(chain)
        if len(parts) > 1:
            kept_apart.extend(chain)
        people.extend(parts)
    ordered = sorted(people, key=lambda person: recency_key(person[0]), reverse=True)
    return Grouping(tuple(map(tuple, ordered)), tuple(sorted(kept_apart, key=recency_key, reverse=True)))


def merge_people(people: Sequence[tuple[Signup, ...]], joined: Iterable[tuple[int, int]]) -> list[tuple[Signup, ...]]:
    """Join people by pairs of positions in `people`; each result has all sign-ups, newest first."""
    sets = _DisjointSets(len(people))
    for first, second in joined:
        sets.join(first, second)
    return [
        tuple(sorted((signup for place in places for signup in people[place]), key=recency_key, reverse=True))
        for places in sets.groups()
    ]


def find_keys_of_many_names(signups: Iterable[Signup]) -> dict[str, list[str]]:
    """Return the keys with more different names than can be compared, with their MN ids."""
    return {
        key: [signup.mn_id for signup in holders]
        for key, holders in _holders_by_key(signups).items()
        if len({(signup.first_name, signup.preferred_name, signup.last_name) for signup in holders}) > _MAX_NAMES
    }


def find_crowded_keys(people: Sequence[tuple[Signup, ...]]) -> dict[str, list[str]]:
    """Return the keys that more people share than can be asked about in pairs, with their MN ids.

    Their names need not differ: names alone may not decide.
    """
    by_key = _holders_by_key(person[0] for person in people)
    return {key: [signup.mn_id for signup in holders] for key, holders in by_key.items() if len(holders) > _MAX_PEOPLE}


def _holders_by_key(signups: Iterable[Signup]) -> dict[str, list[Signup]]:
    by_key: dict[str, list[Signup]] = defaultdict(list)
    for signup in signups:
        for key in {*signup.phone_keys, *signup.email_keys}:
            by_key[key].append(signup)
    return by_key


def find_pairs_with_shared_key(people: Sequence[tuple[Signup, ...]]) -> Iterator[tuple[int, int]]:
    """Yield pairs of positions of people whose newest sign-ups share a phone or an email."""
    by_key: dict[str, list[int]] = defaultdict(list)
    for place, person in enumerate(people):
        for key in {*person[0].phone_keys, *person[0].email_keys}:
            by_key[key].append(place)
    yield from sorted({pair for places in by_key.values() for pair in combinations(places, 2)})


def find_mentors_with_contact(signups: Iterable[Signup], known: KnownMentors) -> dict[str, int]:
    """Return the contacts of the sign-ups that were mentors of their own in the last run, by submission id."""
    mentors = {signup.submission_id: known[signup.submission_id] for signup in signups if signup.submission_id in known}
    superseded = {key for mentor in mentors.values() for key in mentor.superseded_submission_ids}
    return {
        key: mentor.contact_id
        for key, mentor in mentors.items()
        if mentor.contact_id is not None and key not in superseded
    }


def are_two_mentors(signup: Signup, other: Signup, contact_ids: Mapping[str, int]) -> bool:
    """Return whether the two were mentors with two contacts (`find_mentors_with_contact`) and names only alike."""
    contact_id, other_id = contact_ids.get(signup.submission_id), contact_ids.get(other.submission_id)
    if contact_id is None or other_id is None or contact_id == other_id:
        return False
    return not _agree_without_being_alike(signup, other)


class _SignupLinks:
    """Pairs of sign-ups that are the same person, with the agreement of their names.

    Among the sign-ups with one key, only one of each name is compared; a further shared key links the others. So the
    work grows with the number of sign-ups, not of pairs.
    """

    def __init__(self, signups: Sequence[Signup], contact_ids: Mapping[str, int]) -> None:
        self._links: dict[tuple[str, str], NameAgreement] = {}
        self._contact_ids = contact_ids
        self._profiles = {signup.submission_id: _build_profile(signup) for signup in signups}
        first_of: dict[_Profile, Signup] = {}
        for signup in signups:
            profile = self._profiles[signup.submission_id]
            self._link(first_of.setdefault(profile, signup), signup)
        for _, holders in sorted(_holders_by_key(first_of.values()).items()):
            self._link_holders(holders)

    def _link_holders(self, holders: Sequence[Signup]) -> None:
        """Link the sign-ups with one key."""
        by_kind: dict[tuple[_NameBoxes, bool, bool], list[Signup]] = defaultdict(list)
        for signup in holders:
            profile = self._profiles[signup.submission_id]
            has_email = bool(profile.email_keys or profile.unread_emails)
            by_kind[profile.names, has_email, bool(profile.uga_emails)].append(signup)
        for group in by_kind.values():
            for signup in group[1:]:
                self._link(group[0], signup)
        for left, right in combinations(by_kind.values(), 2):
            if self._link(left[0], right[0]) is not None:
                for signup in left[1:]:
                    self._link(signup, right[0])
                for signup in right[1:]:
                    self._link(left[0], signup)

    def _link(self, signup: Signup, other: Signup) -> NameAgreement | None:
        """Link two sign-ups if they are one person's, and return the agreement of their names."""
        pair = (signup.submission_id, other.submission_id)
        if pair in self._links:
            return self._links[pair]
        left, right = self._profiles[pair[0]], self._profiles[pair[1]]
        if signup is other or not (left.phone_keys or left.email_keys):
            return None
        names = _agreement(left, right)
        if not _joins(names, left, right) or are_two_mentors(signup, other, self._contact_ids):
            return None
        self._links[pair] = names
        return names

    def components(self, signups: Sequence[Signup], by: tuple[NameAgreement, ...]) -> list[list[Signup]]:
        """Return the groups of sign-ups that are connected by links of these kinds."""
        places = {signup.submission_id: place for place, signup in enumerate(signups)}
        sets = _DisjointSets(len(signups))
        for (first_id, second_id), names in self._links.items():
            if names in by and first_id in places and second_id in places:
                sets.join(places[first_id], places[second_id])
        return [[signups[place] for place in group] for group in sets.groups()]

    def split_differing_people(self, chain: list[Signup]) -> list[list[Signup]]:
        """Split a chain into parts without people whose names differ."""
        parts = [chain]
        for split in (self._split_by_agreement, self._split_by_name, _split_all):
            parts = [
                smaller for part in parts for smaller in (split(part) if self._has_differing_people(part) else [part])
            ]
        return parts

    def _split_by_agreement(self, signups: list[Signup]) -> list[list[Signup]]:
        return self.components(signups, ("agree",))

    def _split_by_name(self, signups: list[Signup]) -> list[list[Signup]]:
        """Split into parts that are connected by links with names that agree without being alike."""
        sets = _DisjointSets(len(signups))
        places = {signup.submission_id: place for place, signup in enumerate(signups)}
        for (first_id, second_id), names in self._links.items():
            if names == "agree" and first_id in places and second_id in places:
                first, second = places[first_id], places[second_id]
                if _agree_without_being_alike(signups[first], signups[second]):
                    sets.join(first, second)
        return [[signups[place] for place in group] for group in sets.groups()]

    def _has_two_mentors(self, signups: Sequence[Signup]) -> bool:
        mentors = [signup for signup in signups if signup.submission_id in self._contact_ids]
        return len(mentors) <= _MAX_NAMES and any(
            are_two_mentors(*pair, self._contact_ids) for pair in combinations(mentors, 2)
        )

    def _has_differing_people(self, signups: Sequence[Signup]) -> bool:
        if self._has_two_mentors(signups):
            return True
        by_names: dict[_NameBoxes, list[_Profile]] = defaultdict(list)
        for profile in dict.fromkeys(self._profiles[signup.submission_id] for signup in signups):
            by_names[profile.names].append(profile)
        return any(map(_include_two_students, by_names.values())) or any(
            _include_strangers(left, right) for left, right in combinations(by_names.values(), 2)
        )


def _split_all(signups: list[Signup]) -> list[list[Signup]]:
    return [[signup] for signup in signups]


def _agree_without_being_alike(signup: Signup, other: Signup) -> bool:
    return compare_names(person_name(signup), person_name(other), share_email=True) == "agree"


def _include_two_students(profiles: Sequence[_Profile]) -> bool:
    """Return whether two of the people, whose names are equal, are certainly two by their UGA emails."""
    if len(profiles) == 1:
        return False
    name = person_name(profiles[0])
    keys = [_find_joining_keys(profile, name, name) for profile in profiles if profile.uga_emails]
    return _has_disjoint_pair(keys, keys)


def _include_strangers(some: Sequence[_Profile], others: Sequence[_Profile]) -> bool:
    """Return whether one of `some` and one of `others`, each of one name, are certainly two people.

    A key that all of them share decides for all pairs. Names that do not differ leave only two different UGA emails;
    otherwise the pairs are compared.
    """
    name, other, common = person_name(some[0]), person_name(others[0]), _find_common_keys([*some, *others])
    share_one_email = any("@" in key for key in common)
    if compare_names(name, other, alike_matches=share_one_email, share_email=share_one_email) == "differ":
        return any(_are_strangers(one, another) for one in some for another in others)
    students, other_students = (
        [_find_joining_keys(profile, name, other) for profile in profiles if profile.uga_emails]
        for profiles in (some, others)
    )
    return _has_disjoint_pair(students, other_students)


def _find_joining_keys(profile: _Profile, name: PersonName, other: PersonName) -> frozenset[str]:
    """Return a student's keys: two students with these names and one of them in common are one (`_are_strangers`)."""
    keys = set(profile.uga_emails)
    if names_are_equal(name, other):
        keys.update(profile.phone_keys)
    if compare_names(name, other, share_email=True) == "agree":
        keys.update(profile.email_keys)
    return frozenset(keys)


def _has_disjoint_pair(some: Sequence[frozenset[str]], others: Sequence[frozenset[str]]) -> bool:
    """Return whether one of `some` and one of `others` have no key in common; the same set twice is no pair.

    Only keys that occur more than once can be in common, and many sets have the same ones: these are compared as one.
    """
    distinct = {*some, *others}
    if not some or not others or len(distinct) == 1:
        return False
    count = Counter(key for keys in distinct for key in keys)
    shared, other_shared = (
        {frozenset(key for key in keys if count[key] > 1) for keys in {*sets}} for sets in (some, others)
    )
    # A set without any shared key has none in common with any other set.
    return frozenset() in shared | other_shared or any(
        one.isdisjoint(other) for one, other in product(shared, other_shared)
    )


def _find_common_keys(profiles: Sequence[_Profile]) -> frozenset[str]:
    """Return the phones and emails that all of them have."""
    first, *others = ((*profile.phone_keys, *profile.email_keys) for profile in profiles)
    return frozenset(first).intersection(*others)


def are_one_person(left: Signup, right: Signup) -> bool:
    """Return whether two sign-ups that share a phone or an email are the same person's, without further links."""
    return _joins(_agreement(left, right), left, right)


def _agreement(left: Person, right: Person) -> NameAgreement:
    if uga_emails_differ(left, right):
        return "agree" if _is_one_student(left, right) else "differ"
    return compare_record_names(left, right)


def _joins(names: NameAgreement, left: Person, right: Person) -> bool:
    return names == "agree" or (names == "unclear" and share_email(left, right))


def are_strangers(left: Signup, right: Signup) -> bool:
    """Return whether two sign-ups are certainly from different people."""
    return _are_strangers(left, right)


def _are_strangers(left: Person, right: Person) -> bool:
    if uga_emails_differ(left, right):
        return not _is_one_student(left, right)
    return person_name(left) != person_name(right) and compare_record_names(left, right) == "differ"


def _is_one_student(signup: Person, other: Person) -> bool:
    """Return whether two sign-ups with different UGA emails are one student with two spellings of the address.

    True if first and last names are equal and they share a phone, or if the names agree and they share a personal
    email. Alike first names do not count, because twins share their parents' address.
    """
    if names_are_equal(person_name(signup), person_name(other)) and share_phone(signup, other):
        return True
    personal = [key for key in set(signup.email_keys).intersection(other.email_keys) if not is_uga_email(key)]
    return bool(personal) and compare_names(person_name(signup), person_name(other), share_email=True) == "agree"


class _DisjointSets:
    """Disjoint sets of the numbers 0 to `size` - 1."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def join(self, first: int, second: int) -> None:
        """Join the sets of two numbers."""
        low, high = sorted((self._find(first), self._find(second)))
        self._parent[high] = low

    def groups(self) -> list[list[int]]:
        """Return the sets, sorted, by their lowest number."""
        sets: dict[int, list[int]] = defaultdict(list)
        for number in range(len(self._parent)):
            sets[self._find(number)].append(number)
        return list(sets.values())

    def _find(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number
