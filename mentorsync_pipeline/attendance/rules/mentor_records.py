"""Select the records of staff that are in force, and assign records to mentors (rulebook, section 14)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from mentorsync_pipeline.domain.known_mentors import KnownMentors, find_person_submissions
from mentorsync_pipeline.domain.names.compare_names import compare_names
from mentorsync_pipeline.domain.records import Mentor, Signup
from mentorsync_pipeline.domain.sharing import person_name
from mentorsync_pipeline.domain.vocabulary import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorRecord:
    """One row of `mentor_records`.

    Attributes:
        submission_id: the mentor's sign-up when the record was made; None if two sign-ups had the MN id.
        observed_on: day of `observed_at` in the team's time zone.
        session: of attendance only.
        amount: dollars; of verified cash only.
        note: of a note only.
        withdraws_tick: the person who undid the record also withdrew Givebutter's tick.

    """

    id: int
    mn_id: str
    submission_id: str | None
    kind: RecordKind
    device_record_id: str
    observed_at: datetime
    observed_on: date
    recorded_at: datetime
    recorded_by: str
    session: str | None = None
    amount: Decimal | None = None
    note: str | None = None
    undone_at: datetime | None = None
    undone_by: str | None = None
    withdraws_tick: bool = False

    @property
    def is_in_force(self) -> bool:
        """Whether the record was not undone."""
        return self.undone_at is None


def records_in_force(records: Iterable[MentorRecord], kind: RecordKind) -> tuple[MentorRecord, ...]:
    """Return the records of a kind that were not undone, by time of observation."""
    in_force = (record for record in records if record.kind == kind and record.is_in_force)
    return tuple(sorted(in_force, key=lambda record: (record.observed_at, record.id)))


def group_records_by_signup(
    signups: Sequence[Signup], records: Iterable[MentorRecord], known: KnownMentors, previous: Mapping[str, Mentor]
) -> dict[str, tuple[MentorRecord, ...]]:
    """Group records by the mentor's submission id, each group in the order of recording.

    `previous` has the rows of the last run by MN id.

    | the record's sign-up                         | belongs to                                               |
    |----------------------------------------------|----------------------------------------------------------|
    | is among a person's submissions              | that person, also after a change of the MN id            |
    | is deleted, and the MN id is or was a person's | that person, unless the deleted sign-up has another name |
    | is unknown (two sign-ups had the MN id)      | the only sign-up that has the MN id now                  |
    """
    people = find_person_submissions(signups, known)
    owners = {submission: current for current, submissions in people.items() for submission in submissions}
    by_mn_id: dict[str, list[Signup]] = defaultdict(list)
    for signup in signups:
        for mn_id in {signup.mn_id, *signup.superseded_mn_ids}:
            by_mn_id[mn_id].append(signup)
    rows = {key: mentor.last_row for key, mentor in known.items() if mentor.last_row is not None}
    rows |= {row.submission_id: row for row in previous.values() if row.submission_id is not None}
    by_signup: dict[str, list[MentorRecord]] = defaultdict(list)
    for record in sorted(records, key=lambda entry: entry.id):
        owner = owners.get(record.submission_id or "") or _owner_by_mn_id(record, by_mn_id, rows)
        if owner is not None:
            by_signup[owner].append(record)
    return {submission: tuple(submissions) for submission, submissions in by_signup.items()}


def _owner_by_mn_id(
    record: MentorRecord, by_mn_id: Mapping[str, Sequence[Signup]], rows: Mapping[str, Mentor]
) -> str | None:
    """Return the only submission that has the record's MN id, or had it; None if there are several.

    None also if the names differ. `rows` has the mentors of the last run by submission id.
    """
    listed = by_mn_id.get(record.mn_id, ())
    signups = [signup for signup in listed if signup.mn_id == record.mn_id] or listed
    if len(signups) != 1:
        return None
    previous = rows.get(record.submission_id or "")
    if previous is not None and compare_names(person_name(signups[0]), person_name(previous)) == "differ":
        return None
    return signups[0].submission_id


def moved_records(owned: Mapping[str, Sequence[MentorRecord]], mn_ids: Mapping[str, str]) -> dict[int, str]:
    """Return, by record id, the present MN id of each record that is stored under another (rulebook, section 2).

    `mn_ids` has the MN id of each sign-up's row.
    """
    return {
        record.id: mn_ids[submission]
        for submission, records in owned.items()
        for record in records
        if record.mn_id != mn_ids[submission]
    }
