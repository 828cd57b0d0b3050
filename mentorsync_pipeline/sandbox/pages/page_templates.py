"""Renders the templates of the sandbox's pages, with the security headers of a page without scripts."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import urlencode

import phonenumbers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from mentorsync_pipeline.sandbox.jf_json import EASTERN

PAGE_ROWS = 50
Row = TypeVar("Row")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# Notices after an action, by the value of `done` in the address.
_NOTICES = {
    "saved": "Saved.",
    "unchanged": "Nothing has changed.",
    "archived": "Archived. The contact is no longer in the export.",
    "restored": "Restored.",
    "submitted": "Submitted.",
    "deleted": "Moved to the trash.",
    "donated": "The donation is recorded.",
}


def show_time(moment: datetime) -> str:
    """Format a time in the account's time zone, such as ``Oct 5, 2025, 2:07 PM``."""
    local = moment.astimezone(EASTERN)
    return f"{local:%b} {local.day}, {local.year}, {local.hour % 12 or 12}:{local:%M %p}"


def show_phone(number: str) -> str:
    """Format an E.164 number as people in the US write it."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)
    except phonenumbers.NumberParseException:
        return number


_templates = Jinja2Templates(directory=Path(__file__).with_name("templates"))
_templates.env.trim_blocks = _templates.env.lstrip_blocks = True
_templates.env.filters |= {"time": show_time, "phone": show_phone}


def render(request: Request, template: str, *, status: int = 200, **values: object) -> Response:
    """Return a page."""
    notice = _NOTICES.get(request.query_params.get("done", ""))
    context = {**values, "status": status, "notice": notice, "here": request.url.path, "now": datetime.now(UTC)}
    return _templates.TemplateResponse(request, template, context, status_code=status, headers=_HEADERS)


def go_to(path: str, done: str) -> Response:
    """Redirect to a page after an action, with its notice."""
    return RedirectResponse(f"{path}?{urlencode({'done': done})}", 303)


class Slice(Generic[Row]):
    """One page of a list: ``rows``, and the addresses of the neighbouring pages."""

    def __init__(self, request: Request, rows: list[Row]) -> None:
        text = request.query_params.get("page", "1")
        last = max((len(rows) + PAGE_ROWS - 1) // PAGE_ROWS, 1)
        number = min(max(int(text), 1), last) if text.isdecimal() and len(text) < 9 else 1
        start = (number - 1) * PAGE_ROWS
        self.total = len(rows)
        self.rows = rows[start : start + PAGE_ROWS]
        self.first = start + 1 if rows else 0
        self.last = start + len(self.rows)
        self.previous_url = _page_url(request, number - 1) if number > 1 else None
        self.next_url = _page_url(request, number + 1) if number < last else None


def _page_url(request: Request, number: int) -> str:
    return f"?{urlencode({**request.query_params, 'page': number})}"
