"""Decide whether the cause of a rejected row is gone, so that the row is sent again (rulebook, section 9).

| code                       | the cause is gone when                                                            |
|----------------------------|-----------------------------------------------------------------------------------|
| `GB_EXTERNAL_ID_EXISTS`    | the row has another External ID, the contact data shows another holder (the       |
|                            | linter then checks the row), newer data shows that the row's own contact has it,  |
|                            | or an older contact of the person was restored since                              |
| `GB_EMAIL_TAKEN`,          | the row has other emails or phones, or no other contact has one of them any more  |
| `GB_PHONE_TAKEN`           |                                                                                   |
| `GB_CONTACT_NOT_FOUND`     | the row updates another contact, or newer contact data still has the contact      |
| `GB_OPTION_UNKNOWN`        | the row has none of the rejected options any more (without a cell in the list of  |
|                            | rejected rows: it has other options), or the configuration lists one that it      |
|                            | lacked. One that it lists no longer stays in the row as long as the contact has   |
|                            | it.                                                                               |
| others                     | the cells in question or the text limit have changed                              |

A person can request a retry earlier (`mentorsync errors retry`). While a question about the holder of the
External ID blocks the mentor, there is no row, and the question replaces the error
(`review.error_list.resolve_asked_rejections`).
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import fingerprint
from mentorsync_pipeline.domain.names.compare_names import compare_names
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.domain.sharing import person_name
from mentorsync_pipeline.import_file.rules.cells import CellProblem, ImportRow
from mentorsync_pipeline.import_file.rules.row_keys import (
    EMAIL_COLUMNS,
    NAME_COLUMNS,
    PHONE_COLUMNS,
    read_email_keys,
    read_name,
    read_phone_keys,
)

_TAKEN: Mapping[str, str] = {"GB_EMAIL_TAKEN": "email", "GB_PHONE_TAKEN": "phone"}
_EXTERNAL_ID = "GB_EXTERNAL_ID_EXISTS"
_NOT_FOUND = "GB_CONTACT_NOT_FOUND"
OPTION_REJECTED = "GB_OPTION_UNKNOWN"
"""Code of a row whose select field has an option that Givebutter lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedContacts:
    """Contacts that share an External ID, email or phone with a row.

    Attributes:
        own: id of the contact that the row updates.
        holder: id of the contact that holds the row's External ID.
        by_email: ids of active contacts, other than the row's own, with one of its emails.
        by_phone: the same for phones.
        possible_holders: those of both without another External ID whose name does not differ from the row's. One that
            was archived when the row was rejected may be the hidden holder of its External ID.

    """

    own: int | None = None
    holder: int | None = None
    by_email: frozenset[int] = frozenset()
    by_phone: frozenset[int] = frozenset()
    possible_holders: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Cause of a rejection: a hash of the cells in question, and ids of the contacts that may conflict.

    `as_of` is when the contact data of that time was taken. `keys` are hashes of the row's emails and phones, or of its
    rejected options, and `listed` those of its options that the configuration lists. All are None or empty in causes
    that were stored without them.
    """

    cells: str
    holder: int | None = None
    contacts: frozenset[int] = frozenset()
    as_of: datetime | None = None
    keys: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()

    def as_text(self) -> str:
        """Serialise as JSON for `sync_errors.cause_fingerprint`."""
        as_of = None if self.as_of is None else self.as_of.isoformat()
        return json.dumps(
            {
                "cells": self.cells,
                "holder": self.holder,
                "contacts": sorted(self.contacts),
                "as_of": as_of,
                "keys": sorted(self.keys),
                "listed": sorted(self.listed),
            }
        )

    @classmethod
    def from_text(cls, text: str) -> "Cause":
        """Parse the JSON of `as_text`."""
        stored = json.loads(text)
        as_of = stored.get("as_of")
        return cls(
            cells=stored["cells"],
            holder=stored["holder"],
            contacts=frozenset(stored["contacts"]),
            as_of=None if as_of is None else datetime.fromisoformat(as_of),
            keys=frozenset(stored.get("keys", ())),
            listed=frozenset(stored.get("listed", ())),
        )


def relate_contacts(row: ImportRow, contacts: Iterable[Contact], holder: int | None) -> RelatedContacts:
    """Find the contacts that share an email or phone with a row; `holder` has its External ID."""
    emails, phones, name = read_email_keys(row), read_phone_keys(row), read_name(row)
    own = row.cells[col.CONTACT_ID]
    others = [contact for contact in contacts if str(contact.contact_id) != own]
    by_email = {contact.contact_id for contact in others if emails & {*contact.email_keys}}
    by_phone = {contact.contact_id for contact in others if phones & {*contact.phone_keys}}
    return RelatedContacts(
        own=int(own) if own and own.isdecimal() else None,
        holder=holder,
        by_email=frozenset(by_email),
        by_phone=frozenset(by_phone),
        possible_holders=tuple(
            contact
            for contact in others
            if contact.contact_id in by_email | by_phone
            and contact.external_id_key in (None, id_key(row.cells[col.EXTERNAL_ID]))
            and compare_names(name, person_name(contact)) != "differ"
        ),
    )


def find_cause(
    code: str,
    row: ImportRow,
    related: RelatedContacts,
    config: CampaignConfig,
    *,
    as_of: datetime,
    rejected_options: Collection[str] | None = None,
) -> Cause:
    """Return the cause of a rejection with this code, from the present row and contact data of `as_of`.

    Args:
        rejected_options: texts of the options in the list of rejected rows, none if it does not show them. None for
            the cause with the present row, of which all options are compared.

    """
    contacts = {
        _EXTERNAL_ID: related.by_email | related.by_phone,  # whatever their names: an MN id may be another person's now
        "GB_EMAIL_TAKEN": related.by_email,
        "GB_PHONE_TAKEN": related.by_phone,
    }.get(code, frozenset())
    options = _read_options(row, config) if code == OPTION_REJECTED else {}
    keys = {*read_email_keys(row), *read_phone_keys(row)} if code == _EXTERNAL_ID else set()
    keys |= {key for key, (_, text) in options.items() if rejected_options is None or text in rejected_options}
    listed = {_option_key(name, text) for name, texts in config.custom_field_options.items() for text in texts}
    return Cause(
        cells=fingerprint(_REJECTED_CELLS.get(code, _all_cells)(row, config)),
        # Givebutter knows another holder than the row's own contact, which the contact data does not show.
        holder=related.holder if code == _EXTERNAL_ID and related.holder != related.own else None,
        contacts=contacts,
        as_of=as_of,
        keys=frozenset(map(fingerprint, keys)),
        listed=frozenset(map(fingerprint, listed & options.keys())),
    )


def is_cause_gone(
    code: str, before: Cause, now: Cause, related: RelatedContacts, *, rejected_at: datetime, as_of: datetime
) -> bool:
    """Return whether a rejected row can be sent again. All times are on Givebutter's clock.

    Args:
        before: the cause at the time of the rejection.
        now: the cause with the present row and contact data.
        related: the present contacts.
        as_of: when the present contact data was taken.

    """
    if code == OPTION_REJECTED and before.keys:
        return before.keys.isdisjoint(now.keys) or bool(before.keys & (now.listed - before.listed))
    if now.cells != before.cells:
        return True
    if code == _EXTERNAL_ID:
        is_restored = any(_is_restored(contact, before, rejected_at) for contact in related.possible_holders)
        is_own = related.own is not None and related.holder == related.own and as_of > rejected_at
        return now.holder != before.holder or is_own or is_restored
    if code in _TAKEN:
        return bool(before.contacts) and not now.contacts
    return code == _NOT_FOUND and as_of > rejected_at


def _is_restored(contact: Contact, before: Cause, rejected_at: datetime) -> bool:
    """Whether a contact existed and was archived when the row was rejected, and has been restored since.

    It may then have been the hidden holder, which the contact data would show now. A contact that shares only a phone
    or email that the row did not have then is not known to have been archived.
    """
    shared = {fingerprint(key) for key in (*contact.email_keys, *contact.phone_keys)}
    if before.keys and before.keys.isdisjoint(shared):
        return False
    if contact.contact_id in before.contacts or contact.date_created is None or contact.last_modified is None:
        return False
    return contact.date_created <= (before.as_of or rejected_at) and contact.last_modified > rejected_at


def merge_causes(code: str, before: Cause, now: Cause) -> Cause:
    """Return the cause to store while the row stays out: contacts that appeared since are added."""
    return replace(before, contacts=before.contacts | now.contacts) if code in _TAKEN else before


def find_rejected_cells(row: ImportRow, config: CampaignConfig, rejected: Collection[str]) -> Iterator[CellProblem]:
    """Yield the cells whose option Givebutter rejected in another mentor's row.

    Args:
        rejected: `Cause.keys` of the open rejections of options.

    """
    if not rejected:
        return  # as in most files; a hash of each option of each row takes time
    for key, (label, _) in _read_options(row, config).items():
        if fingerprint(key) in rejected:
            yield CellProblem(label, "OPTION_UNKNOWN", "contains an option that Givebutter rejected in another row")


def send_own_options(row: ImportRow, problems: Iterable[CellProblem], present: Mapping[str, str]) -> ImportRow:
    """Return the row with the contact's own option in each cell with a problem, if the contact has one.

    Args:
        present: the contact's present values of select fields (`cells.present_options`).

    """
    own = {problem.column: present[problem.column] for problem in problems if problem.column in present}
    return replace(row, custom_fields={**row.custom_fields, **own}) if own else row


def _select_cells(*columns: str) -> Callable[[ImportRow, CampaignConfig], Any]:
    return lambda row, _: [row.cells[column] for column in columns]


def _external_id_cells(row: ImportRow, _: CampaignConfig) -> Any:
    return [id_key(row.cells[col.EXTERNAL_ID])]


def _option_cells(row: ImportRow, config: CampaignConfig) -> Any:
    return [row.cells["Gender"], sorted(_read_options(row, config))]


def _read_options(row: ImportRow, config: CampaignConfig) -> dict[str, tuple[str, str]]:
    """Return label and text of the row's custom fields with options, by `_option_key`."""
    labels = {name: config.custom_field_labels.get(name, "") for name in config.custom_field_options}
    texts = {name: row.custom_fields.get(label) for name, label in labels.items()}
    return {_option_key(name, text): (labels[name], text) for name, text in texts.items() if text}


