"""HTTP client for services: retries, limits of time and size, and errors with codes.

It retries temporary errors (408, 425, 429, 5xx), transport errors and unreadable answers, and respects `Retry-After`.
It does not follow redirects, because they would receive the key. Keys are only in the headers of the client, never in
URLs, logs or errors. Rate limits are in `resources.rate_limit`; the calls are in `resources.jotform` and
`resources.givebutter`.
"""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self, TypeVar

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.service_clock import measure_offset
from mentorsync_pipeline.resources.http_body import (
    AnswerTooLargeError,
    UnreadableBodyError,
    parse_json,
    read_body,
)
from mentorsync_pipeline.resources.rate_limit import get_limiter
from mentorsync_pipeline.runtime.settings import require_service_url

if TYPE_CHECKING:  # imported with the first client: most processes call no service
    import httpx

_log = logging.getLogger(__name__)

USER_AGENT = "mentorsync-pipeline"
# A full page of Jotform (1,000 submissions) is below 20 MB.
MAX_ANSWER_BYTES = 32 * 1024 * 1024
# Too many requests, and what proxies and balancers answer for a service: request timeout, too early.
_TEMPORARY = frozenset({408, 425, 429})
_STATUS_PAGE = "Try again later. If it persists, check the service's status page."
T = TypeVar("T")


class ServiceError(MentorSyncError):
    """A service did not fulfil a request."""

    code = "SERVICE_ERROR"


class ServiceUnavailableError(ServiceError):
    """No answer, or only temporary errors, after several attempts."""

    code = "SERVICE_UNAVAILABLE"


class KeyMissingError(ServiceError):
    """No API key is set."""

    code = "SERVICE_KEY_MISSING"


class KeyRejectedError(ServiceError):
    """The service rejects the API key."""

    code = "SERVICE_KEY_REJECTED"


class WrongHostError(ServiceError):
    """The address is not the service's API, or redirects to another host, for example another region."""

    code = "SERVICE_WRONG_HOST"


class NotFoundError(ServiceError):
    """The form, campaign or contact does not exist or is not visible to this key."""

    code = "SERVICE_NOT_FOUND"


class QuotaError(ServiceError):
    """The daily quota of calls is used up."""

    code = "SERVICE_QUOTA_USED_UP"


class BadAnswerError(ServiceError):
    """An answer is unreadable or incomplete, also after several attempts."""

    code = "SERVICE_BAD_ANSWER"


class EndlessListError(BadAnswerError):
    """The pages of a list do not end, or repeat."""

    code = "SERVICE_LIST_ENDLESS"


class TooLargeAnswerError(BadAnswerError):
    """An answer is larger than the service's largest regular answer."""

    code = "SERVICE_ANSWER_TOO_LARGE"


class NotJsonError(WrongHostError):
    """A successful answer is not JSON: maintenance or, if it persists, a wrong address."""


