"""Record attendance, verified cash and notes of mentors, and undo records (rulebook, section 14).

Each function is one transaction with one audit entry; a repeated call writes nothing.
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
    normalize_session,
    read_attendance_file,
)
from mentorsync_pipeline.attendance.rules.lookup import PersonIndex
from mentorsync_pipeline.db.audited_change import AuditedChange, ChangeContext
from mentorsync_pipeline.db.tables import mentor_records
from mentorsync_pipeline.domain.clean_text import clean_block
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.domain.vocabulary import AuditAct, RecordKind

# First key of the advisory lock; the second is the campaign year. Runs do not take this lock.
_LOCK_CLASS = 0x4D52
_TABLE = mentor_records.name
_MAX_AMOUNT = Decimal(1_000_000)
_MAX_NOTE = 2_000
_DEVICE_ID = re.compile(r"[!-~]{1,100}")
_MAX_PROBLEMS = 20

Outcome = Literal["recorded", "repeated", "already", "undone", "unchanged"]
"""Outcome of a request.

`recorded` or `undone`: written now. `repeated`: the same request was recorded before. `already`: the mentor was checked
in before. `unchanged`: the record was undone before.
"""


class RecordInvalidError(MentorSyncError):
    """A value of the record is invalid; nothing is written."""

    code = "RECORD_INVALID"


class RecordNotFoundError(MentorSyncError):
    """The year has no such record, or nothing to undo."""

    code = "RECORD_NOT_FOUND"


class DeviceIdTakenError(MentorSyncError):
    """The device's id belongs to another record."""

    code = "DEVICE_ID_TAKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Time of an observation, and the id that the device created for it.

    Attributes:
        zone: the team's time zone, for times without a zone and for days.
        observed_at: None for now.
        device_record_id: makes a repeated request harmless; None for a new id.

    """

    zone: ZoneInfo
    observed_at: datetime | date | None = None
    device_record_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordResult:
    """A record (`queries.get_record`) and the outcome of the request."""

    outcome: Outcome
    record: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """Numbers of lines of a file.

    Attributes:
        recorded: new check-ins.
        already: mentors who were checked in before.
        undone: check-ins that a person undid; they stay undone.
        absent: mentors who did not attend.

    """

    recorded: int
    already: int
    undone: int
    absent: int


def check_in(
    context: ChangeContext, year: int, mn_id: str, observation: Observation, *, session: str | None = None
) -> RecordResult:
    """Record that a mentor attended the training.

    Safe to repeat with the same device id. A mentor who is checked in for the session, or without a session, is not
    checked in again.

    Raises:
        MentorUnknownError: there is no such mentor.
        DeviceIdTakenError: the device's id belongs to another record.
        RecordInvalidError: the session or the id cannot be used.

    """
    with context.change(_TABLE) as change:
        _lock(change.conn, year)
        mentor = queries.find_mentor(change.conn, year, mn_id)
        result = _check_in(change, year, mentor, observation, _normalize_session(session))
        _audit(change, "attendance_recorded", "checked in", year, result)
    return result


def verify_cash(
    context: ChangeContext, year: int, mn_id: str, amount: Decimal, observation: Observation
) -> RecordResult:
    """Record the counted cash of a mentor; the last amount is valid. Amounts in Givebutter are not changed.

    Safe to repeat with the same device id. Raises as `check_in`, and RecordInvalidError for an invalid amount.
    """
    if not amount.is_finite() or not 0 <= amount <= _MAX_AMOUNT or amount != round(amount, 2):
        raise RecordInvalidError(
            "The amount is not a valid sum of money.",
            f"Enter dollars and cents, from 0 to {_MAX_AMOUNT:,}, such as 12.50.",
        )
    with context.change(_TABLE) as change:
        _lock(change.conn, year)
        mentor = queries.find_mentor(change.conn, year, mn_id)
        result = _record(change, year, mentor, "cash_verified", observation, amount=amount)
        _audit(change, "cash_verified", "cash verified", year, result)
    return result


def add_note(context: ChangeContext, year: int, mn_id: str, note: str, observation: Observation) -> RecordResult:
    """Record a note on a mentor. Notes are not sent to Givebutter.

    Safe to repeat with the same device id. Raises as `check_in`, and RecordInvalidError for an empty or a long note.
    """
    text = clean_block(note)
    if not text or len(text) > _MAX_NOTE:
        raise RecordInvalidError(
            f"The note is empty or longer than {_MAX_NOTE:,} characters.", "Write a shorter note, or several notes."
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
    """Undo one record, by its number or by the device's id. The row is kept, with who undid it and when.

    Safe to repeat. A tick that was made by hand in Givebutter is kept (see `withdraw_attendance`).

    Raises:
        RecordNotFoundError: there is no such record in the year.

    """
    c = mentor_records.c
    condition = c.id == record_id if record_id is not None else c.device_record_id == device_record_id
    with context.change(_TABLE) as change:
        _lock(change.conn, year)
        row = change.conn.execute(sa.select(c.id, c.undone_at).where(c.campaign_year == year, condition)).first()
        if row is None:
            raise RecordNotFoundError(f"There is no such record in {year}.", "List them: mentorsync attendance list.")
        if row.undone_at is None:
            _set_undone(change, [row.id], withdraws_tick=False)
        result = RecordResult(
            outcome="undone" if row.undone_at is None else "unchanged", record=queries.get_record(change.conn, row.id)
        )
        _audit(change, "record_undone", "record undone", year, result)
    return result


def withdraw_attendance(context: ChangeContext, year: int, mn_id: str) -> RecordResult:
    """Record that a mentor did not attend: undo every check-in, and clear a tick made in Givebutter.

    Raises:
        MentorUnknownError: there is no such mentor.
        RecordNotFoundError: the mentor is neither checked in here nor ticked in Givebutter; nothing is written.

    """
    c = mentor_records.c
    with context.change(_TABLE) as change:
        _lock(change.conn, year)
        mentor = queries.find_mentor(change.conn, year, mn_id)
        check_ins = sa.select(c.id).where(*_check_in_conditions(year, mentor)).order_by(c.id)
        ids = list(change.conn.execute(check_ins).scalars())
        if not ids and not queries.read_attended(change.conn, year, mentor.mn_id):
            raise RecordNotFoundError(
                f"{mentor.mn_id} is not checked in in {year}, here or in Givebutter.", "There is nothing to undo."
            )
        if not ids:
            # Without a check-in, a new undone row records that a person withdrew Givebutter's tick.
            ids = [_insert(change, year, mentor, "attended_training", Observation(zone=TEAM_ZONE))]
        _set_undone(change, ids, withdraws_tick=True)
        result = RecordResult(outcome="undone", record=queries.get_record(change.conn, ids[-1]))
        _audit(change, "record_undone", "attendance withdrawn", year, result)
    return result


def import_attendance(
    context: ChangeContext, year: int, content: bytes, *, zone: ZoneInfo, session: str | None = None
) -> ImportResult:
    """Check in the mentors who attended according to a CSV file: all lines or none.

    Equal lines are recorded once, also from several files. A check-in that a person undid stays undone.

    Args:
        zone: the team's time zone.
        session: session of lines without a session.

    Raises:
        AttendanceFileError: the file or some of its lines cannot be used; nothing is recorded.

    """
    file = read_attendance_file(content)
    default = _normalize_session(session)
    with context.change(_TABLE) as change:
        _lock(change.conn, year)
        people = PersonIndex(queries.read_people(change.conn, year))
        problems, matched = list(file.problems), []
        for line in file.lines:
            person = people.find(line.keys)
            if isinstance(person, str):
                problems.append(LineProblem(line.line, person))
            elif (observed := line.observed) is not None and _to_moment(observed, zone) > change.now:
                problems.append(LineProblem(line.line, "has a date in the future"))
            else:
                matched.append((line, MentorKey(mn_id=person.mn_id, submission_id=person.submission_id)))
        if problems:
            raise _to_error(problems)
        counts = Counter[str]()
        for line, mentor in matched:
            line_session = line.session or default
            result = _check_in(
                change, year, mentor, _to_observation(line, mentor, line_session, year, zone), line_session
            )
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
    """Lock the year's records, so that two phones do not check in the same mentor twice."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_CLASS, year)))


