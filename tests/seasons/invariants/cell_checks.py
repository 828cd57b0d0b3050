"""What must hold of the cells of import rows: none holds a row, opt-outs and whole addresses (rulebook section 9)."""

from collections import Counter
from collections.abc import Callable, Mapping

from mentorsync_pipeline.archiving.rules.plan_records import PlanRow
from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.mentors.rules.losers import find_donations_cause
from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from tests.seasons.invariants.observations import Observations
from tests.seasons.people import Person, plain_id

# By column: the part of the contact's address.
_ADDRESS = {
    "Address Line 1": "address_line_1",
    "Address Line 2": "address_line_2",
    "City": "city",
    "State": "state",
    "Zip Code": "zip_code",
    "Country": "country",
}
_REQUIRED = ("Address Line 1", "City", "State", "Zip Code")
# By status column: the subscription, and whether a contact has anything to which it applies.
SUBSCRIPTIONS: Mapping[str, tuple[str, Callable[[Contact], bool]]] = {
    col.EMAIL_STATUS: ("email_subscribed", lambda contact: bool(contact.emails)),
    col.PHONE_STATUS: ("phone_subscribed", lambda contact: bool(contact.phones)),
    col.ADDRESS_STATUS: ("address_subscribed", lambda contact: contact.has_address),
}
# Why a plan's contact is no duplicate of the mentor.
_NO_DUPLICATES = frozenset(
    {"doubtful", "refused", "declined", "link_alone", "blocked_mentor", "winner_elsewhere", "other_mentors_id"}
)


def check_cells(watch: Observations, result: YearResult) -> None:
    """Check all rows of the next file."""
    _check_held_rows(watch, result)
    duplicates = _find_duplicates(watch, result)
    for row in result.linted.passed:
        person = watch.person_of_row(row.mn_id)
        contact = watch.system.contacts.get(int(row.cells[col.CONTACT_ID] or 0))
        if person is not None:
            _check_subscriptions(watch, person, row, contact, duplicates.get(row.mn_id or "", []))
        _check_address(watch, row, contact)


def _check_held_rows(watch: Observations, result: YearResult) -> None:
    """Only the External ID, the contact and the last name keep a row out."""
    rows = {built.row.mn_id: built.row for built in result.import_rows}
    passed = {row.mn_id for row in result.linted.passed}
    external_ids = Counter(plain_id(row.cells[col.EXTERNAL_ID]) for row in rows.values())
    contact_ids = Counter(row.cells[col.CONTACT_ID] for row in rows.values())
    holders = {
        (plain_id(contact.external_id), str(contact_id))
        for contacts in (watch.system.archived, watch.system.contacts)
        for contact_id, contact in contacts.items()
        if contact.external_id
    }
    for mentor in result.mentors.mentors:
        if mentor.sync_state == "blocked" or mentor.mn_id in passed:
            continue
        row = rows.get(mentor.mn_id)
        if row is None:
            watch.fail("a broken cell holds a row", f"{mentor.mn_id} has no row")
            continue
        external_id, contact_id = plain_id(row.cells[col.EXTERNAL_ID]), row.cells[col.CONTACT_ID]
        is_held = any(held == external_id and holder != contact_id for held, holder in holders)
        is_lost = contact_id is not None and (
            int(contact_id) not in watch.system.contacts or contact_ids[contact_id] > 1
        )
        if not (is_held or is_lost or external_ids[external_id] > 1 or row.cells[col.LAST_NAME] is None):
            watch.fail(
                "a broken cell holds a row",
                f"{mentor.mn_id}: {[error.message for error in result.linted.errors if error.mn_id == mentor.mn_id]}",
            )


def _find_duplicates(watch: Observations, result: YearResult) -> Mapping[str, list[Contact]]:
    """Return the other contacts of each mentor, by MN id, but for those that a person decided to keep."""
    duplicates: dict[str, list[Contact]] = {}
    for row in result.plan:
        person, contact = watch.person_of_row(row.mn_id), watch.system.contacts.get(row.contact_id)
        if (
            person is not None
            and contact is not None
            and row.mn_id is not None
            and row.action == "archive"
            and _is_certain(row, contact)
            and row.contact_id not in watch.system.rejected
            and watch.town.owners[row.contact_id] == frozenset((person.number,))
        ):
            duplicates.setdefault(row.mn_id, []).append(contact)
    return duplicates


def _is_certain(row: PlanRow, contact: Contact) -> bool:
    """Whether a contact is a duplicate without a doubt, but for its donations."""
    if row.plan_state == "needs_approval":
        return row.reason == find_donations_cause(contact).reason
    return row.reason_code not in _NO_DUPLICATES


def _check_subscriptions(
    watch: Observations, person: Person, row: ImportRow, contact: Contact | None, duplicates: list[Contact]
) -> None:
    """A status is the strictest of all contacts of the person; without a subscribed one a new contact gets none."""
    for column, (name, has_any) in SUBSCRIPTIONS.items():
        concerned = [duplicate for duplicate in duplicates if has_any(duplicate)]
        opted_out = [duplicate.contact_id for duplicate in concerned if not getattr(duplicate, name)]
        sent = row.cells[column]
        if sent == "Yes" and contact is None and not concerned:
            watch.fail("a subscription is switched on", f"{person.name} gets a new contact with {column} Yes")
        is_needed = column != col.EMAIL_STATUS or row.cells[col.PRIMARY_EMAIL] or row.cells[col.EMAILS]
        if opted_out and sent != "No" and is_needed:
            watch.fail(
                "an opt-out of a duplicate is forgotten", f"{person.name}'s {column} is {sent}, contacts {opted_out}"
            )


def _check_address(watch: Observations, row: ImportRow, contact: Contact | None) -> None:
    """An address goes as a whole, as the contact has it, or not at all."""
    sent = {column: row.cells[column] for column in _ADDRESS}
    if not any(sent.values()):
        return
    held = {} if contact is None else {column: getattr(contact, name) for column, name in _ADDRESS.items()}
    if sent != held or not all(sent[column] for column in _REQUIRED):
        watch.fail("an address leaves in part", f"{row.mn_id}: {_filled(sent)} instead of {_filled(held)}")


def _filled(cells: Mapping[str, str | None]) -> list[str]:
    return [f"{column}: {text}" for column, text in cells.items() if text]
