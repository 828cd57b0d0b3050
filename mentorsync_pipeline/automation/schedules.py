"""When something runs by itself at a set time: every year each night, and the clearing away of old runs each week.

Runs of one night wait for each other (`dagster.yaml`, the tag `mentorsync/nightly`), so that a service is asked by one
year at a time.
"""

import dagster as dg

from mentorsync_pipeline.assets.partitions import YEARS
from mentorsync_pipeline.automation.jobs import job
from mentorsync_pipeline.automation.run_retention import forget_old_runs
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.resources.warehouse import WarehouseResource

NIGHTLY = "mentorsync/nightly"


weekly = dg.ScheduleDefinition(
    name="weekly",
    job=forget_old_runs,
    cron_schedule="0 6 * * 0",
    execution_timezone="America/New_York",
    description="Every Sunday at six: Dagster's old runs are deleted.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.schedule(
    job=job("sync"),
    cron_schedule="0 3 * * *",
    execution_timezone="America/New_York",
    # It calls the services, so a person switches it on when the keys are there.
    default_status=dg.DefaultScheduleStatus.STOPPED,
)
def nightly(context: dg.ScheduleEvaluationContext, warehouse: WarehouseResource) -> list[dg.RunRequest] | dg.SkipReason:
    """Every night at three: each active campaign year's whole loop, one after the other.

    A year whose configuration is wrong, or that is no partition, is left out; the others run.
    """
    with warehouse.engine.connect() as conn:
        good, bad = configuration.active_years(conn)
    known = set(YEARS.get_partition_keys())
    left_out = [f"{year} ({code})" for year, code in bad.items()]
    left_out += [f"{year} (YEAR_UNKNOWN)" for year in good if str(year) not in known]
    years = [year for year in good if str(year) in known]
    if not years:
        why = f" Left out: {', '.join(left_out)}." if left_out else ""
        return dg.SkipReason(f"No active campaign year is configured.{why} Add one with: mentorsync config load FILE.")
    if left_out:
        context.log.warning(f"Left out: {', '.join(left_out)}. Look at: mentorsync config show.")
    night = f"{context.scheduled_execution_time:%Y-%m-%d}"
    return [
        dg.RunRequest(run_key=f"nightly:{night}:{year}", partition_key=str(year), tags={NIGHTLY: night})
        for year in years
    ]
