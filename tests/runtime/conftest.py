"""Fixtures of several files of this folder."""

import subprocess
from pathlib import Path

import pytest

from mentorsync_pipeline.runtime.embedded import EmbeddedServer
from tests.support.shared import Shared


@pytest.fixture
def home(common_folder: Path, shared: Shared, tmp_path: Path) -> Path:
    """A home with an empty cluster, copied from one that is created once: `initdb` takes a second of CPU."""
    template = common_folder / "cluster"

    def create() -> None:
        server = EmbeddedServer(template)
        server.start()
        server.leave()

    shared("cluster", create)
    folder = tmp_path / "home"
    folder.mkdir()
    subprocess.run(["/bin/cp", "-a", str(template / "pg"), str(folder)], check=True)
    return folder
