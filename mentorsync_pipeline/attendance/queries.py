"""Queries of the records of staff and of the mentors they refer to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from mentorsync_pipeline.attendance.rules.lookup import KnownPerson
from mentorsync_pipeline.attendance.rules.mentor_records import MentorRecord
from mentorsync_pipeline.db.paging import Listing, contains_text
from mentorsync_pipeline.db.row_records import read_dicts, record
from mentorsync_pipeline.db.tables import deduplicated_signups, known_mentors, mentor_records, mentors
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.normalize import mn_id as normalize_mn_id
from mentorsync_pipeline.domain.vocabulary import RecordKind

Column = Literal["id", "mn_id", "kind", "session", "amount", "observed_at", "recorded_at", "recorded_by", "undone_at"]
"""Columns by which records can be sorted."""

_SHOWN = (
    *("id", "campaign_year", "mn_id", "kind", "session", "amount", "note", "observed_at", "recorded_at"),
    *("recorded_by", "device_record_id", "undone_at", "undone_by"),
)
_DIGITS = sa.literal("[^0-9]")
_MIN_DIGITS = 3  # of a searched phone


class MentorUnknownError(MentorSyncError):
    """No mentor of the year, or more than one, has or had this MN id."""

    code = "MENTOR_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorKey:
    """The mentor of a record: the present MN id, and the current sign-up, or None if there are several."""

    mn_id: str
    submission_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """Filter of a year's records. A field that is None does not restrict.

    Attributes:
        undone: True for undone records only, False for records in force only.
        search: words that must each occur in the MN id, the session, the note, `recorded_by` or the mentor's name.

    """

    year: int
    kind: RecordKind | None = None
    mn_id: str | None = None
    undone: bool | None = None
    search: str | None = None


def read_records(conn: sa.Connection, year: int) -> tuple[MentorRecord, ...]:
    """Read all records of a year, including undone records, in the order of recording."""
    c = mentor_records.c
    query = sa.select(mentor_records).where(c.campaign_year == year).order_by(c.id)
    return tuple(record(MentorRecord, row) for row in read_dicts(conn, query))


def read_mentor_records(conn: sa.Connection, year: int, mn_id: str) -> list[dict[str, Any]]:
    """Read a mentor's records, newest first. The first verified cash that is not undone is the valid amount."""
    c = mentor_records.c
    query = (
        sa.select(*(c[name] for name in _SHOWN))
        .where(c.campaign_year == year, c.mn_id == mn_id)
        .order_by(c.recorded_at.desc(), c.id.desc())
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def get_record(conn: sa.Connection, record_id: int) -> dict[str, Any]:
    """Read one row of `mentor_records`. Raises LookupError if it does not exist."""
    row = find_record(conn, record_id)
    if row is None:
        raise LookupError(record_id)
    return row


def find_record(conn: sa.Connection, record_id: int) -> dict[str, Any] | None:
    """Read one row of `mentor_records`; None if it does not exist."""
    c = mentor_records.c
    row = conn.execute(sa.select(*(c[name] for name in _SHOWN)).where(c.id == record_id)).mappings().one_or_none()
    return None if row is None else dict(row)


def record_listing(record_filter: RecordFilter) -> Listing:
    """List the records that match a filter, newest first, with the mentor's names."""
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
    """List the year's mentors by name, each with the check-in in force.

    `record_id`, `device_record_id`, `session`, `observed_at` and `recorded_by` are those of the check-in, or NULL.
    `attended_training` is the value of the last run, which may come from Givebutter.

    Args:
        search: words that must each occur in the MN id, a name or the phone.

    """
    c = mentors.c
    latest = _latest_check_in(c.campaign_year, c.mn_id)
    query = (
        sa.select(
            *(c.mn_id, c.first_name, c.last_name, c.preferred_name, c.phone, c.dropped, c.attended_training),
            *(latest.record_id, latest.device_record_id, latest.session, latest.observed_at, latest.recorded_by),
        )
        .outerjoin_from(mentors, latest.record_id.table, sa.true())
        .where(c.campaign_year == year, *_search_conditions(search))
    )
    return Listing(query, (sa.func.lower(c.last_name), sa.func.lower(c.first_name)), (c.mn_id,))


def find_mentor(conn: sa.Connection, year: int, mn_id: str) -> MentorKey:
    """Find the mentor who has this MN id, or had it before a correction or a newer sign-up.

    Includes mentors whose sign-up is deleted at present. Raises MentorUnknownError.
    """
    canonical_id = normalize_mn_id(mn_id)
    if canonical_id is None:
        raise MentorUnknownError(
            f"{mn_id.strip()[:20]!r} is not an MN id.", "Enter the id on the badge, such as MN0123."
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
                "Search for the mentor by name and use the other id.",
            )
    raise MentorUnknownError(
        f"There is no mentor {canonical_id} in {year}.",
        f"Check the id and the year. A new sign-up is included after the next sync: mentorsync sync --year {year}.",
    )


def read_attended(conn: sa.Connection, year: int, mn_id: str) -> bool:
    """Read whether the mentor had attended as of the last run, by a check-in or by Givebutter's tick."""
    c = mentors.c
    query = sa.select(c.attended_training).where(c.campaign_year == year, c.mn_id == mn_id)
    return bool(conn.execute(query).scalar())


def read_people(conn: sa.Connection, year: int) -> list[KnownPerson]:
    """Read the year's mentors with all ids, names, phones and emails that identify them."""
    c, signup = mentors.c, deduplicated_signups.c
    is_same_signup = sa.and_(signup.campaign_year == c.campaign_year, signup.submission_id == c.submission_id)
    columns = (
        *(c.mn_id, c.submission_id, c.first_name, c.last_name, c.preferred_name),
        *(c.phone, c.personal_email, c.uga_email, signup.superseded_mn_ids),
        *(signup.phone.label("own_phone"), signup.personal_email.label("own_email")),
        signup.uga_email.label("own_uga_email"),
    )
    query = sa.select(*columns).outerjoin_from(mentors, deduplicated_signups, is_same_signup)
    rows = read_dicts(conn, query.where(c.campaign_year == year).order_by(c.mn_id))
    return [_to_person(row) for row in rows]


def move_records(conn: sa.Connection, moved: Mapping[int, str]) -> None:
    """Store records under the mentors' present MN ids (rulebook, section 2). `moved` has MN ids by record id."""
    c = mentor_records.c
    for record_id, mn_id in moved.items():
        conn.execute(sa.update(mentor_records).where(c.id == record_id).values(mn_id=mn_id))


def read_sessions(conn: sa.Connection, year: int) -> Sequence[str]:
    """Read the names of the training sessions of the year's check-ins, in alphabetical order."""
    c = mentor_records.c
    query = sa.select(c.session).distinct().where(c.campaign_year == year, c.session.is_not(None)).order_by(c.session)
    return conn.execute(query).scalars().all()


def _latest_check_in(year: sa.ColumnElement[int], mn_id: sa.ColumnElement[str]) -> Any:
    """Return the columns of a mentor's last check-in in force; NULL without one."""
    c = mentor_records.c
    return (
        sa.select(c.id.label("record_id"), c.device_record_id, c.session, c.observed_at, c.recorded_by)
        .where(c.campaign_year == year, c.mn_id == mn_id, c.kind == "attended_training", c.undone_at.is_(None))
        .order_by(c.observed_at.desc(), c.id.desc())
        .limit(1)
        .lateral("check_in")
        .c
    )


def _search_conditions(search: str | None) -> list[sa.ColumnElement[bool]]:
    """Return the condition that each word occurs in the id or a name, or that all digits occur in the phone."""
    c = mentors.c
    text = (search or "").strip()
    if not text:
        return []
    by_name = sa.and_(
        *(contains_text(word, c.mn_id, c.first_name, c.last_name, c.preferred_name) for word in text.split())
    )
    digits = "".join(filter(str.isdecimal, text))
    if len(digits) < _MIN_DIGITS or any(map(str.isalpha, text)):
        return [by_name]
    return [sa.or_(by_name, sa.func.regexp_replace(c.phone, _DIGITS, "", "g").contains(digits, autoescape=True))]


def _to_person(row: Mapping[str, Any]) -> KnownPerson:
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
