"""Dagster's instance, named in `dagster.yaml`; it prepares the databases for every program that opens it.

`mentorsync up`, `dagster dev` and `dagster-webserver` read `dagster.yaml`, which takes the URL of Dagster's database
and the folder of its files from the environment.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dagster as dg

from mentorsync_pipeline.runtime.dagster_internals import InstanceRef
from mentorsync_pipeline.runtime.environment import prepare_environment, project_folder

_NO_CAPTURE = {"module": "dagster.core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}


class MentorSyncInstance(dg.DagsterInstance):
    """A Dagster instance that sets its environment before Dagster reads the configuration."""

    @classmethod
    def config_schema(cls) -> Mapping[str, Any]:
        """Return no settings. Dagster calls it before it resolves `dagster.yaml`, so it sets the environment."""
        prepare_environment()
        return {}

    @classmethod
    def config_defaults(cls, base_dir: str) -> Mapping[str, Any]:
        """Return Dagster's defaults."""
        return InstanceRef.config_defaults(base_dir)


@contextmanager
def open_instance() -> Iterator[dg.DagsterInstance]:
    """Open the instance that is configured in `dagster.yaml`, without its capture of output.

    A run in this process prints nothing, and its log is stored as events. To capture its output, Dagster would start
    four processes, which take a tenth of a second.
    """
    ref = InstanceRef.from_dir(str(project_folder()), overrides={"compute_logs": _NO_CAPTURE})
    with dg.DagsterInstance.from_ref(ref) as instance:
        yield instance
