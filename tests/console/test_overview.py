"""The overview: the next step, one primary button, and numbers that agree with the lists behind them."""

import re
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.automation.jobs import DUPLICATES, ETL, PLAN
from mentorsync_pipeline.automation.plan_jobs import choose_plan_job
from mentorsync_pipeline.console.dagster_client import Run
from mentorsync_pipeline.console.pages import dashboard
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.db.audit import AuditEntry, record
from mentorsync_pipeline.db.load_order import LAST_RUN
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.domain.findings import REJECTED_ROWS
from mentorsync_pipeline.loop.queries import LoopState, read_loop
from mentorsync_pipeline.review import service
from mentorsync_pipeline.runtime.run_options import RejectedFile, build_run_config, to_config_dict
from tests.console.conftest import Console, console_on
from tests.console.numbers import assert_numbers_agree
from tests.support.steps import run_assets


def loop_of(console: Console) -> LoopState:
    services = console.services
    with services.reading() as conn:
        return read_loop(services.cache.of_year(conn, console.year), now=services.now())


def rejected_file(path: Path) -> dict[str, Any]:
    return to_config_dict(build_run_config("gb_failed_rows", RejectedFile(path=str(path))))


def open_questions(console: Console, *, blocking: bool | None = None) -> list[dict]:
    return [row for row in console.env.conflicts() if blocking is None or row["blocking"] == blocking]


def answer_all(console: Console, choice: str = "a") -> None:
    for row in open_questions(console):
        console.env.decide(row["id"], choice)


def page(console: Console, path: str = "", role: str = "editor") -> str:
    answer = console.browser("Erin Editor", role).get(f"/{console.year}{path}")
    assert answer.status_code == 200, answer.text
    return answer.text


def primary_buttons(text: str) -> list[str]:
    """The labels of the primary buttons in the page's body."""
    return re.findall(r'class="primary"[^>]*>([^<]+)<', text.partition("<main")[2])


@pytest.fixture
def synced(rounds, start, tmp_path) -> Console:
    """A console after the first sync: its file waits to be imported."""
    return console_on(start(rounds["synced"], serve=False), tmp_path)


def fetched(console: Console) -> None:
    """Record a download of the newest file by a console whose clock is ahead."""
    file = console.env.rows(t.gb_import_files, year=console.year)[-1]
    with console.services.engine.begin() as conn:
        last_run = conn.execute(sa.select(LAST_RUN)).scalar_one()
        record(
            conn,
            AuditEntry(
                act="file_fetched",
                subject=file["sha256"],
                who="Erin Editor",
                via="session",
                done_at=console.env.now + timedelta(hours=2),
                campaign_year=console.year,
                details={"after_log_id": last_run},
            ),
        )


def test_open_questions_come_first_and_the_numbers_agree(shown: Console):
    state, text = loop_of(shown), page(shown, role="viewer")
    questions = open_questions(shown)
    blocked = [row for row in shown.env.rows(t.mentors, year=shown.year) if row["sync_state"] == "blocked"]
    assert state.loop.action == "answer"
    assert state.facts.open_questions == len(questions)
    assert f"Answer {len(questions)} questions, then the import file is complete" in text
    assert state.blocked.open == state.blocked.total == len(blocked)
    assert f"{len(questions)} questions, blocking {len(blocked)} mentors" in text
    assert f"{len(questions)} questions</p>" in page(shown, "/conflicts", role="viewer")
    assert primary_buttons(text) == ["Answer questions"]
    assert 'class="badge bad">too old' not in text
    assert_numbers_agree(shown)


def test_a_page_shows_the_data_of_one_moment(console: Console, monkeypatch: pytest.MonkeyPatch):
    """Its counts agree, although a step of a run ends while they are read."""
    read_figures = dashboard.read_figures

    def settle_errors(conn: sa.Connection, year: int) -> Any:
        with console.services.engine.begin() as other:
            other.execute(sa.update(t.sync_errors).values(resolved=True))
        return read_figures(conn, year)

    monkeypatch.setattr(dashboard, "read_figures", settle_errors)
    counts = loop_of(console).pending
    assert counts.errors
    text = page(console)
    assert ">to correct</span>" in text
    assert f'<span class="count">{counts.open_questions + counts.errors}<' in text
    assert ">to correct</span>" not in page(console)