def _check_in(
    change: AuditedChange, year: int, mentor: MentorKey, observation: Observation, session: str | None
) -> RecordResult:
    c = mentor_records.c
    repeated = _find_repeated(change, year, mentor, "attended_training", observation)
    if repeated is not None:
        return repeated
    in_session = [] if session is None else [sa.or_(c.session.is_(None), sa.func.lower(c.session) == session.lower())]
    query = sa.select(c.id).where(*_check_in_conditions(year, mentor), *in_session).order_by(c.id).limit(1)
    check_in_id: int | None = change.conn.execute(query).scalar()
    if check_in_id is not None:
        return RecordResult(outcome="already", record=queries.get_record(change.conn, check_in_id))
    record_id = _insert(change, year, mentor, "attended_training", observation, session=session)
    return RecordResult(outcome="recorded", record=queries.get_record(change.conn, record_id))


def _record(
    change: AuditedChange, year: int, mentor: MentorKey, kind: RecordKind, observation: Observation, **values: Any
) -> RecordResult:
    repeated = _find_repeated(change, year, mentor, kind, observation)
    if repeated is not None:
        return repeated
    record_id = _insert(change, year, mentor, kind, observation, **values)
    return RecordResult(outcome="recorded", record=queries.get_record(change.conn, record_id))


