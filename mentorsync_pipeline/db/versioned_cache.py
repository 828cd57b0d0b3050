"""Results of queries in memory, each valid for one version of the data, which is read in the same request."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

import sqlalchemy as sa

from mentorsync_pipeline.db.change_marks import ChangeMarks, read_change_marks, read_step_marks

Result = TypeVar("Result")
_MOST_RESULTS = 500


class VersionedCache:
    """The last result of each key with its version, and not more than some hundred. For one database, and many threads.

    The version is read before the result, so a result is never older than its version.
    """

    def __init__(self) -> None:
        """Start without results."""
        self._lock = Lock()
        self._results: dict[Hashable, tuple[Hashable, Any]] = {}

    def read(self, key: Hashable, version: Hashable, compute: Callable[[], Result]) -> Result:
        """Return the result of this version, which is computed if it is not stored; with None, nothing is stored."""
        with self._lock:
            entry = self._results.get(key)
            if entry is not None and entry[0] != version:
                del self._results[key]  # before the new result is computed, because both may be large
                entry = None
        if entry is not None:
            stored: Result = entry[1]
            return stored
        result = compute()
        if version is not None:
            with self._lock:
                self._results.pop(key, None)
                self._results[key] = (version, result)
                if len(self._results) > _MOST_RESULTS:
                    del self._results[next(iter(self._results))]  # the oldest
        return result

    def of_year(self, conn: sa.Connection, year: int) -> "YearCache":
        """Return the results for the present data of a year."""
        return YearCache(self, conn, year, read_change_marks(conn, year))


@dataclass(frozen=True, slots=True)
class YearCache:
    """Results of functions of a connection and a year, kept until the year's data changes."""

    cache: VersionedCache
    conn: sa.Connection
    year: int
    marks: ChangeMarks

    def read(self, compute: Callable[..., Result], *more: Hashable) -> Result:
        """Return the result of a function of a module; `more` are its arguments after connection and year."""
        return self._read(self.marks, compute, more)

    def read_of_runs(self, compute: Callable[..., Result], *more: Hashable) -> Result:
        """Return the result of a function of data that only runs, checks and sensors write."""
        return self._read(self.marks.runs, compute, more)

    def read_of_steps(self, compute: Callable[..., Result], *more: Hashable) -> Result:
        """Return the result of a function of rows that steps of runs, errors and the ledger change.

        Unlike `read_of_runs`, it is kept when a step changed no rows.
        """
        steps = self.read_of_runs(read_step_marks)
        return self._read((*steps, *self.marks.findings), compute, more)

    def _read(self, version: Hashable, compute: Callable[..., Result], more: tuple[Hashable, ...]) -> Result:
        key = (compute, self.year, *more)
        return self.cache.read(key, version, lambda: compute(self.conn, self.year, *more))
