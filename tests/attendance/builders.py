"""Build records of staff for tests of the rules."""

from datetime import UTC, datetime, timedelta
from typing import Any

from mentorsync_pipeline.attendance.rules.mentor_records import MentorRecord

START = datetime(2025, 9, 10, 22, 30, tzinfo=UTC)


def check_in(number: int = 1, **values: Any) -> MentorRecord:
    """A check-in of the first mentor of `tests.support.mentors_stage`, observed `number` hours after `START`."""
    values_of_record: dict[str, Any] = {
        "id": number,
        "mn_id": "MN0001",
        "submission_id": f"60{1:016d}",
        "kind": "attended_training",
        "device_record_id": f"device-{number}",
        "observed_at": START + timedelta(hours=number),
        "observed_on": START.date(),
        "recorded_at": START + timedelta(hours=number),
        "recorded_by": "Ann",
    }
    return MentorRecord(**(values_of_record | values))


def undone(number: int = 1, *, at: datetime | None = None, **values: Any) -> MentorRecord:
    """A check-in that Ann undid."""
    return check_in(number, undone_at=at or START + timedelta(hours=number, minutes=5), undone_by="Ann", **values)
