"""Play the stories of docs/try-it.md in a browser and retake all pictures of the docs: `python docs/try_it.py`.

The stories use a demo of their own in a temporary folder; after the first one, `mentorsync up` is killed and started
again. It takes some minutes and needs Chromium.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
from playwright.sync_api import Download, Page, sync_playwright

IMAGES = Path(__file__).with_name("images")
PICTURES, CONSOLE_PICTURES = IMAGES / "try-it", IMAGES / "console"
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
CLI = [sys.executable, "-m", "mentorsync_pipeline.cli"]
YEAR = 2025
PATIENCE = 300.0
NEW_PHONE = "(706) 555-0188"


class Demo:
    """A demo with 250 mentors in `home`, on free ports."""

    def __init__(self, home: Path) -> None:
        self._home = home
        ui, console, sandbox = (_free_port() for _ in range(3))
        self.console, self.sandbox = f"http://127.0.0.1:{console}", f"http://127.0.0.1:{sandbox}"
        self.dagster = f"http://127.0.0.1:{ui}"
        self._env = {
            **os.environ,
            "MENTORSYNC_HOME": str(home),
            "MENTORSYNC_UI_PORT": str(ui),
            "MENTORSYNC_CONSOLE_PORT": str(console),
            "MENTORSYNC_SANDBOX_PORT": str(sandbox),
        }
        command = [*CLI, "demo", "--by-hand", "--mentors", "250", "--contacts", "5000"]
        subprocess.run(command, env=self._env, check=True)  # noqa: S603  # this program

    def start(self) -> None:
        """Run `mentorsync up --demo` until it answers."""
        with (self._home.parent / "up.log").open("ab") as log:
            self._up = subprocess.Popen([*CLI, "up", "--demo"], env=self._env, stdout=log, stderr=log)  # noqa: S603
        for url in (f"{self.console}/healthz", self.sandbox, f"{self.dagster}/server_info"):
            _wait_until(lambda url=url: _answers(url), f"{url} answers")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop or kill it."""
        self._up.send_signal(number)
        self._up.wait()


class Visitor:
    """A person with a browser on the console and on the sandbox's pages."""

    def __init__(self, demo: Demo, page: Page, folder: Path) -> None:
        self.demo, self.page, self._folder = demo, page, folder

    def picture(self, name: str) -> None:
        """Take a picture of the page as it is."""
        self.page.wait_for_timeout(500)
        self.page.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=82)

    def console(self, path: str = "") -> None:
        """Open a page of the console."""
        self.page.goto(f"{self.demo.console}/{YEAR}{path}")

    def console_picture(self, name: str, path: str, *, at: str | None = None) -> None:
        """Take a picture of a page of the console, scrolled to an element if `at` is its selector."""
        self.console(path)
        self.page.wait_for_timeout(1_000)  # live parts, times and charts
        if at is not None:
            self.page.locator(at).first.evaluate("element => element.scrollIntoView()")
        self.page.screenshot(path=CONSOLE_PICTURES / f"{name}.jpg", type="jpeg", quality=82)

    def dagster_picture(self, name: str, path: str, *, shows: str, click: Sequence[str] = ()) -> None:
        """Take a picture of a page of Dagster's UI that shows an element, after clicks; all are given as selectors."""
        self.page.goto(f"{self.demo.dagster}{path}")
        self.page.locator(shows).last.wait_for()
        self.page.wait_for_timeout(5_000)  # the layout of graphs and the results of checks
        for selector in click:
            self.page.locator(selector).last.click()
            self.page.wait_for_timeout(3_000)
        self.page.screenshot(path=IMAGES / f"{name}.jpg", type="jpeg", quality=82)

    def sandbox(self, path: str) -> None:
        """Open a page of the sandbox."""
        self.page.goto(f"{self.demo.sandbox}{path}")

    def wait_for_headline(self, pattern: str) -> None:
        """Wait on the overview until its headline matches and no run is in progress."""

        def is_there() -> bool:
            self.console()
            self.page.wait_for_timeout(1_500)
            running = self.page.locator("#now .badge.info", has_text="running").count()
            return not running and re.search(pattern, self.page.locator("h1").inner_text()) is not None

        _wait_until(is_there, f"the overview says {pattern}")

    def press_primary(self) -> None:
        """Follow the next step."""
        with self.page.expect_navigation():
            self.page.locator("main .primary").first.click()

    def save(self, click: Callable[[], None]) -> Path:
        """Click on a download and return the saved file."""
        with self.page.expect_download() as started:
            click()
        download: Download = started.value
        path = self._folder / download.suggested_filename
        download.save_as(path)
        return path

    def export(self) -> Path:
        """Export all contacts in the sandbox."""
        self.sandbox("/dashboard/contacts")
        return self.save(self.page.get_by_role("link", name="Export").click)

    def upload(self, path: Path) -> None:
        """Upload a file in the console, and wait until it is loaded."""
        self.console("/files")
        self.page.set_input_files("#upload-form input[type=file]", path)
        self.page.click("#upload-form button")
        states = ["loaded"] if "failed" in path.name else ["loaded", f"{YEAR}: up to date"]
        row = self.page.locator("#uploads li", has_text=path.name)
        for state in states:  # the page refreshes itself
            row.locator(".badge.good", has_text=state).wait_for()

    def import_file(self, path: Path) -> str:
        """Import a file in the sandbox; return the result's headline."""
        self.sandbox("/dashboard/imports")
        self.page.set_input_files("input[type=file]", path)
        self.page.get_by_role("button", name="Import").click()
        return self.page.locator("h1").inner_text()

    def save_contact(self, contact: str, **cells: str) -> str:
        """Change cells of a contact's form and save it; return the page's text. Underscores stand for spaces."""
        self.sandbox(contact)
        for name, text in cells.items():
            self.page.fill(f'[name="{name.replace("_", " ")}"]', text)
        self.page.get_by_role("button", name="Save").click()
        return self.page.inner_text("main")


