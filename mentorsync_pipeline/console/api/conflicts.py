"""Conflicts over the API: list, read, answer, undo, and accept recommendations."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query

from mentorsync_pipeline.console.api.conflict_models import (
    Acceptable,
    Acceptance,
    Accepted,
    Conflict,
    ContactMatch,
    NewAnswer,
    Preview,
    Searched,
    Status,
    Undo,
    WholeConflict,
)
from mentorsync_pipeline.console.api.pagination import Page, Pagination
from mentorsync_pipeline.console.apply_answers import apply_answers
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.contacts.search import search_contacts
from mentorsync_pipeline.domain.vocabulary import ConflictType, Severity
from mentorsync_pipeline.review import conflict_detail, conflict_queue, service
from mentorsync_pipeline.review.conflict_queue import ConflictFilter
from mentorsync_pipeline.review.decision_store import conflict_fingerprint

router = APIRouter(tags=["conflicts"])

ConflictId = Annotated[int, Path(ge=1, le=2**63 - 1, description="The number of the conflict.")]


async def _filter(  # noqa: PLR0913, PLR0917  # each is a query parameter
    year: Year,
    services: ServicesDep,
    conflict_type: ConflictType | None = None,
    severity: Severity | None = None,
    status: Annotated[list[Status], Query(description="None means any.")] = [],  # noqa: B006  # FastAPI copies it
    mn_id: Searched | None = None,
    older_than_days: Annotated[int | None, Query(ge=0, le=10_000)] = None,
    search: Searched | None = None,
    recommended: bool | None = None,
) -> ConflictFilter:
    return ConflictFilter(
        year=year,
        conflict_type=conflict_type,
        severity=severity,
        statuses=status,
        mn_id=mn_id,
        asked_before=None if older_than_days is None else services.now() - timedelta(days=older_than_days),
        search=search,
        recommended=recommended,
    )


FilterDep = Annotated[ConflictFilter, Depends(_filter)]


@router.get("/{year}/conflicts")
def list_conflicts(conflict_filter: FilterDep, window: Pagination, conn: DbConn) -> Page[Conflict]:
    """Conflicts, most severe first; without `status`, of any status."""
    rows = conflict_queue.list_conflicts(conn, conflict_filter, limit=window.limit, offset=window.offset)
    return Page(
        items=[Conflict.model_validate({**row, "seen": conflict_fingerprint(row)}) for row in rows],
        total=conflict_queue.count_conflicts(conn, conflict_filter),
        limit=window.limit,
        offset=window.offset,
    )


@router.get("/{year}/conflicts/acceptable")
def preview_acceptance(conflict_filter: FilterDep, window: Pagination, conn: DbConn) -> Preview:
    """Matching open conflicts with a recommendation, to accept with `POST …/accept`. Nothing is answered."""
    acceptable = conflict_queue.find_acceptable(conn, conflict_filter, limit=window.limit, offset=window.offset)
    return Preview(
        items=[_acceptable(row) for row in acceptable.rows],
        total=acceptable.total,
        limit=window.limit,
        offset=window.offset,
        without_recommendation=acceptable.without_recommendation,
    )


@router.post("/{year}/conflicts/accept", dependencies=[Depends(apply_answers)])
def accept(year: Year, services: ServicesDep, person: CurrentUser, body: Acceptance) -> Accepted:
    """Answer conflicts as recommended: all, or none (409) if one was answered or has changed."""
    seen = {conflict.id: conflict.seen for conflict in body.conflicts}
    return Accepted(
        accepted=service.accept_recommendations(services.change_context(person), seen, reason=body.reason, year=year)
    )


@router.get("/{year}/conflicts/{conflict_id}")
def get_conflict(year: Year, conflict_id: ConflictId, conn: DbConn) -> WholeConflict:
    """A conflict with all details."""
    return WholeConflict.model_validate(conflict_detail.read_conflict(conn, conflict_id, year=year))


@router.post("/{year}/conflicts/{conflict_id}/answer", dependencies=[Depends(apply_answers)])
def resolve(
    year: Year, conflict_id: ConflictId, services: ServicesDep, conn: DbConn, person: CurrentUser, body: NewAnswer
) -> WholeConflict:
    """Answer a conflict; the next run applies the answer. 409 if it was answered or has changed."""
    service.answer_conflict(
        services.change_context(person),
        conflict_id,
        body.choice,
        value=body.value,
        reason=body.reason,
        skipped_until=body.skipped_until,
        seen=body.seen,
        year=year,
    )
    return get_conflict(year, conflict_id, conn)


@router.post("/{year}/conflicts/{conflict_id}/undo", dependencies=[Depends(apply_answers)])
def undo(
    year: Year, conflict_id: ConflictId, services: ServicesDep, conn: DbConn, person: CurrentUser, body: Undo
) -> WholeConflict:
    """Undo an answer; the conflict is open again."""
    service.undo_answer(services.change_context(person), conflict_id, decision_id=body.decision_id, year=year)
    return get_conflict(year, conflict_id, conn)


@router.get("/{year}/contacts")
def find_contacts(
    year: Year,  # noqa: ARG001  # it must exist
    services: ServicesDep,
    conn: DbConn,
    search: Searched,
) -> list[ContactMatch]:
    """Active contacts with this name, email, phone, contact id or External ID; names by the beginnings of words."""
    return [ContactMatch.model_validate(row) for row in search_contacts(conn, search, services.cache)]


def _acceptable(row: Mapping[str, Any]) -> Acceptable:
    option = row[f"option_{row['recommended_option']}"]
    return Acceptable.model_validate({**row, "seen": conflict_fingerprint(row), "value": option["value"]})
