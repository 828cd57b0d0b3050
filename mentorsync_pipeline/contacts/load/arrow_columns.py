"""Build columns of a block that depend on several cells, with Arrow: match keys, custom fields, payload."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from mentorsync_pipeline.contacts.load.arrow_text import (
    Piece,
    blanks_to_nulls,
    contains_part,
    escape_column,
    is_blank,
    join_pieces,
    map_distinct,
    mark_differences,
    replace_marked,
    to_texts,
)
from mentorsync_pipeline.contacts.load.copy_rows import format_copy_text, format_json_text
from mentorsync_pipeline.contacts.rules import contact_rows, values
from mentorsync_pipeline.contacts.rules.export_columns import Header
from mentorsync_pipeline.domain import emails, phones

# Raw and cleaned cells of a column.
Cells: TypeAlias = "tuple[pa.Array, pa.Array]"
# Function that returns which values of a column have a simple key, and the keys.
_PlainKeys: TypeAlias = "Callable[[pa.Array], tuple[pa.Array, pa.Array]]"


_GMAIL = f"@(?:{'|'.join(map(re.escape, sorted(emails.GMAIL_DOMAINS)))})$"
_GMAIL_WITHOUT_DOTS = (
    rf"(?:\+[^@]*)?@(?:{'|'.join(domain.replace('.', '') for domain in sorted(emails.GMAIL_DOMAINS))})$"
)


def build_key_columns(columns: Mapping[str, Cells]) -> tuple[dict[str, Piece], dict[str, pa.Array]]:
    """Build the COPY text of additional emails and phones and of both key columns, without braces.

    Args:
        columns: raw and cleaned cells by our column.

    Returns:
        The texts by column; and by column the raw cells that the items do not reproduce, null for other cells.

    """
    more_emails, email_keys, odd_emails = _build_items(
        columns["primary_email"][1], *columns["additional_emails"], values.EMAILS, _find_plain_emails
    )
    more_phones, phone_keys, odd_phones = _build_items(
        columns["primary_phone"][1], *columns["additional_phones"], values.PHONES, _find_plain_phones
    )
    items = {
        "additional_emails": more_emails,
        "email_keys": email_keys,
        "additional_phones": more_phones,
        "phone_keys": phone_keys,
    }
    return items, {"additional_emails": odd_emails, "additional_phones": odd_phones}


def _build_items(
    primary: pa.Array, raw: pa.Array, more: pa.Array, reader: values.KeyReader, plain_keys: _PlainKeys
) -> tuple[Piece, pa.Array, pa.Array]:
    """Build the items of additional values and of keys, and the raw cells that they do not reproduce.

    Rows with one plain value have that key. The few other rows are built value by value.
    """
    is_plain, shown = plain_keys(primary)
    rows = pc.invert(pc.or_(is_plain, pc.equal(primary, "")))
    if not is_blank(raw):
        rows = pc.or_(rows, pc.not_equal(raw, ""))
    listed: list[str] = []
    keyed: list[str] = []
    odd: list[str | None] = []
    for first, further in zip(to_texts(primary.filter(rows)), to_texts(raw.filter(rows)), strict=True):
        additional, keys = values.split_keys(first or None, values.items(further), reader)
        listed.append(format_copy_text(additional)[1:-1])
        keyed.append(format_copy_text(keys)[1:-1])
        odd.append(None if values.cell(additional) == further else further)
    return (
        "" if is_blank(more) else replace_marked(more, rows, pa.array(listed, pa.string())),
        replace_marked(pc.if_else(is_plain, shown, ""), rows, pa.array(keyed, pa.string())),
        replace_marked(pa.nulls(len(raw), pa.string()), rows, pa.array(odd, pa.string())),
    )


def _find_plain_emails(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return which emails are plain, and their keys: the lower-case address or its Gmail mailbox."""
    lower = pc.ascii_lower(column)
    plain = pc.match_substring_regex(lower, f"^{emails.PLAIN_EMAIL}$")
    plain = pc.and_(plain, pc.less_equal(pc.binary_length(lower), emails.PLAIN_EMAIL_LENGTH))
    for ending in sorted(emails.reserved_endings()):
        if contains_part(lower, f".{ending}"):
            plain = pc.and_not(plain, pc.ends_with(lower, f".{ending}"))
    plain = pc.and_not(plain, pc.match_substring_regex(lower, f"^{emails.PLACEHOLDER_START}"))
    if any(contains_part(lower, f"@{domain}") for domain in emails.GMAIL_DOMAINS):
        of_gmail = pc.and_(plain, pc.match_substring_regex(lower, _GMAIL))
        plain = pc.and_not(plain, pc.and_(of_gmail, pc.starts_with(lower, "+")))
        lower = replace_marked(lower, of_gmail, _gmail_keys(lower.filter(of_gmail)))
    return plain, lower


