r"""Recognise files that are not comma-separated UTF-8 tables by their first bytes.

| first bytes                                             | what it is                                   |
|---------------------------------------------------------|----------------------------------------------|
| `PK` and an entry of a workbook, the mark of OLE, XML   | a spreadsheet's workbook (.xlsx, .ods, .xls) |
| with `Excel.Sheet` or `<Workbook`                       |                                              |
| `PK` and another entry; gzip, bzip2, xz, 7z, rar, zstd  | a compressed file                            |
| a byte order mark of UTF-16, or every other byte a NUL  | UTF-16 text                                  |
| `<`                                                     | a web page, such as a login form             |
| `%PDF`, `{\rtf`                                         | a document                                   |
| `{` or `[`                                              | JSON                                         |
| NUL, the mark of a picture, many control characters     | no text                                      |
| `sep=`, or a known column followed by `;`, tab or a bar | a table with another delimiter               |
"""

import re
from typing import NamedTuple

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# First entries of the archives that spreadsheets save. The name of an archive's first entry is after 30 bytes.
_ZIP_NAME = 30
_WORKBOOK_ENTRY = re.compile(rb"\[Content_Types\]|_rels/|docProps/|xl/|mimetype|Index/|Metadata/|Data/|preview")
_WORKBOOK_XML = re.compile(rb"Excel\.Sheet|<(?:\w+:)?Workbook\b|office:document")
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a", b"\x28\xb5\x2f\xfd")
_DOCUMENTS = (b"%PDF", b"{\\rtf")
_IN_JSON = re.compile(rb'\{|\[\s*["{\[\]0-9]')
_NOT_IN_TEXT = (b"\0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SAMPLE, _MOST_CONTROLS = 512, 30
_OTHER_DELIMITER = re.compile(
    rb'sep=[^,]|"?(?:Givebutter Contact ID|Contact External ID|First Name)"?[ ]*[;\t|]', re.IGNORECASE
)

_DOWNLOAD_AGAIN = "Export the contacts in Givebutter again (Contacts, Export) and use the CSV file as it is."


class ForeignFile(NamedTuple):
    """Kind of a file that is not a contacts export: error code, description, and what to do."""

    code: str
    description: str
    what_to_do: str


_WORKBOOK = ForeignFile(
    "EXPORT_WRONG_FILE",
    "a spreadsheet's workbook (.xlsx, .xls or .ods), not a CSV file",
    f"{_DOWNLOAD_AGAIN} Do not open it in a spreadsheet.",
)
_COMPRESSED_FILE = ForeignFile(
    "EXPORT_WRONG_FILE", "a compressed file (such as .zip), not a CSV file", f"Unpack it. {_DOWNLOAD_AGAIN}"
)
_UTF16 = ForeignFile(
    "EXPORT_ENCODING", "UTF-16 text, not UTF-8 (was it saved again by a spreadsheet?)", _DOWNLOAD_AGAIN
)
_WEB_PAGE = ForeignFile(
    "EXPORT_WRONG_FILE",
    "a web page, not a CSV file (was the download a login page?)",
    f"Sign in to Givebutter first. {_DOWNLOAD_AGAIN}",
)
_DOCUMENT = ForeignFile("EXPORT_WRONG_FILE", "a document (PDF or RTF), not a CSV file", _DOWNLOAD_AGAIN)
_JSON = ForeignFile("EXPORT_WRONG_FILE", "JSON, not a CSV file", _DOWNLOAD_AGAIN)
_NO_TEXT = ForeignFile(
    "EXPORT_WRONG_FILE", "no text, or its content was lost on the way, not a CSV file", _DOWNLOAD_AGAIN
)
_OTHER_TABLE = ForeignFile(
    "EXPORT_WRONG_FILE",
    "a table whose cells are not separated by commas but by semicolons, tabs or bars (saved by a spreadsheet?)",
    _DOWNLOAD_AGAIN,
)


def remove_byte_order_marks(data: bytes) -> bytes:
    """Return the data without UTF-8 byte order marks at its start; programs that save a file twice write two."""
    while data.startswith(_UTF8_MARK):
        data = data.removeprefix(_UTF8_MARK)
    return data


def recognise_foreign_file(head: bytes) -> ForeignFile | None:
    """Return what a file is by its first bytes; None if it may be a comma-separated UTF-8 table."""
    if head.startswith(_ZIP):
        return _WORKBOOK if _WORKBOOK_ENTRY.match(head, _ZIP_NAME) else _COMPRESSED_FILE
    text = remove_byte_order_marks(head).lstrip()
    kinds = (
        (_WORKBOOK, head.startswith(_OLE)),
        (_UTF16, head.startswith(_UTF16_MARKS) or _is_utf16(head)),
        (_WORKBOOK, text.startswith(b"<") and _WORKBOOK_XML.search(text, 0, _SAMPLE)),
        (_WEB_PAGE, text.startswith(b"<")),
        (_DOCUMENT, text.startswith(_DOCUMENTS)),
        (_COMPRESSED_FILE, text.startswith(_COMPRESSED)),
        (_JSON, _IN_JSON.match(text)),
        (_NO_TEXT, text.startswith(_NOT_IN_TEXT) or len(_CONTROLS.findall(text, 0, _SAMPLE)) > _MOST_CONTROLS),
        (_OTHER_TABLE, _OTHER_DELIMITER.match(text)),
    )
    return next((kind for kind, is_kind in kinds if is_kind), None)


def _is_utf16(head: bytes) -> bool:
    """Return whether every other byte is NUL, as in UTF-16 text without a byte order mark."""
    sample = head[:64]
    return len(sample) >= 8 and (not any(sample[1::2]) or not any(sample[0::2])) and any(sample)
