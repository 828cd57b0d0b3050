"""Rejected rows stay out of the next files, and the next steps resolve them (rulebook, section 9)."""

import csv
from dataclasses import replace
from io import StringIO

import pytest

from mentorsync_pipeline.automation.jobs import CONTACTS, ETL, FILE
from mentorsync_pipeline.db import tables
from mentorsync_pipeline.review.error_list import count_retry
from tests.support.environment import SandboxEnvironment, file_of

pytestmark = pytest.mark.slow

SHIRT_LABEL = "👕 Shirt Size"


@pytest.fixture
def env(rounds, start) -> SandboxEnvironment:
    """The first sync has written its file, which is not imported yet."""
    return start(rounds["synced"], serve=False)


@pytest.fixture
def served_env(rounds, start) -> SandboxEnvironment:
    """The same, with served services: a sync asks Givebutter for the archived holders of External IDs."""
    return start(rounds["synced"])


@pytest.fixture
def first_file(rounds) -> bytes:
    return file_of(rounds["synced"].syncs[0]).read_bytes()


def rows_of(file: bytes) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(StringIO(file.decode("utf-8-sig"), newline=""))
    return {row["Contact External ID"]: row for row in rows}


def mn_ids_in(file: bytes) -> set[str]:
    return set(rows_of(file))


def next_file(env: SandboxEnvironment) -> bytes:
    """Load everything, recalculate and write a file."""
    env.upload_and_recalculate()
    return env.new_file()


def sync_to_file(env: SandboxEnvironment) -> bytes:
    """Load an export, and write a file with the steps of a sync that matter for it."""
    env.upload()
    return file_of(env.sync(assets=(CONTACTS, *ETL, FILE))).read_bytes()


def hand_in(env: SandboxEnvironment, imported) -> None:
    """Load the list of rejected rows that Givebutter returned."""
    path = env.folder / imported.failed_name
    path.write_bytes(imported.failed_csv)
    env.later()
    env.run("rejected_rows", year=env.year, config={"ops": {"gb_failed_rows": {"config": {"path": str(path)}}}})


def rejections(env: SandboxEnvironment) -> dict[str, dict]:
    return {
        row["mn_id"]: row
        for row in env.rows(tables.sync_errors, year=env.year)
        if row["source_table"] == "gb_failed_rows" and not row["resolved"]
    }


def reject_one(env: SandboxEnvironment, file: bytes, prepare) -> tuple[str, int | None]:
    """Make Givebutter reject the row of a new mentor, and load its list; return the MN id and the result of `prepare`.

    `prepare` makes the External ID taken between file and import.
    """
    mn_id = next(
        mn_id
        for mn_id, row in sorted(env.by_mn_id(tables.mn_gb_import).items())
        if row["Givebutter Contact ID"] is None and mn_id in mn_ids_in(file)
    )
    holder = prepare(env.server.sandbox.contacts, mn_id)
    imported = env.import_file(file)
    assert [messages for _, messages in imported.errors] == [[f"A contact with External ID [{mn_id}] already exists."]]
    hand_in(env, imported)
    assert set(rejections(env)) == {mn_id}
    return mn_id, holder


def archived_holder(store, mn_id: str) -> int:
    return store.create(first_name="Old", last_name="Holder", external_id=mn_id, archived_at=store.now()).id


def test_a_row_whose_external_id_nobody_visible_holds_stays_out_until_a_person_tries_it_again(env, first_file):
    mn_id, _ = reject_one(env, first_file, lambda store, mn_id: store.reserve_external_id(mn_id))
    file = next_file(env)
    assert mn_id not in mn_ids_in(file)
    assert env.import_file(file).rejected == 0
    error = rejections(env)[mn_id]
    assert "errors retry" in error["what_to_do"]

    env.server.sandbox.contacts.free_external_id(mn_id)
    with env.engine.begin() as conn:
        count_retry(conn, [error["id"]], now=env.now, by="Ann")
    file = next_file(env)
    assert mn_id in mn_ids_in(file)
    assert env.import_file(file).rejected == 0
    next_file(env)
    assert rejections(env) == {}


