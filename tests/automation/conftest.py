"""Fixtures of the automation: a charity of the loop tests, and a daemon."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.resources.drop_folder import DropFolderResource
from tests.automation.daemon import Daemon
from tests.support.charity import Charity
from tests.support.moments import Past


@pytest.fixture
def charity(past: Past, start: Callable[..., Charity]) -> Charity:
    """A charity whose first sync is done; the year before is active as well."""
    begun = start(past["synced"])
    with begun.engine.begin() as conn:
        configuration.set_value(conn, begun.year - 1, "active", "true")
    return begun


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def daemon(charity: Charity, drop: Path) -> Daemon:
    return Daemon(charity, {"drop_folder": DropFolderResource(path=str(drop))})
