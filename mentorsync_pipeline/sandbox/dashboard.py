"""Actions of people in Givebutter's dashboard."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path

from mentorsync_pipeline.sandbox import csv_export, csv_import
from mentorsync_pipeline.sandbox.changed_keys import ChangedKeys
from mentorsync_pipeline.sandbox.contact_store import ContactStore
from mentorsync_pipeline.sandbox.csv_import import FinishedImport, ImportResult
from mentorsync_pipeline.sandbox.gb_model import Contact, Member
from mentorsync_pipeline.sandbox.options import Options

_NOT_EDITABLE = {"id", "created_at", "updated_at", "contact_since", "archived_at"}
_EDITABLE = {field.name for field in fields(Contact)} - _NOT_EDITABLE
_MEMBER_EDITABLE = {"first_name", "last_name", "email", "phone", "raised", "donors"}


class Dashboard:
    """The dashboard of one account. Every method may be called from any thread.

    ``changed_members`` has the ids of the members that were changed since the last save.
    """

    def __init__(
        self,
        store: ContactStore,
        members: Mapping[int, list[Member]],
        options: Options,
        imports: Iterable[FinishedImport] = (),
    ) -> None:
        self._store = store
        self.members = members
        self._options = options
        self.imports = list(imports)
        self.changed_members = ChangedKeys[int]()

    def import_csv(self, content: bytes, file_name: str = "contacts.csv") -> ImportResult:
        """Upload a CSV of contacts. Raises ``ImportRefusedError`` if the whole file is refused."""
        with self._store.lock:
            result = csv_import.import_csv(self._store, content, self._options)
            self.imports.append(FinishedImport(len(self.imports) + 1, self._store.now(), file_name, result))
        return result

    def export_csv(self, header: csv_export.Header = "2026", *, repeat: Sequence[str] = (), bom: bool = False) -> bytes:
        """Download all contacts as one CSV (see ``csv_export.export_csv``)."""
        return b"".join(csv_export.export_csv(self._store, header=header, repeat=repeat, bom=bom))

    def export_to(
        self,
        folder: Path,
        header: csv_export.Header = "2026",
        *,
        repeat: Sequence[str] = (),
        is_edited: bool = False,
    ) -> Path:
        """Download all contacts into ``folder`` under Givebutter's file name; the file appears when it is complete.

        For the arguments see ``csv_export.export_csv``.
        """
        target = folder / self.export_name()
        partial = target.with_suffix(".part")
        with partial.open("wb") as file:
            file.writelines(csv_export.export_csv(self._store, header=header, repeat=repeat, is_edited=is_edited))
        return partial.replace(target)

    def export_name(self) -> str:
        """Return Givebutter's file name of a current export."""
        now: datetime = self._store.now()
        return f"contacts-{now:%Y-%m-%d}-{int(now.timestamp())}.csv"

    def edit(self, contact_id: int, **changes: object) -> Contact:
        """Edit a contact by hand; ``custom`` is merged by label, every other attribute set (lists as a whole)."""
        unknown = set(changes) - _EDITABLE
        if unknown:
            raise ValueError(f"sandbox: a contact has no editable {', '.join(sorted(unknown))}")
        contact = self._contact(contact_id)
        custom = changes.get("custom")
        if isinstance(custom, dict):
            changes["custom"] = {label: value for label, value in {**contact.custom, **custom}.items() if value}
        self._store.change(contact, **changes)
        return contact

    def rename_field(self, label: str, new: str) -> None:
        """Rename a custom field of the account."""
        self._store.rename_field(label, new)

    def archive(self, contact_id: int) -> None:
        """Archive a contact by hand."""
        self._store.change(self._contact(contact_id), archived_at=self._store.now())

    def restore(self, contact_id: int) -> None:
        """Restore an archived contact by hand."""
        self._store.change(self._contact(contact_id), archived_at=None)

    def edit_member(self, member_id: int, **changes: object) -> Member:
        """Change a campaign member, for example what it has raised."""
        unknown = set(changes) - _MEMBER_EDITABLE
        if unknown:
            raise ValueError(f"sandbox: a member has no editable {', '.join(sorted(unknown))}")
        for member in (member for members in self.members.values() for member in members):
            if member.id == member_id:
                with self._store.lock:
                    for name, value in changes.items():
                        setattr(member, name, value)
                    member.updated_at = self._store.now()
                    self.changed_members.add(member_id)
                return member
        raise LookupError(f"sandbox: there is no member {member_id}")

    def _contact(self, contact_id: int) -> Contact:
        contact = self._store.get(contact_id)
        if contact is None:
            raise LookupError(f"sandbox: there is no contact {contact_id}")
        return contact
