"""All contacts are replaced in one transaction, or not at all."""

import contextlib
import os
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.contacts.load.replace_all import check_export, load_api_list, upload_export
from mentorsync_pipeline.contacts.load.staging_table import (
    STAGING_SCHEMA,
    ContactsTableInUseError,
    StagingTable,
)
from mentorsync_pipeline.contacts.rules import contact_rows
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.sandbox.csv_export import export_csv
from tests.contacts.loading import EASTERN, loads, upload
from tests.support.sources import HEADER, NOW, export_cells, givebutter_of, request, write_export

TABLE = "'mentorsync.raw_gb_full_contacts'::regclass"
# All names and defaults, and the column comments.
STRUCTURE = f"""
    SELECT 'constraint', conname::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = {TABLE}
    UNION ALL
    SELECT 'index', relname::text, pg_get_indexdef(oid) FROM pg_class JOIN pg_index ON indexrelid = oid
     WHERE indrelid = {TABLE}
    UNION ALL
    SELECT 'column', attname::text, concat_ws(' ', attnum, format_type(atttypid, atttypmod), attcollation::regcollation,
           pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
      FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
     WHERE attrelid = {TABLE} AND attnum > 0
     ORDER BY 1, 2, 3
"""
ORIGIN = {"origin", "payload", "load_id", "observed_at"}


def refresh(engine, pages, **options):
    with engine.begin() as conn:
        return load_api_list(conn, pages, request(**options), as_of=NOW)


def stored(engine):
    with engine.connect() as conn:
        rows = conn.execute(sa.select(raw_gb_full_contacts).order_by(raw_gb_full_contacts.c.contact_id)).mappings()
        return [dict(row) for row in rows]


def ids(engine):
    return [row["contact_id"] for row in stored(engine)]


def staging_left(engine):
    with engine.connect() as conn:
        return conn.execute(sa.text("SELECT to_regnamespace(:name) IS NOT NULL"), {"name": STAGING_SCHEMA}).scalar_one()


@pytest.fixture
def ten(tmp_path):
    return write_export(tmp_path / "ten.csv", [export_cells(number) for number in range(1, 11)])


def test_loaded_rows_equal_the_rows_of_the_rules(engine, tmp_path):
    contact = export_cells(
        7,
        external_id=" MN0007 ",
        primary_email="Ava@Mail.example",
        additional_emails="zz-1@uga.edu, junk",
        primary_phone="(706) 555-0101",
        tags="b, a",
        notes='say "hi"\nthen\\go\t=1',
    )
    path = write_export(tmp_path / "one.csv", [{**contact, "Shirt": "M", "Household": "Quill"}], [*HEADER, "Shirt"])
    loaded = upload(engine, path)
    (row,) = stored(engine)
    assert row["external_id"] == "MN0007"
    assert row["email_keys"] == ["ava@mail.example", "zz-1@uga.edu"]
    assert row["additional_emails"] == ["junk", "zz-1@uga.edu"]
    assert row["phone_keys"] == ["+17065550101"]
    assert row["tags"] == ["a", "b"]
    assert row["notes"] == 'say "hi"\nthen\\go\t=1'
    assert row["custom_fields"] == {"Shirt": "M"}
    assert loads(engine)[-1]["custom_field_labels"] == ["Shirt"]
    assert row["total_contributions"] == Decimal("10.00")
    assert row["household"] == "Quill"
    assert row["last_modified"] == datetime(2025, 6, 7, 8, 9, 10, tzinfo=UTC)
    assert (row["email_subscribed"], row["phone_subscribed"]) == (True, False)
    assert (row["origin"], row["load_id"], row["observed_at"]) == ("export", loaded.load_id, NOW)
    assert row["payload"]["Contact External ID"] == " MN0007 "
    assert "Prefix" not in row["payload"]


