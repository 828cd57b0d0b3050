"""What is done to single contacts over Givebutter's API: look, archive, restore, change the External ID.

When and in which order a contact is archived does not either; see `mentorsync_pipeline.archive`.

Source: reference/givebutter.md, "REST API": archiving is `DELETE /contacts/{id}` and answers without a body; a 403 is
also what an archived or deleted contact gets; first and last name must always be sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from mentorsync_pipeline.resources.givebutter_answers import error_of, single
from mentorsync_pipeline.resources.http import RefusedError, ServiceClient, json_or_none

Record = dict[str, Any]
State = Literal["living", "archived", "missing"]
_HIDDEN = frozenset({403, 404})


class ExternalIdTakenError(RefusedError):
    """Another contact holds the External ID."""

    code = "GIVEBUTTER_EXTERNAL_ID_TAKEN"


@dataclass(frozen=True, slots=True)
class Seen:
    """A contact as the API shows it now; `record` is there for a living one."""

    state: State
    record: Record | None = None


class ContactCalls:
    """The calls about single contacts; safe to use from several threads, which share the service's rate limit."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    def look(self, contact_id: int) -> Seen:
        """Read a contact. One that Givebutter hides (403) while it shows the list of contacts is archived."""
        what = f"contact {contact_id}"

        def read(answer: httpx.Response) -> int | Record:
            return answer.status_code if answer.status_code in _HIDDEN else single(self._client, answer, what)

        record = self._client.read("GET", f"/contacts/{contact_id}", read)
        if record == 404:
            return Seen("missing")
        if isinstance(record, int):
            self._require_key()
            return Seen("archived")
        return Seen("archived") if record.get("archived_at") else Seen("living", record)

    def archive(self, contact_id: int) -> bool:
        """Archive a contact; False when Givebutter hides it (403, 404), which an archived one is as well."""
        return self._acted(self._client.call("DELETE", f"/contacts/{contact_id}"), f"contact {contact_id}")

    def restore(self, contact_id: int) -> bool:
        """Bring a contact back; False when Givebutter has no such contact any more (403, 404)."""
        return self._acted(self._client.call("PATCH", f"/contacts/{contact_id}/restore"), f"contact {contact_id}")

    def set_external_id(self, record: Mapping[str, Any], external_id: str | None) -> None:
        """Give a living contact an External ID, or take it off; everything else stays as it is.

        PATCH, and PUT where that is not offered: Givebutter documents both. Raises ExternalIdTakenError, and
        RefusedError when it is refused or the answer shows that nothing has changed.
        """
        path, what = f"/contacts/{record['id']}", f"the External ID of contact {record['id']}"
        body = {name: record.get(name) or "" for name in ("first_name", "last_name")} | {"external_id": external_id}

        def read(answer: httpx.Response) -> Record | None:
            if answer.status_code == 405:
                return None
            if answer.status_code == 422 and external_id is not None and "external_id" in _fields_refused(answer):
                raise ExternalIdTakenError(
                    f"Givebutter refuses {what}: another contact holds it.", "Clear it there first, in Givebutter."
                )
            return single(self._client, answer, what)

        changed = self._client.read("PATCH", path, read, json=body)
        if changed is None:
            changed = self._client.read("PUT", path, read, json=body)
        if changed is None:
            raise error_of(self._client, 405, what)
        if (changed.get("external_id") or None) != external_id:
            raise RefusedError(
                f"Givebutter answered that {what} was changed, and it was not.",
                "Change it by hand in Givebutter's dashboard, then refresh the contacts.",
            )

    def _acted(self, answer: httpx.Response, what: str) -> bool:
        if answer.is_success:
            return True
        if answer.status_code in _HIDDEN:
            return False
        raise error_of(self._client, answer.status_code, what)

    def _require_key(self) -> None:
        """Raise unless the key may read contacts: only then does a 403 speak of the one contact."""
        answer = self._client.call("GET", "/contacts", {"per_page": 1})
        if not answer.is_success:
            raise error_of(self._client, answer.status_code, "the list of contacts")


def _fields_refused(answer: httpx.Response) -> frozenset[str]:
    body = json_or_none(answer)
    errors = body.get("errors") if isinstance(body, dict) else None
    return frozenset(errors) if isinstance(errors, dict) else frozenset()
