"""Garbage collection is paused during imports only, and its state is restored also after an error."""

import contextlib
import gc
from collections.abc import Iterator

import pytest

from mentorsync_pipeline.runtime.garbage_collection import without_collection


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    yield
    gc.enable()


def test_collection_is_paused_and_resumed_after_an_error():
    enabled = []
    with contextlib.suppress(ImportError), without_collection():
        enabled.append(gc.isenabled())
        raise ImportError
    assert [*enabled, gc.isenabled()] == [False, True]


def test_a_disabled_collector_stays_disabled():
    gc.disable()
    with without_collection():
        pass
    assert not gc.isenabled()
