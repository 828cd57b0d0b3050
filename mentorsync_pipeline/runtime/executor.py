"""How the steps of one run are executed: MENTORSYNC_EXECUTOR, mapped in this one place.

A campaign year is a run, so runs are what scales: on Kubernetes each year's run is a pod of its own, whatever the
executor is.
"""

from typing import Literal

import dagster as dg

from mentorsync_pipeline.domain.errors import MentorSyncError


def executor_for(name: Literal["in_process", "multiprocess", "k8s"]) -> dg.ExecutorDefinition:
    """The executor of that name; `k8s` needs the package dagster-k8s, which nothing else imports."""
    if name == "k8s":
        try:
            from dagster_k8s import k8s_job_executor  # noqa: PLC0415  # only Kubernetes needs it
        except ModuleNotFoundError as error:
            raise MentorSyncError(
                "MENTORSYNC_EXECUTOR is k8s and the package dagster-k8s is not installed.",
                "Install the dagster-k8s version of the installed dagster.",
                code="SETTINGS_INVALID",
            ) from error
        kubernetes: dg.ExecutorDefinition = k8s_job_executor  # said here, as the package may not be installed
        return kubernetes
    return dg.multiprocess_executor if name == "multiprocess" else dg.in_process_executor
