"""Dagster's storages on a connection pool: stored values and connections."""

import os
import threading
import time
from collections.abc import Iterator

import dagster as dg
import psycopg
import pytest
import sqlalchemy as sa
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord

from mentorsync_pipeline.runtime.databases import IDLE_CONNECTIONS
from mentorsync_pipeline.runtime.in_process import run_job
from tests.support.databases import Databases

pytestmark = pytest.mark.slow

YEARS = dg.StaticPartitionsDefinition(["2025", "2026"])
PEOPLE, LETTERS = dg.AssetKey("people"), dg.AssetKey("letters")


@dg.asset(partitions_def=YEARS, code_version="1", check_specs=[dg.AssetCheckSpec("rows", asset="people")])
def people(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return dg.MaterializeResult(
        data_version=dg.DataVersion(os.environ.get("PEOPLE_VERSION", "1")),
        check_results=[dg.AssetCheckResult(passed=context.partition_key == "2025", check_name="rows")],
    )


@dg.asset(
    deps=[people, "form"],
    partitions_def=YEARS,
    code_version="1",
    check_specs=[dg.AssetCheckSpec("rows", asset="letters")],
)
def letters() -> dg.MaterializeResult:
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True, check_name="rows")])


DEFS = dg.Definitions(assets=[people, letters, dg.AssetSpec("form")], jobs=[dg.define_asset_job("sync", selection="*")])


@pytest.fixture
def url(new_database: Databases) -> Iterator[str]:
    database = new_database(migrated=False)
    yield sa.make_url(database).set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    new_database.drop(database)


@pytest.fixture
def admin(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url.replace("+psycopg2", ""), autocommit=True) as connection:
        yield connection


def instance_of(url: str, *, pooled: bool = True) -> dg.DagsterInstance:
    """An instance on a database, with our storages or with those of dagster-postgres."""
    parts = {"run_storage": "RunStorage", "event_log_storage": "EventLogStorage", "schedule_storage": "ScheduleStorage"}
    where = "mentorsync_pipeline.runtime.dagster_storage" if pooled else "dagster_postgres"
    kind = "Pooled" if pooled else "Postgres"
    config = {"postgres_url": url}
    overrides = {part: {"module": where, "class": kind + name, "config": config} for part, name in parts.items()}
    return dg.DagsterInstance.local_temp(overrides=overrides)


CLOSE_ALL = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def backends(admin: psycopg.Connection) -> list[int]:
    """The processes of the server for this database, without the test's own."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    return [int(row[0]) for row in admin.execute(query)]


def eventually(admin: psycopg.Connection, count: int) -> bool:
    """Whether this number of connections is left; the server notices a closed one with a delay."""
    deadline = time.monotonic() + 120
    while len(backends(admin)) > count and time.monotonic() < deadline:
        time.sleep(0.01)
    return len(backends(admin)) <= count


# --- what is stored


def stored(instance: dg.DagsterInstance) -> dict[str, object]:
    """Dagster's view of its runs, without ids and times."""
    storage = instance.event_log_storage
    runs = {run.run_id: number for number, run in enumerate(reversed(instance.get_runs()))}
    entries = [entry for run_id in runs for entry in instance.all_logs(run_id) if entry.is_dagster_event]
    events = [(runs[entry.run_id], entry.dagster_event) for entry in entries]
    checks = [
        (key, record.status, runs[record.run_id], record.partition, runs[judged.run_id] if judged else None)
        for key in (dg.AssetCheckKey(PEOPLE, "rows"), dg.AssetCheckKey(LETTERS, "rows"))
        for record in storage.get_asset_check_execution_history(key, limit=20)
        for judged in [evaluation_of(record).target_materialization_data]
    ]
    return {
        "runs": [run.status for run in instance.get_runs()],
        "events": sorted(
            (run, event.event_type_value, str(event.asset_key), event.step_key or "") for run, event in events
        ),
        "last runs": {
            record.asset_entry.asset_key: runs.get(record.asset_entry.last_run_id or "")
            for record in instance.get_asset_records()
        },
        "checks": checks,
        "versions": [
            storage.get_latest_tags_by_partition(
                key, dg.DagsterEventType.ASSET_MATERIALIZATION, ["dagster/data_version"]
            )
            for key in (PEOPLE, LETTERS)
        ],
        "inputs": [
            entry.asset_materialization.tags["dagster/input_data_version/people"]
            for entry in entries
            if entry.asset_materialization and entry.asset_materialization.asset_key == LETTERS
        ],
    }


