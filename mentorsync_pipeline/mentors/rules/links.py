"""Link campaign members and form entries to mentors (rulebook section 7).

These records have no contact id. They are linked by email or phone, and form entries also by the MN id, which people
type by hand and which may be another mentor's. Each record is linked to the best-matching mentor, or to none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol, TypeVar

from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.forms import ENTRY_FORMS, Form
from mentorsync_pipeline.domain.names.compare_names import (
    compare_first_names,
    compare_names,
    last_names_differ,
    last_names_match,
)
from mentorsync_pipeline.domain.names.written_names import PersonName, has_first_name
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import FormEntry, Member
from mentorsync_pipeline.domain.sharing import has_own_emails
from mentorsync_pipeline.mentors.rules.mentor_keys import Person
from mentorsync_pipeline.mentors.rules.mn_numbers import parse_mn_number

_AGREEMENT_RANK = {"agree": 2, "unclear": 1, "differ": 0}


@dataclass(frozen=True, slots=True)
class Links:
    """Linked records by the mentor's submission id, and warnings about records that match several mentors equally well.

    Attributes:
        entries: by the form's name, each mentor's latest entry.
        owners: by the form's name, the mentor's submission id by the entry's submission id.

    """

    members: Mapping[str, tuple[Member, ...]]
    entries: Mapping[str, Mapping[str, FormEntry]]
    owners: Mapping[str, Mapping[str, str]]
    warnings: tuple[WarningFinding, ...]

    def get_entry(self, form: Form, submission_id: str) -> FormEntry | None:
        """Return a mentor's latest entry of a form."""
        return self.entries[form.name].get(submission_id)


class _Record(Protocol):
    @property
    def first_name(self) -> str | None: ...
    @property
    def last_name(self) -> str | None: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def email(self) -> str | None: ...


Record = TypeVar("Record", bound=_Record)
_Rank = tuple[int, ...]


def link_records(
    people: Sequence[Person],
    members: Iterable[Member],
    entries: Mapping[str, Iterable[FormEntry]],
    *,
    pages: Mapping[int, str] = MappingProxyType({}),
    known_entries: Mapping[str, str] = MappingProxyType({}),
    source_table: str,
) -> Links:
    """Link a year's members and form entries to its mentors.

    A record that fits an absent mentor better than, or as well as, the present ones is linked to none, so that it does
    not become another's while a sign-up is not listed.

    Args:
        people: present and absent mentors (`list_absent_people`).
        entries: form entries by the form's name, without deleted ones; the latest entry of a mentor wins. Any order.
        pages: submission id by member id for members that were linked earlier. They stay linked, whatever their
            present email, phone and name.
        known_entries: mentor's submission id by the id of a form entry that was linked earlier. It stays linked while
            it fits no mentor, because the mentor's email or phone has changed, or several, or another one only by a
            former id or the contact, or by a phone or email that has a new owner (`_Index.has_new_owner`). Of several
            mentors, a new entry is the one's whose sign-up has its phone or email; the contacts of the others have it,
            such as a number that has a new owner. Otherwise it is the one's who has its MN id now.

    A mentor's members are sorted best first: larger amount, then newer record.

    """
    index = _Index(people)
    warnings: list[WarningFinding] = []

    def find_owner(record: _Record, kind: str, record_id: str, number: int | None, *, is_form: bool) -> str | None:
        best_people = index.find_best_people(record, number, may_be_parents=is_form)
        known = index.find_by_submission(known_entries.get(record_id))
        is_new_entry = is_form and known not in best_people
        best_people = _prefer_typing_people(best_people, record, number) if is_new_entry else best_people
        owner = best_people[0] if len(best_people) == 1 else None
        fitting = best_people or index.find_by_number(number)
        stays = (not fitting or known in fitting) if owner is None else _fits_weakly(owner, record, number)
        if known is not None and (stays or index.has_new_owner(record, number, known, owner)):
            owner = known
        if owner is None and (best_people or number is not None):
            named = index.find_by_number(number)
            warnings.extend(_warn_unlinked(kind, record_id, best_people, named, source_table=source_table))
        return owner.submission_id if owner is not None and not owner.is_absent else None

    members_by_signup: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        submission_id = pages.get(member.member_id) or find_owner(
            member, "campaign member", str(member.member_id), None, is_form=False
        )
        if submission_id is not None:
            members_by_signup[submission_id].append(member)

    latest: dict[str, dict[str, FormEntry]] = {}
    owners: dict[str, dict[str, str]] = {}
    for form in ENTRY_FORMS:
        latest[form.name], owners[form.name] = {}, {}
        for entry in sorted(entries.get(form.name, ()), key=_entry_sort_key):
            number = parse_mn_number(entry.mn_id)
            submission_id = find_owner(entry, f"{form.noun} entry", entry.submission_id, number, is_form=True)
            if submission_id is not None:
                latest[form.name][submission_id] = entry
                owners[form.name][entry.submission_id] = submission_id

    return Links(
        members={key: tuple(sorted(matches, key=_member_sort_key)) for key, matches in members_by_signup.items()},
        entries=latest,
        owners=owners,
        warnings=tuple(sorted(warnings, key=lambda warning: warning.subject)),
    )


