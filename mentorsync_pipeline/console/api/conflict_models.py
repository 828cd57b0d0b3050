"""Request and response models of conflicts."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from mentorsync_pipeline.console.api.pagination import Page
from mentorsync_pipeline.console.api.request_body import RequestBody
from mentorsync_pipeline.domain.vocabulary import ConflictType, Severity

Words = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
Searched = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Seen = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Status = Literal["pending", "decided", "skipped", "obsolete"]


class Option(BaseModel):
    """An option: value, source table and details."""

    value: Any
    source: str
    metadata: dict[str, Any]


class Conflict(BaseModel):
    """A conflict. Send `seen` with the answer."""

    id: int
    campaign_year: int
    mn_id: str
    conflict_type: ConflictType
    subject: str
    severity: Severity
    blocking: bool
    status: Status
    option_a: Option
    option_b: Option
    context: dict[str, Any]
    recommended_option: Literal["a", "b"] | None
    recommendation_reason: str
    seen: str
    created_at: datetime
    updated_at: datetime


class Decision(BaseModel):
    """A decision; `undone_at` and `undone_by` are set if it was undone or replaced."""

    id: int
    choice: Literal["a", "b", "custom", "skipped"]
    value: Any
    decided_by: str
    decided_at: datetime
    reason: str | None
    skipped_until: date | None
    undone_at: datetime | None
    undone_by: str | None


class Fact(BaseModel):
    """A fact about an option or the mentor's sign-up."""

    name: str
    mentor: Any
    a: Any
    b: Any
    differs: bool


class WholeConflict(Conflict):
    """A conflict with all details, its current decision and earlier ones."""

    facts: list[Fact]
    compared: tuple[str, str]
    score_a: str | None
    score_b: str | None
    decision: Decision | None
    history: list[Decision]
    previous_decision: dict[str, Any]


class NewAnswer(RequestBody):
    """An answer. `value` is only for `custom`; with `seen`, the answer is refused if the conflict has changed.

    A conflict that is `skipped` is open again on the day `skipped_until`, if there is one.
    """

    choice: Literal["a", "b", "custom", "skipped"]
    value: Words | int | None = None
    reason: Words | None = None
    skipped_until: date | None = None
    seen: Seen | None = None


class Undo(RequestBody):
    """The decision to undo; without `decision_id`, the current one."""

    decision_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None


class Question(BaseModel):
    """A conflict and the fingerprint that was seen."""

    id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    seen: Seen


class Acceptable(Question):
    """A conflict that would be answered as recommended."""

    mn_id: str
    conflict_type: ConflictType
    recommended_option: Literal["a", "b"]
    value: Any
    recommendation_reason: str


class Preview(Page[Acceptable]):
    """A page of the conflicts that can be accepted, and the number of conflicts without a recommendation."""

    without_recommendation: int


class Acceptance(RequestBody):
    """Conflicts to answer as recommended, as in the preview."""

    conflicts: Annotated[list[Question], Field(min_length=1, max_length=5000)]
    reason: Words | None = None


class Accepted(BaseModel):
    """The answered conflicts."""

    accepted: list[int]


class ContactMatch(BaseModel):
    """A contact that can be chosen as the answer."""

    contact_id: int
    first_name: str | None
    preferred_name: str | None
    last_name: str | None
    external_id: str | None
    emails: list[str]
    phones: list[str]
    tags: list[str]
    total_contributions: float | None
    last_modified: datetime | None
