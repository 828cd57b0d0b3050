"""Accept all recommendations of a filter, after a preview."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, StringConstraints
from starlette.responses import RedirectResponse, Response

from mentorsync_pipeline.console import flash_messages
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year
from mentorsync_pipeline.console.conflict_filter import ConflictPageFilter, Filtered
from mentorsync_pipeline.console.conflict_text import KINDS
from mentorsync_pipeline.console.dependencies import Services, ServicesDep
from mentorsync_pipeline.console.option_names import name_options
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.review import conflict_detail, conflict_queue, decision_store, service

router = APIRouter()
_SHOWN = 100


class Accepted(BaseModel):
    """Form of the confirmation; `asked` lists the previewed conflicts as `id:seen`, separated by spaces."""

    asked: Annotated[str, StringConstraints(max_length=500_000, pattern=r"^([0-9]{1,18}:[0-9a-f]{64}( |$))+$")]
    reason: Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")] = ""

    def seen(self) -> dict[int, str]:
        """Fingerprints of the previewed conflicts by id."""
        pairs = (pair.partition(":") for pair in self.asked.split())
        return {int(conflict_id): seen for conflict_id, _, seen in pairs}


@router.get("/{year}/conflicts/accept")
def preview(
    request: Request,
    year: Year,
    page_filter: Filtered,
    services: ServicesDep,
) -> Response:
    """Preview the answers, and the number of conflicts without a recommendation."""
    return _preview(request, year, page_filter, services)


@router.post("/{year}/conflicts/accept")
def accept(
    request: Request,
    year: Year,
    page_filter: Filtered,
    services: ServicesDep,
    person: CurrentUser,
    form: Annotated[Accepted, Form()],
) -> Response:
    """Answer exactly the previewed conflicts, or none if one has changed."""
    moment = services.now()
    try:
        ids = service.accept_recommendations(
            services.change_context(person, at=moment), form.seen(), reason=form.reason.strip() or None, year=year
        )
    except (decision_store.AlreadyDecidedError, decision_store.ConflictNotFoundError) as problem:
        return _preview(request, year, page_filter, services, problem=problem)
    flash_messages.add_notice(
        request,
        N_("%(count)s answered as recommended. The next run applies the answers."),
        undo=f"/{year}/conflicts/undo",
        at=moment,
        count=len(ids),
    )
    return RedirectResponse(page_filter.address(f"/{year}/conflicts"), status_code=303)


@router.post("/{year}/conflicts/undo")
def undo(
    request: Request, year: Year, services: ServicesDep, person: CurrentUser, at: Annotated[datetime, Form()]
) -> Response:
    """Undo all answers that the person gave at this moment."""
    ids = service.undo_answers(services.change_context(person), year, at=at)
    flash_messages.add_notice(request, N_("%(count)s open again."), count=len(ids))
    return flash_messages.back_to(request, f"/{year}/conflicts")


def _preview(
    request: Request,
    year: int,
    page_filter: ConflictPageFilter,
    services: Services,
    *,
    problem: MentorSyncError | None = None,
) -> Response:
    with services.reading() as conn:
        acceptable, without_recommendation = conflict_queue.find_acceptable(
            conn, page_filter.criteria, now=services.now()
        )
        listed_filter = replace(page_filter.criteria, statuses=conflict_queue.OPEN, recommended=True)
        listed_conflicts = conflict_queue.list_conflicts(conn, listed_filter, now=services.now(), limit=_SHOWN)
        names = conflict_detail.read_mentor_names(conn, year, [row["mn_id"] for row in listed_conflicts])
    return render(
        request,
        "conflicts_accept.html",
        status_code=409 if problem else 200,
        listed_conflicts=listed_conflicts,
        names=names,
        count=len(acceptable),
        without_recommendation=without_recommendation,
        seen_conflicts=" ".join(f"{row['id']}:{decision_store.conflict_fingerprint(row)}" for row in acceptable),
        page_filter=page_filter,
        problem=problem,
        kind_names=KINDS,
        name_options=name_options,
    )
