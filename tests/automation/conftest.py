"""Fixtures of the automation: an environment of the loop tests, and a daemon."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mentorsync_pipeline.resources.drop_folder import DropFolderResource
from tests.automation.daemon import Daemon
from tests.support.environment import SandboxEnvironment
from tests.support.rounds import Rounds


@pytest.fixture
def env(rounds: Rounds, start: Callable[..., SandboxEnvironment]) -> SandboxEnvironment:
    """An environment after its first sync; the previous year is active too."""
    begun = start(rounds["synced"], jobs=True)
    begun.change_setting("active", "true", begun.year - 1)
    return begun


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def daemon(env: SandboxEnvironment, drop: Path) -> Daemon:
    return Daemon(env, {"drop_folder": DropFolderResource(path=str(drop))})
