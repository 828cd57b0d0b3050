"""What we use of Dagster's private modules: nothing else of ours imports them.

Each name is here because the public API has no way to do it. `tests/runtime/test_dagster_internals.py` pins them, so
that a new version of Dagster that lacks one is noticed at once. Those of its storage are imported when they are used:
they take as long as an eighth of Dagster.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.execution.api import execute_run_iterator
from dagster._core.instance.ref import InstanceRef
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.tags import MAX_RETRIES_TAG
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._utils.interrupts import pop_captured_interrupt
from dagster_shared.utils.warnings import BetaWarning, PreviewWarning

if TYPE_CHECKING:
    from dagster._core.event_api import EventLogCursor
    from dagster._core.storage.event_log.schema import (
        AssetCheckExecutionsTable,
        AssetKeyTable,
        SqlEventLogStorageTable,
    )
    from dagster._serdes import ConfigurableClassData, deserialize_value, serialize_value

__all__ = [
    "MAX_RETRIES_TAG",  # a sensor's runs are started again by the sensor, not by Dagster
    "AssetCheckExecutionsTable",  # planned events of a run, all at once
    "AssetKeyTable",
    "BetaWarning",  # code references are a beta
    "ConfigurableClassData",  # a storage of our own in dagster.yaml
    "DefaultRunLauncher",  # whether runs are processes of this machine
    "EventLogCursor",  # a run's own events, as the storage returns them
    "InMemoryJob",  # a run in this process, event by event
    "InstanceRef",  # the instance of our own dagster.yaml
    "LoadableTargetOrigin",  # where the UI finds the job of a run in this process
    "ManagedGrpcPythonEnvCodeLocationOrigin",
    "PreviewWarning",  # checks with partitions are a preview
    "RemoteJobOrigin",
    "RemoteRepositoryOrigin",
    "SqlEventLogStorageTable",
    "UnresolvedAssetJobDefinition",  # the type of a job over assets
    "deserialize_value",  # an event as the storage keeps it
    "execute_run_iterator",  # a run in this process, event by event
    "partition_loading_context",  # the tags of a partition
    "pop_captured_interrupt",  # Ctrl-C during a wait
    "serialize_value",
]

_STORAGE = {
    "AssetCheckExecutionsTable": "dagster._core.storage.event_log.schema",
    "AssetKeyTable": "dagster._core.storage.event_log.schema",
    "ConfigurableClassData": "dagster._serdes",
    "EventLogCursor": "dagster._core.event_api",
    "SqlEventLogStorageTable": "dagster._core.storage.event_log.schema",
    "deserialize_value": "dagster._serdes",
    "serialize_value": "dagster._serdes",
}


def __getattr__(name: str) -> Any:
    """Import a name of Dagster's storage when it is first used."""
    if name not in _STORAGE:
        raise AttributeError(name)
    return getattr(import_module(_STORAGE[name]), name)
