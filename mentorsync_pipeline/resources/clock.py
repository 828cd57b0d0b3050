"""The clock as a resource, so that tests and replays can set the time.

The age of contact data is counted from the `as_of` of the data.
"""

from datetime import UTC, datetime

import dagster as dg


class ClockResource(dg.ConfigurableResource[datetime]):
    """The current time, or `fixed_at` (ISO 8601 with a time zone)."""

    fixed_at: str | None = None

    def now(self) -> datetime:
        """Return the current time in UTC, with time zone."""
        return datetime.fromisoformat(self.fixed_at).astimezone(UTC) if self.fixed_at else datetime.now(UTC)
