"""Security headers of every response: strict content security policy, no framing, no sniffing, no caching."""

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The header in which the pages of the console send the token of the session.
CSRF_HEADER = "X-CSRF-Token"
# Only same-origin resources and nothing inline, so that a script in a name does not run.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# The check-in page scans QR codes.
_WITH_CAMERA = {"Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"}
_CHECK_IN = re.compile(r"/[0-9]{4}/checkin", re.ASCII)
_TLS = "max-age=31536000"


class SecurityHeaders:
    """Middleware that adds the headers. `tls`: the public URL uses https."""

    def __init__(self, app: ASGIApp, *, tls: bool) -> None:
        self._app, self._tls = app, tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                if _CHECK_IN.fullmatch(scope["path"]):
                    headers.update(_WITH_CAMERA)
                if self._tls:
                    headers["Strict-Transport-Security"] = _TLS
                # Pages hold personal data; what is under /static is named by its content.
                is_static = scope["path"].startswith("/static/")
                headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_static else "no-store"
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
