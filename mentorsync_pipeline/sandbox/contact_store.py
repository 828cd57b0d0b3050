"""The store of contacts, shared by the API and the dashboard."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from operator import attrgetter

from mentorsync_pipeline.sandbox.changed_keys import ChangedKeys
from mentorsync_pipeline.sandbox.gb_model import Contact, CustomField

_NO_CONTACT = 0
_values = attrgetter(*(field.name for field in fields(Contact)))


class ExternalIdTakenError(Exception):
    """Another contact already has the External ID ``external_id``."""

    def __init__(self, external_id: str) -> None:
        super().__init__(f"A contact with External ID [{external_id}] already exists.")
        self.external_id = external_id


class ContactStore:
    """All contacts by id. Hold ``lock`` while reading or changing several values.

    ``version`` counts changes, so that answers computed from the whole store can be kept until the next change.
    ``changed`` has the ids of the contacts that were changed or deleted since the last save.
    """

    def __init__(
        self, contacts: Iterable[Contact], custom_fields: Sequence[CustomField], clock: Callable[[], datetime]
    ) -> None:
        self.lock = threading.RLock()
        self.custom_fields = {field.label: field for field in custom_fields}
        self.version = 0
        self.changed = ChangedKeys[int]()
        self._clock = clock
        self._by_id = {contact.id: contact for contact in contacts}
        self._holders = {c.external_id: c.id for c in self._by_id.values() if c.external_id}
        self._next_id = max(self._by_id, default=17_000_000) + 1
        self._cache: dict[object, object] = {}
        self._cache_version = -1

    def rename_field(self, label: str, new: str) -> None:
        """Rename a custom field. As in the account's settings, no contact counts as changed."""
        with self.lock:
            self.custom_fields = {
                (new if name == label else name): replace(field, label=new) if name == label else field
                for name, field in self.custom_fields.items()
            }
            for contact in self._by_id.values():
                if label in contact.custom:
                    contact.custom = {(new if name == label else name): value for name, value in contact.custom.items()}
                    self.changed.add(contact.id)
            self.version += 1

    def get(self, contact_id: int) -> Contact | None:
        """Return a contact, also an archived one."""
        return self._by_id.get(contact_id)

    def all(self) -> list[Contact]:
        """Return all contacts by id, including archived ones and companies."""
        with self.lock:
            return list(self._by_id.values())

    def now(self) -> datetime:
        """The store's clock in whole seconds, which is what the services show."""
        return self._clock().replace(microsecond=0)

    def holder(self, external_id: str) -> int | None:
        """Return the id of the contact with ``external_id``, also of an archived one."""
        return self._holders.get(external_id)

    def remove(self, contact_id: int) -> None:
        """Delete a contact, as after a merge in the dashboard."""
        with self.lock:
            self.change(self._by_id[contact_id], external_id=None)
            del self._by_id[contact_id]
            self.changed.add(contact_id)
            self.version += 1

    def reserve_external_id(self, external_id: str) -> None:
        """Reserve an External ID that no contact has, as after a merge in the dashboard."""
        self._holders[external_id] = _NO_CONTACT

    def free_external_id(self, external_id: str) -> None:
        """Undo `reserve_external_id`, as Givebutter's support may."""
        if self._holders.get(external_id) == _NO_CONTACT:
            del self._holders[external_id]

    def change(self, contact: Contact, **changes: object) -> bool:
        """Set attributes; return whether anything differs from before. Raises ``ExternalIdTakenError``."""
        with self.lock:
            differing = {name: value for name, value in changes.items() if getattr(contact, name) != value}
            if not differing:
                return False
            if "external_id" in differing:
                self._move_external_id(contact, differing["external_id"])
            for name, value in differing.items():
                setattr(contact, name, value)
            contact.updated_at = self.now()
            self.changed.add(contact.id)
            self.version += 1
            return True

    def create(self, **values: object) -> Contact:
        """Create a contact with the next id. Raises ``ExternalIdTakenError`` before anything is stored."""
        with self.lock:
            external_id = values.get("external_id")
            if isinstance(external_id, str) and external_id in self._holders:
                raise ExternalIdTakenError(external_id)
            now = self.now()
            contact = Contact(created_at=now, updated_at=now, id=self._next_id)
            self._next_id += 1
            self._by_id[contact.id] = contact
            self.changed.add(contact.id)
            self.change(contact, **values)
            self.version += 1
            return contact

    def find_by_key(self, emails: Sequence[str], phones: Sequence[str]) -> Contact | None:
        """Return the first active contact with one of the emails or phones, which a creation without force updates."""
        email_keys, phone_keys = {email.casefold() for email in emails}, set(phones)
        with self.lock:
            for contact in self._by_id.values():
                if contact.archived_at is None and (
                    any(email.casefold() in email_keys for email in contact.emails)
                    or not phone_keys.isdisjoint(contact.phones)
                ):
                    return contact
        return None

    def keep(self, key: object, compute: Callable[[], object]) -> object:
        """Return ``compute()``, cached under ``key`` until the store changes."""
        with self.lock:
            if self._cache_version != self.version:
                self._cache.clear()
                self._cache_version = self.version
            if key not in self._cache:
                self._cache[key] = compute()
            return self._cache[key]

    def fingerprint(self) -> str:
        """Return a hash of all values of all contacts."""

        def compute() -> str:
            digest = hashlib.sha256()
            for contact in self._by_id.values():
                digest.update(repr(_values(contact)).encode())
            return digest.hexdigest()

        return str(self.keep("fingerprint", compute))

    def _move_external_id(self, contact: Contact, external_id: object) -> None:
        if isinstance(external_id, str) and external_id:
            if self._holders.get(external_id, contact.id) != contact.id:
                raise ExternalIdTakenError(external_id)
            self._holders[external_id] = contact.id
        if contact.external_id:
            self._holders.pop(contact.external_id, None)
