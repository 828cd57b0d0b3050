"""Leave out the cells that Givebutter's import would reject, so that the row can be sent (rulebook, section 9).

| cell                                              | left out when                                          |
|---------------------------------------------------|--------------------------------------------------------|
| phones, emails                                    | not a valid US number, not an email address            |
| dates                                             | neither MM/DD/YYYY nor YYYY-MM-DD                      |
| texts                                             | too long, with control characters, like a formula      |
| selects                                           | none of the options, and not what the contact holds    |
| subscription statuses, checkboxes                 | neither Yes nor No                                     |
| numbers                                           | not a number                                           |
| address                                           | whole, when a part is missing or would be left out     |
| tags                                              | too long                                               |

A blank cell leaves the contact's value unchanged. In a list of phones or emails only the invalid values are left out.
`import_file.rules.linter` decides which whole rows stay out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.answers import PASS_THROUGH
from mentorsync_pipeline.domain.clean_text import ascii_lower, has_unusual_characters
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.givebutter_values import (
    MAX_PREFIX,
    MAX_TAG,
    MAX_TEXT,
    NO,
    YES,
    is_formula,
    is_import_date,
    is_importable_phone,
    is_number,
)
from mentorsync_pipeline.mentors.rules.fields import get_custom_field_type

# Givebutter rejects the whole row for these; `import_file.rules.linter` checks them.
_NOT_CELLS = frozenset({col.CONTACT_ID, col.EXTERNAL_ID})
OWN_VALUE_SENT = "Givebutter's own value is sent instead."
_GENDER = "Gender"
# Imports with lower-case values were accepted.
_STATUSES = frozenset({YES.casefold(), NO.casefold()})
_TEXT_LIMITS: Mapping[str, int | None] = {col.PREFIX: MAX_PREFIX, col.NOTES: None}
_ANSWER_COLUMNS = {answer.name: answer.import_column for answer in PASS_THROUGH if answer.import_column}
_COLUMNS = frozenset(col.IMPORT_COLUMNS)
# Columns with a check of their own, or none here.
_CHECKED_ELSEWHERE = frozenset(
    {*_NOT_CELLS, *col.ADDRESS, *col.SUBSCRIPTIONS, *col.DATES, *col.LISTS, col.HOUSEHOLD_PRIMARY}
    | {col.PRIMARY_PHONE, col.PRIMARY_EMAIL}
)
# A row is checked when it is built, by the linter, and again when a file is made.
_CACHE_SIZE = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """One row of the import file. `cells` has every column of the template, `custom_fields` texts by label.

    `messages` has texts by message column, filled from `campaign_messages`. `where` names the row in findings.
    """

    mn_id: str | None
    cells: Mapping[str, str | None]
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    messages: Mapping[str, str | None] = field(default_factory=dict)
    where: str = ""


@dataclass(frozen=True, slots=True)
class CellProblem:
    """Why a cell cannot be sent: a code of `domain.error_codes` and a reason that does not quote the cell."""

    column: str
    code: str
    reason: str

    @property
    def message(self) -> str:
        """Return the column and the reason as one sentence."""
        return f"{self.column} {self.reason}."


def present_options(gender: str | None, custom_fields: Mapping[str, str]) -> dict[str, str]:
    """Return the contact's present values of select fields, by column or label: Givebutter accepts these options."""
    return {**custom_fields, **({_GENDER: gender} if gender else {})}


def cell_problems(row: ImportRow, config: CampaignConfig, present: Mapping[str, str]) -> list[CellProblem]:
    """Find the cells of a row that Givebutter would reject.

    Args:
        present: the contact's present values of select fields (`present_options`); they are accepted even if the
            configuration lacks them.

    """
    return [
        *_check_contact_details(row),
        *_check_address(row),
        *_check_statuses(row),
        *_check_dates(row),
        *_check_texts(row, config),
        *find_unusable_custom_fields(row, config, present),
    ]


def leave_out_cells(row: ImportRow, problems: Iterable[CellProblem]) -> ImportRow:
    """Return the row without the cells that have a problem. An address is left out as a whole."""
    columns = {problem.column for problem in problems}
    if not columns:
        return row
    if columns & {*col.ADDRESS}:
        columns |= {*col.ADDRESS}
    cells = {name: _valid_values(name, text) if name in columns else text for name, text in row.cells.items()}
    return replace(
        row,
        cells=cells,
        custom_fields={label: text for label, text in row.custom_fields.items() if label not in columns},
        messages={name: None if name in columns else text for name, text in row.messages.items()},
    )


def warn_left_out_cell(row: ImportRow, problem: CellProblem, *, source_table: str, instead: str = "") -> WarningFinding:
    """Return a warning that a cell was left out.

    Args:
        instead: sentence about what is sent instead; by default, that Givebutter keeps its value.

    """
    return WarningFinding(
        warning_type="unusual_value",
        subject=f"{row.where}:{problem.column}",
        message=f"{row.where}: {problem.message} "
        + (instead or "The cell is left out of the file, so that Givebutter keeps what it has."),
        source_table=source_table,
        mn_id=row.mn_id,
    )


def _valid_values(column: str, text: str | None) -> str | None:
    """Return the valid values of a list of phones or emails; None for any other cell."""
    is_valid = {col.EMAILS: _is_email, col.PHONES: _is_phone}.get(column)
    if is_valid is None or text is None:
        return None
    return ", ".join(value for value in _split_values(text) if is_valid(value)) or None


