"""Imports from Dagster's private modules, in one place.

The public API has no equivalent of these names. `tests/runtime/test_dagster_internals.py` pins them, so that a Dagster
version without one of them is noticed.
"""

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

__all__ = [
    "MAX_RETRIES_TAG",  # sensors retry their runs themselves
    "BetaWarning",  # code references are in beta
    "DefaultRunLauncher",  # checks whether runs are processes of this machine
    "InMemoryJob",  # a run in this process, event by event
    "InstanceRef",  # defaults of the instance
    "LoadableTargetOrigin",  # link from a run in this process to its job in the UI
    "ManagedGrpcPythonEnvCodeLocationOrigin",
    "PreviewWarning",  # partitioned checks are a preview
    "RemoteJobOrigin",
    "RemoteRepositoryOrigin",
    "UnresolvedAssetJobDefinition",  # type of an asset job
    "execute_run_iterator",  # a run in this process, event by event
    "partition_loading_context",  # tags of a partition
    "pop_captured_interrupt",  # detects Ctrl-C during a wait
]
