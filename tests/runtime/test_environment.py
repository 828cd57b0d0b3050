"""The environment of every program: folders that cannot be created."""

from types import SimpleNamespace

import pytest

from mentorsync_pipeline.resources.drop_folder import DropFolderError, DropFolderResource
from mentorsync_pipeline.runtime import environment
from mentorsync_pipeline.runtime.folder_errors import FolderNotWritableError


@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_drop_folder_that_is_none_does_not_stop_other_commands(tmp_path, monkeypatch, kind):
    urls = SimpleNamespace(environment=dict)
    monkeypatch.setattr(environment, "ensure_databases", lambda _: urls)
    monkeypatch.setattr(environment.os, "environ", {"MENTORSYNC_HOME": str(tmp_path)})
    drop = tmp_path / "drop"
    drop.symlink_to(tmp_path / "missing") if kind == "link" else drop.touch()
    assert environment.prepare_environment.__wrapped__() is urls
    with pytest.raises(DropFolderError):
        DropFolderResource(path=str(drop)).files()


def test_a_home_that_cannot_be_created_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(environment, "ensure_databases", lambda _: SimpleNamespace(environment=dict))
    monkeypatch.setattr(environment.os, "environ", {"MENTORSYNC_HOME": str(tmp_path / "file" / "home")})
    with pytest.raises(FolderNotWritableError, match="MENTORSYNC_HOME"):
        environment.prepare_environment.__wrapped__()
