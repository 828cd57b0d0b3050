"""Parse the header of a contacts export: known columns and custom fields.

The header varies with the year of the export and the account's custom fields, and may repeat names.

Source: reference/givebutter.md, "Contacts EXPORT".
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.errors import MentorSyncError

# Our column by export column. `IN_PAYLOAD_ONLY` are known columns that only the payload stores; others are custom
# fields.
COLUMNS: Mapping[str, str] = {
    "Givebutter Contact ID": "contact_id",
    "Contact External ID": "external_id",
    "Contact Since": "contact_since",
    "Prefix": "prefix",
    "First Name": "first_name",
    "Preferred First Name": "preferred_name",
    "Middle Name": "middle_name",
    "Last Name": "last_name",
    "Suffix": "suffix",
    "Date of Birth": "date_of_birth",
    "Gender": "gender",
    "Pronouns": "pronouns",
    "Employer": "employer",
    "Title": "title",
    "Primary Email": "primary_email",
    "Additional Emails": "additional_emails",
    "Primary Phone": "primary_phone",
    "Additional Phones": "additional_phones",
    "Address Line 1": "address_line_1",
    "Address Line 2": "address_line_2",
    "City": "city",
    "State": "state",
    "Postal Code": "zip_code",
    "Country": "country",
    "Website": "website",
    "Twitter": "twitter",
    "LinkedIn": "linkedin",
    "Facebook": "facebook",
    "TikTok": "tiktok",
    "Recurring Contributions": "recurring_contributions",
    "Total Contributions": "total_contributions",
    "Engage Email Subscribed": "email_subscribed",
    "Engage SMS Subscribed": "phone_subscribed",
    "Engage Mail Subscribed": "address_subscribed",
    "Tags": "tags",
    "Notes": "notes",
    "Household": "household",
    "Household Primary Contact": "household_primary_contact",
    "Date Created (UTC)": "date_created",
    "Last Modified (UTC)": "last_modified",
}
IN_PAYLOAD_ONLY = frozenset(
    {"Additional Addresses", "Instagram", "Last Donation Amount", "Total Soft Credits", "Household ID"}
)
# Without one of these columns decisions would be wrong: missed matches, archived donors, lost subscriptions or notes,
# addresses of which the import would clear a part.
REQUIRED = (
    "Givebutter Contact ID",
    "Contact External ID",
    "First Name",
    "Last Name",
    "Primary Email",
    "Additional Emails",
    "Primary Phone",
    "Additional Phones",
    "Address Line 1",
    "Address Line 2",
    "City",
    "State",
    "Postal Code",
    "Country",
    "Total Contributions",
    "Engage Email Subscribed",
    "Engage SMS Subscribed",
    "Engage Mail Subscribed",
    "Tags",
    "Notes",
    "Date Created (UTC)",
    "Last Modified (UTC)",
)
_KNOWN_NAMES = {name.casefold(): name for name in (*COLUMNS, *IN_PAYLOAD_ONLY)}
# Columns of an import file that exports name differently; a custom field may have such a label, too.
_IMPORT_NAMES = frozenset({"primary phone number", "email subscription status", "email addresses"})
# UTF-8 read as Windows-1252 or Latin-1 shows each letter beyond ASCII as a letter from Â to ï, followed by characters
# that hardly ever follow such a letter: `ZoÃ«` for `Zoë`. These are the characters for the bytes 0x80 to 0xBF.
_SYMBOLS = "€‚„…†‡ˆ‰‹”•–—˜™›¡-©«-¶¸¹»-¿\x80-\x9f"
_CONTINUATION = f"{_SYMBOLS}ƒŠŒŽ‘’“šœžŸ·ªº"
WRONGLY_DECODED = (
    f"[Â-ß][{_SYMBOLS}]|[ÃÂÐÑ][{_CONTINUATION}]|[à-ï][{_CONTINUATION}][{_CONTINUATION}]|ð[Ÿ\x9f]|[a-z]Ã|\ufffd"
)
"""Pattern, for Python and PostgreSQL, of text that was decoded with a wrong character set and saved again."""
_WRONGLY_DECODED = re.compile(WRONGLY_DECODED)
# More columns than any account has.
MAX_COLUMNS = 2_000
_EXPORT_AGAIN = "Export the contacts in Givebutter again (Contacts, Export) and upload that file."


class ExportError(MentorSyncError):
    """The export or list cannot replace the contacts. Nothing was changed."""

    code = "EXPORT_INVALID"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file.

    Attributes:
        place: position in the file, from 0.
        payload_key: key in the payload.
        target: our column; None for custom fields and columns that only the payload stores.
        label: label of the custom field.
        label_repeats: another column has the same label; the payload stores all its cells.

    """

    place: int
    payload_key: str
    target: str | None = None
    label: str | None = None
    label_repeats: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """Columns of a file in their order."""

    columns: tuple[Column, ...]

    @property
    def places(self) -> Mapping[str, int]:
        """Return the position of each of our columns in the file."""
        return {column.target: column.place for column in self.columns if column.target}

    @property
    def custom(self) -> tuple[Column, ...]:
        """Return the columns of custom fields."""
        return tuple(column for column in self.columns if column.label)


