"""Calls of Givebutter's API about single contacts: read, archive, restore, change the External ID.

Source: reference/givebutter.md, "REST API": `DELETE /contacts/{id}` archives and has no body; archived and deleted
contacts also get a 403; first and last name are always required.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from mentorsync_pipeline.resources.givebutter_answers import (
    bad_answer,
    build_error,
    is_done,
    is_hidden,
    parse_contact,
)
from mentorsync_pipeline.resources.http import RefusedError, ServiceClient, json_or_none

if TYPE_CHECKING:
    import httpx

Record = dict[str, Any]
State = Literal["active", "archived", "missing"]


class ExternalIdTakenError(RefusedError):
    """Another contact has the External ID."""

    code = "GIVEBUTTER_EXTERNAL_ID_TAKEN"


@dataclass(frozen=True, slots=True)
class ContactState:
    """The current state of a contact; `record` is None unless it is active."""

    state: State
    record: Record | None = None


class ContactCalls:
    """Calls about single contacts. Thread-safe; all threads share the service's rate limit."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    def read_state(self, contact_id: int) -> ContactState:
        """Read a contact. A 403 means archived if the key may list contacts."""
        subject = f"contact {contact_id}"

        def read(answer: "httpx.Response") -> int | Record:
            if is_hidden(self._client, answer, subject):
                return answer.status_code
            return parse_contact(self._client, answer, contact_id)

        record = self._client.read("GET", f"/contacts/{contact_id}", read)
        if record == 404:
            return ContactState("missing")
        if isinstance(record, int):
            self._require_key()
            return ContactState("archived")
        return ContactState("archived") if self._is_archived(record) else ContactState("active", record)

    def archive(self, contact_id: int) -> bool:
        """Archive a contact; return False for 403 and 404, which an archived contact also gets."""
        return self._act("DELETE", f"/contacts/{contact_id}", contact_id)

    def restore(self, contact_id: int) -> bool:
        """Restore a contact; return False if it no longer exists (403, 404)."""
        return self._act("PATCH", f"/contacts/{contact_id}/restore", contact_id)

    def set_external_id(self, record: Mapping[str, Any], external_id: str | None) -> Record:
        """Set or remove the External ID of an active contact, and return the contact; other fields are unchanged.

        Uses PATCH, or PUT if PATCH is not available; Givebutter documents both.

        Raises:
            ExternalIdTakenError: another contact has the External ID.
            RefusedError: the change is refused, or the answer shows no change.

        """
        contact_id = int(record["id"])
        path, subject = f"/contacts/{contact_id}", f"the External ID of contact {contact_id}"
        body = {name: record.get(name) or "" for name in ("first_name", "last_name")} | {"external_id": external_id}

        def read(answer: "httpx.Response") -> Record | None:
            if answer.status_code == 405:
                return None
            if answer.status_code == 422 and external_id is not None and "external_id" in _fields_refused(answer):
                raise ExternalIdTakenError(
                    f"Givebutter refuses {subject}: another contact has it.",
                    "Clear it on that contact in Givebutter first.",
                )
            if answer.is_success and not answer.content.strip():
                return {}
            if answer.is_success:
                return parse_contact(self._client, answer, contact_id)
            raise build_error(self._client, answer.status_code, subject)

        changed = self._client.read("PATCH", path, read, json=body)
        if changed is None:
            changed = self._client.read("PUT", path, read, json=body)
        if changed is None:
            raise build_error(self._client, 405, subject)
        if not changed:
            changed = self.read_state(contact_id).record or {}
        if (changed.get("external_id") or None) != external_id:
            raise RefusedError(
                f"Givebutter confirmed the change of {subject}, but the value is unchanged.",
                "Change it by hand in Givebutter's dashboard, then refresh the contacts.",
            )
        return changed

    def _is_archived(self, record: Record) -> bool:
        """Return whether a contact has the time of its archive. Raises BadAnswerError for another value, as zeros."""
        archived_at = record.get("archived_at")
        if not archived_at:
            return False
        try:
            datetime.fromisoformat(archived_at)
        except (TypeError, ValueError):
            raise bad_answer(self._client, f"archived_at of contact {record['id']} is not a time") from None
        return True

    def _act(self, method: str, path: str, contact_id: int) -> bool:
        return self._client.read(method, path, lambda answer: is_done(self._client, answer, f"contact {contact_id}"))

    def _require_key(self) -> None:
        """Check that the key may list contacts, so that a 403 is about the single contact. Raises otherwise."""
        answer = self._client.call("GET", "/contacts", {"per_page": 1})
        if not answer.is_success:
            raise build_error(self._client, answer.status_code, "the list of contacts")


def _fields_refused(answer: "httpx.Response") -> frozenset[str]:
    body = json_or_none(answer)
    errors = body.get("errors") if isinstance(body, dict) else None
    return frozenset(errors) if isinstance(errors, dict) else frozenset()
