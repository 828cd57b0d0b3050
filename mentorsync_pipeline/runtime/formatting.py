"""Format any value of a table for a person, in a terminal and on a page."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

EMPTY_TEXT = "–"


def format_value(value: Any, *, moment: Callable[[datetime], str], name: Callable[[str], str] = str) -> str:
    """Format a value for a person: a dash for nothing, yes or no, a list's entries, a mapping's names and values.

    `moment` writes a point in time, `name` a mapping's key.
    """

    def entry(one: Any) -> str:
        return format_value(one, moment=moment, name=name)

    if value is None or value in ("", [], {}):
        return EMPTY_TEXT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name(str(key))} {entry(one)}" for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(entry(one) for one in value)
    return str(value)
