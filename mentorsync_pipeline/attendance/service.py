"""What people can record of a mentor, and undo (rulebook, section 14).

Each function is one transaction with one audit entry; a repeat writes nothing. The command line, the pages and the API
call these and format the result.
"""

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from mentorsync_pipeline.attendance import queries
from mentorsync_pipeline.attendance.queries import MentorKey
from mentorsync_pipeline.attendance.rules.attendance_file import (
    FIRST_YEAR,
    AttendanceFileError,
    AttendanceLine,
    LineProblem,
    read_attendance_file,
    session_name,
)
from mentorsync_pipeline.attendance.rules.lookup import People
from mentorsync_pipeline.db.audited_change import AuditedChange, ChangeContext
from mentorsync_pipeline.db.tables import mentor_records
from mentorsync_pipeline.domain.clean_text import clean_block
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.vocabulary import AuditAct, RecordKind

# The first key of the lock of those who record something; the second is the campaign year. Runs do not take it.
_LOCK_CLASS = 0x4D52
_TABLE = mentor_records.name
_LARGEST_AMOUNT = Decimal(1_000_000)
_LONGEST_NOTE = 2_000
_DEVICE_ID = re.compile(r"[!-~]{1,100}")
_PROBLEMS_NAMED = 20

Outcome = Literal["recorded", "repeated", "already", "undone", "unchanged"]
"""What became of a request.

`recorded` or `undone`: written now. `repeated`: the same request came before. `already`: the mentor is checked in
already. `unchanged`: it was undone before.
"""


class RecordInvalidError(MentorSyncError):
    """A record that cannot be made as it is; nothing is written."""

    code = "RECORD_INVALID"


class RecordNotFoundError(MentorSyncError):
    """There is no such record in the year, or nothing to undo."""

    code = "RECORD_NOT_FOUND"


class DeviceIdTakenError(MentorSyncError):
    """A device-made id that belongs to another record."""

    code = "DEVICE_ID_TAKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """When something was observed, and the id that the device made for it.

    `observed_at` is now unless given; a moment without a zone, or a day, is one of `zone`, the charity's time zone.
    """

    zone: ZoneInfo
    observed_at: datetime | date | None = None
    device_record_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordResult:
    """A record (`queries.record_row`), and what became of the request."""

    outcome: Outcome
    record: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What a file did, in lines.

    `recorded` are new check-ins; `already` mentors who were checked in; `undone` check-ins that a person undid and that
    the file does not bring back; `absent` lines of those who did not attend.
    """

    recorded: int
    already: int
    undone: int
    absent: int


def check_in(
    context: ChangeContext, year: int, mn_id: str, observation: Observation, *, session: str | None = None
) -> RecordResult:
    """Record that a mentor attended the training.

    Safe to repeat by the device-made id. A mentor who is checked in for the session, or for none in particular, is not
    checked in again.

    Raises:
        MentorUnknownError: there is no such mentor.
        DeviceIdTakenError: the device-made id belongs to another record.
        RecordInvalidError: the session or the id cannot be used.

    """
    with context.change(_TABLE) as change:
        _lock(change.conn, year)
        mentor = queries.find_mentor(change.conn, year, mn_id)
        result = _check_in(change, year, mentor, observation, _session(session))
        _audit(change, "attendance_recorded", "checked in", year, result)
    return result


def verify_cash(
    context: ChangeContext, year: int, mn_id: str, amount: Decimal, observation: Observation
) -> RecordResult:
    """Record how much cash of a mentor was counted; the last amount counts. Money in Givebutter is not changed.

    Safe to repeat by the device-made id. Raises as `check_in`, and RecordInvalidError for an amount that is none.
    """
    if not amount.is_finite() or not 0 <= amount <= _LARGEST_AMOUNT or amount != round(amount, 2):
        raise RecordInvalidError(
            "The amount is no sum of money.", f"Give dollars and cents, from 0 to {_LARGEST_AMOUNT:,}, such as 12.50."
        )
    with context.change(_TABLE) as change:
        _lock(change.conn, year)
        mentor = queries.find_mentor(change.conn, year, mn_id)
        result = _record(change, year, mentor, "cash_verified", observation, amount=amount)
        _audit(change, "cash_verified", "cash verified", year, result)
    return result


