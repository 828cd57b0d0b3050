"""Errors are retried with growing delays, then left to a person (rulebook, section 12)."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.domain.findings import ErrorFinding, next_retry_at
from mentorsync_pipeline.review import error_list
from mentorsync_pipeline.review.finding_store import record_errors

NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)
HELD = build_error(
    "EXTERNAL_ID_HELD", subject="MN0001", message="Contact 7 holds it.", source_table="gb_import_file", mn_id="MN0001"
)


def record(engine: sa.Engine, *error_list: ErrorFinding, now: datetime = NOW) -> None:
    with engine.begin() as conn:
        record_errors(conn, 2025, error_list, source_table="gb_import_file", log_id=1, now=now)


def only(engine: sa.Engine) -> sa.RowMapping:
    with engine.connect() as conn:
        return conn.execute(sa.select(t.sync_errors)).mappings().one()


def test_retry_times_grow_and_end() -> None:
    times = [next_retry_at(NOW, can_retry=True, retry_count=tried, max_retries=3) for tried in range(4)]
    minutes = [wait and (wait - NOW) / timedelta(minutes=1) for wait in times]
    assert minutes == [15, 60, 240, None]
    assert next_retry_at(NOW, can_retry=False, retry_count=0, max_retries=3) is None


def test_an_error_is_due_at_its_retry_time_at_most_three_times(engine: sa.Engine) -> None:
    record(engine, HELD)
    now = NOW
    for tried in range(3):
        now = only(engine)["next_retry_at"]
        with engine.begin() as conn:
            assert error_list.read_due_errors(conn, now=now - timedelta(seconds=1)) == []
            (error,) = error_list.read_due_errors(conn, now=now)
            assert error["retry_count"] == tried
            error_list.count_retry(conn, [error["id"]], now=now)
        record(engine, HELD, now=now)  # the run finds it again: the count stands
    assert (only(engine)["retry_count"], only(engine)["next_retry_at"]) == (3, None)
    with engine.connect() as conn:
        assert error_list.read_due_errors(conn, now=now + timedelta(days=30)) == []


def test_a_resolved_error_has_the_person_who_retried_it_or_nobody(engine: sa.Engine) -> None:
    record(engine, HELD)
    with engine.begin() as conn:
        error_list.count_retry(conn, [only(engine)["id"]], now=NOW, by="Robin")
        assert error_list.find_resolved(conn, [only(engine)["id"]]) == []
    record(engine)
    assert (only(engine)["resolution_method"], only(engine)["resolved_by"]) == ("manual", "Robin")
    with engine.begin() as conn:
        assert error_list.find_resolved(conn, [only(engine)["id"]]) == [only(engine)["id"]]
        conn.execute(sa.delete(t.sync_errors))
    record(engine, HELD)
    with engine.begin() as conn:
        error_list.count_retry(conn, [only(engine)["id"]], now=NOW, by="Robin")
        error_list.count_retry(conn, [only(engine)["id"]], now=NOW)  # a day later, by the sensor
    record(engine)
    assert (only(engine)["resolution_method"], only(engine)["resolved_by"]) == ("auto_retry", None)


def test_an_ignored_error_is_not_retried_and_returns_when_it_changes(engine: sa.Engine) -> None:
    record(engine, HELD)
    with engine.begin() as conn:
        assert error_list.ignore_errors(conn, [only(engine)["id"]], by="Robin", now=NOW) == {2025}
    assert (only(engine)["resolution_method"], only(engine)["next_retry_at"]) == ("ignored", None)
    record(engine, HELD)
    assert only(engine)["resolved"]
    with engine.begin() as conn, pytest.raises(error_list.ErrorNotFoundError):
        error_list.count_retry(conn, [only(engine)["id"]], now=NOW)
    later = NOW + timedelta(days=1)
    with engine.begin() as conn:
        assert error_list.reopen_errors(conn, [only(engine)["id"]], now=later) == {2025}
    assert only(engine)["next_retry_at"] == later + timedelta(minutes=15), "an error that is opened again is retried"
    with engine.begin() as conn:
        error_list.ignore_errors(conn, [only(engine)["id"]], by="Robin", now=NOW)
