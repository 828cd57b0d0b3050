"""The recurring rules of the schemas, each with the sentence that a person reads when a row breaks it."""

from collections.abc import Sequence

import pandera.pandas as pa

MN_ID = pa.Check.str_matches(r"^MN\d{4,}$", error="an MN id is MN and four or more digits")
DIGITS = pa.Check.str_matches(r"^\d+$", error="a submission id has digits only")
E164 = pa.Check.str_matches(
    r"^\+[1-9]\d{6,14}$", error="a phone is written as E.164: a plus and digits, the country first"
)
EMAIL = pa.Check.str_matches(
    r"^[^@\sA-Z]+@[^@\sA-Z]+\.[^@\sA-Z]+$", error="an email is casefolded and has one @ and a domain"
)
WEB = pa.Check.str_matches(r"^https?://", error="a link starts with http:// or https://")
NOT_NEGATIVE = pa.Check.ge(0, error="an amount or a count is not negative")
ONCE = pa.Check(lambda values: ~values.duplicated(keep=False), error="the value occurs in one row only")
POSITIVE_ID = pa.Check.gt(0, error="an id of Givebutter is a positive number")


def one_of(values: Sequence[str]) -> pa.Check:
    """The value is one of a few."""
    return pa.Check.isin(list(values), error=f"the value is one of {', '.join(values)}")


def holds(sentence: str) -> pa.Check:
    """A yes that SQL has computed, see `TableChecks.computed`."""
    return pa.Check.eq(True, error=sentence)


def required(*checks: pa.Check) -> pa.Column:
    """A column without NULLs."""
    return pa.Column(checks=list(checks), nullable=False)


def optional(*checks: pa.Check) -> pa.Column:
    """A column that may be NULL; a value that is there keeps the rules."""
    return pa.Column(checks=list(checks), nullable=True)
