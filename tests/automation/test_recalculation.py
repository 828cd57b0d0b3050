"""Runs that recalculate a year: after changed rules, decisions, due errors, and every night."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.attendance.service import Observation, add_note, check_in
from mentorsync_pipeline.automation.jobs import ETL
from mentorsync_pipeline.automation.schedules import nightly
from mentorsync_pipeline.db import tables
from mentorsync_pipeline.review.conflict_queue import ConflictFilter, list_conflicts
from mentorsync_pipeline.review.decision_store import Answer, record_answer
from mentorsync_pipeline.review.service import undo_answer

pytestmark = pytest.mark.slow


def weights(env, points):
    env.change_setting("thresholds", f'{{"clear_winner_points": "{points}"}}')


# --- rules


def test_unchanged_rules_request_no_run(daemon):
    tick = daemon.ask("rules_changed")
    assert tick.run_requests == []
    assert "are calculated with the current rules" in tick.skip_message


def test_a_changed_threshold_recalculates_only_its_year_once(daemon, env):
    weights(env, 90)
    (run,) = daemon.tick("rules_changed")
    assert (run.job_name, run.tags["dagster/partition"], run.is_success) == ("etl_to_plan", str(env.year), True)
    assert daemon.ask("rules_changed").run_requests == []


def test_restored_rules_count_as_changed(daemon, env):
    for points in (90, 100, 90):
        env.later()
        weights(env, points)
        assert len(daemon.tick("rules_changed")) == 1, points


def test_settings_of_sources_are_not_rules(daemon, env):
    env.change_setting("archive_nightly", "apply")
    env.change_setting("jotform_setup_form_id", "99999999")
    assert daemon.ask("rules_changed").run_requests == []


def other_code(env, *assets):
    """Store another code version for these assets."""
    log = tables.sync_log
    with env.engine.begin() as conn:
        conn.execute(
            sa.update(log)
            .where(log.c.asset.in_(assets))
            .values(details=log.c.details + sa.cast({"code_version": "another"}, log.c.details.type))
        )


@pytest.mark.parametrize(("asset", "job"), [("winner_contacts", "etl_to_plan"), ("archive_plan", "plan_archive")])
def test_changed_code_recalculates_every_calculated_year(daemon, env, asset, job):
    other_code(env, asset)
    (run,) = daemon.tick("rules_changed")
    assert (run.job_name, run.tags["dagster/partition"], run.is_success) == (job, str(env.year), True)
    assert daemon.ask("rules_changed").run_requests == []


def test_code_of_other_assets_recalculates_nothing(daemon, env):
    other_code(env, "raw_mn_signups", "gb_import_file")
    assert daemon.ask("rules_changed").run_requests == []


def test_a_new_asset_is_calculated_for_years_without_it(daemon, env):
    with env.engine.begin() as conn:
        conn.execute(sa.delete(tables.sync_log).where(tables.sync_log.c.asset == "duplicate_contacts"))
    assert [request.partition_key for request in daemon.ask("rules_changed").run_requests] == [str(env.year)]


def test_the_version_is_also_dagsters_code_version(daemon, env):
    weights(env, 90)
    daemon.tick("rules_changed")
    key = dg.AssetKey("winner_contacts")
    tags = daemon.instance.get_latest_materialization_event(key).asset_materialization.tags
    log = [row for row in env.rows(tables.sync_log, year=env.year) if row["asset"] == "winner_contacts"]
    assert tags["dagster/code_version"] == log[-1]["details"]["code_version"]


def test_a_busy_year_waits_and_a_failed_run_is_tried_three_times(daemon, env):
    weights(env, 90)
    for attempt in (1, 2, 3):
        (request,) = daemon.ask("rules_changed").run_requests
        assert request.run_key.endswith(f"#{attempt}")
        run = daemon.pretend(request, dg.DagsterRunStatus.STARTED)
        assert daemon.ask("rules_changed").run_requests == []
        daemon.instance.report_run_failed(run)
    assert daemon.ask("rules_changed").run_requests == []
    weights(env, 80)
    assert len(daemon.ask("rules_changed").run_requests) == 1


# --- decisions and errors


def decide(env, *, now=None):
    with env.engine.begin() as conn:
        conflict = list_conflicts(conn, ConflictFilter(year=env.year, conflict_type="contact_selection"))[0]
        record_answer(conn, conflict["id"], Answer(choice="a", by="zz-tester"), now=now or env.now)
    return conflict


def test_a_decision_is_applied_before_the_nightly_run(daemon, env):
    assert daemon.ask("decisions").run_requests == []
    env.later()
    conflict = decide(env)
    (run,) = daemon.tick("decisions")
    assert (run.job_name, run.tags["dagster/partition"], run.is_success) == ("etl_to_plan", str(env.year), True)
    winner = next(row for row in env.rows(tables.winner_contacts, year=env.year) if row["mn_id"] == conflict["mn_id"])
    assert winner["decision"] == "human"
    assert daemon.ask("decisions").run_requests == []
    env.later()
    assert daemon.ask("rules_changed").run_requests == []
    env.later()
    decide(env)
    env.etl()
    (run,) = daemon.tick("decisions")
    assert (run.job_name, run.is_success) == ("plan_archive", True), "only the plan lacks the decision"
    assert daemon.ask("decisions").run_requests == []


def test_a_decision_during_a_calculation_is_applied_by_the_next(daemon, env):
    """The matching of a run lacks the decision; its mentors, and a plan after it, are younger than the decision."""
    env.later()
    env.run("etl", year=env.year, assets=ETL[:3])
    env.later(seconds=1)
    conflict = decide(env)
    env.later(seconds=1)
    env.run("etl", year=env.year, assets=ETL[3:])
    env.later(minutes=1)
    env.plan_archive()
    (run,) = daemon.tick("decisions")
    assert (run.job_name, run.is_success) == ("etl_to_plan", True)
    winner = next(row for row in env.rows(tables.winner_contacts, year=env.year) if row["mn_id"] == conflict["mn_id"])
    assert winner["decision"] == "human"
    assert daemon.ask("decisions").run_requests == []


def test_an_answer_of_a_slow_clock_or_a_long_transaction_is_applied(daemon, env):
    """Its time is before the start of the last calculation, which could not see it."""
    env.later()
    conflict = decide(env, now=env.now - timedelta(hours=1))
    (run,) = daemon.tick("decisions")
    assert run.is_success
    assert env.by_mn_id(tables.winner_contacts)[conflict["mn_id"]]["decision"] == "human"
    undo_answer(env.change_context(), conflict["id"])
    with env.engine.connect() as conn, conn.begin() as transaction:
        values = {"mn_id": "MN0001", "conflict_type": "shared_phone", "subject": "-", "input_fingerprint": "-"}
        conn.execute(
            sa.insert(tables.sync_decisions).values(
                campaign_year=env.year, choice="a", decided_by="zz-tester", decided_at=env.now, **values
            )
        )
        env.run("etl_to_plan", year=env.year)
        assert daemon.ask("decisions").run_requests == [], "the undo is applied"
        transaction.commit()
    (run,) = daemon.tick("decisions")
    assert (run.job_name, run.is_success) == ("etl_to_plan", True)
    assert daemon.ask("decisions").run_requests == []


def test_a_check_in_reaches_the_mentors_before_the_nightly_run(daemon, env):
    mn_id = next(
        row["mn_id"]
        for row in env.rows(tables.mentors, year=env.year)
        if row["gb_contact_id"] and not row["attended_training"]
    )
    env.later()
    observation = Observation(zone=ZoneInfo("America/New_York"))
    context = env.change_context()
    check_in(context, env.year, mn_id, observation)
    (run,) = daemon.tick("decisions")
    assert (run.job_name, run.tags["dagster/partition"], run.is_success) == ("etl", str(env.year), True)
    assert env.by_mn_id(tables.mentors)[mn_id]["attended_training"]
    assert daemon.ask("decisions").run_requests == []
    env.later()
    add_note(context, env.year, mn_id, "brings a friend", observation)
    assert daemon.ask("decisions").run_requests == [], "a note changes no mentor"


def answer(env, **values):
    row = next(row for row in env.rows(tables.archive_plan, year=env.year) if row["plan_state"] != "kept")
    with env.engine.begin() as conn:
        conn.execute(
            sa.insert(tables.archive_approvals).values(
                campaign_year=env.year,
                contact_id=row["contact_id"],
                input_fingerprint=row["input_fingerprint"],
                approved_by="zz-tester",
                approved_at=env.now,
                **{"scope": "contact", "answer": "yes"} | values,
            )
        )
    return row["contact_id"]


def test_an_approval_recalculates_all_dependent_assets(daemon, env):
    env.later()
    contact_id = answer(env)
    env.later()
    (run,) = daemon.tick("decisions")
    assert (run.job_name, run.tags["dagster/partition"], run.is_success) == ("etl_to_plan", str(env.year), True)
    assert daemon.ask("decisions").run_requests == []
    for table in (tables.duplicate_contacts, tables.archive_plan):
        (row,) = [row for row in env.rows(table, year=env.year) if row["contact_id"] == contact_id]
        assert row["approved_by"] == "zz-tester"


def test_approving_a_stopped_plan_recalculates_nothing(daemon, env):
    env.later()
    answer(env, scope="plan")
    assert daemon.ask("decisions").run_requests == []


def test_a_due_error_is_retried_a_limited_number_of_times(daemon, env):
    with env.engine.begin() as conn:
        conn.execute(
            sa.insert(tables.sync_errors).values(
                campaign_year=env.year,
                error_code="ARCHIVE_UNANSWERED",
                subject="contact 1",
                message="-",
                what_to_do="-",
                severity="low",
                source_table="a_test",
                can_retry=True,
                next_retry_at=env.now + timedelta(minutes=15),
            )
        )
    assert daemon.ask("decisions").run_requests == []
    daemon.pretended = frozenset({"sync"})
    for attempt in (1, 2, 3):
        env.now += timedelta(days=1)
        env.upload()
        (run,) = daemon.tick("decisions")
        assert run.job_name == "sync", attempt
        assert daemon.ask("decisions").run_requests == []
    env.now += timedelta(days=30)
    assert daemon.ask("decisions").run_requests == []


# --- the night


def night(daemon):
    defs = daemon.definitions()
    context = dg.build_schedule_context(
        instance=daemon.instance,
        scheduled_execution_time=datetime(2026, 10, 2, 7),  # noqa: DTZ001  # Dagster makes it aware
        resources=dict(defs.resources),
    )
    return nightly(context)


def test_the_nightly_runs_of_active_years_follow_each_other(daemon, env):
    requests = night(daemon)
    assert [request.partition_key for request in requests] == [str(env.year - 1), str(env.year)]
    assert len({request.run_key for request in requests}) == 2
    assert {request.tags["mentorsync/nightly"] for request in requests} == {"2026-10-02"}
    env.change_setting("active", "false", year=env.year - 1)
    assert [request.partition_key for request in night(daemon)] == [str(env.year)]


def test_an_invalid_configuration_skips_only_its_year(daemon, env):
    table = tables.sync_configs
    with env.engine.begin() as conn:
        conn.execute(sa.delete(table).where(table.c.campaign_year == env.year, table.c.config_key == "event_date"))
    assert [request.partition_key for request in night(daemon)] == [str(env.year - 1)]
    env.change_setting("active", "false", year=env.year - 1)
    skipped = night(daemon)
    assert isinstance(skipped, dg.SkipReason)
    assert f"{env.year} (CONFIG_INVALID)" in skipped.skip_message


def test_without_a_year_the_skip_reason_names_the_command_to_add_one(daemon, env):
    with env.engine.begin() as conn:
        conn.execute(sa.delete(tables.sync_configs))
    assert "mentorsync config load" in night(daemon).skip_message


@pytest.mark.parametrize("name", ["rules_changed", "decisions", "contact_exports"])
def test_sensors_accept_an_empty_installation(daemon, env, name):
    with env.engine.begin() as conn:
        conn.execute(sa.delete(tables.sync_configs))
    assert daemon.ask(name).run_requests == []
