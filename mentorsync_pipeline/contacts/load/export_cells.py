"""Convert the columns of a block to COPY text: cells, additional values with match keys, custom fields, payload.

Each distinct cell is parsed once, by the rules of `contacts.rules`. Cells that a pattern shows to be their own text are
copied.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from mentorsync_pipeline.contacts.load.arrow_text import (
    is_blank,
    join_columns,
    map_distinct,
    matches,
    places,
    replace_marked,
    to_column,
    to_texts,
)
from mentorsync_pipeline.contacts.load.copy_rows import NO_MEMBERS, format_array, format_copy_text, format_json_text
from mentorsync_pipeline.contacts.rules import contact_rows, values
from mentorsync_pipeline.contacts.rules.export_columns import COLUMNS, Header
from mentorsync_pipeline.db.row_limits import MAX_KEY, require_fitting
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.domain import emails, phones
from mentorsync_pipeline.domain.record_fields import FieldError

_EXPORT_NAMES = {column: name for name, column in COLUMNS.items()}


class Cells(NamedTuple):
    """A converted column.

    Attributes:
        text: COPY text by row.
        unreproduced: cells that `values.cell` of the parsed value does not reproduce, null for other cells; None if
            there are none.
        faults: errors of cells that could not be parsed, by row.

    """

    text: pa.Array
    unreproduced: pa.Array | None
    faults: Mapping[int, FieldError]


def convert_cells(target: str, column: pa.Array) -> Cells:
    """Convert the cells of our column."""
    coded = column.dictionary_encode()
    parsed = pc.invert(_find_plain(target, coded.dictionary))
    if not pc.any(parsed).as_py():
        return Cells(column, None, {})
    texts: list[str] = []
    unreproduced: list[str | None] = []
    errors: dict[int, FieldError] = {}
    for code, cell in zip(places(parsed), to_texts(coded.dictionary.filter(parsed)), strict=True):
        try:
            value = contact_rows.parse_export_cell(target, cell)
            if isinstance(value, (str, list)):
                _require_fitting({target: value})
        except FieldError as error:
            errors[code], value = error, None
        texts.append(format_copy_text(value))
        unreproduced.append(None if values.cell(value) == cell else cell)
    faults = {}
    if errors:
        faults = {row: errors[code] for row, code in enumerate(coded.indices.to_pylist()) if code in errors}
    odd = _mark(parsed, unreproduced)
    return Cells(
        replace_marked(coded.dictionary, parsed, texts).take(coded.indices),
        None if odd is None else odd.take(coded.indices),
        faults,
    )


def _find_plain(target: str, cells: pa.Array) -> pa.Array:
    """Return a mask of cells that are their own COPY text."""
    pattern = contact_rows.plain_cells(target)
    if pattern is None:
        return pc.is_null(cells)
    return pc.and_(matches(cells, pattern), pc.less_equal(pc.binary_length(cells), MAX_KEY))


def _require_fitting(fields: Mapping[str, Any]) -> None:
    require_fitting(raw_gb_full_contacts, fields, _EXPORT_NAMES)


def _mark(where: pa.Array, texts: Sequence[str | None]) -> pa.Array | None:
    """Return a column of the texts in the marked rows, null elsewhere; None if all are None."""
    return (
        replace_marked(pa.nulls(len(where), pa.string()), where, texts)
        if any(text is not None for text in texts)
        else None
    )


class KeyColumns(NamedTuple):
    """Our columns of emails or phones.

    Attributes:
        reader: parser of the values.
        find_plain: function that returns a mask of primary values that are their own only key.

    """

    primary: str
    additional: str
    keys: str
    reader: values.KeyReader
    find_plain: Callable[[pa.Array], pa.Array]


def convert_keys(columns: KeyColumns, primary: pa.Array, more: pa.Array) -> tuple[Cells, pa.Array]:
    """Convert the cells of additional emails or phones, and build the match keys of these and the primary one."""
    is_plain = columns.find_plain(primary)
    parsed = pc.or_(pc.not_equal(more, ""), pc.invert(pc.or_(is_plain, pc.equal(primary, ""))))
    listed: list[str] = []
    keyed: list[str] = []
    unreproduced: list[str | None] = []
    faults: dict[int, FieldError] = {}
    cells = zip(places(parsed), to_texts(primary.filter(parsed)), to_texts(more.filter(parsed)), strict=True)
    for row, first, further in cells:
        additional: list[str] = []
        keys: list[str] = []
        try:
            items = contact_rows.parse_export_cell(columns.additional, further)
            additional, keys = values.split_keys(values.line(first), items, columns.reader)
            _require_fitting({columns.additional: additional, columns.keys: keys})
        except FieldError as error:
            faults[row] = error
        listed.append(format_array(additional))
        keyed.append(format_array(keys))
        unreproduced.append(None if values.cell(additional) == further else further)
    own_keys = join_columns(["{", primary, "}"])  # of a plain value; a blank one has none
    converted = Cells(
        replace_marked(pa.repeat(NO_MEMBERS, len(more)), parsed, listed),
        _mark(parsed, unreproduced),
        faults,
    )
    return converted, replace_marked(own_keys, parsed, keyed)


def _find_plain_emails(column: pa.Array) -> pa.Array:
    """Return which emails are their own key: plain ones, without placeholders and Gmail's."""
    plain = pc.and_(
        matches(column, emails.PLAIN_EMAIL), pc.less_equal(pc.binary_length(column), emails.PLAIN_EMAIL_LENGTH)
    )
    endings = (*(f"@{domain}" for domain in emails.GMAIL_DOMAINS), *(f".{end}" for end in emails.RESERVED_ENDINGS))
    for pattern in (f"^{emails.PLACEHOLDER_START}", f"(?:{'|'.join(endings)})$".replace(".", "[.]")):
        plain = pc.and_not(plain, pc.match_substring_regex(column, pattern))
    return plain


