"""Contacts missing from an export: those with an External ID are kept as archived; those we archived do not count."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.contacts.load.load_record import count_active_individuals
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from mentorsync_pipeline.db.tables import archived_duplicates, raw_gb_full_contacts
from mentorsync_pipeline.domain.records import MatchKeys
from tests.contacts.test_contacts_load import ids, loads, refresh, stored, upload
from tests.contacts.test_contacts_upsert import take_contacts
from tests.support.sources import NOW, YEAR, export_cells, givebutter_of, write_export

pytestmark = pytest.mark.slow

BEFORE = datetime(2025, 9, 1, tzinfo=UTC)
EVERYBODY = range(1, 11)
# A unique key.
EMAIL = "zz-three@uga.edu"


@pytest.fixture
def export_of(tmp_path):
    """Return a function that writes an export from contact ids and cells by id."""

    def make(numbers, **cells):
        of = {int(name.removeprefix("c")): values for name, values in cells.items()}
        contacts = [export_cells(number, **of.get(number, {})) for number in numbers]
        return write_export(tmp_path / "contacts.csv", contacts)

    return make


@pytest.fixture
def three(engine, export_of):
    """Ten contacts, of which contact 3 holds MN0003."""
    upload(engine, export_of(EVERYBODY, c3={"external_id": "MN0003", "primary_email": EMAIL}))


def without(*numbers):
    return [number for number in EVERYBODY if number not in numbers]


def ledger(engine, *contact_ids, status="archived", **values):
    row = {"campaign_year": YEAR, "purpose": "duplicates", "action": "archive", "status": status, "run_id": "run"}
    row |= {"input_fingerprint": "", "sync_log_id": 1, **values}
    with engine.begin() as conn:
        conn.execute(sa.insert(archived_duplicates), [{**row, "contact_id": contact_id} for contact_id in contact_ids])


def holders(engine):
    with engine.connect() as conn:
        return contact_queries.read_external_id_holders(conn, ["MN0003"])


def living(engine):
    with engine.connect() as conn:
        return count_active_individuals(conn)


@pytest.mark.usefixtures("three")
def test_a_missing_contact_with_an_external_id_is_kept_as_archived(engine, export_of):
    loaded = upload(engine, export_of(without(3, 4)))
    kept = {row["contact_id"]: row for row in stored(engine)}[3]
    assert ids(engine) == without(4)
    assert (kept["archived_at"], kept["load_id"], kept["observed_at"]) == (loaded.as_of, loaded.load_id, NOW)
    assert holders(engine) == {"MN0003": 3}
    assert (loaded.rows, loads(engine)[-1]["notes"]) == (8, {"archived_kept": 1})


@pytest.mark.usefixtures("three")
def test_an_archived_contact_holds_an_external_id_that_another_one_has_with_a_space(engine, export_of):
    """Givebutter compares the texts, so that it rejects the id without the space."""
    upload(engine, export_of(without(3), c5={"external_id": "MN0003 "}))
    assert holders(engine) == {"MN0003": 3}
    upload(engine, export_of(without(3), c5={"external_id": "mn0003"}))
    assert holders(engine) == {"MN0003": 5}


@pytest.mark.usefixtures("three")
def test_a_missing_contact_with_an_external_id_is_not_a_candidate(engine, export_of):
    keys = MatchKeys(frozenset({"MN0003"}), frozenset({EMAIL}), frozenset())
    with engine.connect() as conn:
        assert [contact.contact_id for contact in contact_queries.read_matching_contacts(conn, keys)] == [3]
    upload(engine, export_of(without(3)))
    with engine.connect() as conn:
        assert contact_queries.read_matching_contacts(conn, keys) == []
    assert living(engine) == 9


@pytest.mark.usefixtures("three")
def test_a_missing_contact_is_unchanged_until_it_returns(engine, export_of):
    upload(engine, export_of(without(3)))
    first = stored(engine)[2]
    assert upload(engine, export_of(without(3))).previous_rows == 9
    assert stored(engine)[2] == first
    upload(engine, export_of(EVERYBODY, c3={"external_id": "MN0003"}))
    assert [row["archived_at"] for row in stored(engine)] == [None] * 10
    assert loads(engine)[-1]["notes"] is None


@pytest.mark.usefixtures("three")
def test_an_external_id_that_another_contact_has_is_removed_from_the_missing_one(engine, export_of):
    upload(engine, export_of(without(3), c4={"external_id": "MN0003"}))
    assert ids(engine) == without(3)
    assert holders(engine) == {"MN0003": 4}


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("entry", "held"),
    [
        ({"cleared_external_id": "MN0003"}, False),
        ({"cleared_external_id": "MN0003", "status": "cleared"}, False),
        ({"cleared_external_id": "MN0003", "status": "restored"}, True),
        ({"cleared_external_id": "MN0099"}, True),
        ({"outcome": "missing"}, False),
        ({"outcome": "found_done"}, True),
    ],
)
def test_an_external_id_that_was_released_is_not_kept(engine, export_of, entry, held):
    ledger(engine, 3, **entry)
    upload(engine, export_of(without(3)))
    assert holders(engine) == ({"MN0003": 3} if held else {})


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("known", [{"archived_at": BEFORE}, {"contact_type": "company"}])
def test_archived_contacts_and_companies_are_unchanged_by_an_export(engine, export_of, known):
    with engine.begin() as conn:
        conn.execute(sa.update(raw_gb_full_contacts).where(raw_gb_full_contacts.c.contact_id == 3).values(**known))
    before = stored(engine)[2]
    upload(engine, export_of(without(3)))
    assert stored(engine)[2] == before
    assert living(engine) == 9


def test_a_list_of_the_api_keeps_no_missing_contacts(engine, sandbox, export_of):
    upload(engine, export_of(EVERYBODY, c3={"external_id": "MN0003"}))
    refresh(engine, givebutter_of(sandbox).contacts())
    assert 3 not in ids(engine)


def test_contacts_archived_by_us_do_not_count_as_missing(engine, export_of):
    upload(engine, export_of(EVERYBODY))
    ledger(engine, 1, 2, 3, 4)
    assert upload(engine, export_of(range(5, 11))).previous_rows == 10


def test_restored_contacts_count_as_missing(engine, export_of):
    upload(engine, export_of(range(1, 41)))
    ledger(engine, *range(21, 41))
    ledger(engine, *range(1, 11), status="restored")
    ledger(engine, 11, status="failed")
    with pytest.raises(ExportError, match=r"LIST_SHRUNK.*29 contacts and the table 40: it lacks 11"):
        upload(engine, export_of(range(12, 41)))


def test_contacts_archived_by_us_do_not_count_as_missing_in_a_list_of_the_api(engine, sandbox):
    pages = list(givebutter_of(sandbox).contacts())
    refresh(engine, pages)
    alive = [row["contact_id"] for row in stored(engine) if row["archived_at"] is None]
    gone = set(alive[: len(alive) // 2])
    change = {"archived_at": NOW.isoformat()}
    later = [[item | change if item["id"] in gone else item for item in page] for page in pages]
    with pytest.raises(ExportError, match="LIST_SHRUNK"):
        refresh(engine, later)
    ledger(engine, *gone)
    refresh(engine, later)
    assert living(engine) < len(alive)


def test_mentors_contacts_archived_by_us_are_not_refused_as_a_wrong_key(engine, sandbox):
    refresh(engine, givebutter_of(sandbox).contacts())
    alive = [row["contact_id"] for row in stored(engine) if row["archived_at"] is None][:20]
    with pytest.raises(ExportError, match=r"CONTACTS_WITHHELD.*does not return 20 of 20"):
        take_contacts(engine, [], set(alive))
    ledger(engine, *alive)
    take_contacts(engine, [], set(alive))
    assert not set(alive) & {row["contact_id"] for row in stored(engine) if row["archived_at"] is None}
