"""Partners and form entries: pages, CSV files, API and commands."""

import csv
import io

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.forms import ENTRY_FORMS
from tests.console.conftest import Console


@pytest.fixture(scope="module")
def client(shown: Console):
    return shown.client(shown.token("viewer"))


@pytest.fixture(scope="module")
def browser(shown: Console):
    return shown.browser("Vic Viewer", "viewer")


def matches(console: Console) -> list[sa.RowMapping]:
    with console.services.reading() as conn:
        return list(conn.execute(sa.select(t.partner_matches)).mappings())


def listed(rows: list[sa.RowMapping]) -> set[str]:
    """Mentors in the list of every wish: a pair is listed under the lower id."""
    pairs = ("matched", "different_shifts")
    wishes = [row for row in rows if row["state"] != "no_wish"]
    return {row["mn_id"] for row in wishes if row["state"] not in pairs or row["mn_id"] < row["partner_mn_id"]}


def csv_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_every_wish_is_listed_once_on_the_page_in_the_file_and_over_the_api(shown, browser, client):
    rows = matches(shown)
    assert {row["state"] for row in rows} >= {"matched", "one_sided", "partner_unknown", "no_wish"}
    answer = client.get(f"/api/{shown.year}/partners", params={"limit": 500}).json()
    assert {entry["mn_id"] for entry in answer["items"]} == listed(rows)
    assert answer["total"] == len(listed(rows))
    file = csv_rows(browser.get(f"/{shown.year}/partners.csv").text)
    assert {row["Mentor"] for row in file} == listed(rows)
    page = browser.get(f"/{shown.year}/partners?limit=500").text
    assert all(f'href="/{shown.year}/mentors/{mn_id}"' in page for mn_id in listed(rows))
    assert f'<a href="/{shown.year}/partners"' in page, "it is in the navigation"


@pytest.mark.parametrize("state", ["matched", "different_shifts", "one_sided", "partner_unknown", "no_wish"])
def test_the_list_of_a_state(shown, browser, client, state):
    answer = client.get(f"/api/{shown.year}/partners", params={"state": state, "limit": 500}).json()
    assert {entry["state"] for entry in answer["items"]} <= {state}
    of_state = [row for row in matches(shown) if row["state"] == state]
    assert len(of_state) == answer["total"] * (2 if state in ("matched", "different_shifts") else 1)
    assert browser.get(f"/{shown.year}/partners?state={state}&sort=state&descending=true").status_code == 200


def test_partners_are_found_by_the_name_of_either(shown, client):
    first = client.get(f"/api/{shown.year}/partners", params={"state": "matched"}).json()["items"][0]
    for name in (first["last_name"], first["partner_last_name"]):
        items = client.get(f"/api/{shown.year}/partners", params={"search": name, "limit": 500}).json()["items"]
        assert first["mn_id"] in {entry["mn_id"] for entry in items}


def test_forms_are_listed_with_their_counts(shown, browser, client):
    forms = {form["name"]: form for form in client.get(f"/api/{shown.year}/forms").json()}
    assert list(forms) == [form.name for form in ENTRY_FORMS]
    page = browser.get(f"/{shown.year}/forms").text
    with shown.services.reading() as conn:
        taking_part = conn.execute(
            sa.select(sa.func.count()).where(t.mentors.c.campaign_year == shown.year, ~t.mentors.c.dropped)
        ).scalar_one()
    for name, form in forms.items():
        assert f'href="/{shown.year}/forms/{name}"' in page
        assert form["mentors"] + form["missing"] == taking_part
        entries = client.get(f"/api/{shown.year}/forms/{name}").json()
        assert entries["total"] == form["entries"] > 0
        unlinked = client.get(f"/api/{shown.year}/forms/{name}", params={"linked": False}).json()
        assert unlinked["total"] == form["unlinked"]


def test_the_entries_of_a_form_have_answers_and_mentors(shown, browser, client):
    entries = client.get(f"/api/{shown.year}/forms/partner", params={"limit": 500}).json()["items"]
    times = [entry["created_at"] for entry in entries]
    assert times == sorted(times, reverse=True)
    entry = next(
        entry for entry in entries if entry["mentor"] and entry["is_latest"] and entry["answers"].get("partner_notes")
    )
    mentor = client.get(f"/api/{shown.year}/mentors/{entry['mentor']}").json()["mentor"]
    assert mentor["partner_submission_id"] == entry["submission_id"]
    file = {row["Submission"]: row for row in csv_rows(browser.get(f"/{shown.year}/forms/partner.csv").text)}
    assert file.keys() == {entry["submission_id"] for entry in entries}
    assert file[entry["submission_id"]]["Mentor"] == entry["mentor"]
    page = browser.get(f"/{shown.year}/forms/partner?limit=500&sort=shift_preference").text
    assert entry["answers"]["shift_preference"].partition(" ")[0] in page
    assert "Partner form of" in browser.get(f"/{shown.year}/mentors/{entry['mentor']}").text


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("forms/nothing", 404, "FORM_NOT_FOUND"), ("forms/partner?sort=payload", 422, "COLUMN_UNKNOWN")],
)
def test_an_unknown_form_or_column_is_refused_with_the_known_ones(shown, browser, client, path, status, code):
    answer = client.get(f"/api/{shown.year}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "partner" in answer.json()["detail"] + answer.json()["what_to_do"]
    assert browser.get(f"/{shown.year}/{path}").status_code == status
