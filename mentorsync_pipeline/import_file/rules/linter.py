"""Check rows against Givebutter's import rules and the current contacts before a file leaves (rulebook section 9).

A row that fails stays out and becomes an error with a stable code (`domain.error_codes`); the rest passes. The rules:
reference/givebutter.md, "Contacts IMPORT".
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.error_codes import finding
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.domain.givebutter_values import (
    MAX_PREFIX,
    MAX_TAG,
    MAX_TEXT,
    NO,
    YES,
    is_formula,
    is_import_date,
    is_importable_phone,
)
from mentorsync_pipeline.import_file.rules.rows import ImportRow
from mentorsync_pipeline.mentors.rules.fields import FIELDS

SOURCE_TABLE = "gb_import_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentContacts:
    """What the current contact data says about the ids in the rows; `holders` maps an External ID to its contact."""

    holders: Mapping[str, int] = field(default_factory=dict)
    contact_ids: Collection[int] = frozenset()
    archived_ids: Collection[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """The rows that may leave, in their order, and what is wrong with the others."""

    passed: tuple[ImportRow, ...]
    errors: tuple[ErrorFinding, ...]


Problem = tuple[str, str]
"""An error code and what is wrong with this row. The text names the column, never the person's data."""


def lint(rows: Sequence[ImportRow], contacts: CurrentContacts, config: CampaignConfig) -> Linted:
    """Check every row; several things may be wrong with one. Rows of the same External ID or contact all stay out."""
    external_ids = Counter(id_key(row.cells[col.EXTERNAL_ID]) for row in rows)
    contact_ids = Counter(row.cells[col.CONTACT_ID] for row in rows)
    passed, errors = [], []
    for row in rows:
        problems = [
            *_external_id(row, external_ids, contacts),
            *_contact_id(row, contact_ids, contacts),
            *_names_and_subscriptions(row),
            *_forms(row),
            *_lengths(row),
            *_custom_fields(row, config),
            *_formulas(row),
        ]
        if problems:
            errors += _errors(row, problems)
        else:
            passed.append(row)
    return Linted(passed=tuple(passed), errors=tuple(errors))


def _errors(row: ImportRow, problems: Sequence[Problem]) -> list[ErrorFinding]:
    """One error per code, however many cells it concerns."""
    messages: dict[str, list[str]] = defaultdict(list)
    for code, message in problems:
        messages[code].append(message)
    return [
        finding(code, subject=row.where, message=" ".join(found), source_table=SOURCE_TABLE, mn_id=row.mn_id)
        for code, found in messages.items()
    ]


def _external_id(row: ImportRow, seen: Mapping[str | None, int], contacts: CurrentContacts) -> Iterator[Problem]:
    external_id, contact_id = row.cells[col.EXTERNAL_ID], row.cells[col.CONTACT_ID]
    if external_id is None:
        yield "EXTERNAL_ID_MISSING", f"{col.EXTERNAL_ID} is blank."
        return
    key = id_key(external_id)
    if seen[key] > 1:
        yield "EXTERNAL_ID_REPEATED", f"{seen[key]} rows carry the External ID {external_id}."
    holder = contacts.holders.get(key or "")
    if holder is not None and str(holder) != contact_id:
        which = "The archived contact" if holder in contacts.archived_ids else "Contact"
        yield "EXTERNAL_ID_HELD", f"{which} {holder} holds the External ID {external_id}."


def _contact_id(row: ImportRow, seen: Mapping[str | None, int], contacts: CurrentContacts) -> Iterator[Problem]:
    text = row.cells[col.CONTACT_ID]
    if text is None:
        return
    if not (text.isascii() and text.isdigit()):
        yield "CONTACT_ID_INVALID", f"{col.CONTACT_ID} is not a whole number."
        return
    if seen[text] > 1:
        yield "CONTACT_ID_REPEATED", f"{seen[text]} rows update contact {text}."
    if int(text) in contacts.archived_ids:
        yield "CONTACT_ARCHIVED", f"Contact {text} is archived."
    elif int(text) not in contacts.contact_ids:
        yield "CONTACT_UNKNOWN", f"Contact {text} is not among the current contacts."


