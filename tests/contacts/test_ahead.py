"""Prefetching: in order, a few items at a time, and stopped when the results are not needed."""

from collections.abc import Iterator

import pytest

from mentorsync_pipeline.contacts.load.prefetch import prefetch


def test_results_come_in_the_order_of_the_items() -> None:
    with prefetch(range(30), lambda item: item * 10) as results:
        assert list(results) == [item * 10 for item in range(30)]


def test_no_items_give_no_results() -> None:
    with prefetch([], str) as results:
        assert list(results) == []


def test_items_are_not_taken_long_before_they_are_used() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            taken.append(item)
            yield item

    with prefetch(items(), str) as results:
        assert 0 < len(taken) < 5
        for _ in range(10):
            next(results)
        assert len(taken) < 20


def test_the_first_items_error_is_raised_in_its_place() -> None:
    def work(item: int) -> int:
        if item in {3, 4}:
            raise ValueError(item)
        return item

    with pytest.raises(ValueError, match=r"^3$"), prefetch(range(9), work) as results:  # noqa: PT012
        assert [next(results) for _ in range(3)] == [0, 1, 2]
        next(results)


def test_an_error_outside_ends_the_work() -> None:
    done: list[int] = []
    with pytest.raises(KeyError), prefetch(range(1000), done.append):
        raise KeyError
    assert len(done) < 5
