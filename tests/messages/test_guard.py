"""What messages may change is enforced by PostgreSQL: whoever writes messages cannot write anything else."""

from collections.abc import Iterator

import psycopg.errors
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.db.tables import guard
from mentorsync_pipeline.domain.import_columns import EMAIL_MESSAGE, MESSAGE_COLUMNS, TEXT_MESSAGE
from mentorsync_pipeline.messages.write_guard import message_writer

YEAR = 2025
OWN = (t.message_campaigns, t.campaign_messages)
RECORDS = (t.sync_log, t.sync_errors, t.sync_warnings)
OTHERS = [one for one in t.metadata.sorted_tables if one not in (*OWN, *RECORDS, t.mn_gb_import)]


@pytest.fixture(scope="module")
def module_engine(new_database) -> Iterator[sa.Engine]:
    engine = sa.create_engine(new_database(), poolclass=sa.NullPool)
    with engine.begin() as conn:
        for mn_id in ("MN0001", "MN0002"):
            conn.execute(sa.insert(t.mn_gb_import).values({"campaign_year": YEAR, "mn_id": mn_id, "Last Name": "Lee"}))
        for source in ("mentors", "campaign_messages"):
            finding = {"campaign_year": YEAR, "subject": source, "message": "m", "source_table": source}
            error = {"error_code": "X", "what_to_do": "w", "severity": "low"}
            conn.execute(sa.insert(t.sync_errors).values(finding | error))
            conn.execute(
                sa.insert(t.sync_warnings).values(finding | {"warning_type": "stale_data", "fingerprint": source})
            )
    yield engine
    engine.dispose()


@pytest.fixture
def conn(module_engine: sa.Engine) -> Iterator[sa.Connection]:
    with module_engine.connect() as connection:
        yield connection


def refused(conn: sa.Connection, statement: str | sa.Executable) -> None:
    """The database itself says no, to whoever is connected; outside of the mode the same is allowed."""
    executable = sa.text(statement) if isinstance(statement, str) else statement
    conn.rollback()
    with pytest.raises(sa.exc.ProgrammingError) as error, message_writer(conn):
        conn.execute(executable)
    assert isinstance(error.value.orig, psycopg.errors.InsufficientPrivilege)
    conn.rollback()


def allowed(conn: sa.Connection, statement: str | sa.Executable) -> int:
    executable = sa.text(statement) if isinstance(statement, str) else statement
    conn.rollback()
    with message_writer(conn):
        return conn.execute(executable).rowcount


@pytest.mark.parametrize("table", OTHERS, ids=lambda table: table.name)
def test_no_other_table_can_be_written(conn: sa.Connection, table: sa.Table) -> None:
    names = [f'"{column.name}"' for column in table.columns if not column.identity and not column.computed]
    for statement in (
        f"DELETE FROM {table}",
        f"UPDATE {table} SET {names[0]} = {names[0]}",
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(names)} FROM {table}",
        f"TRUNCATE {table}",
    ):
        refused(conn, statement)


def test_no_other_column_of_the_import_rows_can_be_written(conn: sa.Connection) -> None:
    table = t.mn_gb_import
    for column in table.columns:
        if column.name in MESSAGE_COLUMNS:
            assert allowed(conn, sa.update(table).values({column: "Hi"})) == 2
        elif column.name in ("campaign_year", "sync_log_id"):
            refused(conn, sa.update(table).values({column: 1999}))
        elif column.name == "custom_fields":
            refused(conn, sa.update(table).values({column: {"a": "b"}}))
        else:
            refused(conn, sa.update(table).where(table.c.mn_id == "MN0001").values({column: "other"}))
    both = {TEXT_MESSAGE: "Hi", EMAIL_MESSAGE: None, "Last Name": "Poe"}
    refused(conn, sa.update(table).values(both))


def test_no_import_row_can_be_made_or_removed(conn: sa.Connection) -> None:
    refused(conn, sa.insert(t.mn_gb_import).values({"campaign_year": YEAR, "mn_id": "MN0003"}))
    refused(conn, sa.delete(t.mn_gb_import))
    refused(conn, f"TRUNCATE {t.mn_gb_import}")


@pytest.mark.parametrize("table", [t.sync_errors, t.sync_warnings], ids=lambda table: table.name)
def test_of_findings_the_messages_own_alone_can_be_written(conn: sa.Connection, table: sa.Table) -> None:
    own, foreign = table.c.source_table == "campaign_messages", table.c.source_table == "mentors"
    assert allowed(conn, sa.update(table).where(own).values(message="other")) == 1
    refused(conn, sa.update(table).where(foreign).values(message="other"))
    refused(conn, sa.update(table).where(own).values(source_table="mentors"))
    refused(conn, sa.update(table).where(foreign).values(source_table="campaign_messages"))
    row = sa.select(*(column for column in table.columns if column.name != "id")).where(foreign)
    names = [column.name for column in table.columns if column.name != "id"]
    refused(conn, sa.insert(table).from_select(names, row))
    refused(conn, sa.delete(table).where(own))


def test_the_log_of_runs_can_be_written_and_not_emptied(conn: sa.Connection) -> None:
    refused(conn, sa.delete(t.sync_log))
    row = {"asset": "campaign_messages", "run_id": "x", "status": "running", "started_at": sa.func.now()}
    allowed(conn, sa.insert(t.sync_log).values(row))


def test_after_the_block_everything_may_be_written_again(conn: sa.Connection) -> None:
    with message_writer(conn):
        pass
    assert conn.execute(sa.update(t.mn_gb_import).values({"Last Name": "Poe"})).rowcount == 2
    conn.rollback()


def test_a_savepoint_that_fails_in_the_mode_leaves_it(conn: sa.Connection) -> None:
    with pytest.raises(sa.exc.ProgrammingError), conn.begin_nested(), message_writer(conn):
        conn.execute(sa.delete(t.mentors))
    assert conn.execute(sa.delete(t.mentors)).rowcount == 0


def test_without_the_guard_nothing_would_stop_it(conn: sa.Connection) -> None:
    """The tests above test something: taking the trigger away lets the same statement through."""
    conn.execute(sa.text(f"DROP TRIGGER only_message_columns ON {t.mn_gb_import}"))
    with message_writer(conn):
        assert conn.execute(sa.update(t.mn_gb_import).values({"Last Name": "Poe"})).rowcount == 2
    conn.rollback()


def test_a_contact_table_that_takes_the_old_ones_place_is_guarded_too(conn: sa.Connection) -> None:
    table = t.raw_gb_full_contacts
    conn.execute(sa.text(f"DROP TRIGGER not_by_messages ON {table}"))
    for statement in guard.triggers(table):
        conn.execute(sa.text(statement))
    with pytest.raises(sa.exc.ProgrammingError), message_writer(conn):
        conn.execute(sa.delete(table))
    conn.rollback()
