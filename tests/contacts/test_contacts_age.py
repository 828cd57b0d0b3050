"""Age of an export: the time in its name, or its newest change; never later than now (rulebook, section 9)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.contacts.rules.as_of import UNKNOWN_AGE, compute_export_as_of, parse_as_of
from tests.support.sources import NOW

EASTERN = ZoneInfo("America/New_York")
START_OF_30TH = datetime(2025, 10, 30, 4, tzinfo=UTC)
SECOND = datetime(2025, 10, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "newest", "as_of"),
    [
        ("contacts-2025-10-30-17.csv", None, START_OF_30TH),
        (f"contacts-2025-10-30-{int(SECOND.timestamp())}.csv", None, SECOND),
        (f"contacts-2025-10-30-{int(SECOND.timestamp())} (1).csv", SECOND - timedelta(days=3), SECOND),
        # A person may put words in front; the time is still the one in Givebutter's name.
        (f"Monday_contacts-2025-10-30-{int(SECOND.timestamp())}.csv", None, SECOND),
        (f"2025-10-31 copy of contacts-2025-10-30-{int(SECOND.timestamp())}.csv", SECOND - timedelta(days=3), SECOND),
        ("mycontacts-2025-10-30-17.csv", SECOND - timedelta(days=3), SECOND - timedelta(days=3)),
        # Of two names, any could be the right one.
        ("contacts-2025-10-31-1 is contacts-2025-10-30-2.csv", SECOND, SECOND),
        # Digits that are a second of another day are not a time.
        (f"contacts-2025-10-20-{int(SECOND.timestamp())}.csv", None, datetime(2025, 10, 20, 4, tzinfo=UTC)),
        # A name from before the newest change belongs to another file.
        ("contacts-2025-10-30-17.csv", NOW - timedelta(hours=1), NOW - timedelta(hours=1)),
        (f"contacts-2025-10-30-{int(SECOND.timestamp())}.csv", SECOND + timedelta(1), SECOND + timedelta(1)),
        # Without Givebutter's name, only the newest change is certain.
        ("contacts.csv", SECOND, SECOND),
        ("export 2025-10-31.csv", SECOND, SECOND),
        ("contacts-2025-13-77-17.csv", SECOND, SECOND),
        ("contacts.csv", None, UNKNOWN_AGE),
        # Never later than now; a future day is not the day of an export.
        ("contacts-2025-11-01-17.csv", None, datetime(2025, 11, 1, 4, tzinfo=UTC)),
        ("contacts-2025-11-02-17.csv", None, NOW),
        ("contacts-2031-01-01-17.csv", SECOND, SECOND),
        ("contacts-2031-01-01-1924992000.csv", SECOND, SECOND),
        ("contacts-9999-12-31-17.csv", SECOND, SECOND),
    ],
)
def test_the_time_of_an_export_is_derived_from_its_name_and_contacts(name, newest, as_of):
    assert compute_export_as_of(name, NOW, newest, EASTERN) == as_of


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-10-30T11:00", SECOND),
        (" 2025-10-30 15:00+00:00 ", SECOND),
        ("2025-10-30T08:00-07:00", SECOND),
        ("2025-10-30", START_OF_30TH),
    ],
)
def test_a_time_that_a_person_types_is_in_the_teams_zone_unless_it_has_its_own(text, moment):
    assert parse_as_of(text, EASTERN) == moment


@pytest.mark.parametrize(
    "text", ["now", "2025-13-45", "10/30/2025", "1e9", "2025-10-30T10:00+99:00", "9999-12-31T23:00", "x"]
)
def test_another_text_is_no_time(text):
    with pytest.raises(ValueError, match=r"."):
        parse_as_of(text, EASTERN)


def test_the_date_in_the_name_starts_at_local_midnight_across_clock_changes():
    late = datetime(2025, 12, 1, tzinfo=UTC)
    for day, hour in (("2025-11-02", 4), ("2025-11-03", 5)):
        start = datetime.fromisoformat(f"{day}T{hour:02}:00:00+00:00")
        assert compute_export_as_of(f"contacts-{day}-1.csv", late, None, EASTERN) == start


@given(
    day=st.dates(),
    digits=st.integers(0, 10**12),
    newest=st.none() | st.datetimes(max_value=NOW.replace(tzinfo=None), timezones=st.just(UTC)),
)
def test_the_time_of_an_export_is_between_its_newest_change_and_now(day, digits, newest):
    as_of = compute_export_as_of(f"contacts-{day}-{digits}.csv", NOW, newest, EASTERN)
    assert as_of <= NOW
    assert newest is None or as_of >= newest
