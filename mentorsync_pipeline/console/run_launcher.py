"""Start runs from the console: one at a time per year, recorded with the person's name."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import dagster as dg

from mentorsync_pipeline.assets.partitions import require_partition
from mentorsync_pipeline.automation.jobs import JOBS_OF_CLOSED_YEARS
from mentorsync_pipeline.campaigns.service import prepare_next_year
from mentorsync_pipeline.console.auth.user import Person
from mentorsync_pipeline.console.dagster_client import Run
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.db import audit
from mentorsync_pipeline.db.closed_years import require_open
from mentorsync_pipeline.db.run_log import lock_run_start
from mentorsync_pipeline.domain.clean_text import clean_typed
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.loop.queries import read_newest_file
from mentorsync_pipeline.loop.rules.next_step import RunsInProgress
from mentorsync_pipeline.review import service
from mentorsync_pipeline.runtime import run_options
from mentorsync_pipeline.runtime.run_options import CampaignValues, ContactLoad, ExportOptions, build_run_config

YearJob = Literal["sync", "jotform", "givebutter", "etl", "etl_to_plan", "etl_to_file"]
ContactMode = Literal["api_changes", "api_full"]
REFRESH = "refresh_contacts"
_RECALCULATING = frozenset({"sync", "etl", "etl_to_plan", "etl_to_file", "export", "plan_archive", "plan_mass_email"})
_INCLUDED_IN: Mapping[str, frozenset[str]] = {
    "etl": frozenset({"etl_to_plan", "etl_to_file", "export", "sync"}),
    "etl_to_plan": frozenset({"etl_to_file", "sync"}),
    "plan_archive": frozenset({"etl_to_plan", "etl_to_file", "sync"}),
}
"""Jobs whose steps are in other jobs."""


class RunInFlightError(MentorSyncError):
    """A run is queued or in progress, so no other run is started."""

    code = "RUN_IN_FLIGHT"

    def __init__(self, run: Run) -> None:
        of = f" of {run.year}" if run.year is not None else ""
        super().__init__(
            f"A run{of} is queued or in progress: {run.job}, run {run.run_id}.",
            "Wait until it has ended, or stop it on its page.",
        )
        self.run_id = run.run_id


class FileFetchedError(MentorSyncError):
    """The import file to replace was downloaded, so it may have been imported."""

    code = "FILE_FETCHED"


class ReasonMissingError(MentorSyncError):
    """An action that needs a reason has none."""

    code = "REASON_MISSING"

    def __init__(self) -> None:
        super().__init__("A forced action needs a reason.", "Give the reason in a few words.")


def find_runs_in_progress(runs: Sequence[Run]) -> RunsInProgress:
    """Find the runs of a year's loop among runs of the year and of all years, newest first: those now or next."""
    oldest = {run.job: run.run_id for run in runs if not run.is_over}
    recalculating = [run.run_id for run in runs if not run.is_over and run.job in _RECALCULATING]
    return RunsInProgress(
        loading=oldest.get("upload_contacts"), recalculating=recalculating[-1] if recalculating else None
    )


def start(services: Services, person: Person, job: YearJob, year: int) -> str:
    """Start a job of a year and return the run's id.

    Raises RunInFlightError while a run of the year is queued or in progress, DagsterUnavailableError and
    RunNotStartedError.
    """
    return launch(services, person, job, year=year)


def retry_errors(services: Services, person: Person, year: int, ids: Sequence[int]) -> str:
    """Count a retry of these errors and start or queue a sync of the year; return the run's id.

    The retry is counted only if the run is started or queued. Raises ErrorNotFoundError, and as `launch`.
    """
    retried = service.retry_errors(
        services.change_context(person),
        ids,
        year=year,
        start=lambda: launch(services, person, "sync", year=year, queued=True),
    )
    assert retried.run_id is not None  # noqa: S101  # `start` returned it
    return retried.run_id


