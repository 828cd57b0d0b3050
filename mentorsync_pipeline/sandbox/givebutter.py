"""Givebutter's REST API."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mentorsync_pipeline.sandbox import gb_json, gb_query, gb_write
from mentorsync_pipeline.sandbox.contact_store import ContactStore
from mentorsync_pipeline.sandbox.gb_model import Campaign, Contact, Member
from mentorsync_pipeline.sandbox.options import Options

_Row = TypeVar("_Row")
_DEFAULT_PER_PAGE = 20
_MAX_PER_PAGE = 100


def problem(status: int, message: str, errors: dict[str, list[str]] | None = None, **headers: str) -> JSONResponse:
    """Format an error like Givebutter."""
    body: dict[str, Any] = {"message": message}
    if errors:
        body["errors"] = errors
    return JSONResponse(body, status, headers=headers or None)


def refuse_key(request: Request, key: str) -> Response | None:
    """Return the 401 answer, unless the request has ``key``."""
    if key and request.headers.get("authorization") == f"Bearer {key}":
        return None
    return problem(401, "Unauthenticated.")


class GivebutterApi:
    """The endpoints over one store of contacts and the account's campaigns."""

    def __init__(
        self, store: ContactStore, campaigns: Sequence[Campaign], members: dict[int, list[Member]], options: Options
    ) -> None:
        self._store = store
        self._campaigns = {campaign.id: campaign for campaign in campaigns}
        self._members = members
        self._options = options

    def routes(self) -> list[Route]:
        """The routes below ``/v1``."""
        contact_path = "/contacts/{contact_id:int}"
        return [
            Route("/contacts", self.list_contacts, methods=["GET"]),
            Route("/contacts", self.create_contact, methods=["POST"]),
            Route(contact_path, self.read_contact, methods=["GET"]),
            Route(contact_path, self.update_contact, methods=["PUT", "PATCH"]),
            Route(contact_path, self.archive_contact, methods=["DELETE"]),
            Route(f"{contact_path}/restore", self.restore_contact, methods=["PATCH"]),
            Route(f"{contact_path}/tags/{{operation}}", self.change_tags, methods=["POST"]),
            Route("/campaigns", self.list_campaigns, methods=["GET"]),
            Route("/campaigns/{campaign_id:int}", self.read_campaign, methods=["GET"]),
            Route("/campaigns/{campaign_id:int}/members", self.list_members, methods=["GET"]),
        ]

    async def list_contacts(self, request: Request) -> Response:
        """``GET /contacts``, including archived contacts, for which there is no filter."""
        try:
            chosen = gb_query.choose(self._store, request.query_params)
        except gb_query.QueryError as error:
            return problem(422, str(error), {error.field: [str(error)]})
        with self._store.lock:
            return _page(request, chosen, lambda c: gb_json.contact_json(c, self._store.custom_fields))

    async def create_contact(self, request: Request) -> Response:
        """``POST /contacts``."""
        try:
            contact, _ = gb_write.create(self._store, await _body(request))
        except gb_write.InvalidBodyError as error:
            return problem(422, str(error), error.errors)
        return self._single(contact)

    async def read_contact(self, request: Request) -> Response:
        """``GET /contacts/{id}``."""
        contact = self._find(request, archived_too=self._options.archived_readable)
        return contact if isinstance(contact, Response) else self._single(contact)

    async def update_contact(self, request: Request) -> Response:
        """``PUT`` and ``PATCH /contacts/{id}``."""
        contact = self._find(request)
        if isinstance(contact, Response):
            return contact
        try:
            gb_write.update(self._store, contact, await _body(request))
        except gb_write.InvalidBodyError as error:
            return problem(422, str(error), error.errors)
        return self._single(contact)

    async def archive_contact(self, request: Request) -> Response:
        """``DELETE /contacts/{id}``: archives, and answers without a body."""
        contact = self._find(request)
        if isinstance(contact, Response):
            return contact
        self._store.change(contact, archived_at=self._store.now())
        return Response(status_code=self._options.archive_status)

    async def restore_contact(self, request: Request) -> Response:
        """``PATCH /contacts/{id}/restore``: restoring an active contact has no effect."""
        contact = self._find(request, archived_too=True)
        if isinstance(contact, Response):
            return contact
        self._store.change(contact, archived_at=None)
        return self._single(contact)

    async def change_tags(self, request: Request) -> Response:
        """``POST /contacts/{id}/tags/add|remove|sync``."""
        contact = self._find(request)
        if isinstance(contact, Response):
            return contact
        operation = request.path_params["operation"]
        if operation not in {"add", "remove", "sync"}:
            return problem(404, "Not found.")
        try:
            gb_write.change_tags(self._store, contact, operation, await _body(request))
        except gb_write.InvalidBodyError as error:
            return problem(422, str(error), error.errors)
        return self._single(contact)

    async def list_campaigns(self, request: Request) -> Response:
        """``GET /campaigns``."""
        campaigns = list(self._campaigns.values())
        return _page(request, campaigns, lambda c: gb_json.campaign_json(c, self._members.get(c.id, [])))

    async def read_campaign(self, request: Request) -> Response:
        """``GET /campaigns/{id}``."""
        campaign = self._campaigns.get(request.path_params["campaign_id"])
        if campaign is None:
            return problem(404, "Not found.")
        return self._answer(gb_json.campaign_json(campaign, self._members.get(campaign.id, [])))

    async def list_members(self, request: Request) -> Response:
        """``GET /campaigns/{id}/members``."""
        campaign_id = request.path_params["campaign_id"]
        if campaign_id not in self._campaigns:
            return problem(404, "Not found.")
        return _page(request, self._members.get(campaign_id, []), gb_json.member_json)

    def _find(self, request: Request, *, archived_too: bool = False) -> Contact | Response:
        contact = self._store.get(request.path_params["contact_id"])
        if contact is None:
            return problem(404, "Not found.")
        if contact.archived_at is not None and not archived_too:
            return problem(403, "This action is unauthorized.")
        return contact

    def _single(self, contact: Contact) -> Response:
        with self._store.lock:
            return self._answer(gb_json.contact_json(contact, self._store.custom_fields))

    def _answer(self, body: gb_json.Json) -> Response:
        return JSONResponse({"data": body} if self._options.wrap_single else body)


def _page(request: Request, rows: Sequence[_Row], show: Callable[[_Row], gb_json.Json]) -> Response:
    numbers: dict[str, int] = {}
    for name, default in (("page", 1), ("per_page", _DEFAULT_PER_PAGE)):
        text = request.query_params.get(name, str(default))
        if not text.isdecimal() or int(text) < 1:
            return problem(422, f"The {name} must be at least 1.", {name: [f"The {name} must be at least 1."]})
        numbers[name] = int(text)
    page, per_page = numbers["page"], min(numbers["per_page"], _MAX_PER_PAGE)
    chosen = rows[(page - 1) * per_page : page * per_page]
    path = str(request.url.replace(query=""))
    shown = [show(row) for row in chosen]
    query = request.query_params.multi_items()
    return JSONResponse(gb_json.paged(shown, total=len(rows), page=page, per_page=per_page, path=path, query=query))


async def _body(request: Request) -> object:
    """Return the JSON body; ``None``, which no endpoint accepts, if it is not JSON."""
    try:
        return await request.json()
    except json.JSONDecodeError:
        return None
