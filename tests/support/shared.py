"""A cache that the workers share: results that take long are calculated once per run of the tests."""

import fcntl
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class Shared:
    """Pickled results in a folder: `shared("world", make)` returns a copy; the first worker calls `make`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder

    def __call__(self, name: str, make: Callable[[], T]) -> T:
        made = self._folder / f"{name}.pickle"
        with (self._folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                content = pickle.dumps(make())
                made.write_bytes(content)
        result: T = pickle.loads(made.read_bytes())  # noqa: S301  # our own file
        return result
