"""Find the mentor of each answer (rulebook, sections 2 and 6): the person whose sign-up the question was about.

MN ids are corrected, exchanged and given to other people. An answer stays the person's: it holds under the present MN
id, also for a later sign-up of the person, and for nobody while all of the person's sign-ups are absent. Answers from
before sign-ups were recorded hold by MN id.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.known_mentors import KnownMentors, Submissions, find_person_submissions
from mentorsync_pipeline.domain.records import DecisionInForce, Signup, Submission

Key = tuple[str, str, str]


def map_decisions_to_submissions(decisions: Iterable[DecisionInForce], submissions: Iterable[Submission]) -> Decisions:
    """Return decisions by the MN id that their submission has now. For questions whose subject names the sign-ups."""
    mn_ids = {submission.submission_id: normalize.mn_id(submission.mn_id) for submission in submissions}
    return {
        (mn_ids.get(decision.submission_id or "") or decision.mn_id, decision.conflict_type, decision.subject): decision
        for decision in sorted(decisions, key=lambda decision: decision.id)
    }


def map_decisions_to_present_ids(
    signups: Iterable[Signup], decisions: Iterable[DecisionInForce], known: KnownMentors
) -> Decisions:
    """Return decisions by the present MN id of their person.

    A choice of a contact for another submission of the person holds for the submission in use, also while that one is
    not listed. Of several decisions on one subject the newest holds.
    """
    listed = list(signups)
    people = find_person_submissions(listed, known)
    by_submission: dict[str, list[DecisionInForce]] = defaultdict(list)
    unowned = []
    for decision in decisions:
        if decision.submission_id is None:
            unowned.append(decision)
        else:
            by_submission[decision.submission_id].append(decision)
    result: dict[Key, DecisionInForce] = {}
    for signup in listed:
        submissions = people[signup.submission_id]
        for decision in (decision for key in submissions for decision in by_submission.get(key, ())):
            subject = signup.submission_id if decision.subject in submissions else decision.subject
            _add(result, (signup.mn_id, decision.conflict_type, subject), decision)
    return _add_unowned(result, listed, people, unowned, known) if unowned else result


def find_present_mn_ids(signups: Iterable[Signup], known: KnownMentors) -> dict[str, str]:
    """Return the present MN id of each submission's person.

    Left out are sign-ups that share an MN id, and submissions that may be of two people.
    """
    listed = list(signups)
    count = Counter(signup.mn_id for signup in listed)
    people = find_person_submissions(listed, known)
    owners = Counter(submission_id for submissions in people.values() for submission_id in submissions)
    return {
        submission_id: signup.mn_id
        for signup in listed
        if count[signup.mn_id] == 1
        for submission_id in people[signup.submission_id]
        if owners[submission_id] == 1
    }


def _add(result: dict[Key, DecisionInForce], key: Key, decision: DecisionInForce) -> None:
    other = result.setdefault(key, decision)
    if decision.choice != "skipped" and decision.id > other.id:
        result[key] = decision


def _add_unowned(
    result: dict[Key, DecisionInForce],
    signups: Sequence[Signup],
    people: Submissions,
    decisions: Iterable[DecisionInForce],
    known: KnownMentors,
) -> Decisions:
    """Add decisions whose sign-up is unknown, where there is no other one.

    They hold under their MN id, and under the present one of a person who had that id, unless another person had it
    later.
    """
    by_mn_id: dict[str, list[DecisionInForce]] = defaultdict(list)
    by_subject: dict[str, list[DecisionInForce]] = defaultdict(list)
    for decision in decisions:
        by_mn_id[decision.mn_id].append(decision)
        by_subject[decision.subject].append(decision)
        result.setdefault((decision.mn_id, decision.conflict_type, decision.subject), decision)
    current = {signup.mn_id for signup in signups}
    owners: Mapping[str, set[str]] = defaultdict(set)
    for submission_id, mentor in known.items():
        owners[mentor.mn_id].add(submission_id)
    for signup in signups:
        submissions = people[signup.submission_id]
        remembered = (known[key].mn_id for key in submissions if key in known)
        former = reversed(known[signup.submission_id].mn_ids) if signup.submission_id in known else ()
        own_ids = dict.fromkeys((signup.mn_id, *former, *signup.superseded_mn_ids, *remembered))
        own = [
            decision
            for mn_id in own_ids
            if mn_id == signup.mn_id or (mn_id not in current and owners[mn_id].issubset(submissions))
            for decision in by_mn_id[mn_id]
        ]
        # A choice names its submission, so that it holds also under an id that another mentor has now.
        for decision in (*own, *(decision for key in submissions for decision in by_subject[key])):
            if decision.subject in submissions:
                _add(result, (signup.mn_id, decision.conflict_type, signup.submission_id), decision)
            else:
                result.setdefault((signup.mn_id, decision.conflict_type, decision.subject), decision)
    return result
