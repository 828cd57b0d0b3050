"""Refuse requests under a host name that is not the console's, as those of DNS rebinding."""

import ipaddress
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from mentorsync_pipeline.console.problems import answer_error
from mentorsync_pipeline.domain.errors import MentorSyncError

_LOCAL = ("localhost", "127.0.0.1", "::1")
_HOST_HEADER = re.compile(r"(\[[0-9a-f:.]+\]|[^\s\[\]:/?#@]+)(?::[0-9]+)?", re.IGNORECASE | re.ASCII)


class UnknownHostError(MentorSyncError):
    """A request was sent to a host name or address that is not the console's."""

    code = "HOST_UNKNOWN"

    def __init__(self) -> None:
        super().__init__(
            "This is not the address of the console.",
            "Open the address that it shows at its start; if people use another one, set MENTORSYNC_CONSOLE_URL to it.",
        )


class KnownHosts:
    """Middleware that answers 400 unless the Host header names this machine or the host of `public_url`."""

    def __init__(self, app: ASGIApp, *, public_url: str) -> None:
        self._app = app
        self._hosts = {*_LOCAL, _to_canonical(urlsplit(public_url).hostname or "")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 under another host name."""
        if scope["type"] == "http":
            match = _HOST_HEADER.fullmatch(Headers(scope=scope).get("host", ""))
            if match is None or _to_canonical(match[1].strip("[]").lower()) not in self._hosts:
                await answer_error(Request(scope), UnknownHostError())(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _to_canonical(host: str) -> str:
    """Return a lower-case host as browsers send it: an IPv6 address compressed, but without brackets, or ASCII."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        if host.isascii():
            return host
    import idna  # noqa: PLC0415  # rarely needed

    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return host
