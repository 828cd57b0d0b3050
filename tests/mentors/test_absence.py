"""Stored data of a mentor survives deleted sign-ups, contacts and ids (rulebook, sections 2, 3 and 7)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.domain.known_mentors import (
    KnownMentor,
    find_corrected_mn_ids,
    find_former_mn_ids,
    find_links,
    find_pages,
)
from mentorsync_pipeline.domain.records import Member
from mentorsync_pipeline.mentors.rules.changes import find_changes
from mentorsync_pipeline.recalculation.rules.year_result import recalculate_mentors
from tests.support.examples import examples
from tests.support.loop import START, Loop, contact, entry, member, phone, signup

NUMBERS = (1, 2, 3)


def three() -> Loop:
    """Three mentors, linked, each with an edit that was seen in Givebutter."""
    signups = [signup(number) for number in NUMBERS]
    contacts = {
        10 * number: contact(
            10 * number,
            last_name=f"Testwell{chr(96 + number)}",
            emails=(f"robin{number}@mail.example",),
            phones=(phone(number),),
        )
        for number in NUMBERS
    }
    loop = Loop(
        signups=signups,
        contacts=contacts,
        winners={sign_up.submission_id: 10 * number for number, sign_up in zip(NUMBERS, signups, strict=True)},
    )
    loop.sync()
    for number in NUMBERS:
        edited = phone(number + 5)
        loop.edit(10 * number, phones=(edited,), primary_phone=edited, preferred_name=f"Bo{number}")
    loop.sync()
    return loop


@settings(max_examples=examples(40))
@given(absences=st.lists(st.sets(st.sampled_from(NUMBERS)), min_size=1, max_size=3))
def test_any_sign_ups_that_are_missing_for_a_while_come_back_as_they_were(absences: list[set[int]]) -> None:
    loop = three()
    whole, before, bases = list(loop.signups), dict(loop.previous), dict(loop.bases)
    for missing in absences:
        loop.signups = [sign_up for number, sign_up in zip(NUMBERS, whole, strict=True) if number not in missing]
        loop.sync()
    last = dict(loop.previous)
    loop.signups = whole
    built = loop.sync()
    assert loop.previous == before
    assert loop.bases == bases
    reinstated = {
        (change.mn_id, change.change_type) for change in find_changes(last, built.mentors, returned=built.returned)
    }
    assert reinstated == {(f"MN{number:04d}", "reinstated") for number in absences[-1]}


@given(order=st.permutations(NUMBERS))
def test_exchanged_ids_take_rows_and_bases_along(order: list[int]) -> None:
    loop = three()
    before = {row.submission_id: row for row in loop.previous.values()}
    loop.signups = [
        replace(sign_up, mn_id=f"MN{new:04d}", external_id=f"MN{new:04d}")
        for sign_up, new in zip(loop.signups, order, strict=True)
    ]
    loop.sync()
    for row in loop.previous.values():
        was = before[row.submission_id]
        assert replace(row, mn_id=was.mn_id) == was


def test_an_edit_of_an_archived_contact_reaches_the_next_one_or_is_asked_about() -> None:
    loop = three()
    key = loop.signups[0].submission_id
    loop.winners[key] = None
    loop.sync()
    assert (loop.mentor().phone, loop.mentor().preferred_name) == (phone(6), "Bo1"), "the import creates it so"
    loop.contacts[40] = contact(40, preferred_name="Other", phones=(phone(1),))
    loop.winners[key] = 40
    built = loop.sync()
    assert {conflict.subject for conflict in built.conflicts} == {"phone", "preferred_name"}
    loop.winners[key] = 10
    assert loop.sync().conflicts == ()
    assert (loop.mentor().phone, loop.mentor().preferred_name) == (phone(6), "Bo1")


def test_an_edit_is_still_one_for_somebody_who_signs_up_again_after_a_deletion() -> None:
    loop = three()
    resubmitted = replace(loop.signups[0], submission_id="60999", mn_id="MN0099", external_id="MN0099")
    loop.signups = [resubmitted, *loop.signups[1:]]
    loop.winners[resubmitted.submission_id] = 10
    loop.sync()
    assert (loop.mentor("MN0099").phone, loop.mentor("MN0099").preferred_name) == (phone(6), "Bo1")


def replaced_by_an_older_sign_up(**values: Any) -> Loop:
    """The first mentor's sign-up is gone, and an older one with other answers counts for the same contact."""
    loop = three()
    older = replace(loop.signups[0], submission_id="60999", mn_id="MN0099", external_id="MN0099", **values)
    loop.signups = [older, *loop.signups[1:]]
    loop.winners[older.submission_id] = 10
    return loop


def test_an_older_sign_up_that_counts_again_asks_before_it_replaces_an_edit() -> None:
    loop = replaced_by_an_older_sign_up(phone=phone(9), preferred_name="Rob", shirt_size="XL")
    for _ in range(2):  # an open question stays open
        built = loop.sync()
        assert {conflict.subject for conflict in built.conflicts} == {"phone", "preferred_name"}
        assert (loop.mentor("MN0099").phone, loop.mentor("MN0099").preferred_name) == (phone(6), "Bo1")
    assert loop.mentor("MN0099").shirt_size == "XL", "nobody had edited it in Givebutter"
    loop.edit(10, preferred_name="Bobby")
    loop.sync()
    loop.edit(10, preferred_name="Bo1")
    assert {conflict.subject for conflict in loop.sync().conflicts} == {"phone", "preferred_name"}


