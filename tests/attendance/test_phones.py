"""Twenty check-ins by three phones at once, with two network failures: each is recorded once (rulebook, section 14)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Route, expect

from mentorsync_pipeline.db import tables as t
from tests.attendance.conftest import YEAR, Desk, mentor_values
from tests.console.browser import PHONE, chromium, log_in, logged_in, new_page, served
from tests.console.conftest import Console, console_on

pytestmark = pytest.mark.slow
MENTORS = 20


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def console(desk: Desk, tmp_path: Path) -> Console:
    """A console on a year of twenty mentors."""
    more = [
        {**mentor_values(1), "mn_id": f"MN{n:04d}", "submission_id": f"60{n:04d}", "phone": f"+1706555{n:04d}"}
        for n in range(5, MENTORS + 1)
    ]
    with desk.engine.begin() as conn:
        conn.execute(sa.insert(t.mentors), more)
    return console_on(desk, tmp_path)  # type: ignore[arg-type]  # it has what the console needs


def phone(browser: Browser, console: Console, url: str, name: str) -> Page:
    page = logged_in(browser, console, url, name=name, viewport=PHONE)
    page.goto(f"{url}/{YEAR}/checkin")
    expect(page.locator("#checkin-count")).to_contain_text(f"of {MENTORS} mentors")
    return page


def check_in(page: Page, number: int) -> None:
    """Search a mentor by phone or id and press the button; the page shows the check-in before it is sent."""
    page.fill("#checkin-search", f"555-{number:04d}" if number % 2 else f"mn{number:04d}")
    page.click(f"#checkin-results [data-mn-id=MN{number:04d}] button.big")
    expect(page.locator(f"#checkin-results [data-mn-id=MN{number:04d}]")).to_have_class("here")


def lose_answer(route: Route) -> None:
    """Deliver the request and drop its answer."""
    route.fetch()
    route.abort()


def test_twenty_check_ins_by_three_phones_with_the_network_cut_twice(browser, console, desk) -> None:
    with served(console) as url:
        phones = [phone(browser, console, url, f"Helper {name}") for name in "ABC"]
        first, second, _ = phones
        for number in range(1, MENTORS + 1):
            if number == 5:
                first.context.set_offline(True)
            if number == 11:
                second.route("**/attendance/check-in", lose_answer)
            check_in(phones[number % 3], number)
            if number == 10:
                expect(first.locator("#checkin-unsent-title")).to_have_text("Not sent yet: 2")
                expect(first.locator("#checkin-connection")).to_contain_text("No connection.")
                first.context.set_offline(False)
            if number == 15:
                second.unroute("**/attendance/check-in")
        for page in phones:
            expect(page.locator("#checkin-unsent")).to_be_hidden(timeout=30_000)
        for page in phones:
            page.context.close()
    rows = [row for row in desk.rows() if row["undone_at"] is None]
    assert sorted(row["mn_id"] for row in rows) == [f"MN{n:04d}" for n in range(1, MENTORS + 1)]
    assert {row["recorded_by"] for row in rows} == {"Helper A", "Helper B", "Helper C"}


def test_a_check_in_outlives_a_reload_without_a_connection_and_can_be_undone(browser, console, desk) -> None:
    with served(console) as url:
        page = phone(browser, console, url, "Helper A")
        page.route("**/attendance/check-in", lambda route: route.abort())
        check_in(page, 3)
        page.reload()
        expect(page.locator("#checkin-unsent-list")).to_contain_text("Kim Example MN0003")
        with page.expect_request("**/attendance/check-in"):
            page.click("#checkin-send")
        page.unroute("**/attendance/check-in")
        expect(page.locator("#checkin-unsent")).to_be_hidden(timeout=30_000)
        page.fill("#checkin-search", "kim ex")
        expect(page.locator("#checkin-results small")).to_have_text("checked in by Helper A")
        page.click("#checkin-results button")
        expect(page.locator("#checkin-said")).to_have_text("Check-in of Kim Example undone.")
        expect(page.locator("#checkin-unsent")).to_be_hidden()
        page.context.close()
    (row,) = desk.rows()
    assert (row["mn_id"], row["undone_by"]) == ("MN0003", "Helper A")


def test_a_check_in_that_the_server_refuses_is_shown_until_it_is_dismissed(browser, console, desk) -> None:
    with served(console) as url:
        page = phone(browser, console, url, "Helper A")
        page.fill("#checkin-search", "sasha")
        with desk.engine.begin() as conn:
            for table in (t.mentors, t.deduplicated_signups):
                conn.execute(sa.delete(table).where(table.c.mn_id == "MN0002"))
        page.click("#checkin-results button.big")
        expect(page.locator("#checkin-unsent-list li.refused")).to_contain_text("There is no mentor MN0002")
        page.click("#checkin-unsent-list button")
        expect(page.locator("#checkin-unsent")).to_be_hidden()
        page.context.close()


def test_a_scanned_address_finds_the_mentor_and_a_viewer_checks_nobody_in(browser, console) -> None:
    with served(console) as url:
        page = new_page(browser, viewport=PHONE)
        log_in(page, console, url, "Vic Viewer", "viewer")
        answer = page.goto(f"{url}/{YEAR}/checkin?mentor=mn0002")
        assert answer is not None
        assert "camera=(self)" in answer.headers["permissions-policy"]
        expect(page.locator("#checkin-results li")).to_have_count(1)
        expect(page.locator("#checkin-results button")).to_be_disabled()
        page.context.close()


def large_roster(route: Route) -> None:
    """Answer with the requested page of a roster of 1,200 mentors."""
    offset = int(route.request.url.partition("offset=")[2])
    entry = {"first_name": "Ada", "preferred_name": None, "last_name": "Osei", "phone": None, "dropped": False}
    entry |= {"attended_training": False, "device_record_id": None, "recorded_by": None}
    items = [{**entry, "mn_id": f"MN{number:04d}"} for number in range(offset, min(offset + 500, 1_200))]
    route.fulfill(json={"items": items, "total": 1_200})


def test_numbers_have_separators_and_their_noun(browser, console) -> None:
    with served(console) as url:
        page = logged_in(browser, console, url, viewport=PHONE)
        page.route("**/attendance/roster*", large_roster)
        page.goto(f"{url}/{YEAR}/checkin")
        count = page.locator("#checkin-count")
        expect(count).to_contain_text("0 of 1,200 mentors attended")
        for typed, shown in (("osei", "1,200 mentors found, the first 25 are shown"), ("mn0007", "1 mentor found")):
            page.fill("#checkin-search", typed)
            expect(count).to_have_text(shown)
        page.context.close()
