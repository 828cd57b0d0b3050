"""Givebutter, as a resource: contacts, campaigns and their members.

Source: reference/givebutter.md, "REST API".
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import dagster as dg
import httpx

from mentorsync_pipeline.domain.record_fields import FieldError, record_digest, require_number_id
from mentorsync_pipeline.resources.givebutter_answers import checked, single, unreadable
from mentorsync_pipeline.resources.givebutter_contacts import ContactCalls
from mentorsync_pipeline.resources.http import (
    BadAnswerError,
    EndlessListError,
    KeyMissingError,
    NotThereError,
    RetryPolicy,
    ServiceClient,
    WrongHostError,
)
from mentorsync_pipeline.runtime.progress import report_progress
from mentorsync_pipeline.runtime.settings import load_settings

PAGE = 100
# A page takes longer to come than the next call has to wait for its turn: some are under way at once.
_IN_FLIGHT = 4
_WITHHELD, _MISSING = 403, 404
_DIGITS_OF_A_COUNT = 12
Record = dict[str, Any]


# The most pages of a list of campaigns, members and contacts: several times what any account has.
_MOST_CAMPAIGN_PAGES = 200
_MOST_MEMBER_PAGES = 1_000
_MOST_CONTACT_PAGES = 20_000
# A list that grows while it is read repeats some records on the next page, not page after page.
_PAGES_WITHOUT_NEWS = 3


@dataclass(frozen=True, slots=True)
class FoundContacts:
    """Contacts that were asked for by id; Givebutter withholds archived and deleted ones (403), or has none (404).

    `unreadable` are those for which no usable answer came after several tries.
    """

    contacts: list[Record]
    withheld: tuple[int, ...]
    missing: tuple[int, ...]
    unreadable: tuple[int, ...] = ()


class GivebutterResource(dg.ConfigurableResource["GivebutterResource"]):
    """Givebutter's API; what is unset comes from GIVEBUTTER_API_URL, _API_KEY and _REQUESTS_PER_MINUTE.

    Leave the key unset outside of tests: what is configured here shows in Dagster's UI.
    """

    api_url: str | None = None
    api_key: str | None = None
    requests_per_minute: int | None = None
    attempts: int = RetryPolicy().attempts
    first_wait: float = RetryPolicy().first_wait
    timeout: float = RetryPolicy().timeout

    def contacts(self, updated_after: datetime | None = None) -> Iterator[list[Any]]:
        """All contacts, archived ones and companies included, or those changed since; page by page, each once.

        A record without a usable id (`record_fields.require_number_id`) comes too, and so do records of one page that
        have one id and differ.

        Raises EndlessListError, and BadAnswerError (GIVEBUTTER_LIST_CHANGED) at the end when fewer came than the first
        page announced.
        """
        since = {"updatedAfter": updated_after.astimezone(UTC).isoformat()} if updated_after else {}
        with self._client() as client:
            yield from _distinct(client, "/contacts", since, _MOST_CONTACT_PAGES)

    def find_contacts(self, contact_ids: Iterable[int]) -> FoundContacts:
        """These contacts, one call for each. Raises BadAnswerError when no call at all has a usable answer."""
        ids = sorted(set(contact_ids))
        with self._client() as client, ThreadPoolExecutor(_IN_FLIGHT, "givebutter") as pool:
            answers = list(pool.map(lambda contact_id: _contact(client, contact_id), ids))
        failed = [answer for answer in answers if isinstance(answer, BadAnswerError)]
        if failed and len(failed) == len(ids):
            raise failed[0]
        by_answer = list(zip(ids, answers, strict=True))
        return FoundContacts(
            [answer for answer in answers if isinstance(answer, dict)],
            withheld=tuple(contact_id for contact_id, answer in by_answer if answer == _WITHHELD),
            missing=tuple(contact_id for contact_id, answer in by_answer if answer == _MISSING),
            unreadable=tuple(contact_id for contact_id, answer in by_answer if isinstance(answer, BadAnswerError)),
        )

    def campaign(self, code: str) -> Record:
        """The campaign whose slug or code this is, whatever the case, from all pages; its `id` is a whole number.

        Raises NotThereError (GIVEBUTTER_CAMPAIGN_MISSING), which names the nearest slugs.
        """
        wanted = code.strip().casefold()
        slugs: list[str] = []
        with self._client() as client:
            for page in _distinct(client, "/campaigns", {}, _MOST_CAMPAIGN_PAGES):
                for campaign in page:
                    if not isinstance(campaign, dict) or isinstance(_key(campaign), str):
                        continue
                    names = [str(campaign.get(name) or "") for name in ("slug", "code")]
                    if wanted in map(str.casefold, names):
                        return campaign | {"id": _key(campaign)}
                    slugs.append(names[0] or names[1])
        nearest = ", ".join(difflib.get_close_matches(code, slugs, n=3, cutoff=0))
        raise NotThereError(
            f"Givebutter has no campaign with the slug or code {code}, among {len(slugs)} (nearest: {nearest}).",
            "Correct givebutter_campaign_code in the year's configuration.",
            code="GIVEBUTTER_CAMPAIGN_MISSING",
        )

    def members(self, campaign_id: int) -> list[Any]:
        """The members of a campaign, each once; like `contacts` with records that have no usable id."""
        with self._client() as client:
            pages = _distinct(client, f"/campaigns/{campaign_id}/members", {}, _MOST_MEMBER_PAGES)
            return [member for page in pages for member in page]

    @contextmanager
    def contact_calls(self) -> Iterator[ContactCalls]:
        """The calls that look at and change single contacts."""
        with self._client() as client:
            yield ContactCalls(client)

    @contextmanager
    def _client(self) -> Iterator[ServiceClient]:
        settings = load_settings()
        key = self.api_key or (settings.givebutter_api_key.get_secret_value() if settings.givebutter_api_key else "")
        if not key:
            raise KeyMissingError("No key for Givebutter is set.", "Set GIVEBUTTER_API_KEY.")
        with ServiceClient(
            "Givebutter",
            (self.api_url or settings.givebutter_api_url).rstrip("/"),
            {"Authorization": f"Bearer {key}"},
            per_minute=self.requests_per_minute or settings.givebutter_requests_per_minute,
            patience=RetryPolicy(attempts=self.attempts, first_wait=self.first_wait, timeout=self.timeout),
        ) as client:
            yield client


def _contact(client: ServiceClient, contact_id: int) -> Record | int | BadAnswerError:
    """A single contact, the status 403 or 404, or the error of an answer that could not be used."""

    def read(answer: httpx.Response) -> Record | int:
        if answer.status_code in {_WITHHELD, _MISSING}:
            return answer.status_code
        record = single(client, answer, f"contact {contact_id}")
        if _key(record) != contact_id:
            raise unreadable(client, f"the answer to contact {contact_id} is not that contact")
        return record

    try:
        return client.read("GET", f"/contacts/{contact_id}", read)
    except BadAnswerError as error:
        return error


def _key(record: Any) -> int | str:
    """The id of a record, or a text for one without a usable id."""
    try:
        return require_number_id(record, noun="record")
    except FieldError:
        return record_digest(record)


def _distinct(client: ServiceClient, path: str, params: Mapping[str, Any], most_pages: int) -> Iterator[list[Any]]:
    """The pages of a list without the records that came before: a list that grows pushes records to later pages."""
    seen: set[int | str] = set()
    listed = announced = without_news = 0
    for page in _pages(client, path, params, most_pages):
        announced = announced or page.total
        new = [record for record in page.records if _key(record) not in seen]
        listed += len(new)
        seen.update(map(_key, new))
        report_progress(len(seen), announced or None, "records")
        without_news = 0 if new else without_news + 1
        if without_news == _PAGES_WITHOUT_NEWS:
            raise _endless(client, path)
        if new:
            yield [record for place, record in enumerate(new) if record not in new[:place]]
    if listed < announced:
        raise BadAnswerError(
            f"Givebutter announced {announced} records of {path} and gave {listed}: the list changed meanwhile.",
            "Run it again.",
            code="GIVEBUTTER_LIST_CHANGED",
        )


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of a list. `last` and `total` are 0 when they are not announced, `following` None on the last page."""

    records: list[Any]
    total: int
    last: int
    following: int | None


