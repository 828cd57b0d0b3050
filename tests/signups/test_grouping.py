"""Rulebook sections 1 and 2: many sign-ups with one phone or email, as a program may send to a public form."""

import pytest

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