def _warn_unlinked(
    kind: str, record_id: str, best_people: Sequence[Person], named: Sequence[Person], *, source_table: str
) -> Iterator[WarningFinding]:
    """Yield a warning about a record that fits several mentors, or that has the MN id of one with another name."""
    if best_people:
        message = f"This {kind} fits several mentors equally well ({_join_mn_ids(best_people)}) and was linked to none."
    elif named:
        message = (
            f"This {kind} has the MN id of {_join_mn_ids(named)} and another name, and was linked to none. Correct "
            "the MN id in Jotform if it is another mentor's."
        )
    else:
        return
    yield WarningFinding(
        warning_type="low_confidence",
        subject=f"{kind}:{record_id}",
        message=message,
        source_table=source_table,
    )


def _join_mn_ids(people: Iterable[Person]) -> str:
    return ", ".join(sorted({person.mn_id for person in people}))


def _entry_sort_key(entry: FormEntry) -> tuple[object, ...]:
    return entry.created_at, len(entry.submission_id), entry.submission_id


def _member_sort_key(member: Member) -> tuple[object, ...]:
    updated = member.updated_at.timestamp() if isinstance(member.updated_at, datetime) else 0.0
    return -member.raised, -updated, -member.member_id


def _fits_weakly(person: Person, record: _Record, number: int | None) -> bool:
    """Return whether a mentor fits by a former MN id or the contact's phone or email alone, without the name.

    Also by an MN id that was typed into the sign-up since.
    """
    is_typed = _has_typed_id_before(person, record, number) or _has_key_of_signup(person, record)
    name = PersonName(first=record.first_name, last=record.last_name)
    return not is_typed and compare_names(person.name, name) != "agree"


def _without_same_people(
    ranked: list[tuple[_Rank, Person]], record: _Record, number: int | None
) -> list[tuple[_Rank, Person]]:
    """Leave out absent mentors who may be the same persons as present ones and match no better.

    A former MN id or the contact's phone or email does not show that a record is the present one's.
    """
    present = [
        (rank, person)
        for rank, person in ranked
        if not person.is_absent and (_has_present_id(person, number) or _has_key_of_signup(person, record))
    ]
    if len(present) == len(ranked):
        return ranked
    return [
        (rank, person)
        for rank, person in ranked
        if not person.is_absent
        or all(other_rank < rank or compare_names(person.name, other.name) == "differ" for other_rank, other in present)
    ]


def _has_key_of_signup(person: Person, record: _Record) -> bool:
    return not person.own_keys.isdisjoint(_keys_of(record))


def _keys_of(record: _Record) -> frozenset[str]:
    return frozenset((*normalize.phone_keys(record.phone), *normalize.email_keys(record.email)))


def _prefer_typing_people(people: list[Person], record: _Record, number: int | None) -> list[Person]:
    """Return the only one of the people whose sign-up has the record's phone or email, or else its MN id.

    The MN id counts if the record is newer than the sign-ups: they may have been corrected or mistyped since, or a
    later one with the id may be absent since. Otherwise all.
    """
    by_key = [person for person in people if _has_key_of_signup(person, record)]
    by_id = [person for person in people if _has_present_id(person, number)]
    if len(by_key) == 1:
        return by_key
    is_sent_since = all(_is_newer(record, person) and number not in person.later_numbers for person in people)
    return by_id if len(by_id) == 1 and is_sent_since else people


def _has_present_id(person: Person, number: int | None) -> bool:
    return number is not None and not person.is_absent and parse_mn_number(person.mn_id) == number


def _has_typed_id_before(person: Person, record: _Record, number: int | None) -> bool:
    """Return whether a mentor had typed the present MN id when a form entry with it was sent or edited."""
    return _has_present_id(person, number) and _is_newer(record, person)


def _is_newer(record: _Record, person: Person) -> bool:
    """Return whether a form entry was sent or edited after a sign-up."""
    if not isinstance(record, FormEntry) or person.answered_at is None:
        return False
    return (record.updated_at or record.created_at) > person.answered_at


def _is_of_other_family(name: PersonName, other: PersonName) -> bool:
    """Return whether both have a first name and their last names differ."""
    return has_first_name(name) and has_first_name(other) and last_names_differ(name, other)


