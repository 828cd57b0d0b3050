"""Cells of training attendance: from records of staff, otherwise from Givebutter (rulebook section 7)."""

from datetime import date

from mentorsync_pipeline.attendance.rules.merge import Attendance, EarlierValue, merge_attendance, update_base
from mentorsync_pipeline.attendance.rules.own_tick import FIELD as ATTENDED
from mentorsync_pipeline.attendance.rules.own_tick import Checkbox
from mentorsync_pipeline.domain.clean_text import is_same_id
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.givebutter_values import is_yes, parse_date
from mentorsync_pipeline.domain.three_way import Base
from mentorsync_pipeline.mentors.rules.contact_side import read_contact_text
from mentorsync_pipeline.mentors.rules.fields import RECORDS
from mentorsync_pipeline.mentors.rules.mentor_inputs import MentorInputs
from mentorsync_pipeline.mentors.rules.merging import SOURCE_ORDER
from mentorsync_pipeline.mentors.rules.row_cells import SOURCE_TABLE, Cell, make_cell, make_optional_contact_cell


def make_training_cells(inputs: MentorInputs) -> tuple[dict[str, Cell], Base | None]:
    """Build attendance and day of the training: from records of staff, otherwise from Givebutter's custom fields.

    Returns the cells and the base of the attendance box.
    """
    contact, previous = inputs.contact, inputs.previous
    checkbox = _read_checkbox(inputs)
    entered_date = parse_date(read_contact_text(contact, "training_at", inputs.config)) if contact is not None else None
    earlier_value = EarlierValue()
    if previous is not None:
        earlier_value = EarlierValue(attended=previous.attended_training, origin=previous.provenance.get(ATTENDED))
    merged = merge_attendance(inputs.records, checkbox, earlier_value, inputs.sent_tick)
    shown_date = entered_date or (previous.training_at if previous is not None and merged.source == "earlier" else None)
    cells = {
        ATTENDED: _make_attended_cell(merged, inputs),
        "training_at": _make_training_day_cell(merged, shown_date, inputs),
    }
    return cells, update_base(merged, checkbox, inputs.sent_tick, inputs.as_of)


def _read_checkbox(inputs: MentorInputs) -> Checkbox:
    """Read the attendance box of the mentor's contact. A box that an export hides is as it was last seen."""
    contact, signup, base = inputs.contact, inputs.signup, inputs.sent_tick.base
    if contact is None:
        return Checkbox()
    is_ticked = is_yes(read_contact_text(contact, ATTENDED, inputs.config))
    if ATTENDED not in inputs.known_fields and base is not None and base.contact_id == contact.contact_id:
        is_ticked = bool(base.contact_value)
    own_ids = (inputs.config.external_id(mn_id) for mn_id in (signup.mn_id, *signup.superseded_mn_ids))
    return Checkbox(
        is_ticked=is_ticked,
        contact_id=contact.contact_id,
        created_at=contact.date_created,
        modified_at=contact.last_modified,
        has_external_id=any(is_same_id(contact.external_id, external_id) for external_id in own_ids),
    )


def _make_attended_cell(merged: Attendance, inputs: MentorInputs) -> Cell:
    record, previous = merged.record, inputs.previous
    if record is not None and merged.rule is not None:
        return make_cell(merged.attended, RECORDS, record.id, record.undone_at or record.observed_at, merged.rule)
    if merged.source == "earlier" and previous is not None and ATTENDED in previous.provenance:
        return Cell(merged.attended, previous.provenance[ATTENDED])
    return make_optional_contact_cell(merged.attended, inputs)


def _make_training_day_cell(merged: Attendance, shown_date: date | None, inputs: MentorInputs) -> Cell:
    """Build the training day: of the check-in in force, else Givebutter's date, else the date before a lost tick."""
    record, previous = merged.record, inputs.previous
    if record is not None and merged.attended:
        return make_cell(record.observed_on, RECORDS, record.id, record.observed_at, SOURCE_ORDER)
    if merged.source == "earlier" and previous is not None and shown_date == previous.training_at:
        origin = previous.provenance.get("training_at")
        return Cell(shown_date, origin) if origin is not None else make_optional_contact_cell(shown_date, inputs)
    return make_optional_contact_cell(shown_date, inputs)


def find_training_date_warnings(inputs: MentorInputs) -> tuple[WarningFinding, ...]:
    """Return a warning if Givebutter's training date cannot be read."""
    text = read_contact_text(inputs.contact, "training_at", inputs.config) if inputs.contact else None
    if text is None or parse_date(text) is not None:
        return ()
    mn_id = inputs.signup.mn_id
    return (
        WarningFinding(
            warning_type="unusual_value",
            subject=f"{mn_id}:training_at",
            message="The training date in Givebutter is neither M/D/YYYY nor YYYY-MM-DD and was not used.",
            source_table=SOURCE_TABLE,
            mn_id=mn_id,
        ),
    )
