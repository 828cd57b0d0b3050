"""The state of a run and changes of a year as server-sent events, so that a client need not ask again and again."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Protocol

import anyio
from fastapi import APIRouter, Path, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from mentorsync_pipeline.console.api.runs import RunId, RunState, get_run
from mentorsync_pipeline.console.auth.request_guard import require_same_person
from mentorsync_pipeline.console.campaign_year import data_version, known_year
from mentorsync_pipeline.console.dependencies import ServicesDep
from mentorsync_pipeline.console.problems import status_of
from mentorsync_pipeline.domain.errors import MentorSyncError

router = APIRouter(tags=["runs"])
MEDIA_TYPE = "text/event-stream"
EVERY_SECONDS = 1.0
# An event keeps proxies from closing a quiet connection, and tells a page that it is alive.
_QUIET_SECONDS = 15.0
# After this the client connects again, so that no connection is kept for ever.
_LONGEST_SECONDS = 300.0


class YearState(BaseModel):
    """State of a year's data: `version` is another one after each change, and at each full hour."""

    version: str
    is_over: bool = False


class State(Protocol):
    """What is streamed; `is_over` ends the stream."""

    @property
    def is_over(self) -> bool:
        """Whether no other state follows."""
        ...

    def model_dump_json(self) -> str:
        """Return it as JSON."""
        ...


@router.get(
    "/runs/{run_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {MEDIA_TYPE: {}}, "description": "A stream of events until the run is over."}},
)
async def run_events(request: Request, run_id: RunId, services: ServicesDep) -> StreamingResponse:
    """Stream the state of a run: an event `run` with the same JSON as `GET /api/runs/{run_id}`, now and at each change.

    Without a change, there is an event `alive` every 15 seconds.

    The stream ends with the run, or after five minutes: then connect again, as browsers do. It also ends when the
    session or token ends, with an event `problem`.
    """

    def read() -> RunState:
        require_same_person(request)
        with services.reading() as conn:
            return get_run(run_id, services, conn)

    first = await run_in_threadpool(read)  # an unknown run is an error, not a stream
    return _respond(stream_events("run", first, read, request.app.state.is_stopping))


@router.get(
    "/{year}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {MEDIA_TYPE: {}}, "description": "A stream of events."}},
)
async def year_events(
    request: Request,
    services: ServicesDep,
    year: Annotated[int, Path(ge=2000, le=2999, description="The campaign year.")],
) -> StreamingResponse:
    """Stream an event `year` now, and whenever a step of a run has begun or ended or a person has changed something.

    There is one at each full hour too, because pages show ages. Without a change, there is an event `alive` every 15
    seconds.

    The stream ends after five minutes: then connect again, as browsers do. It also ends when the session or token ends,
    with an event `problem`.
    """

    # No connection of the pool is held while the stream is open.
    def read() -> YearState:
        require_same_person(request)
        with services.reading() as conn:
            known_year(request, conn, services, year)
            return YearState(version=data_version(request.state.year_cache, services.now()))

    first = await run_in_threadpool(read)
    return _respond(stream_events("year", first, read, request.app.state.is_stopping))


def _respond(events: AsyncIterator[str]) -> StreamingResponse:
    headers = {"X-Accel-Buffering": "no"}  # proxies pass each event on at once
    return StreamingResponse(events, media_type=MEDIA_TYPE, headers=headers)


async def stream_events(
    name: str, first: State, read: Callable[[], State], is_stopping: Callable[[], bool]
) -> AsyncIterator[str]:
    """Yield an event for the first state and for each that differs from the one before.

    End when it is over, or when the console stops.
    """
    state, started = first, time.monotonic()
    yield _event(name, state.model_dump_json())
    sent_at = started
    while not state.is_over and time.monotonic() < started + _LONGEST_SECONDS:
        await anyio.sleep(EVERY_SECONDS)
        if is_stopping():
            return
        try:
            new = await run_in_threadpool(read)
        except MentorSyncError as error:
            yield _event("problem", f'{{"status": {status_of(error.code)}, "code": "{error.code}"}}')
            return
        if new != state:
            state, sent_at = new, time.monotonic()
            yield _event(name, state.model_dump_json())
        elif time.monotonic() > sent_at + _QUIET_SECONDS:
            sent_at = time.monotonic()
            yield _event("alive", "{}")


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"
