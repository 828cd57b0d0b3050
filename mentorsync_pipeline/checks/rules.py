"""Rules that several tables share, each with the text of its check result or warning.

Rules are plain data: Pandera, which checks rows by them, takes longer to import than the whole code location. Patterns
mean the same in Python and in PostgreSQL.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

CONDITION: Final = "condition"
Kind = Literal["ge", "gt", "le", "lt", "isin", "str_endswith", "str_length", "str_matches", "unique", "condition"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule for the values of a column.

    Attributes:
        kind: name of the check in Pandera; `unique`: the value occurs in one row only; `condition`: the database
            computes whether the row follows the rule.
        argument: argument of the check; of `str_length` the shortest length.
        error: text of the rule for results and warnings.

    """

    kind: Kind
    argument: Any
    error: str


@dataclass(frozen=True, slots=True)
class ColumnRules:
    """The rules of a column, and whether it may be NULL."""

    rules: tuple[Rule, ...]
    nullable: bool


MN_ID = Rule("str_matches", r"^MN[0-9]{4,}$", "an MN id is MN and four or more digits")
DIGITS = Rule("str_matches", r"^[0-9]+$", "a submission id has digits only")
E164 = Rule("str_matches", r"^\+[1-9][0-9]{6,14}$", "a phone is in E.164 format: a plus sign, country code and digits")
EMAIL = Rule(
    "str_matches", r"^[^@\sA-Z]+@[^@\sA-Z]+\.[^@\sA-Z]+$", "an email is in lower case and has one @ and a domain"
)
WEB = Rule("str_matches", r"^https?://", "a link starts with http:// or https://")
NOT_NEGATIVE = Rule("ge", 0, "an amount or a count is not negative")
ONCE = Rule("unique", None, "the value occurs in one row only")
POSITIVE_ID = Rule("gt", 0, "a Givebutter id is a positive number")


def one_of(values: Sequence[str]) -> Rule:
    """Rule that a value is in a list."""
    return Rule("isin", tuple(values), f"the value is one of {', '.join(values)}")


def is_true(sentence: str) -> Rule:
    """Rule that a computed column (`TableChecks.computed`) is true, its only rule; `sentence` is its text."""
    return Rule(CONDITION, None, sentence)


def required(*rules: Rule) -> ColumnRules:
    """A column that must not be NULL."""
    return ColumnRules(rules, nullable=False)


def optional(*rules: Rule) -> ColumnRules:
    """A column that may be NULL; other values must satisfy the rules."""
    return ColumnRules(rules, nullable=True)
