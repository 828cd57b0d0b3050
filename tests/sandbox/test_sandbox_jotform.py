"""Jotform's API in the sandbox over HTTP, compared with the documentation of the real service."""

import json
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from mentorsync_pipeline.sandbox.jf_model import Form
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer
from tests.sandbox.conftest import Clock, Serve

pytestmark = pytest.mark.slow


@pytest.fixture
def form(sandbox: SandboxServer) -> Form:
    return sandbox.world.forms[sandbox.world.config.signup_form_id]


def rows(client: httpx.Client, form: Form, **params: object) -> list[dict]:
    answer = client.get(f"/form/{form.id}/submissions", params={"limit": 1000, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()["content"]


def test_pages_of_submissions_have_their_own_count(jotform: httpx.Client, form: Form) -> None:
    first = jotform.get(f"/form/{form.id}/submissions").json()
    assert first["responseCode"] == 200
    assert first["message"] == "success"
    assert first["resultSet"] == {"offset": 0, "limit": 20, "count": 20}
    seen: list[str] = []
    while True:
        page = jotform.get(f"/form/{form.id}/submissions", params={"limit": 50, "offset": len(seen)}).json()
        seen.extend(row["id"] for row in page["content"])
        assert page["resultSet"]["count"] == len(page["content"])
        if len(page["content"]) < 50:
            break
    assert sorted(seen) == sorted(form.submissions)
    assert len(seen) == len(set(seen))


def test_no_page_is_larger_than_1000(jotform: httpx.Client, form: Form) -> None:
    answer = jotform.get(f"/form/{form.id}/submissions", params={"limit": 5000}).json()
    assert answer["resultSet"]["limit"] == 1000


def test_the_newest_are_first_by_default(jotform: httpx.Client, form: Form) -> None:
    newest = [row["created_at"] for row in rows(jotform, form)]
    assert newest == sorted(newest, reverse=True)
    oldest = [row["created_at"] for row in rows(jotform, form, orderby="created_at", direction="ASC")]
    assert oldest == sorted(newest)
    assert [row["created_at"] for row in rows(jotform, form, orderby="created_at,ASC")] == oldest


def test_times_are_eastern_without_a_time_zone(jotform: httpx.Client, form: Form) -> None:
    for row in rows(jotform, form):
        stored = form.submissions[row["id"]]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row["created_at"])
        moment = datetime.fromisoformat(row["created_at"]).replace(tzinfo=ZoneInfo("America/New_York"))
        assert moment.astimezone(UTC) == stored.created_at
        assert (row["updated_at"] is None) == (stored.updated_at is None)


def test_filters_compare_wall_clock_and_status(jotform: httpx.Client, form: Form) -> None:
    everything = rows(jotform, form)
    middle = sorted(row["created_at"] for row in everything)[len(everything) // 2]
    later = rows(jotform, form, filter=json.dumps({"created_at:gt": middle}))
    earlier = rows(jotform, form, filter=json.dumps({"created_at:lt": middle}))
    assert {row["id"] for row in later} == {row["id"] for row in everything if row["created_at"] > middle}
    assert {row["id"] for row in earlier} == {row["id"] for row in everything if row["created_at"] < middle}
    alive = rows(jotform, form, filter=json.dumps({"status:ne": "DELETED"}))
    assert {row["status"] for row in alive} == {"ACTIVE"}
    assert len(alive) < len(everything)


@pytest.mark.parametrize(
    "params", [{"filter": "{"}, {"filter": '{"answer:gt": "1"}'}, {"orderby": "shoe"}, {"limit": "x"}]
)
def test_invalid_parameters_are_refused(jotform: httpx.Client, form: Form, params: dict[str, str]) -> None:
    answer = jotform.get(f"/form/{form.id}/submissions", params=params)
    assert answer.status_code == answer.json()["responseCode"] == 400


def test_questions_are_an_object_of_strings_with_non_inputs(jotform: httpx.Client, form: Form) -> None:
    questions = jotform.get(f"/form/{form.id}/questions").json()["content"]
    assert all(isinstance(value, str) for question in questions.values() for value in question.values())
    assert all(qid == question["qid"] for qid, question in questions.items())
    kinds = {question["type"] for question in questions.values()}
    assert {"control_head", "control_button", "control_fullname", "control_autoincrement"} <= kinds


def test_every_shape_of_an_answer_occurs(jotform: httpx.Client, sandbox: SandboxServer) -> None:
    shapes: dict[str, set[str]] = {}
    for form in sandbox.world.forms.values():
        for row in rows(jotform, form):
            for answer in row["answers"].values():
                value = answer.get("answer", "(absent)")
                kind = ",".join(sorted(value)) if isinstance(value, dict) else type(value).__name__
                shapes.setdefault(answer["type"], set()).add("(absent)" if value == "(absent)" else kind)
    assert {"full", "area,phone", "area,country,phone", "str", "(absent)"} <= shapes["control_phone"]
    assert {"first,last", "first,last,middle"} <= shapes["control_fullname"]
    assert {"day,month,year", "datetime,day,month,year"} <= shapes["control_datetime"]
    assert {"(absent)", "str", "list", ""} <= shapes["control_textarea"]
    assert shapes["control_checkbox"] == {"list"}
    assert shapes["control_fileupload"] == {"list"}
    assert "addr_line1,city,state" in shapes["control_address"]
    assert "Saturday,Sunday" in shapes["control_matrix"]
    assert "date,duration,implementation,timezone" in shapes["control_appointment"]
    assert shapes["control_head"] == {"(absent)"}


def test_answers_have_typical_errors(jotform: httpx.Client, sandbox: SandboxServer) -> None:
    config = sandbox.world.config
    texts = {name: set() for name in ("partnerNotes", "mnid", "personalEmail", "fullName")}
    for form_id in (config.signup_form_id, config.setup_form_id, config.partner_form_id):
        for row in rows(jotform, sandbox.world.forms[form_id]):
            for answer in row["answers"].values():
                if answer["name"] in texts:
                    texts[answer["name"]].add(str(answer.get("answer")))
    assert any(text.startswith(("=", "-", "+", "@")) for text in texts["partnerNotes"])
    assert any("&#039;" in text or "&amp;" in text for text in texts["partnerNotes"])
    assert any(re.fullmatch(r"mn\d{4}", text) for text in texts["mnid"])
    assert any(re.fullmatch(r" MN\d{4} |MN \d{4}", text) for text in texts["mnid"])
    assert "" in texts["mnid"]
    assert any(text != text.strip() for text in texts["personalEmail"])


def test_tombstones_edits_and_removed_rows(
    jotform: httpx.Client, control: httpx.Client, form: Form, clock: Clock
) -> None:
    deleted, edited, removed = [row["id"] for row in rows(jotform, form) if row["status"] == "ACTIVE"][:3]
    clock.forward(hours=2)
    path = f"/forms/{form.id}/submissions"
    assert control.delete(f"{path}/{deleted}").status_code == 204
    assert control.post(f"{path}/{edited}", json={"gender": None, "shirtSize": "S"}).status_code == 200
    assert control.delete(f"{path}/{removed}", params={"permanent": 1}).status_code == 204
    added = control.post(path, json={"mnid": "MN9999", "mnPhone": {"full": "(706) 555-0100"}}).json()["id"]
    now = {row["id"]: row for row in rows(jotform, form)}
    assert now[deleted]["status"] == "DELETED"
    assert removed not in now
    answers = {answer["name"]: answer for answer in now[edited]["answers"].values()}
    assert answers["shirtSize"]["answer"] == "S"
    assert "answer" not in answers["gender"]
    assert now[edited]["updated_at"] == now[added]["created_at"] == "2025-10-01 10:00:00"
    assert now[added]["updated_at"] is None


def test_an_edit_without_changes_is_ignored(
    jotform: httpx.Client, control: httpx.Client, form: Form, clock: Clock
) -> None:
    before = next(row for row in rows(jotform, form) if row["updated_at"] is None)
    shirt = next(answer["answer"] for answer in before["answers"].values() if answer["name"] == "shirtSize")
    clock.forward(hours=1)
    control.post(f"/forms/{form.id}/submissions/{before['id']}", json={"shirtSize": shirt})
    assert before in rows(jotform, form)


def test_keys_forms_and_quota(serve: Serve, form: Form) -> None:
    server = serve(jotform_daily_limit=2)
    url = f"{server.jotform_url}/form/{form.id}"
    key = {"APIKEY": "sandbox-jotform-key"}
    assert httpx.get(url).status_code == 401
    assert httpx.get(url, headers={"APIKEY": "wrong"}).json()["responseCode"] == 401
    assert httpx.get(f"{url}?apiKey=sandbox-jotform-key").status_code == 401
    assert httpx.get(url, headers={**key, "User-Agent": ""}).status_code == 403
    assert httpx.get(f"{server.jotform_url}/form/99/questions", headers=key).status_code == 404
    assert httpx.get(url, headers=key).json()["limit-left"] == 0
    over = httpx.get(url, headers=key)
    assert over.status_code == 429
    assert over.json()["message"] == "API-Limit exceeded"


def test_unknown_control_requests_are_explained(control: httpx.Client, form: Form) -> None:
    assert control.post("/forms/1/submissions", json={}).status_code == 404
    assert control.post(f"/forms/{form.id}/submissions/5", json={}).status_code == 404
    wrong = control.post(f"/forms/{form.id}/submissions", json={"shoeSize": "44"})
    assert wrong.status_code == 422
    assert "shoeSize" in wrong.json()["message"]
