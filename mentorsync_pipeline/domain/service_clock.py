"""Times of this machine on the clock of a service, for comparisons with times that the service gives.

A service shows its time in the `Date` header of each answer (RFC 9110). An export shows none, so that the clocks count
as equal where no load over the API has measured them.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# The header has whole seconds, and an answer takes a while.
TOLERANCE = timedelta(seconds=5)
# A larger difference is an error of a proxy: with such a clock no connection is secure.
_LARGEST = timedelta(days=1)
_HALF_SECOND = timedelta(seconds=0.5)
_NO_OFFSET = timedelta()


@dataclass(frozen=True, slots=True)
class ServiceClock:
    """How far a service's clock was ahead of this machine's, by the time of each measurement, oldest first."""

    measured_at: tuple[datetime, ...] = ()
    offsets: tuple[timedelta, ...] = ()

    def convert(self, at: datetime) -> datetime:
        """Return a time of this machine on the service's clock, by the last measurement until then, else the first."""
        if not self.offsets:
            return at
        return at + self.offsets[max(bisect_right(self.measured_at, at) - 1, 0)]


SAME_CLOCK = ServiceClock()


def make_clock(measurements: Iterable[tuple[datetime, timedelta]]) -> ServiceClock:
    """Return the clock of these measurements, oldest first. Differences within the tolerance are none."""
    kept: list[tuple[datetime, timedelta]] = []
    for measured_at, offset in measurements:
        used = offset if abs(offset) > TOLERANCE else _NO_OFFSET
        if not kept or abs(used - kept[-1][1]) > TOLERANCE:
            kept.append((measured_at, used))
    return ServiceClock(tuple(at for at, _ in kept), tuple(offset for _, offset in kept))


def measure_offset(header: str | None, *, sent_at: datetime, received_at: datetime) -> timedelta | None:
    """Return how far the clock of an answer's `Date` header is ahead of this machine's; None for an unusable one."""
    try:
        shown = parsedate_to_datetime(header or "")
    except (TypeError, ValueError, OverflowError):
        return None
    shown = shown if shown.tzinfo is not None else shown.replace(tzinfo=UTC)
    offset = shown - (sent_at + (received_at - sent_at) / 2) + _HALF_SECOND
    return offset if abs(offset) <= _LARGEST else None
