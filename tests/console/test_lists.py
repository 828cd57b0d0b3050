"""Pages of lists: overview, mentors, changes, runs, errors and warnings, and their CSV files."""

import csv
import io
import re
from dataclasses import replace
from typing import get_args

import pytest
import sqlalchemy as sa
from markupsafe import escape

from mentorsync_pipeline.automation.jobs import JOBS
from mentorsync_pipeline.console import labels
from mentorsync_pipeline.console.dagster_client import DagsterClient, Run, State
from mentorsync_pipeline.console.labels import INTERNAL_FIELDS
from mentorsync_pipeline.console.pages.mentor import safe_url
from mentorsync_pipeline.console.run_launcher import YearJob
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.mentors.metrics import read_figures
from mentorsync_pipeline.mentors.rules.fields import FIELDS
from mentorsync_pipeline.review.finding_store import record_errors
from tests.console.conftest import Console

LISTS = ("mentors", "partners", "changes", "runs", "errors", "warnings")


@pytest.fixture(scope="module")
def browser(shown: Console):
    return shown.browser("Vic Viewer", "viewer")


def page(browser, console: Console, path: str) -> str:
    answer = browser.get(f"/{console.year}{path}")
    assert answer.status_code == 200, answer.text
    return answer.text


def file_of(browser, console: Console, path: str) -> list[dict[str, str]]:
    answer = browser.get(f"/{console.year}/{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def rows(console: Console, query: sa.Select) -> list[sa.RowMapping]:
    with console.services.reading() as conn:
        return list(conn.execute(query).mappings())


def mentors(console: Console) -> list[sa.RowMapping]:
    return rows(console, sa.select(t.mentors).where(t.mentors.c.campaign_year == console.year))


def number_of_rows(text: str) -> int:
    return text.partition("<tbody>")[2].count("<tr>") + text.count('<li class="finding">')


def test_the_figures_of_the_overview_are_consistent(browser, shown):
    text = page(browser, shown, "")
    with shown.services.reading() as conn:
        figures = read_figures(conn, shown.year)
    assert figures.taking_part + figures.dropped == figures.mentors == len(mentors(shown))
    assert (
        figures.complete + figures.needs_fundraising + figures.needs_page + figures.needs_setup == figures.taking_part
    )
    assert figures.raised == sum(mentor["amount_raised"] for mentor in mentors(shown))
    assert figures.goal == figures.goal_each * figures.taking_part
    assert f"${figures.goal:,.0f}" in text
    for link in ("conflicts", "archive?state=needs_approval", "warnings", "mentors?sync_state=blocked"):
        assert f'href="/{shown.year}/{link}"' in text
    assert f'hx-get="/{shown.year}/now/charts" hx-trigger="load"' in text
    charts = page(browser, shown, "/now/charts")
    assert charts.count("<canvas") == 5
    assert charts.count("<table data-of=") == 5  # the same figures for people who cannot see the chart


def test_without_dagster_the_live_part_shows_the_log(browser, shown, monkeypatch):
    text = page(browser, shown, "/now")
    assert "No runs are started at the moment" in text
    assert "every 5s" not in text
    assert f'data-events="/api/{shown.year}/events"' in text
    assert f'href="/{shown.year}/runs/' in text
    assert "<html" not in text
    monkeypatch.setattr(DagsterClient, "is_starting", True)  # the first seconds of `mentorsync up`
    for path in ("/now", "/files/uploads"):
        text = page(browser, shown, path)
        assert "MentorSync is still starting." in text
        assert "does not answer" not in text
        assert 'hx-trigger="every 5s, ' in text
    assert "MentorSync is still starting." in browser.get(f"/{shown.year}/runs").text


def test_a_year_without_anything_has_an_overview(shown, browser):
    before = shown.year - 1
    for path in ("", *(f"/{name}" for name in LISTS), *(f"/{name}.csv" for name in LISTS)):
        assert browser.get(f"/{before}{path}").status_code == 200, path


@pytest.mark.parametrize("name", LISTS)
def test_each_list_is_paged_and_has_all_its_rows_in_the_file(browser, shown, name):
    text = page(browser, shown, f"/{name}?limit=2")
    total = int(re.search(r"([\d,]+)(?: results?)?</p>", text)[1].replace(",", ""))
    assert number_of_rows(text) == min(2, total)
    everything = file_of(browser, shown, f"{name}.csv")
    assert len(everything) == total
    if total > 2:
        assert 'rel="next"' in text
        assert 'rel="prev"' in page(browser, shown, f"/{name}?limit=2&offset=2")


@pytest.mark.parametrize("name", LISTS)
def test_each_list_can_be_sorted_by_its_sortable_columns(browser, shown, name):
    text = page(browser, shown, f"/{name}?limit=2")
    for column in set(re.findall(r"sort=(\w+)", text)):
        for way in ("", "&amp;descending=true"):
            page(browser, shown, f"/{name}?limit=2&sort={column}{way.replace('amp;', '')}")
    assert browser.get(f"/{shown.year}/{name}?sort=nonsense").status_code == 422


def test_mentors_can_be_searched_and_filtered(browser, shown):
    someone = next(mentor for mentor in mentors(shown) if mentor["phone"])
    for words in (
        someone["last_name"].upper(),
        f"{someone['first_name']} {someone['last_name']}",
        someone["phone"][2:],
    ):
        matches = file_of(browser, shown, f"mentors.csv?search={words}")
        assert someone["mn_id"] in {row["Mentor"] for row in matches}
        assert len(matches) < len(mentors(shown))
    blocked = file_of(browser, shown, "mentors.csv?sync_state=blocked&dropped=&search=")
    assert {row["Contact"] for row in blocked} == {"blocked"}
    by_money = file_of(browser, shown, "mentors.csv?sort=amount_raised&descending=true")
    raised = [float(row["Raised"]) for row in by_money]
    assert raised == sorted(raised, reverse=True)


def test_a_search_for_an_invalid_character_is_refused(browser, shown):
    answer = browser.get(f"/{shown.year}/mentors?search=%00")
    assert answer.status_code == 422
    assert "REQUEST_INVALID" in answer.text


def test_changes_between_two_syncs(browser, shown):
    syncs = rows(shown, sa.select(t.mn_changes.c.sync_log_id).distinct().order_by(t.mn_changes.c.sync_log_id))
    first = syncs[0]["sync_log_id"]
    everything = file_of(browser, shown, "changes.csv")
    before = file_of(browser, shown, f"changes.csv?to_sync={first}")
    after = file_of(browser, shown, f"changes.csv?from_sync={first}")
    assert len(before) + len(after) == len(everything)
    assert {row["Sync"] for row in before} == {str(first)}
    only = file_of(browser, shown, "changes.csv?change_type=new_mentor")
    assert {row["What"] for row in only} == {"new_mentor"}
    assert len(file_of(browser, shown, "changes.csv?net=true")) <= len(everything)
    assert browser.get(f"/{shown.year}/changes?from_sync=999999").status_code == 404


def test_changes_name_the_contacts_that_mentors_are_linked_to(browser, shown):
    linked = t.mn_changes.c.field == "gb_contact_id"
    contact = t.raw_gb_full_contacts
    found = rows(
        shown,
        sa.select(contact).where(
            contact.c.contact_id.in_(sa.select(sa.cast(t.mn_changes.c.new_value, sa.BigInteger)).where(linked))
        ),
    )
    text = page(browser, shown, "/changes?field=gb_contact_id&limit=200")
    assert found
    for row in found:
        assert escape(f"{row['first_name']} {row['last_name']} ({row['contact_id']})") in text


def test_the_list_of_runs_has_one_row_for_each_run(browser, shown):
    runs = file_of(browser, shown, "runs.csv?asset=mentors")
    assert len(runs) == 2
    assert {run["State"] for run in runs} == {"success"}
    changed = sum(int(run["Changes"]) for run in runs)
    assert changed == len(file_of(browser, shown, "changes.csv"))


def test_a_run_has_one_name_on_the_overview_and_in_the_list(browser, shown, monkeypatch):
    assert set(labels.JOB) == {job.name for job in JOBS}
    assert set(labels.JOB_PAGE) == set(labels.JOB) - set(get_args(YearJob))
    assert set(labels.RUN_STATE) == set(get_args(State))
    for path in ("", "/runs"):
        assert "Load an export</a>" in page(browser, shown, path)
    queued = Run(
        run_id="00000000-0000-4000-8000-000000000009",
        job="upload_contacts",
        status="QUEUED",
        year=None,
        started_at=None,
        ended_at=None,
    )
    (logged, *_) = file_of(browser, shown, "runs.csv")
    stopping = replace(queued, run_id=logged["Run id"], status="CANCELING")
    others = replace(queued, run_id="00000000-0000-4000-8000-000000000008", year=shown.year - 1)
    monkeypatch.setattr(shown.services.dagster, "runs", lambda **_: [queued, stopping, others])
    for path in ("/now", "/runs"):
        text = page(browser, shown, path)
        assert f'href="/{shown.year}/runs/{queued.run_id}">Load an export</a>' in text
        assert "being stopped" in text
        assert others.run_id not in text
    assert queued.run_id not in page(browser, shown, "/runs?status=success")
    logged_runs = len(file_of(browser, shown, "runs.csv"))
    assert f"{logged_runs + 1} results</p>" in text, "the queued run is counted"
    first = page(browser, shown, "/runs?limit=1")
    assert f'rel="next" href="/{shown.year}/runs?limit=1&amp;offset=1"' in first, "no run is left out"


def test_the_list_of_runs_shows_what_a_run_archived_and_restored(console):
    browser = console.browser()
    (run, *_) = file_of(browser, console, "runs.csv?asset=mentors")
    now = console.services.now()
    entry = {
        "campaign_year": console.year,
        "purpose": "duplicates",
        "action": "archive",
        "input_fingerprint": "x",
        "planned_at": now,
        "archived_at": now,
    }
    rows_to_add = [
        {
            **entry,
            "contact_id": 1,
            "status": "archived",
            "run_id": run["Run id"],
            "before_image": {"first_name": "P"},
        },
        {**entry, "contact_id": 2, "status": "archived", "run_id": run["Run id"]},
        {**entry, "contact_id": 3, "status": "restored", "run_id": "other", "restored_at": now},
    ]
    released = {**entry, "contact_id": 4, "action": "release", "status": "cleared", "run_id": run["Run id"]}
    with console.services.engine.begin() as conn:
        for row in rows_to_add:
            conn.execute(sa.insert(t.archived_duplicates).values(**row))
        conn.execute(sa.insert(t.archived_duplicates).values({**released, "archived_at": None, "cleared_at": now}))
        restored = t.archived_duplicates.c.contact_id == 3
        conn.execute(sa.update(t.archived_duplicates).where(restored).values(restore_run_id=run["Run id"]))
    text = page(browser, console, "/runs")
    for result in ("2 contacts archived", "1 External ID removed", "1 contact restored"):
        assert f">{result}</a>" in text
    line = next(line for line in file_of(browser, console, "runs.csv") if line["Run id"] == run["Run id"])
    assert (line["Contacts archived"], line["External IDs removed"], line["Contacts restored"]) == ("2", "1", "1")

    change = {"campaign_year": console.year, "mn_id": "MN0001", "change_type": "duplicates_archived", "resolved": True}
    archived = {"new_value": {"contact_id": 1, "winner_contact_id": 2}, "source_table": "archived_duplicates"}
    with console.services.engine.begin() as conn:
        conn.execute(sa.insert(t.mn_changes).values(**change, **archived, sync_log_id=1, detected_at=now))
        answered = change | {"change_type": "conflict_resolved", "field": "shared_phone", "source": "<b>100 % Ann"}
        answered |= {"source_table": "sync_decisions", "new_value": {"choice": "a", "value": "one_person"}}
        conn.execute(sa.insert(t.mn_changes).values(**answered, sync_log_id=1, detected_at=now))
    text = page(browser, console, "/changes?change_type=duplicates_archived")
    assert "P (1)" in text, "the name in the ledger, because the contact is no longer loaded"
    assert "kept: contact 2" in text
    text = page(browser, console, "/changes?change_type=conflict_resolved")
    assert "&lt;b&gt;100 % Ann" in text, "the name of a person is no text of the page"

    # a run that a person stopped is neither done nor failed
    stop = {
        "act": "run_stopped",
        "subject": run["Run id"],
        "who": "Erin",
        "via": "session",
        "done_at": now,
        "details": {},
    }
    with console.services.engine.begin() as conn:
        conn.execute(sa.insert(t.audit_log).values(campaign_year=console.year, **stop))
    stopped = file_of(browser, console, "runs.csv?status=stopped")
    assert [line["Run id"] for line in stopped] == [run["Run id"]]
    assert stopped[0]["State"] == "stopped"


def test_a_formula_from_a_public_form_is_text_in_the_file_and_on_the_page(console):
    someone = next(iter(mentors(console)))
    with console.services.engine.begin() as conn:
        conn.execute(
            sa.update(t.mentors)
            .where(t.mentors.c.mn_id == someone["mn_id"])
            .values(first_name='=HYPERLINK("x")', last_name="<script>alert(1)</script>", phone="+17065550101")
        )
    browser = console.browser()
    row = next(line for line in file_of(browser, console, "mentors.csv") if line["Mentor"] == someone["mn_id"])
    assert row["First name"] == '\'=HYPERLINK("x")'
    assert row["Phone"] == "+17065550101"
    text = page(browser, console, f"/mentors?search={someone['mn_id']}")
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


def test_errors_can_be_ignored_and_warnings_acknowledged(console):
    now = console.services.now()
    held = build_error(
        "EXTERNAL_ID_HELD", subject="MN1", message="Held.", source_table="gb_import_file", mn_id="MN0001"
    )
    with console.services.engine.begin() as conn:
        record_errors(conn, console.year, [held], source_table="gb_import_file", log_id=1, now=now)
    (error,) = rows(console, sa.select(t.sync_errors).where(t.sync_errors.c.error_code == "EXTERNAL_ID_HELD"))
    browser = console.browser("Erin Editor")

    # Dagster is not there: nothing is counted.
    answer = browser.post(f"/{console.year}/errors/retry", data={"ids": [error["id"]]})
    assert answer.status_code == 503
    (same,) = rows(console, sa.select(t.sync_errors).where(t.sync_errors.c.id == error["id"]))
    assert same["retry_count"] == 0

    answer = browser.post(f"/{console.year}/errors/ignore", data={"ids": [error["id"], error["id"]]})
    assert answer.status_code == 303
    assert "closed" in page(browser, console, "/errors")
    assert "EXTERNAL_ID_HELD" not in page(browser, console, "/errors")
    assert {row["By"] for row in file_of(browser, console, "errors.csv?state=resolved")} == {"Erin Editor"}
    (closed,) = rows(console, sa.select(t.sync_errors).where(t.sync_errors.c.id == error["id"]))
    assert (closed["resolution_method"], closed["resolved_by"]) == ("ignored", "Erin Editor")
    assert browser.post(f"/{console.year}/errors/ignore", data={"ids": [error["id"]]}).status_code == 404
    assert browser.post(f"/{console.year - 1}/errors/ignore", data={"ids": [error["id"]]}).status_code == 404

    unseen = file_of(browser, console, "warnings.csv?audience=all")
    browser.post(f"/{console.year}/warnings/acknowledge", data={"ids": [unseen[0]["Number"]]})
    assert len(file_of(browser, console, "warnings.csv?audience=all")) == len(unseen) - 1
    unseen = file_of(browser, console, "warnings.csv?audience=all")
    kind = unseen[0]["What"]
    browser.post(f"/{console.year}/warnings/acknowledge-all", data={"kind": kind, "search": ""})
    left = file_of(browser, console, "warnings.csv?audience=all")
    assert {row["What"] for row in left} == {row["What"] for row in unseen} - {kind}
    seen = file_of(browser, console, "warnings.csv?seen=yes")
    assert {row["Seen by"] for row in seen} == {"Erin Editor"}


def test_a_question_about_two_sign_ups_is_on_the_pages_of_both_mentors(browser, shown):
    c = t.sync_conflicts.c
    pairs = rows(shown, sa.select(c.id, c.subject).where(c.subject.contains("+"), c.status == "pending"))
    by_submission = {mentor["submission_id"]: mentor["mn_id"] for mentor in mentors(shown)}
    shown_for = [
        f'href="/{shown.year}/conflicts/{pair["id"]}"' in page(browser, shown, f"/mentors/{by_submission[submission]}")
        for pair in pairs
        for submission in pair["subject"].removeprefix("signups:").split("+")
        if submission in by_submission
    ]
    assert any(pair["subject"].startswith("signups:") for pair in pairs)
    assert len(shown_for) > len(pairs)
    assert all(shown_for)


def test_a_mentors_page_shows_the_source_of_each_value(browser, shown):
    (conflict,) = rows(shown, sa.select(t.sync_conflicts).where(t.sync_conflicts.c.blocking).limit(1))
    text = page(browser, shown, f"/mentors/{conflict['mn_id']}")
    assert f'href="/{shown.year}/conflicts/{conflict["id"]}"' in text
    assert text.count('<th scope="row"') == len(FIELDS) - len(INTERNAL_FIELDS)
    assert "the mentor&#39;s answer" in text
    assert "What is your full name?" in text
    member = next(mentor for mentor in mentors(shown) if mentor["fundraising_page_url"])
    text = page(browser, shown, f"/mentors/{member['mn_id']}")
    assert f'href="{member["fundraising_page_url"]}" rel="noreferrer noopener"' in text
    answer = browser.get(f"/{shown.year}/mentors/MN9999999")
    assert answer.status_code == 404
    assert "There is no mentor MN9999999" in answer.text


def test_every_mentors_page_is_a_story_without_codes_and_tables(browser, shown):
    changed = rows(shown, sa.select(t.mn_changes.c.mn_id).where(t.mn_changes.c.field.is_not(None)))
    present = {mentor["mn_id"] for mentor in mentors(shown)}
    for mn_id in sorted({row["mn_id"] for row in changed} & present)[:5]:
        text = page(browser, shown, f"/mentors/{mn_id}")
        visible = re.sub(r"<[^>]*>", " ", text.partition("<main")[2])
        assert "Signed up." in visible
        assert "Became a mentor of the year" in visible
        for code in ("raw_", "deduplicated", "source_order", "sync_", "_id ", "T00:", "+00:00"):
            assert code not in visible, (mn_id, code)


def test_two_sign_ups_with_one_id_wait_for_the_question_and_are_not_replaced(console):
    mentor = next(mentor for mentor in mentors(console) if mentor["sync_state"] == "matched")
    with console.env.engine.begin() as conn:
        for table in (t.raw_mn_signups, t.deduplicated_signups):
            query = sa.select(table).where(table.c.submission_id == mentor["submission_id"])
            row = dict(conn.execute(query).mappings().one())
            conn.execute(sa.insert(table).values(**{**row, "submission_id": "another"}))
        blocked = {"submission_id": None, "sync_state": "blocked"}
        conn.execute(sa.update(t.mentors).where(t.mentors.c.mn_id == mentor["mn_id"]).values(**blocked))
    text = page(console.browser(), console, f"/mentors/{mentor['mn_id']}")
    assert text.count("depends on an open question") == 2
    assert "replaced by a newer sign-up" not in text


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://givebutter.com/c/SWAB/members/1", True),
        ("https://givebutter.example:8443/x?y=1", True),
        ("javascript:alert(1)", False),
        ("http://127.0.0.1:3200/c/5200102", True),
        ("http://givebutter.com/", False),
        ("http://127.0.0.1.evil.example/", False),
        ("https://givebutter.com@evil.example/", False),
        ('https://givebutter.com/"onmouseover="x', False),
        ("//evil.example", False),
        (None, False),
    ],
)
def test_only_a_plain_address_becomes_a_link(url, safe):
    assert safe_url(url) == (url if safe else None)
