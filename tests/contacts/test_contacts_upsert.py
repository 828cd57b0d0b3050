"""Changes to single contacts: which are requested, written and kept."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.contacts.load import upsert
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from mentorsync_pipeline.db.tables import contact_candidates, winner_contacts
from tests.contacts.test_contacts_load import loads, refresh, stored, upload
from tests.support.sources import NOW, YEAR, export_cells, givebutter_of, request, write_export

pytestmark = pytest.mark.slow

LATER = NOW + timedelta(hours=1)


def by_id(engine):
    return {row["contact_id"]: row for row in stored(engine)}


def take_changes(engine, pages):
    with engine.begin() as conn:
        return upsert.load_changed_contacts(conn, pages, request(), as_of=LATER)


def take_contacts(engine, contacts, gone=(), **options):
    with engine.begin() as conn:
        return upsert.load_requested_contacts(conn, contacts, gone, request(**options), as_of=LATER)


def changed_since(engine):
    with engine.connect() as conn:
        return upsert.read_changed_since(conn)


@pytest.fixture
def fetched(engine, sandbox):
    """Contacts of the API by id; they are loaded into the table."""
    refresh(engine, givebutter_of(sandbox).contacts())
    return {contact["id"]: contact for page in givebutter_of(sandbox).contacts() for contact in page}


def test_without_a_load_there_is_no_start_for_changes(engine):
    assert changed_since(engine) is None


def test_changes_are_read_from_the_newest_change_of_the_export(engine, tmp_path):
    cells = {"last_modified": "2025-10-20 10:00:00", "date_created": "2024-01-01 00:00:00"}
    upload(engine, write_export(tmp_path / "contacts.csv", [export_cells(1, **cells)]))
    assert changed_since(engine) == datetime(2025, 10, 20, 10, tzinfo=UTC) - upsert.OVERLAP


def test_a_load_of_some_mentors_does_not_move_the_start(engine, fetched):
    before = changed_since(engine)
    contact = next(iter(fetched.values()))
    take_contacts(engine, [{**contact, "updated_at": "2025-12-24T00:00:00+00:00"}])
    assert changed_since(engine) == before


def test_changes_update_contacts_and_add_new_ones(engine, fetched):
    first = min(fetched)
    before = by_id(engine)
    changed = {**fetched[first], "first_name": "Changed", "updated_at": "2025-11-01T12:30:00+00:00"}
    loaded = take_changes(engine, [[changed], [{**changed, "id": 999_999_999}]])
    after = by_id(engine)
    assert after.keys() == {*before, 999_999_999}
    assert (after[first]["first_name"], after[first]["origin"], after[first]["load_id"]) == (
        "Changed",
        "api_changes",
        loaded.load_id,
    )
    assert {key: row for key, row in after.items() if key in before and key != first} == {
        key: row for key, row in before.items() if key != first
    }
    last = loads(engine)[-1]
    assert (last["origin"], last["row_count"], last["as_of"]) == ("api_changes", 2, LATER)


def test_only_contacts_that_differ_count_as_changed(engine, fetched):
    contact = fetched[min(fetched)]
    assert take_changes(engine, [[contact]]).changed == 0
    changed = take_changes(engine, [[{**contact, "first_name": "Changed"}, {**contact, "id": 999_999_999}]])
    assert changed.changed == 2
    assert take_contacts(engine, [], gone=[min(fetched)]).changed == 1
    assert [load["changed_count"] for load in loads(engine)] == [None, 0, 2, 1]


def test_an_answer_without_totals_keeps_those_that_are_known(engine, fetched):
    first = min(fetched)
    known = {**fetched[first], "stats": {"total_contributions": 35, "recurring_contributions": 5}}
    take_changes(engine, [[known]])
    unknown = {**known, "stats": None, "last_donation_amount": None}
    assert take_changes(engine, [[unknown, {**unknown, "id": 999_999_999}]]).changed == 1
    rows = by_id(engine)
    assert (rows[first]["total_contributions"], rows[999_999_999]["total_contributions"]) == (35, None)
    assert rows[first]["recurring_contributions"] == 5
    with engine.connect() as conn:
        (contact,) = contact_queries.read_contacts_by_id(conn, {999_999_999})
    assert contact.may_have_donations


def test_scores_count_days_to_the_newest_changed_data(engine, fetched):
    with engine.connect() as conn:
        first = contact_queries.read_contacts_changed_as_of(conn)
    contact = fetched[min(fetched)]
    take_changes(engine, [[contact]])
    with engine.connect() as conn:
        assert contact_queries.read_contacts_as_of(conn) == LATER
        assert contact_queries.read_contacts_changed_as_of(conn) == first
    take_changes(engine, [[{**contact, "first_name": "Changed"}]])
    with engine.connect() as conn:
        assert contact_queries.read_contacts_changed_as_of(conn) == LATER


def test_changes_keep_the_household_of_the_export(engine, sandbox, export):
    upload(engine, export)
    with engine.begin() as conn:
        conn.execute(sa.text("UPDATE mentorsync.raw_gb_full_contacts SET household = 'Quill'"))
    (page, *_) = givebutter_of(sandbox).contacts()
    living = [contact for contact in page if not contact["archived_at"] and contact["type"] == "individual"]
    take_changes(engine, [living])
    stored_contacts = by_id(engine)
    assert {stored_contacts[contact["id"]]["household"] for contact in living} == {"Quill"}


def test_an_unreadable_contact_is_unchanged_and_does_not_stop_the_others(engine, fetched):
    before = by_id(engine)
    first, second, *_ = sorted(fetched)
    broken = {**fetched[first], "first_name": "Changed", "created_at": "?"}
    loaded = take_changes(engine, [[broken, {**fetched[second], "first_name": "Changed"}]])
    assert by_id(engine)[first] == before[first]
    assert by_id(engine)[second]["first_name"] == "Changed"
    assert [(record.record_id, record.field) for record in loaded.unreadable] == [(str(first), "created_at")]


def test_a_list_without_changes_is_recorded_as_a_load(engine, fetched):
    assert take_changes(engine, []).rows == 0
    assert loads(engine)[-1]["as_of"] == LATER


def test_a_contact_that_the_api_no_longer_returns_is_kept_as_archived(engine, fetched):
    living = [key for key, row in by_id(engine).items() if row["archived_at"] is None][:10]
    returned = [fetched[key] for key in living[:9]]
    loaded = take_contacts(engine, returned, {living[9]})
    assert by_id(engine)[living[9]]["archived_at"] == LATER
    assert by_id(engine)[living[0]]["archived_at"] is None
    assert loaded.details == {"gone": 1}


def test_an_archived_contact_keeps_its_archive_time(engine, fetched):
    key, row = next((key, row) for key, row in by_id(engine).items() if row["archived_at"])
    take_contacts(engine, [], {key})
    assert by_id(engine)[key]["archived_at"] == row["archived_at"]


def test_many_missing_contacts_are_refused_as_a_wrong_key(engine, fetched):
    before = stored(engine)
    some = sorted(fetched)[:10]
    with pytest.raises(ExportError, match=r"CONTACTS_WITHHELD.*10 of 10"):
        take_contacts(engine, [], set(some))
    assert stored(engine) == before
    take_contacts(engine, [], set(some), forced_by="ana")
    assert all(by_id(engine)[key]["archived_at"] for key in some)


def test_a_years_contacts_are_its_winners_and_candidates(engine):
    with engine.begin() as conn:
        shared = {"mn_id": "MN0001", "submission_id": "1"}
        winner = {**shared, "decision": "only_candidate", "reason": "x"}
        conn.execute(sa.insert(winner_contacts).values(campaign_year=YEAR, contact_id=5, **winner))
        conn.execute(
            sa.insert(winner_contacts).values(campaign_year=YEAR, contact_id=None, **{**winner, "submission_id": "2"})
        )
        conn.execute(sa.insert(winner_contacts).values(campaign_year=YEAR - 1, contact_id=7, **winner))
        candidate = {**shared, "viability": "viable", "viability_reason": "x", "name_agreement": "agree", "score": 1}
        conn.execute(sa.insert(contact_candidates).values(campaign_year=YEAR, contact_id=6, **candidate))
        assert upsert.read_mentors_contact_ids(conn, YEAR) == [5, 6]
