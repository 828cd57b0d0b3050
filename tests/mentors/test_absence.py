"""Stored data of a mentor survives deleted sign-ups, contacts and ids (rulebook, sections 2, 3 and 7)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.domain.corrected_ids import find_corrected_mn_ids
from mentorsync_pipeline.domain.decision_owners import map_decisions_to_present_ids
from mentorsync_pipeline.domain.known_mentors import (
    KnownMentor,
    find_former_mn_ids,
    find_links,
    find_pages,
    find_person_submissions,
)
from mentorsync_pipeline.domain.records import DecisionInForce, Member, Signup
from mentorsync_pipeline.mentors.rules.changes import find_changes
from mentorsync_pipeline.recalculation.rules.year_result import recalculate_mentors
from tests.support.examples import examples
from tests.support.mentors_stage import START, MentorsStage, contact, entry, member, phone, signup

NUMBERS = (1, 2, 3)


def three() -> MentorsStage:
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
    stage = MentorsStage(
        signups=signups,
        contacts=contacts,
        winners={sign_up.submission_id: 10 * number for number, sign_up in zip(NUMBERS, signups, strict=True)},
    )
    stage.sync()
    for number in NUMBERS:
        edited = phone(number + 5)
        stage.edit(10 * number, phones=(edited,), primary_phone=edited, preferred_name=f"Bo{number}")
    stage.sync()
    return stage


@settings(max_examples=examples(40))
@given(absences=st.lists(st.sets(st.sampled_from(NUMBERS)), min_size=1, max_size=3))
def test_any_sign_ups_that_are_missing_for_a_while_come_back_as_they_were(absences: list[set[int]]) -> None:
    stage = three()
    whole, before, bases = list(stage.signups), dict(stage.previous), dict(stage.bases)
    for missing in absences:
        stage.signups = [sign_up for number, sign_up in zip(NUMBERS, whole, strict=True) if number not in missing]
        stage.sync()
    last = dict(stage.previous)
    stage.signups = whole
    built = stage.sync()
    assert stage.previous == before
    assert stage.bases == bases
    reinstated = {
        (change.mn_id, change.change_type) for change in find_changes(last, built.mentors, returned=built.returned)
    }
    assert reinstated == {(f"MN{number:04d}", "reinstated") for number in absences[-1]}


@given(order=st.permutations(NUMBERS))
def test_exchanged_ids_take_rows_and_bases_along(order: list[int]) -> None:
    stage = three()
    before = {row.submission_id: row for row in stage.previous.values()}
    stage.signups = [
        replace(sign_up, mn_id=f"MN{new:04d}", external_id=f"MN{new:04d}")
        for sign_up, new in zip(stage.signups, order, strict=True)
    ]
    stage.sync()
    for row in stage.previous.values():
        was = before[row.submission_id]
        assert replace(row, mn_id=was.mn_id) == was


def test_an_edit_of_an_archived_contact_reaches_the_next_one_or_is_asked_about() -> None:
    stage = three()
    key = stage.signups[0].submission_id
    stage.winners[key] = None
    stage.sync()
    assert (stage.mentor().phone, stage.mentor().preferred_name) == (phone(6), "Bo1"), "the import creates it so"
    stage.contacts[40] = contact(40, preferred_name="Other", phones=(phone(1),))
    stage.winners[key] = 40
    built = stage.sync()
    assert {conflict.subject for conflict in built.conflicts} == {"phone", "preferred_name"}
    stage.winners[key] = 10
    assert stage.sync().conflicts == ()
    assert (stage.mentor().phone, stage.mentor().preferred_name) == (phone(6), "Bo1")


def test_an_edit_is_still_one_for_somebody_who_signs_up_again_after_a_deletion() -> None:
    stage = three()
    resubmitted = replace(stage.signups[0], submission_id="60999", mn_id="MN0099", external_id="MN0099")
    stage.signups = [resubmitted, *stage.signups[1:]]
    stage.winners[resubmitted.submission_id] = 10
    stage.sync()
    assert (stage.mentor("MN0099").phone, stage.mentor("MN0099").preferred_name) == (phone(6), "Bo1")


def replaced_by_an_older_sign_up(**values: Any) -> MentorsStage:
    """The first mentor's sign-up is gone, and an older one with other answers counts for the same contact."""
    stage = three()
    older = replace(stage.signups[0], submission_id="60999", mn_id="MN0099", external_id="MN0099", **values)
    stage.signups = [older, *stage.signups[1:]]
    stage.winners[older.submission_id] = 10
    return stage


