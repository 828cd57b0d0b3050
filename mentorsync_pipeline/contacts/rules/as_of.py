"""Compute when contact data was taken at Givebutter (`as_of`; rulebook sections 4, 5 and 9)."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

# contacts-YYYY-MM-DD-<digits>.csv (reference/givebutter.md, "Contacts EXPORT"). A browser may add " (1)", and a person
# a prefix ("Monday contacts-…"), but a longer word such as "mycontacts-…" is another name.
_NAME = re.compile(r"(?<![^\W_])contacts-([0-9]{4}-[0-9]{2}-[0-9]{2})-([0-9]+)")
# The digits of a name are the Unix time of the export if it is within the named day in any time zone.
_ZONES = timedelta(hours=14)
_SECOND_DIGITS = 10
UNKNOWN_AGE = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of an export without any date: older than all others."""


def compute_export_as_of(file_name: str, loaded_at: datetime, newest: datetime | None, zone: tzinfo) -> datetime:
    """Return when an export file was taken, in UTC (rulebook section 9).

    That is the time in Givebutter's file name, or the newest change in the file if it is later than that. It is never
    later than the load. The time stamp of the file is not used, because copying changes it.

    Args:
        newest: newest change of a contact before the load; None if there is none.
        zone: time zone of a day in a file name without a time.

    """
    taken_at = parse_named_time(file_name, loaded_at, zone)
    if taken_at is None or (newest is not None and taken_at < newest):
        taken_at = newest or UNKNOWN_AGE
    return min(taken_at, loaded_at).astimezone(UTC)


def parse_as_of(text: str, zone: tzinfo) -> datetime:
    """Parse a time or a day that a person gives for an export, in UTC; without an offset it is in `zone`.

    Raises ValueError for another text.
    """
    moment = datetime.fromisoformat(text.strip())
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise ValueError("the year is out of range") from None


def parse_named_time(file_name: str, loaded_at: datetime, zone: tzinfo) -> datetime | None:
    """Return the time in Givebutter's file name, or the start of the day if it has only a day; None without either.

    The start of the day is used so that contact data does not look more recent than it is.
    """
    match = _find_name(file_name)
    if match is None:
        return None
    try:
        day = date.fromisoformat(match[1])
    except ValueError:  # not a date
        return None
    midnight = datetime.combine(day, time(), UTC)
    if midnight > loaded_at + _ZONES:
        return None
    if len(match[2]) == _SECOND_DIGITS:
        second = datetime.fromtimestamp(int(match[2]), UTC)
        if midnight <= second + _ZONES and second < midnight + timedelta(days=1) + _ZONES:
            return second
    return datetime.combine(day, time(), zone)


def parse_export_name(file_name: str) -> str | None:
    """Return Givebutter's name of an export without a prefix and suffixes of copies; None for another name.

    Two exports never have the same name, so that known content under a new name is a later export.
    """
    match = _find_name(file_name)
    return match[0] if match else None


def _find_name(file_name: str) -> re.Match[str] | None:
    """Find Givebutter's name in a file name; None if there is none, or several, of which any could be the right one."""
    matches = {match[0]: match for match in _NAME.finditer(file_name)}
    return next(iter(matches.values())) if len(matches) == 1 else None


def is_shrunk(rows: int, previous_rows: int, max_shrink: Decimal) -> bool:
    """Return whether contacts fell by more than the allowed share, which suggests an incomplete list."""
    return rows < previous_rows * (1 - max_shrink)