def _check_contact_details(row: ImportRow) -> Iterator[CellProblem]:
    for column, code, is_valid, reason in _DETAIL_CHECKS:
        text = row.cells[column]
        if text is None:
            continue
        values = _split_values(text) if column in col.LISTS else (text,)
        if column in (col.PRIMARY_EMAIL, col.EMAILS) and any(map(is_formula, values)):
            yield CellProblem(column, "FORMULA_TEXT", "starts like a formula (=, +, - or @)")
        elif not all(map(is_valid, values)):
            yield CellProblem(column, code, reason)


def _check_address(row: ImportRow) -> Iterator[CellProblem]:
    """Yield at most one problem for the whole address, named after the first part that has one."""
    parts = {part: row.cells[part] for part in col.ADDRESS}
    if not any(parts.values()):
        return
    missing = [part for part in col.ADDRESS_NEEDS if not parts[part]]
    if missing:
        reason = f"and the rest of the address cannot be sent, because it lacks {', '.join(missing)}"
        yield CellProblem(col.ADDRESS[0], "ADDRESS_INCOMPLETE", reason)
        return
    for part, text in parts.items():
        problem = None if text is None else _check_text(part, text, MAX_TEXT)
        if problem is not None:
            yield replace(problem, reason=f"{problem.reason}, so the address cannot be sent")
            return


def _check_statuses(row: ImportRow) -> Iterator[CellProblem]:
    for column in (*col.SUBSCRIPTIONS, col.HOUSEHOLD_PRIMARY):
        text = row.cells[column]
        if text is not None and text.casefold() not in _STATUSES:
            yield CellProblem(column, "SUBSCRIPTION_INVALID", f"is neither {YES} nor {NO}")


def _check_dates(row: ImportRow) -> Iterator[CellProblem]:
    for column in col.DATES:
        text = row.cells[column]
        if text is not None and not is_import_date(text):
            yield CellProblem(column, "DATE_INVALID", "is neither MM/DD/YYYY nor YYYY-MM-DD")


def _check_texts(row: ImportRow, config: CampaignConfig) -> Iterator[CellProblem]:
    texts = [
        (name, text, _TEXT_LIMITS.get(name, MAX_TEXT))
        for name, text in row.cells.items()
        if text is not None and name not in _CHECKED_ELSEWHERE
    ]
    texts += [
        (name, text, config.custom_text_limit)
        for name, text in (*row.messages.items(), *row.custom_fields.items())
        if text is not None
    ]
    for name, text, limit in texts:
        problem = _check_text(name, text, limit)
        if problem is not None:
            yield problem
    tags = _split_values(row.cells[col.TAGS] or "")
    if any(len(tag) > MAX_TAG for tag in tags):
        yield CellProblem(col.TAGS, "TEXT_TOO_LONG", f"contains a tag of more than {MAX_TAG} characters")
    elif any(map(has_unusual_characters, tags)):
        yield CellProblem(col.TAGS, "TEXT_UNSENDABLE", "contains a control character")


@lru_cache(_CACHE_SIZE)
def _check_text(name: str, text: str, limit: int | None) -> CellProblem | None:
    if limit is not None and len(text) > limit:
        return CellProblem(name, "TEXT_TOO_LONG", f"has more than {limit} characters")
    if has_unusual_characters(text):
        return CellProblem(name, "TEXT_UNSENDABLE", "contains a control character")
    if (name not in _COLUMNS or name in col.FREE_TEXTS) and is_formula(text):
        return CellProblem(name, "FORMULA_TEXT", "starts like a formula (=, +, - or @)")
    return None


def find_unusable_custom_fields(
    row: ImportRow, config: CampaignConfig, present: Mapping[str, str]
) -> Iterator[CellProblem]:
    """Yield the custom fields and answers that have another type, or none of the options of the configuration.

    Args:
        present: as for `cell_problems`.

    """
    columns = {**config.custom_field_labels, **_ANSWER_COLUMNS}
    for name, label in columns.items():
        text = row.cells[label] if name in _ANSWER_COLUMNS else row.custom_fields.get(label)
        if text is None:
            continue
        field_type = get_custom_field_type(config, name)
        options = config.custom_field_options.get(name)
        if field_type == "checkbox" and text not in (YES, NO):
            yield CellProblem(label, "CHECKBOX_INVALID", f"is neither {YES} nor {NO}")
        if field_type == "number" and not is_number(text):
            yield CellProblem(label, "NUMBER_INVALID", "is not a number")
        if field_type == "date" and not is_import_date(text):
            yield CellProblem(label, "DATE_INVALID", "is neither MM/DD/YYYY nor YYYY-MM-DD")
        if options and text not in options and text != present.get(label):
            yield CellProblem(label, "OPTION_UNKNOWN", f"contains none of its options ({', '.join(options)})")


def _split_values(text: str) -> tuple[str, ...]:
    return tuple(value for part in text.split(",") if (value := part.strip()))


def _is_phone(text: str) -> bool:
    phone = normalize.phone(text)
    return phone is not None and is_importable_phone(phone)


def _is_email(text: str) -> bool:
    return normalize.email(text) == ascii_lower(text)


_DETAIL_CHECKS: tuple[tuple[str, str, Callable[[str], bool], str], ...] = (
    (col.PRIMARY_PHONE, "PHONE_INVALID", _is_phone, "is not a valid US number"),
    (col.PHONES, "PHONE_INVALID", _is_phone, "contains a value that is not a valid US number"),
    (col.PRIMARY_EMAIL, "EMAIL_INVALID", _is_email, "is not an email address"),
    (col.EMAILS, "EMAIL_INVALID", _is_email, "contains a value that is not an email address"),
)