def _pages(client: ServiceClient, path: str, params: Mapping[str, Any], most: int) -> Iterator[_Page]:
    """The pages of a list in their order: those that the first one announces, then on as long as there is a next.

    Nothing comes behind an empty page.
    """

    def read(number: int) -> _Page:
        asked = {**params, "page": number, "per_page": PAGE}
        return client.read("GET", path, lambda answer: _listed(client, answer, path, number, most), asked)

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
    while page.following is not None:
        if not page.records:
            raise _endless(client, path)
        page = read(page.following)
        yield page


def _listed(client: ServiceClient, answer: httpx.Response, what: str, number: int, most: int) -> _Page:
    """Page `number` of a list of at most `most` pages; BadAnswerError when a part of it is not of its type."""
    body = checked(client, answer, what)
    data = body.get("data")
    if not isinstance(data, list):
        raise unreadable(client, f"the list {what} has no data")
    meta, links = body.get("meta") or {}, body.get("links") or {}
    if not isinstance(meta, dict) or not isinstance(links, dict):
        raise unreadable(client, f"the description of the list {what} (meta, links) is no object")
    last = _announced(client, meta, "last_page")
    following = _next_page(client, links.get("next"))
    if last > most or (following or 0) > most or (following is not None and following <= number):
        raise _endless(client, what)
    return _Page(data, _announced(client, meta, "total"), last, following)


def _announced(client: ServiceClient, meta: Record, name: str) -> int:
    """A number of `meta`; 0 when there is none."""
    shown = str(0 if meta.get(name) is None else meta[name])
    if not (shown.isascii() and shown.isdecimal() and len(shown) <= _DIGITS_OF_A_COUNT):
        raise unreadable(client, f"{name} of a list is no number")
    return int(shown)


def _next_page(client: ServiceClient, link: Any) -> int | None:
    """The number of the next page, from `links.next`; WrongHostError when that leaves the configured host."""
    if not link:
        return None
    try:
        target, base = urlsplit(str(link)), urlsplit(client.base_url)
        leaves = bool(target.netloc) and target.hostname != base.hostname
    except ValueError:
        raise unreadable(client, "the link to the next page cannot be read") from None
    if leaves:
        raise WrongHostError(
            f"Givebutter at {client.base_url} sends us to another host for the next page.",
            "Set GIVEBUTTER_API_URL to the address of the API itself.",
        )
    number = dict(parse_qsl(target.query)).get("page", "")
    if not (number.isascii() and number.isdecimal() and len(number) <= _DIGITS_OF_A_COUNT):
        raise unreadable(client, "the link to the next page names no page")
    return int(number)


def _endless(client: ServiceClient, what: str) -> EndlessListError:
    return EndlessListError(
        f"Givebutter at {client.base_url}: the pages of {what} repeat or do not come to an end.",
        "Try again later; if it goes on, ask Givebutter's support.",
    )
