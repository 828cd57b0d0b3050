"""What a rule reports beside its result: conflicts, errors and warnings (rulebook sections 5 and 12).

When a finding arises is decided by the rule that reports it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mentorsync_pipeline.domain.vocabulary import ConflictType, Severity, WarningType

# The `source_table` of errors that come from Givebutter's file of rejected rows.
REJECTED_ROWS = "gb_failed_rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of the two answers to a conflict: its value, where it comes from and what a person needs to choose."""

    value: Any
    source: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A question that only a person can answer (rulebook section 5).

    `subject` names what the question is about, stable between runs (for a contact choice the mentor's own submission,
    for a field its name); together with the year, the mentor and the type it identifies the one open conflict.
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
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFinding:
    """A record that the system could not use: a stable code, what is wrong and what to do (rulebook section 12)."""

    error_code: str
    subject: str
    message: str
    what_to_do: str
    source_table: str
    mn_id: str | None = None
    severity: Severity = "medium"
    can_retry: bool = False
    # What a person may accept about it (a shrunk list's missing records); None for an error that is to be put right.
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningFinding:
    """Something worth a look that stops nothing (rulebook section 12)."""

    warning_type: WarningType
    subject: str
    message: str
    source_table: str
    mn_id: str | None = None

    @property
    def fingerprint(self) -> str:
        """A hash of what the warning says, so that an acknowledged one is not repeated while unchanged."""
        return fingerprint(self.warning_type, self.subject, self.message)


def unusual_characters(record: str, record_id: object, fields: Iterable[str], *, source_table: str) -> WarningFinding:
    """The warning that characters were dropped from texts of a record: "sign-up", "contact" (rulebook section 1)."""
    return WarningFinding(
        warning_type="unusual_value",
        subject=f"{record_id}:characters",
        message=f"Control characters or broken characters were dropped from {record} {record_id}, from "
        f"{', '.join(sorted(fields))}. The rest of the text is used.",
        source_table=source_table,
    )


def fingerprint(*inputs: Any) -> str:
    """A stable hash of what was compared: equal inputs give equal text, whatever the process or the order of keys."""
    canonical = json.dumps(inputs, sort_keys=True, default=str, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
