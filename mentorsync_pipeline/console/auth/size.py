"""Limits of request sizes, checked while a request arrives, before it is parsed or stored."""

from anyio import move_on_after
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mentorsync_pipeline.console.problems import answer_error
from mentorsync_pipeline.domain.errors import MentorSyncError

USUAL_BYTES = 1_000_000
UPLOAD_BYTES = 2_000_000_000
_UPLOADS = ("POST", "/api/uploads")
# Time for which the rest of a refused request is read and discarded. Otherwise a client that is still sending gets a
# connection reset instead of the answer.
_DISCARD_SECONDS = 600
_IDLE_SECONDS = 5
_LONGEST_NUMBER = 18  # digits; Python refuses to convert thousands of them


class TooLargeError(MentorSyncError):
    """The request is larger than a form, or the file is larger than an export."""

    code = "TOO_LARGE"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The request is larger than {limit / 1_000_000:,g} MB and was refused; nothing of it was kept.",
            "Send less at once; a contacts export goes to the page for files, or to POST /api/uploads.",
        )


class SizeLimit:
    """Middleware that refuses too large requests and uploads with 413."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 if the announced or the received size is too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = UPLOAD_BYTES if (scope["method"], scope["path"]) == _UPLOADS else USUAL_BYTES
        headers = Headers(scope=scope)
        if _announced_bytes(headers) > limit:
            # A client that waits for "100 Continue" has sent nothing yet, and will not.
            is_sending = headers.get("Expect", "").lower() != "100-continue"
            await _refuse(scope, receive, send, limit, more=is_sending)
            return
        received, too_large, more, started = 0, False, True, False

        async def count() -> Message:
            nonlocal received, too_large, more
            if too_large:
                return {"type": "http.disconnect"}
            message = await receive()
            received += len(message.get("body", b""))
            more = message.get("more_body", False)
            too_large = received > limit
            return {"type": "http.disconnect"} if too_large else message

        async def answer(message: Message) -> None:
            nonlocal started
            # The application's answer to a truncated request is discarded.
            if started or not too_large:
                started = True
                await send(message)

        try:
            await self._app(scope, count, answer)
        except Exception:  # the application may raise any error for the truncated request; the answer is 413
            if started or not too_large:
                raise
        if too_large and not started:
            await _refuse(scope, receive, send, limit, more=more)


def _announced_bytes(headers: Headers) -> int:
    """Return the Content-Length; 0 if it is missing or invalid; then the received bytes are counted."""
    announced = headers.get("Content-Length", "")
    if not (announced.isascii() and announced.isdecimal()):
        return 0
    return int(announced[-_LONGEST_NUMBER:]) if len(announced.lstrip("0")) <= _LONGEST_NUMBER else 10**_LONGEST_NUMBER


async def _refuse(scope: Scope, receive: Receive, send: Send, limit: int, *, more: bool) -> None:
    """Answer 413, discard the rest of the request if there is `more`, then close the connection."""
    answer = answer_error(Request(scope), TooLargeError(limit))
    answer.headers["Connection"] = "close"
    await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    with move_on_after(_DISCARD_SECONDS):
        while more:
            more = False
            with move_on_after(_IDLE_SECONDS):
                more = (await receive()).get("more_body", False)
    await send({"type": "http.response.body", "body": b"", "more_body": False})
