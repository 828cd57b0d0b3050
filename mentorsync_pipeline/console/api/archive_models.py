"""Request and response models of archiving."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from mentorsync_pipeline.archiving.ledger import Outcome, Status
from mentorsync_pipeline.archiving.rules.plan_records import Action, PlanState, Purpose
from mentorsync_pipeline.console.api.request_body import RequestBody
from mentorsync_pipeline.domain.vocabulary import PlanStatus

ContactId = Annotated[int, Field(ge=1, le=2**63 - 1)]
ContactIds = Annotated[list[ContactId], Field(max_length=5000)]
PlanSeen = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Words = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
Searched = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class PlanRow(BaseModel):
    """A contact of the plan.

    `plan_state` is what the plan decided, `status` what has become of it since. `answer` is the latest valid decision.
    """

    contact_id: int
    purpose: Purpose
    action: Action
    mn_id: str | None
    winner_contact_id: int | None
    plan_state: PlanState
    status: PlanStatus
    reason_code: str
    reason: str
    carried_over: dict[str, Any]
    has_donations: bool
    clears_external_id: str | None
    first_name: str | None
    last_name: str | None
    answer: Literal["yes", "no"] | None
    answered_by: str | None
    answered_at: datetime | None
    answer_reason: str | None


class Tally(BaseModel):
    """Number of contacts with a state, status and reason, and number of donors among them."""

    action: Action
    plan_state: PlanState
    status: PlanStatus
    reason_code: str
    count: int
    donors: int


class Guard(BaseModel):
    """Result of the guard: number of contacts to archive, and whether the plan needs approval and why.

    The first plan of a year (`is_first`) needs approval and has no `reasons`; the causes explain it.
    """

    model_config = ConfigDict(from_attributes=True)

    archiving: int
    active: int
    reasons: list[str]
    approved: bool
    is_first: bool
    stops: bool


class Cause(BaseModel):
    """Number of contacts to archive for a reason, with example ids."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    reason: str
    count: int
    examples: list[int]


class WholePlan(BaseModel):
    """Summary of a plan. Send `plan_fingerprint` with an approval.

    `statuses` are the numbers of contacts by status. A plan that is not `is_current` is older than the contacts or the
    last answers.
    """

    purpose: Purpose
    plan_fingerprint: str
    is_current: bool
    statuses: dict[PlanStatus, int]
    counts: list[Tally]
    guard: Guard
    causes: list[Cause]
    ledger: dict[str, int]


class PlanSelector(RequestBody):
    """The plan: of the mentors' duplicates, or of all mass-email stubs."""

    purpose: Purpose = "duplicates"


class Approval(PlanSelector):
    """Approval of contacts or, without contacts, of the plan that the guard stopped."""

    plan_fingerprint: PlanSeen
    contact_ids: ContactIds = Field(default_factory=list)


class Rejection(PlanSelector):
    """Decision to keep contacts."""

    contact_ids: Annotated[ContactIds, Field(min_length=1)]
    reason: Words | None = None


class Withdrawal(RequestBody):
    """Contacts whose decision to keep is withdrawn."""

    contact_ids: Annotated[ContactIds, Field(min_length=1)]


class DecisionCount(BaseModel):
    """Number of decided contacts."""

    contacts: int


class Restore(RequestBody):
    """What to restore: exactly one of these."""

    contact_id: ContactId | None = None
    mn_id: Annotated[str, StringConstraints(pattern=r"^MN[0-9]{4,20}$")] | None = None
    run_id: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")] | None = None

    @model_validator(mode="after")
    def _check_single(self) -> Self:
        if [self.contact_id, self.mn_id, self.run_id].count(None) != 2:
            raise ValueError("use exactly one of contact_id, mn_id and run_id")
        return self


class LedgerEntry(BaseModel):
    """Ledger entry of a contact."""

    id: int
    contact_id: int
    purpose: Purpose
    action: Action
    mn_id: str | None
    winner_contact_id: int | None
    status: Status
    outcome: Outcome | None
    cleared_external_id: str | None
    approved_by: str | None
    run_id: str
    attempts: int
    error: str | None
    planned_at: datetime
    archived_at: datetime | None
    restored_at: datetime | None
    restored_by: str | None
    first_name: str | None
    last_name: str | None