def add_note(context: ChangeContext, year: int, mn_id: str, note: str, observation: Observation) -> RecordResult:
    """Record a note on a mentor. It stays here and is not sent to Givebutter.

    Safe to repeat by the device-made id. Raises as `check_in`, and RecordInvalidError for an empty or a long note.
    """
    text = clean_block(note)
    if not text or len(text) > _LONGEST_NOTE:
        raise RecordInvalidError(
            f"The note is empty or longer than {_LONGEST_NOTE:,} characters.", "Write a shorter one, or several."
        )
    with context.change(_TABLE) as change:
        _lock(change.conn, year)
        mentor = queries.find_mentor(change.conn, year, mn_id)
        result = _record(change, year, mentor, "note", observation, note=text)
        _audit(change, "note_added", "note added", year, result)
    return result


def undo_record(
    context: ChangeContext, year: int, *, record_id: int | None = None, device_record_id: str | None = None
) -> RecordResult:
    """Undo one record, by its number or by the id that the device made. The row stays, with who undid it and when.

    Safe to repeat. A tick that was made by hand in Givebutter stays (see `withdraw_attendance`).

    Raises:
        RecordNotFoundError: there is no such record in the year.

    """
    c = mentor_records.c
    which = c.id == record_id if record_id is not None else c.device_record_id == device_record_id
    with context.change(_TABLE) as change:
        _lock(change.conn, year)
        row = change.conn.execute(sa.select(c.id, c.undone_at).where(c.campaign_year == year, which)).first()
        if row is None:
            raise RecordNotFoundError(
                f"There is no such record in {year}.", "List them: mentorsync attendance list, or the page Check-in."
            )
        if row.undone_at is None:
            _set_undone(change, [row.id], withdraws_tick=False)
        result = RecordResult(
            outcome="undone" if row.undone_at is None else "unchanged", record=queries.record_row(change.conn, row.id)
        )
        _audit(change, "record_undone", "record undone", year, result)
    return result


def withdraw_attendance(context: ChangeContext, year: int, mn_id: str) -> RecordResult:
    """Record that a mentor did not attend after all: undo every check-in, and take back a tick made in Givebutter.

    Raises:
        MentorUnknownError: there is no such mentor.
        RecordNotFoundError: the mentor is neither checked in here nor ticked in Givebutter; nothing is written.

    """
    c = mentor_records.c
    with context.change(_TABLE) as change:
        _lock(change.conn, year)
        mentor = queries.find_mentor(change.conn, year, mn_id)
        check_ins = sa.select(c.id).where(*_check_ins_of(year, mentor)).order_by(c.id)
        ids = list(change.conn.execute(check_ins).scalars())
        if not ids and not queries.attended_by_last_run(change.conn, year, mentor.mn_id):
            raise RecordNotFoundError(
                f"{mentor.mn_id} is not checked in in {year}, here or in Givebutter.", "There is nothing to undo."
            )
        if not ids:
            # Nothing of ours to undo: the row says that a person took back the tick of Givebutter.
            ids = [_insert(change, year, mentor, "attended_training", Observation(zone=ZoneInfo("UTC")))]
        _set_undone(change, ids, withdraws_tick=True)
        result = RecordResult(outcome="undone", record=queries.record_row(change.conn, ids[-1]))
        _audit(change, "record_undone", "attendance withdrawn", year, result)
    return result


