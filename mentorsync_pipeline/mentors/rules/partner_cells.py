"""Cells of a mentor's partner: from the partner form, otherwise from `partner_preference` (rulebook section 7)."""

from mentorsync_pipeline.mentors.rules.fields import PARTNER
from mentorsync_pipeline.mentors.rules.mentor_inputs import MentorInputs
from mentorsync_pipeline.mentors.rules.partner_wish import read_typed_partner
from mentorsync_pipeline.mentors.rules.row_cells import Cell, make_form_cell

PREFERENCE = "partner_preference"


def make_partner_cells(preference: Cell, inputs: MentorInputs) -> dict[str, Cell]:
    """Build the cells of the partner: from the partner form, otherwise from the merged `partner_preference`.

    If the form's partner is unknown, the partner is unknown until a person corrects it in Givebutter.
    """
    wish, merged = inputs.wish, read_typed_partner(preference.value)
    entry = wish.entry if wish is not None else None
    named = inputs.partners.find_partner(merged, own_mn_id=inputs.signup.mn_id)
    partner = Cell(named or merged.mn_id, preference.origin)
    if wish is not None and wish.is_unresolved and not (named and _is_correction(named, preference, inputs)):
        partner = make_form_cell(wish.typed.mn_id, PARTNER, entry)
    phone = make_form_cell(wish.phone if wish is not None else None, PARTNER, entry)
    if phone.value is None and merged.phones:
        phone = Cell(merged.phones[0], preference.origin)
    return {
        "partner_submission_id": make_form_cell(entry.submission_id if entry else None, PARTNER, entry),
        "partner_mn_id": partner,
        "partner_phone": phone,
        "partner_notes": make_form_cell(entry.answers.get("partner_notes") if entry else None, PARTNER, entry),
    }


def _is_correction(named: str, preference: Cell, inputs: MentorInputs) -> bool:
    """Return whether the partner was entered in Givebutter since the last run, or is already in use for this entry.

    Other values of the contact are older than the form: from an earlier entry or another year.
    """
    previous, wish = inputs.previous, inputs.wish
    if previous is None or wish is None:
        return False
    if preference.value != getattr(previous, PREFERENCE):
        return True
    origin = previous.provenance.get("partner_mn_id")
    is_same_entry = previous.partner_submission_id == wish.entry.submission_id
    return is_same_entry and previous.partner_mn_id == named and origin is not None and origin.source_table != PARTNER
