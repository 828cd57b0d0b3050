"""A person's approval to archive a contact (rulebook, section 10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A person's approval to archive one contact."""

    by: str
    at: datetime


Approvals = Mapping[tuple[int, str], Approval]
"""Latest approval by contact id and input fingerprint."""
