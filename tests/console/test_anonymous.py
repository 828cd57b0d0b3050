"""A console without users is closed, unless a setting opens it to this machine only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from mentorsync_pipeline.console.app import create_app
from mentorsync_pipeline.console.auth.anonymous import (
    comes_from_this_machine,
    is_loopback,
    serves_this_machine_only,
)
from mentorsync_pipeline.console.auth.headers import CSRF_HEADER
from mentorsync_pipeline.console.auth.users import UserFile
from mentorsync_pipeline.runtime.settings import load_settings
from tests.console.conftest import HOST, PASSWORD, Console, csrf_of

ADD_USER = "mentorsync console add-user NAME --editor"


@pytest.fixture
def users_path(tmp_path: Path) -> Path:
    return tmp_path / "console-users.yaml"


def client_of(
    shown: Console, folder: Path, *, host: str = HOST, peer: str = "127.0.0.1", **settings: str
) -> TestClient:
    """A browser without a login on a console with these settings and a users file in `folder`."""
    loaded = load_settings({"MENTORSYNC_HOME": str(folder), **settings}, folder=folder)
    app = create_app(replace(shown.services, settings=loaded, users=UserFile(loaded.console_users)))
    return TestClient(app, host, follow_redirects=False, raise_server_exceptions=False, client=(peer, 1))


def anonymous(shown: Console, folder: Path, **more: str) -> TestClient:
    return client_of(shown, folder, MENTORSYNC_CONSOLE_ANONYMOUS="1", **more)


def assert_closed(client: TestClient, *, year: int = 2025, **headers: str) -> None:
    """Pages and routes are refused, nothing can be changed, and the answer has the command that adds a user."""
    page = client.get("/login", headers=headers)
    token = {CSRF_HEADER: csrf_of(page.text)}
    answers = [
        client.get("/", headers=headers),
        client.get("/api/status", headers=headers),
        client.post(f"/api/{year}/archive/plan", headers=headers | token),
        client.post("/api/uploads", content=b"x", headers=headers | token),
    ]
    assert [answer.status_code for answer in [page, *answers]] == [503] * 5
    for answer in [page, *answers]:
        assert ADD_USER in answer.text


def test_without_users_and_setting_access_is_refused(shown, tmp_path):
    client = client_of(shown, tmp_path)
    assert_closed(client)
    problem = client.get("/api/status").json()
    assert (problem["code"], problem["status"]) == ("CONSOLE_HAS_NO_USERS", 503)
    assert client.get("/healthz").text == "ok"


@pytest.mark.parametrize("value", ["0", "false", "no", "off", ""])
def test_other_values_of_the_setting_do_not_allow_access(shown, tmp_path, value):
    assert_closed(client_of(shown, tmp_path, MENTORSYNC_CONSOLE_ANONYMOUS=value))


def test_the_setting_allows_access_from_this_machine(shown, tmp_path):
    client = anonymous(shown, tmp_path)
    assert client.get("/").status_code == 303
    assert client.get("/").headers["location"] == f"/{shown.year}"
    assert client.get("/api/status").status_code == 200
    assert client.post(f"/api/{shown.year}/archive/plan").status_code == 403, "a page elsewhere may not post"


@pytest.mark.parametrize(
    "settings",
    [
        {"MENTORSYNC_CONSOLE_HOST": "0.0.0.0"},  # noqa: S104
        {"MENTORSYNC_CONSOLE_HOST": "::"},
        {"MENTORSYNC_CONSOLE_HOST": "192.0.2.7"},
        {"MENTORSYNC_CONSOLE_HOST": "console.example.org"},
        {"MENTORSYNC_CONSOLE_HOST": "127.0.0.1.example.org"},
        {"MENTORSYNC_CONSOLE_URL": "https://mentors.example.org"},
        {"MENTORSYNC_CONSOLE_URL": "http://mentors.example.org:3100"},
        {"MENTORSYNC_CONSOLE_URL": "https://127.0.0.1.example.org"},
        {"MENTORSYNC_CONSOLE_URL": "https://localhost.example.org"},
        {"MENTORSYNC_CONSOLE_HOST": "0.0.0.0", "MENTORSYNC_CONSOLE_URL": "http://127.0.0.1:3100"},  # noqa: S104
    ],
)
def test_the_setting_allows_nothing_that_others_can_reach(shown, tmp_path, settings):
    assert_closed(anonymous(shown, tmp_path, **settings))


@pytest.mark.parametrize(
    "header",
    [
        *(
            "Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "X-Forwarded-Host",
            "x-real-ip",
            "Via",
            "CF-Connecting-IP",
        ),
        *("X-Original-Forwarded-For", "X-Envoy-External-Address", "X-Azure-ClientIP", "Fly-Client-IP", "Cf-Ray"),
        *("Tailscale-User-Login", "Front-End-Https", "Origin", "Client-Ip", "CDN-Loop", "X-Vercel-Id"),
        *("X-Request-ID", "X-Nginx-Proxy", "X-Forward-For", "X-Url-Scheme", "X-SSL-Client-Cert", "X-Auth-Request-User"),
        *("traceparent", "Remote-User", "Max-Forwards"),
    ],
)
def test_a_forwarded_request_is_not_from_this_machine(shown, tmp_path, header):
    """A proxy on the same machine connects from 127.0.0.1; its header may be forged."""
    client = anonymous(shown, tmp_path)
    assert_closed(client, **{header: "https://mentors.example.org" if header == "Origin" else "127.0.0.1"})
    assert client.get("/api/status").status_code == 200


@pytest.mark.parametrize(("version", "expected"), [("1.0", False), ("1.1", True)])
def test_a_request_of_a_proxy_without_headers_is_not_from_this_machine(version, expected):
    """As nginx forwards by default: HTTP/1.0, the console's own address as Host, no header of its own."""
    scope = {"type": "http", "http_version": version, "server": ("127.0.0.1", 3100), "client": ("127.0.0.1", 5000)}
    connection = HTTPConnection(scope | {"headers": [(b"host", b"127.0.0.1:3100")]})
    assert comes_from_this_machine(connection) is expected


