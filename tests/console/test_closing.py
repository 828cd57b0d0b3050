"""Closing and reopening a year on the pages and over the API, and what a closed year shows."""

from shutil import copy

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from mentorsync_pipeline.db import tables as t
from tests.console.conftest import Console, console_on
from tests.support.environment import file_of
from tests.support.rounds import Rounds
from tests.support.snapshots import NewEnvironment


@pytest.fixture(scope="module")
def closed(rounds: Rounds, start_shared: NewEnvironment, tmp_path_factory: pytest.TempPathFactory) -> Console:
    """A console on a closed year, for tests that only look or are refused."""
    env = start_shared(rounds["settled"], serve=False)
    copy(file_of(rounds["settled"].syncs[-1]), env.folder)
    console = console_on(env, tmp_path_factory.mktemp("closed"))
    close(console)
    return console


@pytest.fixture(scope="module")
def browser(closed: Console) -> TestClient:
    """One login for all tests that look; logins are limited."""
    return closed.browser()


@pytest.fixture(scope="module")
def program(closed: Console) -> TestClient:
    return closed.client(closed.token())


def close(console: Console) -> None:
    token = console.services.users.add_token("Cleo", "editor", now=console.services.now())
    answer = console.client(token).post(f"/api/{console.year}/close", json={"force": True})
    assert answer.status_code == 200, answer.text


def test_the_api_lists_unfinished_work_before_it_closes(console: Console) -> None:
    program, year = console.client(console.token()), console.year
    refused = program.post(f"/api/{year}/close")
    assert (refused.status_code, refused.json()["code"]) == (409, "YEAR_UNFINISHED")
    assert "--force" in refused.json()["what_to_do"]
    state = program.get(f"/api/{year}/closing").json()
    assert not state["closed"]
    assert "open_conflicts" in {item["kind"] for item in state["unfinished"]}

    closed = program.post(f"/api/{year}/close", json={"force": True})
    assert (closed.status_code, closed.json()["closed"]) == (200, True)
    assert closed.json()["closed_by"] == "a editor's program"
    again = program.post(f"/api/{year}/close", json={"force": True})
    assert (again.status_code, again.json()["code"]) == (409, "YEAR_CLOSED")
    listed = {entry["campaign_year"]: entry for entry in program.get("/api/years").json()}
    assert (listed[year]["closed"], listed[year]["active"], listed[year - 1]["closed"]) == (True, False, False)

    assert program.post(f"/api/{year}/reopen").json()["closed"] is False
    assert program.post(f"/api/{year}/reopen").json()["code"] == "YEAR_NOT_CLOSED"
    acts = [row["act"] for row in console.env.rows(t.audit_log) if row["act"].startswith("year_")]
    assert acts == ["year_closed", "year_reopened"]


def test_viewers_and_unknown_years_are_refused(closed: Console, program: TestClient) -> None:
    viewer, editor = closed.client(closed.token("viewer")), program
    for act in ("close", "reopen"):
        assert viewer.post(f"/api/{closed.year}/{act}").json()["code"] == "NOT_ALLOWED"
        assert editor.post(f"/api/2031/{act}").json()["code"] == "YEAR_UNKNOWN"


def test_a_closed_year_is_read_and_not_changed_over_the_api(closed: Console, program: TestClient) -> None:
    env, year = closed.env, closed.year
    conflict = env.conflicts()[0]["id"]
    mentor = next(iter(env.by_mn_id(t.mentors)))
    refused = {
        f"/api/{year}/sync": None,
        f"/api/{year}/etl": None,
        f"/api/{year}/conflicts/{conflict}/answer": {"choice": "skipped"},
        f"/api/{year}/attendance/check-in": {"mn_id": mentor, "device_record_id": "phone-1"},
        f"/api/{year}/attendance/notes": {"mn_id": mentor, "note": "Met."},
        f"/api/{year}/archive/plan": {"purpose": "duplicates"},
    }
    for address, body in refused.items():
        answer = program.post(address, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "YEAR_CLOSED"), address
        assert f"mentorsync year reopen {year}" in answer.json()["what_to_do"]
    assert program.get(f"/api/{year}/status").json()["closed"] is True
    for address in ("mentors", "conflicts", "errors", "warnings", "changes", "status", "archive/ledger", "attendance"):
        assert program.get(f"/api/{year}/{address}").status_code == 200, address


@pytest.mark.parametrize("page", ["", "/conflicts", "/mentors", "/errors", "/archive", "/messages", "/checkin"])
def test_pages_of_a_closed_year_say_so_and_offer_no_change(closed: Console, browser: TestClient, page: str) -> None:
    year = closed.year
    sentence = f"{year} is closed and can only be read."
    text = browser.get(f"/{year}{page}").text
    assert sentence in text
    assert "read-only" in text
    assert sentence not in browser.get(f"/{year - 1}{page}").text


