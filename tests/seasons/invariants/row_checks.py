"""What must hold of import rows and of the archive plan (rulebook sections 9 and 10)."""

from collections.abc import Iterator, Set

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from tests.seasons.invariants.kinds import JUNK_NAMES
from tests.seasons.invariants.observations import Observations
from tests.seasons.people import Person, mailbox, plain_id

_SUBSCRIPTIONS = {
    col.EMAIL_STATUS: "email_subscribed",
    col.PHONE_STATUS: "phone_subscribed",
    col.ADDRESS_STATUS: "address_subscribed",
}
_INVISIBLE = frozenset("\u200b\u200c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff\0")


def check_rows(watch: Observations, result: YearResult) -> None:
    """Nothing leaves that is somebody else's, a needless duplicate or junk."""
    by_mentor = {mentor.mn_id: (person, submission_id) for person, mentor, submission_id in watch.mentors(result)}
    decided = {winner.submission_id for winner in result.winners.winners if winner.decision == "human"}
    external_ids = [plain_id(row.cells[col.EXTERNAL_ID]) for row in result.linted.passed]
    if len(set(external_ids)) < len(external_ids):
        watch.fail("an External ID leaves twice", str(external_ids))
    for row in result.linted.passed:
        person, submission_id = by_mentor[row.mn_id or ""]
        contact = watch.system.contacts.get(int(row.cells[col.CONTACT_ID] or 0))
        if contact is None and submission_id not in decided:
            _check_new_contact(watch, person, submission_id)
        _check_keys(watch, person, submission_id, row, contact)
        _check_names(watch, person, row, contact, _typed_names(watch, person, contact))
        tags = [tag.strip().casefold() for tag in (row.cells[col.TAGS] or "").split(",")]
        held = [tag.casefold() for tag in contact.tags] if contact else []
        if len(tags) - len(set(tags)) > len(held) - len(set(held)):
            watch.fail("a tag leaves in two spellings", f"{person.name}: {row.cells[col.TAGS]}")
        for column, name in _SUBSCRIPTIONS.items():
            if contact is not None and row.cells[column] == "Yes" and not getattr(contact, name):
                watch.fail("a subscription is switched on", f"contact {contact.contact_id} of {person.name}: {column}")


def _check_new_contact(watch: Observations, person: Person, submission_id: str) -> None:
    typed = watch.town.keys_of(submission_id)
    for contact in watch.system.contacts.values():
        mine = watch.town.owners[contact.contact_id] == frozenset((person.number,)) and not _is_stub(contact)
        if mine and not typed.isdisjoint(_keys_of(contact)):
            watch.fail(
                "a duplicate is made without a question",
                f"{person.name} has contact {contact.contact_id} ({contact.first_name} {contact.last_name}) with a "
                "phone or email of the sign-up, and the file creates another one",
            )


def _check_keys(
    watch: Observations, person: Person, submission_id: str, row: ImportRow, contact: Contact | None
) -> None:
    # What a person's own duplicates hold is carried over, also what the person typed once (rulebook section 9).
    held = {key for own_id in watch.own_ids(person) for key in _keys_of(watch.system.contacts[own_id])}
    held |= {*_keys_of(contact), *_keys_in_givebutter(watch, contact.contact_id)} if contact else set()
    sent = set(map(mailbox, keys_in(row)))
    own = watch.town.keys_of(submission_id) | person.own_keys | held | _decided_keys(watch, person)
    typed_once = {*person.phones, *map(mailbox, person.emails), person.uga}
    if not sent <= own | typed_once:
        watch.fail("a phone or email of nobody leaves", f"{person.name}'s row carries {sorted(sent - own)}")
    for other in watch.town.people:
        foreign = other.own_keys - own if other is not person else frozenset()
        if foreign & sent:
            watch.fail(
                "somebody else's phone or email is written onto a contact",
                f"{person.name}'s row carries {sorted(foreign & sent)} of {other.name}",
            )


def _decided_keys(watch: Observations, person: Person) -> set[str]:
    """The values that somebody chose for this person: they hold until the question is answered again."""
    values = (
        decision.value for key, decision in watch.system.decisions.items() if watch.person_of_row(key[0]) is person
    )
    return {mailbox(str(key)) for value in values for key in (value if isinstance(value, list) else [value]) if key}