def test_a_request_from_or_to_another_address_is_refused(shown, tmp_path):
    assert_closed(anonymous(shown, tmp_path, peer="192.0.2.9"))
    client = anonymous(shown, tmp_path, host="http://192.0.2.1")
    assert client.get("/api/status", headers={"Host": "127.0.0.1"}).status_code == 503


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "127.evil.example"]
)
def test_dns_rebinding_is_refused(shown, tmp_path, host):
    assert anonymous(shown, tmp_path).get("/api/status", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["http://localhost:3100", "http://127.0.0.1:3100", "http://[::1]:3100"])
def test_every_loopback_name_is_this_machine(shown, tmp_path, host):
    peer = "::1" if "[" in host else "127.0.0.1"
    server = {"MENTORSYNC_CONSOLE_HOST": "::1" if "[" in host else "127.0.0.1", "MENTORSYNC_CONSOLE_URL": host}
    assert anonymous(shown, tmp_path, host=host, peer=peer, **server).get("/api/status").status_code == 200


@pytest.mark.parametrize("host", ["::1", "127.0.0.5", "localhost"])
def test_the_default_url_of_a_loopback_listener_is_this_machine(tmp_path, host):
    assert serves_this_machine_only(load_settings({"MENTORSYNC_CONSOLE_HOST": host}, folder=tmp_path))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        (None, False),
        ("", False),
        ("0", False),
        ("127.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("::ffff:192.0.2.1", False),
        ("127.0.0.1.nip.io", False),
        ("localhost.example.org", False),
        ("localhost.", False),
    ],
)
def test_hosts_of_this_machine(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize("allowed", ["1", "0"])
def test_removing_the_last_user_closes_the_running_console(shown, tmp_path, users_path, allowed):
    users = UserFile(users_path)
    users.set_user("Erin Editor", "editor", PASSWORD)
    client = client_of(shown, tmp_path, MENTORSYNC_CONSOLE_ANONYMOUS=allowed)
    assert client.get("/api/status").status_code == 401
    users.remove_user("Erin Editor")
    assert_closed(client)
    users.set_user("Vic Viewer", "viewer", PASSWORD)
    assert client.get("/api/status").status_code == 401


def empty(path: Path) -> None:
    path.write_text("")


def blank(path: Path) -> None:
    path.write_text("\n \n# nothing\n")


def no_one(path: Path) -> None:
    path.write_text("users: []\ntokens: []\n")


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("gone.yaml"))


