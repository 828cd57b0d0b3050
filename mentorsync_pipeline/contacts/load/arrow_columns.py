"""Build the columns of a block that several cells make, whole columns at once (Arrow): keys, custom fields, payload."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from mentorsync_pipeline.contacts.load.arrow_text import (
    Piece,
    by_distinct,
    differing,
    escaped,
    filled_only,
    holds,
    is_blank,
    joined,
    replaced,
    texts_of,
)
from mentorsync_pipeline.contacts.load.copy_rows import copy_text, json_text
from mentorsync_pipeline.contacts.rules import rows as contact_rows
from mentorsync_pipeline.contacts.rules import values
from mentorsync_pipeline.contacts.rules.export_columns import Header
from mentorsync_pipeline.domain import emails, phones

# A column's cells as the file has them, and cleaned.
Cells: TypeAlias = "tuple[pa.Array, pa.Array]"
# For a column: which values have a key that shows without a rule, and that key.
_PlainKeys: TypeAlias = "Callable[[pa.Array], tuple[pa.Array, pa.Array]]"


_GMAIL = f"@(?:{'|'.join(map(re.escape, sorted(emails.GMAIL_DOMAINS)))})$"
_GMAIL_WITHOUT_DOTS = (
    rf"(?:\+[^@]*)?@(?:{'|'.join(domain.replace('.', '') for domain in sorted(emails.GMAIL_DOMAINS))})$"
)


def reached_by(given: Mapping[str, Cells]) -> tuple[dict[str, Piece], dict[str, pa.Array]]:
    """The COPY text of the additional emails and phones and of both key columns, and the cells that it changed.

    The texts come without their braces.

    `given` has the cells of the file, and cleaned, by our column. A cell that the items do not give back as it was is
    among the changed ones of its column; null stands for all others.
    """
    more_emails, email_keys, odd_emails = _several(
        given["primary_email"][1], *given["additional_emails"], values.EMAILS, _plain_emails
    )
    more_phones, phone_keys, odd_phones = _several(
        given["primary_phone"][1], *given["additional_phones"], values.PHONES, _plain_phones
    )
    items = {
        "additional_emails": more_emails,
        "email_keys": email_keys,
        "additional_phones": more_phones,
        "phone_keys": phone_keys,
    }
    return items, {"additional_emails": odd_emails, "additional_phones": odd_phones}


def _several(
    primary: pa.Array, raw: pa.Array, more: pa.Array, reader: values.KeyReader, plain_keys: _PlainKeys
) -> tuple[Piece, pa.Array, pa.Array]:
    """The items of the additional values and of all keys, and the cells (`raw`) that these do not give back.

    A row with one plain value has that one key; the others, which are few, are made value by value.
    """
    is_plain, shown = plain_keys(primary)
    rows = pc.invert(pc.or_(is_plain, pc.equal(primary, "")))
    if not is_blank(raw):
        rows = pc.or_(rows, pc.not_equal(raw, ""))
    listed: list[str] = []
    keyed: list[str] = []
    odd: list[str | None] = []
    for first, further in zip(texts_of(primary.filter(rows)), texts_of(raw.filter(rows)), strict=True):
        others, found = values.reached(first or None, values.items(further), reader)
        listed.append(copy_text(others)[1:-1])
        keyed.append(copy_text(found)[1:-1])
        odd.append(None if values.cell(others) == further else further)
    return (
        "" if is_blank(more) else replaced(more, rows, pa.array(listed, pa.string())),
        replaced(pc.if_else(is_plain, shown, ""), rows, pa.array(keyed, pa.string())),
        replaced(pa.nulls(len(raw), pa.string()), rows, pa.array(odd, pa.string())),
    )


def _plain_emails(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Which emails show their key without a rule, and that key: the address in lower case, or its Gmail mailbox."""
    lower = pc.ascii_lower(column)
    plain = pc.match_substring_regex(lower, f"^{emails.PLAIN_EMAIL}$")
    plain = pc.and_(plain, pc.less_equal(pc.binary_length(lower), emails.PLAIN_EMAIL_LENGTH))
    for ending in sorted(emails.RESERVED_ENDINGS):
        if holds(lower, f".{ending}"):
            plain = pc.and_not(plain, pc.ends_with(lower, f".{ending}"))
    plain = pc.and_not(plain, pc.match_substring_regex(lower, f"^{emails.PLACEHOLDER_START}"))
    if any(holds(lower, f"@{domain}") for domain in emails.GMAIL_DOMAINS):
        of_gmail = pc.and_(plain, pc.match_substring_regex(lower, _GMAIL))
        plain = pc.and_not(plain, pc.and_(of_gmail, pc.starts_with(lower, "+")))
        lower = replaced(lower, of_gmail, _mailboxes(lower.filter(of_gmail)))
    return plain, lower


