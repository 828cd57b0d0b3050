"""The preview of the import file: what it changes, only the changed rows, and what Givebutter took."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from shutil import copy

import pytest

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.db.audit import AuditEntry, record
from mentorsync_pipeline.domain.import_columns import EXTERNAL_ID
from tests.console.conftest import Console, console_on
from tests.support.environment import file_of


@pytest.fixture
def synced(rounds, start, tmp_path: Path) -> Console:
    """A console after the first sync: its file waits to be imported."""
    console = console_on(start(rounds["synced"], serve=False), tmp_path)
    copy(file_of(rounds["synced"].syncs[0]), console.env.folder)
    return console


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def preview(console: Console, **query: str) -> dict:
    answer = console.browser("Vic Viewer", "viewer").get(f"/api/{console.year}/export/preview", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def fetched(console: Console, file: dict, at, **details: int) -> None:
    """Record a download of a file."""
    entry = AuditEntry(
        act="file_fetched",
        subject=file["sha256"],
        who="Erin Editor",
        via="session",
        done_at=at,
        campaign_year=console.year,
        details=details,
    )
    with console.services.engine.begin() as conn:
        record(conn, entry)


def test_the_first_file_changes_every_row_of_its_preview(synced):
    found = preview(synced, limit="500")
    kinds = found["rows"]
    unlinked = synced.env.rows(t.mentors, t.mentors.c.sync_state == "new", year=synced.year)
    assert (kinds["new"], kinds["unchanged"]) == (len(unlinked), 0)
    assert kinds["changed"] > kinds["new"] > 0
    assert found["total"] == sum(kinds.values()) == len(found["items"])
    assert preview(synced, kind="new")["total"] == kinds["new"]
    column, number = next(iter(found["columns"].items()))
    assert preview(synced, kind="changed", column=column)["total"] == number
    someone = found["items"][0]
    (match,) = (row for row in preview(synced, search=someone["mn_id"])["items"])
    assert match == someone
    page = synced.browser().get(f"/{synced.year}/files/preview").text
    assert f"The next file changes {kinds['changed']} contacts and adds {kinds['new']}" in page
    assert page.count("<tbody>") == min(50, kinds["changed"]), "it opens on the changes"
    every = synced.browser().get(f"/{synced.year}/files/preview?kind=all").text
    assert every.count("<tbody>") == 50 < found["total"]
    assert "0 rows are in Givebutter already." in page
    # each change says where the value comes from, and rows that are left out are counted
    assert page.count('<td class="source muted small"><div></div>') == 0
    for source in ("sign-up, <time", "the year's tag", "partner form, <time", "Givebutter's campaign, <time"):
        assert source in page, source
    files = synced.browser().get(f"/{synced.year}/files").text
    assert f"{kinds['changed']} changed, {kinds['new']} new, 0 unchanged" in files


def test_filters_live_in_the_address(synced):
    browser, base = synced.browser(), f"/{synced.year}/files/preview"
    page = browser.get(f"{base}?kind=new&page=1").text
    new = preview(synced)["rows"]["new"]
    assert page.count("<tbody>") == new > 0
    assert page.count("new contact") == new
    assert 'name="kind" value="new"' in page
    assert "No row matches" in browser.get(f"{base}?search=nobody&page=9").text
    assert browser.get(f"{base}?kind=other").status_code == 422
    assert browser.get(f"{base}?search=%00").status_code == 422
    assert "&lt;i&gt;" in browser.get(f"{base}?search=<i>").text


def test_a_file_of_changed_rows_only(synced):
    browser, base = synced.browser(), f"/{synced.year}/files/newest"
    whole = rows_of(browser.get(base).content)
    answer = browser.get(f"{base}?rows=changed")
    assert answer.headers["Content-Disposition"].endswith('-changed.csv"')
    assert rows_of(answer.content) == whole
    program = synced.client(synced.token())
    assert program.get(f"/api/{synced.year}/export/file", params={"changed_only": True}).content == answer.content


def test_after_the_import_nothing_is_left_to_change(shown: Console, written_of_shown):
    found = preview(shown)
    rows = len(shown.env.rows(t.mn_gb_import, year=shown.year))
    assert found["rows"] == {"changed": 0, "new": 0, "unchanged": rows}
    assert found["columns"] == {}
    page = shown.browser(role="viewer").get(f"/{shown.year}/files/preview").text
    assert "The next file changes nothing" in page
    answer = shown.client(shown.token()).get(f"/api/{shown.year}/export/file", params={"changed_only": True})
    assert rows_of(answer.content) == []
    assert EXTERNAL_ID in answer.text


@pytest.fixture
def written_of_shown(shown: Console, rounds) -> Path:
    """The newest file of the shared year, where the console looks for it."""
    return Path(copy(file_of(rounds["settled"].syncs[-1]), shown.env.folder))


def test_each_row_of_the_last_import_says_whether_it_was_taken(console, rounds):
    env = console.env
    copy(file_of(rounds["settled"].syncs[0]), env.folder)
    page = console.browser().get(f"/{console.year}/files/preview?of=imported").text
    assert "No import to check yet" in page
    first = env.rows(t.gb_import_files, year=console.year)[0]
    clock_ahead = first["created_at"] + timedelta(days=400)
    fetched(console, first, clock_ahead, after_log_id=first["sync_log_id"])
    found = preview(console, of="imported")
    assert found["rows"]["unchanged"] == first["row_count"]
    with console.services.engine.begin() as conn:
        mentor = next(row for row in env.rows(t.mentors, year=console.year) if row["gb_contact_id"])
        contacts = t.raw_gb_full_contacts
        conn.execute(contacts.update().where(contacts.c.contact_id == mentor["gb_contact_id"]).values(external_id=None))
    (row,) = preview(console, of="imported", kind="changed")["items"]
    assert (row["mn_id"], row["changes"][0]["column"]) == (mentor["mn_id"], "External ID")
    page = console.browser().get(f"/{console.year}/files/preview?of=imported").text
    assert "1 row differs: it was not imported" in page


def test_a_missing_file_has_no_preview_of_the_import(console):
    first = console.env.rows(t.gb_import_files, year=console.year)[0]
    fetched(console, first, first["created_at"])
    assert preview(console, of="imported")["total"] == 0