def test_a_load_is_recorded(engine, ten):
    upload(engine, ten)
    loaded = upload(engine, ten, run_id="run-2", forced_by="ana")
    last = loads(engine)[-1]
    assert (last["origin"], last["file_name"], last["row_count"], last["previous_row_count"]) == (
        "export",
        "ten.csv",
        10,
        10,
    )
    assert (last["run_id"], last["forced_by"], last["sha256"], last["as_of"]) == (
        "run-2",
        "ana",
        loaded.sha256,
        loaded.as_of,
    )


def test_the_new_table_has_the_indexes_and_constraints_of_the_old_one(engine, ten):
    with engine.connect() as conn:
        before = conn.execute(sa.text(STRUCTURE)).all()
    upload(engine, ten)
    with engine.connect() as conn:
        assert conn.execute(sa.text(STRUCTURE)).all() == before
    assert not staging_left(engine)


def test_the_new_table_has_the_privileges_of_the_old_one(engine, ten):
    with engine.begin() as conn:
        conn.execute(sa.text("DO $$ BEGIN CREATE ROLE reporting; EXCEPTION WHEN duplicate_object THEN NULL; END $$"))
        conn.execute(sa.text("GRANT SELECT ON mentorsync.raw_gb_full_contacts TO reporting WITH GRANT OPTION"))
        conn.execute(sa.text("GRANT SELECT ON mentorsync.raw_gb_full_contacts TO PUBLIC"))
    grants = "SELECT relacl::text[] FROM pg_class WHERE oid = 'mentorsync.raw_gb_full_contacts'::regclass"
    with engine.connect() as conn:
        before = set(conn.execute(sa.text(grants)).scalar_one())
    upload(engine, ten)
    with engine.begin() as conn:
        assert set(conn.execute(sa.text(grants)).scalar_one()) == before
        conn.execute(sa.text("DROP OWNED BY reporting"))


@pytest.fixture
def fifty(tmp_path):
    return write_export(tmp_path / "fifty.csv", [export_cells(number) for number in range(1, 51)])


@pytest.mark.parametrize(("left", "refused"), [(40, False), (39, True)])
def test_the_number_of_contacts_may_fall_by_the_allowed_share_only(engine, fifty, tmp_path, left, refused):
    upload(engine, fifty)
    fewer = write_export(tmp_path / "fewer.csv", [export_cells(number) for number in range(1, left + 1)])
    if not refused:
        assert upload(engine, fewer).previous_rows == 50
        return
    with pytest.raises(ExportError, match=r"LIST_SHRUNK.*39 contacts and the table 50.*lacks 11, more than 20%"):
        upload(engine, fewer)
    assert ids(engine) == list(range(1, 51))
    assert len(loads(engine)) == 1
    assert upload(engine, fewer, forced_by="ana").rows == 39


def test_the_same_number_of_contacts_of_another_account_is_refused(engine, fifty, tmp_path):
    upload(engine, fifty)
    others = write_export(tmp_path / "others.csv", [export_cells(number) for number in range(101, 152)])
    with pytest.raises(ExportError, match=r"LIST_SHRUNK.*lacks 50"):
        upload(engine, others)
    assert ids(engine) == list(range(1, 51))


def test_of_few_contacts_ten_may_be_missing(engine, ten, tmp_path):
    upload(engine, ten)
    assert upload(engine, write_export(tmp_path / "one.csv", [export_cells(1)])).rows == 1


def test_an_export_older_than_the_contacts_is_refused_unless_forced(engine, tmp_path):
    newer = [export_cells(n, last_modified=f"2025-10-{10 + n} 10:00:00") for n in range(1, 4)]
    older = [export_cells(n, last_modified=f"2025-10-0{n} 10:00:00") for n in range(1, 4)]
    path = write_export(tmp_path / "newer.csv", newer)
    assert upload(engine, path).as_of == datetime(2025, 10, 13, 10, tzinfo=UTC)
    for name in ("older.csv", "contacts-2025-10-31-1761900000.csv"):  # a fresh name changes nothing
        old = write_export(tmp_path / name, older)
        with pytest.raises(ExportError, match=r"EXPORT_OLDER.*load it anyway: mentorsync") as raised:
            upload(engine, old)
        assert "later states of its contacts are loaded (3)" in str(raised.value)
    assert len(loads(engine)) == 1
    assert upload(engine, old, forced_by="ana").rows == 3
    assert loads(engine)[-1]["forced_by"] == "ana"


