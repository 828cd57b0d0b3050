"""The sensors. A sensor imports what it does with its first tick."""

import dagster as dg

from mentorsync_pipeline.automation.jobs import find_job
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.drop_folder import DropFolderResource
from mentorsync_pipeline.resources.notifier import NotifierResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.dagster_internals import DefaultRunLauncher

SECONDS = 60
# Dagster's daemon looks at its sensors every five seconds. With an interval of five, it would skip every second look,
# because the time since the last tick is often a little shorter.
DROP_FOLDER_SECONDS = 4


@dg.sensor(
    jobs=[find_job("upload_contacts"), find_job("rejected_rows"), find_job("etl_to_file")],
    minimum_interval_seconds=DROP_FOLDER_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def contact_exports(
    context: dg.SensorEvaluationContext,
    warehouse: WarehouseResource,
    drop_folder: DropFolderResource,
    clock: ClockResource,
) -> dg.SensorResult:
    """Load files from the drop folder, then update every active year.

    A file is loaded if it did not change for some seconds. Files are loaded one at a time, and copies of a loaded file
    are skipped. Of several exports, only the newest by its name is loaded; after that, the others are moved to the
    folder `superseded`. A failed run is repeated up to three times. A file is moved to the folder `quarantine`, with an
    error, if it is neither an export nor a list of rejected rows, or if an earlier tick could not finish reading it. An
    unreadable folder is an error.
    """
    from mentorsync_pipeline.automation.drop_folder_sensor import handle_dropped_files

    return handle_dropped_files(context, warehouse, drop_folder, clock)


@dg.sensor(
    jobs=[find_job("etl"), find_job("etl_to_plan"), find_job("plan_archive")],
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def rules_changed(context: dg.SensorEvaluationContext, warehouse: WarehouseResource) -> dg.SensorResult:
    """Recalculate each active year whose rules, weights or thresholds changed since its last run.

    A year that was never calculated waits for its first sync. Decisions of people are kept.
    """
    from mentorsync_pipeline.automation.recalculation_sensors import request_outdated_years

    return request_outdated_years(context, warehouse)


@dg.sensor(
    jobs=[find_job("etl"), find_job("etl_to_plan"), find_job("plan_archive"), find_job("sync")],
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def decisions(
    context: dg.SensorEvaluationContext, warehouse: WarehouseResource, clock: ClockResource
) -> dg.SensorResult:
    """Apply decisions, approvals and check-ins of people, and retry errors that are due.

    Decisions, approvals and check-ins are applied to stored data. A retry needs fresh data, so the year is synced.
    """
    from mentorsync_pipeline.automation.recalculation_sensors import request_decided_years

    return request_decided_years(context, warehouse, clock)


@dg.sensor(minimum_interval_seconds=SECONDS, default_status=dg.DefaultSensorStatus.RUNNING)
def notifications(
    context: dg.SensorEvaluationContext,
    warehouse: WarehouseResource,
    notifier: NotifierResource,
    clock: ClockResource,
) -> dg.SkipReason:
    """Notify people when a run fails or succeeds again, and when something needs their attention.

    That is: new blocking conflicts, an archive plan that needs approval, or old contact data. A message that could not
    be sent is sent at the next tick.
    """
    from mentorsync_pipeline.automation.notifications import notify_of_changes

    return notify_of_changes(context, warehouse, notifier, clock)


@dg.sensor(minimum_interval_seconds=SECONDS, default_status=dg.DefaultSensorStatus.RUNNING)
def interrupted_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Close runs whose process has ended. Otherwise they would block their year and their pool slots for hours.

    Sensors run in the code server, which is the parent of the run processes, so these are visible. On Kubernetes, each
    run is a pod, and Dagster's run monitoring checks the cluster.
    """
    from mentorsync_pipeline.runtime.orphaned_runs import close_orphaned_runs

    if not isinstance(context.instance.run_launcher, DefaultRunLauncher):
        return dg.SkipReason("Runs are not processes of this machine. Dagster's run monitoring checks them.")
    closed = close_orphaned_runs(context.instance, one_machine=True)
    return dg.SkipReason(f"{len(closed)} runs closed." if closed else "No interrupted runs.")
