"""Write archive plans (rulebook section 10)."""

import dagster as dg

from mentorsync_pipeline.archiving import plan_store as store
from mentorsync_pipeline.archiving.ledger_queries import confirm_archives
from mentorsync_pipeline.archiving.rules.plan_records import Purpose
from mentorsync_pipeline.assets.year_run import YearRun
from mentorsync_pipeline.contacts.queries import read_contacts_as_of
from mentorsync_pipeline.db.tables import archive_plan as plan_table


def write_plan(run: YearRun, purpose: Purpose) -> dg.MaterializeResult[None]:
    """Write the plan of one purpose."""
    plan = store.make_plan(run.conn, run.config, purpose)
    diff = run.write(plan_table, map(store.to_table_row, plan.rows), scope={"purpose": purpose})
    guard = store.read_guard(run.conn, run.config, purpose, plan.rows)
    store.record_plan_size(run.asset_run.details, guard, plan.rows)
    confirmed = confirm_archives(run.conn, run.year, read_contacts_as_of(run.conn))
    stopped = guard.archiving if guard.stops else 0
    counts = store.summarise_plan(plan.rows) | {"archives confirmed": confirmed, "stopped by the guard": stopped}
    return run.report(rows_in=len(plan.contacts), diff=diff, counts=counts)