def main() -> None:
    """Play all stories."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = Demo(Path(folder) / "home")
        demo.start()
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(viewport=DESK, reduced_motion="reduce").new_page()
        page.set_default_timeout(PATIENCE * 1000)
        visitor = Visitor(demo, page, Path(folder))
        try:
            first_loop(visitor)
            demo.stop(signal.SIGKILL)
            demo.start()
            edit_by_hand(visitor)
            wrong_external_id(visitor)
            take_pictures_of_lists(visitor)
            take_pictures_of_dagster(visitor)
        finally:
            demo.stop()


def first_loop(visitor: Visitor) -> None:
    """Export, upload, answer, download, import, export, upload."""
    visitor.wait_for_headline("Upload the contacts export")
    visitor.picture("overview-start")
    path = visitor.export()
    visitor.picture("sandbox-contacts")
    visitor.upload(path)
    visitor.wait_for_headline("Answer [0-9]+ question")
    visitor.console_picture("overview", "")
    take_pictures_of_questions(visitor)
    answer_questions(visitor)
    visitor.wait_for_headline("Create the import file|Your file is ready")
    if "Create" in visitor.page.locator("h1").inner_text():
        visitor.press_primary()
    visitor.wait_for_headline("Your file is ready")
    visitor.picture("overview-ready")
    visitor.console_picture("files", "/files")
    path = visitor.save(visitor.page.locator("main .primary").first.click)
    _require("rejected" not in visitor.import_file(path), "no row is rejected")
    visitor.picture("import-result")
    visitor.upload(visitor.export())
    visitor.wait_for_headline("duplicate|Everything is in Givebutter")
    visitor.picture("overview-done")
    visitor.console_picture("archive", "/archive")


def answer_questions(visitor: Visitor) -> None:
    """Answer every open question with A."""
    page = visitor.page
    while True:
        visitor.console("/conflicts")
        questions = page.locator("main a.open").evaluate_all("links => links.map(link => link.getAttribute('href'))")
        if not questions:
            return
        page.goto(f"{visitor.demo.console}{questions[0]}")
        if not (PICTURES / "question.jpg").exists():
            visitor.picture("question")
        with page.expect_navigation():
            page.locator("button[name=choice][value=a]").click()


def take_pictures_of_questions(visitor: Visitor) -> None:
    """Take pictures of the queue, of one question of two kinds, and of one on a phone in dark."""
    visitor.console_picture("conflicts", "/conflicts")
    for name, kind in (("conflict-contact", "contact_selection"), ("conflict", "external_id_collision")):
        visitor.console(f"/conflicts?type={kind}")
        link = str(visitor.page.locator("main a.open").first.get_attribute("href"))
        visitor.console_picture(name, link.removeprefix(f"/{YEAR}"))
        if kind == "contact_selection":
            visitor.page.set_viewport_size(PHONE)
            visitor.page.emulate_media(color_scheme="dark")
            visitor.console_picture("phone-dark", link.removeprefix(f"/{YEAR}"))
            visitor.page.emulate_media(color_scheme="light")
            visitor.page.set_viewport_size(DESK)


def take_pictures_of_lists(visitor: Visitor) -> None:
    """Take pictures of the other pages."""
    visitor.console_picture("charts", "", at="#charts")
    visitor.console("/mentors?status=complete")
    mentor = str(visitor.page.locator("#list tbody a").first.get_attribute("href"))
    visitor.console_picture("mentor", mentor.removeprefix(f"/{YEAR}"))
    visitor.console("/messages")
    campaign = str(visitor.page.locator("main a[href*='/messages/preview']").first.get_attribute("href"))
    visitor.console_picture("messages", campaign.removeprefix(f"/{YEAR}"))
    for name in ("mentors", "changes", "warnings", "runs"):
        visitor.console_picture(name, f"/{name}")


def take_pictures_of_dagster(visitor: Visitor) -> None:
    """Take pictures of the asset graph, of one asset, and of the dialog of a backfill."""
    start, every_year = 'button:has-text("Materialize all")', '.dagster-portal >> text="All"'
    visitor.dagster_picture("asset-graph", "/asset-groups", shows=start)
    visitor.dagster_picture("mentors-asset", "/assets/mentors", shows='button:has-text("Materialize")')
    visitor.dagster_picture("backfill-years", "/locations/mentorsync/jobs/etl", shows=start, click=(start, every_year))


def edit_by_hand(visitor: Visitor) -> None:
    """Change a mentor's phone in Givebutter: MentorSync has it after the next upload, and the next import keeps it."""
    contact = _a_mentor(visitor)
    _require("Saved." in visitor.save_contact(contact, Phone_Numbers=NEW_PHONE), "the edit is saved")
    visitor.picture("contact-edited")
    mn_id = visitor.page.input_value('[name="Contact External ID"]')
    visitor.upload(visitor.export())
    visitor.console(f"/mentors/{mn_id}")
    _require("555-0188" in visitor.page.inner_text("main"), "the mentor has the new phone")
    visitor.picture("mentor-edited")
    _require("rejected" not in visitor.import_file(download_file(visitor)), "no row is rejected")
    visitor.sandbox(contact)
    _require(visitor.page.input_value('[name="Phone Numbers"]') == "+17065550188", "the edit is kept")
    visitor.upload(visitor.export())
    visitor.page.set_viewport_size(PHONE)
    visitor.sandbox(contact)
    visitor.picture("contact-phone")
    visitor.page.set_viewport_size(DESK)


