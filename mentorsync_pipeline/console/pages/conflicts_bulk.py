"""Accepting all recommendations of a filtered set: first what would be answered, then exactly that."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, StringConstraints
from starlette.responses import RedirectResponse, Response

from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.conflict_filter import Chosen, Filtered
from mentorsync_pipeline.console.conflict_text import KINDS, VALUES
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.services import Services, ServicesDep
from mentorsync_pipeline.console.years import Year
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.review import conflict_detail, conflict_queue, decisions, service

router = APIRouter()
_SHOWN = 100


class Accepted(BaseModel):
    """The form of the confirmation; `asked` is what was shown, as `id:seen` with blanks between."""

    asked: Annotated[str, StringConstraints(max_length=500_000, pattern=r"^([0-9]{1,18}:[0-9a-f]{64}( |$))+$")]
    reason: Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")] = ""

    def seen(self) -> dict[int, str]:
        """What the person looked at, by the number of the conflict."""
        pairs = (one.partition(":") for one in self.asked.split())
        return {int(conflict_id): seen for conflict_id, _, seen in pairs}


@router.get("/{year}/conflicts/accept")
def preview(
    request: Request,
    year: Year,
    chosen: Filtered,
    services: ServicesDep,
    accepted: Annotated[int | None, Query(ge=0, le=1_000_000)] = None,
) -> Response:
    """What would be answered and how, and how many questions are left to a person."""
    return _preview(request, year, chosen, services, accepted=accepted)


@router.post("/{year}/conflicts/accept")
def accept(
    request: Request,
    year: Year,
    chosen: Filtered,
    services: ServicesDep,
    person: CurrentUser,
    given: Annotated[Accepted, Form()],
) -> Response:
    """Answer exactly what was shown, or nothing when any of it has changed."""
    try:
        ids = service.accept_recommendations(
            services.change_context(person), given.seen(), reason=given.reason.strip() or None, year=year
        )
    except (decisions.AlreadyDecidedError, decisions.ConflictNotFoundError) as problem:
        return _preview(request, year, chosen, services, problem=problem)
    return RedirectResponse(chosen.address(f"/{year}/conflicts/accept", accepted=len(ids)), status_code=303)


def _preview(
    request: Request,
    year: int,
    chosen: Chosen,
    services: Services,
    *,
    accepted: int | None = None,
    problem: MentorSyncError | None = None,
) -> Response:
    with services.reading() as conn:
        found, left = conflict_queue.find_acceptable(conn, chosen.wanted, now=services.now())
        told = replace(chosen.wanted, statuses=conflict_queue.OPEN, recommended=True)
        shown = conflict_queue.list_conflicts(conn, told, now=services.now(), limit=_SHOWN)
        names = conflict_detail.read_mentor_names(conn, year, [row["mn_id"] for row in shown])
    return render(
        request,
        "conflicts_accept.html",
        status_code=409 if problem else 200,
        shown=shown,
        names=names,
        count=len(found),
        left=left,
        asked=" ".join(f"{row['id']}:{decisions.conflict_fingerprint(row)}" for row in found),
        chosen=chosen,
        accepted=accepted,
        problem=problem,
        kind_names=KINDS,
        value_names=VALUES,
    )
