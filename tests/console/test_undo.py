"""Acts of people are recorded at once, the page stays, and what was done can be undone."""

import re

import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.review.finding_store import record_errors
from tests.console.conftest import Console


def follow(browser, answer, console: Console, path: str) -> str:
    """The page to which an act leads; the act keeps the filters of the page that it came from."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/{console.year}{path}"
    return browser.get(answer.headers["location"]).text


def undo_form(page: str) -> tuple[str, str]:
    """The path and the moment of the undo in a notice."""
    form = page.partition('class="toast"')[2]
    return re.search(r'action="([^"]+)"', form)[1], re.search(r'name="at" value="([^"]+)"', form)[1]


def act(browser, console: Console, path: str, list_path: str, **data):
    """Send a form from a page of a list."""
    referer = f"http://127.0.0.1/{console.year}{list_path}"
    return browser.post(f"/{console.year}{path}", data=data, headers={"Referer": referer})


def rows(console: Console, table: sa.Table, *where) -> list[dict]:
    return console.env.rows(table, *where, year=console.year)


def audited(console: Console) -> list[str]:
    return [row["act"] for row in console.env.rows(t.audit_log)]


def open_error(console: Console) -> int:
    error = build_error("INVALID_MN_ID", subject="9999", message="No id.", source_table="raw_mn_signups")
    with console.services.engine.begin() as conn:
        record_errors(conn, console.year, [error], source_table="raw_mn_signups", log_id=1, now=console.env.now)
    return next(row["id"] for row in rows(console, t.sync_errors) if row["subject"] == "9999")


def test_closed_errors_can_be_opened_again(console: Console):
    browser, error_id = console.browser(), open_error(console)
    answer = act(browser, console, "/errors/ignore", "/errors?severity=high", ids=[error_id])
    page = follow(browser, answer, console, "/errors?severity=high")
    assert "1 error is dismissed." in page
    path, moment = undo_form(page)
    assert 'class="toast"' not in browser.get(f"/{console.year}/errors").text
    page = follow(browser, browser.post(path, data={"at": moment}), console, "/errors")
    assert "1 error is listed again." in page
    (row,) = rows(console, t.sync_errors, t.sync_errors.c.id == error_id)
    assert (row["resolved"], row["resolution_method"], row["resolved_by"]) == (False, None, None)
    assert audited(console) == ["errors_ignored", "errors_reopened"]
    assert browser.post(path, data={"at": moment}).status_code == 404


def test_an_error_that_was_found_again_stays_open_once(console: Console):
    error_id, program = open_error(console), console.client(console.token())
    program.post(f"/api/{console.year}/errors/ignore", json={"ids": [error_id]})
    with console.services.engine.begin() as conn:
        (closed,) = rows(console, t.sync_errors, t.sync_errors.c.id == error_id)
        twin = {name: value for name, value in closed.items() if name not in ("id", "resolution_method")}
        conn.execute(sa.insert(t.sync_errors).values(**{**twin, "resolved": False, "message": "Another."}))
    assert program.post(f"/api/{console.year}/errors/reopen", json={"ids": [error_id]}).json() == {"ids": [error_id]}
    assert [row["resolved"] for row in rows(console, t.sync_errors, t.sync_errors.c.subject == "9999")] == [True, False]


def test_only_the_own_acknowledgements_are_taken_back(console: Console):
    browser, other = console.browser(), console.browser("Sam Second")
    first, second, *_ = [row["id"] for row in rows(console, t.sync_warnings) if not row["acknowledged"]]
    act(other, console, "/warnings/acknowledge", "/warnings", ids=[second])
    answer = act(browser, console, "/warnings/acknowledge", "/warnings?warning_type=x", ids=[first])
    path, moment = undo_form(follow(browser, answer, console, "/warnings?warning_type=x"))
    follow(browser, browser.post(path, data={"at": moment}), console, "/warnings")
    state = {row["id"]: row["acknowledged_by"] for row in rows(console, t.sync_warnings)}
    assert (state[first], state[second]) == (None, "Sam Second")
    answer = console.client(console.token()).post(f"/api/{console.year}/warnings/reopen", json={"ids": [second]})
    assert answer.json() == {"ids": [second]}


def test_accepted_recommendations_are_undone_as_one(console: Console):
    browser = console.browser()
    page = browser.get(f"/{console.year}/conflicts/accept?type=shared_phone").text
    asked = [row["id"] for row in rows(console, t.sync_conflicts) if row["conflict_type"] == "shared_phone"]
    previewed = page.partition('name="seen" value="')[2].partition('"')[0]
    answer = browser.post(f"/{console.year}/conflicts/accept?type=shared_phone", data={"seen": previewed})
    page = follow(browser, answer, console, "/conflicts?type=shared_phone")
    path, moment = undo_form(page)
    page = follow(browser, browser.post(path, data={"at": moment}), console, "/conflicts")
    assert f"{len(asked)} questions are open again." in page
    assert not [row for row in rows(console, t.sync_conflicts) if row["status"] == "decided"]
    assert "answers_undone" in audited(console)
    assert browser.post(path, data={"at": moment}).status_code == 422


def test_an_approval_is_recorded_at_once_and_can_be_undone(console: Console):
    browser, base = console.browser(), f"/{console.year}/archive"
    page = browser.get(base).text
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    chosen = [row["contact_id"] for row in rows(console, t.archive_plan) if row["plan_state"] == "needs_approval"]
    answer = act(browser, console, "/archive", "/archive?donors=yes", seen=seen, act="approve", contact=chosen)
    page = follow(browser, answer, console, "/archive?donors=yes")
    assert f"{len(chosen)} contacts are approved for archiving." in page
    path, moment = undo_form(page)
    assert "needs approval (0)" in browser.get(base).text
    follow(browser, browser.post(path, data={"at": moment}), console, "/archive")
    assert f"needs approval ({len(chosen)})" in browser.get(base).text
    assert browser.post(path, data={"at": moment}).status_code == 409
    assert audited(console) == ["contacts_approved", "archive_answers_undone"]


def test_odd_moments_undo_nothing(console: Console):
    browser = console.browser()
    for path in ("/errors/reopen", "/warnings/reopen", "/conflicts/undo", "/archive/undo"):
        for moment in ("", "now", "2026-10-01T12:00:00", "9999-12-31T23:59:59.999999+00:00"):
            answer = browser.post(f"/{console.year}{path}", data={"at": moment})
            assert answer.status_code in {404, 409, 422}, (path, moment, answer.status_code)
    assert console.env.rows(t.audit_log) == []


def test_a_notice_never_leads_to_another_site(console: Console):
    browser, error_id = console.browser(), open_error(console)
    answer = browser.post(
        f"/{console.year}/errors/ignore",
        data={"ids": [error_id]},
        headers={"Referer": f"https://elsewhere.example/{console.year + 1}/errors?x=1"},
    )
    assert answer.headers["location"] == f"/{console.year}/errors"