def test_a_file_that_is_ready_is_the_next_step_and_then_its_import(synced: Console):
    answer_all(synced, "skipped")
    assert loop_of(synced).loop.action == "download"
    text = page(synced)
    assert "Your file is ready: import it into Givebutter" in text
    assert primary_buttons(text) == ["Download import file"]
    assert_numbers_agree(synced)
    fetched(synced)
    text = page(synced)
    assert "Import the file into Givebutter, then upload a fresh export" in text
    assert primary_buttons(text) == ["Upload fresh export"]
    link = f'href="{synced.services.settings.givebutter_contacts_link}"'
    assert link in text
    assert page(synced, "/files").count(link) == 2


def running(console: Console, monkeypatch: pytest.MonkeyPatch, job: str) -> Run:
    """Let Dagster answer that a run of the year is queued."""
    run = Run(
        run_id="00000000-0000-4000-8000-000000000002",
        job=job,
        status="QUEUED",
        year=console.year,
        started_at=None,
        ended_at=None,
        steps_done=0,
        steps_failed=0,
    )
    monkeypatch.setattr(console.services.dagster, "runs", lambda **_: [run])
    return run


def test_contacts_without_a_recalculation_are_matched_first(console: Console, monkeypatch: pytest.MonkeyPatch):
    answer_all(console, "skipped")
    console.env.upload()
    assert loop_of(console).loop.action == "recalculate"
    text = page(console)
    assert "Matching the mentors with the new contacts …" in text
    assert primary_buttons(text) == [], "the run starts in a moment"
    console.env.later()
    text = page(console)
    assert "Match the mentors with the new contacts" in text
    assert "Everything is in Givebutter" not in text
    assert primary_buttons(text) == ["Match now"]
    assert text.count('class="is-done"') == 1
    run = running(console, monkeypatch, "etl_to_file")
    for path in ("/now", "/next"):
        text = page(console, path)
        assert "Matching the mentors with the new contacts …" in text
        assert f'href="/{console.year}/runs/{run.run_id}"' in text
        assert "Match now" not in text
    monkeypatch.undo()
    console.env.etl()
    assert loop_of(console).loop.action != "recalculate"


def test_nothing_is_ready_while_a_run_recalculates_the_year(synced: Console, monkeypatch: pytest.MonkeyPatch):
    answer_all(synced, "skipped")
    running(synced, monkeypatch, "etl")
    text = page(synced, "/now")
    assert "Recalculating the year …" in text
    assert "Your file is ready" not in text
    running(synced, monkeypatch, "restore_archived")
    assert "Your file is ready" in page(synced, "/now")


def test_after_an_import_with_a_rejected_row_a_fresh_export_is_next(synced: Console):
    """Not the import again: the rejected rows show that it is done."""
    answer_all(synced, "skipped")
    fetched(synced)
    mn_id = synced.env.rows(t.mn_gb_import, year=synced.year)[0]["mn_id"]
    rejected = synced.env.folder / "contacts-2026-10-01-1-failed.csv"
    rejected.write_text(f'ERRORS,external_id,last_name\n"The phone is invalid.",{mn_id},Zz\n')
    synced.env.later()
    synced.env.run("rejected_rows", year=synced.year, config=rejected_file(rejected))
    text = page(synced)
    assert "Imported, but 1 row was rejected: upload a fresh export" in text
    assert "The rejected row is in the next file once an export shows that its cause is gone." in text
    assert primary_buttons(text) == ["Upload fresh export"]
    assert "rows to import into Givebutter" not in text
    assert "imported rows to confirm" in text
    assert "in the downloaded file" in text
    assert "1 rejected row</a>" in text
    strip = text.partition('class="loop"')[2].partition("</ol>")[0]
    assert "done, 1 row rejected" in strip
    assert assert_numbers_agree(synced)["next"]["action"] == "upload_imported"


