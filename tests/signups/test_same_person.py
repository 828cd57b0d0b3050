"""Rulebook sections 1 and 2: which sign-ups are one person's, and which keys are ignored."""

from itertools import combinations
from typing import Any

import pytest

from mentorsync_pipeline.signups.rules.deduplication import DedupResult
from tests.support.matching import PHONE, dedup, submission


def ids(result: DedupResult) -> list[str]:
    return [signup.mn_id for signup in result.signups]


def kinds(result: DedupResult) -> list[str]:
    return [conflict.conflict_type for conflict in result.conflicts]


def subjects(result: DedupResult) -> list[str]:
    return sorted(warning.subject for warning in result.warnings)


def own(number: int) -> dict[str, Any]:
    """Emails of the person's own."""
    return {"personal_email": f"own{number}@mail.example", "uga_email": f"zz-own{number}@uga.edu"}


RELATIVES = [
    ("Daniel Smith", "Danielle Smith"),
    ("Eric Smith", "Erica Smith"),
    ("Marie Smith", "Maria Smith"),
    ("Chris Smith", "Christina Smith"),
    ("Paul Smith", "Paula Smith"),
    ("Alex Smith", "Alexandra Smith"),
    ("Mohammed Khan", "Muhammad Khan"),
    ("John Smith Jr.", "John Smith Sr."),
    ("John Smith", "John Smith Jr."),
    ("Mary Smith", "Jane Smith"),
    ("Mary Smith", "Molly Smith"),
    ("Madeline Smith", "Maggie Smith"),
    ("Brady Smith", "Brody Smith"),
    ("Jude Smith", "Judith Smith"),
    ("Lee Smith", "Levi Smith"),
    ("राम वर्मा", "रमा वर्मा"),
    ("しん 佐藤", "じん 佐藤"),
    ("นิด ใจดี", "นุด ใจดี"),
]


@pytest.mark.parametrize(("left", "right"), RELATIVES)
def test_relatives_with_a_shared_phone_stay_two_people_and_raise_a_conflict(left: str, right: str) -> None:
    for first, second in ((left, right), (right, left)):
        result = dedup(submission(1, first, phone=PHONE, **own(1)), submission(2, second, phone=PHONE, **own(2)))
        assert ids(result) == ["MN0001", "MN0002"]
        assert kinds(result) == ["shared_phone"]
        assert result.conflicts[0].recommended_option == "a"


@pytest.mark.parametrize(
    "answer",
    [
        *("same", "No", "NA", "Same as above", "I go by my first name", "she/they", "She, her, hers", "Mr.", "Coach"),
        *(
            "Smith",
            "#N/A",
            "none@none.com",
            "0",
            ".",
            "It’s the same",
            "no preferred name",
            "not different",
            "Nickname",
        ),
    ],
)
def test_brother_and_sister_with_the_same_answer_in_place_of_a_preferred_name_are_two(answer: str) -> None:
    people = [("Daniel Smith", answer), ("Zoe Smith", answer.lower())]
    for keys in (own, lambda _: {"personal_email": "home@mail.example"}):
        found = dedup(
            *(
                submission(number, name, preferred_name=preferred, phone=PHONE, **keys(number))
                for number, (name, preferred) in enumerate(people, start=1)
            )
        )
        assert ids(found) == ["MN0001", "MN0002"]
        is_warned = {"7001:name", "7002:name"} <= set(subjects(found))
        assert is_warned is (answer != "Smith"), "the last name may be what people call them"


