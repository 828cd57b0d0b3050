"""A deleted sign-up is not used, but its person is still recognised (rulebook, sections 2 and 7)."""

from dataclasses import replace
from typing import Any

import pytest

from mentorsync_pipeline.domain.known_mentors import KnownMentor
from mentorsync_pipeline.domain.records import Signup, Submission
from mentorsync_pipeline.signups.rules.deduplication import deduplicate
from tests.support.matching import CONFIG, EMAIL, OTHER_EMAIL, OTHER_PHONE, PHONE, UGA_EMAIL, submission

GONE = {"status": "DELETED"}


def signups_of(*submissions: Submission, mentors: tuple[str, ...] = ("7001",)) -> dict[str, Signup]:
    """The sign-ups by MN id; `mentors` are the submissions that had been a mentor's."""
    ids = {key: f"MN000{key[-1]}" for key in mentors}
    known = {key: KnownMentor(submission_id=key, mn_id=mn_id, mn_ids=(mn_id,)) for key, mn_id in ids.items()}
    return {signup.mn_id: signup for signup in deduplicate(submissions, CONFIG, known=known).signups}


@pytest.mark.parametrize("gone", [{"status": "DELETED"}, {"removed": True}])
@pytest.mark.parametrize(
    ("deleted", "resubmitted"),
    [
        ({"phone": PHONE}, {"phone": PHONE}),
        ({"personal_email": EMAIL, "phone": PHONE}, {"personal_email": EMAIL, "phone": OTHER_PHONE}),
        ({"uga_email": UGA_EMAIL}, {"personal_email": UGA_EMAIL}),
        ({"phone": PHONE, "mn_id": None}, {"phone": PHONE}),
    ],
)
def test_a_new_sign_up_continues_the_deleted_one(
    deleted: dict[str, Any], resubmitted: dict[str, Any], gone: dict[str, Any]
) -> None:
    (signup,) = signups_of(submission(1, **deleted, **gone), submission(2, **resubmitted)).values()
    assert (signup.mn_id, signup.deleted_submission_ids) == ("MN0002", ("7001",))
    assert signup.superseded_submission_ids == ()
    assert signup.superseded_mn_ids == ("MN0001",)


def test_a_new_sign_up_continues_one_that_was_corrected_and_then_deleted() -> None:
    deleted = submission(1, phone=OTHER_PHONE, personal_email=OTHER_EMAIL, **GONE)
    known = {"7001": KnownMentor(submission_id="7001", mn_id="MN0001", mn_ids=("MN0001",), keys=(PHONE, EMAIL))}
    for keys in ({"phone": PHONE}, {"personal_email": EMAIL}, {"phone": OTHER_PHONE}):
        (signup,) = deduplicate([deleted, submission(2, **keys)], CONFIG, known=known).signups
        assert signup.deleted_submission_ids == ("7001",)
    (mother,) = deduplicate([deleted, submission(2, "Mary Smith", phone=PHONE)], CONFIG, known=known).signups
    assert mother.deleted_submission_ids == ()


@pytest.mark.parametrize("gone", [{"status": "DELETED"}, {"removed": True}])
def test_a_new_sign_up_continues_one_that_had_superseded_a_sign_up_with_its_key(gone: dict[str, Any]) -> None:
    superseded = submission(1, phone=PHONE, uga_email=UGA_EMAIL, **gone)
    used = submission(2, phone=PHONE, **gone)
    known = {"7002": KnownMentor(submission_id="7002", mn_id="MN0002", superseded_submission_ids=("7001",))}
    new = submission(3, phone=OTHER_PHONE, uga_email=UGA_EMAIL)
    (signup,) = deduplicate([superseded, used, new], CONFIG, known=known).signups
    assert signup.deleted_submission_ids == ("7002",)
    (other,) = deduplicate([superseded, used, replace(new, first_name="Mary")], CONFIG, known=known).signups
    assert other.deleted_submission_ids == ()


def test_the_same_mn_id_is_not_a_superseded_id() -> None:
    (signup,) = signups_of(submission(1, phone=PHONE, **GONE), submission(2, phone=PHONE, mn_id="MN0001")).values()
    assert (signup.deleted_submission_ids, signup.superseded_mn_ids) == (("7001",), ())


