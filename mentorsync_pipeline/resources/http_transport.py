"""Connections on which a whole request has a deadline, however slowly its answer trickles in.

httpx bounds each wait for data, not their sum: a server that sends one byte a second is never given up on. Here each
wait is cut to what is left of the deadline, in which headers and body are included.
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

TRANSPORT_ERRORS = (
    httpx.TransportError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)
_KEPT_ALIVE_SECONDS = 5.0

_this_thread = threading.local()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let the requests that this thread makes in the block end within so many seconds (`httpcore.ReadTimeout`)."""
    _this_thread.until = time.monotonic() + seconds
    try:
        yield
    finally:
        _this_thread.until = None


def _left(timeout: float | None, late: type[httpcore.TimeoutException]) -> float | None:
    """The time that may be waited: `timeout`, or less when the deadline comes before it."""
    until: float | None = getattr(_this_thread, "until", None)
    if until is None:
        return timeout
    left = until - time.monotonic()
    if left <= 0:
        raise late("the deadline of the request has passed")
    return left if timeout is None else min(timeout, left)


class DeadlineTransport(httpx.BaseTransport):
    """Carries the requests of one service, through the proxy of the environment if there is one."""

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
        """Send a request; the answer's body is still to be read. Raises one of TRANSPORT_ERRORS."""
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
    """Opens connections whose waits end at the deadline of the thread that waits."""

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
        left = _left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.connect_tcp(host, port, left, local_address, socket_options))


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _proxy_of(base_url: str) -> httpx.Proxy | None:
    """The proxy that the environment (HTTPS_PROXY, ALL_PROXY, NO_PROXY …) names for an address."""
    parts = urlsplit(base_url)
    proxies = getproxies()
    url = proxies.get(parts.scheme) or proxies.get("all")
    if not url or (parts.hostname and proxy_bypass(parts.hostname)):
        return None
    return httpx.Proxy(url if "://" in url else f"http://{url}")


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that we trust; reading them takes longer than a call, so it is done once in a process."""
    return httpx.create_ssl_context()
