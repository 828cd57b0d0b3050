"""Logins, roles, tokens, CSRF, limits and headers of the console."""

import re
from urllib.parse import quote

import pytest
import yaml
from argon2 import Type
from fastapi.routing import iter_route_contexts

from mentorsync_pipeline.console.auth.headers import CSRF_HEADER
from tests.console.conftest import HASHER, PASSWORD, Console, console_on, csrf_of

PUBLIC = {"/login", "/logout", "/healthz"}


def routes(console: Console) -> list[tuple[str, str]]:
    """Every method and address that needs a login."""
    pairs = [
        (method, re.sub(r"\{[^}]*\}", "2026", route.path))
        for route in iter_route_contexts(console.app.routes)
        if route.path is not None and route.methods and route.path not in PUBLIC
        for method in sorted(route.methods)
    ]
    assert ("GET", "/") in pairs
    return pairs


def test_everything_but_the_login_needs_a_login(console):
    console.services.users.set_user("Erin Editor", "editor", PASSWORD)
    client = console.client()
    for method, path in routes(console):
        answer = client.request(method, path)
        is_api = path.startswith("/api") and path != "/api/docs"
        assert answer.status_code == (401 if is_api else 303), f"{method} {path}"
        next_path = quote(path, safe="") if method == "GET" and path != "/" else None
        login = f"/login?next={next_path}" if next_path else "/login"
        assert is_api or answer.headers["location"] == login


def test_changes_without_the_csrf_token_are_refused(console):
    browser = console.browser()
    del browser.headers[CSRF_HEADER]
    for method, path in routes(console):
        if method != "GET":
            assert browser.request(method, path).status_code == 403, f"{method} {path}"
            assert browser.request(method, path, headers={CSRF_HEADER: "guessed"}).status_code == 403


def test_a_viewer_cannot_make_changes(console):
    browser, token = console.browser("Vic Viewer", "viewer"), console.token("viewer")
    for method, path in routes(console):
        if method != "GET":
            assert browser.request(method, path).status_code == 403, f"{method} {path}"
            assert console.client(token).request(method, path).status_code == 403, f"{method} {path}"


def test_a_wrong_password_does_not_reveal_whether_the_name_exists(console):
    console.services.users.set_user("Erin Editor", "editor", PASSWORD)
    client = console.client()
    client.headers[CSRF_HEADER] = csrf_of(client.get("/login").text)
    answers = [client.post("/login", data={"name": name, "password": "wrong"}) for name in ("Erin Editor", "Nobody")]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert "Name or password is wrong." in answers[0].text


def test_after_five_attempts_even_the_correct_password_is_refused(console):
    console.services.users.set_user("Erin Editor", "editor", PASSWORD)
    client = console.client()
    client.headers[CSRF_HEADER] = csrf_of(client.get("/login").text)
    for name in ("Erin Editor", " Erin  Editor", "Erin Editor\t", "Erin\u200b Editor", "Erin\xa0Editor"):
        client.post("/login", data={"name": name, "password": "wrong"})
    answer = client.post("/login", data={"name": "erin editor", "password": PASSWORD})
    assert answer.status_code == 429
    assert "Too many logins have been tried. Wait a minute" in answer.text
    assert 'name="password"' in answer.text


def test_a_cross_site_login_form_is_refused(console):
    console.services.users.set_user("Erin Editor", "editor", PASSWORD)
    answer = console.client().post("/login", data={"name": "Erin Editor", "password": PASSWORD})
    assert answer.status_code == 403


def test_logging_out_a_new_password_and_removal_end_a_session(console):
    browser = console.browser()
    assert browser.get("/").status_code == 303
    assert browser.get("/").headers["location"] == f"/{console.year}"
    console.services.users.set_user("Erin Editor", "editor", "another long password")
    assert browser.get("/").headers["location"].endswith("/login")

    browser = console.browser()
    browser.post("/logout")
    assert browser.get("/").headers["location"].endswith("/login")

    browser = console.browser()
    console.services.users.remove_user("Erin Editor")
    console.services.users.set_user("Somebody Else", "viewer", PASSWORD)
    assert browser.get("/").headers["location"].endswith("/login")


