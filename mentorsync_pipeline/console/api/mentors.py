"""Mentors over the API: list, one mentor with all details, and the source of each value."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, create_model

from mentorsync_pipeline.console.api.attendance import RecordEntry
from mentorsync_pipeline.console.api.pagination import Page, Pagination
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.dependencies import DbConn
from mentorsync_pipeline.console.list_query import MnId, Typed, mn_id_of
from mentorsync_pipeline.console.lists import Mentors
from mentorsync_pipeline.contacts.label_lookup import read_present_config
from mentorsync_pipeline.db.paging import read_page
from mentorsync_pipeline.domain.answers import PASS_THROUGH
from mentorsync_pipeline.domain.vocabulary import MentorStatus, SyncState
from mentorsync_pipeline.mentors import trace as traces
from mentorsync_pipeline.mentors.detail import SignupUse, read_mentor_record

router = APIRouter(tags=["mentors"])
Asker = Annotated[MnId, Path()]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class MentorEntry(_Out):
    """A mentor of the list. Amounts are in dollars, phones in E.164."""

    mn_id: str
    first_name: str | None
    last_name: str | None
    preferred_name: str | None
    phone: str | None
    personal_email: str | None
    uga_email: str | None
    status: MentorStatus
    sync_state: SyncState
    dropped: bool
    amount_raised: Decimal
    fundraising_page_url: str | None
    campaign_member: bool
    training_signup: bool
    attended_training: bool
    gb_contact_id: int | None
    signed_up_at: datetime | None


class _MentorDetails(MentorEntry):
    """Columns of a mentor, without pass-through answers."""

    campaign_year: int
    submission_id: str | None
    gb_member_id: int | None
    setup_submission_id: str | None
    training_signup_at: datetime | None
    training_signup_submission_id: str | None
    partner_submission_id: str | None
    partner_mn_id: str | None
    partner_phone: str | None
    partner_notes: str | None
    training_at: date | None
    tags: list[str]
    notes: str | None


if TYPE_CHECKING:
    MentorDetails = _MentorDetails
else:
    MentorDetails = create_model(
        "MentorDetails",
        __base__=_MentorDetails,
        __doc__="Every column of the mentor's row.",
        **{answer.name: (str | None, Field(description=answer.meaning)) for answer in PASS_THROUGH},
    )


class SignupEntry(_Out):
    """A sign-up with this MN id or of this person. `answers` are question and answer in order.

    `counts` marks the one that the mentor's row is made of; `use` says how the sign-up is used at present. `undecided`
    waits for a question about an MN id that several people have.
    """

    submission_id: str
    mn_id: str | None
    status: str
    created_at: datetime
    updated_at: datetime | None
    removed_at: datetime | None
    counts: bool
    use: SignupUse
    answers: list[tuple[str, str]]


class ContactEntry(_Out):
    """A candidate contact; `chosen` marks the kept one."""

    contact_id: int
    chosen: bool
    viability: str
    viability_reason: str
    matched_on: list[str]
    name_agreement: str
    is_mass_email: bool
    rank: int | None
    score: Decimal
    score_in_words: str | None
    first_name: str | None
    last_name: str | None
    email_keys: list[str] | None
    phone_keys: list[str] | None
    external_id: str | None
    tags: list[str] | None
    total_contributions: Decimal | None
    last_modified: datetime | None
    archived_at: datetime | None


class ArchivedEntry(_Out):
    """A duplicate contact that is archived or planned."""

    contact_id: int
    action: str
    status: str
    outcome: str | None
    approved_by: str | None
    archived_at: datetime | None
    restored_at: datetime | None
    restored_by: str | None


class QuestionEntry(_Out):
    """A conflict of the mentor, open or closed."""

    id: int
    conflict_type: str
    severity: str
    blocking: bool
    status: str
    subject: str
    recommended_option: str | None
    recommendation_reason: str
    created_at: datetime
    closed_at: datetime | None
    choice: str | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


class FindingEntry(_Out):
    """An error or a warning about the mentor; `kind` is its code or its type."""

    id: int
    kind: str
    message: str
    created_at: datetime
    settled: bool


class MessageEntry(_Out):
    """A message of the import file; `campaign` is None if it was written in Givebutter."""

    message_column: str
    import_column: str
    content: str
    campaign: str | None


class WholeMentor(_Out):
    """A mentor with all details.

    `cash_verified` is the last counted cash, in dollars; it is not part of the amount raised. `records` are those of
    staff, the last recorded first.
    """

    mentor: MentorDetails
    contact_decision: str | None
    contact_reason: str | None
    signups: list[SignupEntry]
    contacts: list[ContactEntry]
    archived: list[ArchivedEntry]
    conflicts: list[QuestionEntry]
    errors: list[FindingEntry]
    warnings: list[FindingEntry]
    messages: list[MessageEntry]
    cash_verified: Decimal | None
    records: list[RecordEntry]


class EarlierValue(_Out):
    """An earlier value, when it ended, and the cause of the change."""

    old_value: Any
    new_value: Any
    source_table: str
    source: str | None
    sync_log_id: int
    detected_at: datetime
    synced_to_gb: datetime | None
    run_id: str | None


class ValueDecision(_Out):
    """The decision that determined a value."""

    conflict_type: str
    subject: str
    choice: str
    value: Any
    decided_by: str
    decided_at: datetime
    reason: str | None


class TracedValue(_Out):
    """The source of a value.

    `question` is the id of an open conflict about it, `record` the record of staff; `earlier` has the newest first.
    """

    field: str
    value: Any
    source_table: str | None
    source_id: str | None
    observed_at: datetime | None
    rule: str | None
    reason: str | None
    decision: ValueDecision | None
    question: int | None
    record: RecordEntry | None
    earlier: list[EarlierValue]


class Trace(_Out):
    """The sources of all values of a mentor."""

    campaign_year: int
    mn_id: str
    sync_state: SyncState
    fields: list[TracedValue]


@router.get("/{year}/mentors")
def list_mentors(year: Year, conn: DbConn, query: Annotated[Mentors, Query()], window: Pagination) -> Page[MentorEntry]:
    """Matching mentors, by default by MN id."""
    page = read_page(conn, query.listing(year), order=query.order, limit=window.limit, offset=window.offset)
    return Page(items=[MentorEntry(**row) for row in page.rows], total=page.total, **window.model_dump())


@router.get("/{year}/mentors/{mn_id}")
def get_mentor(cache: YearCacheDep, mn_id: Asker) -> WholeMentor:
    """One mentor."""
    labels = tuple(cache.read(read_present_config).message_columns.items())
    record = cache.read(read_mentor_record, mn_id_of(mn_id) or "", labels)
    return WholeMentor(
        mentor=MentorDetails.model_validate(record.row),
        contact_decision=record.winner["decision"] if record.winner else None,
        contact_reason=record.winner["reason"] if record.winner else None,
        signups=[SignupEntry(**entry) for entry in record.signups],
        contacts=[ContactEntry(**entry) for entry in record.contacts],
        archived=[ArchivedEntry(**entry) for entry in record.archived],
        conflicts=[QuestionEntry(**entry) for entry in record.conflicts],
        errors=[FindingEntry(**entry, kind=entry["error_code"], settled=entry["resolved"]) for entry in record.errors],
        warnings=[
            FindingEntry(**{**entry, "kind": entry["warning_type"]}, settled=entry["acknowledged"])
            for entry in record.warnings
        ],
        messages=[MessageEntry(**entry) for entry in record.messages],
        cash_verified=record.verified_cash["amount"] if record.verified_cash else None,
        records=[RecordEntry(**entry) for entry in record.records],
    )


@router.get("/{year}/mentors/{mn_id}/trace")
def trace_mentor(
    year: Year,
    conn: DbConn,
    mn_id: Asker,
    field: Annotated[Typed | None, Query(description="One field alone, such as phone.")] = None,
) -> Trace:
    """The source of each value of the mentor, with earlier values."""
    return Trace.model_validate(traces.trace_mentor(conn, year, mn_id, field or None))
