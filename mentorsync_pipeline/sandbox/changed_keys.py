"""The keys of the records that have changed since the last save."""

from collections.abc import Hashable, Iterable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class ChangedKeys(Generic[Key]):
    """The keys of changed and deleted records. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._keys: set[Key] = set()

    def add(self, key: Key) -> None:
        """Note that a record has changed."""
        with self._lock:
            self._keys.add(key)

    def take(self) -> set[Key]:
        """Return the keys and start an empty set."""
        with self._lock:
            keys, self._keys = self._keys, set()
            return keys

    def put_back(self, keys: Iterable[Key]) -> None:
        """Keep taken keys for the next save, because this one has failed."""
        with self._lock:
            self._keys.update(keys)