def import_attendance(
    context: ChangeContext, year: int, content: bytes, *, zone: ZoneInfo, session: str | None = None
) -> ImportResult:
    """Check in everybody whom a CSV file names as having attended: all lines, or none.

    The same file, or another one with the same lines, changes nothing: check-ins count once, and one that a person
    undid is not brought back.

    Args:
        session: the session of lines without one.

    Raises:
        AttendanceFileError: the file or some of its lines cannot be used; they are named, and nothing is recorded.

    """
    file = read_attendance_file(content)
    default = _session(session)
    with context.change(_TABLE) as change:
        _lock(change.conn, year)
        people = People(queries.known_people(change.conn, year))
        problems, matched = list(file.problems), []
        for line in file.lines:
            person = people.find(line.keys)
            if isinstance(person, str):
                problems.append(LineProblem(line.line, person))
            elif (observed := line.observed) is not None and _moment(observed, zone) > change.now:
                problems.append(LineProblem(line.line, "has a date in the future"))
            else:
                matched.append((line, MentorKey(mn_id=person.mn_id, submission_id=person.submission_id)))
        if problems:
            raise _refused(problems)
        counts = Counter[str]()
        for line, mentor in matched:
            at = line.session or default
            result = _check_in(change, year, mentor, _of_line(line, mentor, at, year, zone), at)
            counts["undone" if result.record["undone_at"] is not None else result.outcome] += 1
        if counts["recorded"]:
            change.record(
                "attendance_imported",
                "attendance imported",
                subject=f"file {hashlib.sha256(content).hexdigest()[:12]}",
                years={year},
                recorded=counts["recorded"],
            )
    return ImportResult(
        recorded=counts["recorded"],
        already=counts["already"] + counts["repeated"],
        undone=counts["undone"],
        absent=file.absent,
    )


