"""Steps of a sync that keep their rows: only while nothing has changed, and with the same results."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.db.asset_run import ALSO_WROTE, run_asset
from mentorsync_pipeline.db.audit import AuditEntry, record
from mentorsync_pipeline.db.data_state import DataState, read_data_state
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.domain.errors import UnexpectedError
from mentorsync_pipeline.runtime.in_process import RunReport
from tests.support.environment import RESULTS, RUN_COLUMNS, SandboxEnvironment

pytestmark = pytest.mark.slow

MATCHING = {"deduplicated_signups", "contact_candidates", "winner_contacts", "duplicate_contacts"}
STEPS = MATCHING | {"mentors", "archive_plan", "partner_matches", "mentor_gaps", "mn_gb_import"}


@pytest.fixture(scope="module")
def env(rounds, start_shared) -> SandboxEnvironment:
    """A year after two syncs without news."""
    env = start_shared(rounds["settled"])
    env.sync()
    env.sync()
    return env


def kept(report: RunReport) -> set[str]:
    return {asset for asset, counts in report.assets.items() if "rows kept" in counts}


def results(env: SandboxEnvironment) -> dict[str, list[dict[str, object]]]:
    return {table.name: env.rows(table, without=RUN_COLUMNS) for table in RESULTS}


def values_of(report: RunReport) -> dict[str, dict[str, object]]:
    """What the steps reported, apart from the note that they kept their rows."""
    return {
        asset: {name: value for name, value in report.assets[asset].items() if name != "rows kept"} for asset in STEPS
    }


def test_a_sync_without_news_keeps_the_rows_and_reports_the_same(env):
    before, calculated = results(env), env.run("etl_to_plan", year=env.year)
    report = env.sync()
    assert kept(report) == STEPS
    assert values_of(report) == values_of(calculated)
    assert [check for check in report.checks if check.asset in STEPS] == [
        check for check in calculated.checks if check.asset in STEPS
    ]
    assert results(env) == before
    assert kept(env.sync()) == STEPS, "a step stays settled"


def test_another_job_calculates_every_step(env):
    assert kept(env.run("etl", year=env.year)) == set()


def answer(env: SandboxEnvironment) -> None:
    conflict = next(row for row in env.rows(t.sync_conflicts) if row["conflict_type"] == "contact_selection")
    env.decide(conflict["id"], "a")


def edit(env: SandboxEnvironment) -> None:
    mentor = next(row for row in env.rows(t.mentors, year=env.year) if row["sync_state"] == "matched")
    env.edit(mentor["gb_contact_id"], preferred_name="Newly")


def configure(env: SandboxEnvironment) -> None:
    env.load_configuration(env.year, env.config.model_dump(mode="json") | {"fundraising_goal": 80})


@pytest.mark.parametrize("change", [answer, edit, configure], ids=lambda change: change.__name__)
def test_after_a_change_the_steps_calculate(env: SandboxEnvironment, change: Callable[[SandboxEnvironment], None]):
    change(env)
    assert kept(env.sync()) == set()
    env.sync()  # candidates follow from links of the sync before
    after = results(env)
    env.etl()
    assert results(env) == after


def test_rows_that_somebody_has_edited_in_the_database_are_written_again(env):
    env.sync()
    env.sync()
    with env.engine.begin() as conn:
        conn.execute(sa.delete(t.winner_contacts).where(t.winner_contacts.c.campaign_year == env.year))
    report = env.sync()
    assert "winner_contacts" not in kept(report)
    assert report.assets["winner_contacts"]["rows added"] > 0


# --- the state of the data

STATE_YEAR = 2031


def state_of(env: SandboxEnvironment) -> DataState | None:
    with env.engine.connect() as conn:
        return read_data_state(conn, env.year, 0, file_asset="gb_import_file")


def step(env: SandboxEnvironment, asset: str, year: int | None, diff: Diff, *, rows_in: int = 0) -> None:
    with run_asset(env.engine, asset=asset, run_id="r", now=lambda: env.now, year=year) as run:
        run.report(rows_in=rows_in, diff=diff)


def act(env: SandboxEnvironment, name: str) -> None:
    with env.engine.begin() as conn:
        record(conn, AuditEntry(act=name, subject="s", who="Erin", via="session", done_at=env.now))


def fail(env: SandboxEnvironment) -> None:
    with pytest.raises(UnexpectedError), run_asset(env.engine, asset="x", run_id="r", now=lambda: env.now, year=1):
        raise ZeroDivisionError


def write_another_table(env: SandboxEnvironment) -> None:
    with run_asset(env.engine, asset="mentors", run_id="r", now=lambda: env.now, year=STATE_YEAR) as run:
        run.conn.execute(sa.update(t.known_mentors).values(submission_id=t.known_mentors.c.submission_id))
        run.report(rows_in=0, diff=Diff(unchanged=1))
    assert env.rows(t.sync_log)[-1]["details"] == {ALSO_WROTE: ["known_mentors"]}


def open_error(env: SandboxEnvironment) -> None:
    error = {"error_code": "E", "subject": "x", "message": "m", "what_to_do": "w", "severity": "low"}
    with env.engine.begin() as conn:
        conn.execute(sa.insert(t.sync_errors).values(source_table="t", campaign_year=env.year, **error))


CHANGES: dict[str, Callable[[SandboxEnvironment], None]] = {
    "rows of another year": lambda env: step(env, "winner_contacts", STATE_YEAR, Diff(changed=1)),
    "contacts": lambda env: step(env, "raw_gb_full_contacts", None, Diff(changed=1)),
    "another table of a step": write_another_table,
    "calls of archiving that failed": lambda env: step(env, "archived_duplicates", env.year, Diff(), rows_in=1),
    "a failed step": fail,
    "an act": lambda env: act(env, "attendance_recorded"),
    "an error": open_error,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_change_has_a_state_of_its_own(env: SandboxEnvironment, change: Callable[[SandboxEnvironment], None]):
    before = state_of(env)
    change(env)
    after = state_of(env)
    assert before is not None
    assert after is not None
    assert before.version != after.version


def test_what_changes_no_data_has_the_same_state(env):
    before = state_of(env)
    step(env, "mentors", env.year, Diff(unchanged=3), rows_in=3)
    step(env, "gb_import_file", env.year, Diff(added=3), rows_in=3)
    act(env, "run_started")
    assert state_of(env).version == before.version


def test_there_is_no_state_while_another_step_is_in_progress(env):
    with run_asset(env.engine, asset="mentors", run_id="r", now=lambda: env.now, year=STATE_YEAR) as run:
        assert state_of(env) is None
        run.report(rows_in=0, diff=Diff())
    assert state_of(env) is not None


def test_a_change_is_seen_when_contacts_were_fetched_and_a_file_was_written_since(env):
    moment = env.now
    earlier, later = moment - timedelta(hours=1), moment + timedelta(hours=1)
    seen = [
        DataState("v", moment, as_of, file_at).is_seen
        for as_of in (None, earlier, moment, later)
        for file_at in (None, earlier, moment, later)
    ]
    assert seen == [False] * 10 + [True] * 2 + [False] * 2 + [True] * 2
