"""Read the records of staff, and the mentors whom they may be about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from mentorsync_pipeline.attendance.rules.lookup import KnownPerson
from mentorsync_pipeline.attendance.rules.records import MentorRecord
from mentorsync_pipeline.db.paging import Listing, contains_text
from mentorsync_pipeline.db.records import record, to_dicts
from mentorsync_pipeline.db.tables import deduplicated_signups, known_mentors, mentor_records, mentors
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.normalize import mn_id as normalize_mn_id
from mentorsync_pipeline.domain.vocabulary import RecordKind

Column = Literal["id", "mn_id", "kind", "session", "amount", "observed_at", "recorded_at", "recorded_by", "undone_at"]
"""What records may be sorted by."""

_SHOWN = (
    *("id", "campaign_year", "mn_id", "kind", "session", "amount", "note", "observed_at", "recorded_at"),
    *("recorded_by", "device_record_id", "undone_at", "undone_by"),
)
_DIGITS = sa.literal("[^0-9]")
_FEWEST_DIGITS = 3  # of a phone that is searched for


class MentorUnknownError(MentorSyncError):
    """No mentor of the year has, or had, this MN id; or two people have it."""

    code = "MENTOR_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorKey:
    """The mentor whom a record is about: the present MN id, and the sign-up that counts, if there is a single one."""

    mn_id: str
    submission_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """Which records of a year to find; what is not given does not restrict.

    `undone`: only those that were undone, or only those in force. `search` is a text that occurs in the MN id, the
    session, the note, the name of who recorded it, or the mentor's name; several words must each occur.
    """

    year: int
    kind: RecordKind | None = None
    mn_id: str | None = None
    undone: bool | None = None
    search: str | None = None


def records(conn: sa.Connection, year: int) -> tuple[MentorRecord, ...]:
    """All records of a year, undone ones included, in the order in which they were made."""
    c = mentor_records.c
    rows = conn.execute(sa.select(mentor_records).where(c.campaign_year == year).order_by(c.id))
    return tuple(record(MentorRecord, row) for row in to_dicts(rows))


def records_of(conn: sa.Connection, year: int, mn_id: str) -> list[dict[str, Any]]:
    """The rows of one mentor's records, the last recorded first. Of verified cash the first in force counts."""
    c = mentor_records.c
    query = (
        sa.select(*(c[name] for name in _SHOWN))
        .where(c.campaign_year == year, c.mn_id == mn_id)
        .order_by(c.recorded_at.desc(), c.id.desc())
    )
    return to_dicts(conn.execute(query))


def record_row(conn: sa.Connection, record_id: int) -> dict[str, Any]:
    """One row of `mentor_records`, with the columns that people see. Raises LookupError when there is none."""
    row = find_record(conn, record_id)
    if row is None:
        raise LookupError(record_id)
    return row


def find_record(conn: sa.Connection, record_id: int) -> dict[str, Any] | None:
    """One row of `mentor_records`, with the columns that people see; None when there is none."""
    c = mentor_records.c
    rows = to_dicts(conn.execute(sa.select(*(c[name] for name in _SHOWN)).where(c.id == record_id)))
    return rows[0] if rows else None


def record_listing(record_filter: RecordFilter) -> Listing:
    """The records that fit, with the mentor's names, the newest first."""
    c, mentor = mentor_records.c, mentors.c
    conditions = [c.campaign_year == record_filter.year]
    if record_filter.kind is not None:
        conditions.append(c.kind == record_filter.kind)
    if record_filter.mn_id is not None:
        conditions.append(c.mn_id == record_filter.mn_id)
    if record_filter.undone is not None:
        conditions.append(c.undone_at.is_not(None) if record_filter.undone else c.undone_at.is_(None))
    names = (mentor.first_name, mentor.last_name, mentor.preferred_name)
    searched = (c.mn_id, c.session, c.note, c.recorded_by, *names)
    conditions += [contains_text(word, *searched) for word in (record_filter.search or "").split()]
    query = (
        sa.select(*(c[name] for name in _SHOWN), *names)
        .outerjoin_from(
            mentor_records, mentors, sa.and_(mentor.campaign_year == c.campaign_year, mentor.mn_id == c.mn_id)
        )
        .where(*conditions)
    )
    return Listing(query, (c.recorded_at.desc(),), (c.id.desc(),))


def roster_listing(year: int, search: str | None = None) -> Listing:
    """The year's mentors for the check-in, by name: who they are, and whether they are checked in.

    `record_id`, `session`, `observed_at` and `recorded_by` are those of the check-in in force, `device_record_id` the
    id that its device made. `attended_training` is the value of the last run, which may come from Givebutter. `search`
    is a text that occurs in the MN id, a name or the phone; several words must each occur.
    """
    c = mentors.c
    latest = _latest_check_in(c.campaign_year, c.mn_id)
    query = (
        sa.select(
            *(c.mn_id, c.first_name, c.last_name, c.preferred_name, c.phone, c.dropped, c.attended_training),
            *(latest.record_id, latest.device_record_id, latest.session, latest.observed_at, latest.recorded_by),
        )
        .outerjoin_from(mentors, latest.record_id.table, sa.true())
        .where(c.campaign_year == year, *_found_by(search))
    )
    return Listing(query, (sa.func.lower(c.last_name), sa.func.lower(c.first_name)), (c.mn_id,))


