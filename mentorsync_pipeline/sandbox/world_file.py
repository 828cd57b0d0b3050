"""A sandbox's data in one SQLite file, so that a later start continues it.

Every record is a row of JSON. A save writes the changed records in one transaction, so a file holds all of a save or
nothing of it, also after a power failure.
"""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mentorsync_pipeline.sandbox.contact_store import ContactStore
from mentorsync_pipeline.sandbox.csv_import import FinishedImport
from mentorsync_pipeline.sandbox.dashboard import Dashboard
from mentorsync_pipeline.sandbox.gb_model import Contact, CustomField, Member
from mentorsync_pipeline.sandbox.jf_model import Form, Submission
from mentorsync_pipeline.sandbox.jf_store import FormStore
from mentorsync_pipeline.sandbox.population import World

# Version of the records; a file of another version is not read.
FORMAT = 1
_TABLE = "CREATE TABLE record (kind TEXT, key TEXT, json BLOB NOT NULL, PRIMARY KEY (kind, key))"
_PUT = "INSERT INTO record VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET json = excluded.json"
_DROP = "DELETE FROM record WHERE kind = ? AND key = ?"

Record = tuple[str, str, bytes]
_world = TypeAdapter(World)
_contact = TypeAdapter(Contact)
_member = TypeAdapter(Member)
_form = TypeAdapter(Form)
_submission = TypeAdapter(Submission)
_custom_fields = TypeAdapter(tuple[CustomField, ...])
_import = TypeAdapter(FinishedImport)


class WorldFileDamagedError(Exception):
    """The file is no sandbox's data, or not all of it."""


class WorldFileVersionError(Exception):
    """Another version of the sandbox has written the file."""


class WorldFileInUseError(Exception):
    """Another sandbox is serving the file."""


