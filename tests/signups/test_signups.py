"""Rulebook section 2: from submissions to one sign-up per person."""

from datetime import timedelta
from typing import Any

import pytest

from mentorsync_pipeline.signups.rules.deduplication import DedupResult, deduplicate
from mentorsync_pipeline.signups.rules.signup_questions import find_blocked_by_shared_id
from tests.support.matching import CONFIG, EMAIL, PHONE, SIGNED_UP, UGA_EMAIL, answers, dedup, submission


def ids(result: DedupResult) -> list[str]:
    return [signup.mn_id for signup in result.signups]


def warned(result: DedupResult) -> list[tuple[str, str | None]]:
    return [(warning.warning_type, warning.mn_id) for warning in result.warnings]


@pytest.mark.parametrize("changes", [{"status": "DELETED"}, {"status": " deleted "}, {"removed": True}])
def test_a_deleted_submission_is_not_used(changes: dict[str, Any]) -> None:
    result = dedup(submission(1, phone=PHONE), submission(2, "Mary Jones", phone=PHONE, **changes))
    assert ids(result) == ["MN0001"]
    assert not result.conflicts
    assert not result.errors


def test_an_unknown_status_is_used() -> None:
    assert ids(dedup(submission(status="OVERQUOTA", phone=PHONE))) == ["MN0001"]


@pytest.mark.parametrize("mn_id", [None, "", "  ", "MN12", "0123", "N/A"])
def test_a_sign_up_without_a_valid_mn_id_is_an_error_and_not_used(mn_id: str | None) -> None:
    result = dedup(submission(1, mn_id=mn_id, phone=PHONE))
    assert not result.signups
    (error,) = result.errors
    assert (error.error_code, error.subject, error.mn_id) == ("INVALID_MN_ID", "7001", None)


def test_an_mn_id_is_trimmed_and_upper_cased() -> None:
    (signup,) = dedup(submission(mn_id=" mn0123 ", phone=PHONE)).signups
    assert (signup.mn_id, signup.external_id) == ("MN0123", "MN0123")


def test_the_external_id_is_the_filled_template() -> None:
    config = CONFIG.model_copy(update={"external_id_template": "{year}-{mn_id}"})
    (signup,) = deduplicate([submission(phone=PHONE)], config).signups
    assert signup.external_id == "2025-MN0001"


@pytest.mark.parametrize("key", [{"phone": PHONE}, {"personal_email": EMAIL}, {"uga_email": UGA_EMAIL}])
def test_a_shared_key_and_agreeing_names_are_one_person(key: dict[str, str]) -> None:
    result = dedup(submission(1, "Jane Smith", **key), submission(2, "Janie Smith", **key))
    (signup,) = result.signups
    assert signup.mn_id == "MN0002"
    assert signup.superseded_submission_ids == ("7001",)
    assert signup.superseded_mn_ids == ("MN0001",)
    assert not result.conflicts


def test_emails_are_compared_across_both_email_fields() -> None:
    result = dedup(submission(1, personal_email=UGA_EMAIL), submission(2, uga_email=UGA_EMAIL.upper()))
    assert ids(result) == ["MN0002"]


def test_without_a_shared_key_equal_names_are_two_people() -> None:
    assert ids(dedup(submission(1, phone=PHONE), submission(2, personal_email=EMAIL))) == ["MN0001", "MN0002"]


@pytest.mark.parametrize("name", ["", "F.123.4 Smith", "Jane Jones"])
def test_a_shared_email_and_unclear_names_are_one_person(name: str) -> None:
    assert ids(dedup(submission(1, name, personal_email=EMAIL), submission(2, personal_email=EMAIL))) == ["MN0002"]


def test_the_same_person_is_transitive() -> None:
    chain = (
        submission(1, phone=PHONE),
        submission(2, phone=PHONE, personal_email=EMAIL),
        submission(3, personal_email=EMAIL),
    )
    (signup,) = dedup(*chain).signups
    assert signup.mn_id == "MN0003"
    assert signup.superseded_mn_ids == ("MN0002", "MN0001")


def test_the_most_recent_sign_up_wins_and_of_equals_the_higher_submission_id() -> None:
    later = {"created_at": SIGNED_UP + timedelta(days=9), "phone": PHONE}
    assert ids(dedup(submission(1, **later), submission(2, phone=PHONE))) == ["MN0001"]
    same = [submission(1, submission_id=sid, mn_id=mn, **later) for sid, mn in (("999", "MN0001"), ("1000", "MN0002"))]
    assert ids(dedup(*same)) == ["MN0002"]


