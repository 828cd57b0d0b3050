"""Replace all contacts by an export file or a full list of the API, and record the load (`gb_contact_loads`).

The old contacts are kept if the new data has any fault.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.contacts.load.api_rows import ApiReader
from mentorsync_pipeline.contacts.load.copy_rows import Converted
from mentorsync_pipeline.contacts.load.export_file import ExportFile
from mentorsync_pipeline.contacts.load.load_record import (
    ListRefusedError,
    Loaded,
    LoadRequest,
    count_active_individuals,
    finish_load,
    lock_contacts,
    read_labels,
    start_load,
)
from mentorsync_pipeline.contacts.load.missing import (
    compare_contacts,
    copy_external_id_holders,
    copy_old_rows,
    count_archived_by_us,
)
from mentorsync_pipeline.contacts.load.prefetch import prefetch
from mentorsync_pipeline.contacts.load.staging_table import StagingTable
from mentorsync_pipeline.contacts.load.unusable_cells import count_cells
from mentorsync_pipeline.contacts.queries import read_last_as_of
from mentorsync_pipeline.contacts.rules import contact_rows
from mentorsync_pipeline.contacts.rules.as_of import compute_export_as_of
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.domain.import_columns import UNCHANGED, UNCHANGED_DATES
from mentorsync_pipeline.domain.label_matching import label_key
from mentorsync_pipeline.domain.list_findings import check_cells, check_list
from mentorsync_pipeline.domain.list_guard import CELLS_UNUSABLE, LIST_SHRUNK
from mentorsync_pipeline.domain.record_fields import UnreadableRecord

_SHOWN_IDS = 5
# Unreadable contacts that are accepted: ten, or 1 of 100 if that is more; in a small file 1 of 5.
_FEW_UNREADABLE, _SOME_IN, _FEW_IN = 10, 100, 5
# From this number on, the share is checked while the file is read.
_MANY_UNREADABLE = 1_000
# Columns that an export may lack and the import sends.
_KEPT = (*UNCHANGED.values(), *UNCHANGED_DATES.values(), contact_rows.HOUSEHOLD[1], "gender", "preferred_name")
_FORCE = "If the file is right, load it anyway: mentorsync upload FILE --force-by NAME."


def upload_export(
    conn: sa.Connection,
    path: Path,
    request: LoadRequest,
    *,
    zone: tzinfo,
    as_of: datetime | None = None,
) -> Loaded:
    """Replace all contacts by those of an export file, within the transaction of `conn`.

    A few unreadable contacts keep their old rows (`Loaded.unreadable`).

    Args:
        zone: time zone of the day in the file's name.
        as_of: when the export was taken, instead of the time in the file.

    Raises:
        ExportError: the file is empty, truncated, not a contacts export, lacks columns, or has repeated ids or many
            unreadable values. Unless it is forced, also when it is older than the loaded contacts, lacks too many of
            them or has too many unusable cells. Nothing is changed.

    """
    return _load_export(conn, path, request, zone, as_of, keep=True)


def check_export(
    conn: sa.Connection, path: Path, request: LoadRequest, *, zone: tzinfo, as_of: datetime | None = None
) -> Loaded:
    """Check an export like `upload_export`, with the same errors, and change nothing. Waits for a running load."""
    savepoint = conn.begin_nested()
    try:
        return _load_export(conn, path, request, zone, as_of, keep=False)
    finally:
        savepoint.rollback()


def _load_export(
    conn: sa.Connection, path: Path, request: LoadRequest, zone: tzinfo, as_of: datetime | None, *, keep: bool
) -> Loaded:
    file = ExportFile(path, now=request.loaded_at)

    def taken_at(newest: datetime | None) -> datetime:
        if as_of is not None:
            return min(as_of, request.loaded_at)
        return compute_export_as_of(file.name, request.loaded_at, newest, zone)

    # Arrow takes as long to import as it takes to convert a small export; most processes load none.
    from mentorsync_pipeline.contacts.load.export_rows import BlockConverter  # noqa: PLC0415

    lacking = [name for name in _KEPT if name not in file.header.places]
    load = _Load(conn, request, origin="export", subject=file.name, file_name=file.name, lacking=lacking)
    parts = prefetch(file.blocks(), BlockConverter(file))
    labels = tuple(dict.fromkeys(column.label for column in file.header.custom if column.label))
    return load.replace(parts, taken_at, sha256=lambda: file.sha256, labels=labels, keep=keep)


def load_api_list(
    conn: sa.Connection,
    pages: Iterable[Sequence[Any]],
    request: LoadRequest,
    *,
    as_of: datetime,
) -> Loaded:
    """Replace all contacts by a full list of the API, read since `as_of`, within the transaction of `conn`.

    Archived contacts and companies are included. The household, which the API lacks, and unreadable contacts
    (`Loaded.unreadable`) are kept from the old table.

    Raises:
        ListRefusedError: too many contacts are missing or too many cells unusable; only the load itself is recorded.

    """
    reader = ApiReader()
    load = _Load(
        conn,
        request,
        origin="api_full",
        subject="The list of Givebutter's API",
        reader=reader,
        lacking=contact_rows.HOUSEHOLD,
    )
    return load.replace(nullcontext(map(reader.convert, pages)), lambda _: as_of)


class _Load:
    """One replacement of all contacts."""

    def __init__(
        self,
        conn: sa.Connection,
        request: LoadRequest,
        *,
        origin: str,
        subject: str,
        lacking: Sequence[str],
        file_name: str | None = None,
        reader: ApiReader | None = None,
    ) -> None:
        self._conn, self._request, self._reader, self._lacking = conn, request, reader, lacking
        self._origin, self._subject, self._file_name = origin, subject, file_name
        self._unreadable: list[UnreadableRecord] = []

    @property
    def _is_export(self) -> bool:
        return self._origin == "export"

    def replace(
        self,
        begun: AbstractContextManager[Iterable[Converted]],
        taken_at: Callable[[datetime | None], datetime],
        *,
        sha256: Callable[[], str | None] = lambda: None,
        labels: tuple[str, ...] | None = None,
        keep: bool = True,
    ) -> Loaded:
        """Fill and check the new table, and replace the old one by it if `keep`."""
        lock_contacts(self._conn)
        present = read_last_as_of(self._conn)
        load_id = start_load(self._conn, self._request, origin=self._origin, file_name=self._file_name)
        constants = {"origin": self._origin, "observed_at": self._request.loaded_at, "load_id": load_id}
        staging = StagingTable(self._conn, constants)
        with begun as parts:
            staging.create()
            # The processors are busy with converting blocks; parallel workers would slow them down.
            self._conn.execute(sa.text("SET LOCAL max_parallel_workers_per_gather = 0"))
            previous = count_active_individuals(self._conn)
            filled = staging.fill(self._check_readable(parts))
        rows, active = sum(part.rows for part in filled), sum(part.active for part in filled)
        unreadable = tuple(self._reader.unreadable if self._reader else self._unreadable)
        if self._is_export:
            self._refuse_unreadable(rows)
            self._index(staging)  # repeated ids are reported before faults that a person may force
        as_of = taken_at(max((part.newest for part in filled if part.newest), default=None))
        # The new table of a list has no statistics and indexes yet. A nested loop would take hours, so the ids are
        # joined by hashes, in parallel now. Workers hash in shared memory, of which a container often has only 64 MB.
        self._conn.execute(sa.text("SET LOCAL enable_nestloop = off"))
        self._conn.execute(sa.text("SET LOCAL max_parallel_workers_per_gather TO DEFAULT"))
        self._conn.execute(sa.text("SET LOCAL work_mem = '8MB'"))
        active += self._keep_unreadable(unreadable, staging)
        if not active:
            raise ExportError(f"{self._subject} has no contacts.", "Check Givebutter's contacts.", code="EXPORT_EMPTY")
        comparison = compare_contacts(self._conn, staging.table, now=self._request.loaded_at)
        if self._is_export and present is not None and comparison.is_newer:
            # The time of contacts of the API is that of this machine, whose clock may be ahead of Givebutter's.
            as_of = min(max(as_of, present), self._request.loaded_at)
        if not self._request.forced_by:
            if self._is_export and present is not None:
                self._refuse_older(as_of, present, comparison.older)
            self._check(active, previous, comparison.missing, staging)
        self._conn.execute(sa.text("SET LOCAL enable_nestloop = on"))
        self._keep_unlisted(staging)
        if self._origin == "api_full":
            self._index(staging)
        details = self._keep_archived(staging, as_of, load_id)
        if keep:
            staging.swap()
        loaded = Loaded(
            load_id=load_id,
            origin=self._origin,
            as_of=as_of,
            rows=rows,
            previous_rows=previous,
            file_name=self._file_name,
            sha256=sha256(),
            details=details,
            unusual=tuple(contact for part in filled for contact in part.unusual),
            unreadable=unreadable,
            future=tuple(contact_id for part in filled for contact_id in part.future),
            labels=self._find_labels() if labels is None else labels,
        )
        return finish_load(self._conn, loaded)

    def _find_labels(self) -> tuple[str, ...]:
        """Find the labels of custom fields of a load over the API.

        These are the labels with a value on any contact, and labels of the last load with other texts, because the API
        does not show a field without values.
        """
        keys = sa.select(sa.func.jsonb_object_keys(raw_gb_full_contacts.c.custom_fields).label("label")).distinct()
        with_value = sorted(self._conn.execute(keys).scalars())
        texts = {label_key(label) for label in with_value}
        return (*with_value, *(label for label in read_labels(self._conn) if label_key(label) not in texts))

    def _keep_archived(self, staging: StagingTable, as_of: datetime, load_id: int) -> dict[str, int]:
        """Keep archived contacts with an External ID; the API lists them itself."""
        if not self._is_export:
            return {}
        count = copy_external_id_holders(
            self._conn, staging.table, as_of=as_of, loaded_at=self._request.loaded_at, load_id=load_id
        )
        return {"archived_kept": count} if count else {}

    def _keep_unreadable(self, unreadable: Sequence[UnreadableRecord], staging: StagingTable) -> int:
        """Keep the old rows of unreadable contacts; return their number.

        If one of them has no usable id, all missing contacts are kept, because it may be any of these.
        """
        if not unreadable:
            return 0
        ids = [int(record.record_id) for record in unreadable if record.record_id is not None]
        return copy_old_rows(self._conn, staging.table, ids if len(ids) == len(unreadable) else None)

    def _keep_unlisted(self, staging: StagingTable) -> None:
        """Keep the values of columns that the list lacks, and amounts that an answer of the API does not have.

        The import sends them back, and a blank cell might clear them in Givebutter.
        """
        kept = {name: f"old.{name}" for name in self._lacking}
        conditions = [f"old.{name} IS NOT NULL" for name in self._lacking]
        if not self._is_export:
            kept |= {name: f"coalesce(new.{name}, old.{name})" for name in contact_rows.AMOUNTS}
            conditions += [f"new.{name} IS NULL" for name in contact_rows.AMOUNTS]
        if not kept:
            return
        assignments = ", ".join(f"{name} = {value}" for name, value in kept.items())
        self._conn.execute(
            sa.text(
                f"UPDATE {staging.table} new SET {assignments} FROM {raw_gb_full_contacts} old "
                f"WHERE old.contact_id = new.contact_id AND ({' OR '.join(conditions)})"
            )
        )

    def _check_readable(self, parts: Iterable[Converted]) -> Iterator[Converted]:
        """Yield the parts; raise ExportError when too many of their contacts are unreadable."""
        rows = 0
        for part in parts:
            self._unreadable += part.unreadable
            rows += part.rows
            if len(self._unreadable) > _MANY_UNREADABLE:
                self._refuse_unreadable(rows)
            yield part

    def _refuse_unreadable(self, rows: int) -> None:
        """Raise ExportError when many contacts cannot be read, because the file is wrong then."""
        count = len(self._unreadable)
        whole = rows + count
        if count * _FEW_IN > whole or (count > _FEW_UNREADABLE and count * _SOME_IN > whole):
            first = self._unreadable[0]
            raise ExportError(
                f"{self._subject}: {count:,} of the first {whole:,} contacts cannot be read; of contact "
                f"{first.record_id} the cell of {first.field} {first.reason}.",
                "Download the export from Givebutter again and upload it as it is.",
                code="EXPORT_CELL_INVALID",
            )

    def _refuse_older(self, as_of: datetime, present: datetime, older: int) -> None:
        """Raise ExportError for an export that is older than the loaded contacts, by its age or last changes."""
        if older:
            reason = f"later states of its contacts are loaded ({older:,})"
        elif as_of < present:
            reason = f"it was taken {_format_time(as_of)}, and the loaded contacts {_format_time(present)}"
        else:
            return
        raise ExportError(
            f"{self._subject} is older than the contacts that are loaded: {reason}.",
            f"Export the contacts in Givebutter again and upload that file. {_FORCE}",
            code="EXPORT_OLDER",
        )

    def _check(self, active: int, previous: int, missing: Sequence[int], staging: StagingTable) -> None:
        """Raise ExportError for a load that is much smaller than the old table or has many unusable cells."""
        expected = previous - count_archived_by_us(self._conn)
        table = raw_gb_full_contacts.name
        shrunk = check_list(table, before=expected, missing=missing, limits=self._request.limits).refused
        if shrunk:
            raise ListRefusedError(
                f"{self._subject} has {active:,} contacts and the table {previous:,}: it lacks {len(missing):,}, "
                f"more than {self._request.max_shrink:.0%} fewer.",
                f"Export all contacts, without a filter. {_FORCE}" if self._is_export else shrunk.what_to_do,
                finding=shrunk,
                code=LIST_SHRUNK,
            )
        rows = max(active, previous)
        before_cells = count_cells(self._conn, raw_gb_full_contacts, rows=rows)
        cells = count_cells(self._conn, staging.table, rows=rows, earlier=raw_gb_full_contacts)
        unusable = check_cells(table, before_cells, cells, limits=self._request.limits).refused
        if unusable:
            advice = f"{unusable.what_to_do} {_FORCE}" if self._is_export else unusable.what_to_do
            raise ListRefusedError(unusable.message, advice, finding=unusable, code=CELLS_UNUSABLE)

    def _index(self, staging: StagingTable) -> None:
        try:
            staging.index()
        except sa.exc.IntegrityError:
            ids = staging.repeated_ids(_SHOWN_IDS)
            raise ExportError(
                f"{self._subject} has contacts more than once, among them {', '.join(map(str, ids))}.",
                "Export the contacts again. Do not join files.",
                code="EXPORT_DUPLICATE_IDS",
            ) from None


def _format_time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
