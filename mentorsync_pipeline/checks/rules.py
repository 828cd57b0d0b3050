"""Rules that several tables share, each with the text of its check result or warning."""

from collections.abc import Sequence

import pandera.pandas as pa

MN_ID = pa.Check.str_matches(r"^MN\d{4,}$", error="an MN id is MN and four or more digits")
DIGITS = pa.Check.str_matches(r"^\d+$", error="a submission id has digits only")
E164 = pa.Check.str_matches(
    r"^\+[1-9]\d{6,14}$", error="a phone is in E.164 format: a plus sign, country code and digits"
)
EMAIL = pa.Check.str_matches(
    r"^[^@\sA-Z]+@[^@\sA-Z]+\.[^@\sA-Z]+$", error="an email is in lower case and has one @ and a domain"
)
WEB = pa.Check.str_matches(r"^https?://", error="a link starts with http:// or https://")
NOT_NEGATIVE = pa.Check.ge(0, error="an amount or a count is not negative")
ONCE = pa.Check(lambda values: ~values.duplicated(keep=False), error="the value occurs in one row only")
POSITIVE_ID = pa.Check.gt(0, error="a Givebutter id is a positive number")


def one_of(values: Sequence[str]) -> pa.Check:
    """Rule that a value is in a list."""
    return pa.Check.isin(list(values), error=f"the value is one of {', '.join(values)}")


def is_true(sentence: str) -> pa.Check:
    """Rule that a computed column (`TableChecks.computed`) is true; `sentence` is its text."""
    return pa.Check.eq(True, error=sentence)


def required(*checks: pa.Check) -> pa.Column:
    """A column that must not be NULL."""
    return pa.Column(checks=list(checks), nullable=False)


def optional(*checks: pa.Check) -> pa.Column:
    """A column that may be NULL; other values must satisfy the checks."""
    return pa.Column(checks=list(checks), nullable=True)