@pytest.mark.parametrize("typed", ["own1@@mail.example", "own1@gmail", "own1@mail,example", "own1 @ mail.example"])
@pytest.mark.parametrize("box", ["personal_email", "uga_email"])
def test_a_mistyped_email_is_still_an_own_one(typed: str, box: str) -> None:
    for emails in (({box: typed}, own(2)), (own(1), {box: typed}), ({box: typed}, {box: f"x{typed}"})):
        first, second = (submission(n, RELATIVES[0][n - 1], phone=PHONE, **emails[n - 1]) for n in (1, 2))
        assert ids(dedup(first, second)) == ["MN0001", "MN0002"]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Daniel Smith", "Dan Smith"),
        ("Elizabeth (Liz) Smith", "Liz Smith"),
        ("Dr. Ann Smith", "Ann Smith"),
        ("JORDAN SMITH", "Jordan Smith"),
        ("Jo\u200brdan Smith", "Jordan Smith"),
        ("Smith Jordan", "Jordan Smith"),
    ],
)
def test_other_spellings_of_a_name_with_the_same_phone_are_one_person(left: str, right: str) -> None:
    (first, *more), (other_first, *other_more) = left.rsplit(" ", 1), right.rsplit(" ", 1)
    result = dedup(
        submission(1, phone=PHONE, first_name=first, last_name=more[0], personal_email="a@mail.example"),
        submission(2, phone=PHONE, first_name=other_first, last_name=other_more[0], personal_email="b@mail.example"),
    )
    assert ids(result) == ["MN0002"]
    assert not result.conflicts


@pytest.mark.parametrize(
    ("left", "right"),
    [("Daniel Smith", "Danielle Smith"), ("Владимир Smith", "Vladimir Smith"), ("Mohammed Khan", "Muhammad Khan")],
)
def test_similar_and_unclear_names_with_the_same_email_are_one_person(left: str, right: str) -> None:
    result = dedup(
        submission(1, left, personal_email="j.doe@gmail.com"),
        submission(2, right, personal_email="jdoe@googlemail.com"),
    )
    assert ids(result) == ["MN0002"]


@pytest.mark.parametrize("key", [{"personal_email": "home@mail.example"}, {"phone": PHONE}])
@pytest.mark.parametrize(
    ("left", "right", "people"),
    [
        ("Smith|Mary", "Smith|Jane", 2),  # both swapped
        ("Smith|Mary", "Jane|Smith", 2),
        ("Smith|Jane", "Jane|Smith", 1),
        ("Irons|Kate", "Irons|Katherine", 1),
    ],
)
def test_sisters_with_swapped_boxes_are_two_people_and_one_of_them_is_one(
    left: str, right: str, people: int, key: dict[str, str]
) -> None:
    boxes = [dict(zip(("first_name", "last_name"), name.split("|"), strict=True)) for name in (left, right)]
    for first, second in (boxes, boxes[::-1]):
        assert len(ids(dedup(submission(1, **first, **key), submission(2, **second, **key)))) == people


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Smith||Mary", "Smith||"),
        ("Priya|Priya|Thomas", "Priya|Priya|James"),  # the preferred name shows that nothing is swapped
        ("Jordan||Thomas", "Jordan||James"),
        ("Fatima||Thomas", "Fatima||James"),
        ("Irons||Mary", "Irons||Quill"),
    ],
)
def test_another_last_name_with_the_same_email_is_one_person_unless_the_boxes_are_certainly_swapped(
    left: str, right: str
) -> None:
    columns = ("first_name", "preferred_name", "last_name")
    boxes = [dict(zip(columns, name.split("|"), strict=True)) for name in (left, right)]
    signups = [submission(n, personal_email="home@mail.example", **boxes[n - 1]) for n in (1, 2)]
    assert ids(dedup(*signups)) == ["MN0002"]


TWO_ADDRESSES = ({"uga_email": "zz-jane@uga.edu"}, {"uga_email": "jane01@uga.edu"})


