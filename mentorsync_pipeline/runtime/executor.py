"""Map MENTORSYNC_EXECUTOR to the Dagster executor of the steps of a run.

Each campaign year is a separate run. On Kubernetes each run is a pod, independent of the executor.
"""

from typing import Literal

import dagster as dg

from mentorsync_pipeline.domain.errors import MentorSyncError


def build_executor(name: Literal["in_process", "multiprocess", "k8s"]) -> dg.ExecutorDefinition:
    """Return the executor with this name.

    Raises:
        MentorSyncError: `k8s` is set and the package dagster-k8s is not installed.

    """
    if name == "k8s":
        try:
            from dagster_k8s import k8s_job_executor  # noqa: PLC0415  # only Kubernetes needs it
        except ModuleNotFoundError as error:
            raise MentorSyncError(
                "MENTORSYNC_EXECUTOR is k8s, but the package dagster-k8s is not installed.",
                "Install the dagster-k8s version of the installed dagster.",
                code="SETTINGS_INVALID",
            ) from error
        kubernetes: dg.ExecutorDefinition = k8s_job_executor  # annotated, because the package may not be installed
        return kubernetes
    return dg.multiprocess_executor if name == "multiprocess" else dg.in_process_executor