def test_a_token_is_refused_once_it_is_removed(console):
    console.services.users.set_user("Erin Editor", "editor", PASSWORD)
    client = console.client(console.token())
    assert client.get("/api/openapi.json").status_code == 200
    console.services.users.remove_token("a editor's program")
    assert client.get("/api/openapi.json").status_code == 401


def test_the_users_file_has_no_passwords_and_only_its_owner_can_read_it(console):
    console.services.users.set_user("Erin Editor", "editor", PASSWORD)
    secret = console.token()
    path = console.services.users.path
    assert path.stat().st_mode & 0o777 == 0o600
    assert "$argon2id$" in path.read_text()
    assert PASSWORD not in path.read_text()
    assert secret not in path.read_text()


def test_the_hash_of_a_password_takes_much_work():
    """At least the second recommended option of RFC 9106 for machines with little memory."""
    assert (HASHER.type, HASHER.memory_cost >= 64 * 1024, HASHER.time_cost >= 3) == (Type.ID, True, True)


@pytest.mark.parametrize("damaged", ["é", "", "$argon2id$v=19$m=65536,t=3,p=4$é$é", "$2b$12$abcdefghijklmnopqrstuv"])
def test_a_hash_that_cannot_be_compared_allows_no_login(console, damaged):
    users = console.services.users
    users.set_user("Erin Editor", "editor", PASSWORD)
    content = yaml.safe_load(users.path.read_text())
    content["users"] = [{**user, "password": damaged} for user in content["users"]]
    users.path.write_text(yaml.safe_dump(content, allow_unicode=True))
    client = console.client()
    page = client.get("/login")
    form = {"name": "Erin Editor", "password": PASSWORD, "csrf_token": csrf_of(page.text)}
    assert client.post("/login", data=form).status_code == 401


def test_a_broken_users_file_allows_no_login(console):
    browser = console.browser()
    console.services.users.path.write_text("users: [broken")
    answer = browser.get("/")
    assert answer.status_code == 503
    assert "USERS_UNREADABLE" in answer.text


@pytest.mark.parametrize("path", ["/login", "/healthz", "/static/css/app.css", "/nothing"])
def test_every_response_has_the_security_headers(shown, path):
    headers = shown.client().get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_another_host_name_is_refused(shown):
    """A page of another host that resolves its name to this machine (DNS rebinding) is refused."""
    for host in ("evil.example", "127.0.0.1.evil.example", "evil@127.0.0.1", "[::1].evil.example", "localhost.", ""):
        answer = shown.client().get("/login", headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (400, "HOST_UNKNOWN")
        assert "MENTORSYNC_CONSOLE_URL" in answer.json()["what_to_do"]


@pytest.mark.parametrize(
    ("setting", "host"),
    [
        ({"MENTORSYNC_CONSOLE_HOST": "fd00:0::5"}, "[fd00::5]:3100"),
        ({"MENTORSYNC_CONSOLE_URL": "http://[FD00::5]:8080"}, "[fd00::5]:8080"),
        ({"MENTORSYNC_CONSOLE_URL": "https://Börse.example"}, "xn--brse-5qa.example"),
        ({"MENTORSYNC_CONSOLE_URL": "https://Console.example"}, "console.EXAMPLE"),
        ({}, "[::1]:3100"),
    ],
)
def test_the_consoles_own_address_is_served_in_every_spelling(rounds, tmp_path, setting, host):
    console = console_on(rounds.read_only("settled"), tmp_path, **setting)
    assert console.client().get("/login", headers={"Host": host}).status_code == 503  # without users
    assert console.client().get("/login", headers={"Host": "other.example"}).status_code == 400


def test_behind_tls_cookies_are_secure_and_https_is_required(rounds, start, tmp_path):
    console = console_on(
        start(rounds["settled"], serve=False), tmp_path, MENTORSYNC_CONSOLE_URL="https://console.example.org"
    )
    answer = console.client().get("/login", headers={"Host": "console.example.org"})
    cookie = answer.headers["set-cookie"].lower()
    assert "secure" in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_a_request_that_is_too_large_is_refused_before_it_is_read(shown):
    answer = shown.client().post("/login", content=b"x" * 1_000_001)
    assert answer.status_code == 413
    assert answer.json()["code"] == "TOO_LARGE"
