"""Rulebook sections 1 and 2: many sign-ups with one phone or email, as a program may send to a public form."""

import pytest

from mentorsync_pipeline.domain import sharing
from mentorsync_pipeline.signups.rules import grouping
from tests.support.matching import EMAIL, PHONE, dedup, submission


@pytest.fixture
def comparisons(monkeypatch):
    """The pairs of sign-ups whose names were compared."""
    compared = []
    compare = grouping.compare_record_names

    def count(left, right):
        compared.append((left, right))
        return compare(left, right)

    monkeypatch.setattr(grouping, "compare_record_names", count)
    return compared


@pytest.mark.parametrize("name", ["Jane Smith", "J. Smith"])
def test_a_thousand_equal_signups_are_one_person_without_comparing_each_pair(comparisons, name):
    result = dedup(*(submission(number, name, phone=PHONE, personal_email=EMAIL) for number in range(1, 1_001)))
    (signup,) = result.signups
    assert (signup.mn_id, len(signup.superseded_mn_ids), result.conflicts) == ("MN1000", 999, ())
    assert len(comparisons) < 2_000


def test_signups_with_distinct_emails_are_compared_with_one_signup_of_the_person(comparisons):
    signups = [submission(n, "Jane Smith", phone=PHONE, personal_email=f"zz{n}@mail.example") for n in range(1, 101)]
    assert len(dedup(*signups).signups) == 1
    assert len(comparisons) < 300


def test_a_phone_shared_by_many_unclear_names_is_one_warning_without_conflicts():
    signups = [submission(n, f"J. Smith{n}", phone=PHONE) for n in range(1, 41)]
    result = dedup(*signups)
    assert (len(result.signups), result.conflicts) == (40, ())
    (warning,) = (warning for warning in result.warnings if warning.subject == f"placeholder:{PHONE}")
    assert "identifies nobody" in warning.message


def test_a_phone_shared_by_a_few_unclear_names_raises_conflicts():
    result = dedup(*(submission(n, f"J. Smith{n}", phone=PHONE) for n in range(1, 4)))
    assert (len(result.signups), {conflict.conflict_type for conflict in result.conflicts}) == (3, {"shared_phone"})


def test_equal_signups_without_a_phone_or_an_email_stay_separate():
    assert len(dedup(submission(1, "Jane Smith"), submission(2, "Jane Smith")).signups) == 2


NAMES = ["Amos", "Birgit", "Casper", "Delia", "Egon", "Fatima", "Gwen", "Hubert", "Ingrid", "Jerome"]


@pytest.mark.parametrize(
    "name",
    [
        lambda n: f"{NAMES[n % 10]}{chr(97 + n % 26)} Lee{n}",
        lambda n: f"{NAMES[n % 10]} Lee{'abcdefgh'[n % 8]}",
        lambda n: "" if n == 1 else f"{NAMES[n % 10]} Lee",
        lambda n: f"Jane Smith{n}",
        lambda n: ["Jane Smith", "Bob Ray"][n % 2],
        lambda n: "" if n else "Jane",
        lambda n: f"J. Smith{n}",
    ],
    ids=["strangers", "few names", "one blank", "one first name", "two people", "blank", "junk"],
)
@pytest.mark.parametrize("email", ["personal_email", "uga_email"])
def test_the_work_grows_with_the_number_of_signups_and_not_of_their_pairs(monkeypatch, name, email):
    compared = []
    compare = sharing.compare_names
    for module in (sharing, grouping):
        monkeypatch.setattr(module, "compare_names", lambda *pair, **keys: compared.append(1) or compare(*pair, **keys))

    def work(size):
        compared.clear()
        domain = "mail.example" if email == "personal_email" else "uga.edu"
        dedup(*(submission(n, name(n), phone=PHONE, **{email: f"zz{n:05}@{domain}"}) for n in range(1, size + 1)))
        return len(compared)

    some = work(200)
    assert work(400) < 2.5 * some + 100 < 20_000


def test_one_signup_with_another_phone_does_not_make_all_pairs_be_compared(monkeypatch):
    compared = []
    compare = grouping.names_are_equal
    monkeypatch.setattr(grouping, "names_are_equal", lambda *pair: compared.append(1) or compare(*pair))

    def work(size):
        compared.clear()
        crowd = [
            submission(n, "Jane Smith", phone=PHONE, uga_email=f"zz{n:05}@uga.edu", personal_email=f"j{n}@mail.example")
            for n in range(1, size)
        ]
        odd = submission(size, "Jane Smith", phone="(706) 555-0199", personal_email="j1@mail.example")
        assert len(dedup(*crowd, odd).signups) == 1
        return len(compared)

    some = work(200)
    assert work(400) < 2.5 * some + 100 < 5_000


def test_students_of_one_name_without_a_common_key_stay_two_in_a_crowd():
    crowd = [
        submission(n, "Jane Smith", phone=PHONE if n > 1 else f"{PHONE}, (706) 555-0199", uga_email=f"zz{n}@uga.edu")
        for n in range(1, 5)
    ]
    stranger = submission(5, "Jane Smith", phone="(706) 555-0199", uga_email="zz5@uga.edu")
    assert len(dedup(*crowd, stranger).signups) > 1
