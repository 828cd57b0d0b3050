"""Notices that are stored in the session and shown once on the next page, with the way to undo what was done.

The session is a signed cookie, so a notice contains counts, times and paths, but no names.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import RedirectResponse

_KEY = "notice"


@dataclass(frozen=True, slots=True)
class Notice:
    """A text for gettext and its values.

    Attributes:
        undo: path of the form that undoes the change.
        at: the moment of the change, which the form sends.
        run: path of a run that was started.
        plural: the text for several, if it depends on the value `count`.

    """

    text: str
    values: dict[str, int]
    undo: str | None = None
    at: str | None = None
    run: str | None = None
    plural: str | None = None


def add_notice(
    request: Request,
    text: str | tuple[str, str],
    *,
    undo: str | None = None,
    at: datetime | None = None,
    run: str | None = None,
    **values: int,
) -> None:
    """Store a notice for the next page; mark the text with `N_`, or with `NN_` if it depends on `count`."""
    singular, plural = (text, None) if isinstance(text, str) else text
    request.session[_KEY] = [singular, values, undo, at and at.isoformat(), run, plural]


def take_notice(request: Request) -> Notice | None:
    """Return and remove the stored notice."""
    notice: Any = request.session.pop(_KEY, None) if "session" in request.scope else None
    return None if notice is None else Notice(*notice)


def back_to(request: Request, path: str) -> RedirectResponse:
    """Redirect to the page that the request came from, with its filters, if it is `path`; otherwise to `path`."""
    sent_from = urlsplit(request.headers.get("Referer", ""))
    query = f"?{sent_from.query}" if sent_from.path == path and sent_from.query else ""
    return RedirectResponse(f"{path}{query}", status_code=303)
