"""Cache of code versions between processes, because computing them takes longer than importing the package.

The cache file is in the folder of Python's compiled files, and is valid for one hash of the source files and Python's
version. If the folder cannot be written, each process computes the versions.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Packages that no step of a run uses: they start runs, show results or simulate services.
_UNUSED = frozenset({"automation", "cli", "console", "sandbox"})


def cached_version(name: str, compute: Callable[[], str]) -> str:
    """Return the cached version of this name, or compute and cache it."""
    versions = _read_cache()
    if name not in versions:
        versions[name] = compute()
        _write(versions)
    return versions[name]


@cache
def _read_cache() -> dict[str, str]:
    """Return the cached versions by name; none if a source file has changed."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        cached = json.loads(_file().read_text(encoding="utf-8"))
        if cached["sources"] == hash_sources():
            return {str(name): str(version) for name, version in cached["versions"].items()}
    return {}


def _write(versions: dict[str, str]) -> None:
    file = _file()
    temporary = file.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        temporary.write_text(json.dumps({"sources": hash_sources(), "versions": versions}), encoding="utf-8")
        temporary.replace(file)


@cache
def hash_sources() -> str:
    """Return a hash of the source files that a step may use and of Python's version, whose syntax trees differ."""
    digest = hashlib.sha256(sys.version.encode())
    for folder, inner, files in os.walk(ROOT):
        if folder == str(ROOT):
            inner[:] = [name for name in inner if name not in _UNUSED]
        inner.sort()
        for name in sorted(file for file in files if file.endswith(".py")):
            content = Path(folder, name).read_bytes()
            digest.update(f"{folder.removeprefix(str(ROOT))}/{name} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()


def _file() -> Path:
    return Path(cache_from_source(__file__)).with_suffix(".json")
