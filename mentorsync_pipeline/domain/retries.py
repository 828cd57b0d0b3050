"""Schedule retries of errors with growing intervals and a maximum (rulebook section 12)."""

from datetime import datetime, timedelta

FIRST_WAIT = timedelta(minutes=15)
FACTOR = 4


def next_retry_at(now: datetime, *, can_retry: bool, retry_count: int, max_retries: int) -> datetime | None:
    """Return the time of the next retry: 15 minutes, one hour, four hours, … from now; None after the last one."""
    if not can_retry or retry_count >= max_retries:
        return None
    return now + FIRST_WAIT * int(FACTOR**retry_count)
