"""Imports from Dagster's private modules, in one place.

The public API has no equivalent of these names. `tests/runtime/test_dagster_internals.py` pins them, so that a Dagster
version without one of them fails a test. Names of the event storage are imported on first use, because they take an
eighth of the time of `import dagster`.
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
        AssetEventTagsTable,
        AssetKeyTable,
        SqlEventLogStorageTable,
    )
    from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
    from dagster._serdes import ConfigurableClassData, deserialize_value, serialize_value

__all__ = [
    "MAX_RETRIES_TAG",  # sensors retry their runs themselves
    "AssetCheckExecutionsTable",  # batch writes of planned events
    "AssetEventTagsTable",  # a materialization in few statements
    "AssetKeyTable",
    "BetaWarning",  # code references are in beta
    "ConfigurableClassData",  # storage classes of our own in dagster.yaml
    "DefaultRunLauncher",  # checks whether runs are processes of this machine
    "EventLogCursor",  # results of the event storage
    "InMemoryJob",  # a run in this process, event by event
    "InstanceRef",  # defaults of the instance
    "LoadableTargetOrigin",  # link from a run in this process to its job in the UI
    "ManagedGrpcPythonEnvCodeLocationOrigin",
    "PreviewWarning",  # partitioned checks are a preview
    "RemoteJobOrigin",
    "RemoteRepositoryOrigin",
    "SqlEventLogStorage",  # an event storage of our own
    "SqlEventLogStorageTable",
    "UnresolvedAssetJobDefinition",  # type of an asset job
    "deserialize_value",  # events as stored
    "execute_run_iterator",  # a run in this process, event by event
    "partition_loading_context",  # tags of a partition
    "pop_captured_interrupt",  # detects Ctrl-C during a wait
    "serialize_value",
]

_STORAGE = {
    "AssetCheckExecutionsTable": "dagster._core.storage.event_log.schema",
    "AssetEventTagsTable": "dagster._core.storage.event_log.schema",
    "AssetKeyTable": "dagster._core.storage.event_log.schema",
    "ConfigurableClassData": "dagster._serdes",
    "EventLogCursor": "dagster._core.event_api",
    "SqlEventLogStorage": "dagster._core.storage.event_log.sql_event_log",
    "SqlEventLogStorageTable": "dagster._core.storage.event_log.schema",
    "deserialize_value": "dagster._serdes",
    "serialize_value": "dagster._serdes",
}


def __getattr__(name: str) -> Any:
    """Import a name of the event storage on first use."""
    if name not in _STORAGE:
        raise AttributeError(name)
    return getattr(import_module(_STORAGE[name]), name)