def test_an_older_sign_up_that_counts_again_asks_before_it_replaces_an_edit() -> None:
    stage = replaced_by_an_older_sign_up(phone=phone(9), preferred_name="Rob", shirt_size="XL")
    for _ in range(2):  # an open question stays open
        built = stage.sync()
        assert {conflict.subject for conflict in built.conflicts} == {"phone", "preferred_name"}
        assert (stage.mentor("MN0099").phone, stage.mentor("MN0099").preferred_name) == (phone(6), "Bo1")
    assert stage.mentor("MN0099").shirt_size == "XL", "nobody had edited it in Givebutter"
    stage.edit(10, preferred_name="Bobby")
    stage.sync()
    stage.edit(10, preferred_name="Bo1")
    assert {conflict.subject for conflict in stage.sync().conflicts} == {"phone", "preferred_name"}


def test_an_edit_back_to_the_value_of_the_sign_up_is_an_edit_for_an_older_sign_up() -> None:
    stage = MentorsStage.of_one(signup(preferred_name="Rob"), contact(preferred_name="Rob"))
    stage.sync()
    for value in ("Bo", "Rob"):
        stage.edit(10, preferred_name=value)
        stage.sync()
    older = signup(submission_id="60999", mn_id="MN0099", preferred_name="Bo")
    stage.signups = [replace(older, created_at=older.created_at - timedelta(days=1))]
    stage.winners[older.submission_id] = 10
    assert [conflict.subject for conflict in stage.sync().conflicts] == ["preferred_name"]
    assert stage.mentor("MN0099").preferred_name == "Rob"


@pytest.mark.parametrize(("answered_after_days", "expected"), [(-30, "Bo1"), (90, "Rob")])
def test_an_edit_of_a_contact_that_was_merged_away_stays_unless_the_older_sign_up_is_changed(
    answered_after_days: int, expected: str
) -> None:
    stage = three()
    older = signup(1, submission_id="60000", mn_id="MN0099", preferred_name="Rob", shirt_size="XL")
    newest = replace(stage.signups[0], superseded_submission_ids=("60000",), superseded_mn_ids=("MN0099",))
    stage.signups[0] = newest
    stage.sync()
    stage.contacts[40] = contact(40)
    stage.winners |= {"60000": 40, newest.submission_id: 40}
    stage.signups[0] = replace(older, updated_at=START + timedelta(days=answered_after_days))
    stage.sync()
    assert stage.mentor("MN0099").preferred_name == expected
    assert stage.mentor("MN0099").shirt_size == "XL", "nobody had edited it in Givebutter"
    stage.signups[0] = newest
    stage.sync()
    assert (stage.mentor().preferred_name, stage.mentor().shirt_size) == ("Bo1", "M")


def test_a_sign_up_that_is_newer_than_the_edit_needs_no_question() -> None:
    stage = replaced_by_an_older_sign_up(phone=phone(9), preferred_name="Rob", created_at=START + timedelta(days=90))
    assert stage.sync().conflicts == ()
    assert (stage.mentor("MN0099").phone, stage.mentor("MN0099").preferred_name) == (phone(9), "Rob")


@pytest.mark.parametrize(("choice", "expected"), [("a", "Rob"), ("b", "Bo1")])
def test_the_answer_about_an_edit_that_an_older_sign_up_contradicts_holds(choice: str, expected: str) -> None:
    stage = replaced_by_an_older_sign_up(preferred_name="Rob")
    question = next(conflict for conflict in stage.sync().conflicts if conflict.subject == "preferred_name")
    stage.answer(question, choice)
    for _ in range(3):
        assert "preferred_name" not in {conflict.subject for conflict in stage.sync().conflicts}
        assert stage.mentor("MN0099").preferred_name == expected
        stage.import_file()


