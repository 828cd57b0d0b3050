"""The cache of queries: kept while the year's data is the same, read again after each step, act, finding or call."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db.asset_run import run_asset
from mentorsync_pipeline.db.audit import AuditEntry, record
from mentorsync_pipeline.db.change_marks import read_change_marks
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.db.tables import archived_duplicates, sync_errors, sync_warnings
from mentorsync_pipeline.db.versioned_cache import VersionedCache
from mentorsync_pipeline.domain.errors import UnexpectedError

pytestmark = pytest.mark.slow

YEAR = 2025
NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)
WARNING = {"warning_type": "stale_data", "subject": "x", "message": "m", "fingerprint": "f", "source_table": "t"}
ERROR = {"error_code": "E", "subject": "x", "message": "m", "what_to_do": "w", "severity": "low", "source_table": "t"}
LEDGER = {
    "run_id": "r",
    "contact_id": 1,
    "purpose": "duplicates",
    "action": "archive",
    "status": "planned",
    "input_fingerprint": "f",
    "planned_at": NOW,
}
ACT = AuditEntry(act="run_started", subject="r", who="Erin Editor", via="session", done_at=NOW)


def _approve(conn: sa.Connection) -> None:
    record(conn, ACT)


def _insert(table: sa.Table, values: dict[str, object]) -> sa.Insert:
    return sa.insert(table).values(campaign_year=YEAR, **values)


CHANGES = {
    "an act": _approve,
    "a warning of a check": lambda conn: conn.execute(_insert(sync_warnings, WARNING)),
    "a cleared warning": lambda conn: conn.execute(sa.update(sync_warnings).values(cleared_at=NOW)),
    "an error of a sensor": lambda conn: conn.execute(_insert(sync_errors, ERROR)),
    "a retry": lambda conn: conn.execute(sa.update(sync_errors).values(retry_count=1)),
    "a resolved error": lambda conn: conn.execute(
        sa.update(sync_errors).values(resolved=True, resolution_method="manual")
    ),
    "a call of archiving": lambda conn: conn.execute(_insert(archived_duplicates, LEDGER)),
    "its result": lambda conn: conn.execute(sa.update(archived_duplicates).values(status="archived", archived_at=NOW)),
}


def test_the_marks_of_a_year_differ_after_every_change(engine: sa.Engine) -> None:
    seen = []

    def read_marks() -> None:
        with engine.connect() as conn:
            seen.append(read_change_marks(conn, YEAR))

    read_marks()
    for change in CHANGES.values():
        with engine.begin() as conn:
            change(conn)
        read_marks()
    with run_asset(engine, asset="mentors", run_id="r1", now=lambda: NOW, year=YEAR):
        read_marks()  # while the step is in progress
    read_marks()
    assert all(before != after for before, after in pairwise(seen))
    read_marks()
    assert seen[-1] == seen[-2]


def test_an_act_that_is_committed_after_a_later_one_is_seen(engine: sa.Engine) -> None:
    with engine.begin() as early:
        record(early, ACT)
        with engine.begin() as late:
            record(late, ACT)
        with engine.connect() as conn:
            before = read_change_marks(conn, YEAR)
    with engine.connect() as conn:
        assert read_change_marks(conn, YEAR) != before


def test_a_result_is_computed_once_for_each_version(engine: sa.Engine) -> None:
    cache, computed = VersionedCache(), []

    def count(conn: sa.Connection, year: int, more: str) -> int:
        computed.append((year, more))
        return len(computed)

    def read(more: str = "a") -> int:
        with engine.connect() as conn:
            return cache.of_year(conn, YEAR).read(count, more)

    assert [read(), read(), read("b")] == [1, 1, 2]
    with engine.begin() as conn:
        _approve(conn)
    assert [read(), read()] == [3, 3]
    with engine.connect() as conn:
        known = cache.of_year(conn, YEAR)
        assert [known.read_of_runs(count, "a"), known.read_of_runs(count, "a")] == [4, 4]


def test_a_result_of_steps_is_kept_until_a_step_changes_rows_or_fails(engine: sa.Engine) -> None:
    cache, computed = VersionedCache(), []

    def count(_conn: sa.Connection, _year: int) -> int:
        computed.append(1)
        return len(computed)

    def read() -> int:
        with engine.connect() as conn:
            return cache.of_year(conn, YEAR).read_of_steps(count)

    def run(asset: str, diff: Diff, *, year: int | None = YEAR) -> int:
        with run_asset(engine, asset=asset, run_id="r1", now=lambda: NOW, year=year) as step:
            step.report(rows_in=1, diff=diff)
        return read()

    assert [read(), run("mentors", Diff(unchanged=1)), run("mentors", Diff(changed=1))] == [1, 1, 2]
    assert run("raw_gb_full_contacts", Diff(removed=1), year=None) == 3
    with pytest.raises(UnexpectedError), run_asset(engine, asset="mentors", run_id="r2", now=lambda: NOW, year=YEAR):
        raise ZeroDivisionError  # reported as an unexpected error
    assert read() == 4
    with engine.begin() as conn:
        CHANGES["an error of a sensor"](conn)
        CHANGES["a warning of a check"](conn)
    assert [read(), read()] == [5, 5]
