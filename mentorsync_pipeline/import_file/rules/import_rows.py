"""Build the rows of `mn_gb_import`, one for each mentor who is not blocked (rulebook, section 9).

Each column has the mentor's value, or Givebutter's present value where the mentor has none. A value that Givebutter's
import would reject is replaced by the contact's own or left out, with a warning, so that the row can be sent. The
message columns are not written here (rulebook, section 13).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mentorsync_pipeline.attendance.rules.merge import TAKEN_BACK
from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.answers import PASS_THROUGH
from mentorsync_pipeline.domain.clean_text import is_same_id
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.givebutter_values import (
    MAX_TAG,
    NO,
    YES,
    format_field,
    format_yes_no,
    is_formula,
    is_importable_phone,
    is_yes,
    join_values,
    neutralise_formula,
    parse_date,
)
from mentorsync_pipeline.domain.label_matching import match_option
from mentorsync_pipeline.domain.records import Contact, Mentor
from mentorsync_pipeline.domain.tags import remove_tags
from mentorsync_pipeline.import_file.rules.cells import (
    OWN_VALUE_SENT,
    CellProblem,
    ImportRow,
    cell_problems,
    find_unusable_custom_fields,
    leave_out_cells,
    present_options,
    warn_left_out_cell,
)
from mentorsync_pipeline.mentors.rules.carry_over import CarryOver
from mentorsync_pipeline.mentors.rules.fields import FIELDS, get_pushed_labels
from mentorsync_pipeline.mentors.rules.hidden_fields import restore_hidden_fields
from mentorsync_pipeline.mentors.rules.losers import Loser
from mentorsync_pipeline.mentors.rules.merge_inputs import YearData

__all__ = ["SOURCE_TABLE", "BuiltImportRow", "ImportRow", "build_row", "build_rows"]

SOURCE_TABLE = "mn_gb_import"

_SUBSCRIPTIONS: Mapping[str, str] = {
    col.EMAIL_STATUS: "email_subscribed",
    col.PHONE_STATUS: "phone_subscribed",
    col.ADDRESS_STATUS: "address_subscribed",
}
MERGED_COLUMNS = {
    "First Name": "first_name",
    "Preferred First Name": "preferred_name",
    "Last Name": "last_name",
    **{answer.import_column: answer.name for answer in PASS_THROUGH if answer.import_column},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImportRow:
    """A row and its warnings."""

    row: ImportRow
    warnings: tuple[WarningFinding, ...]


def build_row(
    mentor: Mentor,
    contact: Contact | None,
    carried: CarryOver,
    losers: Sequence[Loser],
    config: CampaignConfig,
    *,
    donor_losers: Sequence[Loser] = (),
) -> BuiltImportRow:
    """Build the import row of a mentor that is not blocked.

    Args:
        contact: the winner as Givebutter has it; None for a new contact.
        carried: values of the losers to add to the row (`mentors.rules.carry_over`).
        losers: duplicates whose data is copied.
        donor_losers: duplicates that need approval because of their donations. They opt out, but never subscribe.

    """
    present = contact or Contact(contact_id=0)
    row, warnings = _neutralise_formulas(_merge_row(mentor, contact, carried, losers, config))
    row = _apply_opt_outs(row, donor_losers)
    if _lacks_own_phone(mentor, present, row):
        warnings.append(_warn_foreign_phone(row))
    tags, tag_warnings = _build_tags(mentor, present, config, row)
    row = replace(row, cells={**row.cells, col.TAGS: tags})
    row, cell_warnings = _replace_invalid_cells(row, contact, config)
    return BuiltImportRow(row=row, warnings=(*warnings, *tag_warnings, *cell_warnings))


def _merge_row(
    mentor: Mentor, contact: Contact | None, carried: CarryOver, losers: Sequence[Loser], config: CampaignConfig
) -> ImportRow:
    """Merge mentor, contact and carried values into a row without tags, before import rules are applied."""
    present = contact or Contact(contact_id=0)
    primary_email = _choose_primary_email(mentor, contact)
    primary_phone = _choose_primary_phone(mentor, (*present.phones, *carried.phones))
    emails = _add_mentor_emails((*present.emails, *carried.emails), mentor)
    phones = {phone for phone in (*present.phones, *carried.phones) if is_importable_phone(phone)}
    cells: dict[str, str | None] = {
        **dict.fromkeys(col.IMPORT_COLUMNS),
        **{column: getattr(present, name) for column, name in col.UNCHANGED.items()},
        **{column: match_option(config, name, getattr(mentor, name)) for column, name in MERGED_COLUMNS.items()},
        **{column: getattr(present, name) for column, name in col.ADDRESS_PARTS.items()},
        **{column: _format_date(getattr(present, name)) for column, name in col.UNCHANGED_DATES.items()},
        col.NOTES: mentor.notes if mentor.notes != present.notes else None,
        col.CONTACT_ID: str(contact.contact_id) if contact else None,
        col.EXTERNAL_ID: _choose_external_id(mentor, present, config),
        col.PRIMARY_EMAIL: primary_email,
        col.PRIMARY_PHONE: primary_phone,
        col.EMAILS: join_values(sorted(emails - {primary_email})),
        col.PHONES: join_values(sorted(phones - {primary_phone})),
        col.HOUSEHOLD_PRIMARY: format_yes_no(is_yes(present.household_primary_contact)) if present.household else None,
        **_build_subscriptions(contact, [loser.contact for loser in losers], has_email=bool(primary_email or emails)),
    }
    return ImportRow(
        mn_id=mentor.mn_id,
        cells={column: _blank_to_none(text) for column, text in cells.items()},
        custom_fields=_build_custom_fields(mentor, present, config),
        where=mentor.mn_id,
    )


def build_rows(
    mentors: Iterable[Mentor], carried: Mapping[str, CarryOver], data: YearData
) -> tuple[BuiltImportRow, ...]:
    """Build a row for every mentor that is not blocked. `carried` is by submission id."""
    contacts = restore_hidden_fields(data.contacts.values(), data.bases, data.config)
    return tuple(
        build_row(
            mentor,
            contacts[mentor.gb_contact_id] if mentor.gb_contact_id is not None else None,
            carried.get(mentor.submission_id or "", CarryOver()),
            data.losers.get(mentor.submission_id or "", ()),
            data.config,
            donor_losers=data.donor_losers.get(mentor.submission_id or "", ()),
        )
        for mentor in mentors
        if mentor.sync_state != "blocked"
    )


def _choose_external_id(mentor: Mentor, present: Contact, config: CampaignConfig) -> str | None:
    """Return the mentor's External ID, in Givebutter's spelling if the contact already has it."""
    external_id = config.external_id(mentor.mn_id)
    return present.external_id if is_same_id(present.external_id, external_id) else external_id


def _add_mentor_emails(contact_emails: Sequence[str], mentor: Mentor) -> set[str]:
    """Return the contact's emails and those of the mentor's that the contact lacks in any spelling."""
    known_keys = set(map(email_key, contact_emails))
    missing = (
        email for email in (mentor.personal_email, mentor.uga_email) if email and email_key(email) not in known_keys
    )
    return {*contact_emails, *missing}


def _choose_primary_email(mentor: Mentor, contact: Contact | None) -> str | None:
    """Return Givebutter's primary email if it is one of the mentor's or the mentor has none, otherwise the mentor's."""
    mentor_emails = [email for email in (mentor.personal_email, mentor.uga_email) if email]
    current = normalize.email(contact.primary_email) if contact else None
    if not mentor_emails or (current is not None and email_key(current) in map(email_key, mentor_emails)):
        return current
    return mentor_emails[0]