def test_the_same_mn_id_and_name_continue_a_deleted_sign_up_without_a_common_key() -> None:
    deleted = submission(1, phone=PHONE, **GONE)
    resubmitted = submission(2, phone=OTHER_PHONE, personal_email=EMAIL, mn_id="MN0001")
    assert signups_of(deleted, resubmitted)["MN0001"].deleted_submission_ids == ("7001",)
    for other in (replace(resubmitted, first_name="Mary"), replace(resubmitted, first_name=None)):
        assert signups_of(deleted, other)["MN0001"].deleted_submission_ids == ()
    # A namesake, who was known with another id or whose list came short, may have got it in an exchange.
    assert signups_of(deleted, resubmitted, mentors=("7001", "7002"))["MN0001"].deleted_submission_ids == ()
    # Two who had the id at once are two people; one that has continued the deleted sign-up has its id.
    beside, after = (
        {
            "7001": KnownMentor(submission_id="7001", mn_id="MN0001", mn_ids=("MN0001",)),
            "7002": KnownMentor(
                submission_id="7002", mn_id="MN0001", mn_ids=("MN0001",), superseded_submission_ids=superseded
            ),
        }
        for superseded in ((), ("7001",))
    )
    for known, continued in ((beside, ()), (after, ("7001",))):
        (signup,) = deduplicate([deleted, resubmitted], CONFIG, known=known).signups
        assert signup.deleted_submission_ids == continued
    # One who was known with another id may have typed the namesake's before the sign-up was deleted.
    mistyped = replace(deleted, mn_id="MN0002")
    assert signups_of(mistyped, replace(resubmitted, mn_id="MN0002"))["MN0002"].deleted_submission_ids == ()
    missing = replace(deleted, status="ACTIVE", removed=True)
    assert signups_of(missing, resubmitted)["MN0001"].deleted_submission_ids == ()


@pytest.mark.parametrize(
    ("deleted", "resubmitted"),
    [
        (submission(1, "Mary Smith", phone=PHONE, **GONE), submission(2, phone=PHONE)),  # mother and daughter
        (submission(1, "", phone=PHONE, **GONE), submission(2, phone=PHONE)),  # a phone alone, unclear names
        (submission(1, phone=PHONE, **GONE), submission(2, phone=OTHER_PHONE, personal_email=EMAIL)),  # no common key
        (
            submission(1, uga_email="zz-jane02@uga.edu", phone=PHONE, **GONE),
            submission(2, "Janie Smith", uga_email=UGA_EMAIL, phone=PHONE),
        ),  # two students
        (
            submission(1, personal_email="none@none.com", **GONE),
            submission(2, personal_email="none@none.com"),
        ),  # a placeholder
    ],
)
def test_another_persons_sign_up_does_not_continue_a_deleted_one(deleted: Submission, resubmitted: Submission) -> None:
    (signup,) = signups_of(deleted, resubmitted).values()
    assert (signup.deleted_submission_ids, signup.superseded_mn_ids) == ((), ())


def test_a_deleted_sign_up_that_matches_two_people_is_ignored() -> None:
    signups = signups_of(
        submission(1, phone=PHONE, personal_email=EMAIL, **GONE),
        submission(2, "Jane Smith", phone=PHONE, uga_email=UGA_EMAIL, personal_email=OTHER_EMAIL),
        submission(3, "Jane Smith", personal_email=EMAIL, uga_email="zz-jane02@uga.edu"),
    )
    assert {signup.deleted_submission_ids for signup in signups.values()} == {()}


def test_a_deleted_sign_up_without_a_mentor_is_ignored() -> None:
    (signup,) = signups_of(submission(1, phone=PHONE, **GONE), submission(2, phone=PHONE), mentors=()).values()
    assert (signup.deleted_submission_ids, signup.superseded_mn_ids) == ((), ())


def test_an_mn_id_of_another_person_is_not_continued() -> None:
    signups = signups_of(
        submission(1, phone=PHONE, **GONE),
        submission(2, phone=PHONE),
        submission(3, "Zoe Brown", phone=OTHER_PHONE, mn_id="MN0001"),
    )
    assert (signups["MN0002"].deleted_submission_ids, signups["MN0002"].superseded_mn_ids) == (("7001",), ())


@pytest.mark.parametrize("junk", [".", "K", "keith@mail.example", "", "Keith & Zuzu", "Keith's mom", "Miss", "FNU"])
@pytest.mark.parametrize("names", ["Keith|Tull", "|Keith Tull", "Keith Tull|", "Tull, Keith|."])
def test_junk_for_a_name_makes_no_mentor_a_relatives_sign_up(junk: str, names: str) -> None:
    keys = {"phone": PHONE, "personal_email": EMAIL}
    karen, keith = submission(1, "Karen Tull", **keys), submission(2, "Keith Tull", **keys)
    first, _, last = names.partition("|")
    known = {
        "7001": KnownMentor(submission_id="7001", mn_id="MN0001", names=("Karen", "Tull", "")),
        "7002": KnownMentor(submission_id="7002", mn_id="MN0002", names=(first, last, "")),
    }
    result = deduplicate([karen, replace(keith, first_name=junk or None)], CONFIG, known=known)
    assert [(signup.mn_id, signup.first_name) for signup in result.signups] == [
        ("MN0001", "Karen"),
        ("MN0002", junk or None),
    ]
