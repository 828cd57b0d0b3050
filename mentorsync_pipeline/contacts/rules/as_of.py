"""The time at which contact data was taken at Givebutter (`as_of`; rulebook sections 4 and 5)."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

# Where the team works: the day in the name of an export is a day there.
TEAM_ZONE = ZoneInfo("America/New_York")
# contacts-YYYY-MM-DD-<digits>.csv (reference/givebutter.md, "Contacts EXPORT"); a browser may add " (1)".
_NAME = re.compile(r"contacts-(\d{4}-\d{2}-\d{2})-(\d+)", re.ASCII)
# A name's digits are the second of the export, if they are of its day: wherever the day was taken, it is within these.
_ZONES = timedelta(hours=14)
_SECOND_DIGITS = 10
UNKNOWN_AGE = datetime(1970, 1, 1, tzinfo=UTC)
"""The age of an export that names no moment at all: older than anything."""


def export_as_of(file_name: str, loaded_at: datetime, newest: datetime | None, zone: tzinfo) -> datetime:
    """When an export file was taken, in UTC, by what stands inside it (rulebook section 9).

    That is the time in Givebutter's file name unless it is before the `newest` change that one of the contacts names;
    otherwise that change. It is never later than the load. The file's own time says when it was copied, and is not
    used. `newest` is None when no contact names a moment before the load; `zone` is where a day in a name begins
    that holds no time.
    """
    named = _named_time(file_name, loaded_at, zone)
    if named is None or (newest is not None and named < newest):
        named = newest or UNKNOWN_AGE
    return min(named, loaded_at).astimezone(UTC)


def _named_time(file_name: str, loaded_at: datetime, zone: tzinfo) -> datetime | None:
    """The time in Givebutter's file name; the start of the day when it has none; None for a day that is not yet.

    The export was made on that day, and nothing says how late: contact data must not look fresher than it is.
    """
    found = _NAME.match(file_name)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found[1])
    except ValueError:  # digits that are no day
        return None
    midnight = datetime.combine(day, time(), UTC)
    if midnight > loaded_at + _ZONES:
        return None
    if len(found[2]) == _SECOND_DIGITS:
        second = datetime.fromtimestamp(int(found[2]), UTC)
        if midnight <= second + _ZONES and second < midnight + timedelta(days=1) + _ZONES:
            return second
    return datetime.combine(day, time(), zone)


def export_name(file_name: str) -> str | None:
    """What Givebutter called an export, however often it was copied; None when it does not have such a name.

    Two exports never share it, so one of a new name and of known content was taken anew.
    """
    found = _NAME.match(file_name)
    return found[0] if found else None


def is_shrunk(rows: int, previous_rows: int, max_shrink: Decimal) -> bool:
    """Whether contacts fell by more than the allowed share: a sign of a filtered or incomplete list."""
    return rows < previous_rows * (1 - max_shrink)