def _choose_primary_phone(mentor: Mentor, other_phones: Iterable[str]) -> str | None:
    """Return the mentor's phone, or the first other one that is sent if Givebutter's import would reject it."""
    return next((phone for phone in (mentor.phone, *other_phones) if phone and is_importable_phone(phone)), None)


def _lacks_own_phone(mentor: Mentor, present: Contact, row: ImportRow) -> bool:
    """Return whether a foreign phone cannot be sent and is missing in Givebutter, or leaves the cell blank."""
    if mentor.phone is None or is_importable_phone(mentor.phone):
        return row.cells[col.PRIMARY_PHONE] is None and bool(present.phones)
    return mentor.phone not in present.phones or row.cells[col.PRIMARY_PHONE] is None


def _format_date(text: str | None) -> str | None:
    """Return a date as YYYY-MM-DD. An unreadable date is returned unchanged; `cell_problems` finds it later."""
    day = parse_date(text)
    return day.isoformat() if day else text


def _build_tags(
    mentor: Mentor, present: Contact, config: CampaignConfig, row: ImportRow
) -> tuple[str | None, list[WarningFinding]]:
    """Return the full set of tags, with the year's tag first, so that the cell never starts like a formula.

    The cell cannot hold a tag that is too long or has a comma. If the contact has such a tag, the whole cell is left
    out, because sending a set without the tag might remove it. Such a tag of a duplicate is left out alone.
    """
    other_tags = remove_tags(mentor.tags, config.mentor_tags)
    year_tags = [tag for tag in mentor.tags if tag not in other_tags] or [config.givebutter_mentor_tag]
    tags = (*year_tags, *other_tags)
    unusable = [tag for tag in tags if "," in tag or len(tag) > MAX_TAG]
    if not unusable:
        return join_values(tags), []
    reason = f"cannot be sent in full: {len(unusable)} of the tags hold a comma or more than {MAX_TAG} characters"
    problem = CellProblem(col.TAGS, "TEXT_TOO_LONG", reason)
    if any(tag in present.tags for tag in unusable):
        missing = [tag for tag in tags if tag not in present.tags and tag not in unusable]
        by_hand = f" Add by hand in Givebutter: {', '.join(missing)}." if missing else ""
        instead = f"The cell is left out of the file, so that Givebutter keeps its tags.{by_hand}"
        return None, [warn_left_out_cell(row, problem, source_table=SOURCE_TABLE, instead=instead)]
    instead = "The others are sent. Add these by hand in Givebutter before the duplicate is archived."
    sendable = join_values(tag for tag in tags if tag not in unusable)
    return sendable, [warn_left_out_cell(row, problem, source_table=SOURCE_TABLE, instead=instead)]


