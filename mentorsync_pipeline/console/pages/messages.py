"""Pages of campaign messages: list, preview, apply, clear."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from mentorsync_pipeline.console import flash_messages, messaging
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep, data_version
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.console.finding_text import ERROR_TITLES
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.messages.message_folder import MessageNotFoundError
from mentorsync_pipeline.review.conflict_detail import read_mentor_names

router = APIRouter(prefix="/{year}/messages")
_SAMPLES = 5


@router.get("")
def messages_page(request: Request, services: ServicesDep, cache: YearCacheDep) -> Response:
    """Show the year's campaigns; their states are live."""
    try:
        campaigns, problem = messaging.list_campaigns(services, cache.conn, cache.year), None
    except MessageNotFoundError as error:
        campaigns, problem = [], error
    version = data_version(cache, services.now())
    return render(request, "messages.html", campaigns=campaigns, problem=problem, version=version)


@router.get("/preview")
def preview_page(
    request: Request, year: Year, services: ServicesDep, conn: DbConn, campaign: Annotated[str, Query(max_length=200)]
) -> Response:
    """Preview a campaign: counts, samples and excluded mentors."""
    preview = messaging.preview_campaign(services, conn, year, campaign, _SAMPLES)
    summary = preview.summary
    mn_ids = {sample.mn_id for sample in summary.samples}.union(
        *summary.left_out.values(), *preview.collides_with.values()
    )
    names = read_mentor_names(conn, year, mn_ids)
    return render(request, "messages_preview.html", preview=preview, names=names, error_titles=ERROR_TITLES)


@router.post("/apply")
def apply(
    request: Request,
    year: Year,
    services: ServicesDep,
    person: CurrentUser,
    campaign: Annotated[str, Form(max_length=200)],
    sha256: Annotated[str, Form(max_length=64)],
) -> Response:
    """Apply the previewed campaign; its run waits behind a run that is in progress."""
    started = messaging.apply_campaign(services, person, year, campaign, sha256)
    flash_messages.add_notice(request, N_("The messages are being written."), run=f"/{year}/runs/{started.run}")
    return flash_messages.back_to(request, f"/{year}/messages")


@router.post("/clear")
def clear(
    request: Request,
    year: Year,
    services: ServicesDep,
    person: CurrentUser,
    campaign: Annotated[str, Form(max_length=200)],
) -> Response:
    """Clear a campaign; its run waits behind a run that is in progress."""
    started = messaging.clear_campaign(services, person, year, campaign)
    flash_messages.add_notice(request, N_("The messages are being cleared."), run=f"/{year}/runs/{started.run}")
    return flash_messages.back_to(request, f"/{year}/messages")