def test_an_export_taken_before_the_contacts_is_refused_by_its_age(engine, tmp_path, sandbox):
    refresh(engine, givebutter_of(sandbox).contacts())
    named = tmp_path / "contacts-2025-10-30-1761814800.csv"
    write_export(named, [export_cells(n) for n in range(1, 6)])
    with pytest.raises(
        ExportError, match=r"EXPORT_OLDER.*taken 2025-10-30 09:00:00 .*loaded contacts 2025-11-01 12:00:00 "
    ):
        upload(engine, named)


@pytest.mark.parametrize("forced_by", [None, "ana"])
def test_an_export_with_later_changes_is_newer_though_our_clock_was_ahead(engine, tmp_path, sandbox, forced_by):
    refresh(engine, givebutter_of(sandbox).contacts())
    store = sandbox.sandbox.contacts
    contact = next(contact for contact in store.all() if contact.archived_at is None)
    store.change(contact, first_name="Changed")
    contact.updated_at = NOW - timedelta(minutes=30)
    store.version += 1
    path = tmp_path / f"contacts-2025-11-01-{int((NOW - timedelta(minutes=20)).timestamp())}.csv"
    path.write_bytes(b"".join(export_csv(store)))
    assert upload(engine, path, forced_by=forced_by).as_of == NOW


def test_an_unreadable_contact_is_unchanged_and_the_others_are_loaded(engine, tmp_path):
    upload(engine, write_export(tmp_path / "a.csv", [export_cells(n, title="old") for n in range(1, 31)]))
    contacts = [export_cells(n, title="new") for n in range(1, 31)]
    contacts[4]["Total Contributions"] = "1.234,56"
    contacts.append(export_cells(31, total_contributions="1.234,56"))
    loaded = upload(engine, write_export(tmp_path / "b.csv", contacts))
    assert [record.record_id for record in loaded.unreadable] == ["5", "31"]
    assert {row["contact_id"]: row["title"] for row in stored(engine)} == {
        n: "old" if n == 5 else "new" for n in range(1, 31)
    }


@pytest.mark.parametrize(("rows", "wrong"), [(4, 1), (1, 1), (100, 21), (2000, 21)])
def test_a_file_with_many_invalid_cells_is_refused(engine, ten, tmp_path, rows, wrong):
    upload(engine, ten)
    contacts = [export_cells(n, total_contributions="ten" if n <= wrong else "10.00") for n in range(1, rows + 1)]
    with pytest.raises(
        ExportError, match=rf"EXPORT_CELL_INVALID: .*{wrong} of the first {rows:,} contacts .*contact 1 "
    ):
        upload(engine, write_export(tmp_path / "wrong.csv", contacts))
    assert ids(engine) == list(range(1, 11))


def test_the_modification_time_of_the_file_is_ignored(engine, tmp_path):
    path = write_export(tmp_path / "copy.csv", [export_cells(1)])
    for seconds in (0, NOW.timestamp() + 10**6):
        os.utime(path, (seconds, seconds))
        assert upload(engine, path).as_of == datetime(2025, 6, 7, 8, 9, 10, tzinfo=UTC)


@pytest.mark.parametrize("name", ["a.csv", "contacts-2025-10-31-1761900000.csv", "contacts-2031-01-01-1924992000.csv"])
def test_a_change_in_the_future_does_not_make_contact_data_fresh(engine, tmp_path, name):
    contacts = [export_cells(1, last_modified="2031-01-01 00:00:00"), export_cells(2)]
    loaded = upload(engine, write_export(tmp_path / name, contacts))
    assert loaded.as_of == (
        datetime(2025, 10, 31, 8, 40, tzinfo=UTC) if "10-31" in name else datetime(2025, 6, 7, 8, 9, 10, tzinfo=UTC)
    )
    assert loaded.future == (1,)
    corrected = write_export(tmp_path / "b.csv", [export_cells(n, last_modified=f"{NOW:%F} 11:00:00") for n in (1, 2)])
    assert upload(engine, corrected).as_of == NOW - timedelta(hours=1)


