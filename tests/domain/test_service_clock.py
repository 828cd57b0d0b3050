"""Times on a service's clock, by what its answers showed."""

from datetime import UTC, datetime, timedelta

import pytest

from mentorsync_pipeline.domain.service_clock import SAME_CLOCK, make_clock, measure_offset

NOON = datetime(2025, 9, 20, 12, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Sat, 20 Sep 2025 12:00:01 GMT", 1),
        ("Sat, 20 Sep 2025 13:00:00 GMT", 3600),
        ("Sat, 20 Sep 2025 11:59:00 -0000", -60),
        ("Saturday, 20-Sep-25 12:00:00 GMT", 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
        ("", None),
        (None, None),
        ("yesterday", None),
        ("Sat, 99 Sep 2025 12:00:00 GMT", None),
        ("Sat, 20 Sep 99999 12:00:00 GMT", None),
        ("Sat, 20 Sep 2025 12:00:00 +9999999", None),
    ],
)
def test_the_offset_of_an_answer(header: str | None, expected: int | None) -> None:
    offset = measure_offset(header, sent_at=NOON, received_at=NOON + SECOND)
    assert (None if offset is None else round(offset.total_seconds())) == expected


def test_a_time_is_converted_by_the_last_measurement_before_it() -> None:
    measured = [(NOON, 2 * SECOND), (NOON + HOUR, -HOUR), (NOON + 2 * HOUR, -HOUR - SECOND), (NOON + 3 * HOUR, MINUTE)]
    clock = make_clock(measured)
    assert clock.convert(NOON - HOUR) == NOON - HOUR
    assert clock.convert(NOON + MINUTE) == NOON + MINUTE
    assert clock.convert(NOON + HOUR) == NOON
    assert clock.convert(NOON + 2 * HOUR + MINUTE) == NOON + HOUR + MINUTE
    assert clock.convert(NOON + 4 * HOUR) == NOON + 4 * HOUR + MINUTE
    assert len(clock.offsets) == 3


def test_clocks_that_nobody_measured_count_as_equal() -> None:
    assert SAME_CLOCK.convert(NOON) == NOON == make_clock([]).convert(NOON)
