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

from mentorsync_pipeline.resources.givebutter_answers import checked, single, unreadable
from mentorsync_pipeline.resources.givebutter_contacts import ContactCalls
from mentorsync_pipeline.resources.http import (
    BadAnswerError,
    KeyMissingError,
    NotThereError,
    Patience,
    ServiceClient,
    WrongHostError,
)
from mentorsync_pipeline.runtime.progress import tell
from mentorsync_pipeline.runtime.settings import load_settings

PAGE = 100
# A page takes longer to come than the next call has to wait for its turn: some are under way at once.
_IN_FLIGHT = 4
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoundContacts:
    """Contacts that were asked for by id; Givebutter withholds archived and deleted ones (403), or has none (404)."""

    contacts: list[Record]
    withheld: tuple[int, ...]
    missing: tuple[int, ...]


class GivebutterResource(dg.ConfigurableResource["GivebutterResource"]):
    """Givebutter's API; what is unset comes from GIVEBUTTER_API_URL, _API_KEY and _REQUESTS_PER_MINUTE.

    Leave the key unset outside of tests: what is configured here shows in Dagster's UI.
    """

    api_url: str | None = None
    api_key: str | None = None
    requests_per_minute: int | None = None
    attempts: int = Patience().attempts
    first_wait: float = Patience().first_wait
    timeout: float = Patience().timeout

    def contacts(self, updated_after: datetime | None = None) -> Iterator[list[Record]]:
        """All contacts, archived ones and companies included, or those changed since; page by page, each contact once.

        Raises BadAnswerError (GIVEBUTTER_LIST_CHANGED) at the end when fewer came than the first page announced.
        """
        since = {"updatedAfter": updated_after.astimezone(UTC).isoformat()} if updated_after else {}
        with self._client() as client:
            yield from _distinct(client, "/contacts", since)

    def find_contacts(self, contact_ids: Iterable[int]) -> FoundContacts:
        """These contacts, one call for each."""
        ids = sorted(set(contact_ids))
        with self._client() as client, ThreadPoolExecutor(_IN_FLIGHT, "givebutter") as pool:
            answers = list(pool.map(lambda contact_id: client.call("GET", f"/contacts/{contact_id}", whole=True), ids))
        by_status: dict[int, list[int]] = {403: [], 404: []}
        contacts = []
        for contact_id, answer in zip(ids, answers, strict=True):
            if answer.status_code in by_status:
                by_status[answer.status_code].append(contact_id)
            else:
                contacts.append(single(client, answer, f"contact {contact_id}"))
        return FoundContacts(contacts, tuple(by_status[403]), tuple(by_status[404]))

    def campaign(self, code: str) -> Record:
        """The campaign whose slug or code this is, whatever the case, from all pages.

        Raises NotThereError (GIVEBUTTER_CAMPAIGN_MISSING), which names the nearest slugs.
        """
        wanted = code.strip().casefold()
        slugs: list[str] = []
        with self._client() as client:
            for page in _distinct(client, "/campaigns", {}):
                for campaign in page:
                    names = [str(campaign.get(name) or "") for name in ("slug", "code")]
                    if wanted in map(str.casefold, names):
                        return campaign
                    slugs.append(names[0] or names[1])
        nearest = ", ".join(difflib.get_close_matches(code, slugs, n=3, cutoff=0))
        raise NotThereError(
            f"Givebutter has no campaign with the slug or code {code}, among {len(slugs)} (nearest: {nearest}).",
            "Correct givebutter_campaign_code in the year's configuration.",
            code="GIVEBUTTER_CAMPAIGN_MISSING",
        )

    def members(self, campaign_id: int) -> list[Record]:
        """The members of a campaign, each once."""
        with self._client() as client:
            return [member for page in _distinct(client, f"/campaigns/{campaign_id}/members", {}) for member in page]

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
            patience=Patience(attempts=self.attempts, first_wait=self.first_wait, timeout=self.timeout),
        ) as client:
            yield client


def _distinct(client: ServiceClient, path: str, params: Mapping[str, Any]) -> Iterator[list[Record]]:
    """The pages of a list without the records that came before: a list that grows pushes records to later pages."""
    seen: set[Any] = set()
    announced = 0
    for page in _pages(client, path, params):
        announced = announced or int((page.get("meta") or {}).get("total") or 0)
        fresh = {record["id"]: record for record in reversed(page["data"]) if record["id"] not in seen}
        seen.update(fresh)
        tell(len(seen), announced or None, "records")
        if fresh:
            yield list(reversed(fresh.values()))
    if len(seen) < announced:
        raise BadAnswerError(
            f"Givebutter announced {announced} records of {path} and gave {len(seen)}: the list changed meanwhile.",
            "Run it again.",
            code="GIVEBUTTER_LIST_CHANGED",
        )


def _pages(client: ServiceClient, path: str, params: Mapping[str, Any]) -> Iterator[Record]:
    """The pages of a list in their order: those that the first one announces, then on as long as there is a next."""

    def read(number: int) -> Record:
        return _listed(client, client.call("GET", path, {**params, "page": number, "per_page": PAGE}, whole=True), path)

    page = read(1)
    yield page
    last = int((page.get("meta") or {}).get("last_page") or 1)
    with ThreadPoolExecutor(_IN_FLIGHT, "givebutter") as pool:
        for first in range(2, last + 1, _IN_FLIGHT):
            for page in pool.map(read, range(first, min(first + _IN_FLIGHT, last + 1))):
                yield page
    number = last
    while (following := _next_page(client, page)) is not None and following > number:
        number = following
        page = read(number)
        yield page


def _next_page(client: ServiceClient, page: Record) -> int | None:
    """The number of the next page, from `links.next`; WrongHostError when that leaves the configured host."""
    link = (page.get("links") or {}).get("next")
    if not link:
        return None
    target, base = urlsplit(str(link)), urlsplit(client.base_url)
    if target.netloc and target.hostname != base.hostname:
        raise WrongHostError(
            f"Givebutter at {client.base_url} sends us to another host for the next page.",
            "Set GIVEBUTTER_API_URL to the address of the API itself.",
        )
    number = dict(parse_qsl(target.query)).get("page", "")
    if not number.isdecimal():
        raise unreadable(client, "the link to the next page names no page")
    return int(number)


def _listed(client: ServiceClient, answer: httpx.Response, what: str) -> Record:
    body = checked(client, answer, what)
    data = body.get("data")
    if not isinstance(data, list) or not all(isinstance(record, dict) and "id" in record for record in data):
        raise unreadable(client, f"the list {what} has no data")
    return body
