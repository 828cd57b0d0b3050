"""Phones, emails and MN numbers by which records of a year are linked to its present and absent mentors."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.known_mentors import KnownMentors
from mentorsync_pipeline.domain.lost_names import parse_known_names
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.domain.records import Contact, Mentor, Signup
from mentorsync_pipeline.domain.sharing import person_name
from mentorsync_pipeline.mentors.rules.mn_numbers import parse_mn_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Keys of a mentor: all MN numbers, phones and emails known for this sign-up.

    `own_keys` are the phones and emails of the sign-up, and the contact's of a kind that the sign-up lacks.
    `answered_at`: when the sign-up was last sent or edited. `is_absent`: it is deleted, or not listed. `later_numbers`
    are the MN numbers of later sign-ups that are absent. `earlier_keys` are those of the last run
    (`find_earlier_keys`).
    """

    submission_id: str
    mn_id: str
    name: PersonName
    id_numbers: frozenset[int]
    phones: frozenset[str]
    emails: frozenset[str]
    own_keys: frozenset[str]
    answered_at: datetime | None = None
    is_absent: bool = False
    later_numbers: frozenset[int] = frozenset()
    earlier_keys: frozenset[str] = frozenset()


def make_person(
    signup: Signup,
    contact: Contact | None,
    *,
    placeholder_keys: Collection[str] = (),
    earlier_keys: Iterable[str] = (),
    earlier_mn_ids: Iterable[str] = (),
    later_mn_ids: Iterable[str] = (),
) -> Person:
    """Build a mentor's keys from the sign-up and from the winner's phones and emails, without placeholders.

    `earlier_mn_ids` are all MN ids of the mentor's rows, also one that another mentor has now. `later_mn_ids`
    are those of later sign-ups, which are deleted or not listed now.
    """
    mn_ids = (signup.mn_id, *signup.superseded_mn_ids, *earlier_mn_ids)
    phones, emails = (contact.phone_keys, contact.email_keys) if contact else ((), ())
    return Person(
        submission_id=signup.submission_id,
        mn_id=signup.mn_id,
        name=PersonName(first=signup.first_name, preferred=signup.preferred_name, last=signup.last_name),
        id_numbers=_parse_numbers(mn_ids),
        phones=frozenset((*signup.phone_keys, *phones)).difference(placeholder_keys),
        emails=frozenset((*signup.email_keys, *emails)).difference(placeholder_keys),
        own_keys=frozenset((*(signup.phone_keys or phones), *(signup.email_keys or emails))),
        answered_at=signup.updated_at or signup.created_at,
        later_numbers=_parse_numbers(later_mn_ids),
        earlier_keys=frozenset(earlier_keys).difference(placeholder_keys),
    )


def _parse_numbers(mn_ids: Iterable[str]) -> frozenset[int]:
    return frozenset(number for number in map(parse_mn_number, mn_ids) if number is not None)


def find_earlier_keys(
    signup: Signup, submissions: Iterable[str], known: KnownMentors, previous: Mapping[str, Mentor]
) -> Iterator[str]:
    """Yield the phones and emails that a mentor had in the last run: the sign-up's and those of the row.

    The present ones too where the row was blocked, because a blocked mentor's row and keys stay as they were.

    Args:
        submissions: the person's submissions.
        previous: rows of the last run by submission id.

    """
    for submission_id in submissions:
        yield from known[submission_id].keys if submission_id in known else ()
        row = previous.get(submission_id)
        if row is None:
            continue
        yield from normalize.phone_keys(row.phone)
        for email in (row.personal_email, row.uga_email):
            yield from normalize.email_keys(email)
        if row.sync_state == "blocked":
            yield from (*signup.phone_keys, *signup.email_keys)


def list_absent_people(
    present_submissions: Iterable[Iterable[str | None]],
    known: KnownMentors,
    previous: Iterable[Mentor],
    *,
    placeholder_keys: Collection[str] = (),
) -> list[Person]:
    """Return the known mentors without a present sign-up.

    Args:
        present_submissions: all submissions of the present mentors.
        previous: rows of the last run.

    """
    assigned_ids = {submission_id for submissions in present_submissions for submission_id in submissions}
    rows = {row.submission_id: row for row in previous}
    absent = []
    for submission_id, mentor in known.items():
        row = mentor.last_row or rows.get(submission_id)
        if submission_id not in assigned_ids:
            keys = frozenset(mentor.keys).difference(placeholder_keys)
            absent.append(
                Person(
                    submission_id=submission_id,
                    mn_id=mentor.mn_id,
                    name=person_name(row) if row is not None else parse_known_names(mentor.names),
                    id_numbers=_parse_numbers(mentor.mn_ids),
                    phones=frozenset(key for key in keys if "@" not in key),
                    emails=frozenset(key for key in keys if "@" in key),
                    own_keys=keys,
                    is_absent=True,
                    earlier_keys=keys,
                )
            )
    return absent
