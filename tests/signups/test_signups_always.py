"""Rulebook section 2: properties of every list of sign-ups."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain.names.compare_names import compare_names
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.domain.records import Submission
from mentorsync_pipeline.signups.rules.deduplication import DedupResult
from mentorsync_pipeline.signups.rules.signup_questions import find_blocked_by_shared_id
from tests.support.matching import EMAIL, UGA_EMAIL, Decisions, answers, dedup, submission

SUBMISSION = st.builds(
    submission,
    number=st.integers(1, 40),
    name=st.sampled_from(["", "Jane Smith", "Janie Smith", "Mary Smith", "Jane Jones", "Zoe Brown", "F.1 Smith"]),
    mn_id=st.sampled_from(["MN0001", "MN0002", "mn0003", "MN0004", "MN0005", None]),
    phone=st.sampled_from([None, None, "(706) 555-0101", "706-555-0102", "x"]),
    personal_email=st.sampled_from([None, None, EMAIL, EMAIL.upper(), "nobody"]),
    uga_email=st.sampled_from([None, UGA_EMAIL, "zz-mary01@uga.edu"]),
    status=st.sampled_from(["ACTIVE", "ACTIVE", "ACTIVE", "DELETED"]),
)
SUBMISSIONS = st.lists(SUBMISSION, max_size=8, unique_by=lambda submission: submission.submission_id)


def _answered(result: DedupResult, choices: Sequence[str]) -> Decisions:
    return answers(*zip(result.conflicts, choices, strict=False))


@given(SUBMISSIONS, st.randoms(), st.lists(st.sampled_from("ab"), max_size=12))
def test_every_submission_counts_once_whatever_the_order_and_the_decisions(
    listed: list[Submission], random: Any, choices: list[str]
) -> None:
    result = dedup(*listed)
    _assert_each_active_submission_is_kept_superseded_or_an_error(result, listed)
    _assert_different_names_are_not_joined(result, listed)
    _assert_submissions_count_once_and_decided_ids_are_unique(dedup(*listed, decisions=_answered(result, choices)))
    _assert_the_kept_signups_are_kept_again(result, listed)
    assert dedup(*random.sample(listed, len(listed))) == result


def _assert_each_active_submission_is_kept_superseded_or_an_error(
    result: DedupResult, listed: list[Submission]
) -> None:
    kept = [key for signup in result.signups for key in (signup.submission_id, *signup.superseded_submission_ids)]
    errors = [error.subject for error in result.errors]
    living = [submission for submission in listed if submission.status != "DELETED"]
    assert sorted(kept + errors) == sorted(submission.submission_id for submission in living)


def _assert_different_names_are_not_joined(result: DedupResult, listed: list[Submission]) -> None:
    by_id = {submission.submission_id: submission for submission in listed}
    for signup in result.signups:
        person = [by_id[key] for key in (signup.submission_id, *signup.superseded_submission_ids)]
        names = [PersonName(first=s.first_name, preferred=s.preferred_name, last=s.last_name) for s in person]
        assert all(compare_names(left, right, alike_matches=True) != "differ" for left, right in combinations(names, 2))


def _assert_submissions_count_once_and_decided_ids_are_unique(result: DedupResult) -> None:
    kept = [key for signup in result.signups for key in (signup.submission_id, *signup.superseded_submission_ids)]
    assert len(kept) == len(set(kept))
    waiting = {key for conflict in result.conflicts if conflict.blocking for key in conflict.subject[8:].split("+")}
    assert set(find_blocked_by_shared_id(result.signups)) == waiting


def _assert_the_kept_signups_are_kept_again(result: DedupResult, listed: list[Submission]) -> None:
    if any(warning.warning_type == "low_confidence" for warning in result.warnings):
        return
    kept = {signup.submission_id for signup in result.signups}
    again = dedup(*(submission for submission in listed if submission.submission_id in kept))
    assert {signup.submission_id for signup in again.signups} == kept
