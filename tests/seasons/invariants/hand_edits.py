"""Which fields of contacts people have changed in Givebutter; what our own imports change is nobody's edit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mentorsync_pipeline.domain.normalize import email_keys
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.sandbox import gb_model
from tests.seasons.people import mailbox
from tests.seasons.simulated_services import CONFIG, Town

_LISTS = {"phone": "phones", "personal_email": "emails", "uga_email": "emails"}
_TEXTS = ("first_name", "last_name", "preferred_name", "gender")


@dataclass
class HandEdits:
    """The contacts as they were after the last import or look, and what people have changed.

    A change counts until an edit of the field is logged from contacts that show it. `_changed` has the time of the last
    change of each part.
    """

    town: Town
    _shown: dict[int, tuple[datetime, Mapping[str, Any]]] = field(default_factory=dict)
    _changed: dict[int, dict[str, datetime]] = field(default_factory=dict)
    _removed: dict[int, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.imported()

    def imported(self) -> None:
        """A file was imported: the contacts are as it has left them."""
        for contact in self.town.contacts.all():
            self._shown[contact.id] = contact.updated_at, _read(contact)

    def look(self) -> None:
        """Whatever has changed since the last look or import was changed by people."""
        for contact in self.town.contacts.all():
            changed_at, before = self._shown.get(contact.id, (None, {}))
            if changed_at != contact.updated_at:
                now = _read(contact)
                changed = {part for part in now.keys() | before.keys() if now.get(part) != before.get(part)}
                self._changed.setdefault(contact.id, {}).update(dict.fromkeys(changed, contact.updated_at))
                self._removed.setdefault(contact.id, set()).update(_values_in(before) - _values_in(now))
                self._shown[contact.id] = contact.updated_at, now

    def is_edited(self, contact_ids: Iterable[int], name: str) -> bool:
        """Whether people have changed a field of one of these contacts since an edit of it was logged."""
        return any(_part(name) in self._changed.get(contact_id, ()) for contact_id in contact_ids)

    def removed_values(self, contact_ids: Iterable[int]) -> set[str]:
        """The phones, emails and tags, without case, that people have ever taken off these contacts."""
        return {key for contact_id in contact_ids for key in self._removed.get(contact_id, ())}

    def logged(self, contact_ids: Iterable[int], name: str, loaded: Mapping[int, Contact]) -> None:
        """An edit of a field was logged from the `loaded` contacts: another one needs another change."""
        for contact_id in contact_ids:
            changed, contact = self._changed.get(contact_id, {}), loaded.get(contact_id)
            shown_at = contact.last_modified if contact is not None else None
            if shown_at is None or changed.get(_part(name), shown_at) <= shown_at:
                changed.pop(_part(name), None)


def _read(contact: gb_model.Contact) -> Mapping[str, Any]:
    texts = {name: getattr(contact, name) for name in _TEXTS}
    lists = {name: tuple(getattr(contact, name)) for name in ("phones", "emails", "tags")}
    return {**contact.custom, **texts, **lists}


def _values_in(read: Mapping[str, Any]) -> set[str]:
    """Return the phones, emails and tags; two emails in one box are two."""
    emails = (mailbox(email) for text in read.get("emails", ()) for email in email_keys(text) or (text,))
    return {*read.get("phones", ()), *emails, *map(str.casefold, read.get("tags", ()))}


def _part(name: str) -> str:
    """The part of a contact that has a mentor's field."""
    return _LISTS.get(name) or CONFIG.custom_field_labels.get(name, name)