def wrong_external_id(visitor: Visitor) -> None:
    """Move a mentor's External ID to another contact while the import file is on its way."""
    mentor = _a_mentor(visitor)
    visitor.sandbox(mentor)
    external_id = visitor.page.input_value('[name="Contact External ID"]')
    visitor.sandbox("/dashboard/contacts?q=Mass%20Email")
    strangers = visitor.page.locator("tbody tr").filter(has_not_text=re.compile("Mentors|MN[0-9]"))
    other = str(strangers.first.locator("th a").get_attribute("href"))
    path = download_file(visitor)
    visitor.save_contact(mentor, Contact_External_ID="")
    _require("Saved." in visitor.save_contact(other, Last_Name="Other", Contact_External_ID=external_id), "it is moved")
    _require("1 rejected" in visitor.import_file(path), "the row is rejected")
    visitor.picture("import-rejected")
    rejected = visitor.save(visitor.page.get_by_role("link", name="Download rejected rows").click)
    visitor.upload(rejected)
    visitor.console("/errors")
    visitor.picture("error")
    visitor.console_picture("errors", "/errors")
    visitor.save_contact(other, Contact_External_ID="")
    visitor.save_contact(mentor, Contact_External_ID=external_id)
    visitor.upload(visitor.export())
    _require("rejected" not in visitor.import_file(download_file(visitor)), "no row is rejected")


def download_file(visitor: Visitor) -> Path:
    """Download the newest import file in the console."""
    visitor.console("/files")
    return visitor.save(visitor.page.get_by_role("button", name="Download the import file").click)


def _a_mentor(visitor: Visitor) -> str:
    """Return the address of a contact with an External ID of this year."""
    visitor.sandbox(f"/dashboard/contacts?q=Mentors+{YEAR}")
    rows = visitor.page.locator("tbody tr").filter(has_text=re.compile(r"MN[0-9]+"))
    return str(rows.first.locator("th a").get_attribute("href"))


def _chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        sys.exit("There is no Chromium on this machine; on Debian: apt-get install chromium")
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False


def _wait_until(is_true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not is_true():
        _require(time.monotonic() < end, what)
        time.sleep(1)


def _require(is_true: bool, what: str) -> None:
    if not is_true:
        sys.exit(f"The story stops: it was expected that {what}.")


if __name__ == "__main__":
    main()
