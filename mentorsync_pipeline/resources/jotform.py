"""Jotform's API as a resource: the questions and submissions of a form.

Source: reference/jotform.md.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from sys import intern
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import dagster as dg

from mentorsync_pipeline.domain.record_fields import FieldError, group_by_id, record_digest, require_id
from mentorsync_pipeline.resources.http import (
    BadAnswerError,
    EndlessListError,
    KeyMissingError,
    KeyRejectedError,
    NotFoundError,
    NotJsonError,
    QuotaError,
    RefusedError,
    RetryPolicy,
    ServiceClient,
    ServiceError,
    WrongHostError,
    claims_json,
    json_object,
    json_or_none,
)
from mentorsync_pipeline.runtime.settings import load_settings

if TYPE_CHECKING:
    import httpx

_SERVICE = "Jotform"
PAGE = 1000
SMALLEST_PAGE = 50
# Pages overlap, so that no submission is skipped if another one is deleted while the list is read.
OVERLAP = 10
# Far below the limit of every plan.
_PER_MINUTE = 600
_GATEWAY_TIMEOUT = 504
# Answers for a form that does not exist or is not visible; as a web page, they come from a firewall or another program.
_MISSING = frozenset({400, 403, 404})
# A campaign has about 1,000 sign-ups.
MOST_SUBMISSIONS = 50_000
_DIGITS_OF_A_LIMIT = 9
_REGIONS = (
    "Set JOTFORM_API_URL to the account's region: https://api.jotform.com, https://eu-api.jotform.com or "
    "https://hipaa-api.jotform.com (enterprise: https://DOMAIN/API)."
)
# Texts of an answer that are the same in all submissions of a form.
_OF_QUESTION = ("name", "order", "text", "type")
# What `responseCode` may be: an HTTP status.
_CODES = frozenset(map(str, range(100, 600)))


class JotformResource(dg.ConfigurableResource["JotformResource"]):
    """Jotform's API. Defaults: JOTFORM_API_URL, JOTFORM_API_KEY and JOTFORM_TIMEZONE.

    Set the key here only in tests, because Dagster's UI shows the configuration of resources.
    """

    api_url: str | None = None
    api_key: str | None = None
    timezone: str | None = None
    page_size: int = PAGE
    attempts: int = RetryPolicy().attempts
    first_wait: float = RetryPolicy().first_wait
    timeout: float = RetryPolicy().timeout

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of Jotform's times, which have none."""
        return ZoneInfo(self.timezone or load_settings().jotform_timezone)

    def questions(self, form_id: str) -> dict[str, dict[str, Any]]:
        """Fetch the questions of a form by id, including headings and other non-inputs."""
        with self._client() as client:
            return client.read("GET", f"/form/{form_id}/questions", lambda answer: _questions(client, answer, form_id))

    def submissions(self, form_id: str) -> list[Any]:
        """Fetch all submissions of a form, including deleted ones, in no particular order.

        Of several records with the same id, the last one is returned, unless they differ within one page; then two are
        returned. Records that are not objects or have no usable id (`record_fields.require_id`) are included.

        Raises:
            ServiceError: KeyMissingError, KeyRejectedError, WrongHostError, NotFoundError (no such form), QuotaError,
                BadAnswerError, EndlessListError or ServiceUnavailableError.

        """
        records = _Records()
        with self._client() as client:
            limit, offset = self.page_size, 0
            while True:
                page, full = _page(client, form_id, limit, offset)
                if page is None:
                    limit = max(limit // 2, SMALLEST_PAGE)
                    continue
                added = records.add(page)
                # Without a known size of a full page, only a page of nothing but the overlap is the last one.
                if not page or (len(page) < full if full else not added and len(page) <= OVERLAP):
                    return records.all()
                if not added or len(records) > MOST_SUBMISSIONS:
                    raise EndlessListError(
                        f"Jotform at {client.base_url} returns an endless list of submissions of form {form_id} "
                        f"({len(records)} so far).",
                        "Try again later. If it persists, ask Jotform's support.",
                    )
                offset += max(len(page) - OVERLAP, 1)

    @contextmanager
    def _client(self) -> Iterator[ServiceClient]:
        settings = load_settings()
        key = self.api_key or (settings.jotform_api_key.get_secret_value() if settings.jotform_api_key else "")
        if not key:
            raise KeyMissingError("The key for Jotform is not set.", "Set JOTFORM_API_KEY (a read-only key is enough).")
        with ServiceClient(
            _SERVICE,
            (self.api_url or settings.jotform_api_url).rstrip("/"),
            {"APIKEY": key},
            per_minute=_PER_MINUTE,
            retry_policy=RetryPolicy(attempts=self.attempts, first_wait=self.first_wait, timeout=self.timeout),
            refuse=_refuse_quota,
        ) as client:
            yield client


class _Records:
    """Records of a form that were read, without duplicates."""

    def __init__(self) -> None:
        self._by_id: dict[tuple[str, str], list[Any]] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, page: list[Any]) -> int:
        """Add a page; return the number of its new records."""
        before = len(self)
        self._by_id |= group_by_id(page, _record_key)
        return len(self) - before

    def all(self) -> list[Any]:
        return [record for same_id in self._by_id.values() for record in same_id]


def _record_key(record: Any) -> tuple[str, str]:
    """Return the id of a record, or the hash of a record without a usable id."""
    try:
        return "id", require_id(record, noun="submission")
    except FieldError:
        return "digest", record_digest(record)