def find_mentor(conn: sa.Connection, year: int, mn_id: str) -> MentorKey:
    """The mentor who has this MN id, or had it before it was corrected or replaced by a newer sign-up's.

    A mentor whose sign-up is gone for the moment is found as well. Raises MentorUnknownError.
    """
    canonical_id = normalize_mn_id(mn_id)
    if canonical_id is None:
        raise MentorUnknownError(
            f"{mn_id.strip()[:20]!r} is not an MN id.", "Give the id as on the badge, such as MN0123."
        )
    signup, known, mentor = deduplicated_signups.c, known_mentors.c, mentors.c
    queries = (
        sa.select(mentor.mn_id, mentor.submission_id).where(mentor.campaign_year == year, mentor.mn_id == canonical_id),
        sa.select(signup.mn_id, signup.submission_id).where(signup.campaign_year == year, signup.mn_id == canonical_id),
        sa.select(signup.mn_id, signup.submission_id).where(
            signup.campaign_year == year, signup.superseded_mn_ids.contains([canonical_id])
        ),
        sa.select(known.mn_id, known.submission_id).where(
            known.campaign_year == year, known.mn_ids.contains([canonical_id])
        ),
    )
    for query in queries:
        rows = conn.execute(query).all()
        if len(rows) == 1:
            return MentorKey(mn_id=rows[0].mn_id, submission_id=rows[0].submission_id)
        if rows:
            raise MentorUnknownError(
                f"Several people have or had {canonical_id} in {year}.",
                "Search for the mentor by name and take the other id.",
            )
    raise MentorUnknownError(
        f"There is no mentor {canonical_id} in {year}.",
        f"Check the id and the year. A new sign-up is known after the next sync: mentorsync sync --year {year}.",
    )


def attended_by_last_run(conn: sa.Connection, year: int, mn_id: str) -> bool:
    """Whether the mentor had attended as of the last run, by a check-in or by Givebutter's tick."""
    c = mentors.c
    query = sa.select(c.attended_training).where(c.campaign_year == year, c.mn_id == mn_id)
    return bool(conn.execute(query).scalar())


def known_people(conn: sa.Connection, year: int) -> list[KnownPerson]:
    """The year's mentors with what identifies them, for the lines of a file."""
    c, signup = mentors.c, deduplicated_signups.c
    same = sa.and_(signup.campaign_year == c.campaign_year, signup.submission_id == c.submission_id)
    rows = conn.execute(
        sa.select(
            *(c.mn_id, c.submission_id, c.first_name, c.last_name, c.preferred_name),
            *(c.phone, c.personal_email, c.uga_email, signup.superseded_mn_ids),
            *(signup.phone.label("own_phone"), signup.personal_email.label("own_email")),
            signup.uga_email.label("own_uga_email"),
        )
        .outerjoin_from(mentors, deduplicated_signups, same)
        .where(c.campaign_year == year)
        .order_by(c.mn_id)
    )
    return [_person(row) for row in to_dicts(rows)]


def last_change(conn: sa.Connection, year: int) -> datetime | None:
    """When attendance of this year was last recorded or undone."""
    c = mentor_records.c
    query = sa.select(sa.func.max(sa.func.greatest(c.recorded_at, c.undone_at))).where(
        c.campaign_year == year, c.kind == "attended_training"
    )
    moment: datetime | None = conn.execute(query).scalar_one()
    return moment


def move_records(conn: sa.Connection, moved: Mapping[int, str]) -> None:
    """Keep each record under its mentor's present MN id, by record id (rulebook, section 2)."""
    c = mentor_records.c
    for record_id, mn_id in moved.items():
        conn.execute(sa.update(mentor_records).where(c.id == record_id).values(mn_id=mn_id))


def sessions(conn: sa.Connection, year: int) -> Sequence[str]:
    """The training sessions that check-ins of the year named, in alphabetical order."""
    c = mentor_records.c
    query = sa.select(c.session).distinct().where(c.campaign_year == year, c.session.is_not(None)).order_by(c.session)
    return conn.execute(query).scalars().all()


def _latest_check_in(year: sa.ColumnElement[int], mn_id: sa.ColumnElement[str]) -> Any:
    """The columns of a mentor's last check-in in force; NULL without one."""
    c = mentor_records.c
    return (
        sa.select(c.id.label("record_id"), c.device_record_id, c.session, c.observed_at, c.recorded_by)
        .where(c.campaign_year == year, c.mn_id == mn_id, c.kind == "attended_training", c.undone_at.is_(None))
        .order_by(c.observed_at.desc(), c.id.desc())
        .limit(1)
        .lateral("check_in")
        .c
    )


def _found_by(search: str | None) -> list[sa.ColumnElement[bool]]:
    """That every word of the search occurs in an id or a name, or all its digits in the phone."""
    c = mentors.c
    text = (search or "").strip()
    if not text:
        return []
    by_name = sa.and_(
        *(contains_text(word, c.mn_id, c.first_name, c.last_name, c.preferred_name) for word in text.split())
    )
    digits = "".join(filter(str.isdecimal, text))
    if len(digits) < _FEWEST_DIGITS or any(map(str.isalpha, text)):
        return [by_name]
    return [sa.or_(by_name, sa.func.regexp_replace(c.phone, _DIGITS, "", "g").contains(digits, autoescape=True))]


def _person(row: Mapping[str, Any]) -> KnownPerson:
    emails = (row["personal_email"], row["uga_email"], row["own_email"], row["own_uga_email"])
    return KnownPerson(
        mn_id=row["mn_id"],
        submission_id=row["submission_id"],
        mn_ids=(row["mn_id"], *(row["superseded_mn_ids"] or ())),
        first_name=row["first_name"],
        last_name=row["last_name"],
        preferred_name=row["preferred_name"],
        phones=frozenset(phone for phone in (row["phone"], row["own_phone"]) if phone),
        emails=frozenset(email_key(email) for email in emails if email),
    )
