"""Middleware of a service: counting, faults, the key, the rate limit."""

import asyncio
import math
import threading
import time
from collections.abc import Callable
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mentorsync_pipeline.sandbox import invalid_answers
from mentorsync_pipeline.sandbox.faults import Fault, FaultBook, Service
from mentorsync_pipeline.sandbox.request_log import RequestLog


class Problem(Protocol):
    """Formats an error like the service."""

    def __call__(self, status: int, message: str, /) -> Response:
        """Return the error as a response."""


class MinuteLimit:
    """Limit of requests in a window of 60 seconds from the first request (``None``: no limit)."""

    def __init__(self, per_minute: int | None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._start = -math.inf
        self._used = 0

    def wait(self) -> int:
        """Count a request; return 0, or the seconds to wait if the limit is reached."""
        if self._per_minute is None:
            return 0
        with self._lock:
            now = self._monotonic()
            if now - self._start >= 60:
                self._start, self._used = now, 0
            if self._used >= self._per_minute:
                return max(math.ceil(self._start + 60 - now), 1)
            self._used += 1
            return 0


class Gate:
    """ASGI application in front of a service."""

    def __init__(
        self,
        service: Service,
        app: ASGIApp,
        *,
        refuse: Callable[[Request], Response | None],
        problem: Problem,
        limit: MinuteLimit,
        faults: FaultBook,
        log: RequestLog,
    ) -> None:
        self._service: Service = service
        self._app = app
        self._refuse = refuse
        self._problem = problem
        self._limit = limit
        self._faults = faults
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), 0

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        path = str(scope["path"])
        try:
            await self._answer(scope, receive, counted, path)
        finally:
            self._log.record(self._service, scope["method"], path, status, time.monotonic() - started)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        fault = self._faults.draw(self._service, scope["method"], path)
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            fault = None
        if fault is None:
            await self._checked(scope, receive, send)
            return
        body = b""
        if fault.after or fault.kind in invalid_answers.OF_THE_REAL_ANSWER:
            body = await self._carried_out(scope, receive)
        response = await self._faulty(fault, body)
        await response(scope, receive, send)

    async def _checked(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refuse(Request(scope))
        if refusal is None:
            seconds = self._limit.wait()
            if seconds:
                refusal = self._problem(429, "Too Many Attempts.")
                refusal.headers["Retry-After"] = str(seconds)
        await (refusal or self._app)(scope, receive, send)

    async def _carried_out(self, scope: Scope, receive: Receive) -> bytes:
        """Run the request and return the body, which the client does not receive completely."""
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self._checked(scope, receive, collect)
        return b"".join(parts)

    async def _faulty(self, fault: Fault, body: bytes) -> Response:
        match fault.kind:
            case "rate_limited":
                response = self._problem(429, "Too Many Attempts.")
                response.headers["Retry-After"] = fault.retry_after or str(math.ceil(fault.seconds))
                return response
            case "timeout":
                await asyncio.sleep(fault.seconds)
                return self._problem(504, "Gateway Time-out")
            case "redirect":
                return RedirectResponse("https://eu-api.service.example/", 301)
            case "no_content":
                return JSONResponse({"responseCode": 301, "message": "success"})
            case "server_error":
                return self._problem(fault.status or 503, "Server Error")
            case _:
                return invalid_answers.answer(fault, body)