def _mailboxes(addresses: pa.Array) -> pa.Array:
    """The keys of plain addresses at a Gmail domain, as `emails.email_key` makes them."""
    return pc.replace_substring_regex(pc.replace_substring(addresses, ".", ""), _GMAIL_WITHOUT_DOTS, f"@{emails.GMAIL}")


def _plain_phones(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Which phones are their own key."""
    plain = pc.match_substring_regex(column, rf"^\+1{phones.us_number_pattern()}$")
    repeated = "|".join(rf"\+1{digit}{{10}}" for digit in range(10))
    return pc.and_not(plain, pc.match_substring_regex(column, f"^(?:{repeated})$")), column


# A backslash comes first, as the others bring some.
_JSON_ESCAPES = {char: json_text(char)[1:-1] for char in ("\\", '"', *map(chr, range(1, 32)))}


def custom_fields(header: Header, clean: Sequence[pa.Array]) -> Piece:
    """The custom fields by label, from clean cells; without the braces."""
    filled = [column for column in header.custom if not is_blank(clean[column.place])]
    if not any(column.label_repeats for column in filled):
        return _object({column.label or "": _value(clean[column.place]) for column in filled})
    labels = [column.label or "" for column in filled]
    rows = zip(*(texts_of(clean[column.place]) for column in filled), strict=True)
    made = (contact_rows.custom_fields(zip(labels, cells, strict=True)) if any(cells) else {} for cells in rows)
    return pa.array([copy_text(fields)[1:-1] for fields in made], pa.string())


def payload(
    header: Header, raw: Sequence[pa.Array], clean: Sequence[pa.Array], left_over: Mapping[str, pa.Array | None]
) -> Piece:
    """Every cell that the rest of the row does not give back, by the column's name; without the braces.

    `left_over` has those of the columns that are ours, by our name.
    """
    kept: dict[str, pa.Array] = {}
    for column in header.columns:
        cells = raw[column.place]
        if column.target:
            found = left_over.get(column.target)
        elif column.label and not column.label_repeats:
            found = unlike(cells, differing(cells, clean[column.place]), values.custom)
        else:
            found = filled_only(cells)
        if found is not None and found.null_count < len(found):
            kept[column.payload_key] = found
    return _object(kept)


def unlike(cells: pa.Array, odd: pa.Array | None, read: Callable[[str], Any]) -> pa.Array | None:
    """Of the cells that `odd` marks, those that their own value, as `read` finds it, does not give back; or null."""
    if odd is None:
        return None

    def left(cell: str) -> str | None:
        return None if values.cell(read(cell)) == cell else cell

    return replaced(pa.nulls(len(cells), pa.string()), odd, by_distinct(cells.filter(odd), left))


def _value(clean: pa.Array) -> pa.Array:
    return filled_only(clean)


def _object(members: Mapping[str, pa.Array]) -> Piece:
    """A JSON object of the texts that are not null; without its braces."""
    pieces: list[Piece] = []
    for name, texts in members.items():
        before, value, after = f',{json_text(name)}:"', escaped(texts, _JSON_ESCAPES), '"'
        if value.null_count:
            pieces.append(pc.binary_join_element_wise(before, value, after, "", null_handling="emit_null"))
        else:
            pieces += [before, value, after]
    return pc.replace_substring(joined(pieces), ",", "", max_replacements=1) if pieces else ""
