"""Check rows against Givebutter's import rules and the current contacts (rulebook, section 9).

`lint` prepares a file that leaves: a cell that cannot be sent is left out with a warning, and only a row that
Givebutter would reject all the same stays out, as an error with a stable code (`domain.error_codes`). `check`
reports everything that is wrong with a file as it is, for a person who is about to import it. Source:
reference/givebutter.md, "Contacts IMPORT".
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.clean_text import has_unusual_characters, id_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.error_codes import finding
from mentorsync_pipeline.domain.findings import ErrorFinding, WarningFinding
from mentorsync_pipeline.domain.givebutter_values import MAX_TEXT, NO, YES, is_yes
from mentorsync_pipeline.import_file.rules.cells import (
    ImportRow,
    cell_problems,
    held_options,
    leave_out,
    left_out_warning,
)

SOURCE_TABLE = "gb_import_file"
HELD_BY_ARCHIVED = "EXTERNAL_ID_HELD"
"""The code of a row whose External ID another contact holds; a person may send it if that one is archived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactState:
    """What a contact of Givebutter, archived or not, now shows: its subscriptions and what its selects hold.

    `unsubscribed` has the status columns that are No; `options` is by column or label.
    """

    unsubscribed: frozenset[str] = frozenset()
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, *, email: bool, phone: bool, address: bool, gender: str | None, custom_fields: Mapping[str, str]
    ) -> "ContactState":
        """The state of a contact with these subscriptions."""
        subscribed = dict(zip(col.SUBSCRIPTIONS, (email, phone, address), strict=True))
        return cls(
            unsubscribed=frozenset(column for column, is_on in subscribed.items() if not is_on),
            options=held_options(gender, custom_fields),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentContacts:
    """What the current contact data says about the ids in the rows; `holders` maps an External ID to its contact.

    `states` are the contacts that the rows update. `unsubscribed` gives by MN id the status columns that are No in the
    present import rows: a duplicate may have unsubscribed.
    """

    holders: Mapping[str, int] = field(default_factory=dict)
    contact_ids: Collection[int] = frozenset()
    archived_ids: Collection[int] = frozenset()
    states: Mapping[int, ContactState] = field(default_factory=dict)
    unsubscribed: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def state(self, row: ImportRow) -> ContactState:
        """The state of the contact that a row updates; an empty one for a new contact."""
        text = row.cells[col.CONTACT_ID]
        return self.states.get(int(text), ContactState()) if text and _is_number(text) else ContactState()

    def unsubscribed_in(self, row: ImportRow) -> frozenset[str]:
        """The status columns that are No now for the contact of a row or for the mentor."""
        return self.state(row).unsubscribed | self.unsubscribed.get(row.mn_id or "", frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """The rows that may leave, in their order, what is wrong with the others, and which cells were left out."""

    passed: tuple[ImportRow, ...]
    errors: tuple[ErrorFinding, ...]
    warnings: tuple[WarningFinding, ...] = ()


Problem = tuple[str, str]
"""An error code and what is wrong with this row. The text names the column, never the person's data."""


def lint(
    rows: Sequence[ImportRow],
    contacts: CurrentContacts,
    config: CampaignConfig,
    *,
    retried: Collection[str] = frozenset(),
) -> Linted:
    """Prepare the rows of a file that leaves. Rows of the same External ID or contact all stay out.

    A status that would subscribe somebody who has unsubscribed since becomes No. The rows of `retried` (MN ids) leave
    although an archived contact is known to hold their External ID: a person says that it does not any more.
    """
    prepared, warnings = [], []
    for row in rows:
        problems = cell_problems(row, config, contacts.state(row).options)
        warnings += [left_out_warning(row, problem, source_table=SOURCE_TABLE) for problem in problems]
        prepared.append(_not_subscribed_again(leave_out(row, problems), contacts))
    passed, errors = [], []
    for row, row_problems in zip(prepared, _row_problems(prepared, contacts), strict=True):
        errors += _errors(row, row_problems)
        if not row_problems or (row.mn_id in retried and _is_held_by_archived(row, row_problems, contacts)):
            passed.append(row)
    return Linted(passed=tuple(passed), errors=tuple(errors), warnings=tuple(warnings))


def check(rows: Sequence[ImportRow], contacts: CurrentContacts, config: CampaignConfig) -> Linted:
    """Find everything that is wrong with the rows of a file as it is; nothing is left out or changed.

    Besides what Givebutter would reject, a status that would subscribe somebody again (`STALE_FILE`).
    """
    passed, errors = [], []
    for row, row_problems in zip(rows, _row_problems(rows, contacts), strict=True):
        cells = cell_problems(row, config, contacts.state(row).options)
        problems = [*row_problems, *((one.code, one.message) for one in cells), *_subscribes_again(row, contacts)]
        if problems:
            errors += _errors(row, problems)
        else:
            passed.append(row)
    return Linted(passed=tuple(passed), errors=tuple(errors))


def _row_problems(rows: Sequence[ImportRow], contacts: CurrentContacts) -> Iterator[list[Problem]]:
    """For each row why Givebutter would reject it, whatever its other cells hold."""
    external_ids = Counter(id_key(row.cells[col.EXTERNAL_ID]) for row in rows)
    contact_ids = Counter(row.cells[col.CONTACT_ID] for row in rows)
    for row in rows:
        yield [
            *_external_id(row, external_ids, contacts),
            *_contact_id(row, contact_ids, contacts),
            *_required(row),
        ]


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
    if len(external_id) > MAX_TEXT or has_unusual_characters(external_id):
        yield "TEXT_TOO_LONG", f"{col.EXTERNAL_ID} has more than {MAX_TEXT} characters or a control character."
    key = id_key(external_id)
    if seen[key] > 1:
        yield "EXTERNAL_ID_REPEATED", f"{seen[key]} rows carry the External ID {external_id}."
    holder = contacts.holders.get(key or "")
    if holder is not None and str(holder) != contact_id:
        which = "The archived contact" if holder in contacts.archived_ids else "Contact"
        yield "EXTERNAL_ID_HELD", f"{which} {holder} holds the External ID {external_id}."


def _is_held_by_archived(row: ImportRow, problems: Sequence[Problem], contacts: CurrentContacts) -> bool:
    """Whether the only problem of a row is that an archived contact holds its External ID."""
    holder = contacts.holders.get(id_key(row.cells[col.EXTERNAL_ID]) or "")
    return holder in contacts.archived_ids and {code for code, _ in problems} == {HELD_BY_ARCHIVED}


def _contact_id(row: ImportRow, seen: Mapping[str | None, int], contacts: CurrentContacts) -> Iterator[Problem]:
    text = row.cells[col.CONTACT_ID]
    if text is None:
        return
    if not _is_number(text):
        yield "CONTACT_ID_INVALID", f"{col.CONTACT_ID} is not a whole number."
        return
    if seen[text] > 1:
        yield "CONTACT_ID_REPEATED", f"{seen[text]} rows update contact {text}."
    if int(text) in contacts.archived_ids:
        yield "CONTACT_ARCHIVED", f"Contact {text} is archived."
    elif int(text) not in contacts.contact_ids:
        yield "CONTACT_UNKNOWN", f"Contact {text} is not among the current contacts."


def _required(row: ImportRow) -> Iterator[Problem]:
    if row.cells[col.LAST_NAME] is None:
        yield "LAST_NAME_MISSING", f"{col.LAST_NAME} is blank."
    if (row.cells[col.PRIMARY_EMAIL] or row.cells[col.EMAILS]) and row.cells[col.EMAIL_STATUS] is None:
        yield "EMAIL_SUBSCRIPTION_MISSING", f"There is an email and {col.EMAIL_STATUS} is blank."


def _not_subscribed_again(row: ImportRow, contacts: CurrentContacts) -> ImportRow:
    stricter = {column: NO for column in contacts.unsubscribed_in(row) if is_yes(row.cells[column])}
    return replace(row, cells={**row.cells, **stricter}) if stricter else row


def _subscribes_again(row: ImportRow, contacts: CurrentContacts) -> Iterator[Problem]:
    columns = sorted(column for column in contacts.unsubscribed_in(row) if is_yes(row.cells[column]))
    if columns:
        verb = "is" if len(columns) == 1 else "are"
        yield (
            "STALE_FILE",
            f"{', '.join(columns)} {verb} {YES} in the file and {NO} now: the person has unsubscribed since.",
        )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