def _typed_names(watch: Observations, person: Person, contact: Contact | None) -> set[tuple[str, str | None]]:
    """The junk or swapped names that a person ever typed, by column, if the contact has no whole name of the person.

    They may leave, a first name also onto a contact that has only the last one, unless it is a last name. Swapped names
    that the student has corrected are checked as an edit (`boxes_corrected`).
    """
    typed = watch.wrong_names[person.number]
    if contact is None or contact.last_name not in person.last_names or contact.first_name in JUNK_NAMES:
        return typed
    if not contact.first_name:
        return {(column, name) for column, name in typed if column == "First Name" and name not in person.last_names}
    return typed if any(letter.isdigit() or letter == "@" for letter in contact.first_name) else set()


def _check_names(
    watch: Observations, person: Person, row: ImportRow, contact: Contact | None, typed: Set[tuple[str, str | None]]
) -> None:
    for column, value in row.cells.items():
        if value and not _INVISIBLE.isdisjoint(value):
            watch.fail("invisible characters leave", f"{person.name}'s {column} is {value!r}")
    neat = {
        "First Name": {*person.spellings, *_neat_names_of_contacts(watch, person)},
        "Last Name": {*person.last_names},
    }
    for column, spellings in neat.items():
        held = {contact.first_name if column == "First Name" else contact.last_name} if contact else set()
        if row.cells[column] not in spellings | held and (column, row.cells[column]) not in typed:
            watch.fail("a junk name leaves", f"{person.name}'s {column} goes out as {row.cells[column]!r}, was {held}")

    preferred = row.cells["Preferred First Name"]
    if preferred not in {None, contact.preferred_name if contact else None, *person.spellings, *person.last_names}:
        watch.fail("a junk name leaves", f"{person.name}'s preferred name goes out as {preferred!r}")


def _neat_names_of_contacts(watch: Observations, person: Person) -> set[str]:
    """First names of the person's own contacts, also of archived ones: a name in another script is no junk."""
    mine = frozenset((person.number,))
    contacts = (watch.town.contacts.get(contact_id) for contact_id, of in watch.town.owners.items() if of == mine)
    names = (contact.first_name for contact in contacts if contact is not None)
    return {name for name in names if name and name.isalpha() and name.istitle()}


def check_plan(watch: Observations, result: YearResult) -> None:
    for row in result.plan:
        person = watch.person_of_row(row.mn_id)
        if row.plan_state == "kept" or person is None:
            continue
        if row.action == "archive" and watch.system.rejected.get(row.contact_id) == row.input_fingerprint:
            watch.fail("a contact that is to be kept is archived", f"contact {row.contact_id} of {person.name}")
        if row.plan_state != "planned":
            continue
        owners = watch.town.owners[row.contact_id]
        # A plan cannot show what the contact data does not; the apply looks at each contact first.
        if watch.is_restored_unasked(row.contact_id) and watch.is_restore_known(row.contact_id):
            watch.fail("a restored contact is archived again unasked", f"contact {row.contact_id} of {person.name}")
        if owners != frozenset((person.number,)) and row.action == "archive":
            watch.fail(
                "somebody else's contact is to be archived",
                f"contact {row.contact_id} of {watch.names_of(owners)}, as a duplicate of {person.name}",
            )
        if row.has_donations and row.action == "archive" and row.approved_by is None:
            watch.fail("a donor is archived unasked", f"contact {row.contact_id} of {person.name}")


def _is_stub(contact: Contact) -> bool:
    """Whether a contact is a mass-email stub, which never wins."""
    return (
        not contact.phones and not contact.has_address and all(email.endswith("@uga.edu") for email in contact.emails)
    )


def _keys_of(contact: Contact) -> tuple[str, ...]:
    return (*map(mailbox, contact.emails), *contact.phones)


def _keys_in_givebutter(watch: Observations, contact_id: int) -> Iterator[str]:
    """What a contact holds, and held when it was last shown, also while a mangled export does not show it."""
    contact = watch.town.contacts.get(contact_id)
    yield from watch.keys_shown.get(contact_id, ())
    if contact is not None:
        yield from (*map(mailbox, contact.emails), *contact.phones)


def keys_in(row: ImportRow) -> Iterator[str]:
    for column in (col.PRIMARY_EMAIL, col.PRIMARY_PHONE, col.EMAILS, col.PHONES):
        yield from (part.strip() for part in (row.cells[column] or "").split(",") if part.strip())
