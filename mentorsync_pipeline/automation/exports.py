"""The sensor of the drop folder: a dropped export is loaded, and every active year follows.

What a file is belongs to `uploads.drop_files`, loading it to the job `upload_contacts`. A file stays where it lies
until its content is in the tables; then it is moved to `processed`. Event texts name no file: a name may hold a
person's.
"""

from dataclasses import dataclass

import dagster as dg

from mentorsync_pipeline.automation.jobs import ETL, FILE, job
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts.rules.as_of import export_name
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.drop_folder import DropFolderError, DropFolderResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.attempts import CAUSE, Attempts, count_attempts, next_run, year_is_busy
from mentorsync_pipeline.uploads import queries as upload_queries
from mentorsync_pipeline.uploads.drop_files import (
    DROPPED,
    Complete,
    as_cursor,
    cause_of,
    load_of,
    look,
    remembered,
)
from mentorsync_pipeline.uploads.rejected_rows import LARGEST_BYTES, FailedRowsError, identities
from mentorsync_pipeline.uploads.rejected_rows_store import RejectedFileError, year_of

SECONDS = 30
PROCESSED, QUARANTINE = "processed", "quarantine"


class NotTakenError(Exception):
    """A dropped file that is put aside; the code is one of `domain.error_codes`."""

    def __init__(self, why: str, *, code: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass
class _Tick:
    """One look at the folder and at the runs that it has asked for."""

    instance: dg.DagsterInstance
    warehouse: WarehouseResource
    folder: DropFolderResource
    clock: ClockResource

    def next_for(self, file: Complete) -> dg.RunRequest | str | None:
        """What to do about a complete file: a run, or None when it is done with, or a reason to wait."""
        name, cause = file.file.path.name, cause_of(file.sha256)
        with self.warehouse.engine.connect() as conn:
            if upload_queries.is_loaded(conn, file.sha256):
                later = file.kind == "export" and upload_queries.is_a_later_export(
                    conn, name, file.sha256, now=self.clock.now()
                )
                if not later:
                    self._processed(file)
                    return None
                # The contacts are as they were, and known to be so at a later moment: loaded like any other export.
                cause = cause_of(file.sha256, export_name(name))
        so_far = count_attempts(self.instance, cause)
        if so_far.state == "in_flight":
            return "A dropped file is being loaded."
        try:
            if so_far.state == "given_up":
                raise NotTakenError(self._why_not_loaded(cause, so_far.number), code="DROP_FILE_FAILED")
            return self._request(file, cause, so_far)
        except NotTakenError as error:
            self._put_aside(file, error)
            return None

    def _request(self, file: Complete, cause: str, so_far: Attempts) -> dg.RunRequest:
        """The run that takes the file. Raises NotTakenError for one that nothing takes."""
        if file.kind == "unknown":
            raise NotTakenError(file.why, code="DROP_FILE_UNKNOWN")
        if file.kind == "unfinished":
            raise NotTakenError(file.why, code="DROP_FILE_UNFINISHED")
        year = self._year_of(file) if file.kind == "failed_rows" else None
        job, config = load_of(file.kind, str(file.file.path))
        return next_run(job, cause, so_far, year=year, config=config)

    def years_that_follow(self) -> list[dg.RunRequest]:
        """The years that do not rest on the last dropped export yet and have no run under way."""
        with self.warehouse.engine.connect() as conn:
            load = upload_queries.last_export(conn)
            run = self.instance.get_run_by_id(load.run_id) if load else None
            if load is None or run is None or not run.tags.get(CAUSE, "").startswith(DROPPED):
                return []
            behind = [
                year
                for year in configuration.active_years(conn)[0]
                if (until := upload_queries.inputs_seen_until(conn, year, (*ETL, FILE))) is None
                or until < load.finished_at
            ]
        requests = []
        for year in behind:
            cause = f"contacts:{load.load_id}:{year}"
            so_far = count_attempts(self.instance, cause)
            if so_far.state == "due" and not year_is_busy(self.instance, year):
                requests.append(next_run("etl_to_file", cause, so_far, year=year))
        return requests

    def _why_not_loaded(self, cause: str, runs: int) -> str:
        """How many runs failed, and what the last one said."""
        last = next(iter(self.instance.get_runs(dg.RunsFilter(tags={CAUSE: cause}), limit=1)), None)
        with self.warehouse.engine.connect() as conn:
            said = upload_queries.error_of(conn, last.run_id) if last else None
        return f"{runs} runs could not load it." + (f" {said}" if said else "")

    def not_moved(self, file: Complete, error: DropFolderError) -> None:
        """Report a file that is done with and cannot be moved out of the folder."""
        with self.warehouse.engine.begin() as conn:
            upload_queries.report_quarantined(
                conn, code="DROP_FILE_NOT_MOVED", sha256=file.sha256, message=error.message, now=self.clock.now()
            )

    def _processed(self, file: Complete) -> None:
        self.folder.move(file.file.path, PROCESSED, mark=file.sha256[:8])
        with self.warehouse.engine.begin() as conn:
            upload_queries.settle_quarantined(conn, sha256=file.sha256, now=self.clock.now())

    def _put_aside(self, file: Complete, error: NotTakenError) -> None:
        with self.warehouse.engine.begin() as conn:
            upload_queries.report_quarantined(
                conn, code=error.code, sha256=file.sha256, message=str(error), now=self.clock.now()
            )
        self.folder.move(file.file.path, QUARANTINE, mark=file.sha256[:8])

    def _year_of(self, file: Complete) -> int:
        """The campaign year of a list of rejected rows."""
        if not self.folder.begin_look(file.file):
            self.folder.end_look(file.file)
            raise NotTakenError("Looking at the file took too long.", code="DROP_FILE_UNFINISHED")
        try:
            if file.file.size > LARGEST_BYTES:
                raise NotTakenError("The file is too large for a list of rejected rows.", code="DROP_FILE_UNKNOWN")
            rows = identities(file.file.path.read_bytes())
            with self.warehouse.engine.connect() as conn:
                return year_of(conn, rows)
        except FailedRowsError as error:
            raise NotTakenError(str(error), code="DROP_FILE_UNKNOWN") from None
        except RejectedFileError as error:
            raise NotTakenError(error.message, code="DROP_FILE_UNKNOWN") from None
        finally:
            self.folder.end_look(file.file)


@dg.sensor(
    jobs=[job("upload_contacts"), job("rejected_rows"), job("etl_to_file")],
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def contact_exports(
    context: dg.SensorEvaluationContext,
    warehouse: WarehouseResource,
    drop_folder: DropFolderResource,
    clock: ClockResource,
) -> dg.SensorResult | dg.SkipReason:
    """Loads what is put into the drop folder, then brings every active year up to date.

    A file is taken when it did not change between two looks, one file after the other, and a copy of it never again; a
    failed run is tried again, three times in all. A file that is neither an export nor a list of rejected rows, or that
    an earlier tick could not finish looking at, goes to the folder quarantine, with an error that says why. A folder
    that cannot be read is an error, not an empty folder.
    """
    tick = _Tick(context.instance, warehouse, drop_folder, clock)
    seen, complete = look(drop_folder, remembered(context.cursor), clock.now())
    wait = f"{len(seen) - len(complete)} files are not complete yet." if len(seen) > len(complete) else None
    for file in complete:
        try:
            answer = tick.next_for(file)
        except DropFolderError as error:  # the others go on
            tick.not_moved(file, error)
            continue
        if isinstance(answer, dg.RunRequest):
            return dg.SensorResult(run_requests=[answer], cursor=as_cursor(seen))
        if answer is not None:
            return dg.SensorResult(skip_reason=answer, cursor=as_cursor(seen))
        del seen[file.file.path.name]
    requests = tick.years_that_follow()
    if requests:
        return dg.SensorResult(run_requests=requests, cursor=as_cursor(seen))
    return dg.SensorResult(skip_reason=wait or "Nothing new is in the drop folder.", cursor=as_cursor(seen))
