"""Closing a campaign year makes it read-only, and reopening undoes it (rulebook, section 11)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.archiving import service as archiving
from mentorsync_pipeline.attendance import service as attendance
from mentorsync_pipeline.campaigns import configuration, service
from mentorsync_pipeline.campaigns.configuration import ConfigMissingError
from mentorsync_pipeline.campaigns.service import YearBusyError, YearNotClosedError, YearUnfinishedError
from mentorsync_pipeline.campaigns.unfinished import find_unfinished
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.db.audited_change import Actor, ChangeContext
from mentorsync_pipeline.db.closed_years import YearClosedError
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.review import service as review
from mentorsync_pipeline.review.conflict_queue import ConflictFilter, find_acceptable
from mentorsync_pipeline.review.warning_list import WarningFilter
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.uploads.rejected_mentors import find_year_of_rows
from mentorsync_pipeline.uploads.rejected_rows import Identity
from tests.support.archiving import apply, approve, archived, restore
from tests.support.environment import SandboxEnvironment
from tests.support.rounds import Rounds
from tests.support.snapshots import NewEnvironment

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("America/New_York")
Change = Callable[[SandboxEnvironment, ChangeContext], object]


@pytest.fixture
def env(rounds: Rounds, start: NewEnvironment) -> SandboxEnvironment:
    """A year after its second sync, with open conflicts and planned duplicates."""
    return start(rounds["settled"], serve=False)


@pytest.fixture
def context(env: SandboxEnvironment) -> ChangeContext:
    return env.change_context()


@pytest.fixture(scope="module")
def closed(rounds: Rounds, start_shared: NewEnvironment) -> SandboxEnvironment:
    """The same year, closed, for tests that are refused and so change nothing."""
    env = start_shared(rounds["settled"], serve=False)
    env.later()
    close(env)
    return env


def close(env: SandboxEnvironment, year: int | None = None) -> None:
    service.close_year(env.change_context(), year or env.year, force=True)


def test_unfinished_work_is_listed_and_the_year_stays_open(env: SandboxEnvironment, context: ChangeContext) -> None:
    with pytest.raises(YearUnfinishedError, match="conflicts are open") as refused:
        service.close_year(context, env.year)
    counts = {item.kind: item.count for item in refused.value.unfinished}
    assert counts["open_conflicts"] == len(env.conflicts())
    assert {"contacts_to_archive", "contacts_to_approve"} & counts.keys()
    conflicts = next(item for item in refused.value.unfinished if item.kind == "open_conflicts")
    assert conflicts.what_to_do.endswith(f"mentorsync conflicts list --year {env.year}.")
    assert env.rows(t.year_closings) == []
    assert [row for row in env.rows(t.audit_log) if row["act"] == "year_closed"] == []


def test_closing_is_recorded_once_with_what_was_unfinished(env: SandboxEnvironment, context: ChangeContext) -> None:
    unfinished = service.close_year(context, env.year, force=True)
    (row,) = env.rows(t.year_closings)
    assert (row["closed_by"], row["closed_at"], row["reopened_at"]) == ("Ann", env.now, None)
    assert row["unfinished"] == {item.kind: item.count for item in unfinished}
    (entry,) = [row for row in env.rows(t.audit_log) if row["act"] == "year_closed"]
    assert (entry["who"], entry["campaign_year"], entry["details"]) == ("Ann", env.year, row["unfinished"])
    with pytest.raises(YearClosedError):
        service.close_year(context, env.year, force=True)
    with env.engine.connect() as conn:
        state = service.find_state(conn, env.year)
        assert (state.closed, state.closed_by, state.active) == (True, "Ann", False)


def test_a_reopened_year_is_as_before(env: SandboxEnvironment, context: ChangeContext) -> None:
    close(env)
    with pytest.raises(YearClosedError):
        attendance.check_in(context, env.year, mn_id(env), observation())
    service.reopen_year(context, env.year)
    with pytest.raises(YearNotClosedError, match="not closed"):
        service.reopen_year(context, env.year)
    (row,) = env.rows(t.year_closings)
    assert (row["reopened_by"], row["reopened_at"]) == ("Ann", env.now)
    assert attendance.check_in(context, env.year, mn_id(env), observation()).outcome == "recorded"
    close(env)
    (row,) = env.rows(t.year_closings)
    assert (row["reopened_by"], row["reopened_at"]) == (None, None)


def test_an_unknown_year_is_neither_closed_nor_reopened(context: ChangeContext) -> None:
    for act in (service.close_year, service.reopen_year):
        with pytest.raises(ConfigMissingError, match="2031"):
            act(context, 2031)


def test_a_year_with_a_run_in_progress_is_not_closed(env: SandboxEnvironment, context: ChangeContext) -> None:
    job = env.definitions().resolve_job_def("etl")
    with_year = job.get_tags_for_partition_key(str(env.year), selected_asset_keys=None)
    env.instance.create_run_for_job(job, tags=with_year)
    with pytest.raises(YearBusyError):
        service.close_year(context, env.year, force=True)


@pytest.mark.parametrize("job", ["sync", "export", "messages", "archive", "plan_mass_email"])
def test_no_run_changes_a_closed_year(closed: SandboxEnvironment, job: str) -> None:
    before, log = closed.results(), closed.rows(t.sync_log)
    with pytest.raises(MentorSyncError, match=f"YEAR_CLOSED.*mentorsync year reopen {closed.year}"):
        closed.run(job, year=closed.year)
    assert closed.results() == before
    assert closed.rows(t.sync_log) == log


def test_runs_with_options_are_refused_too(closed: SandboxEnvironment) -> None:
    env = closed
    values = campaign_settings(env.world.config, env.year)
    failed = env.folder / "contacts-failed.csv"
    failed.write_text('"ERRORS","external_id","id","last_name"\n"The phone number is invalid.","MN0001","",""\n')
    options: dict[str, tuple[str, dict[str, Any]]] = {
        "configure": ("sync_configs", {"values": values | {"fundraising_goal": 1}}),
        "rejected_rows": ("gb_failed_rows", {"path": str(failed)}),
    }
    before = env.results(t.sync_configs, t.sync_errors)
    for job, (asset, config) in options.items():
        with pytest.raises(MentorSyncError, match="YEAR_CLOSED"):
            env.run(job, year=env.year, config={"ops": {asset: {"config": config}}})
    with pytest.raises(MentorSyncError, match="YEAR_CLOSED"):
        env.load_contacts("refresh_contacts", mode="api_mentors", year=env.year)
    assert env.results(t.sync_configs, t.sync_errors) == before


def conflict_id(env: SandboxEnvironment) -> int:
    return int(env.conflicts()[0]["id"])


def observation() -> attendance.Observation:
    return attendance.Observation(zone=ZONE, device_record_id="phone-1")


def mn_id(env: SandboxEnvironment) -> str:
    return str(next(iter(env.by_mn_id(t.mentors))))


def open_error(env: SandboxEnvironment) -> int:
    return int(env.rows(t.sync_errors, ~t.sync_errors.c.resolved, year=env.year)[0]["id"])


def planned(env: SandboxEnvironment) -> list[int]:
    rows = env.rows(t.archive_plan, t.archive_plan.c.plan_state != "kept", year=env.year)
    return [rows[0]["contact_id"]]


CHANGES: dict[str, Change] = {
    "decide": lambda env, context: review.answer_conflict(context, conflict_id(env), "skipped"),
    "ignore an error": lambda env, context: review.ignore_errors(context, [open_error(env)]),
    "retry an error": lambda env, context: review.retry_errors(context, [open_error(env)]),
    "approve the archive plan": lambda env, context: archiving.approve_contacts(
        context, env.year, "duplicates", (), seen=None
    ),
    "keep a contact": lambda env, context: archiving.keep_contacts(context, env.year, "duplicates", planned(env)),
    "check in": lambda env, context: attendance.check_in(context, env.year, mn_id(env), observation()),
    "note": lambda env, context: attendance.add_note(context, env.year, mn_id(env), "Met.", observation()),
    "attendance file": lambda env, context: attendance.import_attendance(
        context, env.year, f"MN id\n{mn_id(env)}\n".encode(), zone=ZONE
    ),
    "acknowledge": lambda env, context: review.acknowledge_warnings(
        context, [env.rows(t.sync_warnings, ~t.sync_warnings.c.acknowledged, year=env.year)[0]["id"]]
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_no_person_changes_a_closed_year(closed: SandboxEnvironment, change: Change) -> None:
    env = closed
    changed = (t.sync_conflicts, t.sync_decisions, t.sync_errors, t.sync_warnings, t.archive_approvals)
    before, audited = env.results(*changed, t.mentor_records), env.rows(t.audit_log)
    with pytest.raises(YearClosedError, match="closed and read-only"):
        change(env, env.change_context())
    assert env.results(*changed, t.mentor_records) == before
    assert env.rows(t.audit_log) == audited


def test_other_years_and_the_contacts_of_all_go_on(env: SandboxEnvironment) -> None:
    close(env, env.year - 1)
    env.upload_and_recalculate()
    close(env)
    env.upload()  # the contacts are those of all years


def test_an_archived_contact_is_restored_after_the_year_is_closed(rounds: Rounds, start: NewEnvironment) -> None:
    env = start(rounds["settled"])
    approve(env)
    apply(env)
    close(env)
    contact_id = min(archived(env))
    restore(env, contact_id=contact_id)
    assert contact_id not in archived(env)
    contact = env.sandbox.contacts.get(contact_id)
    assert contact is not None
    assert contact.archived_at is None


def test_closed_years_are_not_active(closed: SandboxEnvironment) -> None:
    with closed.engine.connect() as conn:
        assert closed.year not in configuration.read_configured_years(conn)
        assert closed.year in configuration.read_configured_years(conn, active_only=False)
        configs, errors = configuration.read_active_years(conn)
        assert closed.year not in {**configs, **errors}


def test_rejected_rows_of_a_closed_year_are_refused(closed: SandboxEnvironment) -> None:
    rows = [Identity(external_id=mn_id(closed), contact_id=None)]
    with closed.engine.connect() as conn, pytest.raises(YearClosedError):
        find_year_of_rows(conn, rows)


def test_acts_on_all_years_leave_closed_ones_out(closed: SandboxEnvironment) -> None:
    context = closed.change_context()
    with closed.engine.connect() as conn:
        acceptable = find_acceptable(conn, ConflictFilter()).rows
        of_the_year = find_acceptable(conn, ConflictFilter(year=closed.year)).rows
    assert of_the_year
    assert closed.year not in {row["campaign_year"] for row in acceptable}
    before = closed.results(t.sync_warnings)
    review.acknowledge_warnings(context, WarningFilter())
    assert closed.results(t.sync_warnings) == before
    with pytest.raises(YearClosedError):
        review.acknowledge_warnings(context, WarningFilter(year=closed.year))


def test_a_check_in_during_the_closing_is_counted_or_refused(env: SandboxEnvironment, context: ChangeContext) -> None:
    """A check-in that is not committed when the closing starts: the closing waits for it."""
    env.later()
    with ThreadPoolExecutor(1) as pool, context.change("mentor_records") as change:
        change.record("note_added", "note added", subject="MN0001", years={env.year})
        closing = pool.submit(service.close_year, context, env.year, force=True)
        with pytest.raises(TimeoutError):
            closing.result(timeout=0.3)
        change.conn.commit()
        closing.result(timeout=120)
    assert [row["act"] for row in env.rows(t.audit_log)][-2:] == ["note_added", "year_closed"]


def test_newer_decisions_and_records_count_as_unfinished(env: SandboxEnvironment, context: ChangeContext) -> None:
    env.later()
    attendance.check_in(context, env.year, mn_id(env), observation())
    attendance.add_note(context, env.year, mn_id(env), "Met.", attendance.Observation(zone=ZONE))
    env.decide(conflict_id(env), "a")

    def count() -> dict[str, int]:
        with env.engine.connect() as conn:
            return {item.kind: item.count for item in find_unfinished(conn, env.year)}

    counts = count()
    assert (counts["records_not_applied"], counts["decisions_not_applied"], counts["plan_outdated"]) == (1, 1, 1)
    env.etl()
    assert count().keys().isdisjoint({"records_not_applied", "decisions_not_applied"})
    assert "plan_outdated" in count(), "it lacks the decision"
    env.upload()
    env.plan_archive()
    assert {"calculation_outdated", "plan_outdated"} <= count().keys(), "both lack the loaded contacts"
    env.etl()
    env.plan_archive()
    assert count().keys().isdisjoint({"calculation_outdated", "plan_outdated"})


def test_a_file_newer_than_the_contacts_counts_as_unfinished(env: SandboxEnvironment) -> None:
    def kinds() -> set[str]:
        with env.engine.connect() as conn:
            return {item.kind for item in find_unfinished(conn, env.year)}

    env.upload_and_recalculate()
    assert "import_file_not_confirmed" not in kinds()
    file = env.new_file()
    assert "import_file_not_confirmed" in kinds()
    env.import_file(file)
    env.upload_and_recalculate()
    assert "import_file_not_confirmed" not in kinds()


def test_a_year_without_data_is_closed_at_once(engine: sa.Engine, instance: Any) -> None:
    with engine.begin() as conn:
        configuration.save_config(conn, configuration.parse_yaml(configuration.shipped_campaigns()[2025]))
    context = ChangeContext(
        engine=engine,
        actor=Actor(name="Ann", via="local"),
        now=lambda: datetime(2026, 1, 5, tzinfo=UTC),
        instance=lambda: nullcontext(instance),
    )
    assert service.close_year(context, 2025) == ()
