"""Build one row of `mentors` from the inputs of one mentor (rulebook section 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mentorsync_pipeline.attendance.rules.own_tick import FIELD as ATTENDED
from mentorsync_pipeline.domain.answers import PASS_THROUGH_NAMES
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import Conflict, WarningFinding
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.domain.records import Contact, FormEntry, Mentor
from mentorsync_pipeline.domain.sharing import person_name
from mentorsync_pipeline.domain.tags import add_tags, has_tag
from mentorsync_pipeline.domain.three_way import Base
from mentorsync_pipeline.domain.vocabulary import SyncState
from mentorsync_pipeline.mentors.rules.attendance_cells import find_training_date_warnings, make_training_cells
from mentorsync_pipeline.mentors.rules.contact_side import DisputedValue, Sides, read_contact_text
from mentorsync_pipeline.mentors.rules.fields import (
    CONTACTS,
    MEMBERS,
    PARTNER,
    SETUP,
    SIGNUPS,
    THREE_WAY,
    TRAINING,
    WINNERS,
)
from mentorsync_pipeline.mentors.rules.fundraising import (
    AMOUNT_SUBJECT,
    Fundraising,
    compute_fundraising,
    determine_status,
)
from mentorsync_pipeline.mentors.rules.mentor_inputs import MentorInputs
from mentorsync_pipeline.mentors.rules.merging import (
    DECIDED,
    PENDING,
    SOURCE_ORDER,
    MergedField,
    merge_fields,
    merge_without_contact,
)
from mentorsync_pipeline.mentors.rules.mismatches import find_last_answered_at
from mentorsync_pipeline.mentors.rules.neat_names import (
    choose_answers,
    choose_names,
    choose_reference_name,
    fill_junk_boxes,
    is_correction,
    keep_names_before,
    read_last_known_name,
)
from mentorsync_pipeline.mentors.rules.partner_cells import PREFERENCE, make_partner_cells
from mentorsync_pipeline.mentors.rules.partner_wish import apply_wish, warn_unusable_answers
from mentorsync_pipeline.mentors.rules.provenance import choose_origin
from mentorsync_pipeline.mentors.rules.row_cells import SOURCE_TABLE, Cell, make_cell, make_contact_cell, make_form_cell
from mentorsync_pipeline.mentors.rules.sent_rows import find_sent_values, may_have_made


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltRow:
    """A mentor's row with its new bases, conflicts and warnings."""

    mentor: Mentor
    bases: Mapping[str, Base] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    warnings: tuple[WarningFinding, ...] = ()


def build_row(inputs: MentorInputs) -> BuiltRow:
    """Build the row of a matched or new mentor, or of a blocked mentor without an earlier row."""
    merged = _merge_inputs(inputs)
    fundraising = compute_fundraising(
        inputs.signup.mn_id,
        inputs.signup.submission_id,
        inputs.members,
        base=inputs.bases.get(AMOUNT_SUBJECT),
        decisions=inputs.decisions,
        as_of=inputs.as_of,
        source_table=SOURCE_TABLE,
    )
    cells = _make_merged_cells(merged, inputs)
    cells |= (
        _make_signup_cells(inputs)
        | _make_money_cells(fundraising, inputs)
        | _make_form_cells(inputs)
        | _make_contact_cells(inputs)
    )
    training_cells, tick_base = make_training_cells(inputs)
    cells |= training_cells | make_partner_cells(cells[PREFERENCE], inputs)
    mentor = Mentor(
        mn_id=inputs.signup.mn_id,
        sync_state=_determine_sync_state(inputs),
        provenance={
            name: choose_origin(inputs.previous, name, cell.value, cell.origin) for name, cell in sorted(cells.items())
        },
        **{name: cell.value for name, cell in cells.items()},
    )
    bases = {name: merged_field.base for name, merged_field in merged.items() if merged_field.base is not None} | dict(
        inputs.carried.bases
    )
    further_bases = {AMOUNT_SUBJECT: fundraising.base, ATTENDED: tick_base}
    return BuiltRow(
        mentor=mentor,
        bases=bases | {name: base for name, base in further_bases.items() if base is not None},
        conflicts=(
            *(merged_field.conflict for merged_field in merged.values() if merged_field.conflict is not None),
            *fundraising.conflicts,
        ),
        warnings=(
            *inputs.carried.warnings,
            *find_training_date_warnings(inputs),
            *warn_unusable_answers(inputs.wish, inputs.signup.mn_id, source_table=SOURCE_TABLE),
        ),
    )


def _determine_sync_state(inputs: MentorInputs) -> SyncState:
    if inputs.winner.decision == "blocked":
        return "blocked"
    return "new" if inputs.contact is None else "matched"


