"""The rate limiter: calls never exceed the rate, and wait only if necessary."""

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.resources import rate_limit
from mentorsync_pipeline.resources.rate_limit import RateLimiter, get_limiter


class Time:
    """Time that passes only during waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Time]:
    passing = Time()
    with monkeypatch.context() as patch:
        patch.setattr(rate_limit, "time", passing)
        yield passing


def turns_of(passing: Time, limiter: RateLimiter, gaps: list[float]) -> list[float]:
    """Return the times of calls that were requested with these seconds between them."""
    turns = []
    for gap in gaps:
        passing.sleep(gap)
        limiter.wait()
        turns.append(passing.now)
    return turns


# At 240 a minute, of which 120 may be saved up; a minute is a little longer, as calls arrive less evenly than sent.
INTERVAL = 60.3 / 240
GAPS = st.lists(st.sampled_from((0.0, 0.0, 0.0, 0.0, 0.1, 0.7, 3.0, 20.0)), min_size=1, max_size=150)


@given(gaps=GAPS, rate=st.sampled_from((1, 2, 23, 24, 60, 100)), idle=st.sampled_from((0.0, 5.0, 1000.0)))
def test_no_minute_has_more_calls_than_the_rate(gaps: list[float], rate: int, idle: float) -> None:
    passing = Time()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rate_limit, "time", passing)
        turns = turns_of(passing, RateLimiter(rate, since=passing.now - idle), gaps)
    for place, first in enumerate(turns):
        within = [turn for turn in turns[place:] if turn < first + 60.25]
        assert len(within) <= rate


def test_a_new_process_has_no_accumulated_calls(passing: Time) -> None:
    turns = turns_of(passing, RateLimiter(240), [0.0] * 20)
    steps = [later - earlier for earlier, later in itertools.pairwise(turns)]
    assert steps == pytest.approx([INTERVAL] * 19)


def test_calls_after_a_pause_do_not_wait_within_the_rate(passing: Time) -> None:
    limiter = RateLimiter(240)
    passing.sleep(40)
    turns = turns_of(passing, limiter, [0.0] * 300)
    assert turns[120] - turns[0] == pytest.approx(0, abs=1e-6)
    assert turns[123] - turns[120] == pytest.approx(3 * INTERVAL)
    assert turns[239] - turns[0] < 60
    assert turns[240] - turns[0] == pytest.approx(60.3)
    assert turns[299] - turns[240] == pytest.approx(59 * INTERVAL)


def test_a_requested_pause_delays_all_threads_and_clears_accumulated_calls(passing: Time) -> None:
    limiter = RateLimiter(240, since=passing.now - 1000)
    limiter.pause(20)
    turns = turns_of(passing, limiter, [0.0] * 3)
    assert [turn - 1000 for turn in turns] == pytest.approx([20, 20 + INTERVAL, 20 + 2 * INTERVAL])


def test_each_call_of_a_thread_waits_for_its_own_slot() -> None:
    limiter, turns = RateLimiter(per_minute=1200), []
    started = rate_limit.time.monotonic()

    def call(_: int) -> None:
        limiter.wait()
        turns.append(rate_limit.time.monotonic() - started)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(call, range(8)))
    assert all(turn >= place * 60 / 1200 for place, turn in enumerate(sorted(turns)))


def test_a_process_has_one_limiter_per_service() -> None:
    assert get_limiter("https://a.example", 10) is get_limiter("https://a.example", 10)
    assert get_limiter("https://a.example", 10) is not get_limiter("https://b.example", 10)
