"""No file leaves on stale contact data; the rejected rows that this prevents, and what becomes of them (section 9)."""

import pytest

from mentorsync_pipeline import tables as t
from mentorsync_pipeline.assets.gb_import import StaleContactsError

from .house import House

LATE = 29
LETTERS = "abcdefghijklmnopqrstuvwxyzäöü"


def late_sign_ups(house: House) -> set[str]:
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


def test_without_the_gate_a_file_of_old_contacts_is_rejected_29_times(house: House) -> None:
    mn_ids = late_sign_ups(house)
    assert house.import_file(house.file()).rejected == 0
    again = house.import_file(house.file(forced_by="Robin"))
    assert again.rejected == LATE
    assert {f"A contact with External ID [{mn_id}] already exists." for mn_id in mn_ids} == {
        message for _, messages in again.errors for message in messages
    }
    (*_, forced) = house.rows(t.gb_import_files)
    assert forced["forced_by"] == "Robin"


def test_with_the_gate_none_is_rejected(house: House) -> None:
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


def test_a_person_may_decide_to_use_the_data_as_it_is_once(house: House) -> None:
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


def test_decided_to_refresh_first_no_file_leaves_either(house: House) -> None:
    house.import_file(house.file())
    with pytest.raises(StaleContactsError):
        house.file()
    (question,) = house.conflicts()
    house.decide(question["id"], "a")
    with pytest.raises(StaleContactsError):
        house.file()
    house.sync()
    house.file()
