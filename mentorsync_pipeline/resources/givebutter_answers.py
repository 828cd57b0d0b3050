"""Parse answers of Givebutter's API to records or errors."""

from typing import TYPE_CHECKING, Any

from mentorsync_pipeline.domain.record_fields import FieldError, require_number_id, require_shallow
from mentorsync_pipeline.resources.http import (
    BadAnswerError,
    KeyRejectedError,
    NotFoundError,
    RefusedError,
    ServiceClient,
    ServiceError,
    json_object,
    json_or_none,
)

if TYPE_CHECKING:
    import httpx

Record = dict[str, Any]
_HIDDEN = frozenset({403, 404})


def parse_record(client: ServiceClient, answer: "httpx.Response", subject: str) -> Record:
    """Return a single record, which may be wrapped as `{"data": {…}}`."""
    body = parse_answer(client, answer, subject)
    inner = body.get("data")
    record = inner if isinstance(inner, dict) and "id" not in body else body
    try:
        require_shallow(record)
    except FieldError as error:
        raise bad_answer(client, f"{subject}: {error}") from None
    return record


def parse_contact(client: ServiceClient, answer: "httpx.Response", contact_id: int) -> Record:
    """Return the record of a contact. Raises BadAnswerError for a record that is not that contact."""
    record = parse_record(client, answer, f"contact {contact_id}")
    try:
        shown_id = require_number_id(record, noun="contact")
    except FieldError:
        shown_id = None
    if shown_id != contact_id:
        raise bad_answer(client, f"the answer to contact {contact_id} is not that contact")
    return record


def parse_answer(client: ServiceClient, answer: "httpx.Response", subject: str) -> Record:
    """Return the JSON object of a successful answer; raise the ServiceError of any other.

    Args:
        subject: the requested record or list, for the error.

    """
    if answer.is_success:
        return json_object(client, answer)
    raise build_error(client, answer.status_code, subject)


def is_hidden(client: ServiceClient, answer: "httpx.Response", subject: str) -> bool:
    """Return whether a contact is archived or deleted (HTTP 403) or does not exist (HTTP 404).

    Raises BadAnswerError if such an answer is not JSON, because then a firewall or a proxy gave it.
    """
    if answer.status_code not in _HIDDEN:
        return False
    _require_api(client, isinstance(json_or_none(answer), dict), answer, subject)
    return True


def is_done(client: ServiceClient, answer: "httpx.Response", subject: str) -> bool:
    """Return True for a call that succeeded, with or without a JSON body, and False for a hidden contact (`is_hidden`).

    Raises BadAnswerError for a page, such as a login or maintenance page, and the ServiceError of any other answer.
    """
    if answer.is_success:
        _require_api(
            client, answer.content.strip() in (b"", b"null") or json_or_none(answer) is not None, answer, subject
        )
        return True
    if is_hidden(client, answer, subject):
        return False
    raise build_error(client, answer.status_code, subject)


def _require_api(client: ServiceClient, is_of_api: bool, answer: "httpx.Response", subject: str) -> None:
    if not is_of_api:
        raise bad_answer(client, f"the answer to {subject} is a page and not the API's (HTTP {answer.status_code})")


def build_error(client: ServiceClient, status: int, subject: str) -> ServiceError:
    """Return the error for an HTTP status."""
    if status == 401:
        return KeyRejectedError(f"Givebutter at {client.base_url} rejects the key.", "Check GIVEBUTTER_API_KEY.")
    if status in {403, 404}:
        return NotFoundError(
            f"Givebutter at {client.base_url} does not show {subject} to this key (HTTP {status}).",
            "Check GIVEBUTTER_API_URL, and that the key is the account's.",
        )
    return RefusedError(
        f"Givebutter at {client.base_url} refuses {subject} (HTTP {status}).", "See Givebutter's API documentation."
    )


def bad_answer(client: ServiceClient, problem: str) -> BadAnswerError:
    """Return the error for an answer with missing or wrong contents."""
    return BadAnswerError(
        f"Givebutter at {client.base_url}: {problem}.", "Check GIVEBUTTER_API_URL, or try again later."
    )
