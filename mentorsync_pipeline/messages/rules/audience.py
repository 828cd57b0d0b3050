"""Select the mentors who get a message: a tree of conditions on columns of `mentors` (rulebook, section 13).

A condition is data and is never evaluated as code. The models are a discriminated union:

| in the file                        | model                                                                    |
|------------------------------------|--------------------------------------------------------------------------|
| `everyone`                         | `Everyone`                                                               |
| `all: […]`, `any: […]`, `not: …`   | `AllOf`, `AnyOf`, `Not`                                                  |
| `column: …` with one or more tests | `TextTest`, `FlagTest`, `MoneyTest`, `DayTest` or `TagsTest`, by its kind |

An unknown value is neither equal to, more than nor less than any value.
"""

import difflib
import operator
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, RootModel, Tag, ValidationInfo
from pydantic_core import PydanticCustomError

from mentorsync_pipeline.messages.rules.front_matter import describe, unknown_name
from mentorsync_pipeline.messages.rules.recipients import AUDIENCE, Kind

EVERYONE = "everyone"
_GROUPS = ("all", "any", "not")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def validation_error(message: str, *, key: str | None = None) -> PydanticCustomError:
    """Build a validation error with a sentence for the author of the file; `key` is the wrong key."""
    return PydanticCustomError("campaign_file", "{message}", {"message": message, "key": key})


def check_list(value: Any, info: ValidationInfo) -> Any:
    """Require a list with at least one entry."""
    if not isinstance(value, list) or not value:
        raise validation_error(f"`{_key(info)}` must be a list with at least one entry.")
    return value


def _check_text(value: Any, info: ValidationInfo) -> str:
    column = AUDIENCE[info.data["column"]]
    if not isinstance(value, str) or not value.strip():
        raise validation_error(
            f'`{column.name}` is a text, and this is {describe(value)}; a text can be put in quotes: "…".'
        )
    text = value.strip()
    options = column.options or tuple((info.context or {}).get("options", {}).get(column.name, ()))
    if options and _key(info) != "contains" and text.casefold() not in {option.casefold() for option in options}:
        raise validation_error(f"`{column.name}` is never `{text}`, only: {', '.join(options)}.")
    return text


def _check_tag(value: Any, info: ValidationInfo) -> str:
    if not isinstance(value, str) or not value.strip():
        raise validation_error(f'`{info.data["column"]}` needs texts, and this is {describe(value)}; use quotes: "…".')
    return value.strip()


def _check_flag(value: Any, info: ValidationInfo) -> bool:
    if not isinstance(value, bool):
        raise validation_error(
            f"`{_key(info)}` of `{info.data['column']}` must be yes or no, and this is {describe(value)}."
        )
    return value


def _check_amount(value: Any, info: ValidationInfo) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise validation_error(f"`{info.data['column']}` is a number of dollars such as 75 or 37.50, and this is not.")
    return Decimal(value)


def _check_day(value: Any, info: ValidationInfo) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, date):
        raise validation_error(
            f"`{info.data['column']}` is a day such as 2025-10-31 (year-month-day), and this is not."
        )
    return value


_Text = Annotated[str, BeforeValidator(_check_text)]
_Texts = Annotated[tuple[_Text, ...], BeforeValidator(check_list)]
_Flag = Annotated[bool, BeforeValidator(_check_flag)]
_Amount = Annotated[Decimal, BeforeValidator(_check_amount)]
_Day = Annotated[date, BeforeValidator(_check_day)]


def _fold(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value


def _contains(value: Any, part: str) -> bool:
    """Return whether a text contains a part, or whether tags contain a whole tag."""
    if isinstance(value, str):
        return _fold(part) in _fold(value)
    return _fold(part) in {_fold(tag) for tag in value or ()}


def _if_known(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda actual, value: actual is not None and compare(actual, value)


_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": lambda held, value: _fold(held) == _fold(value),
    "is_not": lambda held, value: _fold(held) != _fold(value),
    "in": lambda held, values: _fold(held) in map(_fold, values),
    "not_in": lambda held, values: _fold(held) not in map(_fold, values),
    "contains": _contains,
    "is_set": lambda held, value: (held not in (None, ())) == value,
    "at_least": _if_known(operator.ge),
    "more_than": _if_known(operator.gt),
    "at_most": _if_known(operator.le),
    "less_than": _if_known(operator.lt),
    "before": _if_known(operator.lt),
    "after": _if_known(operator.gt),
    "on_or_before": _if_known(operator.le),
    "on_or_after": _if_known(operator.ge),
}


class _Model(BaseModel):
    # Keys that are Python keywords have a trailing underscore here: `is_` is `is` in a file.
    # Validators are built when they are first used, because most years have no message campaign.
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=lambda name: name.removesuffix("_"), defer_build=True
    )


class Everyone(RootModel[Literal["everyone"]]):
    """Every mentor."""

    def matches(self, values: Mapping[str, Any]) -> bool:  # noqa: ARG002  # the same for every mentor
        """True."""
        return True

    def columns(self) -> frozenset[str]:
        """Return no column."""
        return frozenset()


class AllOf(_Model):
    """All parts match."""

    all_: Annotated[tuple["Condition", ...], BeforeValidator(check_list)]

    def matches(self, values: Mapping[str, Any]) -> bool:
        """Return whether all parts match a mentor with these values."""
        return all(part.matches(values) for part in self.all_)

    def columns(self) -> frozenset[str]:
        """Return the columns of all parts."""
        return frozenset().union(*(part.columns() for part in self.all_))


