"""Givebutter's API as a resource: contacts, campaigns and their members.

Source: reference/givebutter.md, "REST API".
"""

import difflib
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import dagster as dg
from pydantic import PrivateAttr

from mentorsync_pipeline.domain.record_fields import FieldError, group_by_id, record_digest, require_number_id
from mentorsync_pipeline.resources.givebutter_answers import bad_answer, is_hidden, parse_answer, parse_contact
from mentorsync_pipeline.resources.givebutter_contacts import ContactCalls
from mentorsync_pipeline.resources.http import (
    BadAnswerError,
    EndlessListError,
    KeyMissingError,
    NotFoundError,
    RefusedError,
    RetryPolicy,
    ServiceClient,
    ServiceError,
    ServiceUnavailableError,
    WrongHostError,
)
from mentorsync_pipeline.runtime.progress import report_progress
from mentorsync_pipeline.runtime.settings import load_settings

if TYPE_CHECKING:
    import httpx

PAGE = 100
# A page takes longer than the interval between calls, so several pages are fetched concurrently.
_IN_FLIGHT = 4
_WITHHELD, _MISSING = 403, 404
# The service counts as down after this many contacts in a row without an answer, each after several attempts.
_MAX_UNANSWERED = 5
_DIGITS_OF_A_COUNT = 12
Record = dict[str, Any]


# Maximum pages of a list of campaigns, members and contacts: several times more than in any account.
_MOST_CAMPAIGN_PAGES = 200
_MAX_MEMBER_PAGES = 1_000
_MOST_CONTACT_PAGES = 20_000
# A list that grows while it is read repeats records on the next page, but not on many pages in a row.
_PAGES_WITHOUT_NEWS = 3


@dataclass(frozen=True, slots=True)
class FoundContacts:
    """Result of a request of contacts by id.

    Attributes:
        withheld: archived or deleted contacts (HTTP 403).
        missing: ids without a contact (HTTP 404).
        unreadable: ids without a usable answer after several attempts.

    """

    contacts: list[Record]
    withheld: tuple[int, ...]
    missing: tuple[int, ...]
    unreadable: tuple[int, ...] = ()


