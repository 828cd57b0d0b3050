"""Archive plans and approvals (rulebook section 10)."""

import dagster as dg

from mentorsync_pipeline.archiving import plan as store
from mentorsync_pipeline.archiving.approvals import approve, to_approve
from mentorsync_pipeline.archiving.history import confirm_archives
from mentorsync_pipeline.archiving.rules.records import Purpose
from mentorsync_pipeline.assets.year_asset import year_asset, year_run
from mentorsync_pipeline.contacts.queries import contacts_as_of
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.db.tables import archive_approvals as approvals_table
from mentorsync_pipeline.db.tables import archive_plan as plan_table
from mentorsync_pipeline.db.tables import mn_changes
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.run_options import Approval

GROUP = "archive"


@year_asset(
    group=GROUP,
    deps=[],
    table=approvals_table,
)
def archive_approvals(
    context: dg.AssetExecutionContext, config: Approval, warehouse: WarehouseResource, clock: ClockResource
) -> dg.MaterializeResult[None]:
    """Approvals of single contacts, or of a whole plan that the guard had stopped.

    An approval is valid for a contact as it is; it ends when the contact, the sign-up or the kept contact changes.
    Made by `mentorsync archive approve`. The table also holds decisions to keep a contact (`mentorsync archive
    reject`), which take effect at once. Rulebook section 10.
    """
    with year_run(context, warehouse, clock) as run:
        rows = store.stored_rows(run.conn, run.year, store.purpose_of(mass_email=config.mass_email))
        wanted = to_approve(rows, config.contact_ids, seen=config.plan_fingerprint)
        count = approve(
            run.conn,
            run.year,
            wanted,
            scope="contact" if config.contact_ids else "plan",
            by=config.by,
            now=run.now,
            log_id=run.stage.log_id,
        )
        return run.report(rows_in=len(rows), diff=Diff(added=count), counts={"approved": count})


@year_asset(
    group=GROUP,
    deps=[
        "deduplicated_signups",
        "contact_candidates",
        "winner_contacts",
        "duplicate_contacts",
        "mentors",
        "raw_gb_full_contacts",
        "archive_approvals",
    ],
    table=plan_table,
    writes=(mn_changes,),
)
def archive_plan(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, clock: ClockResource
) -> dg.MaterializeResult[None]:
    """The mentors' other contacts: to archive, needs approval or kept; each with a reason.

    A contact is archived only after contact data shows that the values to copy are on the contact that is kept. Donors
    and contacts under another name need approval. Winners, other mentors' contacts, doubtful and restored contacts are
    kept. The plan itself archives nothing. Rulebook section 10.
    """
    return _plan(context, warehouse, clock, "duplicates")


@year_asset(
    group=GROUP,
    deps=[
        "deduplicated_signups",
        "contact_candidates",
        "winner_contacts",
        "duplicate_contacts",
        "mentors",
        "raw_gb_full_contacts",
        "raw_gb_campaign_members",
        "archive_approvals",
        "archived_duplicates",
        "sync_decisions",
    ],
    table=plan_table,
    writes=(mn_changes,),
)
def mass_email_plan(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, clock: ClockResource
) -> dg.MaterializeResult[None]:
    """Every mass-email stub of the account (nothing but a university email), and whether it is archived or kept.

    The mentors' own stubs follow the archive plan. Started by hand only. Rulebook section 10.
    """
    return _plan(context, warehouse, clock, "mass_email")


def _plan(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, clock: ClockResource, purpose: Purpose
) -> dg.MaterializeResult[None]:
    with year_run(context, warehouse, clock) as run:
        made = store.make_plan(run.conn, run.config, purpose)
        diff = run.write(plan_table, map(store.table_row, made.rows), scope={"purpose": purpose})
        guard = store.guard_of(run.conn, run.config, purpose, made.rows)
        store.record_size(run.stage.details, guard, made.rows)
        confirmed = confirm_archives(run.conn, run.year, contacts_as_of(run.conn))
        stopped = guard.archiving if guard.stops else 0
        counts = store.tally(made.rows) | {"archives confirmed": confirmed, "stopped by the guard": stopped}
        return run.report(rows_in=len(made.contacts), diff=diff, counts=counts)
