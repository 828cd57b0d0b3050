"""The state of tables, to find out whether anything has changed since an earlier run of a step that reads them."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from mentorsync_pipeline.db.filters import loads_with_changes, runs_with_changes, select_contacts_as_of
from mentorsync_pipeline.db.record_cache import count_row_versions, row_version
from mentorsync_pipeline.db.tables import (
    audit_log,
    gb_contact_loads,
    gb_import_files,
    raw_gb_full_contacts,
    sync_errors,
    sync_log,
    sync_warnings,
)

# Every sync adds rows to these. Results depend on them only by the times in `DataState`.
_TIMES_ONLY = (gb_contact_loads.name, gb_import_files.name, sync_log.name, audit_log.name)
# Every load writes its number and time into contacts. Their state is the last load that changed one.
UNCOUNTED = frozenset({*_TIMES_ONLY, raw_gb_full_contacts.name})
# Every run adds rows to the logs. Contacts and files are counted apart.
_UNREAD = frozenset({sync_log.name, audit_log.name, gb_import_files.name, raw_gb_full_contacts.name})
# The id of the server's data. A backup that is restored elsewhere has other versions of its rows, which may be equal by
# chance.
_SERVER = sa.select(
    sa.literal_column("1", sa.BigInteger),
    sa.literal_column("system_identifier", sa.Numeric),
    sa.literal_column("'server'", sa.Text),
).select_from(sa.func.pg_control_system())
# The asset that writes the import file, in every sync.
_FILE = "gb_import_file"
_FILES = sa.select(gb_import_files.c.id, row_version(gb_import_files).label("version")).order_by(gb_import_files.c.id)

# The versions of all contacts, with the run and the load after which they were read.
_CONTACTS: WeakKeyDictionary[sa.Engine, tuple[tuple[str, int | None], str]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class DataState:
    """The state of some tables.

    Attributes:
        version: differs for every content of the tables, whoever wrote it, for every load that changed a contact, and
            for every server. It ignores loads and files without changes.
        rows: differs for every content of the tables, also of contacts and loads.
        files: the version of each import file's record by its id, if the tables include them.
        changed_at: time of the last change of any data; None if there was none.
        contacts_as_of: when the contact data was taken; None without contacts.
        file_at: when the year's last import file was written; None if there is none.
        is_timeless: whether results do not depend on these times, which are None then.

    """

    version: str
    rows: str
    files: Mapping[int, str]
    changed_at: datetime | None
    contacts_as_of: datetime | None
    file_at: datetime | None
    is_timeless: bool = False

    @property
    def is_seen(self) -> bool:
        """Whether contacts were fetched and a file was written since the last change, or times do not matter.

        Results depend on the times of both only by comparing them with times of the data. So later times give equal
        results.
        """
        if self.is_timeless:
            return True
        times = (self.contacts_as_of, self.file_at)
        return self.changed_at is not None and all(time is not None and time >= self.changed_at for time in times)

    @property
    def last_file(self) -> int:
        """Id of the last import file's record; 0 if there is none."""
        return max(self.files, default=0)

    def hash_files(self, last: int) -> str:
        """Return a hash of the records of the import files up to this id."""
        return _hash([(key, version) for key, version in self.files.items() if key <= last])


def read_data_state(conn: sa.Connection, tables: Collection[sa.Table], year: int, run_id: str) -> DataState:
    """Read the state of all rows of the tables, of every year.

    Contacts are counted once in a run after each load, because they are many. A row that somebody edits while the run
    works is in the state of the next run.
    """
    versions = _read_versions(conn, (_count(table) for table in tables if table.name not in _UNREAD))
    times = conn.execute(_TIMES, {"year": year}).one()
    contacts = _read_contacts_version(conn, run_id, times.load_id) if raw_gb_full_contacts in tables else None
    changes = [time for time in (times.changed_at, times.acted_at) if time is not None]
    return DataState(
        version=_hash(times.contacts_changed_by, [entry for entry in versions if entry[0] not in UNCOUNTED]),
        rows=_hash(times.contacts_changed_by, versions, contacts),
        files={row.id: row.version for row in conn.execute(_FILES)} if gb_import_files in tables else {},
        changed_at=max(changes, default=None),
        contacts_as_of=times.contacts_as_of,
        file_at=times.file_at,
    )


def read_source_state(conn: sa.Connection, table: sa.Table, findings_of: Collection[str]) -> DataState:
    """Read the state of a raw table and of the errors and warnings of these sources, of every year."""
    findings = (_count(table).where(table.c.source_table.in_(findings_of)) for table in (sync_errors, sync_warnings))
    version = _hash(_read_versions(conn, [_count(table), *findings]))
    return DataState(version, version, {}, changed_at=None, contacts_as_of=None, file_at=None, is_timeless=True)


def _count(table: sa.Table) -> sa.Select[Any]:
    return count_row_versions(table).add_columns(sa.literal(table.name))


def _read_versions(conn: sa.Connection, counts: Iterable[sa.Select[Any]]) -> list[tuple[str, str]]:
    rows = conn.execute(sa.union_all(*counts, _SERVER))
    return sorted((name, f"{number}.{total}") for number, total, name in rows)


def _read_contacts_version(conn: sa.Connection, run_id: str, load_id: int | None) -> str:
    moment = (run_id, load_id)
    if _CONTACTS.get(conn.engine, (None,))[0] != moment:
        _CONTACTS[conn.engine] = moment, _hash(_read_versions(conn, [_count(raw_gb_full_contacts)]))
    return _CONTACTS[conn.engine][1]


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _select_times() -> sa.Select[tuple[object, ...]]:
    log = sync_log.c
    is_change = sa.or_(runs_with_changes(), log.status == "failed")
    is_file = sa.and_(
        log.asset == _FILE, log.status == "success", log.campaign_year == sa.bindparam("year", type_=sa.Integer)
    )
    times = {
        "load_id": sa.select(sa.func.max(gb_contact_loads.c.id)),
        "contacts_changed_by": sa.select(sa.func.max(log.id)).where(loads_with_changes()),
        "changed_at": sa.select(sa.func.max(log.finished_at)).where(log.asset != _FILE, is_change),
        "acted_at": sa.select(sa.func.max(audit_log.c.done_at)),
        "contacts_as_of": select_contacts_as_of(),
        "file_at": sa.select(sa.func.max(log.started_at)).where(is_file),
    }
    return sa.select(*(time.scalar_subquery().label(name) for name, time in times.items()))


_TIMES = _select_times()
