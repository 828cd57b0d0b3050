"""The cache of code versions between processes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mentorsync_pipeline.runtime import version_cache
from mentorsync_pipeline.runtime.version_cache import cached_version


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "__pycache__" / "versions.json"
    monkeypatch.setattr(version_cache, "_file", lambda: path)
    forget()
    yield path
    forget()


def forget() -> None:
    """Clear the cache of this process, as in a new process."""
    version_cache._read_cache.cache_clear()


def never() -> str:
    raise AssertionError("the version is kept")


def test_a_version_is_computed_once_for_all_processes(file):
    assert cached_version("a", lambda: "1") == "1"
    assert cached_version("b", lambda: "2") == "2"
    assert cached_version("a", never) == "1"
    forget()
    assert (cached_version("a", never), cached_version("b", never)) == ("1", "2")


def test_a_changed_source_file_has_every_version_computed_again(file, tmp_path, monkeypatch):
    package = tmp_path / "package"
    package.mkdir()
    (package / "rules.py").write_text("A = 1\n")
    monkeypatch.setattr(version_cache, "ROOT", package)
    for text, version in (("A = 1\n", "1"), ("A = 2\n", "2")):
        (package / "rules.py").write_text(text)
        version_cache.hash_sources.cache_clear()
        forget()
        assert cached_version("a", lambda version=version: version) == version
    version_cache.hash_sources.cache_clear()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sources": "other", "versions": {"a": "0"}}', "\x00", "null"])
def test_a_file_that_cannot_be_used_is_replaced(file, content):
    file.parent.mkdir()
    file.write_text(content)
    assert cached_version("a", lambda: "1") == "1"
    assert json.loads(file.read_text())["versions"] == {"a": "1"}


def test_a_folder_that_cannot_be_written_to_is_no_error(file):
    file.parent.write_text("a file in the folder's place")
    assert cached_version("a", lambda: "1") == "1"
    assert cached_version("a", never) == "1"