def _names_and_subscriptions(row: ImportRow) -> Iterator[Problem]:
    cells = row.cells
    if cells[col.LAST_NAME] is None:
        yield "LAST_NAME_MISSING", f"{col.LAST_NAME} is blank."
    if (cells[col.PRIMARY_EMAIL] or cells[col.EMAILS]) and cells[col.EMAIL_STATUS] is None:
        yield "EMAIL_SUBSCRIPTION_MISSING", f"There is an email and {col.EMAIL_STATUS} is blank."
    for column in col.SUBSCRIPTIONS:
        if cells[column] not in (None, YES, NO):
            yield "SUBSCRIPTION_INVALID", f"{column} is neither {YES} nor {NO}."
    if any(cells[part] for part in col.ADDRESS) and not all(cells[part] for part in col.ADDRESS_NEEDS):
        missing = ", ".join(part for part in col.ADDRESS_NEEDS if not cells[part])
        yield "ADDRESS_INCOMPLETE", f"The address lacks: {missing}."


def _forms(row: ImportRow) -> Iterator[Problem]:
    yield from _each(row, (col.PRIMARY_PHONE, col.PHONES), _is_phone, "PHONE_INVALID", "a valid US number")
    yield from _each(row, (col.PRIMARY_EMAIL, col.EMAILS), _is_email, "EMAIL_INVALID", "an email address")
    yield from _each(row, col.DATES, is_import_date, "DATE_INVALID", "MM/DD/YYYY or YYYY-MM-DD")


def _each(
    row: ImportRow, columns: Sequence[str], holds: Callable[[str], bool], code: str, wanted: str
) -> Iterator[Problem]:
    for column in columns:
        if not all(holds(value) for value in _values(row, column)):
            yield code, f"{column} holds something that is not {wanted}."


def _values(row: ImportRow, column: str) -> Iterator[str]:
    text = row.cells[column]
    if text is not None:
        yield from (part.strip() for part in text.split(",")) if column in col.LISTS else (text,)


def _is_phone(text: str) -> bool:
    phone = normalize.phone(text)
    return phone is not None and is_importable_phone(phone)


def _is_email(text: str) -> bool:
    return normalize.email(text) is not None


def _lengths(row: ImportRow) -> Iterator[Problem]:
    texts = {name: text for name, text in row.cells.items() if name not in (*col.LISTS, col.NOTES)}
    long = [
        name
        for name, text in (*texts.items(), *row.messages.items(), *row.custom_fields.items())
        if text is not None and len(text) > (MAX_PREFIX if name == col.PREFIX else MAX_TEXT)
    ]
    if any(len(tag) > MAX_TAG for tag in _values(row, col.TAGS)):
        long.append(col.TAGS)
    if long:
        limits = f"texts {MAX_TEXT} characters, tags {MAX_TAG}, {col.PREFIX} {MAX_PREFIX}"
        yield "TEXT_TOO_LONG", f"Too long ({limits}): {', '.join(long)}."


def _custom_fields(row: ImportRow, config: CampaignConfig) -> Iterator[Problem]:
    fields = {name: (label, row.custom_fields.get(label)) for name, label in config.custom_field_labels.items()}
    for name, (label, text) in (fields | {"gender": ("Gender", row.cells["Gender"])}).items():
        kind = FIELDS[name].kind if name in FIELDS else "text"
        options = config.custom_field_options.get(name)
        if text is None:
            continue
        if kind == "flag" and text not in (YES, NO):
            yield "CHECKBOX_INVALID", f"{label} is neither {YES} nor {NO}."
        if kind == "date" and not is_import_date(text):
            yield "DATE_INVALID", f"{label} holds something that is not MM/DD/YYYY or YYYY-MM-DD."
        if options and text not in options:
            yield "OPTION_UNKNOWN", f"{label} holds none of its options: {', '.join(options)}."


def _formulas(row: ImportRow) -> Iterator[Problem]:
    """Free texts, messages and custom fields; an email too, since no real one starts like a formula."""
    texts = {column: row.cells[column] for column in (*col.FREE_TEXTS, col.PRIMARY_EMAIL, col.EMAILS)}
    unsafe = [
        name
        for name, text in (*texts.items(), *row.messages.items(), *row.custom_fields.items())
        if text is not None and is_formula(text)
    ]
    if unsafe:
        yield "FORMULA_TEXT", f"Starts like a formula: {', '.join(unsafe)}."
