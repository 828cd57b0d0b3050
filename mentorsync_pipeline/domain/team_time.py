"""The team's time zone, in which people read, choose and type all times and days."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

TEAM_ZONE: Final = ZoneInfo("America/New_York")
"""Also the zone of the day in an export's name, and of the schedules."""


def format_day(moment: datetime) -> str:
    """Return the day of a time, such as `2025-10-01`; pages write it as on all pages."""
    return f"{moment.astimezone(TEAM_ZONE):%Y-%m-%d}"


def format_minute(moment: datetime) -> str:
    """Return a time to the minute, such as `2025-10-01 14:05`."""
    return f"{moment.astimezone(TEAM_ZONE):%Y-%m-%d %H:%M}"
