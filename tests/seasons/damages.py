"""Exports that somebody mangled and that the checks of an upload accept: a column or a cell is missing."""

import csv
import io
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from mentorsync_pipeline.domain.records import Contact
from tests.seasons.simulated_services import ATTENDED_LABEL, SHIRT_LABEL
from tests.support.pure_year import Feed

ERROR = "#N/A"
_ID = "Givebutter Contact ID"


@dataclass(frozen=True)
class Damage:
    """What is missing in every contact, or in one contact only.

    `column` of the export is left out, or has a spreadsheet's error for the one contact. `unread` are the fields of a
    mentor that the export does not show, `kept` is a column that the load keeps as it was.
    """

    what: str
    column: str
    mangle: Callable[[Contact], Contact]
    unread: frozenset[str] = frozenset()
    of_one_contact: bool = False
    kept: str | None = None

    def apply(self, feed: Feed, place: int, known: Mapping[int, Contact]) -> Feed:
        """Return the contacts as the export shows them; `place` chooses the contact.

        A load keeps the texts of a column that is missing as they are in the `known` contacts.
        """
        contacts = {key: self._apply(contact, feed, place) for key, contact in feed.contacts.items()}
        if self.kept is not None:
            nobody = Contact(contact_id=0)
            values = {key: getattr(known.get(key, nobody), self.kept) for key in contacts}
            contacts = {key: replace(contact, **{self.kept: values[key]}) for key, contact in contacts.items()}
        return replace(feed, contacts=contacts)

    def apply_to_file(self, content: bytes, contact_ids: Collection[int], place: int) -> bytes:
        """Return the same export as a file."""
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        for row in rows:
            if not self.of_one_contact:
                del row[self.column]
            elif self._damages(int(row[_ID]), contact_ids, place):
                row[self.column] = ERROR
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()

    def hides(self, name: str, contact_id: int | None, contacts: Collection[int], place: int) -> bool:
        """Return whether the export does not show a field of a contact."""
        return name in self.unread and self._damages(contact_id, contacts, place)

    def _apply(self, contact: Contact, feed: Feed, place: int) -> Contact:
        return self.mangle(contact) if self._damages(contact.contact_id, feed.contacts, place) else contact

    def _damages(self, contact_id: int | None, contacts: Collection[int], place: int) -> bool:
        return not self.of_one_contact or contact_id == sorted(contacts)[place % len(contacts)]


def _without_label(label: str) -> Callable[[Contact], Contact]:
    return lambda contact: replace(
        contact, custom_fields={name: text for name, text in contact.custom_fields.items() if name != label}
    )


DAMAGES = (
    Damage("without the column of the shirt size", SHIRT_LABEL, _without_label(SHIRT_LABEL), frozenset({"shirt_size"})),
    Damage(
        "without the column of attendance",
        ATTENDED_LABEL,
        _without_label(ATTENDED_LABEL),
        frozenset({"attended_training"}),
    ),
    Damage(
        "with a phone that a spreadsheet broke",
        "Primary Phone",
        lambda contact: replace(contact, phones=contact.phones[1:], primary_phone=ERROR),
        frozenset({"phone"}),
        of_one_contact=True,
    ),
    Damage(
        "with an email that a spreadsheet broke",
        "Primary Email",
        lambda contact: replace(contact, emails=contact.emails[1:], primary_email=ERROR),
        frozenset({"personal_email"}),
        of_one_contact=True,
    ),
    Damage("without the column of the pronouns", "Pronouns", lambda contact: contact, kept="pronouns"),
    Damage("without the column of the employer", "Employer", lambda contact: contact, kept="employer"),
    Damage("without the column of the gender", "Gender", lambda contact: contact, kept="gender"),
    Damage(
        "without the column of the preferred name",
        "Preferred First Name",
        lambda contact: contact,
        kept="preferred_name",
    ),
)
