"""Restore archived contacts (rulebook section 10)."""

import dagster as dg

from mentorsync_pipeline.archiving.ledger import Ledger, LedgerRun
from mentorsync_pipeline.archiving.ledger_queries import find_restorable_entries, find_restore_errors
from mentorsync_pipeline.archiving.restorer import Restorer
from mentorsync_pipeline.assets.service_policies import fail_on_permanent_errors
from mentorsync_pipeline.assets.steps.archive_apply import progress_reporter
from mentorsync_pipeline.assets.year_run import year_run
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.run_options import Restore


class NothingToRestoreError(MentorSyncError):
    """The ledger has no matching entry to restore, or the options are ambiguous."""

    code = "NOTHING_TO_RESTORE"


def restore_contacts(
    context: dg.AssetExecutionContext,
    config: Restore,
    warehouse: WarehouseResource,
    clock: ClockResource,
    givebutter: GivebutterResource,
) -> dg.MaterializeResult[None]:
    """Restore the contacts that the options name."""
    with fail_on_permanent_errors(), year_run(context, warehouse, clock, in_closed_year=True) as run:
        if [config.contact_id, config.mn_id, config.run_id].count(None) != 2:
            raise NothingToRestoreError(
                "The options must name exactly one of contact, mentor and run.", "Give one of them."
            )
        entries = find_restorable_entries(
            run.conn, run.year, contact_id=config.contact_id, mn_id=config.mn_id, run_id=config.run_id
        )
        if not entries:
            raise NothingToRestoreError(
                f"The ledger of {run.year} has no entry to restore for these options.",
                "Check the year in archived_duplicates, and whether the entry is restored already.",
            )
        ledger = Ledger(
            warehouse.engine,
            LedgerRun(year=run.year, purpose="duplicates", run_id=context.run.run_id, log_id=run.asset_run.log_id),
        )
        with givebutter.contact_calls() as calls:
            counts = Restorer(
                ledger, calls, by=config.by, now=clock.now, report_progress=progress_reporter(context.log.info)
            ).restore(entries)
        errors = find_restore_errors(run.conn, run.year, source_table=run.asset)
        diff = Diff(changed=len(entries) - counts["failed"])
        return run.report(rows_in=len(entries), diff=diff, counts=dict(counts) | run.record(errors=errors))
