"""Middleware of the sandbox: changes are saved before their answer, and other web sites cannot make any."""

import sqlite3
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
_NOT_STORED = "The sandbox could not write its file. Make room on the disk, and repeat the request."


def _is_change(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] not in _READING


class SaveBeforeAnswer:
    """Calls ``save`` before a request that may change something is answered; 507 if the file cannot be written."""

    def __init__(self, app: ASGIApp, save: Callable[[], None]) -> None:
        self._app, self._save = app, save

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        failed = False

        async def save_first(message: Message) -> None:
            nonlocal failed
            if message["type"] == "http.response.start":
                try:
                    await run_in_threadpool(self._save)
                except sqlite3.Error:
                    failed = True
                    await PlainTextResponse(_NOT_STORED, 507)(scope, receive, send)
            if not failed:
                await send(message)

        await self._app(scope, receive, save_first if _is_change(scope) else send)


class RefuseOtherSites:
    """Refuses changes that a page of another web site has sent, which its visitors' browsers do not prevent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if _is_change(scope) and not _is_own(Headers(scope=scope)):
            await PlainTextResponse("Another web site has sent this request.", 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class RequireThisMachine:
    """Refuses requests under a name that is not this machine's, as after a change of another site's address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and _host_name(Headers(scope=scope).get("host", "")) not in _THIS_MACHINE:
            text = "The sandbox's pages are for this machine only: open http://127.0.0.1 with its port."
            await PlainTextResponse(text, 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_own(headers: Headers) -> bool:
    """Whether a browser sent the request from a page of this host, or no browser sent it."""
    origin = headers.get("origin")
    if origin is not None:
        return _netloc(origin) == headers.get("host")
    return headers.get("sec-fetch-site", "none") in {"same-origin", "none"}


def _netloc(url: str) -> str | None:
    try:
        return urlsplit(url).netloc or None
    except ValueError:
        return None


def _host_name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
