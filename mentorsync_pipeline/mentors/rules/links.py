"""Which campaign member, set-up and training entry belongs to which mentor (rulebook section 7).

None of them carries a contact id: they are found by email or phone, and the entries also by the MN id that people type
by hand, which may be somebody else's. A record goes to the one person who fits it best, or to nobody.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol, TypeVar

from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.names import PersonName, compare_first_names, compare_names
from mentorsync_pipeline.domain.records import Contact, FormEntry, Member, Signup
from mentorsync_pipeline.domain.sharing import has_own_emails

_AGREEMENT_RANK = {"agree": 2, "unclear": 1, "differ": 0}
_TYPED_ID = re.compile(r"(?:MN)?([0-9]{1,9})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a mentor can be found by: every id, phone and email known for this sign-up."""

    submission_id: str
    mn_id: str
    name: PersonName
    id_numbers: frozenset[int]
    phones: frozenset[str]
    emails: frozenset[str]


@dataclass(frozen=True, slots=True)
class Links:
    """What was linked to whom, by submission id, and the records that fitted several mentors equally well."""

    members: Mapping[str, tuple[Member, ...]]
    setups: Mapping[str, FormEntry]
    trainings: Mapping[str, FormEntry]
    warnings: tuple[WarningFinding, ...]


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


def person(signup: Signup, contact: Contact | None) -> Person:
    """The keys of a mentor: the sign-up's, with the winner's phones and emails."""
    numbers = (typed_number(mn_id) for mn_id in (signup.mn_id, *signup.superseded_mn_ids))
    return Person(
        submission_id=signup.submission_id,
        mn_id=signup.mn_id,
        name=PersonName(first=signup.first_name, preferred=signup.preferred_name, last=signup.last_name),
        id_numbers=frozenset(number for number in numbers if number is not None),
        phones=frozenset((*signup.phone_keys, *(contact.phone_keys if contact else ()))),
        emails=frozenset((*signup.email_keys, *(contact.email_keys if contact else ()))),
    )


def typed_number(raw: str | None) -> int | None:
    """The number in an MN id as people type it: `mn123`, ` MN 0123`, `0123` give 123; anything else None."""
    typed = _TYPED_ID.fullmatch(re.sub(r"[\s\-_#.:]", "", raw or "").upper())
    return int(typed[1]) if typed else None


def link(
    people: Sequence[Person],
    members: Iterable[Member],
    setups: Iterable[FormEntry],
    trainings: Iterable[FormEntry],
    *,
    pages: Mapping[int, str] = MappingProxyType({}),
    source_table: str,
) -> Links:
    """Link a year's members, set-up and training entries to its mentors.

    `pages` are the members that are known to be a mentor's: submission ids by member id. They stay the mentor's,
    whatever email, phone and name they carry now. A mentor's members come best first: the larger amount, then the newer
    record. Of several entries the latest wins. Deleted entries must not be passed in. The order of the records does not
    matter.
    """
    index = _Index(people)
    warnings: list[WarningFinding] = []

    def owner(record: _Record, where: str, record_id: str, number: int | None) -> str | None:
        best = index.best(record, number)
        if len(best) > 1:
            fitting = ", ".join(sorted({found.mn_id for found in best}))
            warnings.append(
                WarningFinding(
                    warning_type="low_confidence",
                    subject=f"{where}:{record_id}",
                    message=f"This {where} fits several mentors equally well ({fitting}) and was linked to none.",
                    source_table=source_table,
                )
            )
        return best[0].submission_id if len(best) == 1 else None

    found_members: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        submission_id = pages.get(member.member_id) or owner(member, "campaign member", str(member.member_id), None)
        if submission_id is not None:
            found_members[submission_id].append(member)

    def latest(entries: Iterable[FormEntry], where: str) -> dict[str, FormEntry]:
        newest: dict[str, FormEntry] = {}
        for entry in sorted(
            entries, key=lambda entry: (entry.created_at, len(entry.submission_id), entry.submission_id)
        ):
            submission_id = owner(entry, where, entry.submission_id, typed_number(entry.mn_id))
            if submission_id is not None:
                newest[submission_id] = entry
        return newest

    return Links(
        members={key: tuple(sorted(found, key=_best_member)) for key, found in found_members.items()},
        setups=latest(setups, "set-up entry"),
        trainings=latest(trainings, "training entry"),
        warnings=tuple(sorted(warnings, key=lambda warning: warning.subject)),
    )


def _best_member(member: Member) -> tuple[object, ...]:
    updated = member.updated_at.timestamp() if isinstance(member.updated_at, datetime) else 0.0
    return -member.raised, -updated, -member.member_id


class _Index:
    """The people of a year by each of their keys."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._phones: dict[str, list[Person]] = defaultdict(list)
        self._emails: dict[str, list[Person]] = defaultdict(list)
        self._numbers: dict[int, list[Person]] = defaultdict(list)
        for one in people:
            for phone in one.phones:
                self._phones[phone].append(one)
            for email in one.emails:
                self._emails[email].append(one)
            for number in one.id_numbers:
                self._numbers[number].append(one)

    def best(self, record: _Record, number: int | None) -> list[Person]:
        """The person who fits a record best; several when they fit equally well, none when nobody does.

        Names come first, then the number of shared keys, then an email before a phone before a typed id: a slip in a
        typed id easily hits another mentor's, a slip in an email hardly ever. A phone or a typed id alone says nothing
        when the names differ, or the first names are only alike (Eric and Erica).
        """
        phones, emails = normalize.phone_keys(record.phone), normalize.email_keys(record.email)
        by_email = [one for email in emails for one in self._emails.get(email, ())]
        by_phone = [one for phone in phones for one in self._phones.get(phone, ())]
        by_number = self._numbers.get(number, []) if number is not None else []
        name = PersonName(first=record.first_name, last=record.last_name)
        ranked: dict[str, tuple[tuple[int, ...], Person]] = {}
        for one in (*by_email, *by_phone, *by_number):
            has_email, has_phone, has_number = one in by_email, one in by_phone, one in by_number
            keys = has_email + has_phone + has_number
            names = compare_names(
                one.name,
                name,
                alike_matches=has_email or has_number or (has_phone and not has_own_emails(one.emails, emails)),
                share_email=has_email,
            )
            only_alike = names != "agree" and compare_first_names(one.name, name) == "alike"
            if (names == "differ" or only_alike) and keys == 1 and not has_email:
                continue
            ranked[one.submission_id] = ((_AGREEMENT_RANK[names], keys, has_email, has_phone), one)
        top = max((rank for rank, _ in ranked.values()), default=None)
        return [one for rank, one in ranked.values() if rank == top]
