"""Parse Givebutter's file of rejected rows into errors (rulebook section 9).

The file is `contacts-YYYY-MM-DD-<digits>-failed.csv`: the column `ERRORS`, then internal keys in an order that varies.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mentorsync_pipeline.contacts.rules.export_columns import MAX_COLUMNS
from mentorsync_pipeline.domain.clean_text import clean_block, clean_line, id_key
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.domain.findings import REJECTED_ROWS, ErrorFinding

if TYPE_CHECKING:
    from pathlib import Path

    from upath import UPath

_OTHER_SEPARATORS = (";", "\t", "|")
# An import has a few thousand rows.
MAX_BYTES = 32 << 20
_ERRORS = "errors"
_FIRST_CELL = re.compile(r'[\ufeff\s]*"?errors"?\s*([,;\t|\r\n]|$)', re.IGNORECASE)
# More sentences of one error, and more characters of a sentence, are left out.
_MOST_SENTENCES, _SENTENCE_LENGTH = 20, 500
_MAX_ID_DIGITS = 18
_CUSTOM_FIELD = "custom_fields_field_"
_SELECTED_FIELD = re.compile(r"selected custom.?fields?.field_(\d+)", re.IGNORECASE)

_TAKEN = r"(?:already (?:exists|been taken|in use|used|belongs)|belongs to|another contact|duplicate|is taken)"
# The first match decides, because a subscription message also mentions the email.
_CODES = (
    (re.compile(r"external id\b.*already exists", re.IGNORECASE), "GB_EXTERNAL_ID_EXISTS"),
    (re.compile(rf"\bphone\b.*{_TAKEN}|{_TAKEN}.*\bphone\b", re.IGNORECASE), "GB_PHONE_TAKEN"),
    (re.compile(rf"\bemail\b.*{_TAKEN}|{_TAKEN}.*\bemail\b", re.IGNORECASE), "GB_EMAIL_TAKEN"),
    (re.compile(r"subscription", re.IGNORECASE), "GB_SUBSCRIPTION_REQUIRED"),
    (re.compile(r"greater than \d+ characters|too long", re.IGNORECASE), "GB_TEXT_TOO_LONG"),
    (re.compile(r"\bname\b.*required", re.IGNORECASE), "GB_NAME_REQUIRED"),
    (re.compile(r"selected custom.?fields?", re.IGNORECASE), "GB_OPTION_UNKNOWN"),
    (re.compile(r"phone", re.IGNORECASE), "GB_PHONE_INVALID"),
    (re.compile(r"email", re.IGNORECASE), "GB_EMAIL_INVALID"),
    (re.compile(r"valid date", re.IGNORECASE), "GB_DATE_INVALID"),
    (re.compile(r"selected id\b|\bid must be|contact.*(archived|not found)", re.IGNORECASE), "GB_CONTACT_NOT_FOUND"),
)


class FailedRowsError(ValueError):
    """The file is not Givebutter's file of rejected rows. The text says why and what to do."""


def is_failed_rows(first_line: str) -> bool:
    """Return whether a file with this first line is a file of rejected rows."""
    return _FIRST_CELL.match(first_line) is not None


@dataclass(frozen=True, slots=True)
class Identity:
    """Ids of a rejected row's person in Givebutter."""

    external_id: str | None
    contact_id: int | None


def read_failed_rows_file(path: "Path | UPath") -> bytes:
    """Read a file of rejected rows. Raises FailedRowsError for a file that is too large, and OSError."""
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise FailedRowsError(f"The file is larger than {MAX_BYTES >> 20} MB. Upload Givebutter's *-failed.csv.")
    return content


def read_identities(content: bytes) -> tuple[Identity, ...]:
    """Read the ids of all rows in their order. Raises FailedRowsError."""
    return tuple(_read_identity(row) for row in _read_rows(content))


class RejectedRows(NamedTuple):
    """What a file of rejected rows says.

    Attributes:
        errors: one error per rejected row and code.
        options: texts of the select fields that the errors name, by MN id. A mentor whose errors name a field without
            its cell is left out.

    """

    errors: list[ErrorFinding]
    options: dict[str, frozenset[str]]


