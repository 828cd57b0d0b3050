"""Starting runs and following them, on Dagster's real web server."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from mentorsync_pipeline.campaigns.configuration import read_config
from mentorsync_pipeline.db import tables
from tests.console.conftest import Console, console_on
from tests.console.dagster_server import DagsterServer, dagster_server
from tests.support.rounds import Rounds
from tests.support.snapshots import NewEnvironment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def live(
    rounds: Rounds,
    start_shared: NewEnvironment,
    new_database: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Console, DagsterServer]]:
    """A console with Dagster's web server and no daemon, so that runs stay queued until a test starts one."""
    env = start_shared(rounds["settled"], serve=True)
    folder = tmp_path_factory.mktemp("live")
    with dagster_server(env, new_database(migrated=False), folder) as server:
        env.instance = server.instance
        console = console_on(env, folder / "home", dagster_url=server.url, MENTORSYNC_DROP_DIR=str(folder / "drop"))
        yield console, server


def test_runs_are_started_once_and_report_their_progress(live):
    """Of the year, of an uploaded file, and of the next year that is opened; the daemon starts late."""
    console, server = live
    browser, program = console.browser(), console.client(console.token())
    year = console.year
    assert "Sync everything" in browser.get(f"/{year}/runs").text

    started = program.post(f"/api/{year}/etl")
    assert started.status_code == 202, started.text
    run_id = started.json()["run_id"]
    assert started.headers["Location"] == f"/api/runs/{run_id}"
    assert program.get(f"/api/runs/{run_id}").json()["status"] == "QUEUED"

    # a second person is shown that run, for any job of the year
    again = program.post(f"/api/{year}/sync")
    assert (again.status_code, again.json()["code"]) == (409, "RUN_IN_FLIGHT")
    answer = browser.post(f"/{year}/runs", data={"job": "sync"})
    assert answer.headers["Location"] == f"/{year}/runs/{run_id}?already=yes"
    assert "no second one was started" in browser.get(answer.headers["Location"]).text

    # an uploaded file is complete, so its run starts at once
    env = console.env
    env.server.dashboard.edit(env.server.sandbox.contacts.all()[0].id, title="Changed")
    path = env.server.dashboard.export_to(server.folder)
    taken = program.post("/api/uploads", params={"name": path.name}, content=path.read_bytes())
    upload = program.get(taken.headers["Location"]).json()
    assert upload["state"] == "loading"
    assert ">loading<" in browser.get(f"/{year}/files/uploads").text
    assert "No runs are started at the moment" in browser.get(f"/{year}/files/uploads").text

    status = f"/{year}/runs/{run_id}/status"
    assert f"/api/runs/{run_id}/events" in browser.get(status).text
    waiting = start_and_stop_a_run(console, browser, program)
    assert waiting != run_id
    opening = open_next_year(console, browser)
    with server.daemon():
        for started_run in (run_id, upload["run_id"], opening.rpartition("/")[2]):
            assert server.wait_for(started_run).value == "SUCCESS"
    assert_next_year_is_open(console, browser, opening)
    run = server.instance.get_run_by_id(upload["run_id"])
    assert run.tags["mentorsync/cause"] == f"dropped:{upload['sha256']}"
    page = browser.get(status).text
    assert f"/api/runs/{run_id}/events" not in page
    assert "It took" in page
    assert "Prepare import rows" in page
    assert "Import file with" not in page
    assert "contacts loaded" in browser.get(f"/{year}/runs").text
    report = program.get(f"/api/runs/{run_id}").json()
    assert json.loads(program.get(f"/api/runs/{run_id}/events").text.removeprefix("event: run\ndata: ")) == report
    assert report["steps_done"] == report["steps_total"] > 8
    assert set(report["result"].values()) <= {0, None}
    assert program.post(f"/api/runs/{run_id}/stop").json()["code"] == "RUN_NOT_STOPPED"
    assert [row["subject"] for row in env.rows(tables.audit_log) if row["act"] == "run_stopped"] == [waiting]
    assert report["started_by"] == "a editor's program"
    assert {"deduplicated_signups", "mentors", "mn_gb_import"} <= {asset["asset"] for asset in report["assets"]}
    assert {asset["status"] for asset in report["assets"]} == {"success"}