def test_lists_and_files_of_a_closed_year_are_downloaded(closed: Console, browser: TestClient) -> None:
    year = closed.year
    for address in ("mentors.csv", "errors.csv", "warnings.csv", "changes.csv", "files/newest"):
        assert browser.get(f"/{year}/{address}").status_code == 200, address
    refused = browser.post(f"/{year}/files/export")
    assert refused.status_code == 409
    assert "YEAR_CLOSED" in refused.text


def test_an_editor_closes_and_reopens_on_the_page(console: Console) -> None:
    browser, year = console.browser(), console.year
    page = browser.get(f"/{year}/closing").text
    assert f"{year} is open" in page
    assert f'<a href="/{year}/conflicts">Answer the questions.</a>' in page
    assert browser.post(f"/{year}/close").status_code == 409
    assert browser.post(f"/{year}/close", data={"force": "true"}).headers["Location"] == f"/{year}/closing"
    page = browser.get(f"/{year}/closing").text
    assert f"Reopen {year}" in page
    assert "Closed by Erin Editor" in page
    assert f"Reopen {year}" not in console.browser("Vic Viewer", "viewer").get(f"/{year}/closing").text
    now = console.services.now()
    entry = {"purpose": "duplicates", "action": "archive", "contact_id": 1, "input_fingerprint": "x", "run_id": "x"}
    with console.services.engine.begin() as conn:
        conn.execute(
            sa.insert(t.archived_duplicates).values(
                **entry, campaign_year=year, status="archived", planned_at=now, archived_at=now
            )
        )
    assert ">Restore<" in browser.get(f"/{year}/archive/ledger").text
    assert browser.post(f"/{year}/reopen").status_code == 303
    assert f"Close {year}" in browser.get(f"/{year}/closing").text


def test_the_page_that_opens_the_next_year_keeps_what_was_typed_if_it_is_refused(
    closed: Console, browser: TestClient
) -> None:
    """Dagster is away here, so no run starts."""
    year, address = closed.year, f"/{closed.year}/opening"
    page = browser.get(address).text
    assert f'value="{year + 1}"' in page
    assert "jotform_partner_form_id" in page, "the year has a partner form"
    assert f'href="/{year}/opening"' in page, "it is in the navigation"
    assert "Open the year<" not in closed.browser("Vic Viewer", "viewer").get(address).text
    typed = {
        "campaign_year": str(year + 1),
        "jotform_signup_form_id": "270000000000001",
        "jotform_setup_form_id": "270000000000002",
        "jotform_training_form_id": "270000000000003",
        "jotform_partner_form_id": "",
        "givebutter_campaign_code": "ABC<123",
        "event_date": f"{year + 1}-11-07",
        "fundraising_goal": "",
        "external_id_template": "",
    }
    refused = {
        "NEXT_YEAR_INVALID": {"jotform_signup_form_id": closed.env.config.jotform_signup_form_id},
        "CONFIG_INVALID": {"external_id_template": "{nobody}"},
        "YEAR_UNKNOWN": {"campaign_year": "2999"},
        "DAGSTER_UNAVAILABLE": {},
    }
    for code, changes in refused.items():
        answer = browser.post(address, data=typed | changes)
        assert answer.status_code == (503 if code == "DAGSTER_UNAVAILABLE" else 404 if code == "YEAR_UNKNOWN" else 422)
        assert code in answer.text
        assert 'value="ABC&lt;123"' in answer.text
    assert browser.post(address, data=typed | {"event_date": "soon"}).status_code == 422
    assert closed.env.rows(t.audit_log, t.audit_log.c.act == "run_started") == []


def test_the_next_year_is_opened_over_the_api(closed: Console, program: TestClient) -> None:
    """What a run would refuse is refused before it; Dagster is away here, so no run starts."""
    address = f"/api/{closed.year}/open-next"
    body = {
        "campaign_year": closed.year + 1,
        "jotform_signup_form_id": "270000000000001",
        "jotform_setup_form_id": "270000000000002",
        "jotform_training_form_id": "270000000000003",
        "givebutter_campaign_code": "ABC123",
        "event_date": f"{closed.year + 1}-11-07",
    }
    refused = {
        "CONFIG_INVALID": {"jotform_signup_form_id": "my form"},
        "NEXT_YEAR_INVALID": {"jotform_signup_form_id": closed.env.config.jotform_signup_form_id},
        "YEAR_UNKNOWN": {"campaign_year": 2999},
        "REQUEST_INVALID": {"event_date": "soon"},
    }
    for code, changes in refused.items():
        assert program.post(address, json=body | changes).json()["code"] == code
    assert (
        program.post(f"/api/{closed.year - 1}/open-next", json=body | {"campaign_year": closed.year}).json()["code"]
        == "YEAR_CONFIGURED"
    )
    assert program.post(address, json=body).json()["code"] == "DAGSTER_UNAVAILABLE"
    viewer = closed.client(closed.services.users.add_token("Vic", "viewer", now=closed.services.now()))
    assert viewer.post(address, json=body).status_code == 403
