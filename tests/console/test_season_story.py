"""The season's loop in a real browser, from the overview, by following only the primary button of each page.

Each page must show its button on a laptop and on a phone; the buttons are pressed on the two in turn.

The test does what the person does outside of the console (export and import in Givebutter), and what Dagster does:
it runs the requested jobs and loads uploaded files.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Error, Locator, Page, ViewportSize, expect

from mentorsync_pipeline.db import tables as t
from tests.console.browser import chromium, logged_in, served
from tests.console.conftest import Console, console_on
from tests.console.fake_dagster import Started, fake_dagster
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow

LAPTOP: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}
_MOST_STEPS = 60


class Season:
    """A person who follows the primary button; `steps` are the labels of the buttons."""

    def __init__(self, console: Console, page: Page, url: str, started: Started) -> None:
        self.console, self.env, self.page, self.started = console, console.env, page, started
        self.overview = f"{url}/{console.year}"
        self.drop = Path(console.services.settings.drop_dir)
        self.drop.mkdir()
        self.steps: list[str] = []
        self.imports = 0
        self.answered: set[str] = set()

    def follow(self) -> None:
        """Press primary buttons until the overview has none."""
        self.page.goto(self.overview)
        while self.page.locator("h1").inner_text() != "Everything is in Givebutter":
            assert len(self.steps) < _MOST_STEPS, " > ".join(self.steps[-25:])
            button = self.find_button()
            # The page was loaded in the last size; each change of it takes as long as loading a page.
            self.look(button)
            self.page.set_viewport_size(PHONE if self.page.viewport_size == LAPTOP else LAPTOP)
            self.look(button)
            self.press(button)

    def look(self, button: Locator) -> None:
        """Check that the screen shows the button, and cuts nothing off at the side."""
        size = self.page.viewport_size
        assert size is not None
        expect(button, f"{self.page.url} at {size['width']} pixels").to_be_visible()
        assert self.page.evaluate("document.documentElement.scrollWidth") <= size["width"], self.page.url

    def find_button(self) -> Locator:
        """Return the page's one primary button.

        A question without a recommendation is answered with A, and with B when it is asked again: two mentors cannot
        have one contact.
        """
        buttons = self.page.locator("main .primary")
        if "/conflicts/" in self.page.url and not buttons.count():
            title = self.page.locator("h1").inner_text()
            choice = "b" if title in self.answered else "a"
            self.answered.add(title)
            return self.page.locator(f"button[name=choice][value={choice}]")
        expect(buttons, f"{self.page.url} after {self.steps[-5:]}").to_have_count(1)
        return buttons

    def press(self, button: Locator) -> None:
        """Prepare what the button needs, press it, and do what follows elsewhere."""
        label = button.inner_text().partition("\n")[0].strip()
        self.steps.append(label)
        if label == "Upload":
            self.upload(button)
        elif label.startswith("Download"):
            self.import_into_givebutter(button)
        elif label == "Approve the selected":
            self.page.locator(".acts-bar [data-pick-all]").check()
            self.click_and_run(button, is_answer=True)
            self.page.reload()
        else:
            self.click_and_run(button, is_answer="/conflicts/" in self.page.url)

    def click_and_run(self, button: Locator, *, is_answer: bool) -> None:
        """Press a button and execute the run that it starts. An answer starts one after its response."""
        runs = len(self.started.runs)
        button.click()
        self.page.wait_for_load_state()
        while is_answer and len(self.started.runs) == runs:
            self.page.wait_for_timeout(50)
        if len(self.started.runs) == runs:
            return
        if is_answer and self.env.conflicts():
            self.started.pretend()  # the run of the last answer applies all
            return
        self.started.run(self.console)
        what = "the end of the run is pushed"
        expect(self.page.locator("[data-archiving]"), what).to_have_count(0, timeout=30_000)
        settled = self.page.get_by_text("Everything is in Givebutter")
        expect(self.page.locator("main .primary").or_(settled).first, what).to_be_visible(timeout=30_000)
        if settled.count():
            self.open_overview()

    def upload(self, button: Locator) -> None:
        self.env.later()
        export = self.env.server.dashboard.export_to(self.env.folder)
        os.utime(export, (self.env.now.timestamp(),) * 2)
        self.page.set_input_files("#upload-form input[type=file]", export)
        button.click()
        expect(self.page.locator("#upload-answer")).to_contain_text("The file is accepted.")
        assert self.started.last[0] == "upload_contacts"
        self.started.run(self.console)
        for path in self.drop.iterdir():  # the sensor of the drop folder takes loaded files away, and starts this:
            path.unlink()
        self.env.run("etl_to_file", year=self.console.year)
        self.open_overview()

    def import_into_givebutter(self, button: Locator) -> None:
        with self.page.expect_download() as download:
            button.click()
        result = self.env.import_file(Path(download.value.path()).read_bytes())
        assert result.failed_csv is None
        self.imports += 1
        self.open_overview()

    def open_overview(self) -> None:
        """Open the overview, again if the page refreshes itself at that moment, which stops the navigation."""
        try:
            self.page.goto(self.overview)
        except Error as error:
            if "ERR_ABORTED" not in str(error):
                raise
            self.page.wait_for_load_state()
            self.page.goto(self.overview)


def accept_repeated_recommendations(env: SandboxEnvironment) -> None:
    """Accept all recommendations of a kind but the first, because the pages of their questions are alike."""
    kinds = set()
    for question in env.conflicts():
        kind = question["conflict_type"], re.sub(r"\d", "", question["subject"]), question["recommended_option"]
        if question["recommended_option"] and kind in kinds:
            env.decide(question["id"], question["recommended_option"])
        kinds.add(kind)


def test_the_primary_button_leads_through_the_season(rounds, start, tmp_path):
    with fake_dagster() as (started, dagster_url), chromium() as browser:
        started.shows_runs = True
        console = console_on(start(rounds["synced"]), tmp_path, dagster_url=dagster_url)
        accept_repeated_recommendations(console.env)
        with served(console) as url:
            page = logged_in(browser, console, url, viewport=LAPTOP)
            season = Season(console, page, url, started)
            season.follow()
            page.context.close()
    env = console.env
    steps = list(dict.fromkeys(season.steps))
    assert steps[:2] == ["Answer questions", "Start with the first"]
    for label in ("Create the file again", "Download import file", "Upload", "Approve the selected"):
        assert label in steps
    assert season.imports
    assert env.conflicts() == []
    states = {row["status"] for row in env.rows(t.archived_duplicates, year=env.year)}
    assert states <= {"archived", "cleared"}
    assert "archived" in states
