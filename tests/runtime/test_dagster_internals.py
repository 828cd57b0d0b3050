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
        "AssetCheckExecutionsTable",
        "AssetEventTagsTable",
        "AssetKeyTable",
        "BetaWarning",
        "ConfigurableClassData",
        "DefaultRunLauncher",
        "EventLogCursor",
        "InMemoryJob",
        "InstanceRef",
        "LoadableTargetOrigin",
        "MAX_RETRIES_TAG",
        "ManagedGrpcPythonEnvCodeLocationOrigin",
        "PreviewWarning",
        "RemoteJobOrigin",
        "RemoteRepositoryOrigin",
        "SqlEventLogStorage",
        "SqlEventLogStorageTable",
        "UnresolvedAssetJobDefinition",
        "deserialize_value",
        "execute_run_iterator",
        "partition_loading_context",
        "pop_captured_interrupt",
        "serialize_value",
    ]
    assert all(hasattr(dagster_internals, name) for name in dagster_internals.__all__)
    imported = {name for name in vars(dagster_internals) if _is_dagsters(name)}
    assert imported | set(dagster_internals._STORAGE) == set(dagster_internals.__all__)


def _is_dagsters(name: str) -> bool:
    return not name.startswith("_") and name not in {"TYPE_CHECKING", "Any", "import_module"}
