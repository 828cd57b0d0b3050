"""Merge attendance that is recorded here with Givebutter's checkbox (rulebook, sections 7 and 14).

A tick on either side is never taken back by a sync, only by a person who undoes the check-in.

| in force here | Givebutter's checkbox                    | before      | attended                                    |
|---------------|------------------------------------------|-------------|---------------------------------------------|
| a check-in    | any                                      | any         | yes                                         |
| nothing       | ticked                                   | any         | yes                                         |
| nothing       | not ticked                               | yes         | yes: somebody else's import cleared it      |
| nothing       | not ticked                               | no          | no                                          |
| undone        | ticked by our own import                 | any         | no, and the tick is taken back              |
| undone        | ticked by hand                           | any         | yes                                         |
| undone with the tick | ticked before the undo            | any         | no, and the tick is taken back              |
| undone        | not ticked                               | yes, by the check-in | no                                 |

A tick is our own import's if the last run's value came from the check-in. If the contact data did not show the tick
yet when the undo was applied, it is ours when the contact was not changed after that undo.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from mentorsync_pipeline.attendance.rules.records import MentorRecord, records_in_force
from mentorsync_pipeline.domain.records import Provenance

RECORDED: Final = "attendance"
"""Rule of a value that a check-in made; a tick in Givebutter, if there is one, came from our own import."""

RECORDED_AND_TICKED: Final = "attendance_agreed"
"""Rule of a value that a check-in made and that was also ticked by hand in Givebutter."""

UNDONE: Final = "attendance_undone"
"""Rule of a value whose check-in was undone; our own tick may still show up in Givebutter."""

TAKEN_BACK: Final = "attendance_taken_back"
"""Rule of a value whose check-in was undone while Givebutter's checkbox has our tick, or one that a person withdrew."""

_OURS = frozenset({RECORDED, TAKEN_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkbox:
    """Givebutter's checkbox on the mentor's contact, and when the contact was last changed."""

    is_ticked: bool = False
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierValue:
    """Whether the mentor had attended as of the last run, and where that came from."""

    attended: bool = False
    origin: Provenance | None = None

    @property
    def rule(self) -> str | None:
        """The rule that made the value."""
        return self.origin.rule if self.origin else None

    def is_of(self, record: MentorRecord) -> bool:
        """Whether the value came from this record."""
        return self.origin is not None and self.origin.source_id == str(record.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """Whether a mentor attended the training.

    `source`: a `record` of staff (with its `rule`), the `contact`, or the `earlier` value, which no source shows now.
    """

    attended: bool
    source: Literal["record", "contact", "earlier"]
    record: MentorRecord | None = None
    rule: str | None = None


def merge_attendance(records: Sequence[MentorRecord], checkbox: Checkbox, earlier: EarlierValue) -> Attendance:
    """Decide whether a mentor attended; see the table above.

    Args:
        records: the mentor's records of staff, of any kind.
        checkbox: Givebutter's checkbox; not ticked when there is no contact.
        earlier: the value of the last run.

    """
    in_force = records_in_force(records, "attended_training")
    undone = _last_undone(records)
    taken_back = undone is not None and _is_taken_back(records, checkbox, earlier)
    if in_force:
        by_hand = checkbox.is_ticked and earlier.rule not in _OURS and not taken_back
        return Attendance(
            attended=True, source="record", record=in_force[0], rule=RECORDED_AND_TICKED if by_hand else RECORDED
        )
    if checkbox.is_ticked:
        if taken_back:
            return Attendance(attended=False, source="record", record=undone, rule=TAKEN_BACK)
        return Attendance(attended=True, source="contact")
    if undone is not None and earlier.rule in (RECORDED, UNDONE):
        applied = next((record for record in records if earlier.rule == UNDONE and earlier.is_of(record)), undone)
        return Attendance(attended=False, source="record", record=applied, rule=UNDONE)
    kept = earlier.attended and not taken_back
    return Attendance(attended=kept, source="earlier" if kept else "contact")


def _last_undone(records: Iterable[MentorRecord]) -> MentorRecord | None:
    undone = [record for record in records if record.kind == "attended_training" and not record.is_in_force]
    return max(undone, key=lambda record: (_undone_at(record), record.id), default=None)


def _undone_at(record: MentorRecord) -> datetime:
    return record.undone_at or record.recorded_at


def _is_taken_back(records: Sequence[MentorRecord], checkbox: Checkbox, earlier: EarlierValue) -> bool:
    """Whether an undo holds against the tick, or against the earlier value where there is no tick."""
    if earlier.rule in _OURS:
        return True
    withdrawal = _last_undone(record for record in records if record.withdraws_tick)
    if earlier.attended:
        seen_at = earlier.origin.observed_at if earlier.origin else None
        return withdrawal is not None and (seen_at is None or _undone_at(withdrawal) >= seen_at)
    known = [record for record in records if earlier.rule == UNDONE and earlier.is_of(record)]
    last_word = _last_undone([*known, *([withdrawal] if withdrawal else [])])
    modified_at = checkbox.modified_at
    return last_word is not None and modified_at is not None and _undone_at(last_word) >= modified_at
