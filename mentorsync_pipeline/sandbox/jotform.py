"""Jotform's REST API: forms and their submissions."""

import json
import operator
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mentorsync_pipeline.sandbox import jf_json
from mentorsync_pipeline.sandbox.jf_model import Form, Submission
from mentorsync_pipeline.sandbox.jf_store import FormStore
from mentorsync_pipeline.sandbox.options import Options

_DEFAULT_LIMIT = 20
_MAX_LIMIT = 1000
_COMPARE: dict[str, Callable[[str, str], bool]] = {"gt": operator.gt, "lt": operator.lt, "ne": operator.ne}
_COLUMNS: dict[str, Callable[[Submission], str]] = {
    "id": lambda s: s.id,
    "created_at": lambda s: jf_json.wall_clock(s.created_at) or "",
    "updated_at": lambda s: jf_json.wall_clock(s.updated_at) or "",
    "status": lambda s: s.status,
}


def problem(status: int, message: str) -> JSONResponse:
    """Format an error like Jotform."""
    return JSONResponse(jf_json.failure(status, message), status)


def refuse_key(request: Request, key: str) -> Response | None:
    """Return 401 without the right ``APIKEY`` header, 403 without a ``User-Agent``."""
    if not request.headers.get("user-agent"):
        return problem(403, "Forbidden")
    if key and request.headers.get("apikey") == key:
        return None
    return problem(401, "You're not authorized to use (/form-id) ")


class JotformApi:
    """The endpoints over one store of forms. Each call counts towards the daily quota."""

    def __init__(self, store: FormStore, options: Options) -> None:
        self._store = store
        self._left = options.jotform_daily_limit

    def routes(self) -> list[Route]:
        """The routes below the API's base address."""
        return [
            Route("/user", self.user, methods=["GET"]),
            Route("/form/{form_id}", self.form, methods=["GET"]),
            Route("/form/{form_id}/questions", self.questions, methods=["GET"]),
            Route("/form/{form_id}/submissions", self.submissions, methods=["GET"]),
        ]

    async def user(self, _: Request) -> Response:
        """``GET /user``."""
        return self._spend() or self._success({"username": "sandbox", "status": "ACTIVE"})

    async def form(self, request: Request) -> Response:
        """``GET /form/{id}``."""
        form = self._find(request)
        return form if isinstance(form, Response) else self._success(jf_json.form_json(form))

    async def questions(self, request: Request) -> Response:
        """``GET /form/{id}/questions``."""
        form = self._find(request)
        return form if isinstance(form, Response) else self._success(jf_json.questions_json(form))

    async def submissions(self, request: Request) -> Response:
        """``GET /form/{id}/submissions``: by default newest first; including deleted ones."""
        form, query = self._find(request), request.query_params
        if isinstance(form, Response):
            return form
        try:
            limit = min(int(query.get("limit", _DEFAULT_LIMIT)), _MAX_LIMIT)
            offset = int(query.get("offset", 0))
            tests = _tests(query.get("filter"))
            column, ascending = _order(query.get("orderby"), query.get("direction") or query.get("sorting"))
        except ValueError as error:
            return problem(400, f"Bad request: {error}")
        with self._store.lock:
            rows = [row for row in form.submissions.values() if all(test(row) for test in tests)]
            rows.sort(key=lambda row: (column(row), row.id), reverse=not ascending)
            page = [jf_json.submission_json(form, row) for row in rows[offset : offset + limit]]
        return self._success(page, offset=offset, limit=limit, count=len(page))

    def _find(self, request: Request) -> Form | Response:
        spent = self._spend()
        if spent is not None:
            return spent
        form = self._store.forms.get(request.path_params["form_id"])
        return form or problem(404, f"Requested URL ({request.url.path}) is not available!")

    def _spend(self) -> Response | None:
        if self._left <= 0:
            return problem(429, "API-Limit exceeded")
        self._left -= 1
        return None

    def _success(self, content: object, **page: int) -> Response:
        return JSONResponse(jf_json.envelope(content, limit_left=self._left, **page))


def _tests(text: str | None) -> list[Callable[[Submission], bool]]:
    """Parse the tests of a ``filter`` such as ``{"created_at:gt": "2000-01-01 00:00:00"}``."""
    if not text:
        return []
    conditions = json.loads(text)
    if not isinstance(conditions, dict):
        raise ValueError("filter is not an object")
    return [_test(name, str(value)) for name, value in conditions.items()]


def _test(name: str, value: str) -> Callable[[Submission], bool]:
    column_name, _, operation = name.partition(":")
    if column_name not in _COLUMNS or (operation and operation not in _COMPARE):
        raise ValueError(f"unknown filter {name}")
    column = _COLUMNS[column_name]
    compare: Callable[[str, str], bool] = _COMPARE[operation] if operation else operator.eq
    return lambda submission: compare(column(submission), value)


def _order(orderby: str | None, direction: str | None) -> tuple[Callable[[Submission], str], bool]:
    """Return the sort column and whether it ascends; the direction may also follow the column after a comma."""
    name, _, suffix = (orderby or "created_at").partition(",")
    if name not in _COLUMNS:
        raise ValueError(f"unknown orderby {name}")
    return _COLUMNS[name], (direction or suffix).strip().upper() == "ASC"
