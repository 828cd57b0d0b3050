"""The sensor that notices killed runs: out of memory, a restarted container, a power cut.

How a dead run is told from a living one belongs to `dead_runs`.
"""

import dagster as dg

from mentorsync_pipeline.runtime.dagster_internals import DefaultRunLauncher
from mentorsync_pipeline.runtime.orphaned_runs import close_orphaned_runs

SECONDS = 60


@dg.sensor(minimum_interval_seconds=SECONDS, default_status=dg.DefaultSensorStatus.RUNNING)
def interrupted_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Closes runs whose process is gone: they would hold back their year, and their place in a pool, for hours.

    Sensors are answered by the code server, whose children the runs are, so their processes can be seen from here. On
    Kubernetes each run is a pod of its own, and Dagster's own monitoring asks the cluster.
    """
    if not isinstance(context.instance.run_launcher, DefaultRunLauncher):
        return dg.SkipReason("Runs are not processes of this machine; Dagster's run monitoring looks after them.")
    closed = close_orphaned_runs(context.instance, one_machine=True)
    return dg.SkipReason(f"{len(closed)} runs were closed." if closed else "No run was interrupted.")
