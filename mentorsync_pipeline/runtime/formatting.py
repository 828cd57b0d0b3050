"""Format table values as text for the terminal and the pages."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

EMPTY_TEXT = "–"


def format_value(value: Any, *, moment: Callable[[datetime], str], name: Callable[[str], str] = str) -> str:
    """Format a value as text: a dash for an empty value, yes or no, list items, mapping keys with values.

    Args:
        moment: formats a date and time.
        name: formats a key of a mapping.

    """

    def format_item(item: Any) -> str:
        return format_value(item, moment=moment, name=name)

    if value is None or value in ("", [], {}):
        return EMPTY_TEXT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name(str(key))} {format_item(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(format_item(item) for item in value)
    return str(value)


def format_count(count: int, noun: str) -> str:
    """Format a number with its noun, such as `1 error` or `2,000 errors`; the plural of `noun` has an s."""
    return f"{count} {noun}" if count == 1 else f"{count:,} {noun}s"
