"""Rulebook, sections 2 and 7: form entries with an MN id that two sign-ups have or had."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.mentors_stage import START, MentorsStage, contact, entry, phone, signup

DAY = timedelta(days=1)


def siblings(**values: Any) -> MentorsStage:
    """Brother and sister with one phone."""
    signups = [signup(1), signup(2, first_name="Quentin", phone=phone(1))]
    return MentorsStage(signups=signups, contacts={}, winners={s.submission_id: None for s in signups}, **values)


def linked_ids(stage: MentorsStage) -> list[str]:
    """The MN ids of the mentors with a set-up entry after another sync."""
    stage.sync()
    return [row.mn_id for row in stage.previous.values() if row.setup_submission_id]


def share_id(stage: MentorsStage, mn_id: str, edited_at: datetime | None = None) -> None:
    """Both have one MN id in this sync."""
    stage.signups = [replace(person, mn_id=mn_id, updated_at=edited_at) for person in stage.signups]
    stage.blocked = set(stage.winners)
    stage.sync()
    stage.blocked = set()


@pytest.mark.parametrize(
    ("listed", "typed", "linked"),
    [
        ((0, 1), {}, None),  # the id that both had shows nothing, whichever was corrected since
        ((0, 1), {"email": "robin2@mail.example"}, "MN0003"),
        ((0, 1), {"email": "robin1@mail.example"}, "MN0002"),
        ((0,), {"email": "robin2@mail.example"}, None),
        ((1,), {"email": "robin2@mail.example"}, "MN0003"),
    ],
)
def test_an_entry_with_the_id_that_two_sign_ups_had_at_first_goes_to_the_one_it_fits(
    listed: tuple[int, ...], typed: dict[str, str], linked: str | None
) -> None:
    stage = siblings()
    share_id(stage, "MN0002")
    first, second = stage.signups
    corrected = replace(second, mn_id="MN0003", updated_at=START + 2 * DAY)
    stage.signups = [(first, corrected)[place] for place in listed]
    stage.setups = [entry("71", mn_id="MN0002", created_at=START + DAY, **typed)]
    for _ in range(2):
        assert linked_ids(stage) == [linked] * bool(linked)


def test_an_entry_stays_with_the_student_whose_id_another_one_typed() -> None:
    stage = siblings(setups=[entry("71", mn_id="MN0002", email="robin2@mail.example")])
    share_id(stage, "MN0002")
    both = stage.signups
    for listed, linked in ((both[:1], []), (both[1:], ["MN0002"])):
        stage.signups = listed
        assert linked_ids(stage) == linked


def test_an_entry_with_an_id_that_two_mentors_typed_goes_to_neither_when_one_types_another() -> None:
    stage = siblings()
    stage.sync()
    share_id(stage, "MN0007")
    first, second = stage.signups
    stage.signups = [replace(first, mn_id="MN0008", updated_at=START + 2 * DAY), second]
    stage.setups = [entry("71", mn_id="MN0007", created_at=START + DAY)]
    assert linked_ids(stage) == linked_ids(stage) == []


@pytest.mark.parametrize("last_name", ["Testwellb", "Otherwell"])
def test_an_entry_is_not_given_to_the_former_holder_of_an_absent_mentors_id(last_name: str) -> None:
    stage = siblings()
    stage.signups = [replace(person, last_name=last_name, first_name="Robin") for person in stage.signups]
    share_id(stage, "MN0002")
    first, second = stage.signups
    stage.signups = [replace(first, mn_id="MN0003", updated_at=START + 2 * DAY), replace(second, mn_id="MN0004")]
    stage.sync()
    stage.signups = stage.signups[:1]
    stage.setups = [entry("71", mn_id="MN0002", created_at=START + DAY)]
    assert linked_ids(stage) == []


def test_an_entry_stays_when_another_student_gets_the_phone_and_types_the_id() -> None:
    stage = siblings(setups=[entry("71", mn_id="MN0001", phone=phone(1))])
    first, second = stage.signups
    stage.signups = [first, replace(second, phone=phone(2))]
    assert linked_ids(stage) == ["MN0001"]
    given_at = START + DAY
    stage.signups = [
        replace(first, phone=phone(60), updated_at=given_at),
        replace(second, mn_id="MN0001", phone=phone(1), updated_at=given_at),
    ]
    stage.blocked = set(stage.winners)
    stage.sync()
    stored = [mentor.submission_id for mentor in stage.known.values() if mentor.entry_ids]
    assert stored == [first.submission_id]


@pytest.mark.parametrize(
    ("name", "keeps"),
    [("Robin Testwella", True), ("Robin Otherwell", False), ("Quentin Testwella", False)],
)
def test_a_new_sign_up_with_the_id_of_a_deleted_one_takes_over_the_row_of_its_own_name_only(
    name: str, *, keeps: bool
) -> None:
    stage = MentorsStage.of_one(signup(), contact(10))
    stage.setups = [entry("71", mn_id="MN0001", email="robin1@mail.example")]
    stage.sync()
    first_name, last_name = name.split()
    stage.signups = [signup(2, mn_id="MN0001", first_name=first_name, last_name=last_name)]
    stage.winners = {stage.signups[0].submission_id: None}
    assert linked_ids(stage) == ["MN0001"] * keeps


def test_a_sign_up_without_its_own_row_takes_no_row_that_another_mentor_had_last() -> None:
    stage = siblings()
    first, second = stage.signups
    stage.sync()
    stage.signups = [replace(first, mn_id="MN0002")]
    stage.sync()
    stage.signups = [first, second]
    share_id(stage, "MN0003")
    assert {row.mn_id: row.submission_id for row in stage.previous.values()} == {
        "MN0002": first.submission_id,
        "MN0003": second.submission_id,
    }


def test_a_mentor_whose_row_was_nobodys_keeps_its_id_in_every_run() -> None:
    stage = siblings()
    first, second = stage.signups
    stage.signups = [first]
    stage.blocked = set(stage.winners)
    stage.sync()
    stage.signups = [first, second]
    share_id(stage, "MN0001")
    for _ in range(2):
        share_id(stage, "MN0002")
        assert stage.mentor("MN0001").submission_id == first.submission_id


def test_an_id_of_a_superseded_sign_up_counts_while_that_is_not_listed() -> None:
    superseded = {"superseded_mn_ids": ("MN0001",), "superseded_submission_ids": ("60999",)}
    stage = siblings()
    first, second = stage.signups
    both = [replace(first, updated_at=START + 2 * DAY), replace(second, **superseded)]  # type: ignore[arg-type]  # names of fields
    stage.setups = [entry("71", mn_id="MN0001", created_at=START + DAY)]
    for stage.signups in (both, [both[0], second], both):
        assert linked_ids(stage) == []


@pytest.mark.parametrize("typed_after", [False, True])
def test_an_id_that_was_anothers_when_it_was_typed_shows_nothing_once_that_sign_up_is_absent(
    *, typed_after: bool
) -> None:
    stage = siblings()
    first, second = stage.signups
    stage.signups = [first]
    stage.sync()
    stage.signups = [first, second]
    stage.setups = [entry("71", mn_id="MN0001", created_at=START + DAY)]
    share_id(stage, "MN0001", START + 2 * DAY if typed_after else START)
    stage.signups = stage.signups[:1]
    assert linked_ids(stage) == ["MN0001"]


def test_an_entry_that_was_anothers_while_a_mentor_was_absent_returns_by_the_id_that_was_typed_before() -> None:
    stage = siblings()
    share_id(stage, "MN0002")
    first, second = stage.signups
    stage.setups = [entry("71", mn_id="MN0002", created_at=START + DAY)]
    for stage.signups in ([first], [second]):
        assert linked_ids(stage) == ["MN0002"]


@pytest.mark.parametrize(("again", "later_id"), [(True, "MN0003"), (True, "MN0004"), (False, "MN0003")])
def test_an_entry_with_the_id_of_a_missing_later_sign_up_goes_to_nobody_who_typed_it(
    later_id: str, *, again: bool
) -> None:
    stage = siblings()
    first, second = stage.signups
    superseded = (second.submission_id,)
    later = replace(second, submission_id="60999", mn_id=later_id, superseded_submission_ids=superseded)
    stage.winners[later.submission_id] = None
    stage.signups = [first, later if again else second]
    stage.sync()
    stage.signups = [replace(first, mn_id="MN0003", updated_at=START), second]
    stage.setups = [entry("71", mn_id="MN0003", created_at=START + DAY)]
    assert linked_ids(stage) == ["MN0003"] * (not again or later_id != "MN0003")
