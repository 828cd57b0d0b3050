"""The number of open questions over time is made of all answers, and a later one changes nothing before it."""

from datetime import UTC, datetime, timedelta

import pytest

from mentorsync_pipeline.mentors.rules.open_questions import QuestionRecord, count_open, find_open_times

START = datetime(2025, 9, 1, tzinfo=UTC)


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def open_days(
    asked: float = 0, answers: tuple = (), *, is_open: bool = True, **times: float
) -> list[tuple[float, float | None]]:
    question = QuestionRecord(
        asked_at=at(asked),
        is_open=is_open,
        answers=[(at(given), None if undone is None else at(undone)) for given, undone in answers],
        **{name: at(day) for name, day in times.items()},
    )
    return [
        ((start - START).days, None if end is None else (end - START).days) for start, end in find_open_times(question)
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [(0, None)]),
        ({"closed_at": 4}, [(0, 4)]),
        ({"closed_at": 0}, []),
        ({"answers": ((3, None),)}, [(0, 3)]),
        ({"answers": ((3, 5),)}, [(0, 3), (5, None)]),
        ({"answers": ((7, None), (3, 5))}, [(0, 3), (5, 7)]),
        ({"answers": ((3, 5), (5, None))}, [(0, 3)]),
        ({"answers": ((3, None),), "asked_again_at": 8}, [(0, 3), (8, None)]),
        ({"answers": ((3, 6), (6, None)), "asked_again_at": 5, "is_open": False}, [(0, 3), (5, 6)]),
        ({"answers": ((3, None),), "asked_again_at": 5, "is_open": False}, [(0, 3)]),
        ({"answers": ((3, 6),), "asked_again_at": 2}, [(0, 3), (6, None)]),
        ({"answers": ((3, None),), "closed_at": 8}, [(0, 3)]),
        ({"asked": 6, "answers": ((3, None),)}, [(6, None)]),
    ],
)
def test_a_question_is_open_until_each_answer_and_again_when_it_is_taken_back(arguments, expected):
    assert open_days(**arguments) == expected


def test_the_number_is_that_after_each_moment():
    times = [(at(0), at(3)), (at(1), None), (at(3), at(5))]
    assert count_open(times) == [(at(0), 1), (at(1), 2), (at(5), 1)]
    assert count_open([]) == []
