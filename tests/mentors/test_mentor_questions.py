"""Rulebook sections 5, 7: a phone or an email that differs on the two sides, and answers about it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.mentors_stage import START, MentorsStage, contact, phone, signup


class TestPhoneAndEmailMismatch:
    def test_a_newer_sign_up_wins_unasked(self) -> None:
        old = contact(phones=(phone(90),), emails=("old@mail.example",), last_modified=START - timedelta(days=60))
        stage = MentorsStage.of_one(signup(created_at=START - timedelta(days=29)), old)
        built = stage.sync()
        mentor = stage.mentor()
        assert built.conflicts == ()
        assert (mentor.phone, mentor.personal_email) == (phone(1), "robin1@mail.example")
        assert mentor.provenance["phone"].rule == mentor.provenance["personal_email"].rule == "signup_newer"

    def test_exactly_thirty_days_is_not_newer(self) -> None:
        old = contact(phones=(phone(90),), last_modified=START - timedelta(days=60))
        stage = MentorsStage.of_one(signup(created_at=START - timedelta(days=30)), old)
        assert [conflict.conflict_type for conflict in stage.sync().conflicts] == ["phone_mismatch"]

    def test_else_a_person_is_asked_and_givebutters_value_stays(self) -> None:
        stage = MentorsStage.of_one(signup(), contact(phones=(phone(90), phone(91)), emails=("old@mail.example",)))
        built = stage.sync()
        mentor = stage.mentor()
        assert {
            (conflict.conflict_type, conflict.subject, conflict.severity, conflict.blocking)
            for conflict in built.conflicts
        } == {
            ("phone_mismatch", "phone", "medium", False),
            ("email_mismatch", "emails", "medium", False),
        }
        assert {conflict.recommended_option for conflict in built.conflicts} == {None}
        assert (mentor.phone, mentor.personal_email, mentor.uga_email) == (phone(90), "old@mail.example", None)
        assert mentor.provenance["phone"].rule == "conflict_pending"
        row = stage.rows()[0].row
        assert phone(1) not in (row.cells["Phone Numbers"] or "")
        assert "robin1@mail.example" not in (row.cells["Email Addresses"] or "")
        stage.import_file()
        again = stage.sync().conflicts
        assert [conflict.input_fingerprint for conflict in again] == [
            conflict.input_fingerprint for conflict in built.conflicts
        ]

    def test_an_additional_phone_is_no_mismatch(self) -> None:
        stage = MentorsStage.of_one(signup(), contact(phones=(phone(90), phone(1))))
        assert stage.sync().conflicts == ()
        assert stage.mentor().phone == phone(1)

    def test_a_second_phone_or_email_in_the_sign_up_is_no_mismatch(self) -> None:
        typed = signup(further_phones=(phone(90),), further_emails=("old@mail.example",))
        stage = MentorsStage.of_one(typed, contact(phones=(phone(90),), emails=("old@mail.example",)))
        assert stage.sync().conflicts == ()
        assert (stage.mentor().phone, stage.mentor().personal_email) == (phone(1), "robin1@mail.example")

    @pytest.mark.parametrize(
        ("choice", "value", "expected"),
        [("a", None, phone(1)), ("b", None, phone(90)), ("custom", phone(55), phone(55)), ("skipped", None, phone(90))],
    )
    def test_an_answer_holds_before_and_after_the_import(self, choice: str, value: Any, expected: str) -> None:
        stage = MentorsStage.of_one(signup(), contact(phones=(phone(90),)))
        stage.answer(stage.sync().conflicts[0], choice, value)
        for _ in range(3):
            built = stage.sync()
            assert stage.mentor().phone == expected
            assert bool(built.conflicts) == (choice == "skipped")
            stage.import_file()

    @pytest.mark.parametrize(("choice", "value"), [("a", None), ("b", None), ("custom", phone(55))])
    def test_an_answer_remains_the_origin_of_the_value_after_the_import(self, choice: str, value: Any) -> None:
        stage = MentorsStage.of_one(signup(), contact(phones=(phone(90),)))
        stage.answer(stage.sync().conflicts[0], choice, value)
        stage.sync()
        decided = stage.mentor().provenance["phone"]
        assert decided.rule == "decision"
        stage.import_file()
        for _ in range(2):
            stage.sync()
            assert stage.mentor().provenance["phone"] == decided

    def test_an_answer_about_all_emails_remains_the_origin_of_the_one_that_is_sent(self) -> None:
        stage = MentorsStage.of_one(signup(uga_email=None), contact(emails=("zz-robin9@uga.edu",)))
        stage.answer(stage.sync().conflicts[0], "a")
        for _ in range(3):
            assert stage.sync().conflicts == ()
            assert stage.mentor().provenance["personal_email"].rule == "decision"
        stage.import_file()
        stage.sync()
        assert stage.mentor().provenance["personal_email"].rule == "decision"

    def test_an_answer_remains_the_origin_of_the_value_with_another_contact(self) -> None:
        stage = MentorsStage.of_one(signup(), contact(phones=(phone(90),)))
        stage.answer(stage.sync().conflicts[0], "custom", phone(55))
        for _ in range(2):
            stage.sync()
            stage.import_file()
        stage.contacts = {20: contact(20, phones=(phone(55),))}
        stage.winners[stage.signups[0].submission_id] = 20
        for _ in range(2):
            stage.sync()
            assert (stage.mentor().phone, stage.mentor().provenance["phone"].rule) == (phone(55), "decision")

    @pytest.mark.parametrize("choice", ["a", "b", "custom"])
    def test_an_answer_about_all_emails(self, choice: str) -> None:
        stage = MentorsStage.of_one(signup(), contact(emails=("old@mail.example",)))
        stage.answer(stage.sync().conflicts[0], choice, "new@mail.example")
        expected = {"a": "robin1@mail.example", "b": "old@mail.example", "custom": "new@mail.example"}[choice]
        for _ in range(3):
            assert stage.sync().conflicts == ()
            assert stage.mentor().personal_email == expected
            assert stage.mentor().uga_email == (None if choice == "b" else "zz-robin1@uga.edu")
            stage.import_file()

    def test_changed_inputs_are_asked_again(self) -> None:
        stage = MentorsStage.of_one(signup(), contact(phones=(phone(90),)))
        first = stage.sync().conflicts[0]
        stage.answer(first, "b")
        assert stage.sync().conflicts == ()
        stage.signups = [replace(stage.signups[0], phone=phone(8))]
        again = stage.sync().conflicts
        assert [conflict.subject for conflict in again] == ["phone"]
        assert again[0].input_fingerprint != first.input_fingerprint

    def test_an_answer_can_be_undone_before_it_arrived(self) -> None:
        stage = MentorsStage.of_one(signup(), contact(phones=(phone(90),)))
        stage.answer(stage.sync().conflicts[0], "a")
        stage.sync()
        assert stage.mentor().phone == phone(1)
        stage.decisions = {}
        assert len(stage.sync().conflicts) == 1
        assert stage.mentor().phone == phone(90)
