"""Login and logout. The login leads to the requested page, also after a refused attempt."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from mentorsync_pipeline.console.auth.local_path import LONGEST_PATH, local_path
from mentorsync_pipeline.console.auth.login_attempts import LoginAttempts, TooManyTriesError
from mentorsync_pipeline.console.auth.request_guard import end_session, is_anonymous, require_csrf, start_session
from mentorsync_pipeline.console.dependencies import ServicesDep
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.console.translation import N_

router = APIRouter()


@router.get("/login", dependencies=[Depends(is_anonymous)])
def login_page(request: Request, next: Annotated[str, Query(max_length=LONGEST_PATH)] = "/") -> Response:  # noqa: A002  # its name in the address
    """The login page."""
    return render(request, "login.html", problem=None, name="", next_path=local_path(next))


@router.post("/login", dependencies=[Depends(is_anonymous), Depends(require_csrf)])
def login(
    request: Request,
    services: ServicesDep,
    name: Annotated[str, Form(max_length=80)],
    password: Annotated[str, Form(max_length=1000)],
    next: Annotated[str, Form(max_length=LONGEST_PATH)] = "/",  # noqa: A002  # its name in the form
) -> Response:
    """Log in and start a new session."""
    attempts: LoginAttempts = request.app.state.login_attempts
    again = {"name": name, "next_path": local_path(next)}
    try:
        attempts.count(name, request.client.host if request.client else "")
    except TooManyTriesError as problem:
        text = f"{problem.message} {problem.what_to_do}"
        return render(request, "login.html", problem=text, status_code=429, **again)
    user = services.users.login(name, password)
    if user is None:
        return render(request, "login.html", problem=N_("Name or password is wrong."), status_code=401, **again)
    start_session(request, user)
    return RedirectResponse(local_path(next), status_code=303)


@router.post("/logout", dependencies=[Depends(require_csrf)])
def logout(request: Request) -> Response:
    """Log out and end the session for every copy of its cookie."""
    end_session(request)
    return RedirectResponse("/login", status_code=303)
