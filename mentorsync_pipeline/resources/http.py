"""How the pipeline calls a service: retries of what may pass, and errors with a code.

Only 429, 5xx and transport errors are tried again; `Retry-After` is obeyed. Redirects are not followed: the key would
go along. A key lives in the headers of the client alone and never in a URL, a log or an error.
"""

import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import httpx
import stamina
from stamina.instrumentation import set_on_retry_hooks

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.resources.pace import limiter_for

_log = logging.getLogger(__name__)
# We log retries ourselves; stamina would print them on stdout, where a command's result belongs.
set_on_retry_hooks([])

USER_AGENT = "mentorsync-pipeline"
_STATUS_PAGE = "Try again later; if it goes on, look at the service's status page."


class ServiceError(MentorSyncError):
    """A service that did not give what was asked of it; says which service, what is wrong and what to do."""

    code = "SERVICE_ERROR"


class ServiceUnavailableError(ServiceError):
    """No answer, or only errors that should have passed, after several tries."""

    code = "SERVICE_UNAVAILABLE"


class KeyMissingError(ServiceError):
    """No API key is set."""

    code = "SERVICE_KEY_MISSING"


class KeyRejectedError(ServiceError):
    """The service does not know the API key."""

    code = "SERVICE_KEY_REJECTED"


class WrongHostError(ServiceError):
    """What answers is not the service's API, or sends us elsewhere: a wrong region, a wrong address."""

    code = "SERVICE_WRONG_HOST"


class NotThereError(ServiceError):
    """The service has no such form, campaign or contact, or does not show it to this key."""

    code = "SERVICE_NOT_FOUND"


class QuotaError(ServiceError):
    """The calls of the day are used up; that does not pass within a run."""

    code = "SERVICE_QUOTA_USED_UP"


class BadAnswerError(ServiceError):
    """An answer that cannot be read, or lacks what it should have."""

    code = "SERVICE_BAD_ANSWER"


class RefusedError(ServiceError):
    """The service understood the request and refuses it."""

    code = "SERVICE_REFUSED"


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long a call is tried: seconds between tries grow from `first_wait` to `longest_wait`.

    A service that asks (by Retry-After) for more than `longest_asked` seconds is given up on.
    """

    attempts: int = 6
    first_wait: float = 0.5
    longest_wait: float = 20.0
    longest_asked: float = 120.0
    timeout: float = 30.0


class _PassingError(Exception):
    """A failure that may pass: why, and how long the service asked us to wait."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.wait = wait


class ServiceClient:
    """Calls one service; safe to use from several threads. Close it, or use it as a context manager."""

    def __init__(
        self,
        service: str,
        base_url: str,
        headers: Mapping[str, str],
        *,
        per_minute: float,
        patience: Patience | None = None,
        refuse: Callable[[httpx.Response], None] = lambda _: None,
    ) -> None:
        """`service` is its name in errors; `refuse` may raise a ServiceError for an answer before it is tried again."""
        self.service = service
        self.base_url = base_url
        self._patience = patience or Patience()
        self._limiter = limiter_for(base_url, per_minute)
        self._refuse = refuse
        self._http = httpx.Client(
            headers={"User-Agent": USER_AGENT, "Accept": "application/json", **headers},
            timeout=self._patience.timeout,
            follow_redirects=False,
            verify=_trusted(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        *,
        final: frozenset[int] = frozenset(),
        whole: bool = False,
    ) -> httpx.Response:
        """The service's answer, of whatever status but 429, 5xx (unless it is in `final`) and 3xx.

        With `whole`, an answer whose JSON is cut off is asked for again. Raises ServiceUnavailableError when no such
        answer comes after several tries, WrongHostError on a redirect, and whatever `refuse` raises.
        """
        patience = self._patience
        try:
            for attempt in stamina.retry_context(
                on=_wait_for,
                attempts=patience.attempts,
                timeout=None,
                wait_initial=patience.first_wait,
                wait_max=patience.longest_wait,
                wait_jitter=patience.first_wait,
            ):
                with attempt:
                    if attempt.num > 1:
                        _log.info("%s: %s %s, try %d", self.service, method, path, attempt.num)
                    answer = self._once(method, path, params, json, final)
                    if whole and answer.is_success and says_json(answer) and not _is_json(answer):
                        raise _PassingError("gives answers whose JSON is cut off")
                    return answer
        except _PassingError as passing:
            raise ServiceUnavailableError(
                f"{self.service} at {self.base_url} {passing.why} ({method} {path}).", _STATUS_PAGE
            ) from None
        raise AssertionError("stamina ended without an answer or an error")

    def _once(
        self, method: str, path: str, params: Mapping[str, Any] | None, json: Any, final: frozenset[int]
    ) -> httpx.Response:
        self._limiter.wait()
        try:
            answer = self._http.request(method, self.base_url + path, params=params, json=json)
        except httpx.TransportError as error:
            raise _PassingError(f"does not answer ({type(error).__name__})") from None
        self._refuse(answer)
        if answer.is_redirect or 300 <= answer.status_code < 400:
            raise WrongHostError(
                f"{self.service} at {self.base_url} sends us elsewhere (HTTP {answer.status_code}).",
                "Set the address of the API itself; accounts in the EU or under HIPAA have one of their own.",
            )
        if answer.status_code in final or not (answer.status_code == 429 or answer.status_code >= 500):
            return answer
        wait = _retry_after(answer)
        if wait is not None:
            if wait > self._patience.longest_asked:
                raise ServiceUnavailableError(
                    f"{self.service} at {self.base_url} asks to wait for {wait:.0f} seconds.", "Try again after that."
                )
            self._limiter.pause(wait)
        raise _PassingError(f"answers HTTP {answer.status_code}", wait)


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates we trust; reading them takes longer than a call, so it is done once in a process."""
    return httpx.create_ssl_context()


def _wait_for(error: Exception) -> bool | float:
    """For stamina: whether to try again, or after how many seconds."""
    if not isinstance(error, _PassingError):
        return False
    return True if error.wait is None else error.wait


def _retry_after(answer: httpx.Response) -> float | None:
    """The seconds of Retry-After; None when there is none. A date counts as none: neither service sends one."""
    text = answer.headers.get("Retry-After", "").strip()
    return float(text) if text.isdecimal() else None


def says_json(answer: httpx.Response) -> bool:
    """Whether the answer says of itself that it is JSON, or does not say what it is."""
    return "json" in answer.headers.get("Content-Type", "json")


def _is_json(answer: httpx.Response) -> bool:
    try:
        answer.json()
    except ValueError:
        return False
    return True


def json_object(client: ServiceClient, answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; BadAnswerError when there is none (the text was cut off, or is no JSON)."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BadAnswerError(
            f"{client.service} at {client.base_url} gave an answer that is no JSON object "
            f"(HTTP {answer.status_code}, {len(answer.content)} bytes).",
            "Check the address of the API; if it is right, try again later.",
        )
    return body
