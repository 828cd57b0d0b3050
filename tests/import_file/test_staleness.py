"""No file leaves on stale contact data; the rejected rows that this prevents, and what becomes of them (section 9)."""

import pytest

from mentorsync_pipeline.assets.gb_import import StaleContactsError
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.uploads.rejected_rows import identities
from mentorsync_pipeline.uploads.rejected_rows_store import RejectedFileError, year_of
from tests.support.house import YEAR, SandboxEnvironment

LATE = 29
LETTERS = "abcdefghijklmnopqrstuvwxyzäöü"


def late_sign_ups(house: SandboxEnvironment) -> set[str]:
    """People whom Givebutter does not know: the next import creates their contacts and sets their External IDs."""
    mn_ids = {f"MN{4001 + number}" for number in range(LATE)}
    for number, mn_id in enumerate(sorted(mn_ids)):
        house.sign_up(
            mn_id,
            f"Late{LETTERS[number]}",
            f"Comer{LETTERS[number]}son",
            phone={"full": f"(706) 555-0{100 + number}"},
            personalEmail=f"late{number}@mail.example",
        )
    house.fetch()
    house.etl()
    return mn_ids


def test_without_the_gate_a_file_of_old_contacts_is_rejected_29_times(house: SandboxEnvironment) -> None:
    mn_ids = late_sign_ups(house)
    assert house.import_file(house.file()).rejected == 0
    again = house.import_file(house.file(forced_by="Robin"))
    assert again.rejected == LATE
    assert {f"A contact with External ID [{mn_id}] already exists." for mn_id in mn_ids} == {
        message for _, messages in again.errors for message in messages
    }
    (*_, forced) = house.rows(t.gb_import_files)
    assert forced["forced_by"] == "Robin"


def test_the_rejected_rows_come_back_as_errors_until_they_arrive(house: SandboxEnvironment) -> None:
    mn_ids = late_sign_ups(house)
    house.import_file(house.file())
    again = house.import_file(house.file(forced_by="Robin"))
    house.record_rejected(again)
    errors = house.rows(t.sync_errors, t.sync_errors.c.source_table == "gb_failed_rows")
    assert {one["mn_id"] for one in errors} == mn_ids
    assert not any(one["resolved"] for one in errors)
    assert {one["error_code"] for one in errors} == {"GB_EXTERNAL_ID_EXISTS"}
    assert all(one["can_retry"] and one["next_retry_at"] is not None for one in errors)
    with house.engine.connect() as conn:
        assert year_of(conn, identities(again.failed_csv or b"")) == YEAR

    house.sync()
    errors = house.rows(t.sync_errors, t.sync_errors.c.source_table == "gb_failed_rows")
    assert {(one["resolved"], one["resolution_method"]) for one in errors} == {(True, "auto_retry")}


def test_a_file_of_rejected_rows_of_nobody_known_is_refused(house: SandboxEnvironment) -> None:
    content = b'"ERRORS","id","external_id"\n"The phone number is invalid.","1","MN9999"\n'
    with house.engine.connect() as conn, pytest.raises(RejectedFileError, match="--year"):
        year_of(conn, identities(content))


def test_with_the_gate_none_is_rejected(house: SandboxEnvironment) -> None:
    late_sign_ups(house)
    assert house.import_file(house.file()).rejected == 0
    with pytest.raises(StaleContactsError, match="mentorsync refresh-contacts"):
        house.file()
    (question,) = house.conflicts()
    assert (question["conflict_type"], question["mn_id"], question["blocking"]) == ("data_staleness", "", True)

    house.sync()
    assert house.import_file(house.file()).rejected == 0
    assert house.conflicts() == []
    assert {one["status"] for one in house.rows(t.sync_conflicts)} == {"obsolete"}


def test_a_person_may_decide_to_use_the_data_as_it_is_once(house: SandboxEnvironment) -> None:
    house.import_file(house.file())
    with pytest.raises(StaleContactsError):
        house.file()
    (question,) = house.conflicts()
    house.decide(question["id"], "b", by="Robin")
    house.file()
    (*_, file) = house.rows(t.gb_import_files)
    assert file["forced_by"] == "Robin"
    assert [one["id"] for one in house.conflicts(status="decided")] == [question["id"]]

    with pytest.raises(StaleContactsError):
        house.file()
    (again,) = house.conflicts()
    assert (again["id"], again["previous_decision"]["choice"]) == (question["id"], "b")


def test_decided_to_refresh_first_no_file_leaves_either(house: SandboxEnvironment) -> None:
    house.import_file(house.file())
    with pytest.raises(StaleContactsError):
        house.file()
    (question,) = house.conflicts()
    house.decide(question["id"], "a")
    with pytest.raises(StaleContactsError):
        house.file()
    house.sync()
    house.file()
