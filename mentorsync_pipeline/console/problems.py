"""Error responses: problem+json (RFC 9457) for programs, a page for people.

Codes and texts of errors belong to the modules that raise them.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import psycopg
import sqlalchemy as sa
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from mentorsync_pipeline.console.auth.local_path import LONGEST_PATH
from mentorsync_pipeline.console.auth.user import NotAllowedError, NotLoggedInError
from mentorsync_pipeline.console.page_text import to_page_text
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.domain.errors import MentorSyncError, strip_private_text, to_known_error

MEDIA_TYPE = "application/problem+json"
_STATUS: Mapping[str, int] = {
    "NOT_LOGGED_IN": 401,
    "NOT_ALLOWED": 403,
    "CSRF_FAILED": 403,
    "CONFLICT_NOT_FOUND": 404,
    "MENTOR_NOT_FOUND": 404,
    "CONTACT_NOT_FOUND": 404,
    "FORM_NOT_FOUND": 404,
    "REPORT_NOT_FOUND": 404,
    "FIELD_UNKNOWN": 404,
    "ERROR_NOT_FOUND": 404,
    "WARNING_NOT_FOUND": 404,
    "SYNC_NOT_FOUND": 404,
    "RUN_NOT_FOUND": 404,
    "FILE_NOT_FOUND": 404,
    "UPLOAD_NOT_FOUND": 404,
    "MESSAGE_NOT_FOUND": 404,
    "RECORD_NOT_FOUND": 404,
    "UPLOAD_INTERRUPTED": 400,
    "HOST_UNKNOWN": 400,
    "YEAR_UNKNOWN": 404,
    "ALREADY_DECIDED": 409,
    "YEAR_CLOSED": 409,
    "YEAR_UNFINISHED": 409,
    "YEAR_BUSY": 409,
    "YEAR_CONFIGURED": 409,
    "YEAR_NOT_CLOSED": 409,
    "DEVICE_ID_TAKEN": 409,
    "ARCHIVE_APPROVAL": 409,
    "ARCHIVE_GUARD": 409,
    "PLAN_OUTDATED": 409,
    "NOTHING_TO_RESTORE": 409,
    "RUN_IN_FLIGHT": 409,
    "RUN_NOT_STOPPED": 409,
    "FILE_FETCHED": 409,
    "FILE_LOADED_BEFORE": 409,
    "MESSAGE_CHANGED": 409,
    "STALE_FILE": 409,
    "TOO_LARGE": 413,
    "TOO_MANY_TRIES": 429,
    "DAGSTER_UNAVAILABLE": 503,
    "RUN_NOT_STARTED": 503,
    "DROP_FOLDER_UNREADABLE": 503,
    "DATABASE_UNAVAILABLE": 503,
    "DATABASE_NOT_STARTED": 503,
    "CONSOLE_HAS_NO_USERS": 503,
    "USERS_UNREADABLE": 503,
    "SESSIONS_UNWRITABLE": 503,
    "UPLOAD_NOT_STORED": 503,
    "DISK_FULL": 503,
    "FOLDER_NOT_WRITABLE": 503,
}
# The only page under the API.
_API_DOCS = "/api/docs"
_OTHERWISE = 422
# Errors that may mean a lost database; those of Dagster's storage are wrapped by SQLAlchemy as well.
_DATABASE_ERRORS = (sa.exc.SQLAlchemyError, psycopg.Error)
_RETRY_SECONDS = "10"


class Problem(BaseModel):
    """An error response (RFC 9457). `code` is stable; `what_to_do` is the next step for a person."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    what_to_do: str
    errors: list[dict[str, Any]] | None = None


# Error responses of every route of the API.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {}}}
    for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)
}


def status_of(code: str) -> int:
    """Return the HTTP status of an error code."""
    return _STATUS.get(code, _OTHERWISE)


def install(app: FastAPI) -> None:
    """Install the error handlers of the application."""
    app.add_exception_handler(MentorSyncError, _ours)
    for kind in _DATABASE_ERRORS:
        app.add_exception_handler(kind, _database)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def answer_error(request: Request, error: MentorSyncError) -> Response:
    """Return the response to a request that is refused before it reaches the application.

    Browsers get a page, other clients problem+json.
    """
    status = status_of(error.code)
    if not _for_program(request) and "text/html" in request.headers.get("Accept", ""):
        return _page(request, status, error.code, error.message, error.what_to_do)
    return _problem(status, error.code, error.message, error.what_to_do)


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, MentorSyncError)  # noqa: S101  # registered for it
    if isinstance(error, NotLoggedInError) and not _for_program(request):
        return RedirectResponse(_login_address(request), status_code=303)
    status = status_of(error.code)
    headers: dict[str, str] = {}
    if isinstance(error, NotLoggedInError):
        headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = _RETRY_SECONDS
    return _answer(request, status, error.code, error.message, error.what_to_do, headers=headers)


def _login_address(request: Request) -> str:
    """Return the address of the login; a page is opened afterwards, an act has to be repeated."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method != "GET" or path == "/" or len(path) > LONGEST_PATH:
        return "/login"
    return f"/login?{urlencode({'next': path})}"


def _database(request: Request, error: Exception) -> Response:
    """Answer 503 if the database is unavailable or its disk full; other database errors are unexpected."""
    known = to_known_error(error)
    if known is None:
        raise error
    return _ours(request, known)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for it
    errors = [
        {"where": ".".join(map(str, error_detail["loc"])), "wrong": error_detail["msg"]}
        for error_detail in error.errors()
    ]
    public_error = "; ".join(f"{error_detail['where']}: {error_detail['wrong']}" for error_detail in errors)
    return _answer(request, 422, "REQUEST_INVALID", f"{public_error}.", "Correct it and send it again.", errors=errors)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for it
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.upper().replace(" ", "_").replace("-", "_")
    return _answer(
        request, error.status_code, code, f"{phrase}.", "Check the address.", headers=dict(error.headers or {})
    )


def _unexpected(request: Request, error: Exception) -> Response:
    known = to_known_error(error)
    if known is not None:
        return _ours(request, known)
    public_error = strip_private_text(error)
    message = public_error.message if isinstance(public_error, MentorSyncError) else type(public_error).__name__
    return _answer(request, 500, "UNEXPECTED_ERROR", message, "Please report it with this line.")


def _answer(
    request: Request,
    status: int,
    code: str,
    detail: str,
    what_to_do: str,
    *,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    if _for_program(request):
        if "X-CSRF-Token" in request.headers:  # the script of a page, which shows the texts
            detail, what_to_do = to_page_text(detail), to_page_text(what_to_do)
        return _problem(status, code, detail, what_to_do, errors=errors, headers=headers)
    response = _page(request, status, code, detail, what_to_do)
    response.headers.update(headers or {})
    return response


def _problem(
    status: int,
    code: str,
    detail: str,
    what_to_do: str,
    *,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    title = HTTPStatus(status).phrase
    problem = Problem(title=title, status=status, code=code, detail=detail, what_to_do=what_to_do, errors=errors)
    return JSONResponse(problem.model_dump(exclude_none=True), status, headers, media_type=MEDIA_TYPE)


def _page(request: Request, status: int, code: str, detail: str, what_to_do: str) -> Response:
    return render(
        request, "error.html", status=status, code=code, detail=detail, what_to_do=what_to_do, status_code=status
    )


def _for_program(request: Request) -> bool:
    return request.url.path.startswith("/api") and request.url.path != _API_DOCS


__all__ = ["PROBLEMS", "NotAllowedError", "NotLoggedInError", "Problem", "answer_error", "install", "status_of"]