def _lock(conn: sa.Connection, year: int) -> None:
    """Let one person at a time record something of the year, so that two phones do not check one mentor in twice."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_CLASS, year)))


def _check_in(
    change: AuditedChange, year: int, mentor: MentorKey, observation: Observation, session: str | None
) -> RecordResult:
    c = mentor_records.c
    before = _by_device_id(change, year, mentor, "attended_training", observation)
    if before is not None:
        return before
    same = [] if session is None else [sa.or_(c.session.is_(None), sa.func.lower(c.session) == session.lower())]
    query = sa.select(c.id).where(*_check_ins_of(year, mentor), *same).order_by(c.id).limit(1)
    check_in_id: int | None = change.conn.execute(query).scalar()
    if check_in_id is not None:
        return RecordResult(outcome="already", record=queries.record_row(change.conn, check_in_id))
    record_id = _insert(change, year, mentor, "attended_training", observation, session=session)
    return RecordResult(outcome="recorded", record=queries.record_row(change.conn, record_id))


def _record(
    change: AuditedChange, year: int, mentor: MentorKey, kind: RecordKind, observation: Observation, **values: Any
) -> RecordResult:
    before = _by_device_id(change, year, mentor, kind, observation)
    if before is not None:
        return before
    record_id = _insert(change, year, mentor, kind, observation, **values)
    return RecordResult(outcome="recorded", record=queries.record_row(change.conn, record_id))


def _by_device_id(
    change: AuditedChange, year: int, mentor: MentorKey, kind: RecordKind, observation: Observation
) -> RecordResult | None:
    """The record that came with this id before. Raises DeviceIdTakenError when it is another one."""
    c = mentor_records.c
    device_id = observation.device_record_id
    if device_id is None:
        return None
    if not _DEVICE_ID.fullmatch(device_id):
        raise RecordInvalidError(
            "The device-made id cannot be used.", "Send 1 to 100 printable ASCII characters without spaces."
        )
    row = change.conn.execute(
        sa.select(c.id, c.campaign_year, c.kind, c.mn_id, c.submission_id).where(c.device_record_id == device_id)
    ).first()
    if row is None:
        return None
    same_mentor = row.mn_id == mentor.mn_id or (
        row.submission_id is not None and row.submission_id == mentor.submission_id
    )
    if (row.campaign_year, row.kind) != (year, kind) or not same_mentor:
        raise DeviceIdTakenError(
            "The device-made id belongs to another record.", "Make a new id for each record, such as a UUID."
        )
    return RecordResult(outcome="repeated", record=queries.record_row(change.conn, row.id))


def _insert(
    change: AuditedChange, year: int, mentor: MentorKey, kind: RecordKind, observation: Observation, **values: Any
) -> int:
    if observation.observed_at is not None and observation.observed_at.year < FIRST_YEAR:
        raise RecordInvalidError("The time of the observation is too early.", "Set the clock of the device.")
    # A device whose clock is ahead observes nothing later than now.
    observed = min(_moment(observation.observed_at or change.now, observation.zone), change.now)
    record_id: int = change.conn.execute(
        sa.insert(mentor_records)
        .values(
            campaign_year=year,
            mn_id=mentor.mn_id,
            submission_id=mentor.submission_id,
            kind=kind,
            device_record_id=observation.device_record_id or str(uuid.uuid4()),
            observed_at=observed,
            observed_on=observed.astimezone(observation.zone).date(),
            recorded_at=change.now,
            recorded_by=change.actor.name,
            **values,
        )
        .returning(mentor_records.c.id)
    ).scalar_one()
    return record_id


def _set_undone(change: AuditedChange, ids: Sequence[int], *, withdraws_tick: bool) -> None:
    change.conn.execute(
        sa.update(mentor_records)
        .where(mentor_records.c.id.in_(ids))
        .values(undone_at=change.now, undone_by=change.actor.name, withdraws_tick=withdraws_tick)
    )


def _check_ins_of(year: int, mentor: MentorKey) -> list[sa.ColumnElement[bool]]:
    """That a row is a check-in in force of this mentor, also under the id before a correction."""
    c = mentor_records.c
    theirs = c.mn_id == mentor.mn_id
    if mentor.submission_id is not None:
        theirs = sa.or_(theirs, c.submission_id == mentor.submission_id)
    return [c.campaign_year == year, c.kind == "attended_training", c.undone_at.is_(None), theirs]


def _audit(change: AuditedChange, act: AuditAct, description: str, year: int, result: RecordResult) -> None:
    """Write the audit entry, if anything was written."""
    if result.outcome in ("recorded", "undone"):
        row = result.record
        change.record(act, description, subject=row["mn_id"], years={year}, record=row["id"], kind=row["kind"])


def _session(text: str | None) -> str | None:
    try:
        return session_name(text)
    except ValueError as error:
        raise RecordInvalidError(f"The request {error}.", "Give the session a shorter name.") from None


def _moment(observed: datetime | date, zone: ZoneInfo) -> datetime:
    """The moment of a time or a day; a day is its beginning."""
    moment = observed if isinstance(observed, datetime) else datetime.combine(observed, time())
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def _of_line(line: AttendanceLine, mentor: MentorKey, session: str | None, year: int, zone: ZoneInfo) -> Observation:
    """The observation of a line; its id is made from mentor, session and time, so that the same line counts once."""
    parts = (str(year), mentor.submission_id or mentor.mn_id, (session or "").lower(), str(line.observed or ""))
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    return Observation(zone=zone, observed_at=line.observed, device_record_id=f"import-{digest}")


def _refused(problems: Sequence[LineProblem]) -> AttendanceFileError:
    ordered = sorted(problems, key=lambda problem: problem.line)
    named = "; ".join(map(str, ordered[:_PROBLEMS_NAMED]))
    more = f"; and {len(ordered) - _PROBLEMS_NAMED} more lines" if len(ordered) > _PROBLEMS_NAMED else ""
    return AttendanceFileError(
        f"Nothing was recorded: {named}{more}.", "Correct these lines and import the file again.", ordered
    )
