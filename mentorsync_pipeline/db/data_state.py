"""The state of tables, to find out whether anything has changed since an earlier run of a step that reads them."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.filters import loads_with_changes, runs_with_changes, select_contacts_as_of
from mentorsync_pipeline.db.record_cache import count_row_versions
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
# The id of the server's data. A backup that is restored elsewhere has other versions of its rows, which may be equal by
# chance.
_SERVER = sa.select(
    sa.literal_column("1", sa.BigInteger),
    sa.literal_column("system_identifier", sa.Numeric),
    sa.literal_column("'server'", sa.Text),
).select_from(sa.func.pg_control_system())
# The asset that writes the import file, in every sync.
_FILE = "gb_import_file"


@dataclass(frozen=True, slots=True)
class DataState:
    """The state of some tables.

    Attributes:
        version: differs for every content of the tables, whoever wrote it, for every load that changed a contact, and
            for every server.
        changed_at: time of the last change of any data; None if there was none.
        contacts_as_of: when the contact data was taken; None without contacts.
        file_at: when the year's last import file was written; None if there is none.
        is_timeless: whether results do not depend on these times, which are None then.

    """

    version: str
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


def read_data_state(conn: sa.Connection, tables: Iterable[sa.Table], year: int) -> DataState:
    """Read the state of all rows of the tables, of every year."""
    counts = [_count(table) for table in tables if table.name not in UNCOUNTED]
    times = conn.execute(_TIMES, {"year": year}).one()
    changes = [time for time in (times.changed_at, times.acted_at) if time is not None]
    version = _read_version(conn, counts, times.contacts_changed_by)
    return DataState(version, max(changes, default=None), times.contacts_as_of, times.file_at)


def read_source_state(conn: sa.Connection, table: sa.Table, findings_of: Collection[str]) -> DataState:
    """Read the state of a raw table and of the errors and warnings of these sources, of every year."""
    findings = (_count(table).where(table.c.source_table.in_(findings_of)) for table in (sync_errors, sync_warnings))
    version = _read_version(conn, [_count(table), *findings])
    return DataState(version, changed_at=None, contacts_as_of=None, file_at=None, is_timeless=True)


def _count(table: sa.Table) -> sa.Select[Any]:
    return count_row_versions(table).add_columns(sa.literal(table.name))


def _read_version(conn: sa.Connection, counts: Iterable[sa.Select[Any]], *parts: object) -> str:
    rows = conn.execute(sa.union_all(*counts, _SERVER))
    versions = sorted((name, f"{number}.{total}") for number, total, name in rows)
    return hashlib.sha256(repr((*parts, versions)).encode()).hexdigest()[:16]


def _select_times() -> sa.Select[tuple[object, ...]]:
    log = sync_log.c
    is_change = sa.or_(runs_with_changes(), log.status == "failed")
    is_file = sa.and_(
        log.asset == _FILE, log.status == "success", log.campaign_year == sa.bindparam("year", type_=sa.Integer)
    )
    times = {
        "contacts_changed_by": sa.select(sa.func.max(log.id)).where(loads_with_changes()),
        "changed_at": sa.select(sa.func.max(log.finished_at)).where(log.asset != _FILE, is_change),
        "acted_at": sa.select(sa.func.max(audit_log.c.done_at)),
        "contacts_as_of": select_contacts_as_of(),
        "file_at": sa.select(sa.func.max(log.started_at)).where(is_file),
    }
    return sa.select(*(time.scalar_subquery().label(name) for name, time in times.items()))


_TIMES = _select_times()
