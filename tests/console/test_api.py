"""The API for programs: its documentation, refused requests, and pushed events."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

import anyio
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from mentorsync_pipeline.console.api import document, run_events
from mentorsync_pipeline.console.api.examples import BODIES
from mentorsync_pipeline.console.api.runs import RunState
from mentorsync_pipeline.console.dagster_client import DagsterUnavailableError
from tests.console.conftest import PASSWORD, Console


@pytest.fixture(scope="module")
def described(app: FastAPI) -> dict:
    return document.describe_api(app)


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """The routes alone, which need no services to be described."""
    from mentorsync_pipeline.console.app import _ROUTES  # noqa: PLC0415

    return FastAPI(title="MentorSync", version="1", routes=_ROUTES)


def test_every_route_needs_the_token_and_every_body_has_an_example(described: dict) -> None:
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    used = set()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["security"] == [{"token": []}], path
            assert all("example" in entry for entry in operation.get("parameters", ()) if entry["name"] == "year")
            if "application/json" in operation.get("requestBody", {}).get("content", {}):
                used.add(f"{method.upper()} {path}")
    assert used == set(BODIES)


def test_the_documentation_has_every_route(described: dict) -> None:
    operations = document.list_operations(described, "http://127.0.0.1:3100")
    assert len(operations) == sum(map(len, described["paths"].values()))
    answer = next(operation for operation in operations if operation.path.endswith("/{conflict_id}/answer"))
    assert answer.curl == (
        "curl -H \"$AUTH\" -X POST -H 'Content-Type: application/json' "
        '-d \'{"choice": "a", "reason": "Asked the mentor."}\' "http://127.0.0.1:3100/api/2025/conflicts/42/answer"'
    )
    fields = {field.name: (field.place, field.kind, field.required) for field in answer.fields}
    assert fields["choice"] == ("body", "one of a, b, custom, skipped", True)
    assert fields["year"] == ("path", "integer", True)
    mentors = next(operation for operation in operations if operation.path == "/api/{year}/mentors")
    assert mentors.result.startswith("Page")


def test_the_page_loads_nothing_from_elsewhere_and_needs_a_login(console: Console) -> None:
    page = console.browser().get("/api/docs")
    assert page.status_code == 200
    assert "/api/{year}/conflicts/{conflict_id}/answer" in page.text
    assert 'src="http' not in page.text
    stranger = console.client().get("/api/docs", follow_redirects=False)
    assert (stranger.status_code, stranger.headers["location"]) == (303, "/login?next=%2Fapi%2Fdocs")


def test_examples_are_valid_requests(console: Console) -> None:
    """An example may name what does not exist, but its form is never refused."""
    client = console.client(console.token())
    for name, body in BODIES.items():
        method, path = name.split(" ")
        path = path.replace("{year}", str(console.year)).replace("{conflict_id}", "42")
        answer = client.request(method, path, json=body)
        assert answer.status_code < 500 or answer.json()["code"] == "DAGSTER_UNAVAILABLE", answer.text
        if answer.status_code == 422:
            assert answer.json()["code"] != "REQUEST_INVALID", (name, answer.text)


@pytest.mark.parametrize(
    ("path", "unknown", "known"),
    [
        ("/mentors?stauts=paid", "stauts", "status"),
        ("/conflicts?limit=5&ofset=5", "ofset", "offset"),
        ("/status?verbose=1", "verbose", "none"),
    ],
)
def test_an_unknown_parameter_is_refused(console: Console, path: str, unknown: str, known: str) -> None:
    answer = console.client(console.token()).get(f"/api/{console.year}{path}")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "REQUEST_INVALID")
    assert [entry["where"] for entry in problem["errors"]] == [f"query.{unknown}"]
    assert known in problem["detail"]


def test_known_parameters_of_models_and_of_pages_of_a_list_are_accepted(console: Console) -> None:
    client = console.client(console.token())
    for query in ("limit=5&offset=0", "search=robin&sort=last_name&descending=true", "status=started&dropped=false"):
        answer = client.get(f"/api/{console.year}/mentors?{query}")
        assert "is not a parameter" not in answer.text, query


def test_an_unknown_field_of_a_body_is_refused(console: Console) -> None:
    client = console.client(console.token())
    answer = client.post(f"/api/{console.year}/export", json={"force_raeson": "They are right."})
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_INVALID")
    assert [entry["where"] for entry in answer.json()["errors"]] == ["body.force_raeson"]


def test_every_body_refuses_unknown_fields(console: Console) -> None:
    document = console.client(console.token()).get("/api/openapi.json").json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    bodies = [operation["requestBody"]["content"] for operation in operations if "requestBody" in operation]
    models = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(bodies)))
    assert len(models) > 10
    assert [
        name for name in models if document["components"]["schemas"][name].get("additionalProperties") is not False
    ] == []


def test_a_change_without_a_token_says_what_to_do(console: Console) -> None:
    answer = console.browser().post(f"/api/{console.year}/etl", headers={"X-CSRF-Token": ""})
    assert answer.json()["what_to_do"] == "Load the page again and repeat."
    browser = console.browser()
    browser.headers.pop("X-CSRF-Token", None)
    problem = browser.post(f"/api/{console.year}/etl").json()
    assert (problem["status"], problem["code"]) == (403, "CSRF_FAILED")
    assert "mentorsync console add-token NAME --editor" in problem["what_to_do"]
    nobody = console.client().post(f"/api/{console.year}/etl")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "NOT_LOGGED_IN")
    assert "Authorization: Bearer" in nobody.json()["what_to_do"]


def test_events_of_an_unknown_run_are_an_error(console: Console) -> None:
    answer = console.client(console.token()).get("/api/runs/00000000-0000-4000-8000-000000000000/events")
    assert answer.json()["code"] in {"RUN_NOT_FOUND", "DAGSTER_UNAVAILABLE"}


def test_a_change_of_the_year_is_pushed(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_events, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(run_events, "_LONGEST_SECONDS", 0.0)
    client = console.client(console.token())
    first = client.get(f"/api/{console.year}/events")
    assert first.headers["content-type"].startswith("text/event-stream")
    assert first.text.startswith("event: year\ndata: ")
    assert client.get(f"/api/{console.year}/events").text == first.text
    console.env.decide(next(row["id"] for row in console.env.conflicts()), "skipped")
    assert client.get(f"/api/{console.year}/events").text != first.text
    assert client.get("/api/2999/events").json()["code"] == "YEAR_UNKNOWN"


def test_a_stream_ends_with_its_session_or_token(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_events, "EVERY_SECONDS", 0.0)
    users, browser = console.services.users, console.browser()

    def read_stream(client: TestClient, end: Callable[[], object]) -> str:
        monkeypatch.setattr(run_events, "data_version", lambda *_: str(end()))  # the stream is open by then
        return client.get(f"/api/{console.year}/events").text.partition("\n\n")[2]

    logged_out = 'event: problem\ndata: {"status": 401, "code": "NOT_LOGGED_IN"}\n\n'
    program = console.client(console.token())
    assert read_stream(program, lambda: users.remove_token("a editor's program")) == logged_out
    other = console.browser("Vic Viewer", "viewer")
    assert read_stream(other, lambda: users.set_user("Vic Viewer", "editor", PASSWORD)) == logged_out
    assert read_stream(browser, lambda: browser.post("/logout")) == logged_out
    last = console.browser()
    users.remove_user("Vic Viewer")
    no_users = read_stream(last, lambda: users.remove_user("Erin Editor"))
    assert no_users == 'event: problem\ndata: {"status": 503, "code": "CONSOLE_HAS_NO_USERS"}\n\n'


def _state(done: int, *, over: bool = False) -> RunState:
    return RunState(
        run_id="00000000-0000-4000-8000-000000000000",
        job="etl",
        campaign_year=2025,
        status="SUCCESS" if over else "STARTED",
        is_over=over,
        started_at=datetime(2025, 10, 1, tzinfo=UTC),
        ended_at=None,
        started_by=None,
        steps_done=done,
        steps_total=3,
        steps_failed=0,
        result=None,
        assets=(),
        failures=[],
        checks=[],
        dagster_url="http://127.0.0.1:3000/runs/0",
    )


def _events(
    states: list[RunState | Exception], monkeypatch: pytest.MonkeyPatch, *, is_stopping: bool = False
) -> list[str]:
    monkeypatch.setattr(run_events, "EVERY_SECONDS", 0.0)
    following = iter(states[1:])

    def read() -> RunState:
        state = next(following)
        if isinstance(state, Exception):
            raise state
        return state

    async def collect() -> list[str]:
        return [event async for event in run_events.stream_events("run", states[0], read, lambda: is_stopping)]

    return anyio.run(collect)


def test_each_change_of_a_run_is_pushed_until_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    events = _events([_state(0), _state(0), _state(1), _state(1), _state(3, over=True)], monkeypatch)
    assert all(event.startswith("event: run\ndata: ") and event.endswith("\n\n") for event in events)
    pushed = [json.loads(event.partition("data: ")[2]) for event in events]
    assert [(state["steps_done"], state["is_over"]) for state in pushed] == [(0, False), (1, False), (3, True)]


def test_a_stream_ends_when_the_console_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(_events([_state(0), _state(1)], monkeypatch, is_stopping=True)) == 1


def test_a_stream_ends_with_the_problem_when_dagster_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    events = _events([_state(0), DagsterUnavailableError("gone", "start it")], monkeypatch)
    assert events[-1] == 'event: problem\ndata: {"status": 503, "code": "DAGSTER_UNAVAILABLE"}\n\n'
