"""How old an export is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mentorsync_pipeline.contacts.rules.as_of import export_as_of
from tests.support.sources import NOW

EASTERN = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("name", "modified", "newest", "as_of"),
    [
        ("contacts-2025-10-30-17.csv", NOW, None, datetime(2025, 10, 31, 3, 59, 59, tzinfo=UTC)),
        (
            "contacts-2025-10-30-17.csv",
            datetime(2025, 10, 30, 15, tzinfo=UTC),
            None,
            datetime(2025, 10, 30, 15, tzinfo=UTC),
        ),
        ("contacts.csv", NOW - timedelta(days=2), None, NOW - timedelta(days=2)),
        ("contacts.csv", NOW + timedelta(days=2), None, NOW),
        ("contacts-2025-10-30-17.csv", NOW, NOW - timedelta(hours=1), NOW - timedelta(hours=1)),
        ("contacts-2025-13-77-17.csv", NOW, None, NOW),
        ("contacts-2025-11-02-17.csv", datetime(2025, 12, 1, tzinfo=UTC), None, NOW),
    ],
)
def test_an_export_is_as_old_as_its_name_its_file_and_its_contacts_say(name, modified, newest, as_of):
    assert export_as_of(name, modified, NOW, newest, EASTERN) == as_of


def test_the_day_in_the_name_ends_at_midnight_of_the_team_also_when_the_clocks_change():
    late = datetime(2025, 12, 1, tzinfo=UTC)
    assert export_as_of("contacts-2025-11-02-1.csv", late, late, None, EASTERN) == datetime(
        2025, 11, 3, 4, 59, 59, tzinfo=UTC
    )
