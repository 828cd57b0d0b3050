"""Times on pages: one form, in the charity's time zone.

A time is `Nov 3, 2:02 PM` and a day is `Nov 3`. The year is added if it is not the present one.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.types import ASGIApp, Receive, Scope, Send

from mentorsync_pipeline.domain.config import TEAM_ZONE
from mentorsync_pipeline.runtime.formatting import EMPTY_TEXT


@dataclass(frozen=True, slots=True)
class PageClock:
    """The time zone of a page, and the year that its dates leave out; None adds every year."""

    zone: ZoneInfo
    year: int | None


_DEFAULT = PageClock(TEAM_ZONE, None)
_CLOCK = ContextVar("page_clock", default=_DEFAULT)


class PageClockMiddleware:
    """Middleware that sets the clock of each request's pages."""

    def __init__(self, app: ASGIApp, *, zone: ZoneInfo, now: Callable[[], datetime]) -> None:
        self._app, self._zone, self._now = app, zone, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        token = _CLOCK.set(PageClock(self._zone, self._now().astimezone(self._zone).year))
        try:
            await self._app(scope, receive, send)
        finally:
            _CLOCK.reset(token)


def page_zone() -> ZoneInfo:
    """Return the time zone of the page."""
    return _CLOCK.get().zone


def moment(value: datetime | None) -> str:
    """Format a time to the minute; the whole date and the zone are shown on hover."""
    return EMPTY_TEXT if value is None else _mark_time(value, _CLOCK.get(), with_time=True)


def day_of(value: datetime | str | None) -> str:
    """Format the day of a time, also of one that is stored as text; the time is shown on hover."""
    if not value:
        return EMPTY_TEXT
    value = datetime.fromisoformat(value) if isinstance(value, str) else value
    return _mark_time(value, _CLOCK.get(), with_time=False)


def day(value: date | None) -> str:
    """Format a date, or the day of a time, as text."""
    if value is None:
        return EMPTY_TEXT
    clock = _CLOCK.get()
    local = value.astimezone(clock.zone) if isinstance(value, datetime) else value
    return f"{local:%b} {local.day}" + ("" if local.year == clock.year else f", {local.year}")


def moment_text(value: datetime) -> str:
    """Format a time to the minute, as text."""
    local = value.astimezone(page_zone())
    return f"{day(local)}, {local.hour % 12 or 12}:{local:%M %p}"


@lru_cache(maxsize=10_000)
def _mark_time(value: datetime, clock: PageClock, *, with_time: bool) -> Markup:  # `clock` is the one of the request
    local = value.astimezone(clock.zone)
    text = moment_text(value) if with_time else day(value)
    title = f"{local:%A, %B} {local.day}, {local.year}, {local.hour % 12 or 12}:{local:%M %p %Z}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(value.isoformat(), title, text)
