"""Load dropped files and update every active year after an export: what the sensor of the drop folder does.

`uploads.drop_files` classifies files; the job `upload_contacts` loads exports. A file is moved to `processed` after its
content is in the tables; older exports beside it are then moved to `superseded`. Event texts contain no file names,
because a name may contain personal data.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from mentorsync_pipeline.automation.jobs import FILE, READ_MENTORS
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts.rules.as_of import parse_export_name
from mentorsync_pipeline.db.closed_years import YearClosedError
from mentorsync_pipeline.db.step_inputs import has_load
from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.errors import is_disk_full, to_database_error
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.drop_folder import DropFolderError, DropFolderResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.run_attempts import CAUSE, Attempts, count_attempts, next_run, year_is_busy
from mentorsync_pipeline.uploads import queries as upload_queries
from mentorsync_pipeline.uploads.drop_files import (
    DROPPED,
    CompleteFile,
    build_cause,
    build_load,
    find_superseded,
    format_cursor,
    parse_cursor,
    scan_folder,
)
from mentorsync_pipeline.uploads.rejected_mentors import RejectedFileError, find_year_of_rows
from mentorsync_pipeline.uploads.rejected_rows import FailedRowsError, read_failed_rows_file, read_identities

PROCESSED, QUARANTINE, SUPERSEDED = "processed", "quarantine", "superseded"


class RejectedDropFileError(Exception):
    """A dropped file that is moved to quarantine, with a code of `domain.error_codes`."""

    def __init__(self, reason: str, *, code: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass
class _Tick:
    """One evaluation of the sensor."""

    instance: dg.DagsterInstance
    warehouse: WarehouseResource
    folder: DropFolderResource
    clock: ClockResource

    def next_step(self, file: CompleteFile) -> dg.RunRequest | str | None:
        """Return the run for a complete file, a reason to wait, or None if the file was moved out of the folder.

        A file that causes an unexpected error is moved to quarantine, so that it does not stop every tick. Raises
        DropFolderError, and the error of a database that does not answer or a disk that is full.
        """
        try:
            return self._find_next_step(file)
        except RejectedDropFileError as error:
            rejected = error
        except Exception as error:
            if isinstance(error, DropFolderError) or to_database_error(error) or is_disk_full(error):
                raise
            reason = f"The file cannot be handled ({type(error).__name__})."
            rejected = RejectedDropFileError(reason, code="DROP_FILE_UNFINISHED")
        self._move_to_quarantine(file, rejected)
        return None

    def _find_next_step(self, file: CompleteFile) -> dg.RunRequest | str | None:
        """As `next_step`. Raises RejectedDropFileError for a file that belongs in quarantine."""
        name, cause = file.file.path.name, build_cause(file.sha256)
        with self.warehouse.engine.connect() as conn:
            if upload_queries.is_loaded(conn, file.sha256):
                later = file.kind == "export" and upload_queries.is_later_export(
                    conn, name, file.sha256, now=self.clock.now()
                )
                if not later:
                    self._move_to_processed(file)
                    return None
                # Same contacts at a later time: load the file, so that the contact data counts as newer.
                cause = build_cause(file.sha256, parse_export_name(name))
        previous = count_attempts(self.instance, cause)
        if previous.state == "in_flight":
            return "A run is loading a dropped file."
        if previous.state == "given_up":
            raise RejectedDropFileError(self._describe_failures(cause, previous.number), code="DROP_FILE_FAILED")
        return self._request(file, cause, previous)

    def _request(self, file: CompleteFile, cause: str, previous: Attempts) -> dg.RunRequest:
        """Return the run that loads the file. Raises RejectedDropFileError if no job can load it."""
        if file.kind == "unknown":
            raise RejectedDropFileError(file.why, code="DROP_FILE_UNKNOWN")
        if file.kind == "unfinished":
            raise RejectedDropFileError(file.why, code="DROP_FILE_UNFINISHED")
        year = self._find_year(file) if file.kind == "failed_rows" else None
        job, config = build_load(file.kind, str(file.file.path))
        return next_run(job, cause, previous, year=year, config=config)

    def set_superseded_aside(self, newest: CompleteFile, superseded: Sequence[CompleteFile]) -> list[str]:
        """Move superseded exports out of the folder if the newest one is loaded; return their names."""
        with self.warehouse.engine.connect() as conn:
            if not upload_queries.is_loaded(conn, newest.sha256):
                return []
        for file in superseded:
            self.folder.move(file.file.path, SUPERSEDED, mark=file.sha256[:8])
        return [file.file.path.name for file in superseded]

    def outdated_year_runs(self) -> list[dg.RunRequest]:
        """Return runs for the active years that do not include the last dropped export and have no run in progress."""
        with self.warehouse.engine.connect() as conn:
            load = upload_queries.read_last_export(conn)
            run = self.instance.get_run_by_id(load.run_id) if load else None
            if load is None or run is None or not run.tags.get(CAUSE, "").startswith(DROPPED):
                return []
            outdated_years = [
                year
                for year in configuration.read_active_years(conn)[0]
                if not has_load(conn, year, (*READ_MENTORS, FILE), load.load_id)
            ]
        requests = []
        for year in outdated_years:
            cause = f"contacts:{load.load_id}:{year}"
            previous = count_attempts(self.instance, cause)
            if previous.state == "due" and not year_is_busy(self.instance, year):
                requests.append(next_run("etl_to_file", cause, previous, year=year))
        return requests

    def _describe_failures(self, cause: str, runs: int) -> str:
        """Describe the failed runs and the error of the last one."""
        last = next(iter(self.instance.get_runs(dg.RunsFilter(tags={CAUSE: cause}), limit=1)), None)
        with self.warehouse.engine.connect() as conn:
            error = upload_queries.read_run_error(conn, last.run_id) if last else None
        return f"{runs} runs failed to load it." + (f" {error}" if error else "")

    def report_not_moved(self, file: CompleteFile, error: DropFolderError) -> None:
        """Record an error for a processed file that cannot be moved out of the folder."""
        with self.warehouse.engine.begin() as conn:
            upload_queries.report_quarantined(
                conn, code="DROP_FILE_NOT_MOVED", sha256=file.sha256, message=error.message, now=self.clock.now()
            )

    def _move_to_processed(self, file: CompleteFile) -> None:
        self.folder.move(file.file.path, PROCESSED, mark=file.sha256[:8])
        with self.warehouse.engine.begin() as conn:
            upload_queries.resolve_quarantined(conn, sha256=file.sha256, now=self.clock.now())

    def _move_to_quarantine(self, file: CompleteFile, error: RejectedDropFileError) -> None:
        name, message = clean_line(file.file.path.name), str(error)
        with self.warehouse.engine.begin() as conn:
            upload_queries.report_quarantined(
                conn,
                code=error.code,
                sha256=file.sha256,
                message=message if name in message else f"{name}: {message}",
                now=self.clock.now(),
            )
        self.folder.move(file.file.path, QUARANTINE, mark=file.sha256[:8])

    def _find_year(self, file: CompleteFile) -> int:
        """Determine the campaign year of a list of rejected rows."""
        if not self.folder.begin_examination(file.file):
            self.folder.end_examination(file.file)
            raise RejectedDropFileError("Reading the file took too long.", code="DROP_FILE_UNFINISHED")
        try:
            rows = read_identities(read_failed_rows_file(file.file.path))
            with self.warehouse.engine.connect() as conn:
                return find_year_of_rows(conn, rows)
        except FailedRowsError as error:
            raise RejectedDropFileError(str(error), code="DROP_FILE_UNKNOWN") from None
        except RejectedFileError as error:
            raise RejectedDropFileError(error.message, code="DROP_FILE_UNKNOWN") from None
        except YearClosedError as error:
            raise RejectedDropFileError(error.message, code=error.code) from None
        finally:
            self.folder.end_examination(file.file)


def handle_dropped_files(
    context: dg.SensorEvaluationContext,
    warehouse: WarehouseResource,
    drop_folder: DropFolderResource,
    clock: ClockResource,
) -> dg.SensorResult:
    """Handle the complete files of the drop folder; return the run for one of them, or for the outdated years."""
    tick = _Tick(context.instance, warehouse, drop_folder, clock)
    states, complete = scan_folder(drop_folder, parse_cursor(context.cursor), clock.now())
    incomplete = f"{len(states) - len(complete)} files are not complete yet." if len(states) > len(complete) else None
    newest, superseded = find_superseded(complete, clock.now())
    for file in complete:
        if file in superseded:
            continue
        try:
            decision = tick.next_step(file)
            if decision is None and file is newest:
                for name in tick.set_superseded_aside(newest, superseded):
                    del states[name]
        except DropFolderError as error:  # continue with the other files
            tick.report_not_moved(file, error)
            continue
        if isinstance(decision, dg.RunRequest):
            return dg.SensorResult(run_requests=[decision], cursor=format_cursor(states))
        if decision is not None:
            return dg.SensorResult(skip_reason=decision, cursor=format_cursor(states))
        del states[file.file.path.name]
    requests = tick.outdated_year_runs()
    if requests:
        return dg.SensorResult(run_requests=requests, cursor=format_cursor(states))
    return dg.SensorResult(skip_reason=incomplete or "No new files in the drop folder.", cursor=format_cursor(states))
