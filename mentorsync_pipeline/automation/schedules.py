"""Schedules: a nightly sync of every active year and a weekly deletion of old runs.

The runs of one night wait for each other (`dagster.yaml`, tag `mentorsync/nightly`), so that one year at a time calls
the services.
"""

import dagster as dg

from mentorsync_pipeline.assets.partitions import YEARS
from mentorsync_pipeline.automation.jobs import find_job
from mentorsync_pipeline.automation.run_retention import forget_old_runs
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.resources.warehouse import WarehouseResource

NIGHTLY = "mentorsync/nightly"


weekly = dg.ScheduleDefinition(
    name="weekly",
    job=forget_old_runs,
    cron_schedule="0 6 * * 0",
    execution_timezone=str(TEAM_ZONE),
    description="Sunday at 6:00: delete Dagster's old runs.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.schedule(
    job=find_job("sync"),
    cron_schedule="0 3 * * *",
    execution_timezone=str(TEAM_ZONE),
    # Off by default, because it calls the services and needs their keys.
    default_status=dg.DefaultScheduleStatus.STOPPED,
)
def nightly(context: dg.ScheduleEvaluationContext, warehouse: WarehouseResource) -> list[dg.RunRequest] | dg.SkipReason:
    """Daily at 3:00: sync each active campaign year, one after the other.

    A year with an invalid configuration or without a partition is skipped.
    """
    from mentorsync_pipeline.campaigns import configuration

    with warehouse.engine.connect() as conn:
        configs, invalid_years = configuration.read_active_years(conn)
    partition_keys = set(YEARS.get_partition_keys())
    left_out = [f"{year} ({code})" for year, code in invalid_years.items()]
    left_out += [f"{year} (YEAR_UNKNOWN)" for year in configs if str(year) not in partition_keys]
    years = [year for year in configs if str(year) in partition_keys]
    if not years:
        skipped = f" Left out: {', '.join(left_out)}." if left_out else ""
        return dg.SkipReason(
            f"No active campaign year is configured.{skipped} Add one with: mentorsync config load FILE."
        )
    if left_out:
        context.log.warning(f"Left out: {', '.join(left_out)}. Check the configuration: mentorsync config show.")
    night = f"{context.scheduled_execution_time:%Y-%m-%d}"
    return [
        dg.RunRequest(run_key=f"nightly:{night}:{year}", partition_key=str(year), tags={NIGHTLY: night})
        for year in years
    ]
