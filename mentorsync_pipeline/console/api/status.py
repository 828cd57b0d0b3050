"""Status over the API, of all years or one."""

from dataclasses import asdict
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from mentorsync_pipeline.campaigns.configuration import read_years
from mentorsync_pipeline.console.campaign_year import YearCacheDep
from mentorsync_pipeline.console.dependencies import DbConn, ServicesDep
from mentorsync_pipeline.import_file.freshness import measure_freshness, read_freshness_record
from mentorsync_pipeline.loop.queries import LoopState, read_loop
from mentorsync_pipeline.loop.rules.next_step import Action, StepName, StepState
from mentorsync_pipeline.mentors.metrics import Figures, read_figures
from mentorsync_pipeline.review.pending_counts import count_open_errors
from mentorsync_pipeline.review.status_summary import read_contacts_status, read_year_status

router = APIRouter(tags=["status"])


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ContactData(_Out):
    """The contacts of all years and the time of the data."""

    rows: int
    as_of: datetime | None = None
    origin: str | None = None
    loaded_at: datetime | None = None


class LastFile(_Out):
    """The newest import file."""

    file_name: str
    row_count: int
    held_back: int
    created_at: datetime


class AssetState(_Out):
    """The last run of a table."""

    asset: str
    status: str
    rows_out: int | None
    finished_at: datetime | None
    error: str | None


class YearCounts(_Out):
    """Counts of a year: mentors by sync state and, without those who dropped out, by status; open items by type."""

    campaign_year: int
    closed: bool
    mentors: dict[str, int]
    mentor_status: dict[str, int]
    open_conflicts: dict[str, int]
    open_errors: dict[str, int]
    open_warnings: dict[str, int]
    last_file: LastFile | None
    assets: list[AssetState]


class Status(_Out):
    """Status of all years."""

    contacts: ContactData
    years: list[YearCounts]


class YearFreshness(_Out):
    """Data freshness; `refused_because` is why no import file can be created."""

    contacts: int
    contacts_as_of: datetime | None
    stale_days: int
    refused_because: str | None
    last_sync_at: datetime | None


class NextStep(_Out):
    """The next step of a person, the state of each step of the loop, and the numbers behind them."""

    action: Action
    steps: dict[StepName, StepState]
    open_questions: int
    open_errors: int
    warnings_to_check: int
    blocked_mentors: dict[str, int]
    skipped_questions: int
    unapplied_answers: int
    import_rows: dict[str, int]
    file_downloaded_at: datetime | None
    rejected_rows: int
    held_back_rows: int
    archive_plan_is_current: bool
    duplicates_to_approve: int
    duplicates_approved: int
    duplicates_to_archive: int
    external_ids_to_remove: int
    duplicates_waiting: int
    duplicates_kept: int


class YearStatus(YearCounts):
    """Status of a year. `open_errors` include those of all years, as the year's list of errors does."""

    next: NextStep
    figures: Figures
    fresh: YearFreshness


@router.get("/status")
def status(services: ServicesDep, conn: DbConn) -> Status:
    """Status of all years: data freshness, last runs and open items."""
    years = [services.cache.of_year(conn, year).read(read_year_status) for year in read_years(conn)]
    return Status(
        contacts=ContactData.model_validate(read_contacts_status(conn)), years=[_counts(counts) for counts in years]
    )


@router.get("/{year}/status")
def status_of_year(services: ServicesDep, cache: YearCacheDep) -> YearStatus:
    """Status of one year."""
    now = services.now()
    fresh = measure_freshness(cache.read(read_freshness_record), now=now)
    errors = {group.kind: group.count for group in cache.read(count_open_errors)}
    return YearStatus(
        next=_next(read_loop(cache, now=now)),
        **_counts(cache.read(read_year_status)).model_dump() | {"open_errors": errors},
        figures=cache.read(read_figures),
        fresh=YearFreshness.model_validate(fresh),
    )


def _counts(overview: dict[str, object]) -> YearCounts:
    return YearCounts.model_validate({**overview, "last_file": overview["last_file"] or None})


def _next(state: LoopState) -> NextStep:
    return NextStep(
        action=state.loop.action,
        steps=state.loop.states,
        open_questions=state.pending.open_questions,
        open_errors=state.pending.errors,
        warnings_to_check=state.pending.warnings,
        blocked_mentors=asdict(state.blocked),
        skipped_questions=state.pending.skipped_questions,
        unapplied_answers=state.pending.unapplied_answers,
        import_rows=dict(state.preview),
        file_downloaded_at=state.facts.file.fetched_at if state.facts.file else None,
        rejected_rows=state.facts.rejected_rows,
        held_back_rows=state.facts.held_back,
        archive_plan_is_current=state.facts.plan_is_current,
        duplicates_to_approve=state.plan["needs_approval"],
        duplicates_approved=state.plan["approved"],
        duplicates_to_archive=state.plan["to_archive"],
        external_ids_to_remove=state.plan["to_release"],
        duplicates_waiting=state.plan["waiting"],
        duplicates_kept=state.plan["kept"],
    )
