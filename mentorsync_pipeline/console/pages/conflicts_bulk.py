"""Accept all recommendations of a filter, after a preview."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Form, Query, Request
from pydantic import BaseModel, StringConstraints
from starlette.responses import RedirectResponse, Response

from mentorsync_pipeline.console import flash_messages
from mentorsync_pipeline.console.apply_answers import apply_answers
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.conflict_filter import ConflictPageFilter, Filtered
from mentorsync_pipeline.console.conflict_reasons import read_reasons
from mentorsync_pipeline.console.conflict_text import KINDS
from mentorsync_pipeline.console.dependencies import ServicesDep
from mentorsync_pipeline.console.option_names import name_options
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.translation import NN_
from mentorsync_pipeline.db.versioned_cache import YearCache
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.findings import fingerprint
from mentorsync_pipeline.review import conflict_detail, conflict_queue, decision_store, service

router = APIRouter()
_ON_A_PAGE = 50


class Accepted(BaseModel):
    """Form of the confirmation; `seen` is the fingerprint of all previewed conflicts (`_Previewed`)."""

    seen: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    reason: Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Previewed:
    """The conflicts of a filter that would be answered, on all pages of the preview.

    Attributes:
        seen: their fingerprints by id.
        fingerprint: one for all of them.

    """

    seen: Mapping[int, str]
    fingerprint: str
    without_recommendation: int


@router.get("/{year}/conflicts/accept")
def preview(
    request: Request,
    page_filter: Filtered,
    cache: YearCacheDep,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Preview the answers in pages, and the number of conflicts without a recommendation."""
    return _preview(request, page_filter, cache, page=page)


@router.post("/{year}/conflicts/accept", dependencies=[Depends(apply_answers)])
def accept(
    request: Request,
    year: Year,
    page_filter: Filtered,
    services: ServicesDep,
    person: CurrentUser,
    form: Annotated[Accepted, Form()],
) -> Response:
    """Answer exactly the previewed conflicts, or none if one has changed, was added or is gone."""
    moment = services.now()
    with services.reading() as conn:
        previewed = _read_previewed(conn, year, page_filter.criteria)
    try:
        if previewed.fingerprint != form.seen:
            raise decision_store.AlreadyDecidedError(
                "The questions have changed since the preview.", "Review them again."
            )
        ids = service.accept_recommendations(
            services.change_context(person, at=moment), previewed.seen, reason=form.reason.strip() or None, year=year
        )
    except (decision_store.AlreadyDecidedError, decision_store.ConflictNotFoundError) as problem:
        with services.reading() as conn:
            return _preview(request, page_filter, services.cache.of_year(conn, year), problem=problem)
    flash_messages.add_notice(
        request,
        NN_(
            "%(count)s question is answered as recommended. The next run applies the answer.",
            "%(count)s questions are answered as recommended. The next run applies the answers.",
        ),
        undo=f"/{year}/conflicts/undo",
        at=moment,
        count=len(ids),
    )
    return RedirectResponse(page_filter.address(f"/{year}/conflicts"), status_code=303)


@router.post("/{year}/conflicts/undo", dependencies=[Depends(apply_answers)])
def undo(
    request: Request, year: Year, services: ServicesDep, person: CurrentUser, at: Annotated[datetime, Form()]
) -> Response:
    """Undo all answers that the person gave at this moment."""
    ids = service.undo_answers(services.change_context(person), year, at=at)
    flash_messages.add_notice(
        request, NN_("%(count)s question is open again.", "%(count)s questions are open again."), count=len(ids)
    )
    return flash_messages.back_to(request, f"/{year}/conflicts")


def _read_previewed(conn: sa.Connection, _: int, criteria: conflict_queue.ConflictFilter) -> _Previewed:
    acceptable = conflict_queue.find_acceptable(conn, criteria)
    seen = {row["id"]: decision_store.conflict_fingerprint(row) for row in acceptable.rows}
    return _Previewed(
        seen=seen,
        fingerprint=fingerprint(*sorted(seen.items())),
        without_recommendation=acceptable.without_recommendation,
    )


def _read_page(
    conn: sa.Connection, year: int, criteria: conflict_queue.ConflictFilter, page: int
) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, str], Mapping[int, str]]:
    """Read a page of the conflicts, the names of their mentors, and their reasons by id."""
    listed_filter = replace(criteria, statuses=conflict_queue.OPEN, recommended=True)
    rows = conflict_queue.list_conflicts(conn, listed_filter, limit=_ON_A_PAGE, offset=(page - 1) * _ON_A_PAGE)
    names = conflict_detail.read_mentor_names(conn, year, [row["mn_id"] for row in rows])
    return rows, names, read_reasons(conn, year, rows)


def _preview(
    request: Request,
    page_filter: ConflictPageFilter,
    cache: YearCache,
    *,
    page: int = 1,
    problem: MentorSyncError | None = None,
) -> Response:
    previewed = cache.read(_read_previewed, page_filter.criteria)
    rows, names, reasons = cache.read(_read_page, page_filter.criteria, page)
    return render(
        request,
        "conflicts_accept.html",
        status_code=409 if problem else 200,
        rows=rows,
        names=names,
        reasons=reasons,
        count=len(previewed.seen),
        page=page,
        pages=-(-len(previewed.seen) // _ON_A_PAGE),
        without_recommendation=previewed.without_recommendation,
        seen=previewed.fingerprint,
        page_filter=page_filter,
        problem=problem,
        kind_names=KINDS,
        name_options=name_options,
    )
