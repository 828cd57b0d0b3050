"""Records of an archive plan: plan rows, past actions, releases (rulebook section 10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from mentorsync_pipeline.domain.vocabulary import PlanReason

Purpose = Literal["duplicates", "mass_email"]
Action = Literal["archive", "release"]
PlanState = Literal["planned", "needs_approval", "kept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAction:
    """Last action on a contact in the ledger: archived, restored, or its External ID cleared; and when.

    `archiving`: a run was about to archive it, and Givebutter's answer is not known.

    Attributes:
        is_loaded: the contact data was taken after it.
        last_approval_id: the last approval of that moment, 0 if there was none.

    """

    status: Literal["archiving", "archived", "restored", "cleared"]
    at: datetime
    is_loaded: bool
    last_approval_id: int


UnconfirmedValues = Mapping[str, Sequence[str]]
"""Values, by kind, that a winner gets from a loser and that contact data does not confirm yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An External ID that a person decided to clear from a contact, for the mentor `mn_id`."""

    external_id: str
    mn_id: str
    has_donations: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanKey:
    """The columns of `archive_plan` that the guard and the plan's fingerprint use."""

    contact_id: int
    purpose: Purpose
    action: Action = "archive"
    plan_state: PlanState
    input_fingerprint: str

    @property
    def archives(self) -> bool:
        """Return whether applying the plan archives the contact."""
        return self.plan_state == "planned" and self.action == "archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow(PlanKey):
    """One row of `archive_plan`.

    Attributes:
        carried_over: the loser's values that are on the winner (`on_winner`), not yet confirmed (`waiting`), not
            carried (`not_carried`), and names of fields that stay in the archive (`left_behind`).

    """

    mn_id: str | None
    winner_contact_id: int | None
    reason_code: PlanReason
    reason: str
    carried_over: Mapping[str, Any] = field(default_factory=dict)
    has_donations: bool
    clears_external_id: str | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None

    @property
    def can_be_approved(self) -> bool:
        """Return whether a person may approve it: it needs approval, or was restored or rejected before."""
        return self.plan_state == "needs_approval" or self.reason_code in {"restored", "rejected"}

    @property
    def can_be_kept(self) -> bool:
        """Return whether a person may reject it. A release after a decision is undone with the decision."""
        is_decided = self.action == "release" and self.winner_contact_id is None
        return self.plan_state != "kept" and not is_decided
