"""A real browser on a served console: Debian's Chromium, driven by Playwright.

Without a Chromium on the machine those tests are skipped.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.console.conftest import PASSWORD, Console

PHONE = {"width": 360, "height": 740}
LAPTOP = {"width": 1366, "height": 768}
DESK = {"width": 1280, "height": 900}
# As long as a busy machine may take; a passing test does not wait for it.
_PATIENCE_MILLISECONDS = 30_000
# Chromium makes no network requests, and runs as root.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser; skips the test when there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("No Chromium on this machine; on Debian: apt-get install chromium")
    expect.set_options(timeout=_PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def served(console: Console) -> Iterator[str]:
    """The console on a port of this machine; the address without a slash at the end."""
    server = uvicorn.Server(uvicorn.Config(console.app, host="127.0.0.1", port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def new_page(browser: Browser, **options: object) -> Page:
    """A page in its own window; an error in the browser's log fails the test."""
    page = browser.new_context(**{"viewport": DESK, "reduced_motion": "reduce", **options}).new_page()
    page.set_default_timeout(_PATIENCE_MILLISECONDS)
    page.on("console", lambda message: _no_errors(message.type, message.text))
    page.on("pageerror", lambda error: pytest.fail(f"a script failed: {error}"))
    return page


def logged_in(browser: Browser, console: Console, url: str, *, name: str = "Erin Editor", **options: object) -> Page:
    """A new page with the session of a user; the login page takes longer, see `log_in`."""
    page = new_page(browser, **options)
    cookies = console.browser(name).cookies.jar
    page.context.add_cookies([{"name": cookie.name, "value": str(cookie.value), "url": url} for cookie in cookies])
    return page


def log_in(page: Page, console: Console, url: str, name: str, role: str) -> None:
    """Log in on the login page."""
    console.services.users.set_user(name, role, PASSWORD)
    page.goto(f"{url}/login")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(lambda address: "/login" not in address)


def _no_errors(kind: str, text: str) -> None:
    # A refused answer (409) is logged by the browser itself; a broken content security policy must not pass.
    if kind == "error" and "Failed to load resource" not in text:
        pytest.fail(f"the browser logged: {text}")
