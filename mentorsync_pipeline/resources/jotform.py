"""Jotform, as a resource: a form's questions and all of its submissions.

Source: reference/jotform.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import httpx

from mentorsync_pipeline.resources.http import (
    BadAnswerError,
    KeyMissingError,
    KeyRejectedError,
    NotThereError,
    Patience,
    QuotaError,
    RefusedError,
    ServiceClient,
    ServiceError,
    WrongHostError,
    json_object,
    says_json,
)
from mentorsync_pipeline.runtime.settings import load_settings

_SERVICE = "Jotform"
PAGE = 1000
SMALLEST_PAGE = 50
# The pages overlap by some rows, so that one deleted while they are read cannot push another one between two pages.
OVERLAP = 10
# Far below any plan's limit for the few calls that a run makes.
_PER_MINUTE = 600
_GATEWAY_TIMEOUT = 504


class JotformResource(dg.ConfigurableResource["JotformResource"]):
    """Jotform's API; what is unset comes from JOTFORM_API_URL, JOTFORM_API_KEY and JOTFORM_TIMEZONE.

    Leave the key unset outside of tests: what is configured here shows in Dagster's UI.
    """

    api_url: str | None = None
    api_key: str | None = None
    timezone: str | None = None
    page_size: int = PAGE
    attempts: int = Patience().attempts
    first_wait: float = Patience().first_wait
    timeout: float = Patience().timeout

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the times that Jotform gives without one."""
        return ZoneInfo(self.timezone or load_settings().jotform_timezone)

    def questions(self, form_id: str) -> dict[str, dict[str, Any]]:
        """The form's questions by their id, non-inputs such as headings included."""
        with self._client() as client:
            content = _content(client, client.call("GET", f"/form/{form_id}/questions", whole=True), form_id)
        if not isinstance(content, dict):
            raise _bad(client, "the questions are no object")
        return content

    def submissions(self, form_id: str) -> list[dict[str, Any]]:
        """All submissions of a form, deleted ones included, each once; in no particular order.

        Raises KeyMissingError, KeyRejectedError, WrongHostError, NotThereError (no such form), QuotaError,
        BadAnswerError or ServiceUnavailableError.
        """
        found: dict[str, dict[str, Any]] = {}
        with self._client() as client:
            limit, offset = self.page_size, 0
            while True:
                page, served = _page(client, form_id, limit, offset)
                if page is None:
                    limit = max(limit // 2, SMALLEST_PAGE)
                    continue
                found |= {str(row["id"]): row for row in page}
                if len(page) < served:
                    return list(found.values())
                offset += max(len(page) - OVERLAP, 1)

    @contextmanager
    def _client(self) -> Iterator[ServiceClient]:
        settings = load_settings()
        key = self.api_key or (settings.jotform_api_key.get_secret_value() if settings.jotform_api_key else "")
        if not key:
            raise KeyMissingError("No key for Jotform is set.", "Set JOTFORM_API_KEY (a read-only key is enough).")
        with ServiceClient(
            _SERVICE,
            (self.api_url or settings.jotform_api_url).rstrip("/"),
            {"APIKEY": key},
            per_minute=_PER_MINUTE,
            patience=Patience(attempts=self.attempts, first_wait=self.first_wait, timeout=self.timeout),
            refuse=_refuse_quota,
        ) as client:
            yield client


def _page(client: ServiceClient, form_id: str, limit: int, offset: int) -> tuple[list[dict[str, Any]] | None, int]:
    """One page and how many rows a full one has; None when the page was too big to be served whole."""
    may_halve = limit > SMALLEST_PAGE
    answer = client.call(
        "GET",
        f"/form/{form_id}/submissions",
        {"limit": limit, "offset": offset},
        final=frozenset({_GATEWAY_TIMEOUT}) if may_halve else frozenset(),
        whole=not may_halve,
    )
    if answer.status_code == _GATEWAY_TIMEOUT:
        return None, limit
    try:
        content = _content(client, answer, form_id)
    except BadAnswerError:
        if may_halve:
            return None, limit
        raise
    if not isinstance(content, list) or not all(isinstance(row, dict) and row.get("id") for row in content):
        raise _bad(client, "the submissions are no list of records with ids")
    served = str((answer.json().get("resultSet") or {}).get("limit") or "")
    return content, min(limit, int(served)) if served.isdecimal() else limit


def _content(client: ServiceClient, answer: httpx.Response, form_id: str) -> Any:
    """The `content` of an answer, after its status and its own `responseCode` are checked."""
    if answer.is_success and not says_json(answer):
        raise _wrong_host(client, "does not answer with JSON")
    body = {} if answer.is_error and not _is_json(answer) else json_object(client, answer)
    code = answer.status_code if answer.is_error else body.get("responseCode", answer.status_code)
    if str(code).startswith("3") or (str(code) == "200" and "content" not in body):
        raise _wrong_host(client, "answers without content")
    if str(code) != "200":
        raise _error(client, int(code) if str(code).isdecimal() else 0, form_id)
    return body["content"]


def _is_json(answer: httpx.Response) -> bool:
    try:
        return isinstance(answer.json(), dict)
    except ValueError:
        return False


def _error(client: ServiceClient, code: int, form_id: str) -> ServiceError:
    if code == 401:
        return KeyRejectedError(
            f"Jotform at {client.base_url} does not accept the key.",
            "Check JOTFORM_API_KEY, and that JOTFORM_API_URL is the region in which the key was made.",
        )
    if code in {400, 403, 404}:
        return NotThereError(
            f"Jotform at {client.base_url} does not show form {form_id} to this key (code {code}).",
            "Check the form's id in the year's configuration, that the form still exists, and whose key is used.",
            code="JOTFORM_FORM_MISSING",
        )
    return RefusedError(f"Jotform at {client.base_url} refuses form {form_id} (code {code}).", "Try again later.")


def _refuse_quota(answer: httpx.Response) -> None:
    """Jotform's daily quota comes back after hours: do not try again."""
    if not answer.is_success and "api-limit exceeded" in answer.text.casefold():
        raise QuotaError(
            "Jotform's calls of the day are used up (API-Limit exceeded).",
            "Wait until tomorrow, or raise the plan's limit.",
        )


def _wrong_host(client: ServiceClient, what: str) -> WrongHostError:
    return WrongHostError(
        f"What is at {client.base_url} {what}: it is not this account's Jotform API.",
        "Set JOTFORM_API_URL to the account's region: https://api.jotform.com, https://eu-api.jotform.com or "
        "https://hipaa-api.jotform.com (enterprise: https://DOMAIN/API).",
    )


def _bad(client: ServiceClient, what: str) -> BadAnswerError:
    return BadAnswerError(f"Jotform at {client.base_url}: {what}.", "Try again later.")
