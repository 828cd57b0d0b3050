"""Requests that are too large: 413 for programs and people, for every way of sending, and nothing is stored."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from mentorsync_pipeline.console.auth import size
from mentorsync_pipeline.console.auth.headers import CSRF_HEADER
from mentorsync_pipeline.db import tables
from mentorsync_pipeline.resources.drop_folder import DropFolderError, DropFolderResource
from tests.console.conftest import Console, console_on, csrf_of
from tests.console.test_security import routes
from tests.support.full_disk import full_disk

MB = 1_000_000
CHUNK = b"x" * 50_000


@pytest.fixture(scope="module")
def own(rounds, tmp_path_factory) -> Console:
    """A console on a year that these tests do not change."""
    console = console_on(rounds.read_only("settled"), tmp_path_factory.mktemp("console"))
    Path(console.services.settings.drop_dir).mkdir()
    return console


@pytest.fixture(scope="module")
def secret(own) -> str:
    return own.token()


@contextmanager
def served(console: Console, http: str) -> Iterator[int]:
    """The console on a port, served by one of uvicorn's two implementations of HTTP."""
    config = uvicorn.Config(console.app, host="127.0.0.1", port=0, http=http, log_level="error", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module", params=["httptools", "h11"])
def port(own, request) -> Iterator[int]:
    with served(own, request.param) as port:
        yield port


def connect(port: int, head: str, secret: str) -> socket.socket:
    """A connection after the headers of an upload were sent."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=120)
    lines = [
        "POST /api/uploads?name=a.csv HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Authorization: Bearer {secret}",
        head,
    ]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    return connection


def answer_on(connection: socket.socket) -> tuple[str, dict]:
    """The whole answer, up to where the server closes the connection."""
    received = b""
    while piece := connection.recv(65_536):
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    return head.decode().splitlines()[0], json.loads(body)


def assert_too_large(connection: socket.socket) -> None:
    status, problem = answer_on(connection)
    assert status.startswith("HTTP/1.1 413 ")
    assert (problem["code"], problem["status"]) == ("TOO_LARGE", 413)
    assert "2 MB" in problem["detail"]


def assert_nothing_left(console: Console) -> None:
    assert list(Path(console.services.settings.drop_dir).iterdir()) == []
    uploads = console.services.settings.home / "uploads"
    assert not uploads.exists() or list(uploads.iterdir()) == []
    assert "file_uploaded" not in {row["act"] for row in console.env.rows(tables.audit_log)}


@pytest.fixture(autouse=True)
def _smaller(monkeypatch) -> None:
    monkeypatch.setattr(size, "UPLOAD_BYTES", 2 * MB)


def test_a_client_that_sends_everything_before_it_reads_gets_the_answer(own, port, secret):
    with connect(port, "Transfer-Encoding: chunked", secret) as connection:
        for _ in range(6 * MB // len(CHUNK)):
            connection.sendall(b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK))
        connection.sendall(b"0\r\n\r\n")
        assert_too_large(connection)
    assert_nothing_left(own)


def test_a_client_that_sends_endlessly_gets_the_answer(own, port, secret):
    with connect(port, "Transfer-Encoding: chunked", secret) as connection:
        for _ in range(2 * MB // len(CHUNK) + 2):
            connection.sendall(b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK))
        assert connection.recv(12) == b"HTTP/1.1 413"
        connection.sendall(b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK))  # still no reset
    assert_nothing_left(own)


def test_an_announced_size_is_refused_while_the_client_sends(own, port, secret):
    with connect(port, f"Content-Length: {6 * MB}", secret) as connection:
        connection.sendall(b"x" * 6 * MB)
        assert_too_large(connection)
    assert_nothing_left(own)


def test_a_client_that_expects_continue_is_refused_before_it_sends(own, port, secret):
    with connect(port, f"Content-Length: {6 * MB}\r\nExpect: 100-continue", secret) as connection:
        assert_too_large(connection)


def test_a_client_that_announces_much_and_sends_little_does_not_hold_the_connection(own, port, secret, monkeypatch):
    monkeypatch.setattr(size, "_IDLE_SECONDS", 0.1)
    with connect(port, f"Content-Length: {6 * MB}", secret) as connection:
        connection.sendall(CHUNK)
        assert_too_large(connection)


def test_an_upload_to_a_full_disk_leaves_no_file(own, secret):
    with full_disk(MB):
        answer = own.client(secret).post("/api/uploads", content=b"x" * (MB + 500_000))
    assert (answer.status_code, answer.json()["code"]) == (503, "UPLOAD_NOT_STORED")
    assert_nothing_left(own)


def test_a_drop_folder_on_a_full_disk_has_no_partial_file(tmp_path):
    (tmp_path / "drop").mkdir()
    export = tmp_path / "contacts.csv"
    export.write_bytes(b"x" * MB)
    drop = DropFolderResource(path=str(tmp_path / "drop"))
    with full_disk(1_000), pytest.raises(DropFolderError, match="Free space on the disk"):
        drop.put(export, mark="mark")
    assert list((tmp_path / "drop").iterdir()) == []


@pytest.mark.parametrize("announced", ["2000001", "99999999999999999999", "9" * 5_000, "0002000001"])
def test_every_announced_size_above_the_limit_is_refused(own, secret, announced):
    answer = own.client(secret).post("/api/uploads", content=b"x", headers={"Content-Length": announced})
    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")


def test_a_request_of_the_maximum_size_is_accepted(own, secret):
    answer = own.client(secret).post("/api/uploads", content=b"x" * (2 * MB))
    assert answer.status_code == 422, "it is no export, but it is not too large"
    assert own.client(secret).post("/api/uploads", content=b"x" * (2 * MB + 1)).status_code == 413
    assert_nothing_left(own)


def test_only_the_upload_accepts_more_than_a_form(own, secret):
    program = own.client(secret)
    changing = [(method, path) for method, path in routes(own) if method not in {"GET", "HEAD"}]
    assert len(changing) > 20
    for method, path in [*changing, ("POST", "/login"), ("POST", "/logout"), ("POST", "/nothing/uploads")]:
        if path != "/api/uploads":
            answer = program.request(method, path, content=b"x" * (MB + 1))
            assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE"), f"{method} {path}"


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("application/json", "/api/{year}/export"),
        ("application/json", "/api/{year}/archive/approve"),
        ("application/x-www-form-urlencoded", "/{year}/files/export"),
        ("application/x-www-form-urlencoded", "/{year}/conflicts/accept"),
        ("multipart/form-data; boundary=b", "/{year}/files/export"),
    ],
)
def test_a_body_without_a_length_is_counted(own, secret, kind, path):
    start = b'--b\r\nContent-Disposition: form-data; name="reason"\r\n\r\n' if "multipart" in kind else b"reason="
    body = iter([start, *[CHUNK] * 30])
    answer = own.client(secret).post(path.format(year=own.year), content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")


def test_an_upload_without_the_sessions_token_is_refused_unread(console):
    """curl sends a file as a form by default; a form of 2 GB is not parsed for a field."""
    browser = console.browser()
    del browser.headers[CSRF_HEADER]
    sent = []

    def body() -> Iterator[bytes]:
        for number in range(20):
            sent.append(number)
            yield CHUNK

    answer = browser.post("/api/uploads", content=body(), headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, answer.json()["code"]) == (403, "CSRF_FAILED")
    assert len(sent) <= 1


def test_a_browser_gets_a_page(own):
    answer = own.client().post("/login", content=b"x" * (MB + 1), headers={"Accept": "text/html,*/*"})
    assert answer.status_code == 413
    assert "<h1>" in answer.text
    assert "The request is larger than 1 MB and was refused" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_files_page_has_the_limit(console):
    page = console.browser().get(f"/{console.year}/files").text
    assert 'data-largest="2000000000"' in page
    assert "larger than 2.0 GB" in page


def test_a_too_large_login_form_is_not_an_attempt(own):
    client = own.client()
    client.headers[CSRF_HEADER] = csrf_of(client.get("/login").text)
    for _ in range(7):
        assert client.post("/login", content=iter([CHUNK] * 30)).status_code in {413, 503}
