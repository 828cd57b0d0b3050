"""Restore archived contacts from the ledger (rulebook section 10)."""

import dagster as dg

from mentorsync_pipeline.archiving.history import not_restored, to_restore
from mentorsync_pipeline.archiving.ledger import Ledger, Run
from mentorsync_pipeline.archiving.restore import Restorer
from mentorsync_pipeline.assets.archive import GROUP
from mentorsync_pipeline.assets.archive_apply import KINDS, say_progress
from mentorsync_pipeline.assets.service_policies import GIVEBUTTER_POOL, final_errors
from mentorsync_pipeline.assets.year_asset import year_asset, year_run
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.db.tables import archived_duplicates as ledger_table
from mentorsync_pipeline.db.tables import mn_changes
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.run_options import Restore


class NothingToRestoreError(MentorSyncError):
    """The ledger holds nothing to restore there, or the options do not name what to restore."""

    code = "NOTHING_TO_RESTORE"


@year_asset(
    group=GROUP,
    deps=["archived_duplicates"],
    table=ledger_table,
    kinds=KINDS,
    pool=GIVEBUTTER_POOL,
    writes=(mn_changes,),
)
def restored_duplicates(
    context: dg.AssetExecutionContext,
    config: Restore,
    warehouse: WarehouseResource,
    clock: ClockResource,
    givebutter: GivebutterResource,
) -> dg.MaterializeResult[None]:
    """Restored contacts, and External IDs given back to their contacts.

    A restored contact is archived again only if a person approves it. Made by `mentorsync archive restore`. Rulebook
    section 10.
    """
    with final_errors(), year_run(context, warehouse, clock) as run:
        if [config.contact_id, config.mn_id, config.run_id].count(None) != 2:
            raise NothingToRestoreError("It is not clear what to restore.", "Name a contact, a mentor or a run.")
        entries = to_restore(run.conn, run.year, contact_id=config.contact_id, mn_id=config.mn_id, run_id=config.run_id)
        if not entries:
            raise NothingToRestoreError(
                f"The ledger of {run.year} holds nothing of that kind to undo.",
                "Look at archived_duplicates: is it the right year, and is it not restored already?",
            )
        ledger = Ledger(
            warehouse.engine,
            Run(year=run.year, purpose="duplicates", run_id=context.run.run_id, log_id=run.stage.log_id),
        )
        with givebutter.contact_calls() as calls:
            counts = Restorer(ledger, calls, by=config.by, now=clock.now, say=say_progress(context.log.info)).restore(
                entries
            )
        errors = not_restored(run.conn, run.year, source_table=run.asset)
        done = Diff(changed=len(entries) - counts["failed"])
        return run.report(rows_in=len(entries), diff=done, counts=dict(counts) | run.record(errors=errors))
