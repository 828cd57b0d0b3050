"""Fixtures of the automation: a charity of the loop's tests, and a daemon beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from automation.daemon import Daemon
from loop.charity import Charity
from loop.moments import Past
from mentorsync_pipeline.resources.drop_folder import DropFolderResource
from mentorsync_pipeline.store import configs


@pytest.fixture
def charity(past: Past, start: Callable[..., Charity]) -> Charity:
    """A charity whose first sync is done; the year before is active as well."""
    begun = start(past["synced"])
    with begun.engine.begin() as conn:
        configs.set_value(conn, begun.year - 1, "active", "true")
    return begun


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def daemon(charity: Charity, drop: Path) -> Daemon:
    return Daemon(charity, {"drop_folder": DropFolderResource(path=str(drop))})
