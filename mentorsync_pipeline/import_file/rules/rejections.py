"""Whether the cause for which Givebutter rejected a row is gone, so that the row goes out again (rulebook, section 9).

| code                       | the cause is gone when                                                            |
|----------------------------|-----------------------------------------------------------------------------------|
| `GB_EXTERNAL_ID_EXISTS`    | another External ID is sent, the contact data shows another holder than before    |
|                            | (the linter then decides), or a contact of the person has come back               |
| `GB_EMAIL_TAKEN`,          | other emails or phones are sent, or no other contact has one of them any more     |
| `GB_PHONE_TAKEN`           |                                                                                   |
| `GB_CONTACT_NOT_FOUND`     | another contact is updated, or newer contact data still holds it                  |
| the others                 | what they are about is sent otherwise (or the options, the limit are other ones)  |

A person may say earlier that it is to be tried again (`mentorsync errors retry`).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import fingerprint
from mentorsync_pipeline.import_file.rules.cells import ImportRow

_NAMES = ("First Name", col.LAST_NAME)
_EMAILS = (col.PRIMARY_EMAIL, col.EMAILS)
_PHONES = (col.PRIMARY_PHONE, col.PHONES)
_TAKEN: Mapping[str, str] = {"GB_EMAIL_TAKEN": "email", "GB_PHONE_TAKEN": "phone"}
_EXTERNAL_ID = "GB_EXTERNAL_ID_EXISTS"
_NOT_FOUND = "GB_CONTACT_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the contact data says around a row: who holds its External ID, and who else has its emails or phones.

    `by_email` and `by_phone` are ids of active contacts but the one that the row updates.
    """

    holder: int | None = None
    by_email: frozenset[int] = frozenset()
    by_phone: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What Givebutter rejected: a hash of the cells in question, and the contacts that may be in the way."""

    cells: str
    holder: int | None = None
    contacts: frozenset[int] = frozenset()

    def as_text(self) -> str:
        """The form in which it is stored (`sync_errors.cause_fingerprint`)."""
        return json.dumps({"cells": self.cells, "holder": self.holder, "contacts": sorted(self.contacts)})

    @classmethod
    def from_text(cls, text: str) -> "Cause":
        """Read what `as_text` wrote."""
        stored = json.loads(text)
        return cls(cells=stored["cells"], holder=stored["holder"], contacts=frozenset(stored["contacts"]))


def find_cause(code: str, row: ImportRow, surroundings: Surroundings, config: CampaignConfig) -> Cause:
    """Find what a rejection with this code is about, as the row and the contact data are now."""
    contacts = {
        _EXTERNAL_ID: surroundings.by_email | surroundings.by_phone,
        "GB_EMAIL_TAKEN": surroundings.by_email,
        "GB_PHONE_TAKEN": surroundings.by_phone,
    }.get(code, frozenset())
    return Cause(
        cells=fingerprint(_CELLS.get(code, _whole_row)(row, config)),
        holder=surroundings.holder if code == _EXTERNAL_ID else None,
        contacts=contacts,
    )


def is_gone(code: str, before: Cause, now: Cause, *, rejected_at: datetime, as_of: datetime) -> bool:
    """Decide whether a rejected row may go out again. `as_of` is when the contact data was taken."""
    if now.cells != before.cells:
        return True
    if code == _EXTERNAL_ID:
        return now.holder != before.holder or not now.contacts <= before.contacts
    if code in _TAKEN:
        return bool(before.contacts) and not now.contacts
    return code == _NOT_FOUND and as_of > rejected_at


def remembered(code: str, before: Cause, now: Cause) -> Cause:
    """The cause to store while the row stays out: contacts that came into sight since are remembered."""
    return replace(before, contacts=before.contacts | now.contacts) if code in _TAKEN else before


def _cells(*columns: str) -> Callable[[ImportRow, CampaignConfig], Any]:
    return lambda row, _: [row.cells[column] for column in columns]


def _external_id(row: ImportRow, _: CampaignConfig) -> Any:
    return [id_key(row.cells[col.EXTERNAL_ID]), row.cells[col.CONTACT_ID]]


def _options(row: ImportRow, config: CampaignConfig) -> Any:
    labels = config.custom_field_labels
    options = {name: list(known) for name, known in config.custom_field_options.items()}
    return [row.cells["Gender"], {name: row.custom_fields.get(labels.get(name, "")) for name in options}, options]


def _texts(row: ImportRow, config: CampaignConfig) -> Any:
    texts = {**row.cells, **row.messages, **row.custom_fields}
    # A number or a status is never too long, and changes by itself.
    return [{name: text for name, text in texts.items() if text and len(text) > 10}, config.custom_text_limit]


def _whole_row(row: ImportRow, _: CampaignConfig) -> Any:
    return [dict(row.cells), dict(row.messages), dict(row.custom_fields)]


_CELLS: Mapping[str, Callable[[ImportRow, CampaignConfig], Any]] = {
    _EXTERNAL_ID: _external_id,
    _NOT_FOUND: _cells(col.CONTACT_ID),
    "GB_NAME_REQUIRED": _cells(*_NAMES),
    "GB_SUBSCRIPTION_REQUIRED": _cells(*_EMAILS, *col.SUBSCRIPTIONS),
    "GB_TEXT_TOO_LONG": _texts,
    "GB_OPTION_UNKNOWN": _options,
    "GB_PHONE_INVALID": _cells(*_PHONES),
    "GB_PHONE_TAKEN": _cells(*_PHONES),
    "GB_EMAIL_INVALID": _cells(*_EMAILS),
    "GB_EMAIL_TAKEN": _cells(*_EMAILS),
    "GB_DATE_INVALID": _cells(*col.DATES),
}