def test_a_holder_that_appears_is_named_and_the_row_is_sent_after_it_is_cleared(served_env, first_file):
    env = served_env
    mn_id, holder = reject_one(env, first_file, archived_holder)
    file = sync_to_file(env)
    assert mn_id not in mn_ids_in(file)
    assert rejections(env) == {}
    (held,) = (
        row
        for row in env.rows(tables.sync_errors, year=env.year)
        if row["error_code"] == "EXTERNAL_ID_HELD" and not row["resolved"]
    )
    assert (held["mn_id"], str(holder) in held["message"]) == (mn_id, True)
    env.server.dashboard.restore(holder)
    env.server.dashboard.edit(holder, external_id=None)
    file = sync_to_file(env)
    assert mn_id in mn_ids_in(file)
    assert env.import_file(file).rejected == 0


def test_a_person_may_send_a_row_whose_archived_holder_was_merged_away(served_env, first_file):
    env = served_env
    mn_id, holder = reject_one(env, first_file, archived_holder)
    sync_to_file(env)
    (error,) = (row for row in env.rows(tables.sync_errors) if row["error_code"] == "EXTERNAL_ID_HELD")
    env.server.sandbox.contacts.remove(holder)
    with env.engine.begin() as conn:
        count_retry(conn, [error["id"]], now=env.now, by="Ann")
    for _ in range(2):  # it stays in the files until it arrives
        file = sync_to_file(env)
        assert mn_id in mn_ids_in(file)
    assert env.import_file(file).rejected == 0
    file = sync_to_file(env)
    assert mn_id in mn_ids_in(file)
    assert not [row for row in env.rows(tables.sync_errors) if row["mn_id"] == mn_id and not row["resolved"]]


def test_a_later_list_of_rejected_rows_does_not_close_those_that_stayed_out(env, first_file):
    mn_id, _ = reject_one(env, first_file, lambda store, mn_id: store.reserve_external_id(mn_id))
    other = next(other_id for other_id in sorted(env.by_mn_id(tables.mn_gb_import)) if other_id != mn_id)
    path = env.folder / "contacts-2025-10-09-1760000000-failed.csv"
    path.write_text(f'"ERRORS","external_id"\n"The phone number is invalid.","{other}"\n', encoding="utf-8")
    env.later()
    env.run("rejected_rows", year=env.year, config={"ops": {"gb_failed_rows": {"config": {"path": str(path)}}}})
    assert set(rejections(env)) == {mn_id, other}


def test_a_list_of_an_older_file_does_not_close_the_rejection_of_a_row_that_stayed_out(env, first_file):
    mn_id, _ = reject_one(env, first_file, lambda store, mn_id: store.reserve_external_id(mn_id))
    path = env.folder / "contacts-2025-10-09-1760000000-failed.csv"
    path.write_text(f'"ERRORS","external_id"\n"The contact is archived.","{mn_id}"\n', encoding="utf-8")
    env.later()
    env.run("rejected_rows", year=env.year, config={"ops": {"gb_failed_rows": {"config": {"path": str(path)}}}})
    for _ in range(2):
        assert mn_id not in mn_ids_in(next_file(env))


def test_an_option_that_was_retired_in_givebutter_rejects_no_further_row(env, first_file):
    """Only a rejection shows that it is retired; a mentor who chooses it later is sent without it."""
    fields = env.server.sandbox.contacts.custom_fields
    shirts = fields[SHIRT_LABEL]
    fields[SHIRT_LABEL] = replace(shirts, options=tuple(option for option in shirts.options if option != "M"))
    wears_m = {mn_id for mn_id, row in rows_of(first_file).items() if row[SHIRT_LABEL] == "M"}
    imported = env.import_file(first_file)
    assert imported.rejected == len(wears_m) > 1
    hand_in(env, imported)
    assert set(rejections(env)) == wears_m

    late = next(mn_id for mn_id, row in sorted(rows_of(first_file).items()) if row[SHIRT_LABEL] == "L")
    env.edit_signup(late, shirtSize="M")
    env.fetch()
    file = next_file(env)
    assert rows_of(file)[late][SHIRT_LABEL] == "L"
    assert not wears_m & mn_ids_in(file)
    assert env.import_file(file).rejected == 0
    warnings = [row for row in env.rows(tables.sync_warnings) if row["mn_id"] == late and not row["acknowledged"]]
    assert [row["subject"] for row in warnings if SHIRT_LABEL in row["subject"]] == [f"{late}:{SHIRT_LABEL}"]

    fields[SHIRT_LABEL] = shirts
    with env.engine.begin() as conn:
        count_retry(conn, [error["id"] for error in rejections(env).values()], now=env.now, by="Ann")
    file = next_file(env)
    assert {rows_of(file)[mn_id][SHIRT_LABEL] for mn_id in {*wears_m, late}} == {"M"}
    assert env.import_file(file).rejected == 0
