"""Where a file that was handed in is now: waiting, being loaded, loaded, put aside; and which years follow it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from mentorsync_pipeline.campaigns.configuration import read_active_years
from mentorsync_pipeline.console.dagster_client import DagsterUnavailableError, Run
from mentorsync_pipeline.console.services import Services
from mentorsync_pipeline.db import audit
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.attempts import CAUSE
from mentorsync_pipeline.uploads import file_status
from mentorsync_pipeline.uploads.drop_files import build_cause

State = Literal["waiting", "loading", "failed", "put_aside", "loaded"]


class UploadNotFoundError(MentorSyncError):
    """Nobody handed in a file of this content."""

    code = "UPLOAD_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class YearFollows:
    """A campaign year that is worked out again from the file, and the run that does it, if it is known."""

    year: int
    done: bool
    run_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadState:
    """A file on its way. `failed`: the last run failed, and the next one is about to be tried."""

    act: audit.AuditEntry
    state: State
    run_id: str | None
    rows: int | None
    put_aside: file_status.QuarantinedFile | None
    years: Sequence[YearFollows]

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is going to happen to it by itself."""
        return self.state == "put_aside" or (self.state == "loaded" and all(year.done for year in self.years))


def upload_state(services: Services, conn: sa.Connection, sha256: str) -> UploadState:
    """Where one file is. Raises UploadNotFoundError."""
    acts = audit.read_latest(conn, "file_uploaded", subject=sha256, limit=1)
    if not acts:
        raise UploadNotFoundError("No file of this content was uploaded here.", "Take the address from the upload.")
    return _followed(services, conn, acts[0])


def last_uploads(services: Services, conn: sa.Connection, limit: int) -> list[UploadState]:
    """The files that were handed in last, the newest first; each content once."""
    acts = {act.subject: act for act in reversed(audit.read_latest(conn, "file_uploaded", limit=limit))}
    return [_followed(services, conn, act) for act in reversed(acts.values())]


def _followed(services: Services, conn: sa.Connection, act: audit.AuditEntry) -> UploadState:
    loaded = file_status.find_loaded_file(conn, act.subject, since=act.done_at)
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
        years=_years(services, conn, loaded) if loaded and loaded.load_id is not None else (),
    )


def _years(services: Services, conn: sa.Connection, loaded: file_status.LoadedFile) -> list[YearFollows]:
    behind = file_status.find_outdated_years(conn, loaded.finished_at)
    runs = {year: _newest_run(services, f"contacts:{loaded.load_id}:{year}") for year in behind}
    return [
        YearFollows(year=year, done=year not in behind, run_id=run.run_id if (run := runs.get(year)) else None)
        for year in read_active_years(conn)[0]
    ]


def _newest_run(services: Services, cause: str) -> Run | None:
    """The newest run of a cause; None when there is none, or Dagster cannot be asked."""
    try:
        found = services.dagster.runs(tags={CAUSE: cause}, limit=1)
    except DagsterUnavailableError:
        return None
    return found[0] if found else None
