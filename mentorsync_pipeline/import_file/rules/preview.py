"""Compare import rows with the contacts in Givebutter: what an import would change (rulebook, section 9).

| cell                 | Givebutter's import       | a change when                                                |
|----------------------|---------------------------|--------------------------------------------------------------|
| blank                | keeps the contact's value | never                                                        |
| emails, phones, tags | are added                 | the contact lacks one of them                                |
| notes                | are added                 | the contact's notes lack the text                            |
| all others           | replace                   | the texts differ; dates, numbers, ticks are compared by value |

After an import and a fresh export the same comparison says which rows Givebutter took: those without a change.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.clean_text import ascii_lower, id_key, is_same_id, tag_key
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.givebutter_values import NO, YES, format_yes_no, is_number, is_yes, parse_date
from mentorsync_pipeline.domain.names.name_parts import join_names
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.import_file.rules.import_rows import MERGED_COLUMNS

Kind = Literal["changed", "new", "unchanged"]
KINDS: tuple[Kind, ...] = ("changed", "new", "unchanged")
ADDRESS = "Address"
"""Name of the change of an address, whose parts are sent as a whole."""
PHONES, EMAILS = "Phones", "Emails"

_ATTRIBUTES: Mapping[str, str] = {**col.KEPT_COLUMNS, **MERGED_COLUMNS}
_REPLACED = tuple((name, _ATTRIBUTES[name]) for name in col.IMPORT_COLUMNS if name in _ATTRIBUTES.keys() - col.ADDRESS)
"""Columns whose values an import replaces, with the attributes of `Contact`; the address is compared as a whole."""
_SUBSCRIPTIONS: Mapping[str, str] = dict(
    zip(col.SUBSCRIPTIONS, ("email_subscribed", "phone_subscribed", "address_subscribed"), strict=True)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """A change of one value: the column or label, the present texts, and the texts after the import.

    `adds`: the import adds `after` to `before`; otherwise it replaces `before`.
    """

    column: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    adds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPreview:
    """What the import of one row changes. `contact_id` is None for a contact that the import creates."""

    mn_id: str | None
    where: str
    name: str
    contact_id: int | None
    kind: Kind
    changes: tuple[CellChange, ...]


def preview_rows(
    rows: Iterable[ImportRow], contacts: Mapping[int, Contact], holders: Mapping[str, int]
) -> list[RowPreview]:
    """Compare rows with the present contacts.

    Args:
        contacts: the contacts that the rows update, and those of `holders`, by contact id.
        holders: contact id by External ID (as `id_key`): a row without a contact id was taken before if the contact
            with its External ID exists.

    """
    return [_preview_row(row, contacts, holders) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewFilter:
    """Filter of previewed rows. A field that is None does not restrict; `search` is a text in the name or MN id."""

    kind: Kind | None = None
    column: str | None = None
    search: str | None = None


def filter_rows(rows: Iterable[RowPreview], wanted: PreviewFilter) -> list[RowPreview]:
    """Return the rows that match, by name."""
    text = (wanted.search or "").casefold()
    matching = (
        row
        for row in rows
        if (wanted.kind in (None, row.kind))
        and (wanted.column is None or any(change.column == wanted.column for change in row.changes))
        and (text in row.name.casefold() or text in (row.mn_id or "").casefold())
    )
    return sorted(matching, key=lambda row: (row.name.casefold(), row.mn_id or ""))


def count_kinds(rows: Iterable[RowPreview]) -> dict[Kind, int]:
    """Count the rows of each kind."""
    counts = dict.fromkeys(KINDS, 0)
    for row in rows:
        counts[row.kind] += 1
    return counts


def count_columns(rows: Iterable[RowPreview]) -> dict[str, int]:
    """Count the changed rows by column, most frequent first."""
    counts: dict[str, int] = {}
    for row in rows:
        for change in row.changes if row.kind == "changed" else ():
            counts[change.column] = counts.get(change.column, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _preview_row(row: ImportRow, contacts: Mapping[int, Contact], holders: Mapping[str, int]) -> RowPreview:
    typed = row.cells[col.CONTACT_ID]
    contact_id = int(typed) if typed is not None and typed.isdecimal() else None
    if contact_id is None:
        contact_id = holders.get(id_key(row.cells[col.EXTERNAL_ID]) or "")
    contact = contacts.get(contact_id) if contact_id is not None else None
    changes = tuple(_find_changes(row, contact or Contact(contact_id=0)))
    kind: Kind = "new" if contact is None else "changed" if changes else "unchanged"
    name = join_names(row.cells["First Name"], row.cells[col.LAST_NAME])
    return RowPreview(
        mn_id=row.mn_id,
        where=row.where,
        name=name,
        contact_id=contact.contact_id if contact else None,
        kind=kind,
        changes=changes,
    )


def _find_changes(row: ImportRow, contact: Contact) -> Iterator[CellChange]:
    external_id = row.cells[col.EXTERNAL_ID]
    if external_id and not is_same_id(contact.external_id, external_id):
        yield _replace("External ID", contact.external_id, external_id)
    for column, attribute in _REPLACED:
        text = row.cells[column]
        if text is not None and not _is_same_value(before := getattr(contact, attribute), text):
            yield _replace(column, before, text)
    yield from _compare_added(EMAILS, contact.emails, _sent(row, col.PRIMARY_EMAIL, col.EMAILS), key=_email_key)
    yield from _compare_added(PHONES, contact.phones, _sent(row, col.PRIMARY_PHONE, col.PHONES), key=str)
    yield from _compare_added(col.TAGS, contact.tags, _sent(row, col.TAGS), key=tag_key)
    yield from _compare_address(row, contact)
    yield from _compare_flags(row, contact)
    note = row.cells[col.NOTES]
    if note is not None and note not in (contact.notes or ""):
        yield CellChange(column=col.NOTES, before=_texts(contact.notes), after=(note,), adds=True)
    for label, text in {**row.custom_fields, **row.messages}.items():
        if text is not None and not _is_same_value(before := contact.custom_fields.get(label), text):
            yield _replace(label, before, text)


def _compare_added(
    column: str, held: Iterable[str], sent: Sequence[str], *, key: Callable[[str], str | None]
) -> Iterator[CellChange]:
    held_values = tuple(held)
    if all(value in held_values for value in sent):
        return
    known = {key(value) for value in held_values}
    added = tuple(dict.fromkeys(value for value in sent if key(value) not in known))
    if added:
        yield CellChange(column=column, before=held_values, after=added, adds=True)


def _compare_address(row: ImportRow, contact: Contact) -> Iterator[CellChange]:
    after = tuple(filter(None, (row.cells[part] for part in col.ADDRESS)))
    if not after:
        return
    before = tuple(filter(None, (getattr(contact, col.KEPT_COLUMNS[part]) for part in col.ADDRESS)))
    if [text.casefold() for text in before] != [text.casefold() for text in after]:
        yield _replace(ADDRESS, ", ".join(before), ", ".join(after))


def _compare_flags(row: ImportRow, contact: Contact) -> Iterator[CellChange]:
    for column, name in _SUBSCRIPTIONS.items():
        text = row.cells[column]
        if text is not None and is_yes(text) != getattr(contact, name):
            yield _replace(column, format_yes_no(getattr(contact, name)), text)
    text = row.cells[col.HOUSEHOLD_PRIMARY]
    if text is not None and is_yes(text) != is_yes(contact.household_primary_contact):
        yield _replace(col.HOUSEHOLD_PRIMARY, contact.household_primary_contact, text)


def _sent(row: ImportRow, *columns: str) -> list[str]:
    return [value.strip() for column in columns for value in (row.cells[column] or "").split(",") if value.strip()]


def _email_key(text: str) -> str | None:
    return email_key(ascii_lower(text))


def _is_same_value(before: str | None, after: str) -> bool:
    """Return whether two cells have one value: equal texts, dates, numbers or checkboxes; a blank box is not ticked."""
    if before == after:
        return True
    held = (before or "").strip()
    if held == after.strip() or (not held and after == NO):
        return True
    if after in (YES, NO):
        return bool(held) and is_yes(held) == is_yes(after)
    if is_number(after):
        return _number(held) == _number(after)
    day = parse_date(after)
    return day is not None and day == parse_date(held)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "").replace("$", ""))
    except InvalidOperation:
        return None


def _replace(column: str, before: str | None, after: str) -> CellChange:
    return CellChange(column=column, before=_texts(before), after=(after,))


def _texts(text: str | None) -> tuple[str, ...]:
    return (text,) if text else ()
