"""Read Givebutter's file of rejected rows back into errors per mentor (rulebook section 9).

The file is `contacts-YYYY-MM-DD-<digits>-failed.csv`: the column `ERRORS`, then internal keys in an order that varies.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mentorsync_pipeline.domain.clean_text import clean_block, id_key
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.domain.findings import REJECTED_ROWS, ErrorFinding

LARGEST_BYTES = 32 << 20
"""No list of rejected rows is larger: an import has a few thousand rows."""
_ERRORS = "ERRORS"

_TAKEN = r"(?:already (?:exists|been taken|in use|used|belongs)|belongs to|another contact|duplicate|is taken)"
# The first that fits decides; a subscription message also speaks of the email.
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
    """A file that is not Givebutter's file of rejected rows; the text says why and what to do."""


def is_failed_rows(first_line: str) -> bool:
    """Whether a CSV that starts with this line is such a file."""
    return first_line.removeprefix("\ufeff").lstrip().lstrip('"').startswith(_ERRORS)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a rejected row is about, as Givebutter names them."""

    external_id: str | None
    contact_id: int | None


def identities(content: bytes) -> tuple[Identity, ...]:
    """Whom the rows are about, in their order. Raises FailedRowsError as `parse` does."""
    return tuple(_identity(row) for row in _rows(content))


def parse(content: bytes, *, by_external_id: Mapping[str, str], by_contact_id: Mapping[int, str]) -> list[ErrorFinding]:
    """One error per rejected row and code; the mappings give the MN id of an External ID and of a contact.

    A row of nobody we know keeps its row number as its subject. Raises FailedRowsError when the file is something else
    or not UTF-8.
    """
    findings: dict[tuple[str, str], ErrorFinding] = {}
    for number, row in enumerate(_rows(content), 2):
        whose = _identity(row)
        mn_id = by_external_id.get(id_key(whose.external_id) or "") or by_contact_id.get(whose.contact_id or 0)
        for code, words in _split(row[_ERRORS] or ""):
            subject = mn_id or f"row {number}"
            before = findings[subject, code].message + " " if (subject, code) in findings else "Givebutter: "
            findings[subject, code] = build_error(
                code, subject=subject, message=before + words, source_table=REJECTED_ROWS, mn_id=mn_id
            )
    return list(findings.values())


def _rows(content: bytes) -> Iterator[Mapping[str, str | None]]:
    """The rows, with the columns that are used alone: work grows with the file, however wide its header is."""
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        header = next(reader, [])
        places = {name: header.index(name) for name in (_ERRORS, "id", "external_id") if name in header}
        if _ERRORS not in places:
            raise FailedRowsError("The file has no column ERRORS. Upload Givebutter's *-failed.csv.")
        for cells in reader:
            if cells:
                yield {name: cells[place] if place < len(cells) else None for name, place in places.items()}
    except UnicodeDecodeError:
        raise FailedRowsError("The file is not UTF-8. Download it from Givebutter again.") from None
    except csv.Error:
        raise FailedRowsError("The file is not in the form of a CSV file. Download it from Givebutter again.") from None


def _identity(row: Mapping[str, str | None]) -> Identity:
    contact_id = row.get("id") or ""
    return Identity(row.get("external_id") or None, int(contact_id) if contact_id.isdecimal() else None)


def _split(cell: str) -> list[tuple[str, str]]:
    """The sentences of an ERRORS cell with their codes; how Givebutter joins several is unknown."""
    sentences = [part.strip() for part in re.split(r";|\n|(?<=\.)\s", clean_block(cell)) if part.strip()]
    return [
        (next((code for pattern, code in _CODES if pattern.search(words)), "GB_ROW_REJECTED"), words)
        for words in sentences or ["no reason given"]
    ]
