"""Steps that keep their rows: only while nothing has changed, and with the same results."""

from collections.abc import Callable, Collection
from datetime import timedelta

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.automation.jobs import RAW_FORMS
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.db.data_state import UNCOUNTED, DataState, read_data_state
from mentorsync_pipeline.db.tables import metadata
from mentorsync_pipeline.runtime.run_report import CheckOutcome, RunReport
from mentorsync_pipeline.runtime.run_tags import BACKFILL, EVERY_STEP
from tests.support.environment import RAW_OF_A_YEAR, RESULTS, RUN_COLUMNS, SandboxEnvironment

pytestmark = pytest.mark.slow

MATCHING = {"deduplicated_signups", "contact_candidates", "winner_contacts", "duplicate_contacts"}
STEPS = MATCHING | {"mentors", "archive_plan", "partner_matches", "mentor_gaps", "mn_gb_import"}
SOURCES = set(RAW_OF_A_YEAR)


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


def values_of(report: RunReport, steps: Collection[str]) -> dict[str, dict[str, object]]:
    """What the steps reported, apart from the note that they kept their rows."""
    return {
        asset: {name: value for name, value in report.assets[asset].items() if name != "rows kept"} for asset in steps
    }


def checks_of(report: RunReport, steps: Collection[str]) -> list[CheckOutcome]:
    return [check for check in report.checks if check.asset in steps]


def test_a_sync_without_news_keeps_the_rows_and_reports_the_same(env):
    before = results(env)
    calculated = env.run("etl_to_plan", year=env.year, tags={EVERY_STEP: "true"})
    fetched = env.run("jotform", year=env.year)
    assert kept(calculated) == kept(fetched) == set()
    report = env.sync()
    assert kept(report) == STEPS | SOURCES
    for steps, compared in ((STEPS, calculated), (RAW_FORMS, fetched)):
        assert values_of(report, steps) == values_of(compared, steps)
        assert checks_of(report, steps) == checks_of(compared, steps)
    assert results(env) == before
    assert kept(env.sync()) == STEPS | SOURCES, "a step stays settled"


def test_another_job_keeps_the_rows_while_no_row_that_it_reads_has_changed(env):
    env.sync()
    report = env.run("etl_to_plan", year=env.year)
    assert kept(report) == STEPS
    assert checks_of(report, STEPS) == checks_of(env.run("etl_to_plan", year=env.year), STEPS)
    for calculating in (
        {"tags": {BACKFILL: "b"}},
        {"tags": {EVERY_STEP: "true"}},
        {"assets": ["mentors"]},
    ):
        assert kept(env.run("etl_to_plan", year=env.year, **calculating)) == set()
    assert kept(env.run("etl_to_plan", year=env.year)) == STEPS


def test_another_job_keeps_the_rows_after_its_own_calculation_without_changes(env):
    env.edit(next(iter(env.by_mn_id(t.mentors).values()))["gb_contact_id"], preferred_name="Again")
    env.sync()
    env.run("etl", year=env.year)
    calculated = STEPS - {"archive_plan"}
    assert kept(env.run("etl", year=env.year)) == calculated
    env.upload()
    assert kept(env.run("etl", year=env.year)) == set(), "contacts were loaded"
    env.run("etl", year=env.year)
    with env.engine.begin() as conn:
        conn.execute(sa.update(t.raw_gb_full_contacts).values(notes="repaired by hand"))
    report = env.run("etl", year=env.year)
    assert not kept(report) & {"contact_candidates", "mentors", "mn_gb_import"}
    assert report.assets["mentors"]["rows changed"] > 0


def answer(env: SandboxEnvironment) -> None:
    conflict = next(row for row in env.rows(t.sync_conflicts) if row["conflict_type"] == "contact_selection")
    env.decide(conflict["id"], "a")


def edit(env: SandboxEnvironment) -> None:
    mentor = next(row for row in env.rows(t.mentors, year=env.year) if row["sync_state"] == "matched")
    env.edit(mentor["gb_contact_id"], preferred_name="Newly")


