"""The guard before every page and route: who asks, may they, and did their own page send it (CSRF).

Passwords and tokens belong to `users`, the login page to `pages.login`.
"""

import getpass
import secrets

from fastapi import Request
from starlette.datastructures import FormData

from mentorsync_pipeline.console.security.people import NotAllowedError, NotLoggedInError, Person
from mentorsync_pipeline.console.services import services_of
from mentorsync_pipeline.domain.errors import MentorSyncError

CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class CsrfError(MentorSyncError):
    """A change that does not come from one of our own pages, or from a page of a login that has ended."""

    code = "CSRF_FAILED"

    def __init__(self) -> None:
        super().__init__("This page is too old, or the request was not sent by it.", "Load the page again and repeat.")


async def guard(request: Request) -> None:
    """Let a request in, or raise NotLoggedInError, NotAllowedError or CsrfError.

    Looking needs a viewer, changing an editor. Whoever proves themselves by a cookie must send the token of their
    session along with each change; an API token needs none, for no browser sends it by itself.
    """
    person = _person(request)
    if person is None:
        raise NotLoggedInError
    if request.method not in _SAFE:
        if person.via != "token":
            await require_csrf(request)
        if not person.may_edit:
            raise NotAllowedError
    request.state.person = person


async def require_csrf(request: Request) -> None:
    """Raise CsrfError unless the request carries the token of its session."""
    sent = request.headers.get(CSRF_HEADER)
    if sent is None and request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        form: FormData = await request.form()
        sent = str(form.get(CSRF_FIELD) or "")
    expected = request.session.get(CSRF_FIELD)
    if not expected or not sent or not secrets.compare_digest(sent.encode(), expected.encode()):
        raise CsrfError


def csrf_token(request: Request) -> str:
    """The token of the request's session, made when the session has none yet."""
    token: str | None = request.session.get(CSRF_FIELD)
    if token is None:
        token = request.session[CSRF_FIELD] = secrets.token_urlsafe(32)
    return token


def _person(request: Request) -> Person | None:
    users = services_of(request).users
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = users.token(secret.strip())
        return Person(name=token.name, role=token.role, via="token") if token else None
    if not users.users:  # only possible on loopback, see `cli.console`
        return Person(name=getpass.getuser(), role="editor", via="local")
    user = users.user(request.session.get("user", ""))
    if user is None or user.fingerprint != request.session.get("fingerprint"):
        return None
    return Person(name=user.name, role=user.role, via="session")
