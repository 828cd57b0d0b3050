"""Sessions: they end at a logout, a new password, a changed role or a removed user, for every copy of the cookie."""

import json
import re
import threading
from base64 import b64encode
from html import unescape
from pathlib import Path

import pytest
from itsdangerous import TimestampSigner
from starlette.testclient import TestClient

from mentorsync_pipeline.console.app import create_app
from mentorsync_pipeline.console.auth.headers import CSRF_HEADER
from mentorsync_pipeline.console.auth.sessions import SESSION_SECONDS, SessionFile
from tests.console.conftest import HOST, PASSWORD, Console, csrf_of

COOKIE = "mentorsync_console"


def next_of(page: str) -> str:
    """The page that the login's form leads to."""
    return unescape(re.search(r'name="next" value="([^"]*)"', page).group(1))


def stolen(console: Console, browser: TestClient) -> TestClient:
    """Another browser with a copy of the cookie and of the CSRF token."""
    thief = console.client()
    thief.cookies.set(COOKIE, browser.cookies[COOKIE])
    thief.headers[CSRF_HEADER] = browser.headers[CSRF_HEADER]
    return thief


def restarted(console: Console, client: TestClient) -> TestClient:
    """The same browser on a console that has been started again on the same home."""
    other = TestClient(create_app(console.services), HOST, follow_redirects=False, client=("127.0.0.1", 1))
    other.cookies.set(COOKIE, client.cookies[COOKIE])
    return other


def assert_out(client: TestClient) -> None:
    assert client.get("/api/status").status_code == 401
    assert client.get("/").headers["location"].endswith("/login")


def sessions_path(console: Console) -> Path:
    return console.services.settings.home / "console-sessions.json"


def test_a_copied_cookie_is_invalid_after_the_logout(console):
    browser = console.browser()
    thief = stolen(console, browser)
    assert thief.get("/api/status").status_code == 200
    assert restarted(console, thief).get("/api/status").status_code == 200
    assert browser.post("/logout").status_code == 303
    assert_out(thief)
    assert_out(restarted(console, thief))
    assert thief.post(f"/api/{console.year}/archive/plan").status_code == 401


def test_a_logout_ends_only_its_session(console):
    first, second = console.browser(), console.client()
    second.headers[CSRF_HEADER] = csrf_of(second.get("/login").text)
    second.post("/login", data={"name": "Erin Editor", "password": PASSWORD})
    first.post("/logout")
    assert_out(first)
    assert second.get("/api/status").status_code == 200


def test_a_second_login_in_one_browser_ends_the_first_session(console):
    browser = console.browser()
    thief = stolen(console, browser)
    browser.post("/login", data={"name": "Erin Editor", "password": PASSWORD})
    assert browser.get("/api/status").status_code == 200
    assert_out(thief)


def new_password(console: Console) -> None:
    console.services.users.set_user("Erin Editor", "editor", "another long password")


def same_password_again(console: Console) -> None:
    console.services.users.set_user("Erin Editor", "editor", PASSWORD)


def removed_and_added_again(console: Console) -> None:
    console.services.users.remove_user("Erin Editor")
    console.services.users.set_user("Erin Editor", "editor", PASSWORD)


def role_changed_by_hand(console: Console) -> None:
    path = console.services.users.path
    path.write_text(path.read_text().replace("role: editor", "role: viewer"))


def sessions_lost(console: Console) -> None:
    sessions_path(console).unlink()


def sessions_broken(console: Console) -> None:
    sessions_path(console).write_text('{"users": [')


def sessions_emptied(console: Console) -> None:
    sessions_path(console).write_text("")


@pytest.mark.parametrize(
    "change",
    [
        new_password,
        same_password_again,
        removed_and_added_again,
        role_changed_by_hand,
        sessions_lost,
        sessions_broken,
        sessions_emptied,
    ],
)
def test_changes_that_end_all_sessions_of_a_user(console, change):
    browser = console.browser()
    change(console)
    assert_out(browser)
    assert_out(restarted(console, browser))


def test_the_cookie_of_a_removed_user_is_refused(console):
    browser = console.browser()
    console.services.users.set_user("Vic Viewer", "viewer", PASSWORD)
    console.services.users.remove_user("Erin Editor")
    assert_out(browser)


