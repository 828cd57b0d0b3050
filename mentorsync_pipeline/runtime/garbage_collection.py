"""Start Python's cyclic garbage collector less often, in processes that import the code location and run its assets.

A full collection visits every object. Dagster and this package are about a million objects that are never freed, and a
year's data are as many more; with Python's thresholds, a fifth of a run's CPU time went into collections that freed
next to nothing. Records are freed by their reference counts, so memory does not grow by this.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Objects allocated before a collection of the youngest generation (Python: 700), and collections of a generation before
# one of the next (Python: 10 and 10).
THRESHOLDS = (20_000, 50, 100)


@contextmanager
def without_collection() -> Iterator[None]:
    """Start no collection while modules are imported: everything that an import makes is kept."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def collect_less_often() -> None:
    """Exclude all present objects from collections, and raise the thresholds for later ones."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
