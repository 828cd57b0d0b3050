"""Rulebook section 5, `fundraising_mismatch`: several member records, and an amount that went down."""

from decimal import Decimal

import pytest

from tests.support.mentors_stage import CONFIG, MentorsStage, contact, member, signup


def _stage(*amounts: str) -> MentorsStage:
    stage = MentorsStage.of_one(signup(), contact())
    stage.members = [member(501 + place, amount) for place, amount in enumerate(amounts)]
    return stage


def test_of_several_records_the_larger_is_used_and_recommended() -> None:
    stage = _stage("20.00", "80.00")
    conflict = stage.sync().conflicts[0]
    assert (conflict.conflict_type, conflict.severity, conflict.blocking) == ("fundraising_mismatch", "medium", False)
    assert (conflict.option_a.value, conflict.option_b.value, conflict.recommended_option) == (502, 501, "a")
    assert (stage.mentor().amount_raised, stage.mentor().gb_member_id) == (Decimal(80), 502)


def test_a_chosen_record_stays_chosen_while_the_amounts_grow() -> None:
    stage = _stage("20.00", "80.00")
    stage.answer(stage.sync().conflicts[0], "b")
    for amounts in (("20.00", "80.00"), ("25.00", "95.00"), ("99.00", "95.00")):
        stage.members = [member(501, amounts[0]), member(502, amounts[1])]
        assert stage.sync().conflicts == ()
        assert stage.mentor().amount_raised == Decimal(amounts[0])
    stage.members.append(member(503, "1.00"))
    assert len(stage.sync().conflicts) == 1


def test_an_amount_that_went_down_is_asked_until_answered() -> None:
    stage = _stage("100.00")
    stage.sync()
    stage.members = [member(501, "80.00")]
    for _ in range(2):
        conflict = stage.sync().conflicts[0]
        assert (conflict.option_a.value, conflict.option_b.value) == ("80.00", "100.00")
        assert conflict.recommended_option == "a"
        assert stage.mentor().amount_raised == Decimal(80)


@pytest.mark.parametrize(("choice", "expected"), [("a", "80.00"), ("b", "100.00")])
def test_the_answer_to_a_fallen_amount(choice: str, expected: str) -> None:
    stage = _stage("100.00")
    stage.sync()
    stage.members = [member(501, "80.00")]
    stage.answer(stage.sync().conflicts[0], choice)
    for _ in range(2):
        assert stage.sync().conflicts == ()
        assert stage.mentor().amount_raised == Decimal(expected)
    stage.members = [member(501, "90.00")]
    assert bool(stage.sync().conflicts) == (choice == "b")


def test_it_is_settled_when_the_amount_is_back() -> None:
    stage = _stage("100.00")
    stage.sync()
    stage.members = []
    assert stage.sync().conflicts
    assert (stage.mentor().amount_raised, stage.mentor().campaign_member) == (Decimal(0), False)
    stage.members = [member(501, "100.00")]
    assert stage.sync().conflicts == ()


def test_an_edit_of_the_contact_never_changes_the_amount() -> None:
    label = CONFIG.custom_field_labels["amount_raised"]
    stage = _stage("80.00")
    stage.sync()
    stage.import_file()
    stage.edit(10, custom_fields={**stage.contacts[10].custom_fields, label: "999.00"})
    stage.sync()
    assert stage.mentor().amount_raised == Decimal(80)
    assert stage.rows()[0].row.custom_fields[label] == "80.00"