class _Index:
    """Index of a year's mentors by phone, email and MN number."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._phones: dict[str, list[Person]] = defaultdict(list)
        self._emails: dict[str, list[Person]] = defaultdict(list)
        self._numbers: dict[int, list[Person]] = defaultdict(list)
        self._names = {
            (name_key(first), name_key(person.name.last))
            for person in people
            for first in (person.name.first, person.name.preferred)
        }
        self._earlier_keys = frozenset(key for person in people for key in person.earlier_keys)
        self._by_submission = {person.submission_id: person for person in people}
        for person in people:
            for phone in person.phones:
                self._phones[phone].append(person)
            for email in person.emails:
                self._emails[email].append(person)
            for number in person.id_numbers:
                self._numbers[number].append(person)

    def has_new_owner(self, record: _Record, number: int | None, known: Person, owner: Person | None) -> bool:
        """Return whether a linked entry fits another mentor only by a phone or email that changed hands.

        Somebody had it in the last run, when the entry was another's; or the entry has no MN id, so that its mentor had
        it once; or it has the MN id of its mentor, and the other one was known and had not typed the id before.
        An entry that was edited says whose it is, unless the other one has answered since, or is absent and the entry
        has the MN id of its mentor. Nothing has changed hands when its mentor is absent and has the other one's name:
        the same person has signed up again.
        """
        if not isinstance(record, FormEntry) or owner is None or owner == known:
            return False
        if known.is_absent and compare_names(known.name, owner.name) == "agree":
            return False
        has_id = number in known.id_numbers
        if number in owner.id_numbers and (not has_id or _has_typed_id_before(owner, record, number)):
            return False
        is_older = record.updated_at is None or (
            owner.answered_at is not None and owner.answered_at > record.updated_at
        )
        if not is_older and not (has_id and owner.is_absent):
            return False
        was_owned = number is None or (has_id and bool(owner.earlier_keys))
        return was_owned or _keys_of(record) & owner.own_keys <= self._earlier_keys

    def find_by_submission(self, submission_id: str | None) -> Person | None:
        """Return the mentor with a sign-up in use or an absent one; None for any other submission."""
        return self._by_submission.get(submission_id) if submission_id is not None else None

    def find_by_number(self, number: int | None) -> Sequence[Person]:
        """Return the present mentors with an MN number, typed on a form; none without one."""
        return [person for person in self._numbers.get(number or 0, ()) if not person.is_absent]

    def find_best_people(self, record: _Record, number: int | None, *, may_be_parents: bool) -> list[Person]:
        """Return the best-matching people for a record: several if they match equally well, none if nobody matches.

        Ranked by agreement of names, then by the number of shared keys, then email before phone before typed id (a
        typing error in an id often gives another mentor's id, in an email hardly ever), then equal first names before
        alike ones (twins share a parent's email). A phone or a typed id alone
        is not a match when the names differ or the first names are only alike (Eric and Erica), nor a phone alone when
        the same first name has another last name (cousins, roommates). A form that a parent filled in has the parent's
        name: with `may_be_parents`, another first name with the mentor's last name matches, unless it is another
        mentor's name.
        """
        phones, emails = normalize.phone_keys(record.phone), normalize.email_keys(record.email)
        by_email = [person for email in emails for person in self._emails.get(email, ())]
        by_phone = [person for phone in phones for person in self._phones.get(phone, ())]
        by_number = self._find_by_number(record, number)
        own_emails = emails or ((record.email,) if record.email and "@" in record.email else ())
        name = PersonName(first=record.first_name, last=record.last_name)
        ranked: list[tuple[_Rank, Person]] = []
        for person in {person.submission_id: person for person in (*by_email, *by_phone, *by_number)}.values():
            has_email, has_phone, has_number = person in by_email, person in by_phone, person in by_number
            keys = has_email + has_phone + has_number
            names = compare_names(
                person.name,
                name,
                alike_matches=has_email or has_number or (has_phone and not has_own_emails(person.emails, own_emails)),
                share_email=has_email,
            )
            are_alike = any(name) and compare_first_names(person.name, name) == "alike"
            is_parents = may_be_parents and not are_alike and self._may_be_parents(person, name)
            if (
                keys == 1
                and not has_email
                and not is_parents
                and (names == "differ" or (names != "agree" and are_alike))
            ):
                continue
            if keys == 1 and has_phone and names == "unclear" and _is_of_other_family(person.name, name):
                continue
            rank = (_AGREEMENT_RANK[names], keys, has_email, has_phone, not are_alike)
            ranked.append((rank, person))
        ranked = _without_same_people(ranked, record, number)
        top = max((rank for rank, _ in ranked), default=None)
        return [person for rank, person in ranked if rank == top]

    def _find_by_number(self, record: _Record, number: int | None) -> Sequence[Person]:
        """Return the mentors who have or had an MN number; not absent ones if the record is newer than the new owner.

        An older record may be of the time when the absent one had the id, and the new owner may have mistyped it.
        """
        people = self._numbers.get(number or 0, ())
        if any(_has_typed_id_before(person, record, number) for person in people):
            return [person for person in people if not person.is_absent]
        return people

    def _may_be_parents(self, person: Person, name: PersonName) -> bool:
        return last_names_match(person.name, name) and (name_key(name.first), name_key(name.last)) not in self._names
