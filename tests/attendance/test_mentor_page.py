"""A mentor's page and record show the records of staff beside values of other sources (rulebook, section 14)."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.attendance import service
from mentorsync_pipeline.db import tables as t
from tests.attendance.conftest import YEAR, Desk
from tests.console.conftest import Console, console_on

pytestmark = pytest.mark.slow

PAGE = f"/{YEAR}/mentors/MN0001"


@pytest.fixture
def console(desk: Desk, tmp_path: Path) -> Console:
    return console_on(desk, tmp_path)  # type: ignore[arg-type]  # it has what the console needs


def whole(console: Console) -> Any:
    token = console.services.users.add_token("report", "viewer", now=console.services.now())
    answer = console.client(token).get(f"/api/{YEAR}/mentors/MN0001")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_cash_is_shown_next_to_the_amount_and_not_added(console: Console, desk: Desk) -> None:
    browser = console.browser()
    for amount in ("40", "42.50"):
        body = {"amount": amount, "device_record_id": f"form-{amount}"}
        for _ in range(2):  # a button that is pressed twice
            answer = browser.post(f"{PAGE}/cash", data=body)
            assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}#records")
        desk.later()
    assert len(desk.rows()) == 2
    page = browser.get(PAGE).text
    assert page.count("$42.50") == 2, "once in the records, once in what happened"
    assert page.count("It is not added to the amount raised.") == page.count("Replaced by the later amount.") == 1
    before = whole(console)
    assert (before["cash_verified"], before["mentor"]["amount_raised"]) == ("42.50", "0.00")
    browser.post(f"{PAGE}/undo", data={"record_id": desk.rows()[-1]["id"]})
    console.services.users.remove_token("report")
    assert whole(console)["cash_verified"] == "40.00"


def test_notes_are_shown_as_text(console: Console, desk: Desk) -> None:
    browser = console.browser()
    browser.post(f"{PAGE}/notes", data={"note": "<b>brings a friend</b>", "device_record_id": "form-1"})
    page = browser.get(PAGE).text
    assert "&lt;b&gt;brings a friend&lt;/b&gt;" in page
    assert "Erin Editor" in page
    browser.post(f"{PAGE}/undo", data={"record_id": desk.rows()[0]["id"]})
    assert "undone by Erin Editor" in browser.get(PAGE).text
    assert [record["note"] for record in whole(console)["records"]] == ["<b>brings a friend</b>"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("cash", {"amount": "lots", "device_record_id": "x"}),
        ("cash", {"amount": "-1", "device_record_id": "x"}),
        ("notes", {"note": " ", "device_record_id": "x"}),
        ("undo", {"record_id": "0"}),
    ],
)
def test_a_form_that_cannot_be_used_is_refused(console: Console, desk: Desk, path: str, body: dict[str, str]) -> None:
    assert console.browser().post(f"{PAGE}/{path}", data=body).status_code == 422
    assert desk.rows() == []


def test_a_tick_of_givebutter_can_be_withdrawn_on_the_page(console: Console, desk: Desk) -> None:
    with desk.engine.begin() as conn:
        conn.execute(sa.update(t.mentors).values(attended_training=True))
    browser = console.browser()
    assert "Did not attend" in browser.get(PAGE).text
    assert browser.post(f"{PAGE}/withdraw-attendance").status_code == 303
    (row,) = desk.rows()
    assert (row["mn_id"], row["withdraws_tick"], row["undone_by"]) == ("MN0001", True, "Erin Editor")


def test_a_trace_names_who_checked_the_mentor_in(console: Console, desk: Desk) -> None:
    record = service.check_in(desk.context, YEAR, "MN0001", desk.observed()).record
    origin = {
        "source_table": "mentor_records",
        "source_id": str(record["id"]),
        "observed_at": record["observed_at"].isoformat(),
        "rule": "attendance",
    }
    with desk.engine.begin() as conn:
        values = {"attended_training": True, "provenance": {"attended_training": origin}}
        conn.execute(sa.update(t.mentors).where(t.mentors.c.mn_id == "MN0001").values(values))
    token = console.services.users.add_token("report", "viewer", now=console.services.now())
    path = f"/api/{YEAR}/mentors/MN0001/trace"
    (value,) = console.client(token).get(path, params={"field": "attended_training"}).json()["fields"]
    assert (value["value"], value["rule"], value["record"]["recorded_by"]) == (True, "attendance", "Ann")
    assert Decimal(value["source_id"]) == record["id"]