def evaluation_of(record: AssetCheckExecutionRecord) -> dg.AssetCheckEvaluation:
    assert record.event
    return record.event.get_dagster_event().asset_check_evaluation_data


def test_what_is_stored_is_what_dagsters_own_storages_store(url, new_database, monkeypatch):
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    other = new_database(migrated=False)
    results = []
    for pooled, database in ((True, url), (False, other.replace("psycopg:", "psycopg2:"))):
        with instance_of(database, pooled=pooled) as instance:
            for year, version in ((2025, "1"), (2026, "1"), (2025, "2")):
                monkeypatch.setenv("PEOPLE_VERSION", version)
                if version == "2":
                    instance.wipe_assets([LETTERS])
                run_job(instance, DEFS, "sync", year=year)
            results.append(stored(instance))
    ours, theirs = results
    assert ours == theirs
    assert len(ours["checks"]) == 4
    assert len(set(ours["inputs"])) == 2
    new_database.drop(other)


def test_a_check_that_was_not_planned_is_stored_too(url):
    with instance_of(url) as instance:
        run = instance.create_run_for_job(DEFS.resolve_job_def("sync"), tags={"dagster/partition": "2025"})
        first, second = (
            dg.AssetCheckEvaluation(asset_key=PEOPLE, check_name=name, passed=True, metadata={})
            for name in ("without run", "unplanned")
        )
        instance.report_runless_asset_event(first)
        event = dg.DagsterEvent("ASSET_CHECK_EVALUATION", "sync", event_specific_data=second)
        instance.report_dagster_event(event, run.run_id)
        for name in ("without run", "unplanned"):
            (record, *_) = instance.event_log_storage.get_asset_check_execution_history(
                dg.AssetCheckKey(PEOPLE, name), limit=1
            )
            assert evaluation_of(record).passed


def test_nothing_is_notified(url, admin):
    with instance_of(url) as instance:
        admin.execute("LISTEN run_events")
        run_job(instance, DEFS, "sync", year=2025)
        assert not list(admin.notifies(timeout=0.05))


# --- connections


def test_storages_of_a_process_share_few_connections(url, admin):
    with instance_of(url) as instance, instance_of(url) as other:
        run_job(instance, DEFS, "sync", year=2025)
        other.get_runs()
        assert eventually(admin, IDLE_CONNECTIONS)
        assert backends(admin)
    assert eventually(admin, 0)


def test_many_threads_at_once_wait_for_no_connection_and_leave_few_open(url, admin):
    together, failures = threading.Barrier(20), []

    def ask(instance: dg.DagsterInstance) -> None:
        try:
            with instance.run_storage.connect() as conn:
                together.wait(timeout=120)  # all hold a connection now
                conn.execute(sa.text("SELECT 1"))
                instance.get_asset_records()
        except Exception as error:  # noqa: BLE001  # of a thread
            failures.append(error)

    with instance_of(url) as instance:
        threads = [threading.Thread(target=ask, args=(instance,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        instance.get_runs()
        assert eventually(admin, IDLE_CONNECTIONS)


def test_connections_that_the_server_closed_are_replaced(url, admin, caplog):
    with instance_of(url) as instance:
        run_job(instance, DEFS, "sync", year=2025)
        for _ in range(3):
            admin.execute(CLOSE_ALL)
            assert len(instance.get_runs()) == 1
            assert instance.get_asset_records([PEOPLE])
            assert instance.all_instigator_state() == []
    assert "Retrying" not in caplog.text


def test_a_forked_child_has_connections_of_its_own(url, admin):
    with instance_of(url) as instance:
        instance.get_runs()
        before = backends(admin)
        reading, writing = os.pipe()
        if (child := os.fork()) == 0:
            instance.get_runs()
            with instance.run_storage.connect() as conn:
                own = conn.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
            os.write(writing, str(own).encode())
            os._exit(0)
        os.waitpid(child, 0)
        assert int(os.read(reading, 100)) not in before
        assert instance.get_runs() == []
        assert eventually(admin, len(before))
        assert backends(admin) == before
    os.close(reading)
    os.close(writing)


def test_the_webserver_keeps_its_limits(url, admin):
    with instance_of(url) as instance:
        instance.get_runs()
        instance.optimize_for_webserver(statement_timeout=1234, pool_recycle=60, max_overflow=0)
        storages = (instance.run_storage, instance.event_log_storage, instance.schedule_storage)
        assert {storage._engine for storage in storages} == {instance.run_storage._engine}
        with instance.run_storage.connect() as conn:
            assert conn.execute(sa.text("SHOW statement_timeout")).scalar_one() == "1234ms"
        assert eventually(admin, 1), "the connections from before are closed"
