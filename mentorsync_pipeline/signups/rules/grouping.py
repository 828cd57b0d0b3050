"""Which sign-ups are one person's (rulebook section 2).

Nobody is joined with somebody whose names differ, not even by way of a third sign-up. Where a chain would do that,
only the links whose names agree hold it together; if these do it too, none of them do.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from mentorsync_pipeline.domain.emails import is_uga_email
from mentorsync_pipeline.domain.names import compare_names, names_are_equal
from mentorsync_pipeline.domain.records import NameAgreement, Signup
from mentorsync_pipeline.domain.sharing import (
    compare_record_names,
    person_name,
    share_email,
    share_phone,
    uga_emails_differ,
)


@dataclass(frozen=True, slots=True)
class Grouping:
    """The people, each with all sign-ups, newest first; and the sign-ups that were kept apart to be safe."""

    people: tuple[tuple[Signup, ...], ...]
    kept_apart: tuple[Signup, ...]


def recency(signup: Signup) -> tuple[float, int, str]:
    """The order of sign-ups in time: by `created_at`, then by submission id as a number."""
    return signup.created_at.timestamp(), len(signup.submission_id), signup.submission_id


def group(signups: Iterable[Signup]) -> Grouping:
    """Put together the sign-ups of one person; the order of the inputs does not matter. Newest people come first."""
    listed = sorted(signups, key=recency, reverse=True)
    links = _Links(listed)
    people: list[list[Signup]] = []
    kept_apart: list[Signup] = []
    for chain in links.components(listed, ("agree", "unclear")):
        parts = links.without_strangers(chain)
        if len(parts) > 1:
            kept_apart.extend(chain)
        people.extend(parts)
    ordered = sorted(people, key=lambda person: recency(person[0]), reverse=True)
    return Grouping(tuple(map(tuple, ordered)), tuple(sorted(kept_apart, key=recency, reverse=True)))


def merge(people: Sequence[tuple[Signup, ...]], joined: Iterable[tuple[int, int]]) -> list[tuple[Signup, ...]]:
    """Join the people of these pairs of positions, as a person decided, each with all sign-ups newest first."""
    sets = _Sets(len(people))
    for one, other in joined:
        sets.join(one, other)
    return [
        tuple(sorted((signup for place in places for signup in people[place]), key=recency, reverse=True))
        for places in sets.groups()
    ]


def sharing_a_key(people: Sequence[tuple[Signup, ...]]) -> Iterator[tuple[int, int]]:
    """The pairs of positions of people whose counting sign-ups share a phone or an email."""
    by_key: dict[str, list[int]] = defaultdict(list)
    for place, person in enumerate(people):
        for key in {*person[0].phone_keys, *person[0].email_keys}:
            by_key[key].append(place)
    yield from sorted({pair for places in by_key.values() for pair in combinations(places, 2)})


class _Links:
    """Which pairs of sign-ups are the same person by themselves, and by which agreement of names."""

    def __init__(self, signups: Sequence[Signup]) -> None:
        self._links: dict[tuple[str, str], NameAgreement] = {}
        for one, other in sharing_a_key([(signup,) for signup in signups]):
            names = _agreement(signups[one], signups[other])
            if _joins(names, signups[one], signups[other]):
                self._links[signups[one].submission_id, signups[other].submission_id] = names

    def components(self, signups: Sequence[Signup], by: tuple[NameAgreement, ...]) -> list[list[Signup]]:
        """The sign-ups in groups that hang together by links of these kinds, in the order given."""
        places = {signup.submission_id: place for place, signup in enumerate(signups)}
        sets = _Sets(len(signups))
        for (one, other), names in self._links.items():
            if names in by and one in places and other in places:
                sets.join(places[one], places[other])
        return [[signups[place] for place in group] for group in sets.groups()]

    def without_strangers(self, chain: list[Signup]) -> list[list[Signup]]:
        """The chain in parts of which none holds two people whose names differ."""
        if not _has_strangers(chain):
            return [chain]
        parts: list[list[Signup]] = []
        for part in self.components(chain, ("agree",)):
            parts.extend([[signup] for signup in part] if _has_strangers(part) else [part])
        return parts


def are_one_person(one: Signup, other: Signup) -> bool:
    """Whether two sign-ups that share a phone or an email are one person's by themselves."""
    return _joins(_agreement(one, other), one, other)


def _agreement(one: Signup, other: Signup) -> NameAgreement:
    if uga_emails_differ(one, other):
        return "agree" if _is_one_student(one, other) else "differ"
    return compare_record_names(one, other)


def _joins(names: NameAgreement, one: Signup, other: Signup) -> bool:
    return names == "agree" or (names == "unclear" and share_email(one, other))


def _has_strangers(signups: Sequence[Signup]) -> bool:
    return any(are_strangers(one, other) for one, other in combinations(signups, 2))


def are_strangers(one: Signup, other: Signup) -> bool:
    """Whether two sign-ups are certainly two people's."""
    if uga_emails_differ(one, other):
        return not _is_one_student(one, other)
    return compare_record_names(one, other) == "differ"


def _is_one_student(one: Signup, other: Signup) -> bool:
    """Whether two sign-ups with different UGA emails are one student who has two spellings of the address.

    Their first and last names are equal and they share a phone, or their names agree and they share a personal email.
    First names that are only alike are no sign of that: twins have their parents' address.
    """
    if names_are_equal(person_name(one), person_name(other)) and share_phone(one, other):
        return True
    personal = [key for key in set(one.email_keys).intersection(other.email_keys) if not is_uga_email(key)]
    return bool(personal) and compare_names(person_name(one), person_name(other), share_email=True) == "agree"


class _Sets:
    """Disjoint sets of the numbers 0 to `size` - 1."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def join(self, one: int, other: int) -> None:
        """Put the sets of two numbers together."""
        low, high = sorted((self._find(one), self._find(other)))
        self._parent[high] = low

    def groups(self) -> list[list[int]]:
        """The sets, each in order, by their lowest number."""
        found: dict[int, list[int]] = defaultdict(list)
        for number in range(len(self._parent)):
            found[self._find(number)].append(number)
        return list(found.values())

    def _find(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number
