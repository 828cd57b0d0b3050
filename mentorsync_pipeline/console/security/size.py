"""How large a request may be, counted as it arrives: before anything is parsed or kept."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mentorsync_pipeline.console.problems import MEDIA_TYPE, Problem

USUAL_BYTES = 1_000_000
UPLOAD_BYTES = 2_000_000_000
_UPLOADS = "/uploads"


class SizeLimit:
    """Refuses what is larger than a form needs; addresses that end in /uploads may take a whole export."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 when the request says that it is too large, and cut it off when it turns out to be."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = UPLOAD_BYTES if scope["path"].endswith(_UPLOADS) else USUAL_BYTES
        said = Request(scope).headers.get("Content-Length", "0")
        if not said.isdecimal() or int(said) > most:
            await _refuse(scope, receive, send)
            return
        so_far = 0

        async def counted() -> Message:
            nonlocal so_far
            message = await receive()
            so_far += len(message.get("body", b""))
            return {"type": "http.disconnect"} if so_far > most else message

        await self._app(scope, counted, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    problem = Problem(
        title="Content Too Large",
        status=413,
        code="TOO_LARGE",
        detail="The request is too large.",
        what_to_do="Send an export to the page for files; anything else is small.",
    )
    answer = JSONResponse(problem.model_dump(exclude_none=True), 413, media_type=MEDIA_TYPE)
    await answer(scope, receive, send)