def test_one_person_with_one_id_has_no_superseded_id() -> None:
    (signup,) = dedup(submission(1, phone=PHONE), submission(2, phone=PHONE, mn_id="MN0001")).signups
    assert (signup.superseded_submission_ids, signup.superseded_mn_ids) == (("7001",), ())


def test_relatives_who_share_an_email_stay_two_people_with_a_warning() -> None:
    result = dedup(submission(1, "Mary Smith", personal_email=EMAIL), submission(2, personal_email=EMAIL))
    assert ids(result) == ["MN0001", "MN0002"]
    assert not result.conflicts
    assert warned(result) == [("duplicate_detected", "MN0002")]


def test_differing_people_are_not_joined_through_a_third_sign_up() -> None:
    result = dedup(
        submission(1, "Mary Smith", personal_email=EMAIL),
        submission(2, "", personal_email=EMAIL, uga_email=UGA_EMAIL),
        submission(3, "Jane Smith", uga_email=UGA_EMAIL),
    )
    assert ids(result) == ["MN0001", "MN0002", "MN0003"]
    assert ("low_confidence", "MN0002") in warned(result)


def test_a_differing_person_in_a_chain_does_not_separate_agreeing_names() -> None:
    result = dedup(
        submission(1, "Mary Smith", personal_email=EMAIL),
        submission(2, "", personal_email=EMAIL, uga_email=UGA_EMAIL),
        submission(3, "Jane Smith", uga_email=UGA_EMAIL),
        submission(4, "Jane Smith", uga_email=UGA_EMAIL),
    )
    assert ids(result) == ["MN0001", "MN0002", "MN0004"]


@pytest.mark.parametrize("name", ["Mary Smith", "F.123.4 Smith", "Jane Jones"])
def test_a_shared_phone_of_differing_names_is_two_people_and_a_nonblocking_conflict(name: str) -> None:
    result = dedup(submission(1, name, phone=PHONE), submission(2, phone=PHONE))
    assert ids(result) == ["MN0001", "MN0002"]
    (conflict,) = result.conflicts
    assert (conflict.conflict_type, conflict.severity, conflict.blocking) == ("shared_phone", "medium", False)
    assert (conflict.recommended_option, conflict.option_a.value, conflict.option_b.value) == (
        "a",
        "two_people",
        "one_person",
    )
    assert find_blocked_by_shared_id(result.signups) == {}


def test_a_shared_phone_decided_as_one_person_keeps_the_newest() -> None:
    people = (submission(1, "Mary Smith", phone=PHONE), submission(2, phone=PHONE))
    (conflict,) = dedup(*people).conflicts
    result = dedup(*people, decisions=answers((conflict, "b")))
    assert ids(result) == ["MN0002"]
    assert result.signups[0].superseded_mn_ids == ("MN0001",)
    assert not result.conflicts


def test_a_shared_phone_decided_as_two_people_raises_no_new_conflict() -> None:
    people = (submission(1, "Mary Smith", phone=PHONE), submission(2, phone=PHONE))
    (conflict,) = dedup(*people).conflicts
    result = dedup(*people, decisions=answers((conflict, "a")))
    assert ids(result) == ["MN0001", "MN0002"]
    assert not result.conflicts


def test_a_changed_sign_up_raises_the_conflict_again_with_the_same_subject() -> None:
    people = (submission(1, "Mary Smith", phone=PHONE), submission(2, phone=PHONE))
    (before,) = dedup(*people).conflicts
    changed = (people[0], submission(2, phone=PHONE, personal_email=EMAIL))
    (after,) = dedup(*changed, decisions=answers((before, "b"))).conflicts
    assert after.subject == before.subject
    assert after.input_fingerprint != before.input_fingerprint


def test_a_skipped_conflict_stays_open_with_the_same_fingerprint() -> None:
    people = (submission(1, "Mary Smith", phone=PHONE), submission(2, phone=PHONE))
    (conflict,) = dedup(*people).conflicts
    assert dedup(*people, decisions=answers((conflict, "skipped"))).conflicts == (conflict,)


