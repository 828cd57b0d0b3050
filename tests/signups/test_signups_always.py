"""Rulebook section 2: properties of every list of sign-ups."""

from collections.abc import Sequence
from itertools import combinations

from hypothesis import assume, given
from hypothesis import strategies as st

from mentorsync_pipeline.domain.names import compare_names
from mentorsync_pipeline.domain.records import Submission
from mentorsync_pipeline.domain.written_names import PersonName
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


@given(SUBMISSIONS.flatmap(lambda listed: st.tuples(st.just(listed), st.permutations(listed))))
def test_the_order_of_the_submissions_does_not_matter(
    orders: tuple[list[Submission], list[Submission]],
) -> None:
    assert dedup(*orders[0]) == dedup(*orders[1])


@given(SUBMISSIONS)
def test_signups_with_different_names_are_not_joined_without_a_decision(listed: list[Submission]) -> None:
    by_id = {submission.submission_id: submission for submission in listed}
    for signup in dedup(*listed).signups:
        person = [by_id[key] for key in (signup.submission_id, *signup.superseded_submission_ids)]
        names = [PersonName(first=s.first_name, preferred=s.preferred_name, last=s.last_name) for s in person]
        assert all(compare_names(left, right, alike_matches=True) != "differ" for left, right in combinations(names, 2))


@given(SUBMISSIONS)
def test_every_active_submission_is_kept_superseded_or_an_error(listed: list[Submission]) -> None:
    result = dedup(*listed)
    kept = [key for signup in result.signups for key in (signup.submission_id, *signup.superseded_submission_ids)]
    errors = [error.subject for error in result.errors]
    living = [submission for submission in listed if submission.status != "DELETED"]
    assert sorted(kept + errors) == sorted(submission.submission_id for submission in living)


@given(SUBMISSIONS, st.lists(st.sampled_from("ab"), max_size=12))
def test_with_any_decisions_submissions_count_once_and_decided_ids_are_unique(
    listed: list[Submission], choices: list[str]
) -> None:
    first_result = dedup(*listed)
    result = dedup(*listed, decisions=_answered(first_result, choices))
    kept = [key for signup in result.signups for key in (signup.submission_id, *signup.superseded_submission_ids)]
    assert len(kept) == len(set(kept))
    waiting = {key for conflict in result.conflicts if conflict.blocking for key in conflict.subject[8:].split("+")}
    assert set(find_blocked_by_shared_id(result.signups)) == waiting


@given(SUBMISSIONS)
def test_deduplicating_the_kept_signups_changes_nothing(listed: list[Submission]) -> None:
    result = dedup(*listed)
    assume(all(warning.warning_type != "low_confidence" for warning in result.warnings))
    kept = {signup.submission_id for signup in result.signups}
    again = dedup(*(submission for submission in listed if submission.submission_id in kept))
    assert {signup.submission_id for signup in again.signups} == kept
