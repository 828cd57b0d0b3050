"""Access without login, if MENTORSYNC_CONSOLE_ANONYMOUS allows it, and only from this machine.

A loopback address is not sufficient, because a proxy on this machine may forward requests from other machines.
"""

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from mentorsync_pipeline.console.auth.headers import CSRF_HEADER
from mentorsync_pipeline.runtime.settings import Settings

# Headers that proxies add to forwarded requests. Only their presence is checked. Also every other `X-` header, because
# browsers send none on their own, and the pages of the console send the one above.
_PROXY_HEADERS = frozenset(
    {"forwarded", "via", "true-client-ip", "front-end-https", "forwarded-for", "client-ip", "proxy-client-ip"}
    | {"wl-proxy-client-ip", "proxy-connection", "cdn-loop", "remote-user", "max-forwards", "surrogate-capability"}
    | {"traceparent", "ssl-offloaded"}
)
_PROXY_PREFIXES = (
    *("x-", "cf-", "fly-", "fastly-", "ngrok-", "tailscale-"),
    *("cloudfront-", "akamai-", "rndr-", "ssl-client-"),
)
# The default of proxies for requests to the console (nginx, which adds none of the headers above).
_VERSION_OF_PROXIES = "1.0"


def is_loopback(host: str | None) -> bool:
    """Whether a host without port is this machine: `localhost` or a loopback address."""
    if host is None:
        return False
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:  # a name, which may lead anywhere: 127.0.0.1.example.com does
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def serves_this_machine_only(settings: Settings) -> bool:
    """Whether the listener and the public URL both use a loopback address."""
    return is_loopback(settings.console_host) and is_loopback(_host_of(settings.console_url))


def comes_from_this_machine(connection: HTTPConnection) -> bool:
    """Whether a request comes directly from this machine.

    The Host header is checked too, to refuse DNS rebinding (a foreign name that resolves to this machine), and the
    Origin header, which names the page that sends a form.
    """
    server = connection.scope.get("server")
    peers = (server[0] if server else None, connection.client.host if connection.client else None)
    if not all(is_loopback(peer) for peer in peers):
        return False
    if connection.scope.get("http_version") == _VERSION_OF_PROXIES:
        return False
    names = set(connection.headers) - {CSRF_HEADER.lower()}
    if any(name in _PROXY_HEADERS or name.startswith(_PROXY_PREFIXES) for name in names):
        return False
    origin = connection.headers.get("origin")
    if origin is not None and not is_loopback(_host_of(origin)):
        return False
    return is_loopback(_host_of(f"http://{connection.headers.get('host', '')}"))


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # a bracket that is not closed
        return None
