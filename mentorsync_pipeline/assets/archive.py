"""Archive plans (rulebook section 10)."""

import dagster as dg

from mentorsync_pipeline.archiving import plan_store as store
from mentorsync_pipeline.archiving.ledger_queries import confirm_archives
from mentorsync_pipeline.archiving.rules.plan_records import Purpose
from mentorsync_pipeline.assets.year_asset import YearRun, year_step
from mentorsync_pipeline.contacts.queries import read_contacts_as_of
from mentorsync_pipeline.db.tables import archive_plan as plan_table
from mentorsync_pipeline.db.tables import mn_changes

GROUP = "archive"
# What every plan is computed from.
PLAN_INPUTS = (
    "deduplicated_signups",
    "contact_candidates",
    "winner_contacts",
    "duplicate_contacts",
    "mentors",
    "raw_gb_full_contacts",
)


@year_step(
    group=GROUP,
    deps=[
        *PLAN_INPUTS,
        "archive_approvals",
    ],
    table=plan_table,
    writes=(mn_changes,),
)
def archive_plan(run: YearRun) -> dg.MaterializeResult[None]:
    """The mentors' duplicate contacts, each with its planned action (archive, needs approval, keep) and the reason.

    A contact is archived only after contact data confirms that its values were copied to the kept contact. Donors and
    contacts with a different name need approval. Winners, other mentors' contacts, doubtful contacts and restored
    contacts are kept. The plan itself does not archive anything. Rulebook section 10.
    """
    return _write_plan(run, "duplicates")


@year_step(
    group=GROUP,
    deps=[
        *PLAN_INPUTS,
        "raw_gb_campaign_members",
        "archive_approvals",
        "archived_duplicates",
        "sync_decisions",
    ],
    table=plan_table,
    writes=(mn_changes,),
)
def mass_email_plan(run: YearRun) -> dg.MaterializeResult[None]:
    """Every mass-email stub of the account (a contact with only a university email) and its planned action.

    The mentors' own stubs follow the archive plan. This asset runs only when a person starts it. Rulebook section 10.
    """
    return _write_plan(run, "mass_email")


def _write_plan(run: YearRun, purpose: Purpose) -> dg.MaterializeResult[None]:
    plan = store.make_plan(run.conn, run.config, purpose)
    diff = run.write(plan_table, map(store.to_table_row, plan.rows), scope={"purpose": purpose})
    guard = store.read_guard(run.conn, run.config, purpose, plan.rows)
    store.record_plan_size(run.asset_run.details, guard, plan.rows)
    confirmed = confirm_archives(run.conn, run.year, read_contacts_as_of(run.conn))
    stopped = guard.archiving if guard.stops else 0
    counts = store.summarise_plan(plan.rows) | {"archives confirmed": confirmed, "stopped by the guard": stopped}
    return run.report(rows_in=len(plan.contacts), diff=diff, counts=counts)