def _option_key(name: str, text: str) -> str:
    return f"{name}: {text}"


def _text_cells(row: ImportRow, config: CampaignConfig) -> Any:
    texts = {**row.cells, **row.messages, **row.custom_fields}
    # Numbers and statuses are never too long and change by themselves.
    return [{name: text for name, text in texts.items() if text and len(text) > 10}, config.custom_text_limit]


def _all_cells(row: ImportRow, _: CampaignConfig) -> Any:
    return [dict(row.cells), dict(row.messages), dict(row.custom_fields)]


_REJECTED_CELLS: Mapping[str, Callable[[ImportRow, CampaignConfig], Any]] = {
    _EXTERNAL_ID: _external_id_cells,
    _NOT_FOUND: _select_cells(col.CONTACT_ID),
    "GB_NAME_REQUIRED": _select_cells(*NAME_COLUMNS),
    "GB_SUBSCRIPTION_REQUIRED": _select_cells(*EMAIL_COLUMNS, *col.SUBSCRIPTIONS),
    "GB_TEXT_TOO_LONG": _text_cells,
    OPTION_REJECTED: _option_cells,
    "GB_PHONE_INVALID": _select_cells(*PHONE_COLUMNS),
    "GB_PHONE_TAKEN": _select_cells(*PHONE_COLUMNS),
    "GB_EMAIL_INVALID": _select_cells(*EMAIL_COLUMNS),
    "GB_EMAIL_TAKEN": _select_cells(*EMAIL_COLUMNS),
    "GB_DATE_INVALID": _select_cells(*col.DATES),
}