def configure(env: SandboxEnvironment) -> None:
    env.load_configuration(env.year, env.config.model_dump(mode="json") | {"fundraising_goal": 80})


def sign_up(env: SandboxEnvironment) -> None:
    env.sign_up("MN7777", "Newly", "Arrived")


@pytest.mark.parametrize(
    ("change", "kept_sources"),
    [(answer, SOURCES), (edit, SOURCES), (configure, set()), (sign_up, SOURCES - {"raw_mn_signups"})],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_after_a_change_the_steps_calculate(
    env: SandboxEnvironment, change: Callable[[SandboxEnvironment], None], kept_sources: set[str]
):
    change(env)
    assert kept(env.sync()) == kept_sources
    env.sync()  # candidates follow from links of the sync before
    after = results(env)
    env.etl()
    assert results(env) == after


def test_after_an_edit_in_the_database_the_steps_that_write_or_read_it_calculate(env):
    env.sync()
    env.sync()
    edited = (t.winner_contacts, t.raw_mn_funds_setup, t.raw_gb_campaign_members)
    with env.engine.begin() as conn:
        for table in edited:
            conn.execute(sa.delete(table).where(table.c.campaign_year == env.year))
    report = env.sync()
    for table in edited:
        assert table.name not in kept(report)
        assert report.assets[table.name]["rows added"] > 0
    env.sync()
    assert kept(env.sync()) == STEPS | SOURCES
    with env.engine.begin() as conn:
        conn.execute(sa.update(t.known_mentors).values(mn_id=t.known_mentors.c.mn_id))
    assert MATCHING & kept(env.sync()) == {"duplicate_contacts"}


# --- the state of the data


@pytest.mark.parametrize("table", [table for table in metadata.sorted_tables if table.name not in UNCOUNTED], ids=str)
def test_every_write_to_a_table_gives_another_state(env: SandboxEnvironment, table: sa.Table):
    with env.engine.connect() as conn:
        before = read_data_state(conn, [table], env.year, "run").version
        assert read_data_state(conn, [table], env.year, "run").version == before
        column = next(column for column in table.columns if column.identity is None and not column.primary_key)
        written = conn.execute(sa.update(table).values({column.name: column}))
        assert (read_data_state(conn, [table], env.year, "run").version != before) is bool(written.rowcount)
        conn.rollback()
        assert read_data_state(conn, [table], env.year, "run").version == before


def test_rows_of_another_year_are_part_of_the_state(env: SandboxEnvironment):
    with env.engine.connect() as conn:
        before = read_data_state(conn, [t.mentors], env.year, "run").version
        other = sa.select(t.mentors.c.campaign_year).where(t.mentors.c.campaign_year != env.year).limit(1)
        conn.execute(sa.update(t.mentors).values(campaign_year=env.year - 5))
        assert conn.execute(other).scalar() == env.year - 5
        assert read_data_state(conn, [t.mentors], env.year, "run").version != before
        conn.rollback()


@pytest.mark.parametrize("table", [t.raw_gb_full_contacts, t.gb_contact_loads, t.gb_import_files], ids=str)
def test_the_rows_of_loads_and_files_are_in_the_state_of_jobs_without_a_load(env: SandboxEnvironment, table: sa.Table):
    with env.engine.connect() as conn:
        before = read_data_state(conn, [table], env.year, "before")
        column = next(column for column in table.columns if column.identity is None and not column.primary_key)
        conn.execute(sa.update(table).values({column.name: column}))
        after = read_data_state(conn, [table], env.year, "after")
        assert after.version == before.version
        assert (after.rows, after.files) != (before.rows, before.files)
        conn.rollback()


def test_a_change_is_seen_when_contacts_were_fetched_and_a_file_was_written_since(env):
    moment = env.now
    earlier, later = moment - timedelta(hours=1), moment + timedelta(hours=1)
    seen = [
        DataState("v", "r", {}, moment, as_of, file_at).is_seen
        for as_of in (None, earlier, moment, later)
        for file_at in (None, earlier, moment, later)
    ]
    assert seen == [False] * 10 + [True] * 2 + [False] * 2 + [True] * 2
