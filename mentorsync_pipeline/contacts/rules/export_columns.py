"""What the columns of a contacts export are: known ones, custom fields, and which file is no contacts export at all.

The header varies: by the year of the export, by the account's custom fields, with repeated names.

Source: reference/givebutter.md, "Contacts EXPORT".
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.errors import MentorSyncError

# Export column: our column. Absent ones are no custom fields; `IN_PAYLOAD_ONLY` is known and has no column of its own.
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
# Without one of these a decision would rest on a gap: a match missed, a donor archived, a subscription or a note lost.
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
    "City",
    "Postal Code",
    "Total Contributions",
    "Engage Email Subscribed",
    "Engage SMS Subscribed",
    "Engage Mail Subscribed",
    "Tags",
    "Notes",
    "Date Created (UTC)",
    "Last Modified (UTC)",
)
_KNOWN = {name.casefold(): name for name in (*COLUMNS, *IN_PAYLOAD_ONLY)}
# Far beyond any account's; a table as wide as that is no export, and would only cost time.
MAX_COLUMNS = 2_000
_EXPORT_AGAIN = "Export the contacts in Givebutter again (Contacts, Export) and upload that file."


class ExportError(MentorSyncError):
    """A contacts export, or an answer in its place, that cannot replace the contacts; nothing has been changed."""

    code = "EXPORT_INVALID"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file: where it stands, its key in the payload, and what it fills.

    `target` is our column, `label` the custom field's label; both are None for a column that only the payload keeps.
    The payload also keeps all of a column whose label another one has too (`label_repeats`).
    """

    place: int
    payload_key: str
    target: str | None = None
    label: str | None = None
    label_repeats: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a file in their order."""

    columns: tuple[Column, ...]

    @property
    def places(self) -> Mapping[str, int]:
        """Where each of our columns stands in the file."""
        return {column.target: column.place for column in self.columns if column.target}

    @property
    def custom(self) -> tuple[Column, ...]:
        """The custom fields' columns."""
        return tuple(column for column in self.columns if column.label)


def read_header(cells: Sequence[str], *, file_name: str) -> Header:
    """Say what each column of a file is; a repeated name is kept apart in the payload as `Name (2)`.

    A known name that comes a second time is a custom field of that label. Raises ExportError when the file is no
    contacts export (and says what it looks like), or lacks required columns (and says which).
    """
    if len(cells) > MAX_COLUMNS:
        raise ExportError(
            f"{file_name} is not a contacts export: it has {len(cells):,} columns, and {MAX_COLUMNS:,} are the most.",
            _EXPORT_AGAIN,
            code="EXPORT_HEADER",
        )
    names = [clean_line(cell) for cell in cells]
    _refuse_other_files(names, file_name)
    columns: list[Column] = []
    payload_keys = _PayloadKeys()
    filled: set[str] = set()
    for place, name in enumerate(names):
        payload_key = payload_keys.free(name or f"(column {place + 1})")
        known = _KNOWN.get(name.casefold())
        if known is not None and known not in filled:
            filled.add(known)
            columns.append(Column(place, payload_key, target=COLUMNS.get(known)))
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


class _PayloadKeys:
    """Names of columns, each one once: a repeated one becomes `Name (2)`, in time that grows with the names alone."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def free(self, name: str) -> str:
        """Take the first of `Name`, `Name (2)`, … that is free."""
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
        raise _not_an_export(
            file_name,
            "Givebutter's list of rejected rows (its first column is ERRORS)",
            "Put it into the drop folder under its own name (…-failed.csv), or upload a contacts export instead.",
        )
    if lower & {"primary phone number", "email subscription status", "email addresses"}:
        raise _not_an_export(file_name, "an import file or Givebutter's import template", _EXPORT_AGAIN)
    if "givebutter contact id" in lower:
        return
    if len(names) == 1 and any(separator in names[0] for separator in ";\t|"):
        raise _not_an_export(
            file_name, "a table whose cells are not separated by commas (saved by a spreadsheet?)", _EXPORT_AGAIN
        )
    if any("transaction" in name for name in lower):
        raise _not_an_export(file_name, "a list of transactions", _EXPORT_AGAIN)
    if any("company" in name for name in lower):
        raise _not_an_export(file_name, "an export of companies", _EXPORT_AGAIN)
    raise _not_an_export(file_name, "some other table (it has no column Givebutter Contact ID)", _EXPORT_AGAIN)


def _not_an_export(file_name: str, what: str, what_to_do: str) -> ExportError:
    return ExportError(f"{file_name} is not a contacts export: it is {what}.", what_to_do, code="EXPORT_WRONG_FILE")
