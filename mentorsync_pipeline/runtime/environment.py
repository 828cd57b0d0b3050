"""The environment of every program: its databases, its folders and Dagster's settings."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.databases import DatabaseUrls, ensure_databases
from mentorsync_pipeline.runtime.folder_errors import folder_errors
from mentorsync_pipeline.runtime.settings import load_settings


@cache
def prepare_environment() -> DatabaseUrls:
    """Prepare both databases and set the environment variables of databases and folders, also for child processes.

    Existing variables take precedence, so that child processes of `mentorsync up` start no database server.
    """
    settings = load_settings()
    urls = ensure_databases(settings)
    with folder_errors("home", "MENTORSYNC_HOME"):
        settings.home.mkdir(parents=True, exist_ok=True)
        if Path(settings.drop_dir).parent == settings.home:
            with suppress(FileExistsError):  # a file or a link to a missing disk; reported when the folder is read
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