def start_and_stop_a_run(console: Console, browser: TestClient, program: TestClient) -> str:
    """Start a run with a retry of an error, and stop it before it starts."""
    year = console.year
    waiting = program.post(f"/api/{year}/errors/retry", json={"ids": [open_error(console)]}).json()["run_id"]
    assert program.post(f"/api/{year}/errors/retry", json={"ids": [open_error(console)]}).json()["run_id"] == waiting
    assert "It starts in a moment, or after the run before it." in browser.get(f"/{year}/runs/{waiting}").text
    assert browser.post(f"/{year}/runs/{waiting}/stop").headers["Location"] == f"/{year}/runs/{waiting}"
    assert program.get(f"/api/runs/{waiting}").json()["status"] == "CANCELED"
    page = browser.get(f"/{year}/runs/{waiting}").text
    assert "Stopped by Erin Editor; nothing is half-written." in page
    assert "Start it again" in page
    assert 'class="alert"' not in page
    assert program.post(f"/api/runs/{waiting}/stop").json()["code"] == "RUN_NOT_STOPPED"
    return waiting


def next_years_form(console: Console) -> dict[str, Any]:
    """What a person types to open the next year."""
    year = console.year + 1
    return {
        "campaign_year": year,
        "jotform_signup_form_id": "270000000000001",
        "jotform_setup_form_id": "270000000000002",
        "jotform_training_form_id": "270000000000003",
        "givebutter_campaign_code": "ABC123",
        "event_date": f"{year}-11-07",
        "external_id_template": "{year}-{mn_id}",
    }


def open_next_year(console: Console, browser: TestClient) -> str:
    """Open the next year on its page, twice; return the address of its run."""
    answer = browser.post(f"/{console.year}/opening", data=next_years_form(console))
    assert answer.status_code == 303, answer.text
    run_page = answer.headers["Location"]
    again = browser.post(f"/{console.year}/opening", data=next_years_form(console))
    assert again.headers["Location"] == f"{run_page}?already=yes"
    return run_page


def assert_next_year_is_open(console: Console, browser: TestClient, run_page: str) -> None:
    year = console.year + 1
    assert "It took" in browser.get(run_page).text
    assert browser.get(f"/{year}").status_code == 200
    with console.services.reading() as conn:
        config = read_config(conn, year)
    assert (config.jotform_signup_form_id, config.external_id_template) == ("270000000000001", "{year}-{mn_id}")
    assert config.fundraising_goal == console.env.config.fundraising_goal
    again = browser.post(f"/{console.year}/opening", data=next_years_form(console))
    assert (again.status_code, "YEAR_CONFIGURED" in again.text) == (409, True)


def open_error(console: Console) -> int:
    return next(row["id"] for row in console.env.rows(tables.sync_errors) if not row["resolved"])


def test_an_unknown_run(live):
    console, _ = live
    answer = console.client(console.token("viewer")).get("/api/runs/00000000-0000-0000-0000-000000000000")
    assert (answer.status_code, answer.json()["code"]) == (404, "RUN_NOT_FOUND")


@pytest.mark.parametrize("run_id", ["%00", "x" * 36, "0000"])
def test_an_address_that_is_of_no_run_is_not_asked_of_dagster(shown, run_id):
    browser = shown.browser()
    for path in (run_id, f"{run_id}/status"):
        assert browser.get(f"/{shown.year}/runs/{path}").status_code == 422
    assert browser.post(f"/{shown.year}/runs/{run_id}/stop").status_code == 422


def test_without_dagster_no_run_is_started_or_recorded(console):
    answer = console.browser().post(f"/{console.year}/runs", data={"job": "etl"})
    assert answer.status_code == 503
    assert "DAGSTER_UNAVAILABLE" in answer.text
    assert console.env.rows(tables.audit_log) == []
