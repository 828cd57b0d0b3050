"""Notices that are stored in the session and shown once on the next page.

The session is a signed cookie, so a notice contains counts and ids, but no names.
"""

from dataclasses import dataclass
from typing import Any

from fastapi import Request

_KEY = "notice"


@dataclass(frozen=True, slots=True)
class Notice:
    """A text for gettext and its values."""

    text: str
    values: dict[str, int]


def add_notice(request: Request, text: str, **values: int) -> None:
    """Store a notice for the next page; mark the text with `N_`."""
    request.session[_KEY] = [text, values]


def take_notice(request: Request) -> Notice | None:
    """Return and remove the stored notice."""
    notice: Any = request.session.pop(_KEY, None)
    return None if notice is None else Notice(*notice)
