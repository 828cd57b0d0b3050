"""Recognise files that are not comma-separated UTF-8 tables by their first bytes.

| first bytes                                   | what it is                                |
|-----------------------------------------------|-------------------------------------------|
| `PK`, or the mark of an OLE container         | a spreadsheet's workbook (.xlsx, .ods, .xls) |
| a byte order mark of UTF-16, or NULs throughout | UTF-16 text                             |
| `<!doctype`, `<html`, `<?xml`, `<head`, `<!--` | a web page, such as a login form         |
| `%PDF`, gzip's mark, `{` or `[`               | a document, an archive, JSON              |
| `sep=`, or a known column followed by `;`, tab or a bar | a table with another delimiter  |
"""

import re
from typing import NamedTuple

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_GZIP = b"\x1f\x8b"
_WEB_PAGE = re.compile(rb"<\s*(?:!doctype|!--|html|head|body|\?xml|script|meta|div|table|error)\b|<!--", re.IGNORECASE)
_OTHER_DELIMITER = re.compile(
    rb'sep=[^,]|"?(?:Givebutter Contact ID|Contact External ID|First Name)"?[ ]*[;\t|]', re.IGNORECASE
)

_DOWNLOAD_AGAIN = "Export the contacts in Givebutter again (Contacts, Export) and use the CSV file as it is."


class ForeignFile(NamedTuple):
    """Kind of a file that is not a contacts export: error code, description, and what to do."""

    code: str
    description: str
    what_to_do: str


def recognise_foreign_file(head: bytes) -> ForeignFile | None:
    """Return what a file is by its first bytes; None if it may be a comma-separated UTF-8 table."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLE)):
        return ForeignFile(
            "EXPORT_WRONG_FILE",
            "a spreadsheet's workbook (.xlsx, .xls or .ods), not a CSV file",
            f"{_DOWNLOAD_AGAIN} Do not open it in a spreadsheet.",
        )
    if head.startswith(_UTF16_MARKS) or _is_utf16(head):
        return ForeignFile(
            "EXPORT_ENCODING", "UTF-16 text, not UTF-8 (was it saved again by a spreadsheet?)", _DOWNLOAD_AGAIN
        )
    text = head.removeprefix(_UTF8_MARK).lstrip()
    if _WEB_PAGE.match(text):
        return ForeignFile(
            "EXPORT_WRONG_FILE",
            "a web page, not a CSV file (was the download a login page?)",
            f"Sign in to Givebutter first. {_DOWNLOAD_AGAIN}",
        )
    if text.startswith(b"%PDF"):
        return ForeignFile("EXPORT_WRONG_FILE", "a PDF document, not a CSV file", _DOWNLOAD_AGAIN)
    if text.startswith(_GZIP):
        return ForeignFile("EXPORT_WRONG_FILE", "a compressed file, not a CSV file", f"Unpack it. {_DOWNLOAD_AGAIN}")
    if text.startswith((b"{", b"[")):
        return ForeignFile("EXPORT_WRONG_FILE", "JSON, not a CSV file", _DOWNLOAD_AGAIN)
    if _OTHER_DELIMITER.match(text):
        return ForeignFile(
            "EXPORT_WRONG_FILE",
            "a table whose cells are not separated by commas but by semicolons, tabs or bars (saved by a spreadsheet?)",
            _DOWNLOAD_AGAIN,
        )
    return None


def _is_utf16(head: bytes) -> bool:
    """Return whether every other byte is NUL, as in UTF-16 text without a byte order mark."""
    sample = head[:64]
    return len(sample) >= 8 and (not any(sample[1::2]) or not any(sample[0::2])) and any(sample)
