"""Start Python's cyclic garbage collector less often, in processes that import the code location and run its assets.

A full collection visits every object. Dagster and this package are about a million objects that are never freed, and a
year's data are as many more; with Python's thresholds, a fifth of a run's CPU time went into collections that freed
next to nothing. Records are freed by their reference counts, so memory does not grow by this.
"""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Objects allocated before a collection of the youngest generation (Python: 700), and collections of a generation before
# one of the next (Python: 10 and 10). A year with 1,000 mentors is calculated with half of these objects.
THRESHOLDS = (500_000, 20, 100)


@contextmanager
def without_collection() -> Iterator[None]:
    """Start no collection while modules are imported; exclude the imported objects from later ones, and start fewer.

    The objects are excluded before the collector is enabled again, because it would visit all of them at once. When the
    process ends, all objects are excluded, because Python would visit them once more before it frees its memory.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        atexit.register(gc.freeze)
        gc.set_threshold(*THRESHOLDS)
        if was_enabled:
            gc.enable()
