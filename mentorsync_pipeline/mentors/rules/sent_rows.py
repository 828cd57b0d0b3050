"""Values of each mentor's rows in the year's import files (rulebook sections 7 and 9).

An import of an old file, after that of a newer one, sets every cell of its rows. A contact that was edited so that it
shows a whole earlier row may be such an import, or a person entered the values: only a person can tell. A value of a
file whose other values are not there was entered by a person.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.givebutter_values import format_cell
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Mentor
from mentorsync_pipeline.mentors.rules.fields import FIELDS, THREE_WAY

_LISTS = {"phone": (col.PRIMARY_PHONE, col.PHONES), "email": (col.PRIMARY_EMAIL, col.EMAILS)}


@dataclass(frozen=True, slots=True)
class SentRow:
    """Values of a mentor's row in a file, by field; `contact_id` is None when the import creates the contact.

    `made_at`: the time of the file.
    """

    contact_id: int | None
    values: Mapping[str, Any]
    made_at: datetime = field(compare=False)


SentRows = Mapping[str, Sequence[SentRow]]
"""By submission id, the different rows of all files of a year, oldest first."""


def find_new_rows(
    cells: Mapping[str, Mapping[str, str | None]],
    mentors: Mapping[str, Mentor],
    stored: SentRows,
    config: CampaignConfig,
    *,
    made_at: datetime,
) -> dict[str, SentRow]:
    """Return the rows of a file that differ from the mentor's row in the last file with it, by submission id.

    Args:
        cells: by MN id, a row's cells by column and custom-field label.
        mentors: by MN id.
        stored: the rows of all earlier files.
        made_at: the time of the file.

    """
    rows = {
        mentor.submission_id: _make_row(mentor, cells[mn_id], config, made_at)
        for mn_id, mentor in mentors.items()
        if mn_id in cells and mentor.submission_id is not None
    }
    return {key: row for key, row in rows.items() if key not in stored or stored[key][-1] != row}


def _make_row(mentor: Mentor, cells: Mapping[str, str | None], config: CampaignConfig, made_at: datetime) -> SentRow:
    """Return the values of a mentor that are in the cells of its row."""
    values = {name: getattr(mentor, name) for name in THREE_WAY}
    sent = {name: value for name, value in values.items() if value is not None and _is_in(name, value, cells, config)}
    return SentRow(mentor.gb_contact_id, sent, made_at)


def _is_in(name: str, value: Any, cells: Mapping[str, str | None], config: CampaignConfig) -> bool:
    rule = FIELDS[name]
    if rule.kind in _LISTS:
        texts = [text.strip() for column in _LISTS[rule.kind] for text in (cells.get(column) or "").split(",")]
        return email_key(value) in map(email_key, filter(None, texts))
    column = config.custom_field_labels.get(name) if rule.custom_field else rule.import_column
    return column is not None and cells.get(column) == format_cell(config, name, value)


def find_sent_values(rows: Iterable[SentRow], contact_id: int, name: str) -> tuple[Any, ...]:
    """Return the values of a field that files had for a contact, oldest first."""
    sent = (row.values[name] for row in rows if row.contact_id == contact_id and name in row.values)
    return tuple(dict.fromkeys(sent))


def find_shown_row(
    rows: Iterable[SentRow],
    contact_id: int,
    edited: Mapping[str, Any],
    is_shown: Callable[[str, Any], bool],
    config: CampaignConfig,
) -> SentRow | None:
    """Return the row of a file that a contact shows as a whole, with all values that differ from before.

    Args:
        rows: the mentor's rows of all files.
        edited: values of the contact that nobody sent since the base, by field; a cell may have them in another form
            than the mentor's row, such as the number of an MN id.
        is_shown: whether the contact shows a value of a field.
        config: of the year.

    """
    cells = {name: format_cell(config, name, value) for name, value in edited.items()}
    return next(
        (
            row
            for row in rows
            if row.contact_id in (None, contact_id)
            and all(format_cell(config, name, row.values.get(name)) == cell for name, cell in cells.items())
            and all(is_shown(name, value) for name, value in row.values.items())
        ),
        None,
    )


def may_have_made(rows: Iterable[SentRow], contact_name: PersonName) -> bool:
    """Return whether an import may have made a contact: a file had its first and last name for a new one."""
    names = name_key(contact_name.first), name_key(contact_name.last)
    return any(
        row.contact_id is None
        and names == tuple(name_key(row.values.get(name)) for name in ("first_name", "last_name"))
        for row in rows
    )


def is_in_no_imported_row(
    rows: Iterable[SentRow], contact_id: int, name: str, value: Any, is_kept: Callable[[str, Any, datetime], bool]
) -> bool:
    """Return whether no row with a value can have been imported: the contact keeps what each would have replaced.

    Args:
        rows: the mentor's rows of all files.
        is_kept: whether the contact shows the earlier value of a field in place of the value of a row of this time.

    """
    having = [row for row in rows if row.contact_id in (None, contact_id) and row.values.get(name) == value]
    return bool(having) and all(
        any(other != name and is_kept(other, sent, row.made_at) for other, sent in row.values.items()) for row in having
    )
