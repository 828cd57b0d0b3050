"""The code location loads in a fresh interpreter, and its graph equals a snapshot."""

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

import mentorsync_pipeline
from mentorsync_pipeline.assets.partitions import campaign_years
from mentorsync_pipeline.build import build_defs
from mentorsync_pipeline.definitions import defs
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.executor import build_executor

SNAPSHOT = Path(__file__).with_name("graph.json")
PACKAGE = Path(mentorsync_pipeline.__file__).parent
# Slow imports that most processes do not use.
LOADED_WHEN_USED = frozenset(
    {"alembic", "apprise", "dagster_postgres", "email_validator", "httpcore", "httpx", "jinja2", "nicknames", "numpy"}
    | {"pandas", "pandera", "phonenumbers", "psycopg", "psycopg2", "pyarrow", "rapidfuzz", "rich", "stamina", "upath"}
)

LOAD = """
import json, sys
from mentorsync_pipeline.build import build_defs
from mentorsync_pipeline.definitions import defs
defs.resolve_asset_graph()
print(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.slow
def test_loading_imports_no_unneeded_packages():
    process = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:mentorsync_pipeline", "-c", LOAD],
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Warning" not in process.stderr, process.stderr
    loaded = json.loads(process.stdout)
    assert LOADED_WHEN_USED.isdisjoint(loaded)
    unneeded = ("mentorsync_pipeline.sandbox", "mentorsync_pipeline.cli", "dagster_webserver", "dagster_k8s", "pytest")
    assert not [name for name in loaded if name.startswith(unneeded)]
    # What runs is imported by the first run.
    assert not [name for name in loaded if name.startswith(PACKAGE.name) and (".rules." in name or ".steps." in name)]


def graph() -> dict:
    """Return the parts of the graph that people and programs depend on."""
    asset_graph = defs.resolve_asset_graph()
    repository = defs.get_repository_def()
    assets = {}
    for key in sorted(asset_graph.get_all_asset_keys()):
        node = asset_graph.get(key)
        assets[key.to_user_string()] = {
            "deps": sorted(parent.to_user_string() for parent in node.parent_keys),
            "group": node.group_name,
            "owners": sorted(node.owners),
            "kinds": sorted(node.kinds),
            "made here": node.is_executable,
            "per year": node.partitions_def is not None,
            "checks": sorted(
                f"{check.name}{' (blocking)' if asset_graph.get_check_spec(check).blocking else ''}"
                for check in node.check_keys
            ),
        }
    jobs = {
        job.name: sorted(key.to_user_string() for key in job.asset_layer.executable_asset_keys)
        for job in repository.get_all_jobs()
        if not job.name.startswith("__")
    }
    return {
        "assets": assets,
        "jobs": jobs,
        "schedules": {schedule.name: schedule.cron_schedule for schedule in repository.schedule_defs},
        "sensors": sorted(sensor.name for sensor in repository.sensor_defs),
    }


def test_the_graph_equals_its_snapshot():
    """UPDATE_SNAPSHOT=1 updates the snapshot. Review the difference before you commit it."""
    current = graph()
    if os.environ.get("UPDATE_SNAPSHOT"):
        SNAPSHOT.write_text(json.dumps(current, indent=2, ensure_ascii=False) + "\n")
    assert current == json.loads(SNAPSHOT.read_text())


def test_everything_has_a_description():
    asset_graph = defs.resolve_asset_graph()
    for key in asset_graph.get_all_asset_keys():
        node = asset_graph.get(key)
        assert node.description, key
        assert node.owners, key
        assert node.kinds, key
        if node.is_executable:
            columns = node.metadata["dagster/column_schema"].columns
            assert all(column.description for column in columns), key
            assert node.metadata["dagster/table_name"], key
    for key in asset_graph.asset_check_keys:
        assert asset_graph.get_check_spec(key).description, key
    for job in defs.get_repository_def().get_all_jobs():
        assert job.name.startswith("__") or job.description, job.name


def test_years_range_from_the_first_to_next_year():
    assert campaign_years(2025, 2027) == (2025, 2026, 2027, 2028)
    assert campaign_years(2030, 2027) == (2030,)


def test_executors_are_mapped_and_kubernetes_names_its_missing_package(monkeypatch):
    assert build_executor("in_process") is dg.in_process_executor
    assert build_executor("multiprocess") is dg.multiprocess_executor
    assert build_executor("k8s").name == "k8s"
    monkeypatch.setitem(sys.modules, "dagster_k8s", None)  # as if it were not installed
    with pytest.raises(MentorSyncError, match="dagster-k8s"):
        build_executor("k8s")


def test_every_job_uses_the_kubernetes_executor(monkeypatch):
    monkeypatch.setenv("MENTORSYNC_EXECUTOR", "k8s")
    repository = build_defs().get_repository_def()
    assert {job.executor_def.name for job in repository.get_all_jobs()} == {"k8s"}
