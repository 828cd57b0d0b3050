"""Apply archive plans (rulebook section 10)."""

from collections.abc import Callable, Iterator

import dagster as dg

from mentorsync_pipeline.archiving import plan_store as store
from mentorsync_pipeline.archiving.archiver import ApplyResult, ApprovedPlan, Archiver
from mentorsync_pipeline.archiving.ledger import Ledger, LedgerRun
from mentorsync_pipeline.archiving.ledger_queries import find_interrupted_contacts
from mentorsync_pipeline.archiving.plan_inputs import is_plan_current, require_current_plan
from mentorsync_pipeline.archiving.rules.plan_records import PlanRow, Purpose
from mentorsync_pipeline.assets.service_policies import fail_on_permanent_errors
from mentorsync_pipeline.assets.year_run import YearRun, year_run
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.http import ServiceError
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.progress import report_progress

_LOG_INTERVAL = 25


class ArchiveGuardError(MentorSyncError):
    """A plan that would archive more contacts than the guard allows without approval."""

    code = "ARCHIVE_GUARD"


def apply_duplicates_plan(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    clock: ClockResource,
    givebutter: GivebutterResource,
    *,
    is_ordered: bool,
) -> Iterator[dg.MaterializeResult[None]]:
    """Apply the archive plan. Unless a person ordered it, follow `archive_nightly`."""
    with fail_on_permanent_errors(), year_run(context, warehouse, clock) as run:
        if is_ordered:
            require_current_plan(run.conn, run.year, "duplicates")
        nightly = run.config.archive_nightly == "apply" and is_plan_current(run.conn, run.year, "duplicates")
        only = None if is_ordered or nightly else find_interrupted_contacts(run.conn, run.year, source_table=run.asset)
        if only == frozenset():
            context.log.info("archive_nightly is `plan`, or the plan is out of date: nothing is archived.")
            return
        result = _apply(context, run, warehouse, clock, givebutter, "duplicates", only=only)
    yield result


def apply_mass_email_plan(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    clock: ClockResource,
    givebutter: GivebutterResource,
) -> dg.MaterializeResult[None]:
    """Apply the mass-email plan."""
    with fail_on_permanent_errors(), year_run(context, warehouse, clock) as run:
        require_current_plan(run.conn, run.year, "mass_email")
        return _apply(context, run, warehouse, clock, givebutter, "mass_email")


def _apply(
    context: dg.AssetExecutionContext,
    run: YearRun,
    warehouse: WarehouseResource,
    clock: ClockResource,
    givebutter: GivebutterResource,
    purpose: Purpose,
    *,
    only: frozenset[int] | None = None,
) -> dg.MaterializeResult[None]:
    """Archive the contacts that are planned both in the stored plan and in a plan made from the current tables.

    If the service is down or refuses the key, the progress is recorded and then the run fails.

    Args:
        only: restrict the run to these contacts; None for all.

    Raises:
        ArchiveGuardError: more contacts than the guard allows; nothing is archived.

    """
    plan = store.make_plan(run.conn, run.config, purpose)
    stored = {(row.contact_id, row.action, row.input_fingerprint) for row in _planned(run, purpose)}
    planned = [row for row in plan.rows if row.plan_state == "planned"]
    allowed = [
        row
        for row in planned
        if (row.contact_id, row.action, row.input_fingerprint) in stored and (only is None or row.contact_id in only)
    ]
    guard = store.read_guard(run.conn, run.config, purpose, allowed)
    if guard.stops:
        option = " --mass-email" if purpose == "mass_email" else ""
        raise ArchiveGuardError(
            f"Nothing was archived for {run.year}: {guard.explanation}.",
            f"Look at the plan (mentorsync archive show --year {run.year}{option}); if it is right: "
            f"mentorsync archive approve --year {run.year}{option} --by NAME.",
        )
    ledger = Ledger(
        warehouse.engine,
        LedgerRun(year=run.year, purpose=purpose, run_id=context.run.run_id, log_id=run.asset_run.log_id),
    )
    with givebutter.contact_calls() as calls:
        applied = Archiver(
            ledger,
            calls,
            ApprovedPlan(
                rows={row.contact_id: row for row in allowed},
                contacts=plan.contacts,
                external_id=run.config.external_id,
            ),
            now=clock.now,
            report_progress=progress_reporter(context.log.info),
            source_table=run.asset,
        ).apply()
    counts = dict(applied.counts) | run.record(errors=applied.errors)
    counts["new since the plan was created"] = len(planned) - len(allowed)
    if applied.stopped_by is not None:
        run.asset_run.stop(_with_progress(applied.stopped_by, applied, len(allowed)))
    return run.report(rows_in=len(allowed), diff=Diff(added=applied.counts["archived"]), counts=counts)


def _planned(run: YearRun, purpose: Purpose) -> list[PlanRow]:
    return [row for row in store.read_plan_rows(run.conn, run.year, purpose) if row.plan_state == "planned"]


def _with_progress(error: ServiceError, applied: ApplyResult, total: int) -> ServiceError:
    """Add the number of finished contacts to the error that stopped the run."""
    done = sum(applied.counts[kind] for kind in ("archived", "archived before", "released"))
    return type(error)(
        f"{error.message} Before that, {done} of {total} contacts were done.",
        f"{error.what_to_do} Then start the run again: it continues with the remaining contacts.",
        code=error.code,
    )


def progress_reporter(log: Callable[[str], None]) -> Callable[[int, int], None]:
    """Return a callback that reports progress: every contact to listeners, every 25th to the log. Counts only."""

    def report(done: int, total: int) -> None:
        report_progress(done, total, "contacts")
        if done % _LOG_INTERVAL == 0 or done == total:
            log(f"{done} of {total} contacts")

    return report