def _merge_inputs(inputs: MentorInputs) -> Mapping[str, MergedField]:
    if inputs.contact is None:
        earlier_name = fill_junk_boxes(_get_earlier_contact_name(inputs), inputs.signup, inputs.names_at_link)
        signup = apply_wish(choose_names(inputs.signup, earlier_name), inputs.wish)
        return {
            name: merge_without_contact(getattr(signup, name), inputs.other_contact_bases.get(name))
            for name in THREE_WAY
        }
    is_corrected = is_correction(
        inputs.signup,
        person_name(inputs.contact),
        inputs.sent_names,
        names_at_link=inputs.names_at_link,
        earlier_names=_get_earlier_names(inputs),
    )
    reference = choose_reference_name(inputs.signup, inputs.contact, inputs.bases, inputs.sent_names)
    reference_name = fill_junk_boxes(reference, inputs.signup, inputs.names_at_link)
    named = choose_names(inputs.signup, None if is_corrected else reference_name)
    named = keep_names_before(named, inputs.signup, inputs.contact, inputs.bases)
    held = {
        name: read_contact_text(inputs.contact, name, inputs.config)
        for name in PASS_THROUGH_NAMES
        if name not in inputs.config.custom_field_options
    }
    return merge_fields(
        Sides(
            signup=apply_wish(choose_answers(named, held), inputs.wish),
            form_answers=_get_form_answers(inputs),
            contact=inputs.contact,
            disputed=_get_disputed_values(inputs.previous, inputs.contact),
            sent_before=_get_sent_values(inputs, inputs.contact),
            carried_values=frozenset((*inputs.carried.emails, *inputs.carried.phones)),
            bases=inputs.bases,
            other_contact_bases=inputs.other_contact_bases,
            edits_seen_since=inputs.edits_seen_since,
            bases_of_others=inputs.bases_of_others,
            seen_bases=inputs.seen_bases,
            sent_rows=inputs.sent_rows,
            decisions=inputs.decisions,
            config=inputs.config,
            as_of=inputs.as_of,
            known_fields=inputs.known_fields,
            source_table=SOURCE_TABLE,
        )
    )


def _get_earlier_names(inputs: MentorInputs) -> tuple[str, ...]:
    """Return first and last name of the earlier row if the contact is the linked one, or an import may have made it."""
    previous, contact = inputs.previous, inputs.contact
    if previous is None or contact is None:
        return ()
    if inputs.linked_contact_id != contact.contact_id and not may_have_made(inputs.sent_rows, person_name(contact)):
        return ()
    return previous.first_name or "", previous.last_name or ""


def _get_earlier_contact_name(inputs: MentorInputs) -> PersonName | None:
    """Return the name last known of the mentor's earlier contact; None for a name that the student has corrected."""
    name, base = read_last_known_name(inputs.other_contact_bases), inputs.other_contact_bases.get("last_name")
    if name is None or base is None:
        return name
    rows = [row for row in inputs.sent_rows if row.made_at <= base.confirmed_at]
    is_corrected = may_have_made(rows, name) and is_correction(inputs.signup, name, (name.first or "", name.last or ""))
    return None if is_corrected else name


def _get_disputed_values(previous: Mentor | None, contact: Contact) -> Mapping[str, DisputedValue]:
    """Return the earlier row's values that an open conflict or a decision chose, if the row has the same contact."""
    if previous is None or previous.gb_contact_id != contact.contact_id:
        return {}
    origins = {name: previous.provenance[name] for name in THREE_WAY if name in previous.provenance}
    return {
        name: DisputedValue(getattr(previous, name), origin.source_table, origin.rule)
        for name, origin in origins.items()
        if origin.rule in (PENDING, DECIDED)
    }


def _get_sent_values(inputs: MentorInputs, contact: Contact) -> Mapping[str, Any]:
    """Return the values of the earlier row with this contact that a file had and that are not the contact's own."""
    previous = inputs.previous
    if previous is None or previous.gb_contact_id != contact.contact_id:
        return {}
    origins = ((name, previous.provenance[name]) for name in THREE_WAY if name in previous.provenance)
    values = {name: getattr(previous, name) for name, origin in origins if origin.source_table != CONTACTS}
    return {
        name: value
        for name, value in values.items()
        if value in find_sent_values(inputs.sent_rows, contact.contact_id, name)
    }


def _get_form_answers(inputs: MentorInputs) -> Mapping[str, FormEntry]:
    """Return the entry of the partner form by field that it has an answer for."""
    return {} if inputs.wish is None else dict.fromkeys(inputs.wish.answers, inputs.wish.entry)


