"""Garbage collection is paused during imports only, and its state is restored also after an error."""

import contextlib
import gc
from collections.abc import Iterator

import pytest

from mentorsync_pipeline.runtime.garbage_collection import THRESHOLDS, without_collection


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.enable()


def test_collection_is_paused_and_resumed_after_an_error():
    enabled = []
    with contextlib.suppress(ImportError), without_collection():
        enabled.append(gc.isenabled())
        raise ImportError
    assert [*enabled, gc.isenabled()] == [False, True]


def test_imported_objects_are_excluded_from_later_collections():
    before = gc.get_freeze_count()
    with without_collection():
        imported = [[] for _ in range(1000)]
    assert gc.get_freeze_count() - before >= len(imported)
    assert gc.get_threshold() == THRESHOLDS


def test_a_disabled_collector_stays_disabled():
    gc.disable()
    with without_collection():
        pass
    assert not gc.isenabled()