def _build_subscriptions(
    contact: Contact | None, losers: Sequence[Contact], *, has_email: bool
) -> dict[str, str | None]:
    """Return the strictest subscription status of the contact and its duplicates, by import column.

    An unchanged status is left blank, which keeps Givebutter's value; only the email status is required, for a row with
    an email. A new contact is subscribed only if a duplicate is.
    """
    statuses: dict[str, str | None] = {}
    for column, flag in _SUBSCRIPTIONS.items():
        loser_flags = _read_subscriptions(losers, column)
        flags = loser_flags if contact is None else (bool(getattr(contact, flag)), *loser_flags)
        status = format_yes_no(bool(flags) and all(flags))
        is_unchanged = contact is not None and (not has_email if column == col.EMAIL_STATUS else status == YES)
        statuses[column] = None if is_unchanged else status
    return statuses


def _apply_opt_outs(row: ImportRow, donor_losers: Sequence[Loser]) -> ImportRow:
    """Return the row with No for what was unsubscribed on a duplicate; without an email there is no status."""
    contacts = [loser.contact for loser in donor_losers]
    opted_out = {
        column: NO
        for column in _SUBSCRIPTIONS
        if not all(_read_subscriptions(contacts, column))
        and (column != col.EMAIL_STATUS or row.cells[column] is not None)
    }
    return replace(row, cells={**row.cells, **opted_out}) if opted_out else row


def _read_subscriptions(contacts: Iterable[Contact], column: str) -> list[bool]:
    """Return the subscriptions of the contacts that have an email, a phone or an address."""
    values = {col.EMAIL_STATUS: "emails", col.PHONE_STATUS: "phones", col.ADDRESS_STATUS: "has_address"}[column]
    return [getattr(contact, _SUBSCRIPTIONS[column]) for contact in contacts if getattr(contact, values)]


def _build_custom_fields(mentor: Mentor, contact: Contact, config: CampaignConfig) -> dict[str, str]:
    """Return the pushed custom fields by label: the mentor's value, otherwise Givebutter's."""
    cells = {}
    for name, label in get_pushed_labels(config).items():
        present_value = contact.custom_fields.get(label)
        if FIELDS[name].only_ticks:
            text = _build_tick(mentor, name, present_value)
        else:
            text = format_field(config, name, getattr(mentor, name)) or present_value
        if text:
            cells[label] = text
    return cells