@pytest.mark.parametrize("allowed", ["1", "0"])
@pytest.mark.parametrize("damage", [Path.unlink, empty, blank, no_one, a_folder, a_link_to_nothing])
def test_losing_the_users_file_closes_the_running_console(shown, tmp_path, users_path, damage, allowed):
    users = UserFile(users_path)
    users.set_user("Erin Editor", "editor", PASSWORD)
    secret = users.add_token("report", "editor", now=shown.services.now())
    client = client_of(shown, tmp_path, MENTORSYNC_CONSOLE_ANONYMOUS=allowed)
    program = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/status", headers=program).status_code == 200
    damage(users_path)
    for path in ("/", "/login", "/api/status"):
        assert client.get(path).status_code == 503, path
    assert client.post("/api/2025/archive/plan").status_code == 503
    assert client.get("/api/status", headers=program).status_code in {401, 503}


@contextmanager
def not_as_root() -> Iterator[None]:
    """Without root's right to read every file."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("of_folder", [True, False])
def test_an_unreadable_users_file_closes_the_console(shown, tmp_path, of_folder):
    folder = tmp_path / "users"
    users_path = folder / "console-users.yaml"
    UserFile(users_path).set_user("Erin Editor", "editor", PASSWORD)
    client = anonymous(shown, tmp_path, MENTORSYNC_CONSOLE_USERS=str(users_path))
    (folder if of_folder else users_path).chmod(0)
    with not_as_root():
        answer = client.get("/api/status")
    folder.chmod(0o700)
    assert (answer.status_code, answer.json()["code"]) == (503, "USERS_UNREADABLE")


@pytest.mark.parametrize("damage", [empty, blank, a_folder, a_pipe])
def test_a_damaged_users_file_does_not_count_as_no_users(shown, tmp_path, users_path, damage):
    """The file was damaged before the console started, so the console has not read its users."""
    UserFile(users_path).set_user("Erin Editor", "editor", PASSWORD)
    damage(users_path)
    answer = anonymous(shown, tmp_path).get("/api/status")
    assert (answer.status_code, answer.json()["code"]) == (503, "USERS_UNREADABLE")


@pytest.mark.parametrize(
    "text",
    [
        "users: [broken",
        "just words",
        "[]",
        "false",
        "users: {}",
        "users: [{name: Erin, role: owner, password: x}]",
        "users: [{name: Erin, role: editor}]",
        "users: [{name: '', role: editor, password: x}]",
        "admins: []",
        "tokens: [{name: a, role: editor, sha256: 'ä', made_at: 2025-01-01}]",
        "tokens: [{name: a, role: editor, sha256: x, made_at: 2025-99-99}]",
        "users: " + "[" * 1100,  # deeper than Python recurses
        "users: [{name: A, role: editor, password: x}, {name: A, role: viewer, password: x}]",
        "\x00",
    ],
)
def test_an_invalid_users_file_allows_no_login(shown, tmp_path, users_path, text):
    users_path.write_text(text)
    client = anonymous(shown, tmp_path)
    for path in ("/", "/login", "/api/status"):
        answer = client.get(path, headers={"Authorization": "Bearer guessed"})
        assert answer.status_code == 503, path
        assert "USERS_UNREADABLE" in answer.text
    users_path.write_bytes(b"users: \xff\xfe")
    assert client.get("/api/status").json()["code"] == "USERS_UNREADABLE"


def test_adding_a_user_repairs_an_empty_file(shown, tmp_path, users_path):
    empty(users_path)
    client = client_of(shown, tmp_path)
    assert client.get("/").status_code == 503
    UserFile(users_path).set_user("Erin Editor", "editor", PASSWORD)
    assert client.get("/").status_code == 303
    assert UserFile(users_path).login("Erin Editor", PASSWORD) is not None


def test_a_token_works_without_a_user_and_a_wrong_one_does_not(shown, tmp_path, users_path):
    secret = UserFile(users_path).add_token("report", "viewer", now=shown.services.now())
    client = client_of(shown, tmp_path)
    assert client.get("/api/status", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert client.get("/api/status", headers={"Authorization": "Bearer guessed"}).status_code == 401
    assert client.get("/api/status").status_code == 503
