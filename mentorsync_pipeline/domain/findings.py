"""Findings that rules report besides their results: conflicts, errors and warnings (rulebook sections 5 and 12)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from mentorsync_pipeline.domain.vocabulary import ConflictType, Severity, WarningType

# The `source_table` of errors that come from Givebutter's file of rejected rows.
REJECTED_ROWS = "gb_failed_rows"
# An error is retried after 15 minutes, one hour, four hours, …
_FIRST_WAIT = timedelta(minutes=15)
_WAIT_FACTOR = 4
_MOST_FIELDS, _FIELD_LENGTH = 10, 80
_CANONICAL = json.JSONEncoder(sort_keys=True, default=str, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of the two answers to a conflict: value, source, and facts for a person's choice."""

    value: Any
    source: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A question for a person (rulebook section 5).

    Attributes:
        subject: what the conflict is about, stable between runs: the submission for a choice of a contact, the name of
            a field. Year, mentor, type and subject identify one open conflict.
        submission_id: the mentor's sign-up, to which the answer will belong; None if it is about no mentor.

    """

    mn_id: str
    conflict_type: ConflictType
    subject: str
    severity: Severity
    blocking: bool
    option_a: Option
    option_b: Option
    recommended_option: Literal["a", "b"] | None
    recommendation_reason: str
    source_table: str
    input_fingerprint: str
    submission_id: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFinding:
    """A record that could not be used: stable code, what is wrong, what to do (rulebook section 12)."""

    error_code: str
    subject: str
    message: str
    what_to_do: str
    source_table: str
    mn_id: str | None = None
    severity: Severity = "medium"
    can_retry: bool = False
    # Content that a person may accept, such as the missing records of a list; None if it must be corrected.
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningFinding:
    """An unusual record that blocks nothing (rulebook section 12)."""

    warning_type: WarningType
    subject: str
    message: str
    source_table: str
    mn_id: str | None = None

    @property
    def fingerprint(self) -> str:
        """Return a hash of the warning, so that an acknowledged warning is not repeated while unchanged."""
        return fingerprint(self.warning_type, self.subject, self.message)


def warn_unusual_characters(
    record: str, record_id: object, fields: Iterable[str], *, source_table: str
) -> WarningFinding:
    """Build the warning about dropped characters (rulebook section 1). `record` is "sign-up" or "contact".

    At most ten fields are named, because names are external data of any length and number.
    """
    names = sorted(fields)
    shown = [name if len(name) <= _FIELD_LENGTH else f"{name[:_FIELD_LENGTH]}…" for name in names[:_MOST_FIELDS]]
    if len(names) > _MOST_FIELDS:
        shown.append(f"{len(names) - _MOST_FIELDS} more")
    return WarningFinding(
        warning_type="unusual_value",
        subject=f"{record_id}:characters",
        message=f"Control characters or broken characters were dropped from {record} {record_id}, from "
        f"{', '.join(shown)}. The rest of the text is used.",
        source_table=source_table,
    )


def fingerprint(*inputs: Any) -> str:
    """Return a stable hash of JSON-like inputs, independent of the process and the order of keys."""
    return hashlib.sha256(_CANONICAL.encode(inputs).encode()).hexdigest()


def next_retry_at(now: datetime, *, can_retry: bool, retry_count: int, max_retries: int) -> datetime | None:
    """Return the time of an error's next retry; None after the last one (rulebook section 12)."""
    if not can_retry or retry_count >= max_retries:
        return None
    return now + _FIRST_WAIT * int(_WAIT_FACTOR**retry_count)