class AnyOf(_Model):
    """At least one part matches."""

    any_: Annotated[tuple["Condition", ...], BeforeValidator(check_list)]

    def matches(self, values: Mapping[str, Any]) -> bool:
        """Return whether a part matches a mentor with these values."""
        return any(part.matches(values) for part in self.any_)

    def columns(self) -> frozenset[str]:
        """Return the columns of all parts."""
        return frozenset().union(*(part.columns() for part in self.any_))


class Not(_Model):
    """The part does not match."""

    not_: "Condition"

    def matches(self, values: Mapping[str, Any]) -> bool:
        """Return whether the part does not match a mentor with these values."""
        return not self.not_.matches(values)

    def columns(self) -> frozenset[str]:
        """Return the columns of the part."""
        return self.not_.columns()


class _ColumnTest(_Model):
    """Tests of one column; all tests must match."""

    column: str

    def matches(self, values: Mapping[str, Any]) -> bool:
        """Return whether all tests match a mentor with these values."""
        tests = self.model_fields_set - {"column"}
        value = values.get(self.column)
        return all(_TESTS[name.removesuffix("_")](value, getattr(self, name)) for name in tests)

    def columns(self) -> frozenset[str]:
        """Return the column."""
        return frozenset({self.column})


class TextTest(_ColumnTest):
    """A test of a text, without regard to case."""

    is_: _Text | None = None
    is_not: _Text | None = None
    in_: _Texts | None = None
    not_in: _Texts | None = None
    contains: _Text | None = None
    is_set: _Flag | None = None


class FlagTest(_ColumnTest):
    """A test of a yes or no."""

    is_: _Flag | None = None


class MoneyTest(_ColumnTest):
    """A test of an amount in dollars."""

    is_: _Amount | None = None
    is_not: _Amount | None = None
    at_least: _Amount | None = None
    more_than: _Amount | None = None
    at_most: _Amount | None = None
    less_than: _Amount | None = None


class DayTest(_ColumnTest):
    """A test of a day."""

    is_: _Day | None = None
    is_not: _Day | None = None
    before: _Day | None = None
    after: _Day | None = None
    on_or_before: _Day | None = None
    on_or_after: _Day | None = None
    is_set: _Flag | None = None


class TagsTest(_ColumnTest):
    """A test of the contact's tags."""

    contains: Annotated[str, BeforeValidator(_check_tag)] | None = None
    is_set: _Flag | None = None


_MODELS: Mapping[Kind, type[_ColumnTest]] = {
    "text": TextTest,
    "flag": FlagTest,
    "money": MoneyTest,
    "day": DayTest,
    "tags": TagsTest,
}
OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    kind: tuple(name.removesuffix("_") for name in model.model_fields if name != "column")
    for kind, model in _MODELS.items()
}
"""Tests that are allowed for each kind of column, by their names in files."""


def _check_shape(value: Any) -> Any:
    """Refuse values that are not conditions, so that `_model_tag` finds a model. Raises PydanticCustomError."""
    if value == EVERYONE:
        return value
    if not isinstance(value, dict):
        near = isinstance(value, str) and difflib.get_close_matches(value, (EVERYONE,), 1)
        hint = f"; did you mean `{EVERYONE}`?" if near else "."
        raise validation_error(f"A condition must be a group of keys, and this is {describe(value)}{hint}")
    group = next((name for name in _GROUPS if name in value), None)
    if group is not None and len(value) > 1:
        raise validation_error(f"`{group}` must be the only key of its group: put a dash and a new line before it.")
    if group is None:
        _check_column_test(value)
    return value


def _check_column_test(value: Mapping[str, Any]) -> None:
    if "column" not in value:
        likely = {key: difflib.get_close_matches(key, ("column", *_GROUPS), 1) for key in value}
        wrong = next((key for key, names in likely.items() if names), None)
        hint = f" Did you mean `{likely[wrong][0]}` by `{wrong}`?" if wrong is not None else ""
        raise validation_error(f"A condition has a `column`, or one of `all`, `any` and `not`.{hint}", key=wrong)
    name = value["column"]
    if not isinstance(name, str):
        raise validation_error(f"`column` must be the name of one column, and this is {describe(name)}.", key="column")
    if name not in AUDIENCE:
        raise validation_error(unknown_name("column", name, AUDIENCE), key="column")
    tests = OPERATORS[AUDIENCE[name].kind]
    for key in value:
        if key not in ("column", *tests):
            near = difflib.get_close_matches(key, tests, 1)
            hint = f"; did you mean `{near[0]}`?" if near else f". Use one of: {', '.join(tests)}."
            raise validation_error(f"`{name}` has no test `{key}`{hint}", key=key)
    if len(value) == 1:
        raise validation_error(f"The test of `{name}` is missing. Use one of: {', '.join(tests)}.")


def _model_tag(value: Any) -> str:
    """Return the tag of the model of a condition. No key of a file begins with @."""
    if value == EVERYONE:
        return "@everyone"
    group = next((name for name in _GROUPS if name in value), None)
    return f"@{group or AUDIENCE[value['column']].kind}"


def _key(info: ValidationInfo) -> str:
    """Return the file's key that is validated."""
    return (info.field_name or "").removesuffix("_")


Condition = Annotated[
    Annotated[Everyone, Tag("@everyone")]
    | Annotated[AllOf, Tag("@all")]
    | Annotated[AnyOf, Tag("@any")]
    | Annotated[Not, Tag("@not")]
    | Annotated[TextTest, Tag("@text")]
    | Annotated[FlagTest, Tag("@flag")]
    | Annotated[MoneyTest, Tag("@money")]
    | Annotated[DayTest, Tag("@day")]
    | Annotated[TagsTest, Tag("@tags")],
    Discriminator(_model_tag),
    BeforeValidator(_check_shape),
]
