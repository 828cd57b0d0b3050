"""When a file of the drop folder is complete: unchanged for some seconds, whatever the clocks and other programs do."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from mentorsync_pipeline.resources.drop_folder import DropFolderResource
from mentorsync_pipeline.uploads.drop_files import scan_folder

NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)
SECONDS, MINUTES = timedelta(seconds=10), timedelta(minutes=11)


def complete_at(folder, times):
    """Scan the folder at these times; return the names of the complete files at each."""
    states, names = {}, []
    for now in times:
        states, complete = scan_folder(DropFolderResource(path=str(folder)), states, now)
        names.append([found.file.path.name for found in complete])
    return names


@pytest.mark.parametrize("back", [timedelta(0), timedelta(hours=1), timedelta(days=400)])
def test_a_file_is_complete_after_seconds_also_when_the_clock_was_set_back(tmp_path, back):
    (tmp_path / "a.csv").write_text("a")
    times = [NOW, NOW - back + SECONDS / 10, NOW - back + 2 * SECONDS]
    assert complete_at(tmp_path, times) == [[], [], ["a.csv"]]


@pytest.mark.parametrize("year", [1971, 2025, 2099])
def test_an_empty_file_is_complete_after_minutes_whatever_its_time(tmp_path, year):
    path = tmp_path / "a.csv"
    path.touch()
    moment = NOW.replace(year=year).timestamp()
    os.utime(path, (moment, moment))
    *_, last = complete_at(tmp_path, [NOW, NOW + MINUTES])
    assert last == ["a.csv"]


@pytest.mark.parametrize(
    "name",
    [
        *(".DS_Store", "._contacts.csv", ".~lock.contacts.csv#", "~$contacts.xlsx", "Thumbs.db", "desktop.ini"),
        *("contacts.csv.crdownload", "contacts.csv.filepart", "contacts.csv.TEMP", "contacts.csv.opdownload"),
    ],
)
def test_files_that_other_programs_put_there_are_left_alone(tmp_path, name):
    (tmp_path / name).write_text("x")
    assert complete_at(tmp_path, [NOW, NOW + SECONDS, NOW + MINUTES]) == [[], [], []]