def read_header(cells: Sequence[str], *, file_name: str) -> Header:
    """Parse a header. A repeated name is `Name (2)` in the payload.

    A known name that occurs a second time is a custom field with that label. Raises ExportError when the file is not a
    contacts export or lacks required columns.
    """
    if len(cells) > MAX_COLUMNS:
        raise ExportError(
            f"{file_name} is not a contacts export: it has {len(cells):,} columns, and {MAX_COLUMNS:,} are the most.",
            _EXPORT_AGAIN,
            code="EXPORT_HEADER",
        )
    names = [clean_line(cell) for cell in cells]
    _refuse_other_files(names, file_name)
    # As read, because cleaning removes control characters, such as those of Latin-1.
    if any(map(_WRONGLY_DECODED.search, cells)):
        raise ExportError(
            f"{file_name}, line 1: the text was read with a wrong character set and saved again (by a spreadsheet?).",
            _EXPORT_AGAIN,
            code="EXPORT_ENCODING",
        )
    columns: list[Column] = []
    payload_keys = _PayloadKeys()
    filled: set[str] = set()
    for place, name in enumerate(names):
        payload_key = payload_keys.free(name or f"(column {place + 1})")
        known_name = _KNOWN_NAMES.get(name.casefold())
        if known_name is not None and known_name not in filled:
            filled.add(known_name)
            columns.append(Column(place, payload_key, target=COLUMNS.get(known_name)))
        else:
            columns.append(Column(place, payload_key, label=name or None))
    labels = Counter(column.label for column in columns)
    columns = [
        replace(column, label_repeats=labels[column.label] > 1) if column.label else column for column in columns
    ]
    missing = [name for name in REQUIRED if name not in filled]
    if missing:
        raise ExportError(
            f"{file_name} lacks {len(missing)} of the columns of a contacts export: {', '.join(missing)}.",
            f"{_EXPORT_AGAIN} Do not remove or rename columns.",
            code="EXPORT_COLUMNS_MISSING",
        )
    return Header(tuple(columns))


def is_import_header(names: Iterable[str]) -> bool:
    """Return whether a header is that of an import file: it has its columns, and not all of an export."""
    lower = {clean_line(name).casefold() for name in names}
    return bool(lower & _IMPORT_NAMES) and not all(name.casefold() in lower for name in REQUIRED)


class _PayloadKeys:
    """Unique names of columns: a repeated name becomes `Name (2)`. Takes linear time."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def free(self, name: str) -> str:
        """Return and reserve the first of `Name`, `Name (2)`, … that is free."""
        number, key = self._last.get(name, 1), name
        while key in self._taken:
            number += 1
            key = f"{name} ({number})"
        self._last[name] = number
        self._taken.add(key)
        return key


def _refuse_other_files(names: Sequence[str], file_name: str) -> None:
    lower = {name.casefold() for name in names}
    if names and names[0].casefold() == "errors":
        raise _wrong_file_error(
            file_name,
            "Givebutter's list of rejected rows (its first column is ERRORS)",
            "Put it into the drop folder under its own name (…-failed.csv), or upload a contacts export instead.",
        )
    if is_import_header(names):
        raise _wrong_file_error(file_name, "an import file or Givebutter's import template", _EXPORT_AGAIN)
    if "givebutter contact id" in lower:
        return
    if len(names) == 1 and any(separator in names[0] for separator in ";\t|"):
        raise _wrong_file_error(
            file_name, "a table whose cells are not separated by commas (saved by a spreadsheet?)", _EXPORT_AGAIN
        )
    if any("transaction" in name for name in lower):
        raise _wrong_file_error(file_name, "a list of transactions", _EXPORT_AGAIN)
    if any("company" in name for name in lower):
        raise _wrong_file_error(file_name, "an export of companies", _EXPORT_AGAIN)
    raise _wrong_file_error(file_name, "another table (it has no column Givebutter Contact ID)", _EXPORT_AGAIN)


def _wrong_file_error(file_name: str, description: str, what_to_do: str) -> ExportError:
    return ExportError(
        f"{file_name} is not a contacts export: it is {description}.", what_to_do, code="EXPORT_WRONG_FILE"
    )
