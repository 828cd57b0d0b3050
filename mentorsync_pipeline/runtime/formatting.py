"""How any value of a table is written for a person, in a terminal as on a page."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

NOTHING = "–"


def told(value: Any, *, moment: Callable[[datetime], str], name: Callable[[str], str] = str) -> str:
    """A value as a person reads it: nothing is a dash, yes or no, a list its entries, a mapping its names and values.

    `moment` writes a point in time, `name` a mapping's key.
    """

    def entry(one: Any) -> str:
        return told(one, moment=moment, name=name)

    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name(str(key))} {entry(one)}" for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(entry(one) for one in value)
    return str(value)
