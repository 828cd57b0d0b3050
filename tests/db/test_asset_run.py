"""One asset run: one transaction, one log row, one run of a year at a time."""

import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db.asset_run import run_asset
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.db.tables import sync_log, sync_warnings
from mentorsync_pipeline.domain.errors import MentorSyncError, UnexpectedError

pytestmark = pytest.mark.slow

NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)


def log_rows(engine: sa.Engine) -> list[sa.RowMapping]:
    with engine.connect() as conn:
        return list(conn.execute(sa.select(sync_log).order_by(sync_log.c.id)).mappings())


def a_warning(log_id: int) -> sa.Insert:
    return sa.insert(sync_warnings).values(
        campaign_year=2025,
        warning_type="stale_data",
        subject="x",
        message="m",
        fingerprint="f",
        source_table="t",
        sync_log_id=log_id,
    )


def test_a_successful_run_is_logged_with_its_counts(engine: sa.Engine) -> None:
    with run_asset(engine, asset="mentors", run_id="r1", now=lambda: NOW, year=2025) as current:
        current.report(rows_in=5, diff=Diff(added=2, unchanged=1), blocked=1)
    (row,) = log_rows(engine)
    assert (row["status"], row["rows_in"], row["rows_out"], row["rows_added"]) == ("success", 5, 3, 2)
    assert row["details"]["blocked"] == 1
    assert row["details"]["made_from"]["deduplicated_signups"] == 0, "it has not run"


def test_a_failed_run_writes_only_its_log_row(engine: sa.Engine) -> None:
    def fail() -> None:
        with run_asset(engine, asset="mentors", run_id="r1", now=lambda: NOW, year=2025) as current:
            current.conn.execute(a_warning(current.log_id))
            raise MentorSyncError("It broke.", "Mend it.", code="BROKEN")

    with pytest.raises(MentorSyncError):
        fail()
    (row,) = log_rows(engine)
    assert (row["status"], row["error"]) == ("failed", "BROKEN: It broke. Mend it.")
    with engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(sync_warnings)).scalar() == 0


def test_a_run_stopped_by_a_person_is_logged_as_stopped(engine: sa.Engine) -> None:
    def stop() -> None:
        with run_asset(engine, asset="mentors", run_id="r1", now=lambda: NOW, year=2025):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    (row,) = log_rows(engine)
    assert (row["status"], row["error"]) == ("failed", "stopped before it finished")


def test_a_run_that_stops_early_fails_and_keeps_its_rows(engine: sa.Engine) -> None:
    def stop() -> None:
        with run_asset(engine, asset="archived_duplicates", run_id="r1", now=lambda: NOW, year=2025) as current:
            current.conn.execute(a_warning(current.log_id))
            current.stop(MentorSyncError("It is down.", "Wait.", code="DOWN"))
            current.report(rows_in=5, diff=Diff(added=2), failed=3)

    with pytest.raises(MentorSyncError, match=r"^DOWN"):
        stop()
    (row,) = log_rows(engine)
    assert (row["status"], row["error"], row["finished_at"]) == ("failed", "DOWN: It is down. Wait.", NOW)
    assert (row["rows_in"], row["rows_added"], row["details"]) == (5, 2, {"failed": 3})
    with engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(sync_warnings)).scalar() == 1


@pytest.mark.parametrize("statement", ["SELECT 1/0", "INSERT INTO mentorsync.sync_configs VALUES (2025, '{}', '{}')"])
def test_an_unknown_error_is_raised_without_its_text(engine: sa.Engine, statement: str) -> None:
    private = "ada@mail.example"

    def fail() -> None:
        with run_asset(engine, asset="mentors", run_id="r1", now=lambda: NOW, year=2025) as run:
            run.conn.execute(sa.text(statement.replace("{}", private)))
            raise ValueError(private)

    with pytest.raises(UnexpectedError, match=r"Error, (22012|23502) in .*, line \d+") as caught:
        fail()
    assert private not in "".join(traceback.format_exception(caught.value))
    assert private not in log_rows(engine)[0]["error"]


def test_the_cause_of_a_mentorsync_error_is_not_raised(engine: sa.Engine) -> None:
    private = "ada@mail.example"

    def fail() -> None:
        with run_asset(engine, asset="mentors", run_id="r1", now=lambda: NOW, year=2025):
            try:
                raise ValueError(private)
            except ValueError as error:
                raise MentorSyncError("It broke.", "Mend it.", code="BROKEN") from error

    with pytest.raises(MentorSyncError, match="BROKEN") as caught:
        fail()
    assert private not in "".join(traceback.format_exception(caught.value))


def test_a_killed_run_is_marked_as_failed_by_the_next_run(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        conn.execute(
            sa.insert(sync_log).values(
                asset="mentors", run_id="dead", campaign_year=2025, status="running", started_at=NOW
            )
        )
    with run_asset(engine, asset="mentors", run_id="r2", now=lambda: NOW, year=2025):
        pass
    assert [row["status"] for row in log_rows(engine)] == ["failed", "success"]


def test_two_runs_of_one_year_wait_for_each_other(engine: sa.Engine) -> None:
    inside, order = Event(), list[str]()

    def first() -> None:
        with run_asset(engine, asset="mentors", run_id="r1", now=lambda: NOW, year=2025):
            inside.set()
            second_waits.wait(0.3)
            order.append("first")

    def second() -> None:
        inside.wait(60)
        with run_asset(engine, asset="winner_contacts", run_id="r2", now=lambda: NOW, year=2025):
            order.append("second")

    second_waits = Event()
    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(first), pool.submit(second)]:
            future.result(60)
    assert order == ["first", "second"]
