"""Apply archive plans: the ledger of archived duplicates and mass-email stubs (rulebook section 10)."""

from collections.abc import Iterator

import dagster as dg

from mentorsync_pipeline.assets.archive import GROUP, PLAN_INPUTS
from mentorsync_pipeline.assets.service_policies import GIVEBUTTER_POOL, SERVICE_RETRIES
from mentorsync_pipeline.assets.year_asset import year_asset
from mentorsync_pipeline.db.tables import archived_duplicates as ledger_table
from mentorsync_pipeline.db.tables import mn_changes
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource

KINDS = {"givebutter", "postgres"}
# The job that a person starts to apply a plan; any other run follows `archive_nightly`.
APPLY_JOB = "archive"
_LOG_INTERVAL = 25


@year_asset(
    group=GROUP,
    deps=[
        *PLAN_INPUTS,
        "archive_approvals",
        "archive_plan",
        "sync_decisions",
    ],
    table=ledger_table,
    kinds=KINDS,
    retry_policy=SERVICE_RETRIES,
    pool=GIVEBUTTER_POOL,
    output_required=False,
    writes=(mn_changes,),
)
def archived_duplicates(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    clock: ClockResource,
    givebutter: GivebutterResource,
) -> Iterator[dg.MaterializeResult[None]]:
    """Ledger of archived contacts. Applies the archive plan, one contact at a time; can be undone.

    The ledger stores each original contact, and each step before its API call. A run that is killed can therefore be
    repeated without archiving a contact twice. A plan that is out of date or above the guard's limits stops before the
    first call. A nightly run archives only if `archive_nightly` is `apply`; failed contacts are retried when their
    retry is due. Rulebook section 10.
    """
    from mentorsync_pipeline.assets.steps.archive_apply import apply_duplicates_plan

    is_ordered = context.run.job_name == APPLY_JOB
    yield from apply_duplicates_plan(context, warehouse, clock, givebutter, is_ordered=is_ordered)


@year_asset(
    group=GROUP,
    deps=[
        *PLAN_INPUTS,
        "raw_gb_campaign_members",
        "archive_approvals",
        "mass_email_plan",
        "sync_decisions",
    ],
    table=ledger_table,
    kinds=KINDS,
    retry_policy=SERVICE_RETRIES,
    pool=GIVEBUTTER_POOL,
    writes=(mn_changes,),
)
def archived_mass_email(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    clock: ClockResource,
    givebutter: GivebutterResource,
) -> dg.MaterializeResult[None]:
    """Ledger of archived mass-email stubs. Applies the mass-email plan.

    It is the same ledger, with the same guard, as for the archive plan. Rulebook section 10.
    """
    from mentorsync_pipeline.assets.steps.archive_apply import apply_mass_email_plan

    return apply_mass_email_plan(context, warehouse, clock, givebutter)
