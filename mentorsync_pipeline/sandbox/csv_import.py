"""The dashboard's contacts import."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mentorsync_pipeline.sandbox import accepted_columns as columns
from mentorsync_pipeline.sandbox.contact_store import ContactStore, ExternalIdTakenError
from mentorsync_pipeline.sandbox.gb_model import Contact
from mentorsync_pipeline.sandbox.import_row import Row, read_row
from mentorsync_pipeline.sandbox.options import Options


class ImportRefusedError(Exception):
    """The whole file is refused; no row is imported."""


@dataclass
class ImportResult:
    """Result of an import. ``failed_csv`` and ``failed_name`` are set when rows were rejected.

    ``errors`` are (row number from 1, messages) of the rejected rows. ``unchanged`` counts accepted rows without an
    effect. ``ignored_columns`` match no column of Givebutter and no custom field.
    """

    accepted: int = 0
    rejected: int = 0
    created: list[int] = field(default_factory=list)
    updated: list[int] = field(default_factory=list)
    unchanged: int = 0
    errors: list[tuple[int, list[str]]] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    failed_name: str | None = None
    failed_csv: bytes | None = None


@dataclass(frozen=True)
class FinishedImport:
    """An import of the account's history, numbered from 1."""

    number: int
    at: datetime
    file_name: str
    result: ImportResult


def import_csv(store: ContactStore, content: bytes, options: Options) -> ImportResult:
    """Import a file row by row, as Givebutter does: valid rows take effect, others are returned."""
    header, rows = _read(content)
    is_known = [name in columns.KEYS or name in store.custom_fields for name in header]
    result = ImportResult(ignored_columns=[name for name, ok in zip(header, is_known, strict=True) if not ok])
    failed: list[tuple[Sequence[str], list[str]]] = []
    with store.lock:
        for number, cells in enumerate(rows, 1):
            row = read_row(dict(zip(header, cells, strict=False)), store.custom_fields)
            contact = _find_contact(store, row)
            if not row.errors:
                _take(store, row, contact, options, result)
            if row.errors:
                failed.append((cells, row.errors))
                result.errors.append((number, row.errors))
    result.rejected = len(failed)
    if failed:
        now = store.now()
        result.failed_name = f"contacts-{now:%Y-%m-%d}-{int(now.timestamp())}-failed.csv"
        result.failed_csv = _failed_file(store, header, failed)
    return result


def _read(content: bytes) -> tuple[list[str], list[list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportRefusedError("The file must be UTF-8.") from None
    try:
        lines = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error:
        raise ImportRefusedError("The file is no CSV, or a cell of it is too long.") from None
    if not lines:
        raise ImportRefusedError("The file is empty.")
    header = [name.strip() for name in lines[0]]
    if columns.LAST_NAME not in header:
        raise ImportRefusedError("The column Last Name has to be mapped.")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise ImportRefusedError(f"A column can be mapped only once: {', '.join(twice)}.")
    return header, [line for line in lines[1:] if any(line)]


def _find_contact(store: ContactStore, row: Row) -> Contact | None:
    """Return the contact that the row updates. Only the Contact ID determines it, never the External ID."""
    if row.contact_id is None:
        return None
    contact = store.get(row.contact_id)
    if contact is None:
        row.errors.append("The selected id is invalid.")
    elif contact.archived_at is not None:
        row.errors.append("The contact is archived.")
    return contact


def _take(store: ContactStore, row: Row, contact: Contact | None, options: Options, result: ImportResult) -> None:
    try:
        if contact is None:
            result.created.append(store.create(**_changes(row, None, options)).id)
        elif store.change(contact, **_changes(row, contact, options)):
            result.updated.append(contact.id)
        else:
            result.unchanged += 1
    except ExternalIdTakenError as error:
        row.errors.append(str(error))
    else:
        result.accepted += 1


def _changes(row: Row, contact: Contact | None, options: Options) -> dict[str, object]:
    """Names, flags and custom values overwrite; emails, phones and addresses are added; notes are appended."""
    changes: dict[str, object] = {**row.texts, **row.flags}
    for name in ("external_id", "dob"):
        if getattr(row, name):
            changes[name] = getattr(row, name)
    if row.contact_since is not None:
        changes["contact_since"] = row.contact_since.replace(tzinfo=UTC)
    emails, phones = (contact.emails, contact.phones) if contact else ([], [])
    replace = options.import_primary == "replace"
    changes["emails"] = _added(emails, row.primary_email, row.emails, replace_primary=replace)
    changes["phones"] = _added(phones, row.primary_phone, row.phones, replace_primary=replace)
    if row.address is not None:
        addresses = contact.addresses if contact else []
        changes["addresses"] = addresses if row.address in addresses else [*addresses, row.address]
    if row.tags:
        existing_tags = contact.tags if contact and options.import_tags == "add" else []
        changes["tags"] = list(dict.fromkeys([*existing_tags, *row.tags]))
    if row.note:
        changes["note"] = f"{contact.note}\n{row.note}" if contact and contact.note else row.note
    changes["custom"] = {**(contact.custom if contact else {}), **row.custom}
    if contact is not None and options.import_blank == "clear":
        _clear(changes, row, contact)
    return changes


def _added(present: Sequence[str], primary: str | None, more: Sequence[str], *, replace_primary: bool) -> list[str]:
    first = [primary] if primary else []
    ordered = [*first, *present, *more] if replace_primary else [*present, *first, *more]
    distinct: dict[str, str] = {}
    for value in ordered:
        distinct.setdefault(value.casefold(), value)
    return list(distinct.values())


def _clear(changes: dict[str, object], row: Row, contact: Contact) -> None:
    """Apply a blank cell under the option ``clear``; emails, phones and notes are only added."""
    for column, (_, attribute) in columns.TEXT.items():
        if column in row.blank:
            changes[attribute] = None
    for column, attribute in ((columns.EXTERNAL_ID, "external_id"), ("Date of Birth", "dob")):
        if column in row.blank:
            changes[attribute] = None
    if "Tags" in row.blank:
        changes["tags"] = []
    changes["custom"] = {
        label: value for label, value in {**contact.custom, **row.custom}.items() if label not in row.blank
    }


def _failed_file(
    store: ContactStore, header: Sequence[str], failed: Sequence[tuple[Sequence[str], list[str]]]
) -> bytes:
    """Return rejected rows with Givebutter's internal keys, in file order, with the errors first."""
    keys: Mapping[str, str] = {
        **columns.KEYS,
        **{label: f"custom_fields_field_{definition.field_id}" for label, definition in store.custom_fields.items()},
    }
    shown = [place for place, name in enumerate(header) if name in keys]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["ERRORS", *(keys[header[place]] for place in shown)])
    for cells, errors in failed:
        writer.writerow(["; ".join(errors), *(cells[place] if place < len(cells) else "" for place in shown)])
    return buffer.getvalue().encode()
