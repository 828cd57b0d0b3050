"""Find the mentor of a line of an attendance file by MN id, email, phone or name (rulebook, section 14)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from mentorsync_pipeline.domain.emails import email_keys
from mentorsync_pipeline.domain.names.compare_names import compare_names, names_are_equal
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.domain.normalize import mn_id as normalize_mn_id
from mentorsync_pipeline.domain.phones import phone_keys
from mentorsync_pipeline.domain.sharing import person_name


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPerson:
    """A mentor of the year. `mn_ids` are the present and all former ids; phones and emails are normalized."""

    mn_id: str
    submission_id: str | None
    mn_ids: tuple[str, ...]
    first_name: str | None
    last_name: str | None
    preferred_name: str | None
    phones: frozenset[str]
    emails: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineKeys:
    """The identifying cells of a line, as typed; None if the file has no such column or the cell is blank."""

    mn_id: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None

    @property
    def names(self) -> PersonName | None:
        """The name on the line, if any. A single cell is split before its last word."""
        if self.first_name or self.last_name:
            return PersonName(first=self.first_name, preferred=None, last=self.last_name)
        if not self.name:
            return None
        last, comma, first = self.name.partition(",")
        if comma and first.strip():
            return PersonName(first=first.strip(), preferred=None, last=last.strip())
        first_names, _, last_name = self.name.rpartition(" ")
        return PersonName(first=first_names or last_name, preferred=None, last=last_name if first_names else None)


class PersonIndex:
    """Index of a year's mentors by MN id, email and phone."""

    def __init__(self, people: Iterable[KnownPerson]) -> None:
        self._people = list(people)
        self._by_key: dict[tuple[str, str], list[KnownPerson]] = defaultdict(list)
        for person in self._people:
            for kind, keys in (("id", person.mn_ids), ("email", person.emails), ("phone", person.phones)):
                for key in set(keys):
                    self._by_key[kind, key].append(person)

    def find(self, keys: LineKeys) -> KnownPerson | str:
        """Return the mentor of a line, or the reason why there is none (`LineProblem.reason`).

        An MN id decides, unless the name or the email on the line is another mentor's. Without an MN id, the email,
        then the phone, then the name must identify a single mentor; a name on the line distinguishes mentors who share
        an email or a phone.
        """
        if keys.mn_id:
            return self._find_by_mn_id(keys)
        for kind, typed, normalized in (
            ("email", keys.email, email_keys(keys.email)),
            ("phone", keys.phone, phone_keys(keys.phone)),
        ):
            if typed and normalized:
                matches = self._filter_by_name(self._find_by_keys(kind, normalized), keys.names)
                if matches:
                    return (
                        matches[0] if len(matches) == 1 else f"has a {kind} that several mentors share; add the MN id"
                    )
        return self._find_by_name(keys)

    def _find_by_mn_id(self, keys: LineKeys) -> KnownPerson | str:
        mn_id = normalize_mn_id(keys.mn_id)
        if mn_id is None:
            return "has an MN id that is not MN and four or more digits"
        people = self._by_key.get(("id", mn_id), [])
        if not people:
            return f"has {mn_id}, which no mentor of the year has"
        if len(people) > 1:
            return f"has {mn_id}, which several mentors have or had"
        if not self._filter_by_name(people, keys.names):
            return f"has {mn_id} with the name of another person"
        owners = self._find_by_keys("email", email_keys(keys.email))
        if owners and people[0] not in owners:
            return f"has {mn_id} with the email of another mentor"
        return people[0]

    def _find_by_keys(self, kind: str, keys: Collection[str]) -> list[KnownPerson]:
        matches = {person.mn_id: person for key in keys for person in self._by_key.get((kind, key), ())}
        return list(matches.values())

    def _filter_by_name(self, people: Sequence[KnownPerson], names: PersonName | None) -> list[KnownPerson]:
        """Return the people whose name agrees with the line's; without agreement, those whose name may agree."""
        if names is None:
            return list(people)
        compared: Mapping[str, list[KnownPerson]] = defaultdict(list)
        for person in people:
            compared[compare_names(names, person_name(person), alike_matches=True)].append(person)
        return compared["agree"] or compared["unclear"]

    def _find_by_name(self, keys: LineKeys) -> KnownPerson | str:
        names = keys.names
        if names is None:
            typed = keys.email or keys.phone
            return (
                "has an email or phone that no mentor of the year has"
                if typed
                else "has no usable MN id, email or phone"
            )
        matches = [person for person in self._people if names_are_equal(names, person_name(person))]
        matches = matches or [person for person in self._people if compare_names(names, person_name(person)) == "agree"]
        if not matches:
            return "has a name that no mentor of the year has"
        return matches[0] if len(matches) == 1 else "has a name that several mentors have; add the MN id"
