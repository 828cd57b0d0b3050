"""What the API says of conflicts and is told about them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from mentorsync_pipeline.domain.vocabulary import ConflictType, Severity

Words = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
Searched = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Seen = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Status = Literal["pending", "decided", "skipped", "obsolete"]


class Option(BaseModel):
    """One of the two answers: its value, the table that it comes from, and what is known of it."""

    value: Any
    source: str
    metadata: dict[str, Any]


class Conflict(BaseModel):
    """A question that only a person can answer; `seen` goes along with the answer."""

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
    """An answer; `undone_at` and `undone_by` once it was taken back or replaced."""

    id: int
    choice: Literal["a", "b", "custom", "skipped"]
    value: Any
    decided_by: str
    decided_at: datetime
    reason: str | None
    undone_at: datetime | None
    undone_by: str | None


class Fact(BaseModel):
    """One thing that is known of an option or of the mentor's sign-up."""

    name: str
    mentor: Any
    a: Any
    b: Any
    differs: bool


class WholeConflict(Conflict):
    """A question with all that is needed to answer it, its standing answer and earlier ones."""

    facts: list[Fact]
    compared: tuple[str, str]
    score_a: str | None
    score_b: str | None
    decision: Decision | None
    history: list[Decision]
    previous_decision: dict[str, Any]


class NewAnswer(BaseModel):
    """An answer. `value` goes with `custom` alone; `seen` refuses the answer when the question has changed."""

    choice: Literal["a", "b", "custom", "skipped"]
    value: Words | int | None = None
    reason: Words | None = None
    seen: Seen | None = None


class Undo(BaseModel):
    """Which answer to take back; without `decision_id` the standing one, whosever it is."""

    decision_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None


class Question(BaseModel):
    """A question as it was seen."""

    id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    seen: Seen


class Acceptable(Question):
    """A question that would be answered as recommended."""

    mn_id: str
    conflict_type: ConflictType
    recommended_option: Literal["a", "b"]
    value: Any
    recommendation_reason: str


class Preview(BaseModel):
    """What accepting all recommendations would answer, and how many questions have none and are left."""

    would_accept: list[Acceptable]
    without_recommendation: int


class Acceptance(BaseModel):
    """The questions to answer as recommended, each as the preview showed it."""

    conflicts: Annotated[list[Question], Field(min_length=1, max_length=5000)]
    reason: Words | None = None


class Accepted(BaseModel):
    """The questions that were answered."""

    accepted: list[int]


class FoundContact(BaseModel):
    """A contact that may be the answer to a question."""

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