class GivebutterResource(dg.ConfigurableResource["GivebutterResource"]):
    """Givebutter's API. Defaults: GIVEBUTTER_API_URL, GIVEBUTTER_API_KEY and GIVEBUTTER_REQUESTS_PER_MINUTE.

    Set the key here only in tests, because Dagster's UI shows the configuration of resources.
    """

    api_url: str | None = None
    api_key: str | None = None
    requests_per_minute: int | None = None
    attempts: int = RetryPolicy().attempts
    first_wait: float = RetryPolicy().first_wait
    timeout: float = RetryPolicy().timeout
    _clock_offset: timedelta | None = PrivateAttr(default=None)

    @property
    def clock_offset(self) -> timedelta | None:
        """How far Givebutter's clock is ahead of this machine's, by the last calls; None before the first."""
        return self._clock_offset

    def contacts(self, updated_after: datetime | None = None) -> Iterator[list[Any]]:
        """Yield pages of contacts, including archived contacts and companies; each contact once.

        Records without a usable id (`record_fields.require_number_id`) are included, and so are different records with
        the same id on one page.

        Args:
            updated_after: only contacts that changed since then.

        Raises:
            EndlessListError: the pages repeat or do not end.
            BadAnswerError: fewer contacts came than the first page announced (GIVEBUTTER_LIST_CHANGED).

        """
        params = {"updatedAfter": updated_after.astimezone(UTC).isoformat()} if updated_after else {}
        with self._client() as client:
            yield from _distinct_pages(client, "/contacts", params, _MOST_CONTACT_PAGES)

    def find_contacts(self, contact_ids: Iterable[int]) -> FoundContacts:
        """Fetch contacts by id, one call each.

        Raises the error of a call if none of them has a usable answer, or if several in a row have no answer.
        """
        ids = sorted(set(contact_ids))
        with self._client() as client, ThreadPoolExecutor(_IN_FLIGHT, "givebutter") as pool:
            answers = list(pool.map(_ContactReader(client).read, ids))
        failed = [answer for answer in answers if isinstance(answer, ServiceError)]
        if failed and len(failed) == len(ids):
            raise failed[0]
        by_answer = list(zip(ids, answers, strict=True))
        return FoundContacts(
            [answer for answer in answers if isinstance(answer, dict)],
            withheld=tuple(contact_id for contact_id, answer in by_answer if answer == _WITHHELD),
            missing=tuple(contact_id for contact_id, answer in by_answer if answer == _MISSING),
            unreadable=tuple(contact_id for contact_id, answer in by_answer if isinstance(answer, ServiceError)),
        )

    def campaign(self, code: str) -> Record:
        """Find a campaign by slug or code, ignoring case. Its `id` is an integer.

        Raises NotFoundError (GIVEBUTTER_CAMPAIGN_MISSING), which names the nearest slugs.
        """
        code_key = code.strip().casefold()
        slugs: list[str] = []
        with self._client() as client:
            for page in _distinct_pages(client, "/campaigns", {}, _MOST_CAMPAIGN_PAGES):
                for campaign in page:
                    if not isinstance(campaign, dict) or isinstance(_record_key(campaign), str):
                        continue
                    names = [str(campaign.get(name) or "") for name in ("slug", "code")]
                    if code_key in map(str.casefold, names):
                        return campaign | {"id": _record_key(campaign)}
                    slugs.append(names[0] or names[1])
        nearest = ", ".join(difflib.get_close_matches(code, slugs, n=3, cutoff=0))
        raise NotFoundError(
            f"Givebutter has no campaign with the slug or code {code}, among {len(slugs)} (nearest: {nearest}).",
            "Correct givebutter_campaign_code in the year's configuration.",
            code="GIVEBUTTER_CAMPAIGN_MISSING",
        )

    def members(self, campaign_id: int) -> list[Any]:
        """Fetch the members of a campaign, each once; like `contacts` including records without a usable id."""
        with self._client() as client:
            pages = _distinct_pages(client, f"/campaigns/{campaign_id}/members", {}, _MAX_MEMBER_PAGES)
            return [member for page in pages for member in page]

    @contextmanager
    def contact_calls(self) -> Iterator[ContactCalls]:
        """Open a client for calls about single contacts."""
        with self._client() as client:
            yield ContactCalls(client)

    @contextmanager
    def _client(self) -> Iterator[ServiceClient]:
        settings = load_settings()
        key = self.api_key or (settings.givebutter_api_key.get_secret_value() if settings.givebutter_api_key else "")
        if not key:
            raise KeyMissingError("The key for Givebutter is not set.", "Set GIVEBUTTER_API_KEY.")
        with ServiceClient(
            "Givebutter",
            (self.api_url or settings.givebutter_api_url).rstrip("/"),
            {"Authorization": f"Bearer {key}"},
            per_minute=self.requests_per_minute or settings.givebutter_requests_per_minute,
            retry_policy=RetryPolicy(attempts=self.attempts, first_wait=self.first_wait, timeout=self.timeout),
        ) as client:
            yield client
            self._clock_offset = client.clock_offset


class _ContactReader:
    """Fetches contacts by id. Givebutter counts as down after some contacts in a row without an answer. Thread-safe."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._unanswered = 0

    def read(self, contact_id: int) -> Record | int | ServiceError:
        """Fetch a contact; return its record, the status 403 or 404, or the error of this contact alone."""
        if self._unanswered >= _MAX_UNANSWERED:
            raise self._down()
        try:
            answer = _read_contact(self._client, contact_id)
        except ServiceUnavailableError as error:
            with self._lock:
                self._unanswered += 1
            if self._unanswered >= _MAX_UNANSWERED:
                raise
            return error
        except (BadAnswerError, RefusedError) as error:
            return error
        with self._lock:
            self._unanswered = 0
        return answer

    def _down(self) -> ServiceUnavailableError:
        return ServiceUnavailableError(
            f"Givebutter at {self._client.base_url} has not answered for {_MAX_UNANSWERED} contacts in a row.",
            "Try again later. If it persists, check the service's status page.",
        )


def _read_contact(client: ServiceClient, contact_id: int) -> Record | int:
    def read(answer: "httpx.Response") -> Record | int:
        if is_hidden(client, answer, f"contact {contact_id}"):
            return answer.status_code
        return parse_contact(client, answer, contact_id)

    return client.read("GET", f"/contacts/{contact_id}", read)


def _record_key(record: Any) -> int | str:
    """Return the id of a record, or a text that identifies a record without a usable id."""
    try:
        return require_number_id(record, noun="record")
    except FieldError:
        return record_digest(record)


def _distinct_pages(
    client: ServiceClient, path: str, params: Mapping[str, Any], most_pages: int
) -> Iterator[list[Any]]:
    """Yield pages without records of earlier pages; in a list that grows, records move to later pages."""
    seen_keys: set[int | str] = set()
    returned = announced = without_news = 0
    for page in _pages(client, path, params, most_pages):
        announced = announced or page.total
        new = [record for record in page.records if _record_key(record) not in seen_keys]
        records_by_id = group_by_id(new, _record_key)
        # Equal records count once: a service that repeats one in place of another would leave that one out unnoticed.
        repeats = Counter(map(_record_key, new))
        returned += sum(repeats[key] if len(same_id) > 1 else 1 for key, same_id in records_by_id.items())
        seen_keys.update(records_by_id)
        report_progress(len(seen_keys), announced or None, "records")
        without_news = 0 if new else without_news + 1
        if without_news == _PAGES_WITHOUT_NEWS:
            raise _endless_list_error(client, path)
        if new:
            yield [record for same_id in records_by_id.values() for record in same_id]
    if returned < announced:
        raise BadAnswerError(
            f"Givebutter announced {announced} records of {path} but returned {returned}: "
            "the list changed while it was read.",
            "Run it again.",
            code="GIVEBUTTER_LIST_CHANGED",
        )


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of a list. `last` and `total` are 0 if unknown; `next_page` is None on the last page.

    `is_described`: the answer has `meta` or `links`, which show whether there are more pages.
    """

    records: list[Any]
    total: int
    last: int
    next_page: int | None
    is_described: bool


