"""Times on pages: one form, in the team's time zone (`domain.team_time`).

A time is `Nov 3, 2:02 PM` and a day is `Nov 3`. The year is added if it is not the present one.
"""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache

from markupsafe import Markup
from starlette.types import ASGIApp, Receive, Scope, Send

from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.runtime.formatting import EMPTY_TEXT

# The present year, which dates leave out; None adds every year.
_YEAR: ContextVar[int | None] = ContextVar("present_year", default=None)


class PageClockMiddleware:
    """Middleware that sets the present year of each request's pages."""

    def __init__(self, app: ASGIApp, *, now: Callable[[], datetime]) -> None:
        self._app, self._now = app, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        token = _YEAR.set(self._now().astimezone(TEAM_ZONE).year)
        try:
            await self._app(scope, receive, send)
        finally:
            _YEAR.reset(token)


def moment(value: datetime | None) -> str:
    """Format a time to the minute; the whole date and the zone are shown on hover."""
    return EMPTY_TEXT if value is None else _mark_time(value, _YEAR.get(), with_time=True)


def day_of(value: datetime | str | None) -> str:
    """Format the day of a time, also of one that is stored as text; the time is shown on hover."""
    if not value:
        return EMPTY_TEXT
    value = datetime.fromisoformat(value) if isinstance(value, str) else value
    return _mark_time(value, _YEAR.get(), with_time=False)


def day(value: date | None) -> str:
    """Format a date, or the day of a time, as text."""
    if value is None:
        return EMPTY_TEXT
    return _day_text(value.astimezone(TEAM_ZONE) if isinstance(value, datetime) else value, _YEAR.get())


def moment_text(value: datetime) -> str:
    """Format a time to the minute, as text."""
    return _moment_text(value.astimezone(TEAM_ZONE), _YEAR.get())


@lru_cache(maxsize=10_000)
def _day_text(local: date, year: int | None) -> str:
    return f"{local:%b} {local.day}" + ("" if local.year == year else f", {local.year}")


def _moment_text(local: datetime, year: int | None) -> str:
    return f"{_day_text(local, year)}, {local.hour % 12 or 12}:{local:%M %p}"


@lru_cache(maxsize=10_000)
def _mark_time(value: datetime, year: int | None, *, with_time: bool) -> Markup:
    local = value.astimezone(TEAM_ZONE)
    text = _moment_text(local, year) if with_time else _day_text(local, year)
    title = f"{local:%A, %B} {local.day}, {local.year}, {local.hour % 12 or 12}:{local:%M %p %Z}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(value.isoformat(), title, text)
