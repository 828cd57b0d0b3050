"""Control endpoints under ``/_sandbox``: actions of people in both services, the truth, faults and counts."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from mentorsync_pipeline.sandbox import csv_export, gb_json
from mentorsync_pipeline.sandbox.contact_store import ExternalIdTakenError
from mentorsync_pipeline.sandbox.csv_import import ImportRefusedError
from mentorsync_pipeline.sandbox.faults import Fault
from mentorsync_pipeline.sandbox.gb_model import Address
from mentorsync_pipeline.sandbox.sandbox import Sandbox

Endpoint = Callable[[Request], Awaitable[Response]]


def _explained(endpoint: Endpoint) -> Endpoint:
    """Answer 404 or 422 with a message, instead of 500, if a request is unknown or invalid."""

    @wraps(endpoint)
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except LookupError as error:
            return JSONResponse({"message": str(error)}, 404)
        except (ValueError, TypeError, ExternalIdTakenError, ImportRefusedError) as error:
            return JSONResponse({"message": str(error)}, 422)

    return answer


class Control:
    """The endpoints over one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """The routes below ``/_sandbox``."""
        submission = "/forms/{form_id}/submissions/{submission_id}"
        table: list[tuple[str, str, Endpoint]] = [
            ("POST", "/import", self.import_csv),
            ("GET", "/export", self.export_csv),
            ("GET", "/truth", self.truth),
            ("GET", "/state", self.state),
            ("GET", "/requests", self.requests),
            ("DELETE", "/requests", self.forget_requests),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("POST", "/contacts/{contact_id:int}", self.edit_contact),
            ("POST", "/members/{member_id:int}", self.edit_member),
            ("POST", "/forms/{form_id}/submissions", self.submit),
            ("POST", submission, self.edit_submission),
            ("DELETE", submission, self.delete_submission),
        ]
        return [Route(path, _explained(endpoint), methods=[method]) for method, path, endpoint in table]

    async def import_csv(self, request: Request) -> Response:
        """The body is the CSV; the answer is the import's result, with the failed-rows file in base64."""
        content = await request.body()
        result = asdict(await run_in_threadpool(self._sandbox.dashboard.import_csv, content))
        failed = result.pop("failed_csv")
        result["failed_csv_base64"] = base64.b64encode(failed).decode() if failed else None
        return JSONResponse(result)

    async def export_csv(self, request: Request) -> Response:
        """``?header=2025|2026``, ``repeat=`` a label of a column to repeat, ``bom=1``."""
        query = request.query_params
        header = query.get("header", "2026")
        if header not in {"2025", "2026"}:
            raise ValueError("sandbox: header has to be 2025 or 2026")
        chunks = csv_export.export_csv(
            self._sandbox.contacts,
            header="2025" if header == "2025" else "2026",
            repeat=query.getlist("repeat"),
            bom=query.get("bom") == "1",
        )
        name = self._sandbox.dashboard.export_name()
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(chunks, media_type="text/csv", headers=headers)

    async def truth(self, _: Request) -> Response:
        """Return the true contacts of this world."""
        truth = self._sandbox.world.truth
        body: dict[str, Any] = {
            "year": self._sandbox.world.year,
            "mentors": [asdict(mentor) for mentor in truth.mentors],
            "contacts": [asdict(contact) for contact in truth.contacts.values()],
            "invalid_submission_ids": truth.invalid_submission_ids,
            "deleted_submission_ids": truth.deleted_submission_ids,
            "unsubscribed": sorted(truth.unsubscribed),
        }
        return JSONResponse(body)

    async def state(self, _: Request) -> Response:
        """Return a fingerprint of all contacts and some counts, to compare two states."""
        return JSONResponse(await run_in_threadpool(self._sandbox.state))

    async def requests(self, _: Request) -> Response:
        """Return the number of calls of each service."""
        log = self._sandbox.log
        return JSONResponse({service: asdict(log.summary(service)) for service in ("jotform", "givebutter")})

    async def forget_requests(self, _: Request) -> Response:
        """Reset the counts."""
        self._sandbox.log.clear()
        return Response(status_code=204)

    async def add_fault(self, request: Request) -> Response:
        """Add a fault; the body has the attributes of ``faults.Fault``."""
        self._sandbox.faults.add(Fault(**await request.json()))
        return Response(status_code=204)

    async def clear_faults(self, _: Request) -> Response:
        """Remove all faults."""
        self._sandbox.faults.clear()
        return Response(status_code=204)

    async def edit_contact(self, request: Request) -> Response:
        """Edit a contact by hand; the body has its attributes (``emails`` and ``phones`` primary first)."""
        changes = await request.json()
        if "addresses" in changes:
            changes["addresses"] = [Address(**address) for address in changes["addresses"]]
        contact = self._sandbox.dashboard.edit(request.path_params["contact_id"], **changes)
        return JSONResponse(gb_json.contact_json(contact, self._sandbox.contacts.custom_fields))

    async def edit_member(self, request: Request) -> Response:
        """Change a campaign member."""
        member = self._sandbox.dashboard.edit_member(request.path_params["member_id"], **await request.json())
        return JSONResponse(gb_json.member_json(member))

    async def submit(self, request: Request) -> Response:
        """Submit a form; the body is question name → answer."""
        submission = self._sandbox.forms.submit(request.path_params["form_id"], await request.json())
        return JSONResponse({"id": submission.id}, 201)

    async def edit_submission(self, request: Request) -> Response:
        """Edit a submission; ``null`` removes an answer."""
        path = request.path_params
        submission = self._sandbox.forms.edit(path["form_id"], path["submission_id"], await request.json())
        return JSONResponse({"id": submission.id})

    async def delete_submission(self, request: Request) -> Response:
        """Move a submission to the trash, or with ``?permanent=1`` delete it."""
        path = request.path_params
        permanent = request.query_params.get("permanent") == "1"
        act = self._sandbox.forms.remove if permanent else self._sandbox.forms.delete
        act(path["form_id"], path["submission_id"])
        return Response(status_code=204)
