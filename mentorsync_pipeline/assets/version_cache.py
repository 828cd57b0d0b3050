"""Keep code versions between processes: computing them parses most of the package, and takes longer than importing it.

They are kept beside Python's compiled files, for the present contents of all source files and this version of Python.
Where that folder cannot be written to, each process computes them.
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


def cached_version(name: str, compute: Callable[[], str]) -> str:
    """Return the version kept under a name, or compute and keep it."""
    versions = _kept_versions()
    if name not in versions:
        versions[name] = compute()
        _write(versions)
    return versions[name]


@cache
def _kept_versions() -> dict[str, str]:
    """The kept versions by name; none when a source file has changed since."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(_file().read_text(encoding="utf-8"))
        if kept["sources"] == _sources():
            return {str(name): str(version) for name, version in kept["versions"].items()}
    return {}


def _write(versions: dict[str, str]) -> None:
    file = _file()
    temporary = file.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        temporary.write_text(json.dumps({"sources": _sources(), "versions": versions}), encoding="utf-8")
        temporary.replace(file)


@cache
def _sources() -> str:
    """A hash of all source files of the package, and of Python, whose syntax trees differ between versions."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(ROOT.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _file() -> Path:
    return Path(cache_from_source(__file__)).with_suffix(".json")