def _gmail_keys(addresses: pa.Array) -> pa.Array:
    """Return the keys of plain Gmail addresses, as `emails.email_key` does."""
    return pc.replace_substring_regex(pc.replace_substring(addresses, ".", ""), _GMAIL_WITHOUT_DOTS, f"@{emails.GMAIL}")


def _find_plain_phones(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return which phones are their own key."""
    plain = pc.match_substring_regex(column, rf"^\+1{phones.us_number_pattern()}$")
    repeated = "|".join(rf"\+1{digit}{{10}}" for digit in range(10))
    return pc.and_not(plain, pc.match_substring_regex(column, f"^(?:{repeated})$")), column


# The backslash comes first, because the others contain backslashes.
_JSON_ESCAPES = {char: format_json_text(char)[1:-1] for char in ("\\", '"', *map(chr, range(1, 32)))}


def build_custom_fields(header: Header, clean: Sequence[pa.Array]) -> Piece:
    """Build the custom fields by label from clean cells, without braces."""
    filled = [column for column in header.custom if not is_blank(clean[column.place])]
    if not any(column.label_repeats for column in filled):
        return _build_object({column.label or "": _custom_value(clean[column.place]) for column in filled})
    labels = [column.label or "" for column in filled]
    rows = zip(*(to_texts(clean[column.place]) for column in filled), strict=True)
    parsed = (contact_rows.parse_custom_fields(zip(labels, cells, strict=True)) if any(cells) else {} for cells in rows)
    return pa.array([format_copy_text(fields)[1:-1] for fields in parsed], pa.string())


def build_payload(
    header: Header, raw: Sequence[pa.Array], clean: Sequence[pa.Array], unreproduced: Mapping[str, pa.Array | None]
) -> Piece:
    """Build the payload: all cells that the rest of the row does not reproduce, without braces.

    Args:
        unreproduced: those cells of our columns, by our column.

    """
    members: dict[str, pa.Array] = {}
    for column in header.columns:
        cells = raw[column.place]
        if column.target:
            payload_cells = unreproduced.get(column.target)
        elif column.label and not column.label_repeats:
            payload_cells = mark_changed_cells(cells, mark_differences(cells, clean[column.place]), values.custom)
        else:
            payload_cells = blanks_to_nulls(cells)
        if payload_cells is not None and payload_cells.null_count < len(payload_cells):
            members[column.payload_key] = payload_cells
    return _build_object(members)


def mark_changed_cells(cells: pa.Array, odd: pa.Array | None, read: Callable[[str], Any]) -> pa.Array | None:
    """Return the marked cells that their parsed value does not reproduce; null for other cells."""
    if odd is None:
        return None

    def left(cell: str) -> str | None:
        return None if values.cell(read(cell)) == cell else cell

    return replace_marked(pa.nulls(len(cells), pa.string()), odd, map_distinct(cells.filter(odd), left))


def _custom_value(clean: pa.Array) -> pa.Array:
    return blanks_to_nulls(clean)


def _build_object(members: Mapping[str, pa.Array]) -> Piece:
    """Build a JSON object of the texts that are not null, without braces."""
    pieces: list[Piece] = []
    for name, texts in members.items():
        before, value, after = f',{format_json_text(name)}:"', escape_column(texts, _JSON_ESCAPES), '"'
        if value.null_count:
            pieces.append(pc.binary_join_element_wise(before, value, after, "", null_handling="emit_null"))
        else:
            pieces += [before, value, after]
    return pc.replace_substring(join_pieces(pieces), ",", "", max_replacements=1) if pieces else ""
