"""Call a service: retry what may pass, bound every answer in time and size, and raise errors with a code.

The rate is set in `resources.pace`; what a service offers is in `resources.jotform` and `resources.givebutter`.
Retried are 429, 5xx, transport errors and answers that cannot be read; `Retry-After` is obeyed. Redirects are not
followed: the key would go along. A key lives in the headers of the client alone and never in a URL, a log or an error.
"""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self, TypeVar

import httpx
import stamina
from stamina.instrumentation import set_on_retry_hooks

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.resources.http_body import (
    AnswerTooLargeError,
    UnreadableBodyError,
    parse_json,
    read_body,
)
from mentorsync_pipeline.resources.http_transport import TRANSPORT_ERRORS, DeadlineTransport, deadline
from mentorsync_pipeline.resources.rate_limit import limiter_for
from mentorsync_pipeline.runtime.settings import require_url_without_key

_log = logging.getLogger(__name__)
# We log retries ourselves; stamina would print them on stdout, where a command's result belongs.
set_on_retry_hooks([])

USER_AGENT = "mentorsync-pipeline"
# A full page of Jotform (1,000 submissions) is below 20 MB.
MAX_ANSWER_BYTES = 32 * 1024 * 1024
_STATUS_PAGE = "Try again later; if it goes on, look at the service's status page."
T = TypeVar("T")


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
    """An answer that cannot be read, or lacks what it should have. It may pass: the call is repeated first."""

    code = "SERVICE_BAD_ANSWER"


class EndlessListError(BadAnswerError):
    """A list whose pages do not come to an end, or repeat."""

    code = "SERVICE_LIST_ENDLESS"


class TooLargeAnswerError(BadAnswerError):
    """An answer larger than any that the service should give."""

    code = "SERVICE_ANSWER_TOO_LARGE"


class NotJsonError(WrongHostError):
    """A successful answer that is a web page. It may pass (maintenance); if it does not, the address is wrong."""


