"""The console while its database is away: 503 with a clear sentence from every page, route and the health check."""

import errno
import re
from datetime import UTC, datetime

import dagster as dg
import psycopg
import psycopg2
import pytest
import sqlalchemy as sa
from dagster_postgres.utils import DagsterPostgresException
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from mentorsync_pipeline.console.app import create_app
from mentorsync_pipeline.console.auth.headers import CSRF_HEADER
from mentorsync_pipeline.console.auth.users import UserFile
from mentorsync_pipeline.console.dagster_client import DagsterClient
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.console.problems import install, status_of
from mentorsync_pipeline.domain.errors import to_database_error
from mentorsync_pipeline.runtime.settings import load_settings
from tests.console.conftest import HOST, NO_DAGSTER, PASSWORD, csrf_of

RUN = "5d5fcc1c-30b4-4b4e-8a0d-7ad8dd6bbd2f"
WITHOUT_DATABASE = {"/login", "/logout", "/api/docs", "/api/openapi.json"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A logged-in browser on a console whose database server is gone."""
    folder = tmp_path_factory.mktemp("console")
    settings = load_settings({"MENTORSYNC_HOME": str(folder)}, folder=folder)
    users = UserFile(settings.console_users)
    users.set_user("Erin Editor", "editor", PASSWORD)
    services = Services(
        engine=sa.create_engine(f"postgresql+psycopg://postgres@/mentorsync?host={folder}"),
        settings=settings,
        users=users,
        dagster=DagsterClient(NO_DAGSTER, ui_url="http://dagster.example"),
        now=lambda: datetime.now(UTC),
        instance=dg.DagsterInstance.ephemeral,
        secret="a secret of the tests, which is long enough for a cookie",
    )
    browser = TestClient(
        create_app(services), HOST, follow_redirects=False, raise_server_exceptions=False, client=("127.0.0.1", 1)
    )
    browser.headers[CSRF_HEADER] = csrf_of(browser.get("/login").text)
    assert browser.post("/login", data={"name": "Erin Editor", "password": PASSWORD}).status_code == 303
    browser.headers[CSRF_HEADER] = csrf_of(browser.get("/login").text)
    return browser


def test_the_health_check_answers_503(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (503, "The database does not answer.")
    assert answer.headers["Retry-After"]


@pytest.mark.parametrize("page", ["/", "/2025", "/2025/mentors.csv", "/2025/conflicts"])
def test_a_page_reports_it(client, page):
    answer = client.get(page)
    assert answer.status_code == 503, answer.text
    assert "DATABASE_UNAVAILABLE" in answer.text
    assert "The database does not answer" in answer.text
    assert answer.headers["Retry-After"]


@pytest.mark.slow
def test_every_route_answers_503_or_refuses_the_request(client):
    """Routes validate address and body first; those that need no database answer normally."""
    addresses = [
        (method, re.sub(r"\{[^}]*\}", "2026", route.path.replace("{run_id}", RUN)))
        for route in iter_route_contexts(client.app.routes)
        if route.path is not None and route.methods and route.path not in WITHOUT_DATABASE
        for method in sorted(route.methods)
    ]
    answers = {(method, path): client.request(method, path) for method, path in addresses}
    others = {address: answer.text[:200] for address, answer in answers.items() if answer.status_code != 503}
    refused = {address for address in others if answers[address].status_code == 422}
    assert others.keys() == refused, others
    assert not [path for method, path in refused if method == "GET"]
    for (_, path), answer in answers.items():
        if path.startswith("/api") and answer.status_code == 503:
            assert answer.json()["code"] == "DATABASE_UNAVAILABLE", path


@pytest.mark.parametrize("code", ["DATABASE_UNAVAILABLE", "DATABASE_NOT_STARTED", "DAGSTER_UNAVAILABLE"])
def test_an_unavailable_program_is_not_a_client_error(code):
    assert status_of(code) == 503


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        sa.exc.OperationalError("INSERT", {"name": "Jane"}, psycopg.errors.lookup("53100")("no")),
    ],
    ids=["folder", "database"],
)
def test_a_full_disk_has_a_code(error):
    app = FastAPI()
    install(app)

    @app.get("/api/act")
    def act() -> None:
        raise error

    answer = TestClient(app, raise_server_exceptions=False).get("/api/act")
    assert (answer.status_code, answer.json()["code"]) == (503, "DISK_FULL")
    assert "Jane" not in answer.text


@pytest.mark.parametrize("sqlstate", ["57014", "40P01", "55P03", "53100", "23505", "22021"])
def test_a_database_error_does_not_count_as_unavailable(sqlstate):
    """Cancelled, deadlock, lock not available, disk full, duplicate, bad text: the server is there."""
    error = psycopg.errors.lookup(sqlstate)("no")
    assert to_database_error(sa.exc.DBAPIError("SELECT", {}, error)) is None


@pytest.mark.parametrize("sqlstate", ["57P01", "57P02", "57P03", "08006", "08001", "53300"])
def test_a_server_that_stops_crashes_or_starts_is_unavailable(sqlstate):
    error = psycopg.errors.lookup(sqlstate)("no")
    assert to_database_error(sa.exc.DBAPIError("SELECT", {}, error)) is not None


@pytest.mark.parametrize(
    ("cause", "is_unavailable"),
    [(psycopg2.OperationalError("server closed the connection"), True), (psycopg2.IntegrityError(), False)],
)
def test_an_error_raised_from_a_lost_connection_is_unavailable(cause, is_unavailable):
    """Dagster's storage gives up with an error of its own."""
    error = DagsterPostgresException("too many retries")
    error.__cause__ = sa.exc.DBAPIError("SELECT", {}, cause)
    assert (to_database_error(error) is not None) is is_unavailable
