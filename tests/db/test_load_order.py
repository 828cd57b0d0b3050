"""Whether the loaded contacts show an event: by the order of runs, and for an export by its own time."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db.load_order import read_last_load
from mentorsync_pipeline.db.tables import gb_contact_loads, sync_log

pytestmark = pytest.mark.slow

LOADED_AT = datetime(2025, 10, 1, 12, tzinfo=UTC)
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)


@pytest.fixture
def conn(engine):
    with engine.begin() as conn:
        yield conn


def load(conn, origin, *, as_of=LOADED_AT):
    """Record a run that loads contacts; return its number."""
    values = {"origin": origin, "row_count": 1, "as_of": as_of, "loaded_at": LOADED_AT, "run_id": "r"}
    load_id = conn.execute(sa.insert(gb_contact_loads).values(values).returning(gb_contact_loads.c.id)).scalar_one()
    values = {"asset": "raw_gb_full_contacts", "run_id": "r", "status": "success", "started_at": LOADED_AT}
    query = sa.insert(sync_log).values(**values, details={"load_id": load_id}).returning(sync_log.c.id)
    return conn.execute(query).scalar_one()


def is_after(conn, at, last_run):
    condition = read_last_load(conn).is_after(sa.literal(at), sa.literal(last_run, sa.BigInteger))
    return conn.execute(sa.select(condition)).scalar_one()


def test_without_contacts_there_is_no_load(conn):
    assert read_last_load(conn) is None


@pytest.mark.parametrize("at", [LOADED_AT - YEAR, LOADED_AT, LOADED_AT + HOUR, LOADED_AT + YEAR])
def test_a_list_of_the_api_shows_what_happened_before_its_run_started(conn, at):
    run = load(conn, "api_changes")
    assert is_after(conn, at, run - 1)
    assert not is_after(conn, at, run)
    load(conn, "api_mentors")
    assert not is_after(conn, at, run), "some contacts are no list"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (LOADED_AT - 3 * HOUR, True),
        (LOADED_AT - 2 * HOUR, False),
        (LOADED_AT - HOUR, False),
        (LOADED_AT + HOUR, True),
    ],
    ids=["before the export", "in that second", "between export and load", "by a clock that was ahead"],
)
def test_an_export_shows_what_happened_before_it_was_taken(conn, at, expected):
    run = load(conn, "export", as_of=LOADED_AT - 2 * HOUR)
    assert is_after(conn, at, run - 1) is expected
    assert not is_after(conn, at, run)