class RefusedError(ServiceError):
    """The service understood the request and refuses it."""

    code = "SERVICE_REFUSED"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long a call is tried: seconds between tries grow from `first_wait` to `longest_wait`.

    A service that asks (by Retry-After) for more than `longest_asked` seconds is given up on. `timeout` bounds each
    wait for more data, `deadline` the whole answer: one that trickles in byte by byte ends too.
    """

    attempts: int = 6
    first_wait: float = 0.5
    longest_wait: float = 20.0
    longest_asked: float = 120.0
    timeout: float = 30.0

    @property
    def deadline(self) -> float:
        """Seconds for one request with its answer."""
        return 2 * self.timeout


class _PassingError(Exception):
    """A failure that may pass: what happened, how long the service asked us to wait, and the error if it stays."""

    def __init__(self, what: str, wait: float | None = None, lasting: ServiceError | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.wait = wait
        self.lasting = lasting


class ServiceClient:
    """Calls one service; safe to use from several threads. Close it, or use it as a context manager."""

    def __init__(
        self,
        service: str,
        base_url: str,
        headers: Mapping[str, str],
        *,
        per_minute: float,
        patience: RetryPolicy | None = None,
        refuse: Callable[[httpx.Response], None] = lambda _: None,
    ) -> None:
        """`service` is its name in errors; `refuse` may raise a ServiceError for an answer before it is tried again.

        Raises SettingsError when the URL holds a key.
        """
        require_url_without_key(base_url, f"the address of {service}'s API")
        self.service = service
        self.base_url = base_url
        self._patience = patience or RetryPolicy()
        self._limiter = limiter_for(base_url, per_minute)
        self._refuse = refuse
        self._http = httpx.Client(
            headers={
                "User-Agent": USER_AGENT,
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                **headers,
            },
            timeout=self._patience.timeout,
            follow_redirects=False,
            transport=DeadlineTransport(base_url),
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
    ) -> httpx.Response:
        """The service's answer, of whatever status but 429, 5xx (unless it is in `final`) and 3xx.

        Raises ServiceUnavailableError when no such answer comes after several tries, TooLargeAnswerError,
        WrongHostError on a redirect, and whatever `refuse` raises.
        """
        return self.read(method, path, lambda answer: answer, params, json, final=final)

    def read(
        self,
        method: str,
        path: str,
        read: Callable[[httpx.Response], T],
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        *,
        final: frozenset[int] = frozenset(),
    ) -> T:
        """What `read` makes of the answer. A BadAnswerError or NotJsonError of `read` counts as a fault that may pass.

        Raises what `call` raises, and the last error of `read` when the fault did not pass.
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
                    try:
                        return read(answer)
                    except (BadAnswerError, NotJsonError) as error:
                        raise _PassingError(error.message, lasting=error) from None
        except _PassingError as passing:
            raise passing.lasting or ServiceUnavailableError(
                f"{self.service} at {self.base_url} {passing.what} ({method} {path}).", _STATUS_PAGE
            ) from None
        raise AssertionError("stamina ended without an answer or an error")

    def _once(
        self, method: str, path: str, params: Mapping[str, Any] | None, json: Any, final: frozenset[int]
    ) -> httpx.Response:
        self._limiter.wait()
        answer = self._send(self._http.build_request(method, self.base_url + path, params=params, json=json))
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

    def _send(self, request: httpx.Request) -> httpx.Response:
        """The answer with its whole body, decompressed; raises _PassingError or TooLargeAnswerError."""
        try:
            with deadline(self._patience.deadline):
                streamed = self._http.send(request, stream=True)
                try:
                    body = read_body(streamed, MAX_ANSWER_BYTES)
                finally:
                    streamed.close()
        except TRANSPORT_ERRORS as error:
            raise _PassingError(f"does not answer ({type(error).__name__})") from None
        except UnreadableBodyError as error:
            raise _PassingError(f"gives an answer that {error}", lasting=self._unreadable(str(error))) from None
        except AnswerTooLargeError:
            raise TooLargeAnswerError(
                f"{self.service} at {self.base_url} gives an answer of more than "
                f"{MAX_ANSWER_BYTES // 1024**2} MB ({request.method} {request.url.path}).",
                "Check the address of the API; if it is right, ask the service's support.",
            ) from None
        kept = [(name, text) for name, text in streamed.headers.multi_items() if name not in _OF_TRANSPORT]
        return httpx.Response(streamed.status_code, headers=kept, content=body, request=request)

    def _unreadable(self, what: str) -> BadAnswerError:
        return BadAnswerError(f"{self.service} at {self.base_url} gave an answer that {what}.", _STATUS_PAGE)


# Headers that speak of the body as it was sent, not as we keep it.
_OF_TRANSPORT = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def _wait_for(error: Exception) -> bool | float:
    """For stamina: whether to try again, or after how many seconds."""
    if not isinstance(error, _PassingError):
        return False
    return True if error.wait is None else error.wait


def _retry_after(answer: httpx.Response) -> float | None:
    """The seconds of Retry-After, given as a number or a date; None when there is none, or one that cannot be read.

    A time that has passed and a negative number are 0.
    """
    text = answer.headers.get("Retry-After", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
            seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
        except (ValueError, OverflowError):
            return None
    return None if math.isnan(seconds) else max(seconds, 0.0)


def says_json(answer: httpx.Response) -> bool:
    """Whether the answer says of itself that it is JSON, or does not say what it is."""
    return "json" in answer.headers.get("Content-Type", "json").casefold()


def json_object(client: ServiceClient, answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; BadAnswerError when there is none (the text was cut off, or is no JSON)."""
    body = json_or_none(answer)
    if not isinstance(body, dict):
        raise BadAnswerError(
            f"{client.service} at {client.base_url} gave an answer that is no JSON object "
            f"(HTTP {answer.status_code}, {len(answer.content)} bytes).",
            "Check the address of the API; if it is right, try again later.",
        )
    return body


def json_or_none(answer: httpx.Response) -> Any:
    """The JSON value of an answer; None when it is no JSON."""
    try:
        return parse_json(answer.content)
    except UnreadableBodyError:
        return None
