"""PostgreSQL stores the cells of an export exactly, for every kind of block."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.contacts.load.replace_all import load_api_list, upload_export
from tests.contacts.test_contacts_load import EASTERN, stored, upload
from tests.support.sources import HEADER, NOW, export_cells, givebutter_of, request, write_export

pytestmark = pytest.mark.slow

# Texts with a special meaning for PostgreSQL or COPY.
TELLING = ("{}", "{", "\\{}", "{a}", "\\N", "\\.", "NULL", '""', "\\", "[]", "null")


def test_blocks_with_different_columns_are_loaded_alike(engine, tmp_path, monkeypatch):
    monkeypatch.setattr("mentorsync_pipeline.contacts.load.export_file._FIRST_BYTES", 100)
    cells_of_rows = [
        export_cells(n, notes="" if n % 3 else f"note {n}", external_id="" if n % 7 else f"MN{n:04d}")
        for n in range(1, 60)
    ]
    upload(engine, write_export(tmp_path / "many.csv", cells_of_rows))
    rows = stored(engine)
    assert [row["notes"] for row in rows] == [None if n % 3 else f"note {n}" for n in range(1, 60)]
    assert [row["external_id"] for row in rows] == [None if n % 7 else f"MN{n:04d}" for n in range(1, 60)]
    assert {row["last_name"] for row in rows} == {cells["Last Name"] for cells in cells_of_rows}


@pytest.mark.parametrize("of_api", [False, True])
def test_texts_like_null_and_empty_literals_are_kept(engine, tmp_path, sandbox, of_api):
    if of_api:
        (first, *_) = next(givebutter_of(sandbox).contacts())
        pages = [[{**first, "id": n, "note": text, "last_name": text} for n, text in enumerate(TELLING, 1)]]
        with engine.begin() as conn:
            load_api_list(conn, pages, request(), as_of=NOW)
    else:
        texts = enumerate(TELLING, 1)
        contacts = [
            export_cells(n, notes=text, last_name=text) | {"Shirt": text, "Tags": text.replace("\n", " ")}
            for n, text in texts
        ]
        upload(engine, write_export(tmp_path / "telling.csv", contacts, (*HEADER, "Shirt")))
        assert [row["custom_fields"] for row in stored(engine)] == [{"Shirt": text} for text in TELLING]
        assert [row["tags"] for row in stored(engine)] == [[text.replace("\n", " ")] for text in TELLING]
    assert [row["notes"] for row in stored(engine)] == list(TELLING)
    assert [row["last_name"] for row in stored(engine)] == list(TELLING)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_times_are_utc_in_every_session_time_zone(engine, tmp_path, sandbox, zone):
    path = write_export(tmp_path / "one.csv", [export_cells(7, last_modified="2025-06-07 08:09:10")])
    with engine.begin() as conn:
        conn.execute(sa.text(f"SET LOCAL TIME ZONE '{zone}'"))
        upload_export(conn, path, request(), zone=EASTERN)
    (row,) = stored(engine)
    assert row["last_modified"] == datetime(2025, 6, 7, 8, 9, 10, tzinfo=UTC)
    with engine.begin() as conn:
        conn.execute(sa.text(f"SET LOCAL TIME ZONE '{zone}'"))
        load_api_list(conn, givebutter_of(sandbox).contacts(), request(forced_by="ana"), as_of=NOW)
    of_world = {contact.id: contact.updated_at.replace(microsecond=0) for contact in sandbox.world.contacts}
    assert {row["contact_id"]: row["last_modified"] for row in stored(engine)} == of_world
