"""What a page says after something was done on it: kept in the session until the next page shows it once.

The session is a signed cookie, so a notice holds counts and ids, never a name.
"""

from dataclasses import dataclass
from typing import Any

from fastapi import Request

_KEY = "notice"


@dataclass(frozen=True, slots=True)
class Notice:
    """A text for gettext, and what is filled in."""

    text: str
    values: dict[str, int]


def add_notice(request: Request, text: str, **values: int) -> None:
    """Have the next page say this; the text is marked with `N_`."""
    request.session[_KEY] = [text, values]


def take_notice(request: Request) -> Notice | None:
    """What is to be said now; it is not said again."""
    left: Any = request.session.pop(_KEY, None)
    return None if left is None else Notice(*left)