def _build_tick(mentor: Mentor, name: str, present_value: str | None) -> str | None:
    """Return the cell of a checkbox: a tick is sent as Yes, and a withdrawn tick of our own as No.

    Otherwise the cell is left out, because the box may have been ticked in Givebutter since the contact data was taken.
    """
    if getattr(mentor, name):
        return YES
    origin = mentor.provenance.get(name)
    return format_yes_no(False) if origin is not None and origin.rule == TAKEN_BACK and is_yes(present_value) else None


def _neutralise_formulas(row: ImportRow) -> tuple[ImportRow, list[WarningFinding]]:
    """Put an apostrophe before each free text that a spreadsheet would run as a formula; return a warning for each.

    Addresses are not changed, because that would change the street; `cell_problems` leaves them out.
    """
    cells, custom_fields, warnings = dict(row.cells), dict(row.custom_fields), []
    for column in col.FREE_TEXTS:
        text = cells[column]
        if text is not None and column not in col.ADDRESS and is_formula(text):
            cells[column] = neutralise_formula(text)
            warnings.append(_warn_formula(row, column))
    for label, text in custom_fields.items():
        if is_formula(text):
            custom_fields[label] = neutralise_formula(text)
            warnings.append(_warn_formula(row, label))
    return replace(row, cells=cells, custom_fields=custom_fields), warnings


def _replace_invalid_cells(
    row: ImportRow, contact: Contact | None, config: CampaignConfig
) -> tuple[ImportRow, list[WarningFinding]]:
    """Replace each cell that Givebutter would reject by the contact's own value if that is valid, otherwise drop it.

    Returns a warning for each such cell, and for each option that the configuration lacks and the contact holds: that
    option is sent back.
    """
    options = present_options(contact.gender, contact.custom_fields) if contact else {}
    problems = cell_problems(row, config, options)
    sendable = row
    if problems:
        replaced = _use_contact_values(row, contact, problems)
        sendable = leave_out_cells(replaced, cell_problems(replaced, config, options))
    warnings = []
    for problem in problems:
        sent_value = {**sendable.cells, **sendable.custom_fields}.get(problem.column)
        instead = OWN_VALUE_SENT if sent_value and problem.column not in col.LISTS else ""
        warnings.append(warn_left_out_cell(row, problem, source_table=SOURCE_TABLE, instead=instead))
    for problem in find_unusable_custom_fields(sendable, config, {}) if options else ():
        instead = "The contact holds it in Givebutter, so it is sent as it is. Add it to custom_field_options."
        warnings.append(warn_left_out_cell(row, problem, source_table=SOURCE_TABLE, instead=instead))
    return sendable, warnings


def _use_contact_values(row: ImportRow, contact: Contact | None, problems: Sequence[CellProblem]) -> ImportRow:
    """Put the contact's own value in each cell of a merged field or custom field that has a problem."""
    if contact is None:
        return row
    cells, custom_fields = dict(row.cells), dict(row.custom_fields)
    for problem in problems:
        if problem.column in MERGED_COLUMNS:
            cells[problem.column] = neutralise_formula(getattr(contact, MERGED_COLUMNS[problem.column]) or "") or None
        elif problem.column in custom_fields and problem.column in contact.custom_fields:
            custom_fields[problem.column] = neutralise_formula(contact.custom_fields[problem.column])
    return replace(row, cells=cells, custom_fields=custom_fields)


def _blank_to_none(text: str | None) -> str | None:
    return text.strip() or None if text else None


def _warn_formula(row: ImportRow, column: str) -> WarningFinding:
    return WarningFinding(
        warning_type="unusual_value",
        subject=f"{row.mn_id}:{column}",
        message=f"{column} starts like a formula (=, +, - or @); an apostrophe was put in front of it.",
        source_table=SOURCE_TABLE,
        mn_id=row.mn_id,
    )


def _warn_foreign_phone(row: ImportRow) -> WarningFinding:
    return WarningFinding(
        warning_type="unusual_value",
        subject=f"{row.mn_id}:{col.PRIMARY_PHONE}",
        message=f"{row.mn_id}: the phone is not a US number, which Givebutter's import rejects; it is left out of the"
        " file. If Givebutter lacks it, enter it on the contact by hand.",
        source_table=SOURCE_TABLE,
        mn_id=row.mn_id,
    )
