"""The clock, as a resource: whatever depends on the present asks it, so that a test or a replay can fix the moment.

How old contact data is does not depend on it: that is counted from the data's own `as_of`.
"""

from datetime import UTC, datetime

import dagster as dg


class ClockResource(dg.ConfigurableResource[datetime]):
    """The present moment; `fixed_at` (ISO 8601 with a zone) stops the clock there."""

    fixed_at: str | None = None

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        return datetime.fromisoformat(self.fixed_at).astimezone(UTC) if self.fixed_at else datetime.now(UTC)
