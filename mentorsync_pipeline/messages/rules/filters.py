"""What a template may do with a value: `{{ amount_left | money }}`. No filter makes much of little."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from jinja2 import TemplateRuntimeError, Undefined

from mentorsync_pipeline.messages.rules.columns import spoken


def _text(value: Any) -> str:
    """The value as text; one that is not known raises UndefinedError."""
    return str(value) if isinstance(value, Undefined) else spoken(value)


def _money(value: Any) -> str:
    if isinstance(value, Undefined):
        str(value)  # raises
    if isinstance(value, bool) or not isinstance(value, (Decimal, int)):
        raise TemplateRuntimeError("`money` needs a number of dollars")
    sign, amount = "-" if value < 0 else "", abs(Decimal(value))
    return f"{sign}${amount:,.0f}" if amount == amount.to_integral_value() else f"{sign}${amount:,.2f}"


def _weekday(value: Any) -> str:
    if isinstance(value, Undefined):
        str(value)  # raises
    if not isinstance(value, date):
        raise TemplateRuntimeError("`weekday` needs a day")
    return f"{value:%A}, {value:%B} {value.day}"


def _default(value: Any, otherwise: Any) -> Any:
    return otherwise if isinstance(value, Undefined) else value


def _shorten(value: Any, length: Any) -> str:
    if isinstance(length, bool) or not isinstance(length, int) or length < 1:
        raise TemplateRuntimeError("`shorten` needs a number of characters")
    text = _text(value)
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "money": _money,
    "weekday": _weekday,
    "default": _default,
    "shorten": _shorten,
    "upper": lambda value: _text(value).upper(),
    "lower": lambda value: _text(value).lower(),
    "title": lambda value: _text(value).title(),
    "trim": lambda value: _text(value).strip(),
}