def test_a_cookie_of_an_earlier_version_is_refused(console):
    """A cookie of an earlier version names the user and cannot be revoked, so it is refused."""
    browser = console.browser()
    user = console.services.users.user("Erin Editor")
    old = b64encode(json.dumps({"user": user.name, "fingerprint": user.fingerprint}).encode())
    client = console.client()
    client.cookies.set(COOKIE, TimestampSigner(console.services.secret).sign(old).decode())
    assert_out(client)
    assert browser.get("/api/status").status_code == 200


def test_the_sessions_file_does_not_reveal_valid_cookies(console):
    """The file's content is no valid cookie, and only its owner can read it."""
    console.browser()
    path = sessions_path(console)
    assert path.stat().st_mode & 0o777 == 0o600
    (key,) = json.loads(path.read_text())
    assert SessionFile(path).find(key) is None


def test_a_logout_that_cannot_be_stored_ends_the_session_in_this_process(console):
    browser = console.browser()
    thief = stolen(console, browser)
    lock = sessions_path(console).with_name(".console-sessions.json.lock")
    lock.unlink()
    lock.mkdir()
    answer = browser.post("/logout")
    assert answer.status_code == 503
    assert "SESSIONS_UNWRITABLE" in answer.text
    assert_out(thief)
    assert_out(browser)


def test_a_session_expires_after_twelve_hours(tmp_path):
    now = [1_000.0]
    sessions = SessionFile(tmp_path / "sessions.json", clock=lambda: now[0])
    session_id = sessions.start("Erin", "fingerprint")
    now[0] += SESSION_SECONDS - 1
    assert sessions.find(session_id) is not None
    now[0] += 1
    assert sessions.find(session_id) is None
    sessions.start("Erin", "fingerprint")
    assert len(json.loads((tmp_path / "sessions.json").read_text())) == 1


@pytest.mark.parametrize("session_id", [None, "", "unknown", 7, ["a"], {"a": 1}, True])
def test_invalid_session_ids(tmp_path, session_id):
    sessions = SessionFile(tmp_path / "sessions.json")
    sessions.start("Erin", "fingerprint")
    assert sessions.find(session_id) is None
    sessions.end(session_id)


def test_two_consoles_of_a_home_lose_no_session(tmp_path):
    files = [SessionFile(tmp_path / "sessions.json") for _ in range(4)]
    started: list[str] = []

    def log_in(sessions: SessionFile) -> None:
        started.extend(sessions.start("Erin", "fingerprint") for _ in range(5))

    threads = [threading.Thread(target=log_in, args=(sessions,)) for sessions in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(started)) == 20
    assert all(files[0].find(session_id) for session_id in started)
    files[1].end(started[0])
    assert files[0].find(started[0]) is None


def test_a_user_has_at_most_fifty_sessions(tmp_path):
    sessions = SessionFile(tmp_path / "sessions.json")
    ids = [sessions.start("Erin", "fingerprint") for _ in range(52)]
    assert [sessions.find(session_id) is None for session_id in ids[:3]] == [True, True, False]


@pytest.mark.parametrize(
    ("next_path", "expected"),
    [
        ("/2025/conflicts?type=phone_mismatch", "/2025/conflicts?type=phone_mismatch"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/\t/evil.example/", "/"),
        ("/2025\r\nSet-Cookie: a=b", "/"),
        ("2025", "/"),
    ],
)
def test_the_login_leads_to_the_wanted_page_of_this_console_only(console, next_path, expected):
    console.services.users.set_user("Erin Editor", "editor", PASSWORD)
    client = console.client()
    client.headers[CSRF_HEADER] = csrf_of(client.get("/login").text)
    form = {"name": "Erin Editor", "password": PASSWORD, "next": next_path}
    assert client.post("/login", data=form).headers["location"] == expected


def test_a_deep_link_survives_the_login_and_a_wrong_password(console):
    console.services.users.set_user("Erin Editor", "editor", PASSWORD)
    client = console.client()
    next_path = f"/{console.year}/mentors?search=O%27Neil&status=complete"
    login = client.get(next_path).headers["location"]
    page = client.get(login).text
    kept = next_of(page)
    assert kept == next_path
    client.headers[CSRF_HEADER] = csrf_of(page)
    refused = client.post("/login", data={"name": "Erin Editor", "password": "wrong", "next": kept})
    assert next_of(refused.text) == next_path
    accepted = client.post("/login", data={"name": "Erin Editor", "password": PASSWORD, "next": kept})
    assert accepted.headers["location"] == next_path