def _find_repeated(
    change: AuditedChange, year: int, mentor: MentorKey, kind: RecordKind, observation: Observation
) -> RecordResult | None:
    """Return the record that was made with this device id before. Raises DeviceIdTakenError for another record."""
    c = mentor_records.c
    device_id = observation.device_record_id
    if device_id is None:
        return None
    if not _DEVICE_ID.fullmatch(device_id):
        raise RecordInvalidError(
            "The device's id is invalid.", "Send 1 to 100 printable ASCII characters without spaces."
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
            "The device's id belongs to another record.", "Create a new id for each record, such as a UUID."
        )
    return RecordResult(outcome="repeated", record=queries.get_record(change.conn, row.id))


def _insert(
    change: AuditedChange, year: int, mentor: MentorKey, kind: RecordKind, observation: Observation, **values: Any
) -> int:
    if observation.observed_at is not None and observation.observed_at.year < FIRST_YEAR:
        raise RecordInvalidError("The time of the observation is too early.", "Set the clock of the device.")
    # The clock of a device can be ahead.
    observed = min(_to_moment(observation.observed_at or change.now, observation.zone), change.now)
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


def _check_in_conditions(year: int, mentor: MentorKey) -> list[sa.ColumnElement[bool]]:
    """Return the conditions for check-ins in force of this mentor, also under a former MN id."""
    c = mentor_records.c
    of_mentor = c.mn_id == mentor.mn_id
    if mentor.submission_id is not None:
        of_mentor = sa.or_(of_mentor, c.submission_id == mentor.submission_id)
    return [c.campaign_year == year, c.kind == "attended_training", c.undone_at.is_(None), of_mentor]


def _audit(change: AuditedChange, act: AuditAct, description: str, year: int, result: RecordResult) -> None:
    """Write the audit entry, if anything was written."""
    if result.outcome in ("recorded", "undone"):
        row = result.record
        change.record(act, description, subject=row["mn_id"], years={year}, record=row["id"], kind=row["kind"])


def _normalize_session(text: str | None) -> str | None:
    try:
        return normalize_session(text)
    except ValueError as error:
        raise RecordInvalidError(f"The request {error}.", "Use a shorter name for the session.") from None


def _to_moment(observed: datetime | date, zone: ZoneInfo) -> datetime:
    """Return a time with a zone; for a day, its beginning."""
    moment = observed if isinstance(observed, datetime) else datetime.combine(observed, time())
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def _to_observation(
    line: AttendanceLine, mentor: MentorKey, session: str | None, year: int, zone: ZoneInfo
) -> Observation:
    """Return the observation of a line. Its id is a hash of mentor, session and time, so that a line counts once."""
    parts = (str(year), mentor.submission_id or mentor.mn_id, (session or "").lower(), str(line.observed or ""))
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    return Observation(zone=zone, observed_at=line.observed, device_record_id=f"import-{digest}")


def _to_error(problems: Sequence[LineProblem]) -> AttendanceFileError:
    ordered = sorted(problems, key=lambda problem: problem.line)
    listed = "; ".join(map(str, ordered[:_MAX_PROBLEMS]))
    more = f"; and {len(ordered) - _MAX_PROBLEMS} more lines" if len(ordered) > _MAX_PROBLEMS else ""
    return AttendanceFileError(
        f"Nothing was recorded: {listed}{more}.", "Correct these lines and import the file again.", ordered
    )