def _pages(client: ServiceClient, path: str, params: Mapping[str, Any], most: int) -> Iterator[_Page]:
    """Yield the pages of a list in order: the pages that the first page announces, then pages while there is a next.

    An empty page is the last one. Where no page is described, a page that is not full is the last one.
    """

    def read(number: int) -> _Page:
        params_of_page = {**params, "page": number, "per_page": PAGE}
        return client.read("GET", path, lambda answer: _parse_page(client, answer, path, number, most), params_of_page)

    page = read(1)
    yield page
    last = page.last
    with ThreadPoolExecutor(_IN_FLIGHT, "givebutter") as pool:
        for first in range(2, last + 1, _IN_FLIGHT):
            for page in pool.map(read, range(first, min(first + _IN_FLIGHT, last + 1))):
                yield page
                if not page.records:
                    break
            if not page.records:
                break
    while page.next_page is not None:
        if not page.records:
            raise _endless_list_error(client, path)
        page = read(page.next_page)
        yield page
    for number in range(2, most + 1):
        if page.is_described or len(page.records) < PAGE:
            break
        page = read(number)
        yield page


def _parse_page(client: ServiceClient, answer: "httpx.Response", subject: str, number: int, most: int) -> _Page:
    """Parse page `number` of a list of at most `most` pages. Raises BadAnswerError if a part has the wrong type."""
    body = parse_answer(client, answer, subject)
    data = body.get("data")
    if not isinstance(data, list):
        raise bad_answer(client, f"the list {subject} has no data")
    meta, links = body.get("meta") or {}, body.get("links") or {}
    if not isinstance(meta, dict) or not isinstance(links, dict):
        raise bad_answer(client, f"the description of the list {subject} (meta, links) is not an object")
    last = _meta_number(client, meta, "last_page")
    next_page = _next_page(client, links.get("next"))
    if last > most or (next_page or 0) > most or (next_page is not None and next_page <= number):
        raise _endless_list_error(client, subject)
    return _Page(data, _meta_number(client, meta, "total"), last, next_page, is_described=bool(meta or links))


def _meta_number(client: ServiceClient, meta: Record, name: str) -> int:
    """Return a number of `meta`; 0 if it is missing."""
    value = meta.get(name)
    shown = str(int(value) if isinstance(value, float) and value.is_integer() else value or 0)
    if not (shown.isascii() and shown.isdecimal() and len(shown) <= _DIGITS_OF_A_COUNT):
        raise bad_answer(client, f"{name} of a list is not a number")
    return int(shown)


def _next_page(client: ServiceClient, link: Any) -> int | None:
    """Return the number of the next page from `links.next`. Raises WrongHostError for another host."""
    if not link:
        return None
    try:
        target, base = urlsplit(str(link)), urlsplit(client.base_url)
        leaves = bool(target.netloc) and target.hostname != base.hostname
    except ValueError:
        raise bad_answer(client, "the link to the next page cannot be read") from None
    if leaves:
        raise WrongHostError(
            f"Givebutter at {client.base_url} links to another host for the next page.",
            "Set GIVEBUTTER_API_URL to the address of the API itself.",
        )
    number = dict(parse_qsl(target.query)).get("page", "")
    if not (number.isascii() and number.isdecimal() and len(number) <= _DIGITS_OF_A_COUNT):
        raise bad_answer(client, "the link to the next page names no page")
    return int(number)


def _endless_list_error(client: ServiceClient, subject: str) -> EndlessListError:
    return EndlessListError(
        f"Givebutter at {client.base_url}: the pages of {subject} repeat or do not end.",
        "Try again later. If it persists, ask Givebutter's support.",
    )