def test_a_rejected_row_is_the_next_step_after_the_import(console: Console):
    answer_all(console, "skipped")
    mentor = console.env.rows(t.mn_gb_import, year=console.year)[0]["mn_id"]
    error = build_error("GB_ROW_REJECTED", mn_id=mentor, subject=mentor, message="No.", source_table=REJECTED_ROWS)
    with console.services.engine.begin() as conn:
        conn.execute(
            sa.insert(t.sync_errors).values(campaign_year=console.year, created_at=console.env.now, **asdict(error))
        )
    state, text = loop_of(console), page(console)
    assert state.loop.action == "correct"
    assert "1 row was rejected by Givebutter" in text
    assert primary_buttons(text) == ["See the rejected row"]
    assert f'href="/{console.year}/errors?error_code=GB_ROW_REJECTED"' in text
    assert 'class="is-now wrong"' in text
    rows = len(console.env.rows(t.mn_gb_import, year=console.year))
    assert f"{rows - 1} rows are in Givebutter, 1 rejected" in text
    assert assert_numbers_agree(console)["next"]["rejected_rows"] == 1


def test_a_plan_from_before_the_applied_answers_is_refreshed(console: Console):
    assert loop_of(console).facts.plan_is_current
    answer_all(console)
    console.env.etl()
    assert not loop_of(console).facts.plan_is_current
    assert "the plan is out of date" in page(console)
    assert_numbers_agree(console)
    assert primary_buttons(page(console, "/archive")) == primary_buttons(page(console)), "the next step"
    console.env.plan_archive()
    assert loop_of(console).facts.plan_is_current
    assert_numbers_agree(console)
    answer_all(console)
    console.env.plan_archive()
    assert not loop_of(console).facts.plan_is_current, "no calculation has applied the last answers"
    assert_outdated_plan_is_refused(console)