def export(services: Services, person: Person, year: int, *, force_reason: str | None = None) -> str:
    """Start a run that creates the import file; a reason forces it despite stale contact data.

    The record of the file has the name of the person, and the audit log has the reason.
    """
    if force_reason is None:
        return launch(services, person, "export", year=year)
    reason = clean_typed(force_reason)
    if reason is None:
        raise ReasonMissingError
    config = build_run_config("gb_import_file", ExportOptions(forced_by=person.name))
    return launch(services, person, "export", year=year, config=config, noted={"forced_because": reason})


def replace_file(services: Services, person: Person, year: int, file_id: int) -> str:
    """Start a run that creates the import file again, in place of the newest one, which nobody has downloaded.

    Without a download nothing was imported, so the contact data is recent enough. Raises FileFetchedError if another
    file is the newest or it was downloaded meanwhile.
    """
    with services.reading() as conn:
        file = read_newest_file(conn, year)
    if file is None or file.file_id != file_id or file.fetched_at is not None:
        raise FileFetchedError(
            "The import file was downloaded or replaced meanwhile.",
            "Import it into Givebutter and upload a fresh export, then create the next file.",
        )
    return export(services, person, year, force_reason=f"File {file_id} is replaced; nobody has downloaded it.")


def refresh_contacts(services: Services, person: Person, mode: ContactMode) -> str:
    """Start a run that fetches contacts over Givebutter's API, changes or all."""
    config = build_run_config("raw_gb_full_contacts", ContactLoad(mode=run_options.ContactMode[mode]))
    return launch(services, person, REFRESH, config=config, noted={"mode": mode})


def open_next_year(services: Services, person: Person, year: int, source: int, settings: Mapping[str, Any]) -> str:
    """Start a run that stores the configuration of a new year, derived from that of `source`; return the run's id.

    What the run would refuse is refused before it. Raises as `campaigns.service.prepare_next_year` and `start`, and
    YearUnknownError for a year after the next.
    """
    require_partition(year)
    with services.reading() as conn:
        next_year = prepare_next_year(conn, year, source, settings)
    config = build_run_config("sync_configs", CampaignValues.from_settings(next_year.values))
    return launch(services, person, "configure", year=year, config=config, noted={"from_year": source})


def stop(services: Services, person: Person, run_id: str) -> None:
    """Stop a run that is queued or in progress. Raises as `DagsterClient.stop`.

    What its finished steps have written stays; the step in progress is undone.
    """
    run = services.dagster.run(run_id)
    services.dagster.stop(run_id)
    with services.engine.begin() as conn:
        audit.record(
            conn,
            audit.AuditEntry(
                act="run_stopped",
                subject=run_id,
                who=person.name,
                via=person.via,
                done_at=services.now(),
                campaign_year=run.year,
                details={"job": run.job},
            ),
        )


def launch(
    services: Services,
    person: Person,
    job: str,
    *,
    year: int | None = None,
    config: dg.RunConfig | None = None,
    tags: Mapping[str, str] | None = None,
    noted: Mapping[str, Any] | None = None,
    queued: bool = False,
) -> str:
    """Start a job unless a run of the year (or of the job, without a year) is in progress; record the person.

    With `queued`, the run waits behind a run that is in progress; a run that waits already and includes the job is
    returned, unless this one has a configuration of its own. Raises YearClosedError, and as `start`.
    """
    with services.engine.begin() as conn:
        if year is not None and job not in JOBS_OF_CLOSED_YEARS:
            require_open(conn, [year])
        lock_run_start(conn, year)
        for run in services.dagster.runs(year=year, job=job if year is None else None, unfinished=True):
            if not queued:
                raise RunInFlightError(run)
            if config is None and run.started_at is None and run.job in {job, *_INCLUDED_IN.get(job, ())}:
                return run.run_id
        run_id = services.dagster.launch(job, year=year, config=config, tags=tags)
        audit.record(
            conn,
            audit.AuditEntry(
                act="run_started",
                subject=run_id,
                who=person.name,
                via=person.via,
                done_at=services.now(),
                campaign_year=year,
                details={"job": job, **(noted or {})},
            ),
        )
    return run_id