@pytest.mark.parametrize(
    ("names", "key", "people"),
    [
        (("Jane Smith", "JANE SMITH"), {"phone": PHONE}, 1),
        (("Jane Smith", "Janie Smith"), {"phone": PHONE}, 2),
        (("Liz Smith", "Elizabeth Smith"), {"phone": PHONE}, 2),
        (("Liz Smith", "Elizabeth Smith"), {"personal_email": "liz@mail.example"}, 1),
        (("Daniel Smith", "Danielle Smith"), {"personal_email": "parents@mail.example"}, 2),
        (("Jane Smith", "Jane Smith"), {"personal_email": "none@none.com"}, 2),
        (("Jane Smith", "Jane Smith"), {}, 2),
    ],
)
def test_two_uga_emails_are_two_students_unless_names_and_keys_agree(
    names: tuple[str, str], key: dict[str, str], people: int
) -> None:
    submissions = [submission(n, names[n - 1], **key, **TWO_ADDRESSES[n - 1]) for n in (1, 2)]
    assert len(dedup(*submissions).signups) == people


def test_two_uga_emails_are_not_joined_through_a_third_sign_up() -> None:
    result = dedup(
        submission(1, "Liz Smith", phone=PHONE, **TWO_ADDRESSES[0]),
        submission(2, "Liz Smith", phone=PHONE),
        submission(3, "Elizabeth Smith", phone=PHONE, **TWO_ADDRESSES[1]),
    )
    assert {"MN0001", "MN0003"} <= set(ids(result))


@pytest.mark.parametrize("typed", ["none@none.com", "NA@uga.edu", "test@test.com", "noemail@mail.example"])
def test_a_typed_placeholder_joins_no_signups_and_is_one_warning(typed: str) -> None:
    result = dedup(*(submission(n, "Jane Smith", personal_email=typed, phone=f"706-555-01{n:02d}") for n in (1, 2, 3)))
    assert len(result.signups) == 3
    assert {signup.personal_email for signup in result.signups} == {None}
    assert subjects(result) == [f"placeholder:{typed.lower()}"]


def test_a_phone_of_one_repeated_digit_is_a_placeholder() -> None:
    result = dedup(*(submission(n, "Jane Smith", phone="888-888-8888", **own(n)) for n in (1, 2)))
    assert len(result.signups) == 2
    assert subjects(result) == ["placeholder:+18888888888"]


PEOPLE = ("Ann Lee", "Bo Kim", "Cyrus Dow", "Dinah Fox", "Egon Ray")


@pytest.mark.parametrize(("people", "conflicts"), [(3, 3), (4, 0), (5, 0)])
def test_a_phone_of_more_than_three_people_is_not_a_key(people: int, conflicts: int) -> None:
    result = dedup(*(submission(n, name, phone=PHONE, **own(n)) for n, name in enumerate(PEOPLE[:people], 1)))
    assert len(result.signups) == people
    assert len(result.conflicts) == conflicts
    assert subjects(result) == ([f"placeholder:{PHONE}"] if people > 3 else [])
    for left, right in combinations(result.signups, 2):
        assert bool(set(left.phone_keys) & set(right.phone_keys)) == (people <= 3)
        assert left.phone == right.phone == PHONE


def test_five_signups_of_one_person_keep_their_phone_as_a_key() -> None:
    result = dedup(*(submission(n, "Jane Smith", phone=PHONE) for n in range(1, 6)))
    assert ids(result) == ["MN0005"]
    assert not subjects(result)


def test_two_phones_in_one_answer_are_two_keys() -> None:
    result = dedup(
        submission(1, "Jane Smith", phone="404-555-0123 / 404-555-0199"),
        submission(2, "Jane Smith", phone="(404) 555-0199 (cell)"),
    )
    (signup,) = result.signups
    assert signup.phone == "+14045550199"


def test_a_likely_typo_is_kept_with_a_warning_that_has_a_suggestion() -> None:
    result = dedup(submission(1, phone=PHONE, personal_email="jane@gmial.com"))
    assert result.signups[0].personal_email == "jane@gmial.com"
    (warning,) = result.warnings
    assert warning.warning_type == "unusual_value"
    assert "jane@gmail.com" in warning.message
