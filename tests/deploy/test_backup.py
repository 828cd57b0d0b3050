"""Backup and restore as in docs/going-to-production.md: both databases are restored and usable."""

import subprocess
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db.migrate import require_current
from mentorsync_pipeline.db.tables import SCHEMA, sync_log
from mentorsync_pipeline.runtime.engine import get_engine
from mentorsync_pipeline.runtime.postgres_programs import _programs
from tests.deploy.commands import DEPLOY

DUMP = "pg_dump --format=custom --no-owner --file"
RESTORE = "pg_restore --no-owner --exit-on-error --dbname"
CONTENT = "SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t"
TABLES = sa.text(
    "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'"
)


def content(url: str) -> dict[str, tuple]:
    """Number of rows of each table, and a hash of them."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as conn:
        names = conn.execute(TABLES).scalars().all()
        return {name: tuple(conn.execute(sa.text(CONTENT.format(table=name))).one()) for name in names}


def copy_by_backup(url: str, target: str, file: Path) -> None:
    for command, last in ((f"{DUMP} {file}", url), (f"{RESTORE} {_plain(target)}", str(file))):
        program, *options = command.split()
        subprocess.run([str(_programs() / program), *options, _plain(last)], check=True, capture_output=True)


def _plain(url: str) -> str:
    """The URL for PostgreSQL's programs, without a driver."""
    if "://" not in url:
        return url
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def test_mentorsyncs_database_is_restored_and_usable(rounds, new_database, tmp_path):
    url, target = rounds["synced"].url, new_database(migrated=False)
    copy_by_backup(url, target, tmp_path / "mentorsync.dump")
    before = content(url)
    assert content(target) == before
    assert before[f"{SCHEMA}.mentors"][0] > 50
    engine = get_engine(target)
    require_current(engine)
    with engine.begin() as conn:
        newest = conn.execute(sa.select(sa.func.max(sync_log.c.id))).scalar_one()
        values = {"asset": "mentors", "run_id": "zz", "status": "running", "started_at": sa.func.now()}
        row = conn.execute(sa.insert(sync_log).values(values).returning(sync_log.c.id)).scalar_one()
    assert row > newest, "running numbers go on where they were"
    engine.dispose()


def test_dagsters_database_is_restored(production_instance, new_database, tmp_path):
    @dg.asset
    def something() -> None:
        pass

    assert dg.materialize([something], instance=production_instance).success
    url = sa.make_url(production_instance.run_storage.postgres_url)
    target = new_database(migrated=False)
    copy_by_backup(url.render_as_string(hide_password=False), target, tmp_path / "dagster.dump")
    before = content(url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False))
    assert content(target) == before
    assert before["public.runs"][0] == 1
    assert before["public.event_logs"][0] > 0


@pytest.mark.parametrize("command", [DUMP, RESTORE])
def test_the_commands_are_documented(command):
    assert command in (DEPLOY.parent / "docs" / "going-to-production.md").read_text()