def assert_outdated_plan_is_refused(console: Console) -> None:
    """Approvals and archiving are refused with the reason; the refresh recalculates what the plan needs."""
    client, year = console.browser(), console.year
    for path, body in (("approve", {"plan_fingerprint": "0" * 64}), ("apply", {})):
        refused = client.post(f"/api/{year}/archive/{path}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "PLAN_OUTDATED"), path
        assert "Refresh the plan" in refused.json()["what_to_do"]
    assert "out of date" in client.post(f"/{year}/archive/apply").text
    with console.services.engine.connect() as conn:
        job = choose_plan_job(conn, year, "duplicates")
    run_assets(console.env.definitions(), (*ETL, PLAN) if job == "etl_to_plan" else (DUPLICATES, PLAN), year=year)
    assert loop_of(console).facts.plan_is_current, "one refresh is enough"


def test_a_plan_from_before_a_calculation_an_undo_or_new_settings_is_outdated(console: Console):
    env = console.env
    env.upload()
    env.plan_archive()
    env.etl()
    assert not loop_of(console).facts.plan_is_current, "it was made from mentors of the earlier contacts"
    assert_outdated_plan_is_refused(console)
    conflict = open_questions(console)[0]
    env.decide(conflict["id"], "a")
    env.etl()
    env.plan_archive()
    service.undo_answer(env.change_context(), conflict["id"])
    state = loop_of(console)
    assert (state.pending.unapplied_answers, state.facts.plan_is_current) == (1, False)
    assert_outdated_plan_is_refused(console)
    env.change_setting("thresholds", '{"clear_winner_points": "90"}')
    answer_all(console, "skipped")
    assert loop_of(console).loop.action == "recalculate"
    assert "Recalculate the year with the changed settings" in page(console)
    assert primary_buttons(page(console)) == ["Recalculate now"]
    env.etl()
    assert not loop_of(console).facts.plan_is_current
    assert_outdated_plan_is_refused(console)


def test_an_answer_during_a_calculation_is_to_apply_until_the_next(console: Console):
    """The matching of a run lacks the answer; its mentors, and a plan after it, are younger than the answer."""
    env = console.env
    first, *others = open_questions(console)
    for row in others:
        env.decide(row["id"], "skipped")
    env.later()
    run_assets(env.definitions(), ETL[:3], year=env.year)
    env.decide(first["id"], "a")
    env.later()
    run_assets(env.definitions(), ETL[3:], year=env.year)
    env.later()
    for _ in range(2):
        state = loop_of(console)
        assert (state.loop.action, state.pending.unapplied_answers) == ("apply", 1)
        assert not state.facts.plan_is_current
        env.plan_archive()
    assert "1 answer to apply" in page(console)
    assert_numbers_agree(console)
    env.etl()
    state = loop_of(console)
    assert state.pending.unapplied_answers == 0
    assert not state.facts.plan_is_current, "it was made before the calculation that has the answer"
    env.plan_archive()
    assert loop_of(console).facts.plan_is_current


def test_skipped_answered_and_unlinked_mentors_have_their_own_lines(console: Console):
    first, second, third, *_ = open_questions(console, blocking=True)
    console.env.decide(first["id"], "skipped")
    console.env.decide(second["id"], "a")
    with console.services.engine.begin() as conn:
        conn.execute(
            sa.update(t.sync_conflicts)
            .where(t.sync_conflicts.c.id == third["id"])
            .values(option_b={**third["option_b"], "value": LEAVE_UNLINKED})
        )
    console.env.decide(third["id"], "b")
    state = loop_of(console)
    assert (state.blocked.skipped, state.blocked.answered, state.blocked.unlinked) == (1, 1, 1)
    assert state.pending.unapplied_answers == 2
    text = page(console)
    for words in ("1 skipped question", "2 answers to apply", "1 mentor without a contact"):
        assert words in text


def test_answers_are_applied_and_the_file_is_created_again_from_the_same_contacts(synced: Console):
    env = synced.env
    answer_all(synced)
    assert primary_buttons(page(synced)) == ["Apply now"]
    env.etl()
    answer_all(synced, "skipped")
    assert loop_of(synced).loop.action == "apply", "a skipped question takes its earlier answer back"
    env.etl()
    state = loop_of(synced)
    assert state.loop.action == "replace_file"
    assert primary_buttons(page(synced)) == ["Create the file again"]
    fetched(synced)
    answer = synced.browser().post(f"/{synced.year}/files/export", data={"replaces": state.facts.file.file_id})
    assert answer.status_code == 409
    assert "FILE_FETCHED" in answer.text


def test_old_contacts_are_wrong_and_say_what_to_do(console: Console):
    with console.services.engine.begin() as conn:
        conn.execute(sa.update(t.sync_conflicts).values(created_at=console.env.now - timedelta(days=1)))
    console.env.now += timedelta(days=8)
    text = page(console)
    assert "The contacts are out of date: upload a fresh export" in text
    assert primary_buttons(text) == ["Upload export"]
    assert 'class="is-now wrong"' in text
    assert "Oldest: 9 days" in text


def test_a_year_without_contacts_starts_with_an_upload(rounds, start, tmp_path):
    empty = console_on(start(rounds["configured"], serve=False), tmp_path)
    text = page(empty)
    assert "Upload the contacts export from Givebutter" in text
    assert primary_buttons(text) == ["Upload export"]
    assert "after the fresh export" in text
    assert "out of date" not in text
    assert "wrong" not in text.partition('class="loop"')[2].partition("</ol>")[0]


def test_a_failed_run_is_shown_until_the_asset_succeeds(console: Console):
    log = t.sync_log
    run_id = "00000000-0000-4000-8000-000000000001"
    row = {"asset": "partner_matches", "campaign_year": console.year, "started_at": console.env.now, "run_id": run_id}
    with console.services.engine.begin() as conn:
        conn.execute(sa.insert(log).values(**row, status="failed", finished_at=console.env.now))
    assert f"/{console.year}/runs/{run_id}" in page(console)
    with console.services.engine.begin() as conn:
        conn.execute(sa.insert(log).values(**row, status="success", finished_at=console.env.now))
    assert "A run failed" not in page(console)


def test_the_api_has_the_next_step(shown: Console):
    program = shown.client(shown.token("viewer"))
    answer = program.get(f"/api/{shown.year}/status").json()["next"]
    assert answer["action"] == "answer"
    assert answer["steps"]["questions"] == "now"
    rows = len(shown.env.rows(t.mn_gb_import, year=shown.year))
    assert answer["import_rows"] == {"changed": 0, "new": 0, "unchanged": rows}
    assert sum(answer["blocked_mentors"].values()) == loop_of(shown).blocked.total
