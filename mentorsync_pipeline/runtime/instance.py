"""Dagster's instance, named in `dagster.yaml`; it prepares the databases for every program that opens it.

`mentorsync up`, `dagster dev` and `dagster-webserver` read `dagster.yaml`, which takes the URL of Dagster's database
and the folder of its files from the environment.
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
from mentorsync_pipeline.runtime.databases import DatabaseUrls, ensure_databases
from mentorsync_pipeline.runtime.settings import load_settings


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


@cache
def prepare_environment() -> DatabaseUrls:
    """Prepare both databases and set the environment variables of databases and folders, also for child processes.

    Existing variables take precedence, so that child processes of `mentorsync up` start no database server.
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
        "MENTORSYNC_DAGSTER_DIR": str(settings.home / "dagster"),
    }
    os.environ.update({**urls.environment(), **folders, "DAGSTER_DISABLE_TELEMETRY": "yes"})
    # The planned events of a run are stored at once, instead of one by one.
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")
    return urls


def project_folder() -> Path:
    """Return the folder with `dagster.yaml` and `workspace.yaml`: DAGSTER_HOME, the repository or the package.

    Raises:
        MentorSyncError: there is no such folder.

    """
    package = Path(__file__).parents[1]
    home = os.environ.get("DAGSTER_HOME")
    for folder in (Path(home) if home else None, package.parent, package):
        if folder is not None and (folder / "dagster.yaml").exists():
            return folder
    raise MentorSyncError(
        "No dagster.yaml was found.", "Set DAGSTER_HOME to the folder that contains it.", code="NO_INSTANCE"
    )


@contextmanager
def open_instance() -> Iterator[dg.DagsterInstance]:
    """Open the instance that is configured in `dagster.yaml`."""
    with dg.DagsterInstance.from_config(str(project_folder())) as instance:
        yield instance