def test_an_mn_id_of_two_people_blocks_both() -> None:
    result = dedup(submission(1, "Mary Jones", phone=PHONE), submission(2, mn_id="MN0001", personal_email=EMAIL))
    (conflict,) = result.conflicts
    assert (conflict.conflict_type, conflict.severity, conflict.blocking) == ("external_id_collision", "high", True)
    assert conflict.mn_id == "MN0001"
    assert conflict.recommended_option is None
    assert find_blocked_by_shared_id(result.signups) == {
        "7001": ("external_id_collision",),
        "7002": ("external_id_collision",),
    }


def test_a_decided_mn_id_stays_with_the_chosen_person() -> None:
    people = (submission(1, "Mary Jones", phone=PHONE), submission(2, mn_id="MN0001", personal_email=EMAIL))
    (conflict,) = dedup(*people).conflicts
    result = dedup(*people, decisions=answers((conflict, "b")))
    assert [signup.submission_id for signup in result.signups] == ["7001"]
    assert [(error.error_code, error.subject) for error in result.errors] == [("MN_ID_TAKEN", "7002")]
    assert find_blocked_by_shared_id(result.signups) == {}
    assert not result.conflicts


def test_of_three_people_with_one_id_the_undecided_stay_blocked() -> None:
    people = [
        submission(number, name, mn_id="MN0001", phone=f"+1706555010{number}")
        for number, name in enumerate(("Mary Jones", "Jane Smith", "Zoe Brown"), start=1)
    ]
    conflicts = {conflict.subject: conflict for conflict in dedup(*people).conflicts}
    assert set(conflicts) == {"signups:7001+7002", "signups:7001+7003", "signups:7002+7003"}
    result = dedup(*people, decisions=answers((conflicts["signups:7001+7002"], "a")))
    assert [signup.submission_id for signup in result.signups] == ["7002", "7003"]
    assert [conflict.subject for conflict in result.conflicts] == ["signups:7002+7003"]


def test_a_decision_for_neither_person_raises_the_conflict_again() -> None:
    people = (submission(1, "Mary Jones", phone=PHONE), submission(2, mn_id="MN0001", personal_email=EMAIL))
    (first,) = dedup(*people).conflicts
    (again,) = dedup(*people, decisions=answers((first, 55))).conflicts
    assert again.input_fingerprint != first.input_fingerprint
    assert dedup(*people, decisions=answers((again, "a"))).conflicts == ()


def test_an_invalid_phone_or_email_is_kept_as_text_with_a_warning() -> None:
    result = dedup(submission(phone="call me", personal_email="jane@", uga_email=UGA_EMAIL))
    (signup,) = result.signups
    assert (signup.phone, signup.phone_raw) == (None, "call me")
    assert (signup.personal_email, signup.personal_email_raw) == (None, "jane@")
    assert warned(result) == [("unusual_value", "MN0001")] * 2
    assert not any("call me" in warning.message or "jane@" in warning.message for warning in result.warnings)


@pytest.mark.parametrize("answer", ["n/a", "N/A", ".", "--", "none", "?"])
def test_an_answer_that_says_nothing_is_not_used_and_is_a_warning(answer: str) -> None:
    result = dedup(submission(1, phone=PHONE, gender=answer, shirt_size=f" {answer} ", partner_preference="none"))
    (only,) = result.signups
    assert (only.gender, only.shirt_size, only.partner_preference) == (None, None, "none")
    assert [warning.subject for warning in result.warnings] == [
        "7001:answer gender",
        "7001:answer shirt_size",
    ]


@pytest.mark.parametrize("answer", ["None", "none", "No shirt"])
def test_an_option_none_is_an_answer(answer: str) -> None:
    changes = {
        "custom_field_options": {"shirt_size": ("S", "None")},
        "custom_field_option_map": {"shirt_size": {"No shirt": "None"}},
    }
    result = deduplicate([submission(phone=PHONE, shirt_size=answer)], CONFIG.model_copy(update=changes))
    assert [signup.shirt_size for signup in result.signups] == ["None"]
    assert not result.warnings


def test_a_sign_up_without_phone_and_email_is_kept_with_a_warning() -> None:
    result = dedup(submission())
    assert ids(result) == ["MN0001"]
    assert warned(result) == [("missing_field", "MN0001")]


def test_only_the_kept_sign_up_has_warnings() -> None:
    result = dedup(submission(1, phone="call me", personal_email=EMAIL), submission(2, personal_email=EMAIL))
    assert warned(result) == []
