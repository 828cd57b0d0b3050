"""Pages and API of conflicts: list, details, answers, undo; two people on one conflict."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import escape
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from mentorsync_pipeline.console.dagster_client import Run
from mentorsync_pipeline.console.option_names import name_options
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.findings import fingerprint
from mentorsync_pipeline.review.decision_store import conflict_fingerprint
from tests.console.conftest import Console, console_on
from tests.console.fake_dagster import fake_dagster

Row = dict[str, Any]


def client_of_person(console: Console, name: str = "Erin Editor", role: str = "editor") -> TestClient:
    """A client of a person with this name; it uses a token, because logging in is slow."""
    users = console.services.users
    if any(token.name == name for token in users.tokens):
        users.remove_token(name)
    return console.client(users.add_token(name, role, now=console.services.now()))


def open_conflicts(console: Console, **values: Any) -> list[Row]:
    """Open conflicts, most severe first."""
    rows = [row for row in console.env.rows(t.sync_conflicts, year=console.year) if row["status"] == "pending"]
    fits = [row for row in rows if all(row[name] == value for name, value in values.items())]
    return sorted(fits, key=lambda row: ({"high": 0, "medium": 1}[row["severity"]], row["created_at"], row["id"]))


def at(console: Console, row: Row | int | None = None, rest: str = "") -> str:
    number = row["id"] if isinstance(row, dict) else row
    return f"/{console.year}/conflicts{f'/{number}' if number else ''}{rest}"


def answer(browser: TestClient, console: Console, row: Row, choice: str, rest: str = "", **more: str) -> Any:
    return browser.post(at(console, row, rest), data={"choice": choice, "seen": conflict_fingerprint(row), **more})


def decided(console: Console) -> list[Row]:
    return [row for row in console.env.rows(t.sync_decisions) if row["undone_at"] is None]


def test_the_queue_shows_open_conflicts_most_severe_first(shown):
    page = client_of_person(shown).get(at(shown)).text
    numbers = [int(number) for number in re.findall(rf'class="open" href="/{shown.year}/conflicts/(\d+)"', page)]
    assert numbers == [row["id"] for row in open_conflicts(shown)]
    assert f"{len(numbers)} questions" in page


def test_an_answer_starts_the_run_that_applies_it(rounds, start, tmp_path, monkeypatch):
    """At once, also behind a run that has begun without the answer; not beside a run that has not begun."""
    with fake_dagster() as (started, dagster_url):
        started.shows_runs = True
        console = console_on(start(rounds["settled"], serve=False), tmp_path, dagster_url=dagster_url)
        browser, (first, second, third, *_) = client_of_person(console), open_conflicts(console)
        console.env.later()
        answer(browser, console, first, "a")
        tags = {tag["key"]: tag["value"] for tag in started.runs[0]["executionMetadata"]["tags"]}
        assert tags["mentorsync/cause"].startswith(f"decisions:{console.year}:"), "as that of the sensor"
        console.env.later()
        answer(browser, console, second, "a")
        assert [run["selector"]["jobName"] for run in started.runs] == ["etl_to_plan"] * 2
        waiting = Run(run_id="1", job="sync", status="QUEUED", year=console.year, started_at=None, ended_at=None)
        monkeypatch.setattr(console.services.dagster, "runs", lambda **_: [waiting])
        console.env.later()
        answer(browser, console, third, "a")
        assert len(started.runs) == 2


def test_filters_are_kept_in_the_url_and_the_search_covers_all_details(shown):
    browser, row = client_of_person(shown), open_conflicts(shown, conflict_type="contact_selection")[0]
    name = row["context"]["signup"]["last_name"]
    page = browser.get(at(shown, rest=f"?type=contact_selection&search={name.upper()}&status=any")).text
    assert f"conflicts/{row['id']}?type=contact_selection&amp;status=any&amp;search={name.upper()}" in page
    assert "No question matches" in browser.get(at(shown, rest="?severity=low")).text
    assert "No question matches" in browser.get(at(shown, rest="?days=30")).text
    assert "No question matches" in browser.get(at(shown, rest="?search=nobody-of-this-name%00")).text
    assert browser.get(at(shown, rest="?type=nonsense&days=soon&status=x&advice=maybe")).status_code == 200


def test_every_open_conflict_has_texts_and_a_reason(shown):
    browser = client_of_person(shown)
    for row in open_conflicts(shown):
        page = browser.get(at(shown, row))
        assert page.status_code == 200
        assert str(escape(row["recommendation_reason"].rsplit(" ", 2)[-1])) in page.text
        assert page.text.count("<h1>") == 1
        assert "%(" not in page.text


def test_two_contacts_show_evidence_and_completeness_apart(shown):
    row = next(row for row in open_conflicts(shown) if isinstance(row["option_b"]["value"], int))
    page = client_of_person(shown).get(at(shown, row)).text
    evidence, _, completeness = page.partition("Completeness: why each contact is worth keeping")
    text = re.sub(r"<[^>]+>", "", evidence)
    for option in (row["option_a"], row["option_b"]):
        score = sum(option["metadata"]["score_parts"].values())
        assert f"<strong>{score:.0f}</strong>" in completeness
        assert all(email in text for email in option["metadata"]["emails"])
        assert f'href="https://dashboard.givebutter.com/contacts/{option["value"]}"' in evidence
    assert f"https://www.jotform.com/inbox/{shown.env.config.jotform_signup_form_id}/{row['subject']}" in evidence
    assert '<span class="only-read"> same</span>' in evidence
    assert "becomes a duplicate" in text


def test_an_external_id_question_names_every_cited_contact_and_has_no_score(shown):
    cited = [row for row in open_conflicts(shown) if row["recommendation_reason"].startswith("Contact 17")]
    assert cited
    for row in cited:
        page = client_of_person(shown).get(at(shown, row)).text
        contact_id = row["recommendation_reason"].split(" ")[1]
        assert f'href="https://dashboard.givebutter.com/contacts/{contact_id}"' in page
        assert f"</strong> Contact {contact_id}" not in page  # its name is beside the id
        assert f"({contact_id}) " in page
        assert "Completeness" not in page


def test_answered_questions_show_who_answered_what(console):
    browser, row = client_of_person(console), open_conflicts(console)[0]
    answer(browser, console, row, "b")
    page = browser.get(at(console, rest="?status=decided")).text
    assert f"<strong>{escape(name_options(row)['b'])}</strong>" in page
    assert "Erin Editor" in page.partition("<tbody>")[2]
    assert ">All questions<" in browser.get(at(console, row)).text


def test_an_answer_leads_to_the_next_conflict_of_the_filter_and_can_be_undone(console):
    browser, (first, second, *_) = client_of_person(console), open_conflicts(console, severity="high")
    there = answer(browser, console, first, "b", "?severity=high", reason="I asked her.")
    assert there.status_code == 303
    assert there.headers["location"] == at(console, second, f"?severity=high&was={first['id']}")
    (decision,) = decided(console)
    assert (decision["choice"], decision["value"]) == ("b", first["option_b"]["value"])
    assert (decision["decided_by"], decision["reason"]) == ("Erin Editor", "I asked her.")

    page = browser.get(there.headers["location"]).text
    assert f'action="{at(console, first)}/undo?severity=high"' in page
    back = browser.post(at(console, first, "/undo"), data={"decision": decision["id"]})
    assert back.headers["location"] == at(console, first, f"?was={first['id']}")
    assert "The question is open again." in browser.get(back.headers["location"]).text
    assert decided(console) == []
    page = browser.get(at(console, first)).text
    assert "Earlier answers" in page
    assert "I asked her." in page


def test_the_last_conflict_leads_back_to_the_list(console):
    browser, rows = client_of_person(console), open_conflicts(console, conflict_type="external_id_collision")
    kind = "?type=external_id_collision"
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        there = answer(browser, console, row, "skipped", kind).headers["location"]
        assert there == at(console, following, f"{kind}&was={row['id']}")
    assert "Skip" in browser.get(there).text


def test_the_second_person_sees_the_first_persons_decision(console):
    erin, sam, row = client_of_person(console), client_of_person(console, "Sam Second"), open_conflicts(console)[0]
    answer(erin, console, row, "a")
    late = answer(sam, console, row, "b")
    assert late.status_code == 409
    assert "Somebody else decided this." in late.text
    assert "Erin Editor answered it" in late.text
    assert [row["decided_by"] for row in decided(console)] == ["Erin Editor"]


def test_concurrent_answers(console):
    browsers, row = [client_of_person(console), client_of_person(console, "Sam Second")], open_conflicts(console)[0]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda browser: answer(browser, console, row, "a"), browsers))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert len(decided(console)) == 1


def test_a_changed_conflict_is_shown_again(console):
    browser, row = client_of_person(console), open_conflicts(console)[0]
    with console.services.engine.begin() as conn:
        conn.execute(sa.update(t.sync_conflicts).values(input_fingerprint="another"))
    late = answer(browser, console, row, "a")
    assert late.status_code == 409
    assert "This has changed since you opened it." in late.text
    assert decided(console) == []


def test_an_undo_does_not_affect_a_later_answer(console):
    erin, sam, row = client_of_person(console), client_of_person(console, "Sam Second"), open_conflicts(console)[0]
    answer(erin, console, row, "a")
    (mine,) = decided(console)
    sam.post(at(console, row, "/undo"), data={"decision": mine["id"]})
    answer(sam, console, row, "b")
    late = erin.post(at(console, row, "/undo"), data={"decision": mine["id"]})
    assert late.status_code == 409
    assert [row["decided_by"] for row in decided(console)] == ["Sam Second"]


def test_an_answer_stays_the_persons_when_mn_ids_are_exchanged(console):
    """Two students claim a contact, and one gets a new one; under the other MN id the answer can be undone."""
    env, browser = console.env, client_of_person(console)
    row = next(row for row in open_conflicts(console) if row["subject"].startswith("contested:"))
    mine, asked = row["mn_id"], {one["mn_id"] for one in open_conflicts(console)}
    other = next(mentor for mentor in env.rows(t.mentors) if mentor["mn_id"] not in asked)
    answer(browser, console, row, "b")
    (decision,) = decided(console)
    assert decision["submission_id"] == env.mentor(mine)["submission_id"]

    def exchange(first: str, second: str) -> None:
        ids = {first: env.mentor(second)["submission_id"], second: env.mentor(first)["submission_id"]}
        for mn_id, submission_id in ids.items():
            env.sandbox.forms.edit(env.config.jotform_signup_form_id, submission_id, {"mnid": mn_id})
        env.later()
        env.fetch()
        env.etl()

    exchange(mine, other["mn_id"])
    assert env.mentor(other["mn_id"])["submission_id"] == decision["submission_id"]
    assert [open_conflicts(console, subject=row["subject"], mn_id=mn_id) for mn_id in (mine, other["mn_id"])] == [
        [],
        [],
    ]
    page = browser.get(at(console, row)).text
    assert other["mn_id"] in page
    assert "Erin Editor" in page
    assert at(console, row) in browser.get(f"/{console.year}/mentors/{other['mn_id']}").text
    assert at(console, row) not in browser.get(f"/{console.year}/mentors/{mine}").text
    undone = browser.post(at(console, row, "/undo"), data={"decision": str(decision["id"])})
    assert undone.status_code == 303
    assert decided(console) == []
    assert [one["mn_id"] for one in open_conflicts(console, id=row["id"])] == [other["mn_id"]]


def test_another_contact_can_be_searched_and_chosen(console):
    browser, row = client_of_person(console), open_conflicts(console, conflict_type="contact_selection")[0]
    held = {row["contact_id"] for row in console.env.rows(t.winner_contacts)}
    free = next(
        contact
        for contact in console.env.rows(t.raw_gb_full_contacts)
        if contact["contact_id"] not in held
        and not contact["external_id"]
        and contact["last_name"]
        and not contact["archived_at"]
    )
    page = browser.get(f"/{console.year}/contacts", params={"q": free["last_name"][:4].upper()}).text
    assert f'value="{free["contact_id"]}"' in page
    wrong = answer(browser, console, row, "custom", value="99" * 12)
    assert wrong.status_code == 422
    assert "whole number" in wrong.text
    assert answer(browser, console, row, "custom", value=str(free["contact_id"])).status_code == 303
    assert decided(console)[0]["value"] == free["contact_id"]


@pytest.mark.parametrize("how", ["name", "swapped", "email", "phone", "id", "external id"])
def test_a_contact_is_found_by(shown, how):
    contact = next(
        row
        for row in shown.env.rows(t.raw_gb_full_contacts)
        if row["phone_keys"] and row["email_keys"] and row["external_id"] and row["last_name"] and row["first_name"]
    )
    typed = {
        "name": f"{contact['first_name'][:3]} {contact['last_name']}",
        "swapped": f"{contact['last_name']} {contact['first_name'][:3].lower()}",
        "email": contact["email_keys"][-1].upper(),
        "phone": contact["phone_keys"][-1].removeprefix("+1"),
        "id": str(contact["contact_id"]),
        "external id": contact["external_id"].lower(),
    }[how]
    results = client_of_person(shown).get(f"/api/{shown.year}/contacts", params={"search": typed}).json()
    assert contact["contact_id"] in {contact["contact_id"] for contact in results}


def test_accepting_all_answers_exactly_the_preview(console):
    browser = client_of_person(console)
    page = browser.get(at(console, rest="/accept?type=shared_phone")).text
    rows = open_conflicts(console, conflict_type="shared_phone")
    assert rows
    previewed = page.partition('name="seen" value="')[2].partition('"')[0]
    assert previewed == fingerprint(*sorted((row["id"], conflict_fingerprint(row)) for row in rows))
    assert decided(console) == []
    done = browser.post(at(console, rest="/accept?type=shared_phone"), data={"seen": previewed})
    assert done.headers["location"] == at(console, rest="?type=shared_phone")
    assert {row["subject"] for row in decided(console)} == {row["subject"] for row in rows}
    assert "answered as recommended" in browser.get(done.headers["location"]).text


def test_accepting_all_answers_nothing_when_one_has_changed(console):
    browser = client_of_person(console)
    previewed = browser.get(at(console, rest="/accept")).text.partition('name="seen" value="')[2].partition('"')[0]
    narrower = browser.post(at(console, rest="/accept?type=shared_phone"), data={"seen": previewed})
    assert (narrower.status_code, decided(console)) == (409, [])  # another filter than that of the preview
    row = next(row for row in open_conflicts(console) if row["recommended_option"])
    answer(browser, console, row, "skipped")
    with console.services.engine.begin() as conn:
        conn.execute(
            sa.update(t.sync_conflicts).values(input_fingerprint="another").where(t.sync_conflicts.c.id == row["id"])
        )
    before = decided(console)
    late = browser.post(at(console, rest="/accept"), data={"seen": previewed})
    assert late.status_code == 409
    assert "Nothing was answered." in late.text
    assert decided(console) == before
    assert browser.post(at(console, rest="/accept"), data={"seen": "1:x"}).status_code == 422


def test_a_viewer_sees_a_conflict_without_buttons(shown):
    page = client_of_person(shown, "Vic Viewer", "viewer").get(at(shown, open_conflicts(shown)[0])).text
    assert "Match evidence" in page
    assert 'name="choice"' not in page


def test_a_conflict_of_another_year_is_not_found(shown):
    client, row = client_of_person(shown), open_conflicts(shown)[0]
    assert client.get(f"/{shown.year - 1}/conflicts/{row['id']}").status_code == 404
    assert client.get(at(shown, 10**17)).status_code == 404


def test_the_api_lists_answers_and_undoes(console):
    client, base = console.client(console.token()), f"/api/{console.year}/conflicts"
    rows = open_conflicts(console)
    listed = client.get(base, params={"status": "pending", "limit": 2, "offset": 1}).json()
    assert (listed["total"], [item["id"] for item in listed["items"]]) == (len(rows), [row["id"] for row in rows[1:3]])
    detail = client.get(f"{base}/{rows[0]['id']}").json()
    assert detail["seen"] == conflict_fingerprint(rows[0])
    assert client.post(f"{base}/{detail['id']}/answer", json={"choice": "a", "seen": "0" * 64}).status_code == 409
    done = client.post(f"{base}/{detail['id']}/answer", json={"choice": "a", "seen": detail["seen"]}).json()
    assert (done["status"], done["decision"]["decided_by"]) == ("decided", "a editor's program")
    again = client.post(f"{base}/{detail['id']}/answer", json={"choice": "b"})
    assert (again.status_code, again.json()["code"]) == (409, "ALREADY_DECIDED")
    back = client.post(f"{base}/{detail['id']}/undo", json={"decision_id": done["decision"]["id"]}).json()
    assert (back["status"], back["history"][0]["undone_by"]) == ("pending", "a editor's program")
    assert client.get(f"{base}/{10**17}").status_code == 404
    wrong = client.post(f"{base}/{detail['id']}/answer", json={"choice": "custom", "value": "\x00"})
    assert wrong.status_code == 422


def test_the_api_accepts_exactly_what_its_preview_showed(console):
    client, base = console.client(console.token()), f"/api/{console.year}/conflicts"
    preview = client.get(f"{base}/acceptable").json()
    rows = open_conflicts(console)
    assert preview["total"] + preview["without_recommendation"] == len(rows)
    pages = [client.get(f"{base}/acceptable", params={"limit": 2, "offset": n}).json() for n in range(0, len(rows), 2)]
    items = [item for page in pages for item in page["items"]]
    assert items == preview["items"]
    seen = [{"id": item["id"], "seen": item["seen"]} for item in items]
    stale = [{**seen[0], "seen": "0" * 64}, *seen[1:]]
    assert client.post(f"{base}/accept", json={"conflicts": stale}).status_code == 409
    assert decided(console) == []
    done = client.post(f"{base}/accept", json={"conflicts": seen, "reason": "As it says."}).json()
    assert sorted(done["accepted"]) == sorted(item["id"] for item in seen)


def test_changes_of_people_are_events_in_dagster_without_personal_data(console, instance_of):
    row = open_conflicts(console)[0]
    answer(client_of_person(console), console, row, "a", reason="She said so.")
    event = instance_of.fetch_materializations(dg.AssetKey("sync_decisions"), limit=1).records[0].event_log_entry
    event_text = repr(event.asset_materialization)
    assert str(row["id"]) in event_text
    assert "She said so." not in event_text
    assert "Erin" not in event_text


def test_a_contact_that_is_given_to_a_mentor_is_marked_in_the_other_mentors_question(console):
    pair = [row for row in console.env.conflicts() if row["context"].get("kind") == "contested"]
    first, second = sorted(pair, key=lambda row: row["subject"])[:2]
    assert first["subject"] == second["subject"]
    browser, address = console.browser(), f"/{console.year}/conflicts/{second['id']}"
    assert "is given to" not in browser.get(address).text
    console.env.decide(first["id"], "a")
    page = browser.get(address).text
    assert "is given to" in page
    assert f'href="/{console.year}/conflicts/{first["id"]}"' in page
