"""Cells of a mentor's row: each value with its provenance (rulebook section 7)."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from mentorsync_pipeline.domain.records import Contact, FormEntry, Provenance
from mentorsync_pipeline.mentors.rules.fields import CONTACTS
from mentorsync_pipeline.mentors.rules.mentor_inputs import MentorInputs
from mentorsync_pipeline.mentors.rules.merging import SOURCE_ORDER

SOURCE_TABLE = "mentors"
# Many cells of a row have the same origin.
_CACHE_SIZE = 1 << 10


class Cell(NamedTuple):
    """A value and its provenance."""

    value: Any
    origin: Provenance


def make_cell(value: Any, table: str, source_id: object, observed_at: datetime | None, rule: str) -> Cell:
    """Return a cell whose value was chosen by `rule` from a record of `table`."""
    return Cell(value, _make_origin(table, None if source_id is None else str(source_id), observed_at, rule))


@lru_cache(_CACHE_SIZE)
def _make_origin(table: str, source_id: str | None, observed_at: datetime | None, rule: str) -> Provenance:
    return Provenance(source_table=table, source_id=source_id, observed_at=observed_at, rule=rule)


def make_contact_cell(value: Any, contact: Contact, inputs: MentorInputs, rule: str) -> Cell:
    """Return a cell with a value of the contact."""
    return make_cell(value, CONTACTS, contact.contact_id, inputs.as_of, rule)


def make_form_cell(value: Any, table: str, entry: FormEntry | None, rule: str = SOURCE_ORDER) -> Cell:
    """Return a cell with a value of a form entry, or an empty one without an entry."""
    return make_cell(value, table, entry.submission_id if entry else None, entry.observed_at if entry else None, rule)


def make_optional_contact_cell(value: Any, inputs: MentorInputs) -> Cell:
    """Return a cell with a value of the contact, or of Givebutter in general if the mentor has no contact."""
    if inputs.contact is None:
        return make_cell(value, CONTACTS, None, None, SOURCE_ORDER)
    return make_contact_cell(value, inputs.contact, inputs, SOURCE_ORDER)
