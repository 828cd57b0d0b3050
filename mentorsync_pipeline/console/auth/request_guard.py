"""Check authentication, role and CSRF token of every request.

Passwords and tokens are in `auth.users`, the login page is in `pages.login`.
"""

import getpass
import secrets

from fastapi import Request
from starlette.datastructures import FormData

from mentorsync_pipeline.console.auth.anonymous import comes_from_this_machine, serves_this_machine_only
from mentorsync_pipeline.console.auth.headers import CSRF_HEADER
from mentorsync_pipeline.console.auth.sessions import SessionFile
from mentorsync_pipeline.console.auth.user import NotAllowedError, NotLoggedInError, Person
from mentorsync_pipeline.console.auth.users import NoUsersError, User
from mentorsync_pipeline.console.dependencies import services_of
from mentorsync_pipeline.domain.errors import MentorSyncError

CSRF_FIELD = "csrf_token"
SESSION_FIELD = "session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class CsrfError(MentorSyncError):
    """A change has no CSRF token of the current session."""

    code = "CSRF_FAILED"

    def __init__(self, *, by_program: bool = False) -> None:
        if by_program:
            super().__init__(
                "This request changes something and has no API token.",
                "Create a token with “mentorsync console add-token NAME --editor”, and send the header "
                "“Authorization: Bearer TOKEN”.",
            )
        else:
            super().__init__(
                "This page is too old, or the request was not sent by it.", "Load the page again and repeat."
            )


async def guard(request: Request) -> None:
    """Check a request.

    Raises NotLoggedInError, NotAllowedError, CsrfError, NoUsersError or UsersError.

    Reading needs a viewer, changes need an editor. With a session cookie, changes need the session's CSRF token; API
    tokens need none, because browsers do not send them automatically.
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


def require_same_person(request: Request) -> None:
    """Check again that the person of a long request is still allowed to make it.

    Raises NotLoggedInError if the session or token has ended or its role has changed, and the errors of `guard`.
    """
    if _person(request) != request.state.person:
        raise NotLoggedInError


async def require_csrf(request: Request) -> None:
    """Check that the request has the token of its session in a header or, for forms of pages, in a field.

    The API accepts only the header, because reading a field would load a whole upload into memory. Raises CsrfError.
    """
    sent = request.headers.get(CSRF_HEADER)
    if sent is None and request.url.path.startswith("/api/"):
        raise CsrfError(by_program=True)
    is_form = request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
    if sent is None and is_form:
        form: FormData = await request.form()
        sent = str(form.get(CSRF_FIELD) or "")
    expected = request.session.get(CSRF_FIELD)
    if not expected or not sent or not secrets.compare_digest(sent.encode(), expected.encode()):
        raise CsrfError


def csrf_token(request: Request) -> str:
    """Return the token of the request's session; create it if it is missing."""
    token: str | None = request.session.get(CSRF_FIELD)
    if token is None:
        token = request.session[CSRF_FIELD] = secrets.token_urlsafe(32)
    return token


def is_anonymous(request: Request) -> bool:
    """Whether a request is allowed without login; False if there are users.

    Raises NoUsersError if there are none and anonymous access is not allowed, and UsersError for an unreadable users
    file. If a user existed since the start, the console remains closed when the users are gone.
    """
    services = services_of(request)
    if services.users.users:
        return False
    if services.users.has_had_users:
        raise NoUsersError("The console has no users any more, so no login is possible.")
    if not services.settings.console_anonymous:
        raise NoUsersError("The console has no users, so no login is possible.")
    if not (serves_this_machine_only(services.settings) and comes_from_this_machine(request)):
        raise NoUsersError("The console has no users, and lets people in without a login on its own machine only.")
    return True


def start_session(request: Request, user: User) -> None:
    """Start a session of an authenticated user and end the earlier one."""
    end_session(request)
    request.session[SESSION_FIELD] = sessions_of(request).start(user.name, user.fingerprint)


def end_session(request: Request) -> None:
    """End the request's session for every copy of its cookie."""
    session_id = request.session.get(SESSION_FIELD)
    request.session.clear()
    sessions_of(request).end(session_id)


def sessions_of(request: Request) -> SessionFile:
    """Return the open sessions of the application."""
    sessions: SessionFile = request.app.state.sessions
    return sessions


def _person(request: Request) -> Person | None:
    users = services_of(request).users
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = users.token(secret.strip())
        return Person(name=token.name, role=token.role, via="token") if token else None
    session = sessions_of(request).find(request.session.get(SESSION_FIELD))
    user = users.user(session.user) if session else None
    if session and user and user.fingerprint == session.fingerprint:
        return Person(name=user.name, role=user.role, via="session")
    if is_anonymous(request):
        return Person(name=getpass.getuser(), role="editor", via="local")
    return None
