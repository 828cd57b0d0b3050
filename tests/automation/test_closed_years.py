"""Nothing starts a run for a closed year: no sensor, no schedule, no retry (rulebook section 11)."""

from datetime import timedelta

import dagster as dg
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.automation.schedules import nightly
from mentorsync_pipeline.campaigns import service
from mentorsync_pipeline.db import tables as t
from tests.automation.daemon import Daemon
from tests.automation.test_drop_folder import dropped, settle
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow


def close(env: SandboxEnvironment) -> None:
    service.close_year(env.change_context(), env.year, force=True)


def test_no_sensor_and_no_schedule_starts_a_run(daemon: Daemon, env: SandboxEnvironment, drop) -> None:
    with env.engine.begin() as conn:
        conn.execute(
            sa.update(t.sync_errors)
            .where(t.sync_errors.c.campaign_year == env.year)
            .values(can_retry=True, next_retry_at=env.now, resolved=False)
        )
    env.change_setting("fundraising_goal", "80")
    env.decide(env.conflicts()[0]["id"], "skipped")
    years = {run.partition_key for name in ("rules_changed", "decisions") for run in daemon.ask(name).run_requests}
    assert years == {str(env.year)}
    close(env)
    env.now += timedelta(days=1)
    for name in ("rules_changed", "decisions"):
        assert daemon.ask(name).run_requests == []
    context = dg.build_schedule_context(
        instance=env.instance, scheduled_execution_time=env.now, resources=dict(daemon.definitions().resources)
    )
    assert [request.partition_key for request in nightly(context)] == [str(env.year - 1)]


def test_an_export_is_loaded_and_the_closed_year_is_not_recalculated(daemon: Daemon, env, drop) -> None:
    close(env)
    dropped(env, drop)
    runs = settle(daemon)
    assert [run.job_name for run in runs] == ["upload_contacts", "etl_to_file"]
    assert runs[1].tags["dagster/partition"] == str(env.year - 1)


def test_rejected_rows_of_a_closed_year_go_to_quarantine(daemon: Daemon, env, drop) -> None:
    close(env)
    mn_id = next(iter(env.by_mn_id(t.mentors)))
    failed = drop / "contacts-2026-11-20-1763650000-failed.csv"
    failed.write_text(f'"ERRORS","external_id","id","last_name"\n"The phone number is invalid.","{mn_id}","",""\n')
    daemon.ask("contact_exports")
    assert daemon.ask("contact_exports").run_requests == []
    assert not failed.exists()
    (error,) = env.rows(t.sync_errors, t.sync_errors.c.error_code == "YEAR_CLOSED")
    assert "mentorsync year reopen" in error["what_to_do"]
