"""Rulebook, section 7: members, set-up and training entries are linked to their mentor, or not linked."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mentorsync_pipeline.domain.records import FormEntry, Member, Signup
from mentorsync_pipeline.mentors.rules.links import Links, link_records
from mentorsync_pipeline.mentors.rules.mentor_keys import make_person
from tests.support.mentors_stage import START, MentorsStage, contact, entry, member, phone, signup


def _link(
    signups: list[Signup],
    *,
    members: list[Member] | None = None,
    setups: list[FormEntry] | None = None,
) -> Links:
    return link_records(
        [make_person(signup, None) for signup in signups],
        members or [],
        {"setup": setups or []},
        source_table="mentors",
    )


@pytest.mark.parametrize(
    "found",
    [
        entry(mn_id="mn1"),
        entry(mn_id="MN 0001", first_name="Rob", last_name="Testwella"),
        entry(phone="(706) 555-0001"),
        entry(email=" Robin1@Mail.Example "),
        entry(email="zz-robin1@uga.edu", mn_id="MN0002"),  # the typed id is a slip
        entry(phone="706 555 0001", mn_id="2", first_name="Robin", last_name="Testwella"),
    ],
)
def test_an_entry_finds_its_mentor(found: FormEntry) -> None:
    assert list(_link([signup(1), signup(2)], setups=[found]).entries["setup"]) == [signup(1).submission_id]


@pytest.mark.parametrize(
    "lost",
    [
        entry(mn_id="MN0009"),
        entry(phone="706 555 0001", first_name="Quentin", last_name="Elsewhere"),  # a reissued number
        entry(),
    ],
)
def test_an_entry_of_nobody_is_linked_to_nobody(lost: FormEntry) -> None:
    links = _link([signup(1), signup(2)], setups=[lost])
    assert (links.entries["setup"], links.warnings) == ({}, ())


def test_an_entry_that_fits_two_equally_is_not_linked_and_a_warning() -> None:
    links = _link([signup(1), signup(2, phone=phone(1))], setups=[entry("77", phone=phone(1))])
    assert links.entries["setup"] == {}
    assert [(w.warning_type, w.subject) for w in links.warnings] == [("low_confidence", "set-up entry:77")]


def test_an_entry_with_a_mentors_id_and_another_name_is_not_linked_and_a_warning() -> None:
    links = _link(
        [signup(1), signup(2)], setups=[entry("77", mn_id="MN0001", first_name="Quentin", last_name="Elsewhere")]
    )
    assert links.entries["setup"] == {}
    (warning,) = links.warnings
    assert (warning.warning_type, warning.subject) == ("low_confidence", "set-up entry:77")
    assert "MN0001" in warning.message


@pytest.mark.parametrize("typed", [{"mn_id": "mn 1"}, {"phone": phone(1)}])
def test_a_form_that_a_parent_filled_in_is_the_students(typed: dict[str, str]) -> None:
    parents = entry("77", first_name="Rosa", last_name="Testwella", email="rosa@mail.example", **typed)
    assert list(_link([signup(1), signup(2)], setups=[parents]).entries["setup"]) == [signup(1).submission_id]
    sister = signup(3, first_name="Rosa", last_name="Testwella")
    assert _link([signup(1), sister], setups=[parents]).entries["setup"] == {}, "the name is a sister's"
    page = member(first_name="Rosa", last_name="Testwella", phone=phone(1), email="rosa@mail.example")
    assert not _link([signup(1)], members=[page]).members, "a page is not filled in for somebody"


def test_siblings_with_one_phone_are_distinguished_by_name_or_id() -> None:
    older, younger = signup(1), signup(2, first_name="Quentin", phone=phone(1))
    entries = [
        entry("71", phone=phone(1), first_name="Quentin", last_name="Testwellb"),
        entry("72", phone=phone(1), mn_id="mn1"),
    ]
    links = _link([older, younger], setups=entries, members=[member(email=None, phone=phone(1))])
    assert {key: linked_entry.submission_id for key, linked_entry in links.entries["setup"].items()} == {
        older.submission_id: "72",
        younger.submission_id: "71",
    }
    assert list(links.members) == [older.submission_id]


@pytest.mark.parametrize(("last_name", "is_linked"), [("Testwella", True), ("Testwella-Quill", True), ("Quill", False)])
def test_a_page_by_a_phone_alone_needs_a_last_name_that_fits(last_name: str, is_linked: bool) -> None:
    page = member(first_name="Robin", last_name=last_name, phone=phone(1), email="page@mail.example")
    assert bool(_link([signup(1)], members=[page]).members) is is_linked
    assert _link([signup(1)], members=[replace(page, email="robin1@mail.example")]).members  # by its email
    assert _link([signup(1)], members=[replace(page, last_name=None)]).members


def test_the_latest_entry_wins_whatever_the_order() -> None:
    early = entry("9", mn_id="1", created_at=START)
    late = entry("10", mn_id="1", created_at=START)
    later = entry("8", mn_id="1", created_at=START + timedelta(seconds=1))
    for entries in ([early, late], [late, early]):
        assert _link([signup()], setups=entries).entries["setup"][signup().submission_id] is late
    assert _link([signup()], setups=[later, early, late]).entries["setup"][signup().submission_id] is later


def test_an_older_id_of_the_same_person_counts() -> None:
    sign_up = signup(superseded_mn_ids=("MN0044",))
    assert _link([sign_up], setups=[entry(mn_id="mn44")]).entries["setup"]


@pytest.mark.parametrize(("edited_at", "is_linked"), [(None, True), (START, False)])
def test_an_entry_goes_to_the_mentor_who_has_its_id_unless_it_was_typed_later(
    edited_at: datetime | None, *, is_linked: bool
) -> None:
    owner, other = signup(1, updated_at=edited_at), signup(2, superseded_mn_ids=("MN0001",))
    linked = _link([owner, other], setups=[entry(mn_id="MN0001")]).entries["setup"]
    assert linked.keys() == ({owner.submission_id} if is_linked else set())


def test_an_entry_with_the_id_of_two_mentors_goes_to_none_whichever_sign_up_was_changed_since() -> None:
    owner, other = signup(1, updated_at=START), signup(2, mn_id="MN0001")
    links = _link([owner, other], setups=[entry(mn_id="MN0001")])
    assert links.entries["setup"] == {}
    assert [warning.warning_type for warning in links.warnings] == ["low_confidence"]


@pytest.mark.parametrize(
    ("values", "is_linked"),
    [
        ({}, True),
        ({"updated_at": START}, False),  # the earlier owner's id was corrected after the entry
    ],
)
def test_an_entry_with_an_id_that_was_another_mentors_at_that_time_goes_to_nobody(
    values: dict[str, Any], *, is_linked: bool
) -> None:
    owner, former = signup(1, mn_id="MN0044"), signup(2, **values)
    people = [make_person(owner, None), make_person(former, None, earlier_mn_ids=["MN0044"])]
    links = link_records(people, [], {"setup": [entry("77", mn_id="MN0044")]}, source_table="mentors")
    assert list(links.owners["setup"].values()) == ([owner.submission_id] if is_linked else [])


def test_a_known_entry_stays_when_another_student_types_its_id_later() -> None:
    first, second = signup(1, mn_id="MN0045"), signup(2, mn_id="MN0044", updated_at=START)
    links = link_records(
        [make_person(first, None), make_person(second, None)],
        [],
        {"setup": [entry("77", mn_id="MN0044")]},
        known_entries={"77": first.submission_id},
        source_table="mentors",
    )
    assert list(links.owners["setup"].values()) == [first.submission_id]


def test_several_members_come_largest_then_newest_first() -> None:
    members = [
        member(1, "20.00"),
        member(2, "75.00", updated_at=START - timedelta(days=9)),
        member(3, "75.00", updated_at=START - timedelta(days=1)),
    ]
    for order in (members, members[::-1]):
        found = _link([signup()], members=order).members[signup().submission_id]
        assert [member.member_id for member in found] == [3, 2, 1]


def test_the_winners_keys_find_a_member_too() -> None:
    people = [make_person(signup(), contact(emails=("old@mail.example",)))]
    links = link_records(people, [member(email="old@mail.example")], {}, source_table="mentors")
    assert links.members


@pytest.mark.parametrize(
    ("own", "is_linked"),
    [
        ({"phone": phone(7)}, True),  # the first mentor has another number now
        ({"phone": None}, False),  # the contact's is the only one that is known
        ({"phone": phone(5)}, False),  # both typed it
    ],
)
def test_a_phone_with_a_new_owner_is_the_one_s_whose_sign_up_has_it(
    own: dict[str, str | None], is_linked: bool
) -> None:
    former, owner = signup(1, **own), signup(2, phone=phone(5))
    people = [make_person(former, contact(phones=(phone(5),))), make_person(owner, None)]
    links = link_records(people, [], {"setup": [entry("77", phone=phone(5))]}, source_table="mentors")
    assert list(links.entries["setup"]) == ([owner.submission_id] if is_linked else [])
    kept = link_records(
        people,
        [member(phone=phone(5), email=None, first_name=None, last_name=None)],
        {"setup": [entry("77", phone=phone(5))]},
        known_entries={"77": former.submission_id},
        source_table="mentors",
    )
    assert list(kept.entries["setup"]) == [former.submission_id], "it was linked before the number had a new owner"
    assert kept.members == {}, "no page is linked to one of two mentors"


def test_a_page_of_twins_with_their_mothers_email_is_linked_by_its_first_name() -> None:
    twins = [
        signup(number, first_name=first, last_name="Testwell", personal_email="mom@mail.example", phone=phone(9))
        for number, first in ((1, "Eric"), (2, "Erica"))
    ]
    of_erica = member(5, first_name="Erica", last_name="Testwell", email="mom@mail.example")
    of_mother = member(6, first_name="Gloria", last_name="Testwell", email="mom@mail.example")
    links = _link(twins, members=[of_erica, of_mother])
    assert {key: [page.member_id for page in pages] for key, pages in links.members.items()} == {
        twins[1].submission_id: [5]
    }


def test_form_entries_stay_with_a_mentor_whose_keys_change_on_both_sides() -> None:
    stage = MentorsStage.of_one(signup(), contact(10))
    stage.setups, stage.trainings = [entry("71", email="robin1@mail.example")], [entry("72", phone=phone(1))]
    stage.partners = [entry("73", phone=phone(1), answers={"partner_notes": "late"})]
    stage.sync()
    corrected = {"phone": phone(60), "personal_email": "new@mail.example"}
    stage.signups = [replace(stage.signups[0], mn_id="MN0007", external_id="MN0007", **corrected)]
    stage.edit(10, phones=(phone(60),), emails=("new@mail.example",))
    for _ in range(2):
        stage.sync()
        mentor = stage.mentor("MN0007")
        assert (mentor.setup_submission_id, mentor.training_signup, mentor.partner_notes) == ("71", True, "late")
    stage.setups, stage.trainings = [], [entry("74", phone=phone(60)), *stage.trainings]
    stage.sync()
    mentor = stage.mentor("MN0007")
    assert (mentor.setup_submission_id, mentor.training_signup_submission_id) == (None, "74")


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize("has_contact", [False, True])
def test_a_form_entry_stays_with_its_mentor_when_the_phone_has_a_new_owner(edited: bool, has_contact: bool) -> None:
    stage = MentorsStage.of_one(signup(), contact(10) if has_contact else None)
    stage.signups.append(signup(2, first_name="Dana"))
    stage.winners[stage.signups[1].submission_id] = None
    stage.setups = [entry("71", phone=phone(1))]
    stage.sync()
    stage.signups = [replace(stage.signups[0], phone=phone(60)), replace(stage.signups[1], phone=phone(1))]
    if has_contact:
        stage.edit(10, phones=(phone(60),))
    if edited:
        stage.setups = [replace(stage.setups[0], updated_at=START)]
    for _ in range(3):
        stage.sync()
        entries = [stage.mentor(mn_id).setup_submission_id for mn_id in ("MN0001", "MN0002")]
        assert entries == ([None, "71"] if edited else ["71", None])


def test_a_form_entry_stays_with_its_mentor_when_the_new_owner_of_the_phone_is_listed_later() -> None:
    stage = MentorsStage.of_one(signup(), None)
    stage.signups.append(signup(2, first_name="Dana"))
    stage.winners[stage.signups[1].submission_id] = None
    stage.setups = [entry("71", phone=phone(1))]
    stage.sync()
    first, second = stage.signups
    moved = [replace(first, phone=phone(60)), replace(second, phone=phone(1))]
    for stage.signups in (moved[:1], moved, moved):
        stage.sync()
        assert stage.mentor("MN0001").setup_submission_id == "71"


@pytest.mark.parametrize(("name", "linked"), [("Robin", "71"), ("Dana", None)])
def test_a_form_entry_goes_to_the_new_sign_up_of_the_same_name_that_has_its_phone(
    name: str, linked: str | None
) -> None:
    stage = MentorsStage.of_one(signup(phone=phone(60)), contact())
    stage.setups = [entry("71", phone=phone(1))]
    stage.sync()
    assert stage.mentor().setup_submission_id == "71", "the contact has the phone"
    stage.signups = [signup(2, first_name=name, last_name=stage.signups[0].last_name, phone=phone(1))]
    stage.winners[stage.signups[0].submission_id] = None
    stage.sync()
    assert stage.mentor("MN0002").setup_submission_id == linked


@pytest.mark.parametrize(("edited", "linked"), [(1, ["71", None]), (3, [None, "71"])])
def test_an_edited_entry_stays_with_its_mentor_when_the_phone_has_a_new_owner_later(
    edited: int, linked: list[str | None]
) -> None:
    stage = siblings(setups=[entry("71", phone=phone(1), updated_at=START + timedelta(days=1))])
    first, second = stage.signups
    stage.signups = [first, replace(second, phone=phone(2))]
    stage.sync()
    given_on = START + timedelta(days=2)
    stage.signups = [replace(first, phone=phone(60)), replace(second, phone=phone(1), updated_at=given_on)]
    stage.setups = [replace(stage.setups[0], updated_at=START + timedelta(days=edited))]
    for _ in range(2):
        stage.sync()
        assert [stage.mentor(mn_id).setup_submission_id for mn_id in ("MN0001", "MN0002")] == linked


@pytest.mark.parametrize(("typed_id", "linked"), [("MN0001", "71"), (None, None)])
def test_an_entry_with_its_mentors_id_is_not_lost_to_an_absent_mentor(typed_id: str | None, linked: str | None) -> None:
    stage = siblings(setups=[entry("71", mn_id="MN0001", phone=phone(1))])
    first, second = stage.signups
    stage.signups = [first, replace(second, phone=phone(2))]
    stage.sync()
    edited = START + timedelta(days=1)
    stage.setups = [entry("71", mn_id=typed_id, phone=phone(2), updated_at=edited)]
    stage.signups = [first]
    for _ in range(2):
        stage.sync()
        assert stage.mentor("MN0001").setup_submission_id == linked
    stage.signups = [first, replace(second, phone=phone(2))]
    stage.sync()
    assert [stage.mentor(mn_id).setup_submission_id for mn_id in ("MN0001", "MN0002")] == [None, "71"]


def test_a_form_entry_returns_to_the_mentor_who_was_missing_in_a_short_list() -> None:
    stage = MentorsStage.of_one(signup(), contact(10))
    dana = signup(2, first_name="Dana", phone=phone(7))
    stage.signups, stage.winners[dana.submission_id] = [*stage.signups, dana], None
    stage.edit(10, phones=(phone(1), phone(7)))
    stage.setups = [entry("71", phone=phone(7))]
    stage.sync()
    everybody = stage.signups
    stage.signups = everybody[:1]
    stage.sync()
    stage.signups = everybody
    stage.edit(10, phones=(phone(1),))
    stage.sync()
    assert stage.mentor("MN0002").setup_submission_id == "71"


def test_a_form_entry_moves_to_the_mentor_whom_it_fits() -> None:
    stage = MentorsStage.of_one(signup(), contact(10))
    stage.setups = [entry("71", email="robin1@mail.example")]
    stage.sync()
    stage.signups = [replace(stage.signups[0], personal_email="new@mail.example")]
    stage.edit(10, emails=("new@mail.example",))
    stage.setups = [entry("71", mn_id="MN0002", email="robin1@mail.example")]
    stage.signups.append(signup(2, first_name="Dana"))
    stage.winners[stage.signups[1].submission_id] = None
    stage.sync()
    assert [stage.mentor(mn_id).setup_submission_id for mn_id in ("MN0001", "MN0002")] == [None, "71"]


def siblings(**values: Any) -> MentorsStage:
    """Brother and sister with one phone."""
    signups = [signup(1), signup(2, first_name="Quentin", phone=phone(1))]
    return MentorsStage(signups=signups, contacts={}, winners={s.submission_id: None for s in signups}, **values)


def test_an_entry_with_the_email_of_a_deleted_sign_up_goes_to_no_relative() -> None:
    stage = siblings()
    second = stage.signups[1]
    stage.signups[1] = replace(second, first_name="Robin", last_name="Otherwell")  # perhaps the same person
    stage.sync()
    stage.signups = stage.signups[:1]
    for typed, linked in (({"email": "robin2@mail.example"}, None), ({"phone": phone(1)}, "71")):
        stage.setups = [entry("71", mn_id="MN0001", created_at=START + timedelta(days=1), **typed)]
        stage.sync()
        assert stage.mentor().setup_submission_id == linked


@pytest.mark.parametrize("absent", [0, 1])
def test_what_fits_two_mentors_is_linked_to_none_while_one_of_them_is_absent(absent: int) -> None:
    stage = siblings(
        setups=[entry("77", phone=phone(1))], members=[member(email=None, phone=phone(1), first_name=None)]
    )
    whole = list(stage.signups)
    for listed in (whole, [whole[1 - absent]], [whole[1 - absent]], whole):
        stage.signups = listed
        rows = stage.sync().mentors
        assert {(row.setup_submission_id, row.gb_member_id) for row in rows} == {(None, None)}


def test_an_entry_stays_with_a_mentor_who_is_absent_for_a_while() -> None:
    stage = siblings(setups=[entry("77", phone=phone(1))])
    first, second = stage.signups
    for listed, linked in (([first], "77"), ([first, second], "77"), ([second], None), ([first, second], "77")):
        stage.signups = listed
        rows = {row.submission_id: row.setup_submission_id for row in stage.sync().mentors}
        assert rows.get(second.submission_id) is None
        assert rows.get(first.submission_id) == linked


@pytest.mark.parametrize(
    ("typed", "present", "is_linked"),
    [
        ({"email": "robin1@mail.example"}, {"superseded_mn_ids": ("MN0044",)}, False),  # the email of the absent one
        ({"phone": phone(9)}, {"superseded_mn_ids": ("MN0044",)}, True),
        ({"mn_id": "MN0001", "phone": phone(1)}, {"phone": phone(1)}, False),
        ({"mn_id": "MN0001"}, {"mn_id": "MN0001"}, True),  # the mentor has the id of the deleted sign-up now
        ({"mn_id": "MN0001"}, {"mn_id": "MN0001", "updated_at": START}, False),  # or mistyped it after the entry
        (
            {"phone": phone(1)},
            {"phone": phone(1), "first_name": "R.", "submission_id": "60999"},
            True,
        ),  # perhaps the same person
        ({"phone": phone(1)}, {"phone": phone(1), "first_name": "Quentin"}, False),
        ({"phone": phone(1), "first_name": "Quentin", "last_name": "Testwellb"}, {"phone": phone(1)}, True),
        ({"phone": phone(1), "first_name": "Robin", "last_name": "Testwella"}, {"phone": phone(1)}, False),
    ],
)
def test_an_entry_is_compared_with_absent_mentors(
    typed: dict[str, str], present: dict[str, Any], is_linked: bool
) -> None:
    stage = siblings()
    stage.sync()
    stage.signups = [replace(stage.signups[1], **({"phone": phone(2)} | present))]
    stage.winners[stage.signups[0].submission_id] = None
    stage.setups = [entry("77", **({"mn_id": "MN0044"} | typed))]
    assert [row.setup_submission_id for row in stage.sync().mentors] == (["77"] if is_linked else [None])


@pytest.mark.parametrize(
    ("values", "is_moved"),
    [
        ({"superseded_mn_ids": ("MN0044",)}, False),
        ({"mn_id": "MN0044"}, True),
        ({"phone": phone(1)}, True),
    ],
)
def test_a_known_entry_moves_only_to_a_mentor_who_says_the_same(values: dict[str, Any], is_moved: bool) -> None:
    first, second = signup(1), signup(2, first_name="Quentin")
    known = {"77": first.submission_id}
    corrected = replace(first, phone=phone(7))
    links = link_records(
        [make_person(corrected, None), make_person(replace(second, **values), contact(phones=(phone(1),)))],
        [],
        {"setup": [entry("77", phone=phone(1), mn_id="MN0044")]},
        known_entries=known,
        source_table="mentors",
    )
    assert list(links.owners["setup"].values()) == [second.submission_id if is_moved else first.submission_id]
