"""Start runs of archive plans: plan, apply and restore. Shared by pages and API.

Errors that a run would certainly raise are raised before it starts.
"""

from collections.abc import Mapping

from mentorsync_pipeline.archiving import plan_store
from mentorsync_pipeline.archiving.ledger_queries import find_restorable_entries
from mentorsync_pipeline.archiving.plan_inputs import require_current_plan
from mentorsync_pipeline.archiving.rules.archive_guard import Guard
from mentorsync_pipeline.archiving.rules.plan_records import Purpose
from mentorsync_pipeline.assets.steps.archive_apply import ArchiveGuardError
from mentorsync_pipeline.assets.steps.archive_restore import NothingToRestoreError
from mentorsync_pipeline.automation.jobs import RESTORE
from mentorsync_pipeline.automation.plan_jobs import choose_plan_job
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.console import run_launcher
from mentorsync_pipeline.console.auth.user import Person
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.runtime.run_options import Restore, build_run_config

RESTORE_JOB = RESTORE
APPLY_JOBS: Mapping[Purpose, str] = {"duplicates": "archive", "mass_email": "mass_email_cleanup"}


def make_plan(services: Services, person: Person, year: int, purpose: Purpose) -> tuple[str, str]:
    """Start a run that refreshes the plan; return its id and its job. Raises as in `run_launcher.launch`."""
    with services.reading() as conn:
        job = choose_plan_job(conn, year, purpose)
    return run_launcher.launch(services, person, job, year=year), job


def apply(services: Services, person: Person, year: int, purpose: Purpose) -> str:
    """Start a run that applies the plan. Raises PlanOutdatedError, ArchiveGuardError, and as `run_launcher.launch`."""
    with services.reading() as conn:
        require_current_plan(conn, year, purpose)
    stopped = guard(services, year, purpose)
    if stopped.stops:
        raise ArchiveGuardError(
            f"Nothing is archived: {stopped.explanation}.",
            "Review the plan, and approve it if it is correct.",
        )
    return run_launcher.launch(services, person, APPLY_JOBS[purpose], year=year, queued=True)


def guard(services: Services, year: int, purpose: Purpose) -> Guard:
    """Return the guard's result for the latest plan."""
    with services.reading() as conn:
        marks = plan_store.read_plan_keys(conn, year, purpose)
        return plan_store.read_guard(conn, configuration.read_config(conn, year), purpose, marks)


def restore(
    services: Services,
    person: Person,
    year: int,
    *,
    contact_id: int | None = None,
    mn_id: str | None = None,
    run_id: str | None = None,
) -> str:
    """Start a run that restores one contact, one mentor's contacts or all contacts of one run.

    Raises NothingToRestoreError, and as in `run_launcher.launch`.
    """
    if [contact_id, mn_id, run_id].count(None) != 2:
        raise NothingToRestoreError("It is not clear what to restore.", "Name a contact, a mentor or a run.")
    with services.reading() as conn:
        if not find_restorable_entries(conn, year, contact_id=contact_id, mn_id=mn_id, run_id=run_id):
            raise NothingToRestoreError(
                f"The ledger of {year} holds nothing of that kind to undo.", "Is it restored already?"
            )
    options = Restore(by=person.name, contact_id=contact_id, mn_id=mn_id, run_id=run_id)
    config = build_run_config("restored_duplicates", options)
    return run_launcher.launch(services, person, RESTORE_JOB, year=year, config=config, queued=True)
