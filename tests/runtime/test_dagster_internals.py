"""Imports from Dagster's private modules."""

import re
from pathlib import Path

import mentorsync_pipeline
from mentorsync_pipeline.runtime import dagster_internals

PACKAGE = Path(mentorsync_pipeline.__file__).parent
PRIVATE = re.compile(r"^\s*(?:from|import) dagster(?:\w*\._|_shared)", re.MULTILINE)


def test_only_one_module_imports_them():
    users = {path for path in PACKAGE.rglob("*.py") if PRIVATE.search(path.read_text(encoding="utf-8"))}
    assert users == {Path(dagster_internals.__file__)}


def test_the_imported_names_are_the_pinned_ones():
    assert sorted(dagster_internals.__all__) == [
        "BetaWarning",
        "DefaultRunLauncher",
        "InMemoryJob",
        "InstanceRef",
        "LoadableTargetOrigin",
        "MAX_RETRIES_TAG",
        "ManagedGrpcPythonEnvCodeLocationOrigin",
        "PreviewWarning",
        "RemoteJobOrigin",
        "RemoteRepositoryOrigin",
        "UnresolvedAssetJobDefinition",
        "execute_run_iterator",
        "partition_loading_context",
        "pop_captured_interrupt",
    ]
    assert {name for name in vars(dagster_internals) if not name.startswith("_")} == set(dagster_internals.__all__)