def _make_merged_cells(merged: Mapping[str, MergedField], inputs: MentorInputs) -> dict[str, Cell]:
    entries = _get_form_answers(inputs)
    submission_id, answered_at = inputs.signup.submission_id, find_last_answered_at(inputs.signup)
    cells: dict[str, Cell] = {}
    for name, (value, table, rule, *_) in merged.items():
        if table == SIGNUPS and name in entries:
            cells[name] = make_form_cell(value, PARTNER, entries[name], rule)
        elif table == CONTACTS and inputs.contact is not None:
            cells[name] = make_contact_cell(value, inputs.contact, inputs, rule)
        else:
            cells[name] = make_cell(value, table, submission_id, answered_at, rule)
    return cells


def _make_signup_cells(inputs: MentorInputs) -> dict[str, Cell]:
    signup, winner = inputs.signup, inputs.winner
    answered_at = find_last_answered_at(signup)
    return {
        "submission_id": make_cell(signup.submission_id, SIGNUPS, signup.submission_id, answered_at, SOURCE_ORDER),
        "signed_up_at": make_cell(signup.created_at, SIGNUPS, signup.submission_id, answered_at, SOURCE_ORDER),
        "gb_contact_id": make_cell(winner.contact_id, WINNERS, winner.submission_id, inputs.as_of, winner.decision),
    }


def _make_money_cells(fundraising: Fundraising, inputs: MentorInputs) -> dict[str, Cell]:
    member = fundraising.member
    source_id = member.member_id if member else None
    observed = member.observed_at if member else None
    rule = DECIDED if fundraising.decided else SOURCE_ORDER
    values: dict[str, Any] = {
        "campaign_member": member is not None,
        "gb_member_id": source_id,
        "amount_raised": fundraising.amount,
        "fundraising_page_url": member.url if member else None,
    }
    cells = {name: make_cell(value, MEMBERS, source_id, observed, rule) for name, value in values.items()}
    status = determine_status(
        amount_raised=fundraising.amount,
        campaign_member=member is not None,
        has_setup=inputs.setup is not None,
        fundraising_goal=inputs.config.fundraising_goal,
    )
    if member is None and inputs.setup is not None:
        return cells | {"status": make_form_cell(status, SETUP, inputs.setup, "status")}
    return cells | {"status": make_cell(status, MEMBERS, source_id, observed, "status")}


def _make_form_cells(inputs: MentorInputs) -> dict[str, Cell]:
    setup, training = inputs.setup, inputs.training
    return {
        "setup_submission_id": make_form_cell(setup.submission_id if setup else None, SETUP, setup),
        "training_signup": make_form_cell(training is not None, TRAINING, training),
        "training_signup_at": make_form_cell(training.created_at if training else None, TRAINING, training),
        "training_signup_submission_id": make_form_cell(
            training.submission_id if training else None, TRAINING, training
        ),
    }


def _make_contact_cells(inputs: MentorInputs) -> dict[str, Cell]:
    """Build the cells from Givebutter only. Without a contact they are empty, except the tags of a new contact."""
    contact, config = inputs.contact, inputs.config
    if contact is None:
        is_new = inputs.winner.decision != "blocked"
        tags = _sort_tags(_add_year_tags(inputs.carried.tags, inputs.carried.tags, config)) if is_new else ()
        default_values = {"dropped": False, "notes": None, "tags": tags}
        return {name: make_cell(value, CONTACTS, None, None, SOURCE_ORDER) for name, value in default_values.items()}
    tags_of_year = contact.tags_of(config.campaign_year)
    values: dict[str, Any] = {
        "dropped": has_tag(tags_of_year, *config.dropped_tags),
        "notes": contact.notes,
        "tags": _sort_tags(_add_year_tags(contact.tags, tags_of_year, config)),
    }
    return {name: make_contact_cell(value, contact, inputs, SOURCE_ORDER) for name, value in values.items()}


def _add_year_tags(tags: tuple[str, ...], tags_of_year: tuple[str, ...], config: CampaignConfig) -> tuple[str, ...]:
    """Add the year's mentor tag unless one of its names is among the tags of the year.

    At the end of a season (`tags_with_year`) the mentor tag and, for mentors who dropped out, the dropped tag are added
    even if another of their names is there.
    """
    if config.tags_with_year:
        dropped = (config.givebutter_dropped_tag,) if has_tag(tags_of_year, *config.dropped_tags) else ()
        return add_tags(tags, (config.givebutter_mentor_tag, *dropped))
    return tags if has_tag(tags_of_year, *config.mentor_tags) else add_tags((config.givebutter_mentor_tag,), tags)


def _sort_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Sort tags, so that the row does not depend on Givebutter's order."""
    return tuple(sorted(set(tags), key=lambda tag: (tag.casefold(), tag)))
