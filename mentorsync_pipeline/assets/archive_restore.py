"""Restore archived contacts from the ledger (rulebook section 10)."""

import dagster as dg

from mentorsync_pipeline.assets.archive import GROUP
from mentorsync_pipeline.assets.archive_apply import KINDS
from mentorsync_pipeline.assets.service_policies import GIVEBUTTER_POOL
from mentorsync_pipeline.assets.year_asset import year_asset
from mentorsync_pipeline.db.tables import archived_duplicates as ledger_table
from mentorsync_pipeline.db.tables import mn_changes
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.run_options import Restore


@year_asset(
    group=GROUP,
    deps=["archived_duplicates", "archive_approvals"],
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
    """Restored contacts, and External IDs that were returned to their contacts.

    A restored contact is archived again only if a person approves it. Restore with `mentorsync archive restore` or in
    the console. A contact that was archived by mistake can be restored after its year is closed. Rulebook section 10.
    """
    from mentorsync_pipeline.assets.steps.archive_restore import restore_contacts

    return restore_contacts(context, config, warehouse, clock, givebutter)
