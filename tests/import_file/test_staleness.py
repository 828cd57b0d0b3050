"""Rulebook, section 9: no file is written from stale contact data; rejected rows become errors until they arrive."""

import pytest

from mentorsync_pipeline.assets.gb_import import StaleContactsError
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.uploads.rejected_mentors import RejectedFileError, find_year_of_rows
from mentorsync_pipeline.uploads.rejected_rows import read_identities
from tests.support.house import YEAR, SandboxEnvironment

LATE = 29
LETTERS = "abcdefghijklmnopqrstuvwxyzäöü"


def sign_up_late_mentors(house: SandboxEnvironment) -> set[str]:
    """Sign up people without a contact: the next import creates their contacts and sets their External IDs."""
    mn_ids = {f"MN{4001 + number}" for number in range(LATE)}
    for number, mn_id in enumerate(sorted(mn_ids)):
        house.sign_up(
            mn_id,
            f"Late{LETTERS[number]}",
            f"Comer{LETTERS[number]}son",
            mnPhone={"full": f"(706) 555-0{100 + number}"},
            personalEmail=f"late{number}@mail.example",
        )
    house.fetch()
    house.etl()
    return mn_ids


def test_a_forced_file_from_old_contacts_has_29_rejected_rows(house: SandboxEnvironment) -> None:
    mn_ids = sign_up_late_mentors(house)
    assert house.import_file(house.file()).rejected == 0
    reimport = house.import_file(house.file(forced_by="Robin"))
    assert reimport.rejected == LATE
    assert {f"A contact with External ID [{mn_id}] already exists." for mn_id in mn_ids} == {
        message for _, messages in reimport.errors for message in messages
    }
    (*_, forced) = house.rows(t.gb_import_files)
    assert forced["forced_by"] == "Robin"


def test_rejected_rows_are_errors_until_they_arrive(house: SandboxEnvironment) -> None:
    mn_ids = sign_up_late_mentors(house)
    house.import_file(house.file())
    reimport = house.import_file(house.file(forced_by="Robin"))
    house.record_rejected(reimport)
    errors = house.rows(t.sync_errors, t.sync_errors.c.source_table == "gb_failed_rows")
    assert {error["mn_id"] for error in errors} == mn_ids
    assert not any(error["resolved"] for error in errors)
    assert {error["error_code"] for error in errors} == {"GB_EXTERNAL_ID_EXISTS"}
    assert all(error["can_retry"] and error["next_retry_at"] is not None for error in errors)
    with house.engine.connect() as conn:
        assert find_year_of_rows(conn, read_identities(reimport.failed_csv or b"")) == YEAR

    house.sync()
    errors = house.rows(t.sync_errors, t.sync_errors.c.source_table == "gb_failed_rows")
    assert {(error["resolved"], error["resolution_method"]) for error in errors} == {(True, "auto_retry")}


def test_a_rejected_rows_file_without_known_mentors_is_refused(house: SandboxEnvironment) -> None:
    content = b'"ERRORS","id","external_id"\n"The phone number is invalid.","1","MN9999"\n'
    with house.engine.connect() as conn, pytest.raises(RejectedFileError, match="--year"):
        find_year_of_rows(conn, read_identities(content))


def test_a_file_from_fresh_contacts_has_no_rejected_rows(house: SandboxEnvironment) -> None:
    sign_up_late_mentors(house)
    assert house.import_file(house.file()).rejected == 0
    with pytest.raises(StaleContactsError, match="mentorsync refresh-contacts"):
        house.file()
    (conflict,) = house.conflicts()
    assert (conflict["conflict_type"], conflict["mn_id"], conflict["blocking"]) == ("data_staleness", "", True)

    house.sync()
    assert house.import_file(house.file()).rejected == 0
    assert house.conflicts() == []
    assert {row["status"] for row in house.rows(t.sync_conflicts)} == {"obsolete"}


def test_a_decision_to_use_the_data_as_it_is_holds_for_one_file(house: SandboxEnvironment) -> None:
    house.import_file(house.file())
    with pytest.raises(StaleContactsError):
        house.file()
    (conflict,) = house.conflicts()
    house.decide(conflict["id"], "b", by="Robin")
    house.file()
    (*_, file) = house.rows(t.gb_import_files)
    assert file["forced_by"] == "Robin"
    assert [row["id"] for row in house.conflicts(status="decided")] == [conflict["id"]]

    with pytest.raises(StaleContactsError):
        house.file()
    (reopened,) = house.conflicts()
    assert (reopened["id"], reopened["previous_decision"]["choice"]) == (conflict["id"], "b")


def test_a_decision_to_refresh_first_blocks_the_file(house: SandboxEnvironment) -> None:
    house.import_file(house.file())
    with pytest.raises(StaleContactsError):
        house.file()
    (conflict,) = house.conflicts()
    house.decide(conflict["id"], "a")
    with pytest.raises(StaleContactsError):
        house.file()
    house.sync()
    house.file()
