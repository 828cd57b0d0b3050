"""Pages of Givebutter's contacts: the list, one contact, and the export."""

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from mentorsync_pipeline.sandbox import accepted_columns as columns
from mentorsync_pipeline.sandbox import csv_export
from mentorsync_pipeline.sandbox.contact_store import ExternalIdTakenError
from mentorsync_pipeline.sandbox.gb_model import Contact
from mentorsync_pipeline.sandbox.pages import contact_form
from mentorsync_pipeline.sandbox.pages.page_templates import Slice, go_to, render
from mentorsync_pipeline.sandbox.sandbox import Sandbox

_LIST = "/dashboard/contacts"
_PHONE_SIGNS = str.maketrans("", "", " ()-.+")


class ContactPages:
    """The pages over one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._store, self._dashboard = sandbox.contacts, sandbox.dashboard

    def routes(self) -> list[Route]:
        """The routes of these pages."""
        address = f"{_LIST}/{{contact_id:int}}"
        return [
            Route("/dashboard", lambda _: RedirectResponse(_LIST)),
            Route(_LIST, self.list_contacts),
            Route("/dashboard/export", self.export),
            Route(address, self.show, methods=["GET"]),
            Route(address, self.edit, methods=["POST"]),
            Route(f"{address}/archive", self.archive, methods=["POST"]),
            Route(f"{address}/restore", self.restore, methods=["POST"]),
        ]

    async def list_contacts(self, request: Request) -> Response:
        """``?q=`` finds by name, email, phone, External ID, id and tag; ``?state=archived`` lists archived contacts."""
        query, archived = request.query_params.get("q", "").strip(), request.query_params.get("state") == "archived"
        contacts = await run_in_threadpool(self._find, query, archived=archived)
        return render(request, "contacts.html", found=Slice(request, contacts), query=query, archived=archived)

    async def export(self, _: Request) -> Response:
        """Download the contacts export, as it is uploaded into the console."""
        headers = {"content-disposition": f'attachment; filename="{self._dashboard.export_name()}"'}
        return StreamingResponse(csv_export.export_csv(self._store), media_type="text/csv", headers=headers)

    async def show(self, request: Request) -> Response:
        """One contact with its form."""
        contact = self._contact(request)
        return self._form(request, contact, contact_form.cells_of(contact, self._store.custom_fields), [])

    async def edit(self, request: Request) -> Response:
        """Save the form; with errors, show it again."""
        contact = self._contact(request)
        async with request.form() as form:
            submitted = {name: value for name, value in form.items() if isinstance(value, str)}
        with self._store.lock:
            edit = contact_form.read_edit(contact, submitted, self._store.custom_fields)
            if not edit.errors:
                try:
                    self._dashboard.edit(contact.id, **edit.changes)
                except ExternalIdTakenError as error:
                    edit.errors.append(str(error))
        if edit.errors:
            cells = contact_form.cells_of(contact, self._store.custom_fields) | submitted
            return self._form(request, contact, cells, edit.errors)
        return go_to(f"{_LIST}/{contact.id}", "saved" if edit.changes else "unchanged")

    async def archive(self, request: Request) -> Response:
        """Archive a contact."""
        contact = self._contact(request)
        self._dashboard.archive(contact.id)
        return go_to(f"{_LIST}/{contact.id}", "archived")

    async def restore(self, request: Request) -> Response:
        """Restore an archived contact."""
        contact = self._contact(request)
        self._dashboard.restore(contact.id)
        return go_to(f"{_LIST}/{contact.id}", "restored")

    def _form(self, request: Request, contact: Contact, cells: dict[str, str], errors: list[str]) -> Response:
        return render(
            request,
            "contact.html",
            status=422 if errors else 200,
            contact=contact,
            cells=cells,
            errors=list(dict.fromkeys(errors)),
            names=contact_form.NAMES,
            address=columns.ADDRESS,
            subscriptions=columns.SUBSCRIPTIONS,
            fields=self._store.custom_fields.values(),
        )

    def _contact(self, request: Request) -> Contact:
        contact = self._store.get(request.path_params["contact_id"])
        if contact is None:
            raise HTTPException(404, "There is no contact with this id.")
        return contact

    def _find(self, query: str, *, archived: bool) -> list[Contact]:
        """Return the matching contacts, the last changed first."""
        words = query.casefold().split()
        digits = query.translate(_PHONE_SIGNS)
        with self._store.lock:
            found = [
                contact
                for contact in self._store.all()
                if (contact.archived_at is not None) == archived
                and (_has_phone(contact, digits) or _has_words(contact, words))
            ]
            return sorted(found, key=lambda contact: (contact.updated_at, contact.id), reverse=True)


def _has_phone(contact: Contact, digits: str) -> bool:
    return len(digits) >= 4 and digits.isdecimal() and any(digits in phone for phone in contact.phones)


def _has_words(contact: Contact, words: list[str]) -> bool:
    texts = (contact.first_name, contact.preferred_name, contact.last_name, contact.company, contact.external_id)
    text = " ".join([str(contact.id), *filter(None, texts), *contact.emails, *contact.tags]).casefold()
    return all(word in text for word in words)
