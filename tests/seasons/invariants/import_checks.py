"""What must hold of imported files, rejected rows and the ledger of archives (rulebook sections 9 and 10)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mentorsync_pipeline.attendance.rules.own_tick import FIELD as ATTENDED
from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.givebutter_values import YES
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.import_file.rules.rejections import find_rejected_cells
from mentorsync_pipeline.sandbox import gb_model
from mentorsync_pipeline.sandbox.csv_import import ImportResult
from tests.seasons.invariants.observations import Observations
from tests.seasons.invariants.row_checks import keys_in
from tests.seasons.people import Person, mailbox
from tests.seasons.simulated_services import ATTENDED_LABEL, SHIRT_LABEL
from tests.support.pure_year import Feed, list_rejected_options

KEPT_TEXTS = (
    *("prefix", "middle_name", "suffix", "pronouns", "employer", "title", "dob", "contact_since"),
    *("twitter_url", "linkedin_url", "facebook_url", "tiktok_url"),
)


@dataclass
class ImportChecks(Observations):
    """Checks around an import and an archive run, with what was there before."""

    file_made_at: datetime | None = None
    _contacts_before: dict[int, gb_model.Contact] = field(default_factory=dict)
    _feed_before: Feed | None = None

    def before_file(self) -> None:
        """A file is about to be made: it must not be made from the contacts as they were before the last one."""
        as_of = self.system.as_of
        if self.file_made_at is not None and as_of is not None and as_of < self.file_made_at:
            self.fail("a file is made from contacts older than the last file", f"contacts of {as_of:%Y-%m-%d %H:%M}")
        self.file_made_at = self.town.now

    def before_import(self, rows: Sequence[ImportRow]) -> None:
        """Look at the contacts before a file is imported; what was seen as changed in Givebutter is not sent back."""
        for row in rows:
            person = self.person_of_row(row.mn_id)
            edit = self.seen.get((person.number, "phone")) if person else None
            contact = self.system.contacts.get(edit.contact_id) if edit else None
            if (
                person
                and edit
                and contact
                and not self._hands_on(person, contact, edit.old)
                and edit.old not in contact.phones
                and row.cells[col.CONTACT_ID] == str(edit.contact_id)
                and edit.old in keys_in(row)
            ):
                self.fail(
                    "a phone that was taken off in Givebutter is sent back", f"contact {edit.contact_id}: {edit.old}"
                )
        self._feed_before = self.shown_feed()
        self._contacts_before = {
            contact.id: replace(contact, custom=dict(contact.custom)) for contact in self.town.contacts.all()
        }

    def _hands_on(self, person: Person, winner: Contact, phone: str) -> bool:
        """Whether a duplicate of the person holds a phone, and so hands it on to the winner."""
        others = self.own_ids(person) - {winner.contact_id}
        return any(phone in self.system.contacts[contact_id].phones for contact_id in others)

    def after_import(self, rows: Sequence[ImportRow], result: ImportResult) -> None:
        """The import takes every row of a fresh file, and takes nothing away that the last sync has seen."""
        self._check_rejected(rows, result)
        sent = {int(row.cells[col.CONTACT_ID] or 0): self.person_of_row(row.mn_id) for row in rows}
        # Nobody can tell a tick that no sync has seen from ours that is imported now.
        ticked = {int(row.cells[col.CONTACT_ID] or 0) for row in rows if row.custom_fields.get(ATTENDED_LABEL) == YES}
        self.ticked_contacts -= {*filter(self._is_cleared, self.ticks_unseen)} | (ticked & self.ticks_unseen.keys())
        for contact_id, before in self._contacts_before.items():
            after = self.town.contacts.get(contact_id)
            if after is None or before == after:
                continue
            if contact_id not in sent:
                self.fail("the import changes a contact that is not in the file", f"contact {contact_id}")
            person = sent.get(contact_id)
            if person is not None and not self.may_have(person, contact_id):
                self.fail("the import writes onto somebody else's contact", f"contact {contact_id}, for {person.name}")
            if not self._was_seen(contact_id):
                continue
            if contact_id not in self.ticked_contacts or self._is_unknown_tick(contact_id):
                before.custom.pop(ATTENDED_LABEL, None)  # our own tick goes with the check-in
            if before.custom.get(SHIRT_LABEL) not in self.town.contacts.custom_fields[SHIRT_LABEL].options:
                before.custom.pop(SHIRT_LABEL, None)  # a retired option is left out, and a blank cell may clear it
            for label in self.hidden_columns():
                if before.custom.get(label) != self.custom_shown.get(contact_id, {}).get(label):
                    before.custom.pop(label, None)  # entered since the last export with the column: nobody knows it
            name = self.damage[0].kept if self.damage is not None else None
            if name is not None and getattr(before, name) != getattr(self.system.contacts[contact_id], name):
                setattr(before, name, getattr(after, name))  # likewise
            for what, lost in _lost(before, after):
                self.fail("the import takes something away", f"contact {contact_id}: {what} {lost}")

    def _is_cleared(self, contact_id: int) -> bool:
        """Whether a contact is not ticked any more: a blank cell may clear a tick that no sync has seen."""
        contact = self.town.contacts.get(contact_id)
        return contact is not None and contact.custom.get(ATTENDED_LABEL) != YES

    def _is_unknown_tick(self, contact_id: int) -> bool:
        """Whether a tick was never shown to a sync, so that a blank cell may clear it."""
        mentors = self.system.mentors.values()
        is_known = any(mentor.gb_contact_id == contact_id and mentor.attended_training for mentor in mentors)
        return self.is_unread(ATTENDED, contact_id) and not is_known

    def _check_rejected(self, rows: Sequence[ImportRow], result: ImportResult) -> None:
        ordered = sorted(rows, key=lambda row: (row.mn_id or "", row.where))
        rejected = {ordered[number - 1].mn_id for number, _ in result.errors}
        rejected_options = list_rejected_options(self.system.rejections)
        for row in ordered:
            if row.mn_id not in rejected:
                self.rejections.pop(row.mn_id or "", None)
        for number, errors in result.errors:
            row = ordered[number - 1]
            holder = self.town.contacts.holder(row.cells[col.EXTERNAL_ID] or "")
            known = {**self.system.archived, **self.system.contacts}.get(holder or 0)
            hidden = holder is not None and (known is None or known.external_id != row.cells[col.EXTERNAL_ID])
            # The External ID may have got another holder, and the row another contact.
            about = f"{holder if 'External ID' in errors[0] else row.cells[col.CONTACT_ID]}: {errors[0]}"
            if "custom_fields" in errors[0]:  # only the first rejection shows that an option is retired
                hidden = not any(find_rejected_cells(row, self.system.config, rejected_options))
                about = f"{about} {row.custom_fields.get(SHIRT_LABEL)}"
            again = self.rejections.get(row.mn_id or "") == about
            self.rejections[row.mn_id or ""] = about
            if again:
                self.fail("a rejected row goes out again", f"{row.mn_id}: {errors}")
            if not hidden and self._was_fresh():
                self.fail("Givebutter rejects a row of a fresh file", f"{row.mn_id}: {errors}")

    def _was_fresh(self) -> bool:
        """Whether the contacts were as the last sync saw them when the file was imported."""
        return self._feed_before is not None and self._feed_before.contacts == self.system.contacts

    def _was_seen(self, contact_id: int) -> bool:
        """Whether the contact was as the last sync saw it when the file was imported."""
        seen = self.system.contacts.get(contact_id)
        return self._feed_before is not None and self._feed_before.contacts.get(contact_id) == seen

    def before_archive(self, contact_id: int) -> None:
        """A contact is about to be archived by us: its owner's phones and emails are on another contact by now."""
        self.hand_edits.look()
        contact, owners = self.town.contacts.get(contact_id), self.town.owners[contact_id]
        is_approved = any(key[0] == contact_id for key in self.system.approvals)
        if self.is_restored_unasked(contact_id):
            self.fail("a restored contact is archived again unasked", f"contact {contact_id}")
        if contact is not None and len(owners) == 1:
            person = self.town.people[next(iter(owners))]
            others = [other for other in self.town.contacts_of(person) if other.id != contact_id]
            held = {key for other in others for key in (*other.phones, *map(mailbox, other.emails))}
            lost = person.own_keys & {*contact.phones, *map(mailbox, contact.emails)} - held
            lost |= {*map(str.casefold, contact.tags)} - {tag.casefold() for other in others for tag in other.tags}
            lost -= self.hand_edits.removed_values(other.id for other in others)
            lost = {value for value in lost if not value.startswith("dropped")}
            known = self.system.contacts.get(contact_id)
            if known is not None and contact.total_contributions and not (known.total_contributions or is_approved):
                self.fail("a donor is archived unasked", f"contact {contact_id}")
            self._check_opt_outs(contact, others)
            if lost and not is_approved:
                self.fail("an archived contact's phone or email is nowhere", f"contact {contact_id}: {sorted(lost)}")
        self.archived_by_us[contact_id] = self.town.now
        self.restored_at.pop(contact_id, None)

    def _check_opt_outs(self, contact: gb_model.Contact, others: Sequence[gb_model.Contact]) -> None:
        """An opt-out of an archived contact is that of another contact too, unless it subscribed since the export."""
        for name, held in (("email_subscribed", contact.emails), ("phone_subscribed", contact.phones)):
            known = [self.system.contacts.get(other.id) for other in others]
            if held and not getattr(contact, name) and all(each and getattr(each, name) for each in known):
                self.fail("an opt-out is archived before it arrives", f"{name} of contact {contact.id}")

    def check_ledger(self) -> None:
        """The ledger has everything that we archived, and nothing as archived that is active, unless by a person."""
        for contact_id in self.archived_by_us:
            if contact_id not in self.system.ledger:
                self.fail("the ledger does not know an archive", f"contact {contact_id}")
        for contact_id, entry in self.system.ledger.items():
            contact = self.town.contacts.get(contact_id)
            is_active = contact is not None and contact.archived_at is None
            if entry.status == "archived" and is_active and contact_id not in self.restored_at:
                self.fail("the ledger says archived, Givebutter does not", f"contact {contact_id}")


def _lost(before: gb_model.Contact, after: gb_model.Contact) -> Iterator[tuple[str, object]]:
    """What an import took away from a contact."""
    for name in ("emails", "phones", "tags"):
        lost = [value for value in getattr(before, name) if value not in getattr(after, name)]
        if lost:
            yield name, lost
    if before.note != after.note:
        yield "notes", before.note
    lost_addresses = [address for address in before.addresses if address not in after.addresses]
    if lost_addresses:
        yield "addresses", lost_addresses
    for name in ("email_subscribed", "phone_subscribed", "address_subscribed"):
        if not getattr(before, name) and getattr(after, name):
            yield "the opt-out", name
    # What MentorSync has no value for goes back as Givebutter has it.
    texts = [name for name in KEPT_TEXTS if _words(getattr(before, name)) != _words(getattr(after, name))]
    if texts:
        yield "texts", texts
    texts = [name for name in ("gender", "preferred_name") if getattr(before, name) and not getattr(after, name)]
    if texts:
        yield "texts", texts
    wiped = [label for label, value in before.custom.items() if value and not after.custom.get(label)]
    if wiped:
        yield "custom fields", wiped


def _words(value: object) -> list[str]:
    return str(value or "").split()