def _page(client: ServiceClient, form_id: str, limit: int, offset: int) -> tuple[list[Any] | None, int]:
    """Fetch a page; return its records (None if the page is too large to be served) and the size of a full page.

    The size is 0 if the answer does not have it.
    """
    may_halve = limit > SMALLEST_PAGE
    path, params = f"/form/{form_id}/submissions", {"limit": limit, "offset": offset}
    if not may_halve:
        return client.read("GET", path, lambda answer: _rows(client, answer, form_id, params), params)
    try:
        answer = client.call("GET", path, params, final=frozenset({_GATEWAY_TIMEOUT}))
        if answer.status_code == _GATEWAY_TIMEOUT:
            return None, limit
        return _rows(client, answer, form_id, params)
    except (BadAnswerError, NotJsonError):
        return None, limit


def _rows(
    client: ServiceClient, answer: "httpx.Response", form_id: str, requested: Mapping[str, int]
) -> tuple[list[Any], int]:
    """Return the records of a page and the size of a full page: at most as requested, 0 if unknown.

    Raises BadAnswerError if records are missing: a page that is not full has fewer than `count`. Whether that is the
    number of the page or of all records is not documented.
    """
    body = _body(client, answer, form_id)
    content = body["content"]
    if not isinstance(content, list):
        raise _bad_answer(client, "the submissions are not a list")
    page = body.get("resultSet") or {}
    if not isinstance(page, dict):
        raise _bad_answer(client, "the description of the page (resultSet) is not an object")
    _share_texts(content)
    limit, served = requested["limit"], _read_number(page.get("limit"))
    full = min(limit, served) if served else 0
    count, offset = _read_number(page.get("count")), requested["offset"]
    if len(content) >= min(count, full or limit):
        return content, full
    if count in (limit, full):  # perhaps the size of a full page: more pages may follow
        return content, 0
    if not offset < count <= offset + len(content):
        raise _bad_answer(client, f"a page of {count} submissions has {len(content)}")
    return content, full


def _read_number(value: Any) -> int:
    """Read a number of `resultSet`; 0 if it is unknown."""
    shown = str(value or "")
    is_number = shown.isascii() and shown.isdecimal() and len(shown) < _DIGITS_OF_A_LIMIT
    return int(shown) if is_number else 0


def _share_texts(submissions: list[Any]) -> None:
    """Keep one copy of the texts of a form's questions, which are most of every submission."""
    answers = (submission.get("answers") for submission in submissions if isinstance(submission, dict))
    for entry in (entry for listed in answers if isinstance(listed, dict) for entry in listed.values()):
        if isinstance(entry, dict):
            for name in _OF_QUESTION:
                text = entry.get(name)
                if type(text) is str:
                    entry[name] = intern(text)


def _questions(client: ServiceClient, answer: "httpx.Response", form_id: str) -> dict[str, dict[str, Any]]:
    content = _body(client, answer, form_id)["content"]
    if not isinstance(content, dict) or not all(isinstance(question, dict) for question in content.values()):
        raise _bad_answer(client, "the questions are not an object of objects")
    return content


def _body(client: ServiceClient, answer: "httpx.Response", form_id: str) -> dict[str, Any]:
    """Return an answer that has `content`, after checking its status and `responseCode`."""
    if (answer.is_success or answer.status_code in _MISSING) and not claims_json(answer):
        raise NotJsonError(*_wrong_host(client, "does not answer with JSON"))
    body = {} if answer.is_error and not isinstance(json_or_none(answer), dict) else json_object(client, answer)
    code = answer.status_code if answer.is_error else body.get("responseCode", answer.status_code)
    if str(code).startswith("3") or (str(code) == "200" and "content" not in body):
        raise WrongHostError(*_wrong_host(client, "answers without content"))
    if str(code) not in _CODES:
        raise _bad_answer(client, "the code of the answer (responseCode) is missing")
    if int(code) == 429 or int(code) >= 500:
        raise _bad_answer(client, f"the answer has the error code {code}")
    if int(code) != 200:
        raise _build_error(client, int(code), form_id)
    return body


def _build_error(client: ServiceClient, code: int, form_id: str) -> ServiceError:
    if code == 401:
        return KeyRejectedError(
            f"Jotform at {client.base_url} rejects the key.",
            "Check JOTFORM_API_KEY, and that JOTFORM_API_URL is the region in which the key was created.",
        )
    if code in _MISSING:
        return NotFoundError(
            f"Jotform at {client.base_url} does not show form {form_id} to this key (code {code}).",
            "Check the form's id in the year's configuration, that the form still exists, and whose key is used.",
            code="JOTFORM_FORM_MISSING",
        )
    return RefusedError(f"Jotform at {client.base_url} refuses form {form_id} (code {code}).", "Try again later.")


def _refuse_quota(answer: "httpx.Response") -> None:
    """Raise QuotaError if the daily quota is used up, because a retry is useless for hours."""
    # Bytes, because the encoding that an answer names may not exist.
    if not answer.is_success and b"api-limit exceeded" in answer.content.lower():
        raise QuotaError(
            "Jotform's calls of the day are used up (API-Limit exceeded).",
            "Wait until tomorrow, or raise the plan's limit.",
        )


def _wrong_host(client: ServiceClient, problem: str) -> tuple[str, str]:
    """Return message and next step for an address that is not the API's."""
    return (
        f"The address {client.base_url} {problem}: it is not the Jotform API of this account.",
        _REGIONS,
    )


def _bad_answer(client: ServiceClient, problem: str) -> BadAnswerError:
    return BadAnswerError(f"Jotform at {client.base_url}: {problem}.", "Try again later.")