def test_a_check_has_the_result_of_a_load_and_changes_nothing(engine, ten, tmp_path):
    upload(engine, ten)
    before = stored(engine), loads(engine)
    files = {
        "fresh.csv": [export_cells(n, last_modified="2025-10-01 00:00:00") for n in range(1, 12)],
        "twice.csv": [export_cells(1), export_cells(1)],
        "none.csv": [],
        "older.csv": [export_cells(n, last_modified="2024-10-01 00:00:00") for n in range(1, 11)],
        "cell.csv": [export_cells(1, total_contributions="1.234,56")],
    }
    for name, contacts in files.items():
        path = write_export(tmp_path / name, contacts)
        outcomes = []
        for act in (check_export, upload_export):
            with engine.connect() as conn:
                try:
                    outcomes.append(act(conn, path, request(), zone=EASTERN).rows)
                except ExportError as error:
                    outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]
        with engine.begin() as conn, contextlib.suppress(ExportError):
            check_export(conn, path, request(), zone=EASTERN)
        assert (stored(engine), loads(engine)) == before


def test_a_repeated_contact_id_is_refused_with_the_id(engine, ten, tmp_path):
    upload(engine, ten)
    twice = write_export(tmp_path / "twice.csv", [export_cells(number % 19 + 1) for number in range(20)])
    with pytest.raises(ExportError, match=r"EXPORT_DUPLICATE_IDS.* 1\."):
        upload(engine, twice)
    assert ids(engine) == list(range(1, 11))
    assert not staging_left(engine)


def test_an_export_without_contacts_is_refused(engine, ten, tmp_path):
    upload(engine, ten)
    with pytest.raises(ExportError, match="EXPORT_EMPTY"):
        upload(engine, write_export(tmp_path / "none.csv", []), forced_by="ana")
    assert len(ids(engine)) == 10


def test_a_file_with_an_error_at_its_end_changes_nothing(engine, ten, tmp_path):
    upload(engine, ten)
    path = write_export(tmp_path / "cut.csv", [export_cells(number) for number in range(1, 3000)])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ExportError, match="EXPORT_TRUNCATED"):
        upload(engine, path)
    assert ids(engine) == list(range(1, 11))
    assert not staging_left(engine)


def test_a_table_that_a_view_reads_is_not_replaced(engine, ten):
    upload(engine, ten)
    with engine.begin() as conn:
        conn.execute(sa.text("CREATE VIEW ours AS SELECT contact_id FROM mentorsync.raw_gb_full_contacts"))
    with pytest.raises(ContactsTableInUseError, match="CONTACTS_TABLE_IN_USE"):
        upload(engine, ten)
    assert len(ids(engine)) == 10
    assert not staging_left(engine)


def test_the_next_load_removes_the_remains_of_a_killed_one(engine, ten):
    upload(engine, ten)
    with engine.begin() as conn:
        StagingTable(conn, {"origin": "export", "observed_at": NOW, "load_id": 99}).create()
    assert staging_left(engine)
    assert ids(engine) == list(range(1, 11))
    upload(engine, ten)
    assert not staging_left(engine)


def test_readers_see_the_old_contacts_until_the_load_is_committed(engine, ten, tmp_path):
    upload(engine, ten)
    other = write_export(tmp_path / "other.csv", [export_cells(number) for number in range(51, 71)])
    with engine.begin() as conn:
        upload_export(conn, other, request(), zone=EASTERN)
        seen = []
        reader = threading.Thread(target=lambda: seen.append(ids(engine)))
        reader.start()
        reader.join(0.3)
        assert seen == []  # waits for the commit rather than seeing half
    reader.join(60)
    assert seen == [list(range(51, 71))]


