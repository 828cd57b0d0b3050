"""Attendance, verified cash and notes over the API: the roster for a check-in, and the records of staff."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from mentorsync_pipeline.attendance import queries, service
from mentorsync_pipeline.attendance.service import Observation, Outcome, RecordResult
from mentorsync_pipeline.console.api.pagination import Page, Pagination
from mentorsync_pipeline.console.api.request_body import RequestBody
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.console.list_query import ListQuery, MnId, Typed, mn_id_of
from mentorsync_pipeline.db.paging import Order, read_page
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.domain.vocabulary import RecordKind

router = APIRouter(prefix="/{year}/attendance", tags=["attendance"])
DeviceId = Annotated[
    str,
    Field(
        pattern=r"^[!-~]{1,100}$",
        description="An id that the device made for the record, such as a UUID; a repeat with it counts once.",
    ),
]
ObservedAt = Annotated[
    AwareDatetime | None,
    Field(
        ge=datetime(2000, 1, 1, tzinfo=UTC),
        le=datetime(2999, 12, 31, tzinfo=UTC),
        description="Time of the observation; by default now.",
    ),
]


class Records(ListQuery):
    """Filters of records: by kind, mentor and whether they are undone."""

    sort: queries.Column | None = None
    kind: RecordKind | None = None
    mn_id: MnId | None = None
    undone: bool | None = None


class RecordEntry(BaseModel):
    """One record of staff: attendance with its session, verified cash with its amount in dollars, or a note."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    campaign_year: int
    mn_id: str
    kind: RecordKind
    session: str | None
    amount: Decimal | None
    note: str | None
    observed_at: datetime
    recorded_at: datetime
    recorded_by: str
    device_record_id: str
    undone_at: datetime | None
    undone_by: str | None


class NamedRecordEntry(RecordEntry):
    """A record with the mentor's names."""

    first_name: str | None
    last_name: str | None
    preferred_name: str | None


class RosterEntry(BaseModel):
    """A mentor for the check-in; the fields from `record_id` on are those of the check-in in force.

    `attended_training` is the value of the last run, which may come from Givebutter.
    """

    mn_id: str
    first_name: str | None
    last_name: str | None
    preferred_name: str | None
    phone: str | None
    dropped: bool
    attended_training: bool
    record_id: int | None
    device_record_id: str | None
    session: str | None
    observed_at: datetime | None
    recorded_by: str | None


class RecordOutcome(BaseModel):
    """A record, and the outcome: `recorded`, `repeated`, `already`, `undone` or `unchanged`."""

    outcome: Outcome
    record: RecordEntry


class _Observed(RequestBody):
    mn_id: MnId
    observed_at: ObservedAt = None
    device_record_id: DeviceId | None = None


class CheckIn(_Observed):
    """A mentor who attended the training."""

    session: Annotated[str, Field(max_length=100)] | None = None


class VerifiedCash(_Observed):
    """Counted cash, in dollars."""

    amount: Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=2)]


class Note(_Observed):
    """A note on a mentor."""

    note: Annotated[str, Field(min_length=1, max_length=2_000)]


class Undo(RequestBody):
    """What to undo: one record, by its number or the device's id, or all attendance of a mentor.

    Only the last also clears a tick that was made in Givebutter.
    """

    record_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    device_record_id: DeviceId | None = None
    mn_id: MnId | None = None

    @model_validator(mode="after")
    def _check_single(self) -> Self:
        if sum(value is not None for value in (self.record_id, self.device_record_id, self.mn_id)) != 1:
            raise ValueError("use exactly one of record_id, device_record_id and mn_id")
        return self


class AttendanceList(RequestBody):
    """The text of a CSV file, as for `mentorsync attendance import`; `session` is the session of lines without one."""

    csv: Annotated[str, Field(max_length=900_000)]
    session: Annotated[str, Field(max_length=100)] | None = None


class Imported(BaseModel):
    """Result of a list, in lines. `undone` are check-ins that a person undid and that are not restored."""

    model_config = ConfigDict(from_attributes=True)

    recorded: int
    already: int
    undone: int
    absent: int


@router.get("")
def list_records(
    year: Year, conn: DbConn, query: Annotated[Records, Query()], window: Pagination
) -> Page[NamedRecordEntry]:
    """Matching records, by default newest first."""
    record_filter = queries.RecordFilter(
        year=year, kind=query.kind, mn_id=mn_id_of(query.mn_id), undone=query.undone, search=query.search_text
    )
    page = read_page(
        conn, queries.record_listing(record_filter), order=query.order, limit=window.limit, offset=window.offset
    )
    return Page(items=[NamedRecordEntry(**row) for row in page.rows], total=page.total, **window.model_dump())


@router.get("/roster")
def list_roster(
    year: Year,
    conn: DbConn,
    window: Pagination,
    search: Annotated[Typed | None, Query(description="A text in the MN id, a name or the phone.")] = None,
) -> Page[RosterEntry]:
    """The year's mentors by name, each with the check-in."""
    page = read_page(
        conn, queries.roster_listing(year, search), order=Order(), limit=window.limit, offset=window.offset
    )
    return Page(items=[RosterEntry(**row) for row in page.rows], total=page.total, **window.model_dump())


@router.post("/check-in")
def check_in(year: Year, services: ServicesDep, person: CurrentUser, body: CheckIn) -> RecordOutcome:
    """Record that a mentor attended the training. Safe to repeat with the same device id."""
    result = service.check_in(
        services.change_context(person), year, body.mn_id, _observation(body), session=body.session
    )
    return _outcome(result)


@router.post("/cash")
def verify_cash(year: Year, services: ServicesDep, person: CurrentUser, body: VerifiedCash) -> RecordOutcome:
    """Record the counted cash of a mentor; the last amount is valid. The amount raised is not changed."""
    result = service.verify_cash(services.change_context(person), year, body.mn_id, body.amount, _observation(body))
    return _outcome(result)


@router.post("/notes")
def add_note(year: Year, services: ServicesDep, person: CurrentUser, body: Note) -> RecordOutcome:
    """Record a note on a mentor."""
    result = service.add_note(services.change_context(person), year, body.mn_id, body.note, _observation(body))
    return _outcome(result)


@router.post("/undo")
def undo(year: Year, services: ServicesDep, person: CurrentUser, body: Undo) -> RecordOutcome:
    """Undo a record, or all attendance of a mentor. Safe to repeat; the rows stay in the list."""
    context = services.change_context(person)
    if body.mn_id is not None:
        return _outcome(service.withdraw_attendance(context, year, body.mn_id))
    return _outcome(
        service.undo_record(context, year, record_id=body.record_id, device_record_id=body.device_record_id)
    )


@router.post("/import")
def import_attendance(year: Year, services: ServicesDep, person: CurrentUser, body: AttendanceList) -> Imported:
    """Check in the mentors who attended according to a CSV: all lines, or none if one cannot be used."""
    # A lone surrogate cannot be encoded; as bytes it is refused as a file that is not UTF-8.
    content = body.csv.encode("utf-8", "surrogatepass")
    result = service.import_attendance(
        services.change_context(person), year, content, zone=TEAM_ZONE, session=body.session
    )
    return Imported.model_validate(result)


def _observation(body: _Observed) -> Observation:
    return Observation(zone=TEAM_ZONE, observed_at=body.observed_at, device_record_id=body.device_record_id)


def _outcome(result: RecordResult) -> RecordOutcome:
    record: dict[str, Any] = result.record
    return RecordOutcome(outcome=result.outcome, record=RecordEntry(**record))
