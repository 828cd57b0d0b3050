"""HTTP transport with a deadline for a whole request.

httpx limits each wait for data but not their sum, so a server that sends one byte a second would never time out. This
transport limits each wait to the time before the deadline, which includes headers and body.
"""

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from mentorsync_pipeline.runtime.settings import SettingsError, is_valid_address

TRANSPORT_ERRORS = (
    httpx.TransportError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)
_KEPT_ALIVE_SECONDS = 5.0
PROXY_LOGIN = "cannot be reached, because the proxy asks for a login"
# Parts of the texts of errors whose cause is known, and descriptions of the cause.
_CAUSES = {
    "CERTIFICATE_VERIFY_FAILED": "has a certificate that is not trusted here (SSL_CERT_FILE names more of them)",
    "407 ": PROXY_LOGIN,
    "[Errno -2]": "cannot be found, because its name is unknown",
    "[Errno -3]": "cannot be found, because no name server answers",
}

_this_thread = threading.local()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Set a deadline for the requests of this thread in the block (`httpcore.ReadTimeout`)."""
    _this_thread.until = time.monotonic() + seconds
    try:
        yield
    finally:
        _this_thread.until = None


def describe_error(error: Exception) -> str:
    """Describe one of TRANSPORT_ERRORS, as the end of a sentence; its own text is not shown."""
    text = str(error)
    described = (meaning for cause, meaning in _CAUSES.items() if cause in text)
    return next(described, f"does not answer ({type(error).__name__})")


def _remaining_time(timeout: float | None, late: type[httpcore.TimeoutException]) -> float | None:
    """Return the allowed wait: `timeout`, or less if the deadline is earlier."""
    until: float | None = getattr(_this_thread, "until", None)
    if until is None:
        return timeout
    remaining = until - time.monotonic()
    if remaining <= 0:
        raise late("the deadline of the request has passed")
    return remaining if timeout is None else min(timeout, remaining)


class DeadlineTransport(httpx.BaseTransport):
    """Transport for one service, through the proxy of the environment if there is one."""

    def __init__(self, base_url: str) -> None:
        options: dict[str, Any] = {
            "ssl_context": _trusted(),
            "keepalive_expiry": _KEPT_ALIVE_SECONDS,
            "network_backend": _DeadlineBackend(),
        }
        proxy = _proxy_of(base_url)
        self._pool = (
            httpcore.ConnectionPool(**options)
            if proxy is None
            else httpcore.HTTPProxy(proxy_url=str(proxy.url), proxy_auth=proxy.raw_auth, **options)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body of the answer is not read yet. Raises one of TRANSPORT_ERRORS."""
        url = request.url
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(cast("Iterable[bytes]", answer.stream)),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        close = getattr(self._stream, "close", None)
        if close is not None:
            close()


class _DeadlineBackend(httpcore.NetworkBackend):
    """Opens connections whose waits end at the deadline of the waiting thread."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        remaining = _remaining_time(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.connect_tcp(host, port, remaining, local_address, socket_options))


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _remaining_time(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _remaining_time(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        remaining = _remaining_time(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, remaining))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _proxy_of(base_url: str) -> httpx.Proxy | None:
    """Return the proxy for an address from the environment (HTTPS_PROXY, ALL_PROXY, NO_PROXY …).

    Raises SettingsError, which does not show the proxy's address, because it may contain a password.
    """
    parts = urlsplit(base_url)
    proxies = getproxies()
    url = proxies.get(parts.scheme) or proxies.get("all")
    if not url or (parts.hostname and proxy_bypass(parts.hostname)):
        return None
    try:
        proxy = httpx.Proxy(url if "://" in url else f"http://{url}")
        is_usable = proxy.url.scheme in {"http", "https"} and is_valid_address(str(proxy.url))
    except (httpx.InvalidURL, ValueError):
        is_usable = False
    if not is_usable:
        raise SettingsError(
            f"The proxy in {parts.scheme.upper()}_PROXY or ALL_PROXY cannot be used.",
            "Set it to http://HOST:PORT (SOCKS is not supported), or add the service's host to NO_PROXY.",
        )
    return proxy


@cache
def _trusted() -> ssl.SSLContext:
    """Return trusted certificates. Loading them is slower than a call, so it is done once per process.

    Raises SettingsError if a file that the environment names cannot be used.
    """
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # also ssl.SSLError
        raise SettingsError(
            f"A file of SSL_CERT_FILE, SSL_CERT_DIR or SSLKEYLOGFILE cannot be used ({type(error).__name__}).",
            "Set SSL_CERT_FILE to a readable file of certificates (PEM), or unset these variables.",
        ) from None