def test_concurrent_loads_run_one_after_the_other(engine, ten, tmp_path):
    upload(engine, ten)
    files = [
        write_export(tmp_path / f"{start}.csv", [export_cells(start + n) for n in range(500)]) for start in (1000, 2000)
    ]
    outcomes = []
    threads = [
        threading.Thread(target=lambda file=file: outcomes.append(upload(engine, file, forced_by="ana")))
        for file in files
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcome.previous_rows for outcome in outcomes) == [10, 500]
    last = max(outcomes, key=lambda outcome: outcome.load_id)
    assert ids(engine)[0] == int(last.file_name.removesuffix(".csv"))


def test_export_and_api_leave_the_same_rows(engine, sandbox, export):
    upload(engine, export)
    by_export = {row["contact_id"]: row for row in stored(engine)}
    refresh(engine, givebutter_of(sandbox).contacts())
    by_api = {row["contact_id"]: row for row in stored(engine)}
    living = {
        key: row for key, row in by_api.items() if row["archived_at"] is None and row["contact_type"] == "individual"
    }
    assert living.keys() == by_export.keys()
    assert len(by_api) > len(living)
    for key, row in living.items():
        assert {name: row[name] for name in row if name not in ORIGIN} == {
            name: by_export[key][name] for name in row if name not in ORIGIN
        }
        assert row["origin"] == "api_full"


def test_an_export_keeps_the_values_of_columns_that_it_lacks(engine, tmp_path):
    """The import file sends them back, and a blank cell might clear them."""
    texts = {"Pronouns": "she/her", "Employer": "Mill", "Household": "Quill", "Gender": "F"}
    contact = export_cells(1) | texts
    upload(engine, write_export(tmp_path / "whole.csv", [contact], [*HEADER, *(set(texts) - set(HEADER))]))
    lacking = {"Pronouns", "Household", "Gender"}
    upload(engine, write_export(tmp_path / "short.csv", [contact], [name for name in HEADER if name not in lacking]))
    (row,) = stored(engine)
    assert (row["pronouns"], row["employer"], row["household"], row["gender"]) == ("she/her", "Mill", "Quill", "F")
    upload(engine, write_export(tmp_path / "blank.csv", [contact | {"Pronouns": ""}]))
    assert stored(engine)[0]["pronouns"] is None


def test_a_list_of_the_api_keeps_the_household(engine, sandbox, export):
    upload(engine, export)
    with engine.begin() as conn:
        conn.execute(sa.update(raw_gb_full_contacts).values(household="Quill", household_primary_contact="Yes"))
    refresh(engine, givebutter_of(sandbox).contacts())
    living = [row for row in stored(engine) if row["archived_at"] is None and row["contact_type"] == "individual"]
    assert {(row["household"], row["household_primary_contact"]) for row in living} == {("Quill", "Yes")}


def test_archived_contacts_of_the_api_do_not_count_as_missing(engine, sandbox, export):
    refresh(engine, givebutter_of(sandbox).contacts())
    assert upload(engine, export).previous_rows == len(ids(engine))


def test_an_unreadable_contact_is_reported_with_its_id(engine, sandbox):
    page = next(givebutter_of(sandbox).contacts())
    first, second, *_ = (item for item in page if item["archived_at"] is None and item["type"] == "individual")
    loaded = refresh(engine, [[{**first, "updated_at": "long ago"}, second]])
    (unreadable,) = loaded.unreadable
    assert (unreadable.record_id, unreadable.field) == (str(first["id"]), "updated_at")
    assert "long ago" not in unreadable.reason
    assert ids(engine) == [second["id"]]


def test_the_api_fills_every_column_of_an_export_but_the_household():
    filled = set(contact_rows.parse_api_contact({"id": 1, "stats": {}}))
    expected = {column.name for column in raw_gb_full_contacts.columns} - {"origin", "load_id", "observed_at"}
    assert filled == expected - {*contact_rows.HOUSEHOLD, "payload"}
