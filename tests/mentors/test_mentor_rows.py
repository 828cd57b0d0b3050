"""Rulebook sections 5, 7: one explained row per mentor, blocked ones included."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from mentorsync_pipeline.mentors.rules.changes import find_changes
from mentorsync_pipeline.mentors.rules.contact_side import find_confirmed_fields
from mentorsync_pipeline.mentors.rules.fundraising import determine_status
from mentorsync_pipeline.mentors.rules.mentor_rows import build_mentors
from tests.support.mentors_stage import CONFIG, SHIRT, MentorsStage, contact, entry, member, phone, signup

LABELS = CONFIG.custom_field_labels


@pytest.mark.parametrize(
    ("amount", "is_member", "has_setup", "expected"),
    [
        ("75", True, False, "complete"),
        ("75", False, False, "complete"),
        ("74.99", True, True, "needs_fundraising"),
        ("0", False, True, "needs_page"),
        ("0", False, False, "needs_setup"),
    ],
)
def test_status(amount: str, is_member: bool, has_setup: bool, expected: str) -> None:
    reached = determine_status(
        amount_raised=Decimal(amount), campaign_member=is_member, has_setup=has_setup, fundraising_goal=Decimal(75)
    )
    assert reached == expected


def test_every_field_from_its_source_with_its_origin() -> None:
    stage = MentorsStage.of_one(
        signup(gender=None),
        contact(
            gender="Female",
            tags=("Newsletter", "Dropped 25"),
            notes="Met at the fair",
            custom_fields={LABELS["attended_training"]: "Yes", LABELS["training_at"]: "10/3/2025"},
        ),
        members=[member(501, "80.00")],
        setups=[entry("71", mn_id="mn 0001")],
        trainings=[entry("72", phone="706 555 0001")],
    )
    stage.sync()
    mentor = stage.mentor()
    assert (mentor.gender, mentor.phone, mentor.uga_email) == ("Female", phone(1), "zz-robin1@uga.edu")
    assert (mentor.amount_raised, mentor.gb_member_id, mentor.campaign_member) == (Decimal("80.00"), 501, True)
    assert (mentor.setup_submission_id, mentor.training_signup_submission_id) == ("71", "72")
    assert (mentor.attended_training, mentor.training_at) == (True, date(2025, 10, 3))
    assert (mentor.dropped, mentor.notes) == (True, "Met at the fair")
    assert mentor.tags == ("Dropped 25", "Mentors 2025", "Newsletter")
    assert (mentor.status, mentor.sync_state, mentor.gb_contact_id) == ("complete", "matched", 10)
    origins = {name: (origin.source_table, origin.source_id) for name, origin in mentor.provenance.items()}
    assert origins["gender"] == ("raw_gb_full_contacts", "10")
    assert origins["phone"] == ("deduplicated_signups", mentor.submission_id)
    assert origins["amount_raised"] == ("raw_gb_campaign_members", "501")
    assert origins["training_signup_at"] == ("raw_mn_training_signup", "72")
    assert origins["gb_contact_id"] == ("winner_contacts", mentor.submission_id)
    every = {name for name in mentor.__dataclass_fields__ if name not in ("mn_id", "sync_state", "provenance")}
    assert set(origins) == every


def test_a_new_mentor_has_the_sign_ups_values_and_the_years_tag() -> None:
    stage = MentorsStage.of_one(signup(), None)
    stage.sync()
    mentor = stage.mentor()
    assert (mentor.sync_state, mentor.gb_contact_id, mentor.tags) == ("new", None, ("Mentors 2025",))
    assert (mentor.phone, mentor.personal_email) == (phone(1), "robin1@mail.example")


class TestBlocked:
    def test_keeps_its_earlier_row(self) -> None:
        stage = MentorsStage.of_one(signup(), contact(), members=[member()])
        stage.sync()
        before, bases = stage.mentor(), stage.bases
        stage.blocked = {stage.signups[0].submission_id}
        stage.signups = [replace(stage.signups[0], phone=phone(9), shirt_size="XL")]
        stage.members = [member(501, "99.00")]
        stage.sync()
        assert stage.mentor() == replace(before, sync_state="blocked")
        assert stage.bases == bases
        assert stage.rows() == ()

    def test_a_new_one_has_no_contact(self) -> None:
        stage = MentorsStage.of_one(signup(), contact(), members=[member()])
        stage.blocked = {stage.signups[0].submission_id}
        stage.sync()
        mentor = stage.mentor()
        assert (mentor.sync_state, mentor.gb_contact_id, mentor.tags) == ("blocked", None, ())
        assert (mentor.first_name, mentor.status) == ("Robin", "needs_fundraising")
        stage.signups = [replace(stage.signups[0], first_name="Roberta")]
        stage.sync()
        assert stage.mentor().first_name == "Roberta"

    def test_two_people_with_one_id_are_one_row_of_nobody(self) -> None:
        first, second = signup(1), signup(2, mn_id="MN0001", first_name="Quentin")
        stage = MentorsStage(signups=[first, second], contacts={}, winners={})
        stage.blocked = {first.submission_id, second.submission_id}
        built = stage.sync()
        assert [mentor.mn_id for mentor in built.mentors] == ["MN0001"]
        mentor = stage.mentor()
        assert (mentor.sync_state, mentor.submission_id, mentor.first_name, mentor.phone) == (
            "blocked",
            None,
            None,
            None,
        )

    def test_it_is_processed_right_after_the_decision_and_nobody_else_changes(self) -> None:
        first, second = signup(1), signup(2)
        stage = MentorsStage(
            signups=[first, second],
            contacts={10: contact(), 20: contact(20, phones=(phone(2),), emails=("robin2@mail.example",))},
            winners={first.submission_id: 10, second.submission_id: 20},
            blocked={first.submission_id},
        )
        stage.sync()
        before = dict(stage.previous)
        stage.blocked = set()
        stage.sync()
        assert stage.mentor().gb_contact_id == 10
        assert stage.previous["MN0002"] == before["MN0002"]


class TestSecondSignup:
    def test_another_id_of_the_same_person_keeps_row_and_bases(self) -> None:
        stage = MentorsStage.of_one(signup(), contact(custom_fields={SHIRT: "M"}))
        stage.sync()
        stage.edit(10, custom_fields={SHIRT: "XL"})
        stage.sync()
        before = dict(stage.previous)
        former = {"superseded_mn_ids": ("MN0001",), "superseded_submission_ids": (signup().submission_id,)}
        second = signup(5, last_name="Testwella", phone=phone(6), **former)
        stage.signups, stage.winners = [second], {second.submission_id: 10}
        built = stage.sync()
        assert built.successors == {"MN0001": "MN0005"}
        assert (stage.mentor("MN0005").phone, stage.mentor("MN0005").shirt_size) == (phone(6), "XL")
        changes = find_changes(before, built.mentors, successors=built.successors)
        assert {(change.change_type, change.field) for change in changes} >= {
            ("field_change", "mn_id"),
            ("field_change", "phone"),
        }
        assert not {"new_mentor", "dropped"} & {change.change_type for change in changes}


class TestCarryOver:
    def test_a_tag_removed_by_hand_is_not_put_back(self) -> None:
        stage = MentorsStage.of_one(signup(), contact(), contact(20, tags=("Alumni",), phones=(phone(1), phone(7))))
        stage.sync()
        assert stage.mentor().tags == ("Alumni", "Mentors 2025")
        stage.import_file()
        stage.sync()
        stage.edit(10, tags=(), phones=(phone(1),))
        for _ in range(2):
            stage.sync()
            row = stage.rows()[0].row
            assert (row.cells["Tags"], row.cells["Phone Numbers"]) == ("Mentors 2025", None)
            stage.import_file()

    def test_a_dropped_tag_is_never_carried_over(self) -> None:
        stage = MentorsStage.of_one(signup(), contact(), contact(20, tags=("Dropped 25", "Dropped 24")))
        built = stage.sync()
        assert not stage.mentor().dropped
        assert stage.mentor().tags == ("Dropped 24", "Mentors 2025")
        assert [(warning.warning_type, warning.subject) for warning in built.warnings] == [
            ("unusual_value", "MN0001:dropped_tag")
        ]

    def test_keys_of_another_mentor_are_not_carried_over(self) -> None:
        first, second = signup(1), signup(2)
        shared = contact(20, phones=(phone(1), phone(2)), emails=("robin2@mail.example", "rob@work.example"))
        stage = MentorsStage(
            signups=[first, second],
            contacts={10: contact(), 20: shared},
            winners={first.submission_id: 10, second.submission_id: None},
            losers={first.submission_id: (20,)},
        )
        stage.sync()
        cells = stage.rows()[0].row.cells
        assert cells["Phone Numbers"] is None
        assert cells["Email Addresses"] == "rob@work.example, zz-robin1@uga.edu"

    def test_a_foreign_phone_of_a_loser_is_a_warning(self) -> None:
        stage = MentorsStage.of_one(signup(), contact(), contact(20, phones=("+442079460018",)))
        assert [warning.subject for warning in stage.sync().warnings] == ["MN0001:foreign_phone"]
        assert stage.rows()[0].row.cells["Phone Numbers"] is None


def test_an_unreadable_training_date_is_a_warning() -> None:
    stage = MentorsStage.of_one(signup(), contact(custom_fields={LABELS["training_at"]: "next week"}))
    built = stage.sync()
    assert stage.mentor().training_at is None
    assert [(warning.warning_type, warning.subject) for warning in built.warnings] == [
        ("unusual_value", "MN0001:training_at")
    ]


def test_names_edited_in_givebutter_stay() -> None:
    stage = MentorsStage.of_one(signup(), contact())
    stage.sync()
    stage.edit(10, first_name="Roberta")
    stage.sync()
    stage.import_file()
    stage.sync()
    assert (stage.mentor().first_name, stage.contacts[10].first_name) == ("Roberta", "Roberta")
    assert stage.mentor().provenance["first_name"].rule == "givebutter_edit"


def test_both_sides_changed_a_name() -> None:
    stage = MentorsStage.of_one(signup(), contact())
    stage.sync()
    stage.edit(10, first_name="Roberta")
    stage.signups = [replace(stage.signups[0], first_name="Robinson")]
    conflict = stage.sync().conflicts[0]
    assert (conflict.conflict_type, conflict.subject) == ("field_mismatch", "first_name")
    assert (conflict.option_a.value, conflict.option_b.value) == ("Robinson", "Roberta")
    assert "Both sides changed it" in conflict.recommendation_reason
    assert stage.mentor().first_name == "Roberta"


@pytest.mark.parametrize(("shown", "confirms"), [("80", True), ("80.0", True), ("79.00", False), ("much", False)])
def test_an_amount_is_confirmed_as_a_number(shown: str, confirms: bool) -> None:
    stage = MentorsStage.of_one(
        signup(), contact(custom_fields={LABELS["amount_raised"]: shown}), members=[member(501, "80.00")]
    )
    stage.sync()
    assert ("amount_raised" in find_confirmed_fields(stage.mentor(), stage.contacts[10], CONFIG)) == confirms


def test_an_answer_about_another_field() -> None:
    stage = MentorsStage.of_one(signup(), contact(custom_fields={SHIRT: "M"}))
    stage.sync()
    stage.edit(10, custom_fields={SHIRT: "L"})
    stage.signups = [replace(stage.signups[0], shirt_size="S")]
    stage.answer(stage.sync().conflicts[0], "a")
    for _ in range(3):
        assert stage.sync().conflicts == ()
        assert stage.mentor().shirt_size == "S"
        stage.import_file()


def test_what_contact_data_confirms() -> None:
    stage = MentorsStage.of_one(signup(), contact(), members=[member(501, "80.00")])
    stage.sync()
    assert not {"mn_id", "shirt_size", "amount_raised"} & find_confirmed_fields(
        stage.mentor(), stage.contacts[10], CONFIG
    )
    stage.import_file()
    stage.sync()
    expected = {"mn_id", "gb_contact_id", "phone", "uga_email", "shirt_size", "amount_raised", "status", "tags"}
    assert expected <= find_confirmed_fields(stage.mentor(), stage.contacts[10], CONFIG)


def test_the_same_data_gives_the_same_rows() -> None:
    stage = MentorsStage.of_one(signup(), contact(), members=[member()])
    assert build_mentors(stage.data()) == build_mentors(stage.data())


def test_an_unchanged_row_is_the_one_of_the_last_run() -> None:
    stage = MentorsStage.of_one(signup(), contact(), members=[member()])
    first = stage.sync()
    again = build_mentors(stage.data())
    assert again.mentors[0] is first.mentors[0]
    assert all(again.known[key] is known for key, known in first.known.items())
    stage.edit(10, phones=(phone(70),))
    assert build_mentors(stage.data()).mentors[0].phone == phone(70)