class RefusedError(ServiceError):
    """The service refuses the request."""

    code = "SERVICE_REFUSED"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Limits of attempts and time of a call. All times are in seconds.

    Attributes:
        attempts: number of attempts.
        first_wait: first wait between attempts; later waits grow up to `longest_wait`.
        max_retry_after: longest `Retry-After` that is respected; a longer one is an error.
        timeout: limit of each wait for data.

    """

    attempts: int = 6
    first_wait: float = 0.5
    longest_wait: float = 20.0
    max_retry_after: float = 120.0
    timeout: float = 30.0

    @property
    def deadline(self) -> float:
        """Limit of a whole request, so that a very slow answer also ends."""
        return 2 * self.timeout


class _TemporaryError(Exception):
    """A temporary failure: its description, the requested wait, and the error if it persists."""

    def __init__(self, problem: str, wait: float | None = None, final_error: ServiceError | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.wait = wait
        self.final_error = final_error


class ServiceClient:
    """Client of one service. Thread-safe. Close it, or use it as a context manager."""

    def __init__(
        self,
        service: str,
        base_url: str,
        headers: Mapping[str, str],
        *,
        per_minute: int,
        retry_policy: RetryPolicy | None = None,
        refuse: "Callable[[httpx.Response], None]" = lambda _: None,
    ) -> None:
        """`service` is its name in errors. `refuse` may raise a ServiceError for an answer that must not be retried.

        Raises SettingsError if the URL may contain a key or is invalid, or if the proxy of the environment is.
        """
        import httpx  # noqa: PLC0415
        from stamina.instrumentation import set_on_retry_hooks  # noqa: PLC0415

        from mentorsync_pipeline.resources.http_transport import DeadlineTransport  # noqa: PLC0415

        # Retries are logged here; stamina would print them on stdout, between the output of a command.
        set_on_retry_hooks([])
        require_service_url(base_url, f"the address of {service}'s API")
        self.service = service
        self.base_url = base_url
        self.clock_offset: timedelta | None = None
        """How far the service's clock is ahead of this machine's, by the last answer that shows it."""
        self._retry_policy = retry_policy or RetryPolicy()
        self._limiter = get_limiter(base_url, per_minute)
        self._refuse = refuse
        self._http = httpx.Client(
            headers={
                "User-Agent": USER_AGENT,
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                **headers,
            },
            timeout=self._retry_policy.timeout,
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
    ) -> "httpx.Response":
        """Send a request and return the answer, with any status except 408, 425, 429, 3xx and 5xx (unless in `final`).

        Raises:
            ServiceUnavailableError: no such answer after several attempts.
            TooLargeAnswerError: the answer is too large.
            WrongHostError: the answer is a redirect.
            ServiceError: raised by `refuse`.

        """
        return self.read(method, path, lambda answer: answer, params, json, final=final)

    def read(
        self,
        method: str,
        path: str,
        read: "Callable[[httpx.Response], T]",
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        *,
        final: frozenset[int] = frozenset(),
    ) -> T:
        """Send a request and return `read(answer)`. A BadAnswerError or NotJsonError of `read` causes a retry.

        Raises:
            ServiceError: as in `call`, or the last error of `read`.

        """
        import stamina  # noqa: PLC0415

        retry_policy = self._retry_policy
        try:
            for attempt in stamina.retry_context(
                on=_wait_for,
                attempts=retry_policy.attempts,
                timeout=None,
                wait_initial=retry_policy.first_wait,
                wait_max=retry_policy.longest_wait,
                wait_jitter=retry_policy.first_wait,
            ):
                with attempt:
                    if attempt.num > 1:
                        _log.info("%s: %s %s, try %d", self.service, method, path, attempt.num)
                    answer = self._call_once(method, path, params, json, final)
                    try:
                        return read(answer)
                    except (BadAnswerError, NotJsonError) as error:
                        raise _TemporaryError(error.message, final_error=error) from None
        except _TemporaryError as temporary:
            raise temporary.final_error or ServiceUnavailableError(
                f"{self.service} at {self.base_url} {temporary.problem} ({method} {path}).", _STATUS_PAGE
            ) from None
        raise AssertionError("stamina ended without an answer or an error")

    def _call_once(
        self, method: str, path: str, params: Mapping[str, Any] | None, json: Any, final: frozenset[int]
    ) -> "httpx.Response":
        from mentorsync_pipeline.resources.http_transport import PROXY_LOGIN  # noqa: PLC0415

        self._limiter.wait()
        answer = self._send(self._http.build_request(method, self.base_url + path, params=params, json=json))
        self._refuse(answer)
        if answer.is_redirect or 300 <= answer.status_code < 400:
            raise WrongHostError(
                f"{self.service} at {self.base_url} redirects to another address (HTTP {answer.status_code}).",
                "Set the address of the API itself; accounts in the EU or under HIPAA have one of their own.",
            )
        if answer.status_code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            raise _TemporaryError(PROXY_LOGIN)
        if answer.status_code in final or not (answer.status_code in _TEMPORARY or answer.status_code >= 500):
            return answer
        wait = _retry_after(answer)
        if wait is not None:
            if wait > self._retry_policy.max_retry_after:
                raise ServiceUnavailableError(
                    f"{self.service} at {self.base_url} asks to wait for {wait:.0f} seconds.", "Try again after that."
                )
            self._limiter.pause(wait)
        raise _TemporaryError(f"answers HTTP {answer.status_code}", wait)

    def _send(self, request: "httpx.Request") -> "httpx.Response":
        """Return the answer with its decompressed body. Raises _TemporaryError or TooLargeAnswerError."""
        import httpx  # noqa: PLC0415

        from mentorsync_pipeline.resources.http_transport import (  # noqa: PLC0415
            TRANSPORT_ERRORS,
            deadline,
            describe_error,
        )

        try:
            with deadline(self._retry_policy.deadline):
                sent_at = datetime.now(UTC)
                streamed = self._http.send(request, stream=True)
                self._measure_clock(streamed, sent_at)
                try:
                    body = read_body(streamed, MAX_ANSWER_BYTES)
                finally:
                    streamed.close()
        except TRANSPORT_ERRORS as error:
            raise _TemporaryError(describe_error(error)) from None
        except UnreadableBodyError as error:
            raise _TemporaryError(f"gives an answer that {error}", final_error=self._unreadable(str(error))) from None
        except AnswerTooLargeError:
            raise TooLargeAnswerError(
                f"{self.service} at {self.base_url} returns an answer of more than "
                f"{MAX_ANSWER_BYTES // 1024**2} MB ({request.method} {request.url.path}).",
                "Check the address of the API; if it is correct, ask the service's support.",
            ) from None
        # As bytes, because a header may contain any.
        headers = [(name, value) for name, value in streamed.headers.raw if name.lower() not in _OF_TRANSPORT]
        return httpx.Response(streamed.status_code, headers=headers, content=body, request=request)

    def _measure_clock(self, answer: "httpx.Response", sent_at: datetime) -> None:
        """Compare the answer's time with this machine's. An answer of a cache shows an earlier time."""
        offset = measure_offset(answer.headers.get("date"), sent_at=sent_at, received_at=datetime.now(UTC))
        if offset is not None and "age" not in answer.headers:
            self.clock_offset = offset

    def _unreadable(self, problem: str) -> BadAnswerError:
        return BadAnswerError(f"{self.service} at {self.base_url} returned an answer that {problem}.", _STATUS_PAGE)


# Headers about the transferred body, which do not apply to the decompressed one.
_OF_TRANSPORT = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


def _wait_for(error: Exception) -> bool | float:
    """Return for stamina whether to retry, or the wait in seconds."""
    if not isinstance(error, _TemporaryError):
        return False
    return True if error.wait is None else error.wait


def _retry_after(answer: "httpx.Response") -> float | None:
    """Return the seconds of `Retry-After`, a number or a date; None if it is missing or unreadable.

    Past times and negative numbers are 0.
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


def claims_json(answer: "httpx.Response") -> bool:
    """Return whether the content type of the answer is JSON or missing."""
    return "json" in answer.headers.get("Content-Type", "json").casefold()


def json_object(client: ServiceClient, answer: "httpx.Response") -> dict[str, Any]:
    """Return the JSON object of an answer. Raises BadAnswerError if it is not a complete JSON object."""
    body = json_or_none(answer)
    if not isinstance(body, dict):
        raise BadAnswerError(
            f"{client.service} at {client.base_url} returned an answer that is not a JSON object "
            f"(HTTP {answer.status_code}, {len(answer.content)} bytes).",
            "Check the address of the API; if it is correct, try again later.",
        )
    return body


def json_or_none(answer: "httpx.Response") -> Any:
    """Return the JSON value of an answer; None if it is not JSON."""
    try:
        return parse_json(answer.content)
    except UnreadableBodyError:
        return None