def test_bases_of_a_contact_that_a_person_declined_do_not_return() -> None:
    stage = three()
    stage.contacts[40] = contact(40, emails=(), phones=())
    stage.winners[stage.signups[0].submission_id] = 40
    assert recalculate_mentors(stage.data()).mentors.mentors[0].phone == phone(6), (
        "an edit that was seen with contact 10"
    )
    declined = replace(stage.data(), declined={"MN0001": frozenset({10})})
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
    assert find_pages(find_person_submissions([first], known), known) == {
        900: first.submission_id,
        901: first.submission_id,
    }
    standing = signup(2, submission_id="later")
    assert first.submission_id not in find_links([first, standing], known), "two people by now"


@pytest.mark.parametrize(("first_id", "later_id", "expected"), [(1, 2, 20), (2, 1, 10)])
def test_the_newest_choice_of_a_person_holds_also_while_a_list_is_short(
    first_id: int, later_id: int, expected: int
) -> None:
    first = signup(1, submission_id="s1")
    later = signup(9, submission_id="later", superseded_submission_ids=("s1",), superseded_mn_ids=("MN0001",))
    known = {
        "later": KnownMentor(
            submission_id="later", mn_id=later.mn_id, mn_ids=(later.mn_id,), superseded_submission_ids=("s1",)
        ),
        "s1": KnownMentor(submission_id="s1", mn_id="MN0001", mn_ids=("MN0001",)),
    }

    def choose(person: Signup, contact_id: int | None, number: int) -> DecisionInForce:
        choice: Literal["custom", "skipped"] = "skipped" if contact_id is None else "custom"
        return DecisionInForce(
            mn_id=person.mn_id,
            conflict_type="contact_selection",
            subject=person.submission_id,
            input_fingerprint="-",
            choice=choice,
            value=contact_id,
            id=number,
        )

    answers = [choose(first, 10, first_id), choose(later, 20, later_id)]
    for listed in (later, first):
        key = (listed.mn_id, "contact_selection", listed.submission_id)
        assert map_decisions_to_present_ids([listed], answers, known)[key].value == expected
    answers = [answers[0], choose(later, None, 3)]
    assert map_decisions_to_present_ids([first], answers, known)["MN0001", "contact_selection", "s1"].value == 10


@pytest.mark.parametrize("is_anothers", [True, False])
def test_an_answer_under_a_former_id_is_anothers_who_had_the_id_later(is_anothers: bool) -> None:
    """Two students exchanged their MN ids; one answered a question, and the sign-up was deleted."""
    person = signup(1, mn_id="MN0002")
    known = {
        person.submission_id: KnownMentor(
            submission_id=person.submission_id, mn_id="MN0002", mn_ids=("MN0001", "MN0002")
        ),
        "deleted": KnownMentor(submission_id="deleted", mn_id="MN0001" if is_anothers else "MN0003"),
    }
    subject = "held:10"
    answer = DecisionInForce(
        mn_id="MN0001",
        conflict_type="external_id_collision",
        subject=subject,
        input_fingerprint="-",
        choice="a",
        value="new_contact",
        id=1,
    )
    mapped = map_decisions_to_present_ids([person], [answer], known)
    assert (("MN0002", "external_id_collision", subject) in mapped) is not is_anothers


def test_a_page_stays_when_everything_on_it_changes() -> None:
    stage = three()
    stage.members = [Member(member_id=5, first_name="Robin", last_name="Testwella", email="robin1@mail.example")]
    stage.sync()
    stage.members = [replace(stage.members[0], first_name="Team", last_name="Rocket", email="robin2@mail.example")]
    stage.sync()
    assert (stage.mentor("MN0001").gb_member_id, stage.mentor("MN0002").gb_member_id) == (5, None)


@pytest.mark.parametrize("was_linked", [True, False], ids=["with an earlier row", "blocked from the start"])
@pytest.mark.parametrize("is_absent", [False, True], ids=["at once", "after an absence"])
def test_what_was_linked_while_the_mentor_was_blocked_stays_when_the_keys_change(
    was_linked: bool, is_absent: bool
) -> None:
    stage = MentorsStage.of_one(signup(), contact())
    whole = stage.signups[0]
    if was_linked:
        stage.sync()
    stage.setups, stage.partners = [entry("70", email=whole.personal_email)], [entry("71", phone=whole.phone)]
    stage.members = [member(email=whole.personal_email)]
    stage.blocked = {whole.submission_id}
    stage.sync()
    if is_absent:
        stage.signups = []
        stage.sync()
    stage.signups = [replace(whole, phone=phone(7), personal_email="robin7@mail.example")]
    stage.contacts[10] = replace(stage.contacts[10], emails=("robin7@mail.example",), phones=(phone(7),))
    stage.blocked = set()
    stage.sync()
    row = stage.mentor()
    assert (row.setup_submission_id, row.partner_submission_id, row.gb_member_id) == ("70", "71", 501)


