"""Records in force, and their assignment to mentors (rulebook, sections 2, 7 and 14)."""

from dataclasses import replace

import pytest

from mentorsync_pipeline.attendance.rules.mentor_records import group_records_by_signup, moved_records
from tests.attendance.builders import check_in
from tests.support.mentors_stage import MentorsStage, contact, signup


def attended(stage: MentorsStage) -> dict[str, bool]:
    stage.sync()
    return {mn_id: mentor.attended_training for mn_id, mentor in stage.previous.items()}


def test_a_corrected_id_takes_the_record_along() -> None:
    stage = MentorsStage.of_one(signup(), contact(), records=[check_in()])
    stage.sync()
    stage.signups = [signup(mn_id="MN0777", superseded_mn_ids=("MN0001",))]
    assert attended(stage) == {"MN0777": True}
    assert stage.result is not None
    assert stage.result.moved_records == {1: "MN0777"}


def test_two_mentors_who_exchange_their_ids_keep_their_records() -> None:
    first, second = signup(1), signup(2)
    stage = MentorsStage.of_one(first, contact(10), records=[check_in()])
    stage.signups, stage.winners[second.submission_id] = [first, second], None
    assert attended(stage) == {"MN0001": True, "MN0002": False}
    stage.signups = [replace(first, mn_id="MN0002"), replace(second, mn_id="MN0001")]
    assert attended(stage) == {"MN0001": False, "MN0002": True}


def test_a_second_sign_up_inherits_the_record() -> None:
    newer = signup(3, superseded_mn_ids=("MN0001",), superseded_submission_ids=(signup().submission_id,))
    owned = group_records_by_signup([newer], [check_in()], {}, {})
    assert moved_records(owned, {newer.submission_id: newer.mn_id}) == {1: "MN0003"}


def test_a_record_of_an_id_is_the_present_owners_although_another_one_once_mistyped_it() -> None:
    owner, other = signup(1), signup(2, superseded_mn_ids=("MN0001",))
    owned = group_records_by_signup([owner, other], [replace(check_in(), submission_id=None)], {}, {})
    assert list(owned) == [owner.submission_id]


def test_an_exchanged_id_that_a_third_one_types_too_has_its_owners_row() -> None:
    first, second = signup(1), signup(2)
    stage = MentorsStage.of_one(first, contact(10), records=[check_in()])
    stage.signups, stage.winners[second.submission_id] = [first, second], None
    stage.sync()
    third = signup(3, mn_id="MN0002")
    stage.signups = [replace(first, mn_id="MN0002"), replace(second, mn_id="MN0001"), third]
    stage.blocked = {first.submission_id, third.submission_id}
    rows = {row.mn_id: row for row in stage.sync().mentors}
    assert {mn_id: row.submission_id for mn_id, row in rows.items()} == {
        "MN0001": second.submission_id,
        "MN0002": first.submission_id,
    }
    assert rows["MN0002"].gb_contact_id == 10


def test_a_record_is_not_moved_to_an_id_that_was_taken_over_from_a_living_sign_up() -> None:
    first, second = signup(1), signup(2)
    stage = MentorsStage.of_one(first, contact(10), records=[check_in()])
    stage.signups, stage.winners[second.submission_id] = [first, second], None
    stage.sync()
    stage.signups = [replace(first, mn_id="MN0002"), second]
    stage.blocked = {first.submission_id, second.submission_id}
    moved = stage.sync().moved_records
    assert {mn_id: row.sync_state for mn_id, row in stage.previous.items()} == {
        "MN0001": "blocked",
        "MN0002": "blocked",
    }
    assert moved == {}


def test_a_deleted_and_restored_sign_up_finds_its_record_again() -> None:
    stage = MentorsStage.of_one(signup(), contact(), records=[check_in()])
    assert attended(stage) == {"MN0001": True}
    gone, stage.signups = stage.signups, []
    assert attended(stage) == {}
    stage.signups = gone
    assert attended(stage) == {"MN0001": True}


def test_a_second_sign_up_with_the_same_id_keeps_the_record() -> None:
    stage = MentorsStage.of_one(signup(), contact(), records=[check_in()])
    stage.sync()
    stage.signups = []
    stage.sync()
    again = signup(1, submission_id="7000000000")
    stage.signups, stage.winners = [again], {again.submission_id: 10}
    assert attended(stage) == {"MN0001": True}
    assert attended(stage) == {"MN0001": True}


@pytest.mark.parametrize("syncs_between", [0, 1])
def test_another_person_who_gets_a_used_id_does_not_get_the_record(syncs_between: int) -> None:
    stage = MentorsStage.of_one(signup(), contact(), records=[check_in()])
    stage.sync()
    stage.signups = []
    for _ in range(syncs_between):
        stage.sync()
    other = signup(2, mn_id="MN0001", first_name="Imogen", last_name="Placeholderson")
    stage.signups, stage.winners = [other], {other.submission_id: None}
    assert attended(stage) == {"MN0001": False}
    assert attended(stage) == {"MN0001": False}


def test_a_record_without_a_sign_up_belongs_to_the_only_sign_up_with_its_id() -> None:
    record = check_in(submission_id=None)
    assert group_records_by_signup([signup()], [record], {}, {}) == {signup().submission_id: (record,)}
    two = [signup(), signup(2, mn_id="MN0001")]
    assert group_records_by_signup(two, [record], {}, {}) == {}
