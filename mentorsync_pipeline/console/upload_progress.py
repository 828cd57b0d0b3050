"""Progress of uploaded files: waiting, loading, loaded or in quarantine, and the recalculation of the years."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from mentorsync_pipeline.campaigns.configuration import read_active_years
from mentorsync_pipeline.console.dagster_client import DagsterUnavailableError, Run
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.db import audit
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.run_attempts import CAUSE
from mentorsync_pipeline.uploads import file_status
from mentorsync_pipeline.uploads.drop_files import build_cause

State = Literal["waiting", "loading", "failed", "put_aside", "loaded"]


class UploadNotFoundError(MentorSyncError):
    """No file with this content was uploaded."""

    code = "UPLOAD_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class YearProgress:
    """A campaign year that is recalculated from the file, and its run, if known."""

    year: int
    done: bool
    run_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadState:
    """State of an uploaded file. `failed`: the last run failed and will be retried."""

    act: audit.AuditEntry
    state: State
    run_id: str | None
    rows: int | None
    put_aside: file_status.QuarantinedFile | None
    years: Sequence[YearProgress]

    @property
    def is_settled(self) -> bool:
        """Whether processing has ended."""
        return self.state == "put_aside" or (self.state == "loaded" and all(year.done for year in self.years))


def upload_state(services: Services, conn: sa.Connection, sha256: str) -> UploadState:
    """Return the state of a file. Raises UploadNotFoundError."""
    acts = audit.read_latest(conn, "file_uploaded", subject=sha256, limit=1)
    if not acts:
        raise UploadNotFoundError("No file of this content was uploaded here.", "Take the address from the upload.")
    return _followed(services, conn, acts[0])


def last_uploads(services: Services, conn: sa.Connection, limit: int) -> list[UploadState]:
    """Return the last uploaded files, newest first, each content once."""
    acts = {act.subject: act for act in reversed(audit.read_latest(conn, "file_uploaded", limit=limit))}
    return [_followed(services, conn, act) for act in reversed(acts.values())]


def _followed(services: Services, conn: sa.Connection, act: audit.AuditEntry) -> UploadState:
    loaded = file_status.find_loaded_file(conn, act.subject, after_log_id=act.details.get("after_log_id", 0))
    aside = file_status.find_quarantined_file(conn, act.subject)
    state: State = "loaded" if loaded else "put_aside" if aside else "waiting"
    run = None if loaded or aside else _newest_run(services, build_cause(act.subject, act.details["again_as"]))
    if run is not None:
        state = "failed" if run.status in {"FAILURE", "CANCELED"} else "loading"
    return UploadState(
        act=act,
        state=state,
        run_id=loaded.run_id if loaded else run.run_id if run else None,
        rows=loaded.rows if loaded else None,
        put_aside=None if loaded else aside,
        years=_years(services, conn, loaded.load_id) if loaded and loaded.load_id is not None else (),
    )


def _years(services: Services, conn: sa.Connection, load_id: int) -> list[YearProgress]:
    behind = file_status.find_outdated_years(conn, load_id)
    runs = {year: _newest_run(services, f"contacts:{load_id}:{year}") for year in behind}
    return [
        YearProgress(year=year, done=year not in behind, run_id=run.run_id if (run := runs.get(year)) else None)
        for year in read_active_years(conn)[0]
    ]


def _newest_run(services: Services, cause: str) -> Run | None:
    """Return the newest run of a cause; None if there is none or Dagster is unavailable."""
    try:
        runs = services.dagster.runs(tags={CAUSE: cause}, limit=1)
    except DagsterUnavailableError:
        return None
    return runs[0] if runs else None