def test_an_edit_back_to_the_value_of_the_sign_up_is_an_edit_for_an_older_sign_up() -> None:
    loop = Loop.of_one(signup(preferred_name="Rob"), contact(preferred_name="Rob"))
    loop.sync()
    for value in ("Bo", "Rob"):
        loop.edit(10, preferred_name=value)
        loop.sync()
    older = signup(submission_id="60999", mn_id="MN0099", preferred_name="Bo")
    loop.signups = [replace(older, created_at=older.created_at - timedelta(days=1))]
    loop.winners[older.submission_id] = 10
    assert [conflict.subject for conflict in loop.sync().conflicts] == ["preferred_name"]
    assert loop.mentor("MN0099").preferred_name == "Rob"


def test_a_sign_up_that_is_newer_than_the_edit_needs_no_question() -> None:
    loop = replaced_by_an_older_sign_up(phone=phone(9), preferred_name="Rob", created_at=START + timedelta(days=90))
    assert loop.sync().conflicts == ()
    assert (loop.mentor("MN0099").phone, loop.mentor("MN0099").preferred_name) == (phone(9), "Rob")


@pytest.mark.parametrize(("choice", "expected"), [("a", "Rob"), ("b", "Bo1")])
def test_the_answer_about_an_edit_that_an_older_sign_up_contradicts_holds(choice: str, expected: str) -> None:
    loop = replaced_by_an_older_sign_up(preferred_name="Rob")
    question = next(conflict for conflict in loop.sync().conflicts if conflict.subject == "preferred_name")
    loop.answer(question, choice)
    for _ in range(3):
        assert "preferred_name" not in {conflict.subject for conflict in loop.sync().conflicts}
        assert loop.mentor("MN0099").preferred_name == expected
        loop.import_file()


def test_bases_of_a_contact_that_a_person_declined_do_not_return() -> None:
    loop = three()
    loop.contacts[40] = contact(40, emails=(), phones=())
    loop.winners[loop.signups[0].submission_id] = 40
    assert recalculate_mentors(loop.data()).mentors.mentors[0].phone == phone(6), (
        "an edit that was seen with contact 10"
    )
    declined = replace(loop.data(), declined={"MN0001": frozenset({10})})
    mentor = recalculate_mentors(declined).mentors.mentors[0]
    assert (mentor.phone, mentor.preferred_name) == (phone(1), None)


def test_links_and_pages_follow_the_person_when_a_later_sign_up_is_deleted() -> None:
    first = signup(1)
    later = KnownMentor(
        submission_id="later",
        mn_id="MN0009",
        mn_ids=("MN0009",),
        contact_id=10,
        member_ids=(900, 901),
        superseded_submission_ids=(first.submission_id,),
    )
    known = {"later": later}
    assert find_links([first], known)[first.submission_id].contact_id == 10
    assert find_pages([first], known) == {900: first.submission_id, 901: first.submission_id}
    standing = signup(2, submission_id="later")
    assert first.submission_id not in find_links([first, standing], known), "two people by now"


def test_a_page_stays_when_everything_on_it_changes() -> None:
    loop = three()
    loop.members = [Member(member_id=5, first_name="Robin", last_name="Testwella", email="robin1@mail.example")]
    loop.sync()
    loop.members = [replace(loop.members[0], first_name="Team", last_name="Rocket", email="robin2@mail.example")]
    loop.sync()
    assert (loop.mentor("MN0001").gb_member_id, loop.mentor("MN0002").gb_member_id) == (5, None)


@pytest.mark.parametrize("was_linked", [True, False], ids=["with an earlier row", "blocked from the start"])
@pytest.mark.parametrize("is_absent", [False, True], ids=["at once", "after an absence"])
def test_what_was_linked_while_the_mentor_was_blocked_stays_when_the_keys_change(
    was_linked: bool, is_absent: bool
) -> None:
    loop = Loop.of_one(signup(), contact())
    whole = loop.signups[0]
    if was_linked:
        loop.sync()
    loop.setups, loop.partners = [entry("70", email=whole.personal_email)], [entry("71", phone=whole.phone)]
    loop.members = [member(email=whole.personal_email)]
    loop.blocked = {whole.submission_id}
    loop.sync()
    if is_absent:
        loop.signups = []
        loop.sync()
    loop.signups = [replace(whole, phone=phone(7), personal_email="robin7@mail.example")]
    loop.contacts[10] = replace(loop.contacts[10], emails=("robin7@mail.example",), phones=(phone(7),))
    loop.blocked = set()
    loop.sync()
    row = loop.mentor()
    assert (row.setup_submission_id, row.partner_submission_id, row.gb_member_id) == ("70", "71", 501)


def test_an_entry_that_moves_to_another_mentor_is_not_kept_by_the_first_one() -> None:
    loop = three()
    loop.setups = [entry("70", mn_id="MN0001")]
    loop.sync()
    loop.setups = [entry("70", mn_id="MN0002")]
    loop.sync()
    loop.setups = [entry("70", mn_id="")]
    loop.sync()
    assert [row.setup_submission_id for row in loop.previous.values()] == [None, "70", None]


def test_an_id_that_somebody_else_has_carried_is_nobodys_former_id() -> None:
    first, second = signup(1, mn_id="MN0007"), signup(2)
    known = {
        first.submission_id: KnownMentor(submission_id=first.submission_id, mn_id="MN0001", mn_ids=("MN0005", "MN0001"))
    }
    carried = [(first.submission_id, "MN0007"), (second.submission_id, "MN0002")]
    assert find_former_mn_ids([[first], [second]], carried, known) == [["MN0001", "MN0005"], []]
    assert find_former_mn_ids([[first], [second]], [*carried, ("deleted", "MN0005")], known) == [["MN0001"], []]
    assert find_corrected_mn_ids([first, second], known) == {"MN0001": "MN0007"}
    assert find_corrected_mn_ids([first, replace(second, mn_id="MN0007")], known) == {}, "a collision moves nothing"
