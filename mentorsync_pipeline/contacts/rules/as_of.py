"""The time at which contact data was taken at Givebutter (`as_of`; rulebook sections 4 and 5)."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

# Where the team works: the day in the name of an export is a day there.
TEAM_ZONE = ZoneInfo("America/New_York")
# contacts-YYYY-MM-DD-<digits>.csv (reference/givebutter.md, "Contacts EXPORT"); a browser may add " (1)".
_NAME = re.compile(r"contacts-\d{4}-\d{2}-\d{2}-\d+", re.ASCII)
_DAY_IN_NAME = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)", re.ASCII)


def export_as_of(
    file_name: str, modified_at: datetime, loaded_at: datetime, newest: datetime | None, zone: tzinfo
) -> datetime:
    """The moment at which an export file was taken, in UTC.

    That is no later than the file's own change (`modified_at`), the load (`loaded_at`) and the end of the day in its
    name (a day in `zone`, where the team works), and no earlier than the `newest` change that one of its contacts
    names.
    """
    latest = min(modified_at, loaded_at)
    named = _DAY_IN_NAME.search(file_name)
    if named is not None:
        try:
            end_of_day = datetime.combine(date.fromisoformat(named[1]) + timedelta(days=1), time(), zone)
            latest = min(latest, end_of_day - timedelta(seconds=1))
        except ValueError:
            pass  # digits that are no day
    return max(latest, newest or latest).astimezone(UTC)


def export_name(file_name: str) -> str | None:
    """What Givebutter called an export, however often it was copied; None when it does not have such a name.

    Two exports never share it, so one of a new name and of known content was taken anew.
    """
    found = _NAME.match(file_name)
    return found[0] if found else None


def is_shrunk(rows: int, previous_rows: int, max_shrink: Decimal) -> bool:
    """Whether contacts fell by more than the allowed share: a sign of a filtered or incomplete list."""
    return rows < previous_rows * (1 - max_shrink)