def test_an_entry_that_moves_to_another_mentor_is_not_kept_by_the_first_one() -> None:
    stage = three()
    stage.setups = [entry("70", mn_id="MN0001")]
    stage.sync()
    stage.setups = [entry("70", mn_id="MN0002")]
    stage.sync()
    stage.setups = [entry("70", mn_id="")]
    stage.sync()
    assert [row.setup_submission_id for row in stage.previous.values()] == [None, "70", None]


def test_an_id_that_is_or_was_another_mentors_is_no_former_id() -> None:
    first, second = signup(1, mn_id="MN0007"), signup(2)
    known = {
        first.submission_id: KnownMentor(submission_id=first.submission_id, mn_id="MN0001", mn_ids=("MN0005", "MN0001"))
    }
    assert find_former_mn_ids([[first], [second]], known) == [["MN0001", "MN0005"], []]
    taker = replace(second, mn_id="MN0005")
    assert find_former_mn_ids([[first], [taker]], known) == [["MN0001"], []]
    mistyped = signup(3, mn_id="MN0005")
    assert find_former_mn_ids([[first], [second, mistyped]], known) == [["MN0001", "MN0005"], []]
    other = KnownMentor(submission_id="deleted", mn_id="MN0005", mn_ids=("MN0005",))
    assert find_former_mn_ids([[first], [second]], {**known, "deleted": other}) == [["MN0001"], []]
    assert find_corrected_mn_ids([first, second], known) == {"MN0001": "MN0007"}
    assert find_corrected_mn_ids([first, replace(second, mn_id="MN0007")], known) == {}, "a collision moves nothing"


def test_an_id_that_another_mentor_takes_leaves_what_is_stored_to_the_person() -> None:
    first, second = signup(1, mn_id="MN0002"), signup(2, mn_id="MN0001")
    again = signup(3, superseded_submission_ids=(second.submission_id,), superseded_mn_ids=("MN0001",))
    known = {
        person.submission_id: KnownMentor(submission_id=person.submission_id, mn_id=mn_id, mn_ids=(mn_id,))
        for person, mn_id in ((first, "MN0001"), (second, "MN0002"))
    }
    assert find_corrected_mn_ids([first, second], known) == {"MN0001": "MN0002", "MN0002": "MN0001"}
    assert find_corrected_mn_ids([first, again], known) == {"MN0001": "MN0002", "MN0002": "MN0003"}
    linked = {**known, second.submission_id: replace(known[second.submission_id], mn_id="MN0001", contact_id=10)}
    for people in ([first, signup(2, mn_id="MN0003")], [signup(2, mn_id="MN0003"), first]):
        assert find_corrected_mn_ids(people, linked) == {"MN0001": "MN0003"}, "of two who had the id, the linked one"
    assert find_corrected_mn_ids([again], known) == {}, "nobody else has the superseded id"
    assert find_corrected_mn_ids([first, second], known, [first, second]) == {}, "a killed run has moved it already"
    as_before = [replace(first, mn_id="MN0001"), replace(second, mn_id="MN0002")]
    undone = find_corrected_mn_ids(as_before, known, [first, second])
    assert undone == {"MN0002": "MN0001", "MN0001": "MN0002"}, "a killed run has moved it, and then it was taken back"
    keeper = KnownMentor(submission_id=first.submission_id, mn_id="MN0002", mn_ids=("MN0002",))
    assert find_corrected_mn_ids([first, again], {**known, first.submission_id: keeper}) == {}, "it is the keeper's too"
    choice = DecisionInForce(
        mn_id="MN0002",
        conflict_type="contact_selection",
        subject=second.submission_id,
        input_fingerprint="-",
        choice="custom",
        value=20,
        id=1,
    )
    mapped = map_decisions_to_present_ids([first, again], [choice], known)
    assert mapped.keys() - {("MN0002", "contact_selection", second.submission_id)} == {
        ("MN0003", "contact_selection", again.submission_id)
    }
