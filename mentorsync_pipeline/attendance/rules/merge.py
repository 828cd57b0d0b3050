"""Merge recorded attendance with Givebutter's checkbox (rulebook, sections 7 and 14).

A sync never clears a tick or a check-in; only a person who undoes the check-in does.

| in force here | Givebutter's checkbox                    | before      | attended                                    |
|---------------|------------------------------------------|-------------|---------------------------------------------|
| a check-in    | any                                      | any         | yes                                         |
| nothing       | ticked                                   | any         | yes                                         |
| nothing       | not ticked                               | yes         | yes: another import cleared it              |
| nothing       | not ticked                               | no          | no                                          |
| undone        | ticked by our own import                 | any         | no, and the tick is cleared                 |
| undone        | ticked by hand, also after our import    | any         | yes                                         |
|               | cleared ours                             |             |                                             |
| undone with the tick | ticked before the undo            | any         | no, and the tick is cleared                 |
| undone        | not ticked                               | yes, by the check-in | no                                 |

`attendance.rules.own_tick` distinguishes the two kinds of ticks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from mentorsync_pipeline.attendance.rules.mentor_records import MentorRecord, records_in_force
from mentorsync_pipeline.attendance.rules.own_tick import NOTHING_SENT, Checkbox, SentTick
from mentorsync_pipeline.domain.records import Provenance
from mentorsync_pipeline.domain.three_way import Base

RECORDED: Final = "attendance"
"""Rule of a value from a check-in. A tick in Givebutter, if any, was made by our own import."""

RECORDED_AND_TICKED: Final = "attendance_agreed"
"""Rule of a value from a check-in that was also ticked by hand in Givebutter."""

UNDONE: Final = "attendance_undone"
"""Rule of a value whose check-in was undone. Our own tick may still appear in Givebutter."""

TAKEN_BACK: Final = "attendance_taken_back"
"""Rule of a value whose check-in was undone while Givebutter has our tick, or a tick that a person withdrew."""

_OWN_RULES = frozenset({RECORDED, TAKEN_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierValue:
    """Attendance as of the last run, and the value's source."""

    attended: bool = False
    origin: Provenance | None = None

    @property
    def rule(self) -> str | None:
        """Rule of the value (`Provenance.rule`)."""
        return self.origin.rule if self.origin else None

    def is_from(self, record: MentorRecord) -> bool:
        """Return whether the value came from this record."""
        return self.origin is not None and self.origin.source_id == str(record.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """Merged attendance of a mentor.

    Attributes:
        source: a `record` of staff (with its `rule`), the `contact`, or the `earlier` value, which no source has now.

    """

    attended: bool
    source: Literal["record", "contact", "earlier"]
    record: MentorRecord | None = None
    rule: str | None = None


def merge_attendance(
    records: Sequence[MentorRecord],
    checkbox: Checkbox,
    earlier: EarlierValue,
    sent: SentTick = NOTHING_SENT,
) -> Attendance:
    """Decide whether a mentor attended (the module's table).

    Args:
        records: the mentor's records of staff, of any kind.
        checkbox: Givebutter's checkbox; not ticked when there is no contact.
        earlier: the value of the last run.
        sent: what is known of our own tick.

    """
    in_force = records_in_force(records, "attended_training")
    undone = _last_undone(records)
    taken_back = undone is not None and _is_taken_back(records, checkbox, earlier, sent)
    if in_force:
        by_hand = checkbox.is_ticked and not taken_back and not _is_own(records, checkbox, earlier, sent, None)
        return Attendance(
            attended=True, source="record", record=in_force[0], rule=RECORDED_AND_TICKED if by_hand else RECORDED
        )
    if checkbox.is_ticked:
        if taken_back:
            return Attendance(attended=False, source="record", record=undone, rule=TAKEN_BACK)
        return Attendance(attended=True, source="contact")
    if undone is not None and earlier.rule in (RECORDED, UNDONE):
        applied = next((record for record in records if earlier.rule == UNDONE and earlier.is_from(record)), undone)
        return Attendance(attended=False, source="record", record=applied, rule=UNDONE)
    attended = earlier.attended and not taken_back
    return Attendance(attended=attended, source="earlier" if attended else "contact")


def update_base(merged: Attendance, checkbox: Checkbox, sent: SentTick, as_of: datetime) -> Base | None:
    """Return the base of the checkbox after a merge; None while staff have recorded nothing."""
    if merged.rule is None and sent.base is None:
        return None
    if merged.rule == UNDONE or (merged.source == "earlier" and not checkbox.is_ticked):
        return sent.base
    is_own, is_cleared = merged.rule in _OWN_RULES, merged.rule == TAKEN_BACK
    return sent.update(checkbox, is_own=is_own, is_cleared=is_cleared, as_of=as_of)


def _last_undone(records: Iterable[MentorRecord]) -> MentorRecord | None:
    undone = [record for record in records if record.kind == "attended_training" and not record.is_in_force]
    return max(undone, key=lambda record: (_undone_at(record), record.id), default=None)


def _undone_at(record: MentorRecord) -> datetime:
    return record.undone_at or record.recorded_at


def _is_own(
    records: Iterable[MentorRecord],
    checkbox: Checkbox,
    earlier: EarlierValue,
    sent: SentTick,
    undone_at: datetime | None,
) -> bool:
    """Return whether the tick in the box is our own."""
    if not sent.is_recorded:
        return earlier.rule in _OWN_RULES
    recorded = (record.recorded_at for record in records if record.kind == "attended_training")
    return sent.is_own(checkbox, min(recorded, default=None), undone_at)


def _is_taken_back(records: Sequence[MentorRecord], checkbox: Checkbox, earlier: EarlierValue, sent: SentTick) -> bool:
    """Return whether an undo overrides the tick, or the earlier value if there is no tick."""
    undone = _last_undone(records)
    if _is_own(records, checkbox, earlier, sent, None if undone is None else _undone_at(undone)):
        return True
    withdrawal = _last_undone(record for record in records if record.withdraws_tick)
    modified_at = checkbox.modified_at
    if earlier.attended and not (sent.base is not None and checkbox.is_ticked and not sent.base.contact_value):
        seen_at = earlier.origin.observed_at if earlier.origin else None
        return withdrawal is not None and (seen_at is None or _undone_at(withdrawal) >= seen_at)
    applied = (
        [] if sent.is_recorded else [record for record in records if earlier.rule == UNDONE and earlier.is_from(record)]
    )
    last_undo = _last_undone([*applied, *([withdrawal] if withdrawal else [])])
    if last_undo is None or modified_at is None:
        return False
    return sent.clock.convert(_undone_at(last_undo)) >= modified_at