class WorldFile:
    """The file of one sandbox, locked against others from `__init__` to `close`.

    Raises:
        WorldFileInUseError: another process has it.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._saving = threading.Lock()
        self._imports_saved = 0
        self._db: sqlite3.Connection | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = path.with_name(f".{path.name}.lock").open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # released by the end of the process, also by a kill
        except BlockingIOError:
            self._lock.close()
            raise WorldFileInUseError from None

    @property
    def exists(self) -> bool:
        """Whether the file has been created."""
        return self.path.exists()

    def delete(self) -> None:
        """Delete the file, also a damaged one."""
        self._disconnect()
        for path in (self.path, self.path.with_name(f"{self.path.name}-journal")):
            path.unlink(missing_ok=True)

    def create(self, world: World) -> None:
        """Write a new world, in place of an earlier one. The file appears when it is complete."""
        new = self.path.with_name(f".{self.path.name}.new")
        new.unlink(missing_ok=True)
        try:
            with closing(sqlite3.connect(new)) as db, db:
                db.execute(_TABLE)
                db.executemany(_PUT, _all_records(world))
                db.execute(f"PRAGMA user_version = {FORMAT}")
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        self.delete()  # with the journal that a killed process may have left
        new.replace(self.path)
        _sync_folder(self.path.parent)
        self._imports_saved = 0
        self._connect()

    def check(self) -> None:
        """Check the file's version and form, which is faster than `read`.

        Raises:
            WorldFileDamagedError: the file is damaged.
            WorldFileVersionError: it is of another version.

        """
        try:
            db = self._connect()
            (version,) = db.execute("PRAGMA user_version").fetchone()
            damaged = db.execute("PRAGMA quick_check").fetchall() != [("ok",)]
            _only(db, "world")
        except (sqlite3.DatabaseError, LookupError) as error:
            raise WorldFileDamagedError from error
        if damaged:
            raise WorldFileDamagedError
        if version != FORMAT:
            raise WorldFileVersionError

    def read(self) -> tuple[World, list[FinishedImport]]:
        """Return the world and the imports as of the last save. Raises the errors of `check`."""
        self.check()
        try:
            db = self._connect()
            world = _read_world(db)
            imports = [_import.validate_json(text) for _, text in _of_kind(db, "import")]
        except (sqlite3.DatabaseError, ValidationError, LookupError) as error:
            raise WorldFileDamagedError from error
        self._imports_saved = len(imports)
        return world, imports

    def save(self, contacts: ContactStore, forms: FormStore, dashboard: Dashboard) -> None:
        """Write what has changed since the last save. Raises ``sqlite3.Error``; the changes stay for the next save."""
        with self._saving:
            changed_contacts, changed_forms = contacts.changed.take(), forms.changed.take()
            changed_members = dashboard.changed_members.take()
            try:
                with contacts.lock, forms.lock:
                    rows: list[tuple[str, str, bytes | None]] = [
                        *_changed_contacts(contacts, changed_contacts),
                        *_changed_submissions(forms, changed_forms),
                        *_changed_members(dashboard, changed_members),
                    ]
                    finished = dashboard.imports[self._imports_saved :]
                rows += (("import", str(item.number), _import.dump_json(item)) for item in finished)
                if rows:
                    rows.append(_fields_record(contacts.custom_fields.values()))
                    self._write(rows)
            except BaseException:
                contacts.changed.put_back(changed_contacts)
                forms.changed.put_back(changed_forms)
                dashboard.changed_members.put_back(changed_members)
                raise
            self._imports_saved += len(finished)

    def close(self) -> None:
        """Close the file and release it for others."""
        self._disconnect()
        self._lock.close()

    def _write(self, rows: Iterable[tuple[str, str, bytes | None]]) -> None:
        db = self._connect()
        with db:
            for kind, key, text in rows:
                if text is None:
                    db.execute(_DROP, (kind, key))
                else:
                    db.execute(_PUT, (kind, key, text))

    def _connect(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=rw", uri=True, check_same_thread=False)
            self._db.execute("PRAGMA synchronous = FULL")
        return self._db

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def open_world(file: WorldFile, make: Callable[[], World]) -> tuple[World, list[FinishedImport]]:
    """Continue the world of the file; create it by ``make`` if there is none."""
    if not file.exists:
        file.create(make())
    return file.read()


def _all_records(world: World) -> Iterator[Record]:
    bare = replace(world, forms={}, contacts=[], custom_fields=(), members={})
    yield "world", "", _world.dump_json(bare)
    yield _fields_record(world.custom_fields)
    for contact in world.contacts:
        yield _contact_record(contact)
    for form in world.forms.values():
        yield "form", form.id, _form.dump_json(replace(form, submissions={}))
        for submission in form.submissions.values():
            yield _submission_record(form.id, submission)
    for campaign_id, members in world.members.items():
        for member in members:
            yield _member_record(campaign_id, member)


def _changed_contacts(store: ContactStore, ids: set[int]) -> Iterator[tuple[str, str, bytes | None]]:
    """Yield the records of contacts; without JSON those that are deleted."""
    for contact_id in sorted(ids):
        contact = store.get(contact_id)
        yield ("contact", str(contact_id), None) if contact is None else _contact_record(contact)


def _changed_submissions(store: FormStore, ids: set[tuple[str, str]]) -> Iterator[tuple[str, str, bytes | None]]:
    """Yield the records of submissions; without JSON those that are deleted."""
    for form_id, submission_id in sorted(ids):
        submission = store.forms[form_id].submissions.get(submission_id)
        if submission is None:
            yield "submission", f"{form_id}/{submission_id}", None
        else:
            yield _submission_record(form_id, submission)


def _changed_members(dashboard: Dashboard, ids: set[int]) -> Iterator[Record]:
    for campaign_id, members in dashboard.members.items():
        yield from (_member_record(campaign_id, member) for member in members if member.id in ids)


def _contact_record(contact: Contact) -> Record:
    return "contact", str(contact.id), _contact.dump_json(contact, exclude_defaults=True)


def _submission_record(form_id: str, submission: Submission) -> Record:
    return "submission", f"{form_id}/{submission.id}", _submission.dump_json(submission)


def _member_record(campaign_id: int, member: Member) -> Record:
    return "member", f"{campaign_id}/{member.id}", _member.dump_json(member)


def _fields_record(fields: Iterable[CustomField]) -> Record:
    return "custom_fields", "", _custom_fields.dump_json(tuple(fields))


def _read_world(db: sqlite3.Connection) -> World:
    """Raises LookupError if a record is missing that others need."""
    world = _world.validate_json(_only(db, "world"))
    world.custom_fields = _custom_fields.validate_json(_only(db, "custom_fields"))
    world.contacts = [_contact.validate_json(text) for _, text in _of_kind(db, "contact")]
    world.forms = {key: _form.validate_json(text) for key, text in _of_kind(db, "form")}
    for key, text in _of_kind(db, "submission"):
        form_id, _, submission_id = key.partition("/")
        world.forms[form_id].submissions[submission_id] = _submission.validate_json(text)
    for key, text in _of_kind(db, "member"):
        world.members.setdefault(int(key.partition("/")[0]), []).append(_member.validate_json(text))
    return world


def _of_kind(db: sqlite3.Connection, kind: str) -> Iterator[tuple[str, bytes]]:
    """Yield key and JSON in the order in which the records were added."""
    yield from db.execute("SELECT key, json FROM record WHERE kind = ? ORDER BY rowid", (kind,))


def _only(db: sqlite3.Connection, kind: str) -> bytes:
    row: Any = db.execute("SELECT json FROM record WHERE kind = ? AND key = ''", (kind,)).fetchone()
    if row is None:
        raise LookupError(kind)
    return bytes(row[0])


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some network file systems do not support it for folders
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
