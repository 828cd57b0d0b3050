"""What an answer of Givebutter's says: the record in it, or the error that it stands for."""

from typing import Any

import httpx

from mentorsync_pipeline.domain.record_fields import FieldError, require_shallow
from mentorsync_pipeline.resources.http import (
    BadAnswerError,
    KeyRejectedError,
    NotThereError,
    RefusedError,
    ServiceClient,
    ServiceError,
    json_object,
)

Record = dict[str, Any]


def single(client: ServiceClient, answer: httpx.Response, what: str) -> Record:
    """A single resource, bare or as `{"data": {…}}`."""
    body = checked(client, answer, what)
    inner = body.get("data")
    record = inner if isinstance(inner, dict) and "id" not in body else body
    try:
        require_shallow(record)
    except FieldError as error:
        raise unreadable(client, f"{what}: {error}") from None
    return record


def checked(client: ServiceClient, answer: httpx.Response, what: str) -> Record:
    """The JSON object of a good answer; raises the ServiceError of any other, `what` naming what was asked for."""
    if answer.is_success:
        return json_object(client, answer)
    raise error_of(client, answer.status_code, what)


def error_of(client: ServiceClient, status: int, what: str) -> ServiceError:
    """The error that a status stands for."""
    if status == 401:
        return KeyRejectedError(
            f"Givebutter at {client.base_url} does not accept the key.", "Check GIVEBUTTER_API_KEY."
        )
    if status in {403, 404}:
        return NotThereError(
            f"Givebutter at {client.base_url} does not show {what} to this key (HTTP {status}).",
            "Check GIVEBUTTER_API_URL, and that the key is the account's.",
        )
    return RefusedError(
        f"Givebutter at {client.base_url} refuses {what} (HTTP {status}).", "Read Givebutter's API document."
    )


def unreadable(client: ServiceClient, what: str) -> BadAnswerError:
    """The error of an answer that lacks what it should have."""
    return BadAnswerError(
        f"Givebutter at {client.base_url}: {what}.", "Check GIVEBUTTER_API_URL; then try again later."
    )
