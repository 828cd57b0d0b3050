"""Replace all contacts, from an export file or a full list of the API, and record the load (`gb_contact_loads`).

All or nothing: whatever is wrong with the new data, the old contacts stay.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.contacts.load.api_rows import ApiReader
from mentorsync_pipeline.contacts.load.arrow_rows import VectorConverter
from mentorsync_pipeline.contacts.load.copy_rows import Converted
from mentorsync_pipeline.contacts.load.export_file import ExportFile
from mentorsync_pipeline.contacts.load.load_record import (
    Loaded,
    LoadRequest,
    count_active_individuals,
    finish_load,
    last_as_of,
    lock_contacts,
    start_load,
)
from mentorsync_pipeline.contacts.load.missing import (
    changed_back,
    keep_as_they_were,
    keep_external_id_holders,
    missing_contacts,
    most_archived_by_us,
)
from mentorsync_pipeline.contacts.load.prefetch import ahead
from mentorsync_pipeline.contacts.load.staging_table import StagingTable
from mentorsync_pipeline.contacts.load.unusable_cells import cell_counts
from mentorsync_pipeline.contacts.rules import rows as contact_rows
from mentorsync_pipeline.contacts.rules.as_of import export_as_of
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.domain.list_findings import check_cells, check_list
from mentorsync_pipeline.domain.list_guard import CELLS_UNUSABLE, LIST_SHRUNK
from mentorsync_pipeline.domain.record_fields import UnreadableRecord

_SHOWN_IDS = 5
# So many contacts may be unreadable in any file that is not small, then one in a hundred; in a small one one in five.
_FEW_UNREADABLE, _SOME_IN, _FEW_IN = 10, 100, 5
# From here on the share is looked at while the file is read.
_MANY_UNREADABLE = 1_000
_FORCE = (
    "If it is right all the same, force it in your name: mentorsync upload FILE --force-by NAME, or with a reason in "
    "the console."
)


def upload_export(
    conn: sa.Connection,
    path: Path,
    request: LoadRequest,
    *,
    zone: tzinfo,
    as_of: datetime | None = None,
) -> Loaded:
    """Replace all contacts by those of an export file, within the transaction of `conn`.

    `zone` is where the day in the file's name begins; `as_of` overrides what the file says of its age.
    Raises ExportError, with nothing changed, when the file is empty, cut off, no contacts export, lacks columns,
    holds an id twice or many values that cannot be read; few are errors of their contacts, which stay as they were
    (`Loaded.unreadable`). Unless it is forced, also when it is older than the contacts that
    are there, when too many of these are missing from it, or when many more cells than before cannot be used.
    """
    return _upload(conn, path, request, zone, as_of, keep=True)


def check_export(
    conn: sa.Connection, path: Path, request: LoadRequest, *, zone: tzinfo, as_of: datetime | None = None
) -> Loaded:
    """Do everything that `upload_export` does but the replacement, and take it back: the same errors, nothing changed.

    Like a load it waits for one that is under way.
    """
    savepoint = conn.begin_nested()
    try:
        return _upload(conn, path, request, zone, as_of, keep=False)
    finally:
        savepoint.rollback()


def _upload(
    conn: sa.Connection, path: Path, request: LoadRequest, zone: tzinfo, as_of: datetime | None, *, keep: bool
) -> Loaded:
    file = ExportFile(path, now=request.loaded_at)

    def taken_at(newest: datetime | None) -> datetime:
        if as_of is not None:
            return min(as_of, request.loaded_at)
        return export_as_of(file.name, request.loaded_at, newest, zone)

    load = _Load(conn, request, origin="export", what=file.name, file_name=file.name)
    parts = ahead(file.blocks(), VectorConverter(file))
    return load.replace(parts, taken_at, sha256=lambda: file.sha256, keep=keep)


def load_api_list(
    conn: sa.Connection,
    pages: Iterable[Sequence[Any]],
    request: LoadRequest,
    *,
    as_of: datetime,
) -> Loaded:
    """Replace all contacts by a full list of the API, taken since `as_of`, within the transaction of `conn`.

    Archived ones and companies are kept, marked as such. The household, which the API does not know, stays as it was.
    A contact that cannot be read stays as it was (`Loaded.unreadable`). Raises ListRefusedError, with nothing changed
    but the load's own record, when contacts fell by more than allowed or many of their cells became unusable.
    """
    reader = ApiReader()
    load = _Load(conn, request, origin="api_full", what="The list of Givebutter's API", reader=reader)
    return load.replace(nullcontext(map(reader.convert, pages)), lambda _: as_of)


class ListRefusedError(ExportError):
    """A list of all contacts that was not believed; `finding` is what a person may accept."""

    def __init__(self, message: str, what_to_do: str, *, finding: ErrorFinding, code: str) -> None:
        super().__init__(message, what_to_do, code=code)
        self.finding = finding


class _Load:
    """One replacement of all contacts under way."""

    def __init__(
        self,
        conn: sa.Connection,
        request: LoadRequest,
        *,
        origin: str,
        what: str,
        file_name: str | None = None,
        reader: ApiReader | None = None,
    ) -> None:
        self._conn, self._request, self._reader = conn, request, reader
        self._origin, self._what, self._file_name = origin, what, file_name
        self._unreadable: list[UnreadableRecord] = []

    def replace(
        self,
        begun: AbstractContextManager[Iterable[Converted]],
        taken_at: Callable[[datetime | None], datetime],
        *,
        sha256: Callable[[], str | None] = lambda: None,
        keep: bool = True,
    ) -> Loaded:
        """Fill the new table, check it, and let it take the place of the present one if `keep`."""
        lock_contacts(self._conn)
        present = last_as_of(self._conn)
        load_id = start_load(self._conn, self._request, origin=self._origin, file_name=self._file_name)
        constants = {"origin": self._origin, "observed_at": self._request.loaded_at, "load_id": load_id}
        staging = StagingTable(self._conn, constants)
        with begun as parts:
            staging.create()
            # While blocks are converted the processors are busy: more processes to count would only be in the way.
            self._conn.execute(sa.text("SET LOCAL max_parallel_workers_per_gather = 0"))
            previous = count_active_individuals(self._conn)
            filled = staging.fill(self._believed(parts))
        rows, living = sum(part.rows for part in filled), sum(part.living for part in filled)
        unreadable = tuple(self._reader.unreadable if self._reader else self._unreadable)
        if self._origin == "export":
            self._refuse_unreadable(rows)
            self._index(staging)  # an id that comes twice is named before what a person may force
        as_of = taken_at(max((part.newest for part in filled if part.newest), default=None))
        # The new table of a list has no statistics and no index yet: a nested loop over both tables would take hours,
        # and their ids are joined in memory.
        self._conn.execute(sa.text("SET LOCAL enable_nestloop = off"))
        self._conn.execute(sa.text("SET LOCAL work_mem = '64MB'"))
        if self._origin == "export" and living:
            self._refuse_older(as_of, present, staging)
        self._check(living + self._keep_unreadable(unreadable, staging), previous, staging)
        self._conn.execute(sa.text("SET LOCAL enable_nestloop = on"))
        if self._origin == "api_full":
            self._keep_household(staging)
            self._index(staging)
        kept = self._keep_archived(staging, as_of, load_id)
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
            details=kept,
            unusual=tuple(contact for part in filled for contact in part.unusual),
            unreadable=unreadable,
            future=tuple(contact_id for part in filled for contact_id in part.future),
        )
        return finish_load(self._conn, loaded)

    def _keep_archived(self, staging: StagingTable, as_of: datetime, load_id: int) -> dict[str, int]:
        """Keep the archived contacts whose External ID is taken; the API lists archived ones itself."""
        if self._origin != "export":
            return {}
        count = keep_external_id_holders(
            self._conn, staging.table, as_of=as_of, loaded_at=self._request.loaded_at, load_id=load_id
        )
        return {"archived_kept": count} if count else {}

    def _keep_unreadable(self, unreadable: Sequence[UnreadableRecord], staging: StagingTable) -> int:
        """Keep the old rows of contacts that could not be read; returns how many.

        While one of them has no usable id, every contact that is missing may be it, and all are kept.
        """
        if not unreadable:
            return 0
        ids = [int(record.record_id) for record in unreadable if record.record_id is not None]
        return keep_as_they_were(self._conn, staging.table, ids if len(ids) == len(unreadable) else None)

    def _keep_household(self, staging: StagingTable) -> None:
        """Keep the household as the last export said it; the API does not know it."""
        kept = ", ".join(f"{name} = old.{name}" for name in contact_rows.HOUSEHOLD)
        known = " OR ".join(f"old.{name} IS NOT NULL" for name in contact_rows.HOUSEHOLD)
        self._conn.execute(
            sa.text(
                f"UPDATE {staging.table} new SET {kept} FROM {raw_gb_full_contacts} old "
                f"WHERE old.contact_id = new.contact_id AND ({known})"
            )
        )

    def _believed(self, parts: Iterable[Converted]) -> Iterator[Converted]:
        """The parts, as long as not too many of their contacts cannot be read."""
        rows = 0
        for part in parts:
            self._unreadable += part.unreadable
            rows += part.rows
            if len(self._unreadable) > _MANY_UNREADABLE:
                self._refuse_unreadable(rows)
            yield part

    def _refuse_unreadable(self, rows: int) -> None:
        """Refuse an export of which many contacts cannot be read: the file is wrong, and not a few contacts."""
        count = len(self._unreadable)
        whole = rows + count
        if count * _FEW_IN > whole or (count > _FEW_UNREADABLE and count * _SOME_IN > whole):
            first = self._unreadable[0]
            raise ExportError(
                f"{self._what}: {count} of the first {whole} contacts cannot be read; of contact {first.record_id} the "
                f"cell of {first.field} {first.reason}.",
                "Download the export from Givebutter again and upload it as it is.",
                code="EXPORT_CELL_INVALID",
            )

    def _refuse_older(self, as_of: datetime, present: datetime | None, staging: StagingTable) -> None:
        """Refuse an export from before the contacts that are there, by its age or by what its contacts say."""
        if self._request.forced_by or present is None:
            return
        earlier = changed_back(self._conn, staging.table, now=self._request.loaded_at)
        if earlier:
            why = f"{earlier} of its contacts are there in a later state"
        elif as_of < present:
            why = f"it was taken {_shown(as_of)}, and the contacts that are there {_shown(present)}"
        else:
            return
        raise ExportError(
            f"{self._what} is older than the contacts that are loaded: {why}.",
            f"Export the contacts in Givebutter again and upload that file. {_FORCE}",
            code="EXPORT_OLDER",
        )

    def _check(self, living: int, previous: int, staging: StagingTable) -> None:
        """Refuse a load that is empty or much smaller than what is there; like is compared with like."""
        if not living:
            raise ExportError(f"{self._what} holds no contacts.", "Check Givebutter's contacts.", code="EXPORT_EMPTY")
        if self._request.forced_by:
            return
        missing = missing_contacts(self._conn, staging.table)
        before = previous - most_archived_by_us(self._conn)
        table = raw_gb_full_contacts.name
        shrunk = check_list(table, before=before, missing=missing, limits=self._request.limits).refused
        if shrunk:
            raise ListRefusedError(
                f"{self._what} holds {living} contacts and the table {previous}: {len(missing)} are missing, "
                f"more than {self._request.max_shrink:.0%} fewer.",
                f"Export all contacts, without a filter. {_FORCE}",
                finding=shrunk,
                code=LIST_SHRUNK,
            )
        both = (raw_gb_full_contacts, staging.table)
        before_cells, cells = (cell_counts(self._conn, which, rows=max(living, previous)) for which in both)
        unusable = check_cells(table, before_cells, cells, limits=self._request.limits).refused
        if unusable:
            advice = f"{unusable.what_to_do} {_FORCE}" if self._origin == "export" else unusable.what_to_do
            raise ListRefusedError(unusable.message, advice, finding=unusable, code=CELLS_UNUSABLE)

    def _index(self, staging: StagingTable) -> None:
        try:
            staging.index()
        except sa.exc.IntegrityError:
            ids = staging.repeated_ids(_SHOWN_IDS)
            raise ExportError(
                f"{self._what} holds contacts more than once, among them {', '.join(map(str, ids))}.",
                "Export the contacts again; do not put files together.",
                code="EXPORT_DUPLICATE_IDS",
            ) from None


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
