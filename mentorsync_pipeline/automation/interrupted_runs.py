"""The sensor that closes killed runs, for example after a lack of memory, a container restart or a power failure."""

import dagster as dg

from mentorsync_pipeline.runtime.dagster_internals import DefaultRunLauncher
from mentorsync_pipeline.runtime.orphaned_runs import close_orphaned_runs

SECONDS = 60


@dg.sensor(minimum_interval_seconds=SECONDS, default_status=dg.DefaultSensorStatus.RUNNING)
def interrupted_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Close runs whose process has ended. Otherwise they would block their year and their pool slots for hours.

    Sensors run in the code server, which is the parent of the run processes, so these are visible. On Kubernetes, each
    run is a pod, and Dagster's run monitoring checks the cluster.
    """
    if not isinstance(context.instance.run_launcher, DefaultRunLauncher):
        return dg.SkipReason("Runs are not processes of this machine. Dagster's run monitoring checks them.")
    closed = close_orphaned_runs(context.instance, one_machine=True)
    return dg.SkipReason(f"{len(closed)} runs closed." if closed else "No interrupted runs.")
