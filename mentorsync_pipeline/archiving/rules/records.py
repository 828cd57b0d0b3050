"""The records of an archive plan: its rows, people's approvals, a contact's past, releases (rulebook section 10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Purpose = Literal["duplicates", "mass_email"]
Action = Literal["archive", "release"]
PlanState = Literal["planned", "needs_approval", "kept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the ledger says last about a contact: `archived`, `restored` or `cleared` (its External ID), and when."""

    status: Literal["archived", "restored", "cleared"]
    at: datetime


Waiting = Mapping[str, Sequence[str]]
"""The values, by kind, that a winner shall get from a loser and that contact data does not show there yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An External ID that a person decided to take off a contact, for the mentor `mn_id`."""

    external_id: str
    mn_id: str
    has_donations: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMark:
    """What makes a row of `archive_plan` the one that was looked at: the guard and the plan's fingerprint go by it."""

    contact_id: int
    purpose: Purpose
    action: Action = "archive"
    plan_state: PlanState
    input_fingerprint: str

    @property
    def archives(self) -> bool:
        """Whether the contact is archived when the plan is carried out."""
        return self.plan_state == "planned" and self.action == "archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow(PlanMark):
    """One row of `archive_plan`. `carried_over` holds what is on the winner, what has yet to arrive, what stays."""

    mn_id: str | None
    winner_contact_id: int | None
    reason_code: str
    reason: str
    carried_over: Mapping[str, Any] = field(default_factory=dict)
    has_donations: bool
    clears_external_id: str | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None

    @property
    def takes_a_yes(self) -> bool:
        """Whether a person may say yes to it: it waits for that, or was brought back or struck out before."""
        return self.plan_state == "needs_approval" or self.reason_code in {"restored", "rejected"}

    @property
    def takes_a_no(self) -> bool:
        """Whether a person may strike it out. What a decision asks for is taken back by undoing the decision."""
        decided = self.action == "release" and self.winner_contact_id is None
        return self.plan_state != "kept" and not decided
