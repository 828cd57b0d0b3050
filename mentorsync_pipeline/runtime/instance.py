"""Dagster's instance, as `dagster.yaml` names it: it knows where its database is, whoever starts Dagster.

`mentorsync up`, `dagster dev`, `dagster-webserver`: all of them read `dagster.yaml`, which takes the URL of Dagster's
database and the folder of its files from the environment.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.dagster_internals import InstanceRef
from mentorsync_pipeline.runtime.databases import Urls, ensure_databases
from mentorsync_pipeline.runtime.settings import load_settings


class MentorSyncInstance(dg.DagsterInstance):
    """A plain Dagster instance; its two class methods are what Dagster asks before it reads the configuration."""

    @classmethod
    def config_schema(cls) -> Mapping[str, Any]:
        """No settings of its own. Asked for before `dagster.yaml` is resolved, so the environment is filled here."""
        fill_environment()
        return {}

    @classmethod
    def config_defaults(cls, base_dir: str) -> Mapping[str, Any]:
        """Dagster's own defaults."""
        return InstanceRef.config_defaults(base_dir)


@cache
def fill_environment() -> Urls:
    """Make both databases ready and tell this process and its children where they are and where files go.

    Variables that are set already win: a child of `mentorsync up` finds everything set and starts nothing.
    """
    settings = load_settings()
    urls = ensure_databases(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    if Path(settings.drop_dir).parent == settings.home:
        Path(settings.drop_dir).mkdir(exist_ok=True, mode=0o700)
    folders = {
        "MENTORSYNC_HOME": str(settings.home),
        "MENTORSYNC_DROP_DIR": settings.drop_dir,
        "MENTORSYNC_OUT_DIR": str(settings.out_dir),
    }
    os.environ.update({**urls.environment(), **folders, "DAGSTER_DISABLE_TELEMETRY": "yes"})
    # The planned events of a run are stored at once, instead of one by one.
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")
    return urls


def project_folder() -> Path:
    """The folder with `dagster.yaml` and `workspace.yaml`: DAGSTER_HOME, the checkout, or the installed package."""
    package = Path(__file__).parents[1]
    home = os.environ.get("DAGSTER_HOME")
    for folder in (Path(home) if home else None, package.parent, package):
        if folder is not None and (folder / "dagster.yaml").exists():
            return folder
    raise MentorSyncError(
        "There is no dagster.yaml.", "Set DAGSTER_HOME to the folder that holds it.", code="NO_INSTANCE"
    )


@contextmanager
def open_instance() -> Iterator[dg.DagsterInstance]:
    """Open the instance that `dagster.yaml` describes, the one that the UI shows."""
    with dg.DagsterInstance.from_config(str(project_folder())) as instance:
        yield instance