def parse_rejected_rows(
    content: bytes, *, by_external_id: Mapping[str, str], by_contact_id: Mapping[int, str]
) -> RejectedRows:
    """Parse the errors and the rejected options of a file.

    Args:
        by_external_id: MN id by External ID.
        by_contact_id: MN id by contact id. A row without a known mentor has its row number as subject.

    Raises:
        FailedRowsError: the file is not a file of rejected rows, is not UTF-8, or ends inside a cell.

    """
    sentences: dict[tuple[str | None, str, str], dict[str, None]] = {}
    options: dict[str, frozenset[str]] = {}
    for number, row in enumerate(_read_rows(content), 2):
        mn_id = _find_mn_id(row, by_external_id, by_contact_id)
        for code, sentence in _split_reasons(row[_ERRORS] or ""):
            of_error = sentences.setdefault((mn_id, mn_id or f"row {number}", code), {})
            if len(of_error) < _MOST_SENTENCES:
                of_error[sentence] = None
        texts = _find_rejected_options(row)
        if mn_id is not None and texts:
            options[mn_id] = texts
    errors = [
        build_error(
            code,
            subject=subject,
            message=f"Givebutter: {' '.join(of_error)}",
            source_table=REJECTED_ROWS,
            mn_id=mn_id,
        )
        for (mn_id, subject, code), of_error in sentences.items()
    ]
    return RejectedRows(errors, options)


def _find_rejected_options(row: Mapping[str, str | None]) -> frozenset[str]:
    """Return the texts of the select fields that the errors of a row name; none if a cell is missing or blank."""
    names = [f"{_CUSTOM_FIELD}{number}" for number in _SELECTED_FIELD.findall(row[_ERRORS] or "")]
    texts = [row.get(name) for name in names]
    return frozenset(clean_line(text) for text in texts if text) if all(texts) else frozenset()


def _find_mn_id(
    row: Mapping[str, str | None], by_external_id: Mapping[str, str], by_contact_id: Mapping[int, str]
) -> str | None:
    identity = _read_identity(row)
    return by_external_id.get(id_key(identity.external_id) or "") or by_contact_id.get(identity.contact_id or 0)


def _read_rows(content: bytes) -> Iterator[Mapping[str, str | None]]:
    """Yield the rows with the used columns only, so that a very wide header costs nothing."""
    try:
        text = content.decode().lstrip("\ufeff")
        first = _FIRST_CELL.match(text)
        if first and first[1] in _OTHER_SEPARATORS:
            raise FailedRowsError("The cells are not separated by commas. Download the file from Givebutter again.")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [clean_line(name).casefold() for name in next(reader, [])]
        fields = [name for name in header if name.startswith(_CUSTOM_FIELD)][:MAX_COLUMNS]
        places = {name: header.index(name) for name in (_ERRORS, "id", "external_id", *fields) if name in header}
        if _ERRORS not in places:
            raise FailedRowsError("The file has no column ERRORS. Upload Givebutter's *-failed.csv.")
        for cells in reader:
            if cells:
                yield {name: cells[place] if place < len(cells) else None for name, place in places.items()}
    except UnicodeDecodeError:
        raise FailedRowsError("The file is not UTF-8. Download it from Givebutter again.") from None
    except csv.Error:
        raise FailedRowsError(
            "The file is not a valid CSV file, or is incomplete. Download it from Givebutter again."
        ) from None


def _read_identity(row: Mapping[str, str | None]) -> Identity:
    contact_id = clean_line(row.get("id") or "")
    is_id = contact_id.isascii() and contact_id.isdecimal() and len(contact_id) <= _MAX_ID_DIGITS
    return Identity(clean_line(row.get("external_id") or "") or None, int(contact_id) if is_id else None)


def _split_reasons(cell: str) -> list[tuple[str, str]]:
    """Split an ERRORS cell into (code, sentence). How Givebutter joins several reasons is not documented."""
    parts = re.split(r";|\n|(?<=\.)\s", clean_block(cell), maxsplit=_MOST_SENTENCES)[:_MOST_SENTENCES]
    sentences = [part.strip()[:_SENTENCE_LENGTH] for part in parts if part.strip()]
    return [
        (next((code for pattern, code in _CODES if pattern.search(sentence)), "GB_ROW_REJECTED"), sentence)
        for sentence in sentences or ["no reason given"]
    ]
