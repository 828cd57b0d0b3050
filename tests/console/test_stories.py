"""Workflows in a real browser: by keyboard, by two people at once, and on a phone."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copy

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from mentorsync_pipeline.db import tables
from tests.console.browser import LAPTOP, PHONE, chromium, log_in, logged_in, new_page, served
from tests.console.conftest import Console, console_on
from tests.support.environment import file_of

pytestmark = pytest.mark.slow

PAGES = (
    "",
    "/conflicts",
    "/conflicts/accept",
    "/archive",
    "/archive/ledger",
    "/files",
    "/files/preview",
    "/mentors",
    "/partners",
    "/forms",
    "/forms/partner",
    "/reports",
    "/reports/gaps",
    "/checkin",
    "/messages",
    "/changes",
    "/errors",
    "/warnings",
    "/closing",
    "/opening",
    "/runs",
    "/find?q=ma",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def busy(rounds, start, tmp_path: Path) -> Console:
    """A console with a running Givebutter, so that contacts can be exported; its newest file exists."""
    console = console_on(start(rounds["settled"]), tmp_path)
    copy(file_of(rounds["settled"].syncs[-1]), console.env.folder)
    return console


def status_of(console: Console, conflict_id: int) -> str:
    return next(row["status"] for row in console.env.rows(tables.sync_conflicts) if row["id"] == conflict_id)


def number(page: Page) -> int:
    """The conflict that a page is about."""
    return int(re.search(r"/conflicts/(\d+)", page.url).group(1))


def test_upload_decide_by_key_undo_and_download(browser, busy, tmp_path):
    env, drop = busy.env, Path(busy.services.settings.drop_dir)
    drop.mkdir()
    env.later()
    export = env.server.dashboard.export_to(tmp_path)
    os.utime(export, (env.now.timestamp(),) * 2)
    with served(busy) as url:
        page = new_page(browser)
        log_in(page, busy, url, "Erin Editor", "editor")
        page.goto(f"{url}/{busy.year}/files")
        page.set_input_files("input[type=file]", export)
        page.click("#upload-form button")
        expect(page.locator("#upload-answer")).to_contain_text("The file is accepted")
        (dropped,) = [path for path in drop.iterdir() if path.is_file()]
        assert dropped.read_bytes() == export.read_bytes()
        env.load_contacts("upload_contacts", mode="file", path=str(dropped))
        env.run("etl", year=busy.year)

        page.goto(f"{url}/{busy.year}/conflicts")
        page.keyboard.press("Enter")
        page.wait_for_url("**/conflicts/*")
        first = number(page)
        page.keyboard.press("a")
        page.wait_for_url(lambda address: f"/conflicts/{first}" not in address)
        assert status_of(busy, first) == "decided"
        second = number(page)
        page.keyboard.press("s")
        page.wait_for_url(lambda address: f"/conflicts/{second}" not in address)
        assert status_of(busy, second) == "skipped"

        page.goto(f"{url}/{busy.year}/conflicts/{first}")
        page.keyboard.press("u")
        expect(page.locator("button[data-key=b]")).to_be_visible()
        assert status_of(busy, first) == "pending"
        decisions = [row for row in env.rows(tables.sync_decisions) if row["decided_by"] == "Erin Editor"]
        assert [row["choice"] for row in decisions] == ["a", "skipped"]
        assert decisions[0]["undone_by"] == "Erin Editor"

        page.goto(f"{url}/{busy.year}/files")
        with page.expect_download() as started:
            page.keyboard.press("d")
        assert Path(started.value.path()).read_bytes() == env.newest_file().read_bytes()
        page.context.close()


def test_two_people_on_one_question(browser, console):
    with served(console) as url:
        first = logged_in(browser, console, url, name="Erin Editor")
        second = logged_in(browser, console, url, name="Sam Second")
        first.goto(f"{url}/{console.year}/conflicts")
        first.keyboard.press("Enter")
        first.wait_for_url("**/conflicts/*")
        question = number(first)
        second.goto(first.url)
        first.keyboard.press("a")
        first.wait_for_url(lambda address: f"/conflicts/{question}" not in address)
        second.keyboard.press("b")
        expect(second.locator("[role=alert]")).to_contain_text("Somebody else decided this.")
        expect(second.locator("[role=alert]")).to_contain_text("Erin Editor")
        (decision,) = [
            row for row in console.env.rows(tables.sync_decisions) if row["conflict_type"] != "data_staleness"
        ]
        assert (decision["choice"], decision["decided_by"]) == ("a", "Erin Editor")
        first.context.close()
        second.context.close()


def test_a_live_page_is_current_again_after_its_stream_was_refused(browser, console):
    question = next(row for row in console.env.rows(tables.sync_conflicts) if row["status"] == "pending")
    with served(console) as url:
        page = logged_in(browser, console, url)
        page.clock.install()
        page.route("**/events", lambda route: route.fulfill(status=503))
        with page.expect_response("**/events"):
            page.goto(f"{url}/{console.year}")
        page.wait_for_load_state("networkidle")  # the live part has been loaded
        headline = page.locator("#now h1")
        before = headline.inner_text()
        program = console.client(console.token())
        program.post(f"/api/{console.year}/conflicts/{question['id']}/answer", json={"choice": "skipped"})
        page.unroute_all()
        page.clock.fast_forward(10_000)
        expect(headline).not_to_have_text(before)
        page.context.close()


def test_every_page_fits_a_phone_and_can_be_read_aloud(browser, shown):
    """No content is cut off at 360 pixels, no script fails, and axe reports nothing serious, in light and in dark."""
    mentor = shown.env.rows(tables.mentors, year=shown.year)[0]["mn_id"]
    contact = shown.env.rows(tables.raw_gb_full_contacts)[0]["contact_id"]
    question = next(row["id"] for row in shown.env.rows(tables.sync_conflicts) if row["status"] == "pending")
    axe, problems = Axe(), []
    with served(shown) as url:
        page = logged_in(browser, shown, url, viewport=PHONE)
        paths = (*PAGES, f"/mentors/{mentor}", f"/contacts/{contact}", f"/conflicts/{question}")
        for path in (*(f"/{shown.year}{path}" for path in paths), "/1999", "/api/docs", "/login"):
            if path == "/login":
                page.context.clear_cookies()
            page.goto(f"{url}{path}")
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > PHONE["width"]:
                problems.append(f"{path}: {width} pixels wide")
            page.evaluate(axe.axe_script)
            for scheme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
                page.emulate_media(color_scheme=scheme)
                result = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **rules})
                problems += [
                    f"{path}: {scheme}: {violation['id']}: {violation['nodes'][0]['target']}"
                    for violation in result["violations"]
                    if violation["impact"] in {"serious", "critical"}
                ]
        page.context.close()
    assert problems == []


def test_a_question_shows_evidence_and_effects_above_the_answers(browser, shown):
    """On a laptop nothing of them is below the screen or behind the bar with the answers."""
    questions = {row["conflict_type"]: row["id"] for row in shown.env.rows(tables.sync_conflicts)}
    with served(shown) as url:
        page = logged_in(browser, shown, url, viewport=LAPTOP)
        for question in questions.values():
            page.goto(f"{url}/{shown.year}/conflicts/{question}")
            end = page.locator(".choice").evaluate_all(
                "all => Math.max(...all.map(e => e.getBoundingClientRect().bottom))"
            )
            bar = page.locator(".answer-bar")
            assert end <= (bar.bounding_box()["y"] if bar.count() else LAPTOP["height"]), page.locator(
                "h1"
            ).inner_text()
        page.context.close()