def _find_plain_phones(column: pa.Array) -> pa.Array:
    """Return which phones are their own key: US numbers, without placeholders."""
    repeated = "|".join(f"{digit}{{10}}" for digit in range(10))
    return pc.and_not(matches(column, rf"\+1{phones.us_number_pattern()}"), matches(column, rf"\+1(?:{repeated})"))


KEY_COLUMNS = (
    KeyColumns("primary_email", "additional_emails", "email_keys", values.EMAILS, _find_plain_emails),
    KeyColumns("primary_phone", "additional_phones", "phone_keys", values.PHONES, _find_plain_phones),
)


def build_custom_fields(header: Header, columns: Sequence[pa.Array]) -> pa.Array:
    """Build the custom fields by label."""
    filled = [column for column in header.custom if not is_blank(columns[column.place])]
    if not any(column.label_repeats for column in filled):
        return _build_object(
            [_build_member(column.label or "", columns[column.place], values.custom) for column in filled],
            len(columns[0]),
        )
    labels = [column.label or "" for column in filled]
    rows = zip(*(to_texts(columns[column.place]) for column in filled), strict=True)
    parsed = (contact_rows.parse_custom_fields(zip(labels, cells, strict=True)) for cells in rows)
    return to_column(map(format_copy_text, parsed))


def build_payload(header: Header, columns: Sequence[pa.Array], unreproduced: Mapping[str, pa.Array | None]) -> pa.Array:
    """Build the payload: all cells that the rest of the row does not reproduce.

    So every cell is stored exactly, and few are stored twice.

    Args:
        unreproduced: those cells of our columns, by our column.

    """
    members: list[pa.Array] = []
    for column in header.columns:
        cells = columns[column.place]
        if column.target:
            odd = unreproduced.get(column.target)
            if odd is not None:
                members.append(_build_member(column.payload_key, odd, str))
        elif not is_blank(cells):
            is_field = column.label is not None and not column.label_repeats
            members.append(_build_member(column.payload_key, cells, _changed_cell if is_field else _filled_cell))
    return _build_object([member for member in members if member.null_count < len(member)], len(columns[0]))


def _changed_cell(cell: str) -> str | None:
    return None if cell == (values.custom(cell) or "") else cell


def _filled_cell(cell: str) -> str | None:
    return cell or None


def _build_member(name: str, column: pa.Array, rule: Callable[[str], str | None]) -> pa.Array:
    """Build a member of a JSON object in COPY text; null for rows in which `rule` returns None."""
    before = f"{format_json_text(name)}:"

    def member(cell: str) -> str | None:
        text = rule(cell)
        return None if text is None else before + format_json_text(text)

    return map_distinct(column, member)


def _build_object(members: Sequence[pa.Array], rows: int) -> pa.Array:
    """Build a JSON object of the members that are not null."""
    if not members:
        return pa.repeat(NO_MEMBERS, rows)
    # Arrow drops rows in which all columns are null, but not with a leading text.
    inner = pc.ascii_ltrim(join_columns(["", *members], ","), ",")
    return join_columns(["{", inner, "}"])
