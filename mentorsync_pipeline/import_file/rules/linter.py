"""Check rows against Givebutter's import rules and the current contacts (rulebook, section 9).

`lint` prepares a new file: it leaves out invalid cells with a warning, and excludes only the rows that Givebutter
would still reject or that might create a duplicate, as errors with a stable code (`domain.error_codes`). `check`
reports all faults of an existing file to a person who is about to import it. Source: reference/givebutter.md,
"Contacts IMPORT".
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.clean_text import has_unusual_characters, id_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.domain.findings import ErrorFinding, WarningFinding
from mentorsync_pipeline.domain.givebutter_values import MAX_TEXT, NO, is_yes
from mentorsync_pipeline.domain.records import Contact, UnreadContact
from mentorsync_pipeline.import_file.rules.cells import (
    OWN_VALUE_SENT,
    CellProblem,
    ImportRow,
    cell_problems,
    leave_out_cells,
    present_options,
    warn_left_out_cell,
)
from mentorsync_pipeline.import_file.rules.rejections import find_rejected_cells, send_own_options
from mentorsync_pipeline.import_file.rules.unread_contacts import UnreadContactIndex

SOURCE_TABLE = "gb_import_file"
HELD_BY_ARCHIVED = "EXTERNAL_ID_HELD"
"""Code of a row whose External ID another contact holds. A person may send the row if that contact is archived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactState:
    """Current subscriptions and select values of a contact.

    Attributes:
        unsubscribed: import columns of the subscription statuses that are No.
        options: values of select fields by column or label.

    """

    unsubscribed: frozenset[str] = frozenset()
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_contact(cls, contact: Contact) -> "ContactState":
        """Return the state of a contact, with the fields that an export hides (`restore_hidden_fields`)."""
        subscribed = (contact.email_subscribed, contact.phone_subscribed, contact.address_subscribed)
        return cls(
            unsubscribed=frozenset(
                column for column, is_on in zip(col.SUBSCRIPTIONS, subscribed, strict=True) if not is_on
            ),
            options=present_options(contact.gender, contact.custom_fields),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentContacts:
    """Current contact data for the ids in the rows.

    Attributes:
        holders: contact id by External ID (as `id_key`), archived contacts included.
        contact_ids: ids of active contacts among those that the rows name.
        archived_ids: ids of archived contacts among those that the rows name.
        states: the active contacts that the rows update, by contact id.
        unsubscribed: by MN id the status columns that are No in the present import rows, since a duplicate may have
            unsubscribed.
        unread: contacts that cannot be read.
        rejected_options: `Cause.keys` of the open rejections of options.

    """

    holders: Mapping[str, int] = field(default_factory=dict)
    contact_ids: Collection[int] = frozenset()
    archived_ids: Collection[int] = frozenset()
    states: Mapping[int, ContactState] = field(default_factory=dict)
    unsubscribed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unread: Collection[UnreadContact] = ()
    rejected_options: Collection[str] = frozenset()

    def state(self, row: ImportRow) -> ContactState:
        """Return the state of the contact that a row updates; an empty state for a new contact."""
        text = row.cells[col.CONTACT_ID]
        return self.states.get(int(text), ContactState()) if text and _is_number(text) else ContactState()

    def unsubscribed_in(self, row: ImportRow) -> frozenset[str]:
        """Return the status columns that are No now, on the row's contact or in the mentor's present import row."""
        return self.state(row).unsubscribed | self.unsubscribed.get(row.mn_id or "", frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class LintResult:
    """Rows that can be sent, in their order; errors of the other rows; warnings about cells that were left out."""

    passed: tuple[ImportRow, ...]
    errors: tuple[ErrorFinding, ...]
    warnings: tuple[WarningFinding, ...] = ()


Problem = tuple[str, str]
"""Error code and message. The message names the column and holds no personal data."""


def lint(
    rows: Sequence[ImportRow],
    contacts: CurrentContacts,
    config: CampaignConfig,
    *,
    retried: Collection[str] = frozenset(),
) -> LintResult:
    """Prepare the rows of a new file. Rows that share an External ID or a contact id all stay out.

    A status from before a person unsubscribed is changed to No.

    Args:
        retried: MN ids of rows that are sent although an archived contact seems to hold their External ID, because a
            person confirmed that it no longer does.

    """
    prepared, warnings = [], []
    for row in rows:
        rejected = list(find_rejected_cells(row, config, contacts.rejected_options))
        sent = send_own_options(row, rejected, contacts.state(row).options)
        problems = _find_cell_problems(sent, contacts, config)
        left_out = {problem.column for problem in problems}
        warnings += [warn_left_out_cell(row, problem, source_table=SOURCE_TABLE) for problem in problems]
        warnings += [
            warn_left_out_cell(row, problem, source_table=SOURCE_TABLE, instead=OWN_VALUE_SENT)
            for problem in rejected
            if problem.column not in left_out
        ]
        prepared.append(_keep_unsubscribed(leave_out_cells(sent, problems), contacts))
    passed, errors = [], []
    for row, row_problems in zip(prepared, _find_row_problems(prepared, contacts), strict=True):
        errors += _build_errors(row, row_problems)
        if not row_problems or (row.mn_id in retried and _is_held_by_archived(row, row_problems, contacts)):
            passed.append(row)
    return LintResult(passed=tuple(passed), errors=tuple(errors), warnings=tuple(warnings))


def check(rows: Sequence[ImportRow], contacts: CurrentContacts, config: CampaignConfig) -> LintResult:
    """Find all faults in the rows of an existing file, without changing the rows.

    Includes statuses from before a person unsubscribed (`STALE_FILE`).
    """
    passed, errors = [], []
    for row, row_problems in zip(rows, _find_row_problems(rows, contacts), strict=True):
        invalid_cells = _find_cell_problems(row, contacts, config)
        problems = [
            *row_problems,
            *((cell.code, cell.message) for cell in invalid_cells),
            *_check_subscriptions(row, contacts),
        ]
        if problems:
            errors += _build_errors(row, problems)
        else:
            passed.append(row)
    return LintResult(passed=tuple(passed), errors=tuple(errors))


def _find_cell_problems(row: ImportRow, contacts: CurrentContacts, config: CampaignConfig) -> list[CellProblem]:
    return [
        *cell_problems(row, config, contacts.state(row).options),
        *find_rejected_cells(row, config, contacts.rejected_options),
    ]


def _find_row_problems(rows: Sequence[ImportRow], contacts: CurrentContacts) -> Iterator[list[Problem]]:
    """Yield, for each row, the problems for which the whole row cannot be sent."""
    external_ids = Counter(id_key(row.cells[col.EXTERNAL_ID]) for row in rows)
    contact_ids = Counter(row.cells[col.CONTACT_ID] for row in rows)
    unread = UnreadContactIndex(contacts.unread)
    for row in rows:
        yield [
            *(("CONTACT_UNREAD", _explain_unread(contact, shared)) for contact, shared in unread.find_shared(row)),
            *_check_external_id(row, external_ids, contacts),
            *_check_contact_id(row, contact_ids, contacts),
            *_check_required_cells(row),
        ]


def _build_errors(row: ImportRow, problems: Sequence[Problem]) -> list[ErrorFinding]:
    """Return one error per code; its message lists all cells with that code."""
    messages: dict[str, list[str]] = defaultdict(list)
    for code, message in problems:
        messages[code].append(message)
    return [
        build_error(code, subject=row.where, message=" ".join(texts), source_table=SOURCE_TABLE, mn_id=row.mn_id)
        for code, texts in messages.items()
    ]


def _explain_unread(contact: UnreadContact, shared: str) -> str:
    return f"{contact.message} It has the {shared} of this row and may be the mentor's contact."


def _check_external_id(
    row: ImportRow, row_counts: Mapping[str | None, int], contacts: CurrentContacts
) -> Iterator[Problem]:
    external_id, contact_id = row.cells[col.EXTERNAL_ID], row.cells[col.CONTACT_ID]
    if external_id is None:
        yield "EXTERNAL_ID_MISSING", f"{col.EXTERNAL_ID} is blank."
        return
    if len(external_id) > MAX_TEXT or has_unusual_characters(external_id):
        yield "TEXT_TOO_LONG", f"{col.EXTERNAL_ID} has more than {MAX_TEXT} characters or a control character."
    key = id_key(external_id)
    if row_counts[key] > 1:
        yield "EXTERNAL_ID_REPEATED", f"{row_counts[key]} rows carry the External ID {external_id}."
    holder = contacts.holders.get(key or "")
    if holder is not None and str(holder) != contact_id:
        kind = "The archived contact" if holder in contacts.archived_ids else "Contact"
        yield "EXTERNAL_ID_HELD", f"{kind} {holder} holds the External ID {external_id}."


def _is_held_by_archived(row: ImportRow, problems: Sequence[Problem], contacts: CurrentContacts) -> bool:
    """Return whether a row's only problem is that an archived contact holds its External ID."""
    holder = contacts.holders.get(id_key(row.cells[col.EXTERNAL_ID]) or "")
    return holder in contacts.archived_ids and {code for code, _ in problems} == {HELD_BY_ARCHIVED}


def _check_contact_id(
    row: ImportRow, row_counts: Mapping[str | None, int], contacts: CurrentContacts
) -> Iterator[Problem]:
    text = row.cells[col.CONTACT_ID]
    if text is None:
        return
    if not _is_number(text):
        yield "CONTACT_ID_INVALID", f"{col.CONTACT_ID} is not a whole number."
        return
    if row_counts[text] > 1:
        yield "CONTACT_ID_REPEATED", f"{row_counts[text]} rows update contact {text}."
    if int(text) in contacts.archived_ids:
        yield "CONTACT_ARCHIVED", f"Contact {text} is archived."
    elif int(text) not in contacts.contact_ids:
        yield "CONTACT_UNKNOWN", f"Contact {text} is not among the current contacts."


def _check_required_cells(row: ImportRow) -> Iterator[Problem]:
    if row.cells[col.LAST_NAME] is None:
        yield "LAST_NAME_MISSING", f"{col.LAST_NAME} is blank."
    if (row.cells[col.PRIMARY_EMAIL] or row.cells[col.EMAILS]) and row.cells[col.EMAIL_STATUS] is None:
        yield "EMAIL_SUBSCRIPTION_MISSING", f"There is an email and {col.EMAIL_STATUS} is blank."


def _keep_unsubscribed(row: ImportRow, contacts: CurrentContacts) -> ImportRow:
    changed_cells = {column: NO for column in contacts.unsubscribed_in(row) if _lacks_opt_out(row, column)}
    return replace(row, cells={**row.cells, **changed_cells}) if changed_cells else row


def _check_subscriptions(row: ImportRow, contacts: CurrentContacts) -> Iterator[Problem]:
    columns = sorted(column for column in contacts.unsubscribed_in(row) if _lacks_opt_out(row, column))
    if columns:
        verb = "is" if len(columns) == 1 else "are"
        yield (
            "STALE_FILE",
            f"{', '.join(columns)} {verb} not {NO} in the file and {NO} now: the person has unsubscribed since.",
        )


def _lacks_opt_out(row: ImportRow, column: str) -> bool:
    """Return whether a status cell is older than an unsubscribe: Yes, or blank where a file created now has No.

    A blank email status belongs to a row without an email, and changes nothing.
    """
    text = row.cells[column]
    return is_yes(text) or (text is None and column != col.EMAIL_STATUS)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
