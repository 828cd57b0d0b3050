"""Merge attendance that is recorded here with Givebutter's checkbox (rulebook, sections 7 and 14).

A tick on either side is never taken back by a sync, only by a person who undoes the check-in.

| in force here | Givebutter's checkbox                    | before      | attended                                    |
|---------------|------------------------------------------|-------------|---------------------------------------------|
| a check-in    | any                                      | any         | yes                                         |
| nothing       | ticked                                   | any         | yes                                         |
| nothing       | not ticked                               | yes         | yes: somebody else's import cleared it      |
| nothing       | not ticked                               | no          | no                                          |
| undone        | ticked by our own import                 | any         | no, and the tick is taken back              |
| undone        | ticked by hand before, or since the undo | any         | yes                                         |
| undone with the tick | ticked before the undo            | any         | no, and the tick is taken back              |
| undone        | not ticked                               | yes, by the check-in | no                                 |
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from mentorsync_pipeline.attendance.rules.records import MentorRecord, records_in_force
from mentorsync_pipeline.domain.records import Provenance

RECORDED: Final = "attendance"
"""Rule of a value that a check-in made; a tick in Givebutter, if there is one, came from our own import."""

RECORDED_AND_TICKED: Final = "attendance_agreed"
"""Rule of a value that a check-in made and that was also ticked by hand in Givebutter."""

TAKEN_BACK: Final = "attendance_undone"
"""Rule of a value whose check-in was undone while Givebutter's checkbox is still ticked."""

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
    standing = records_in_force(records, "attended_training")
    if standing:
        by_hand = checkbox.is_ticked and earlier.rule not in _OURS
        return Attendance(
            attended=True, source="record", record=standing[0], rule=RECORDED_AND_TICKED if by_hand else RECORDED
        )
    undone = _last_undone(records)
    if undone is not None and _is_taken_back(undone, checkbox, earlier):
        if checkbox.is_ticked:
            return Attendance(attended=False, source="record", record=undone, rule=TAKEN_BACK)
        return Attendance(attended=False, source="contact")
    if checkbox.is_ticked:
        return Attendance(attended=True, source="contact")
    return Attendance(attended=earlier.attended, source="earlier" if earlier.attended else "contact")


def _last_undone(records: Sequence[MentorRecord]) -> MentorRecord | None:
    undone = [record for record in records if record.kind == "attended_training" and not record.is_in_force]
    return max(undone, key=lambda record: (record.undone_at or record.recorded_at, record.id), default=None)


def _is_taken_back(undone: MentorRecord, checkbox: Checkbox, earlier: EarlierValue) -> bool:
    """Whether the undo holds against the tick, or against the earlier value where there is no tick."""
    undone_at = undone.undone_at or undone.recorded_at
    if earlier.rule in _OURS:
        return True
    if earlier.attended:
        seen_at = earlier.origin.observed_at if earlier.origin else None
        return undone.withdraws_tick and (seen_at is None or undone_at >= seen_at)
    return checkbox.modified_at is not None and undone_at >= checkbox.modified_at
