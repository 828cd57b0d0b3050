"""Find the deleted sign-ups of people who signed up again (rulebook, sections 2 and 7).

A deleted sign-up is not used. Data stored under its id (link, bases, page, decisions, records) is still the person's.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from mentorsync_pipeline.domain.known_mentors import KnownMentors
from mentorsync_pipeline.domain.records import Signup
from mentorsync_pipeline.domain.sharing import compare_record_names, share_email, share_phone
from mentorsync_pipeline.signups.rules.grouping import (
    are_one_person,
    are_strangers,
    are_two_mentors,
    find_mentors_with_contact,
)


def find_deleted_signups(
    people: Sequence[Sequence[Signup]], deleted: Sequence[Signup], *, missing: Collection[str], known: KnownMentors
) -> list[tuple[Signup, ...]]:
    """Return the deleted sign-ups of each person, the newest first: with a shared key, or the same MN id and name.

    MN ids of namesakes may be exchanged while one of the two is missing from a short list, and one may have typed the
    other's. So the same id counts only for sign-ups that are deleted, and only before the person's is known with an id.

    Args:
        people: current sign-ups by person.
        deleted: deleted sign-ups. A sign-up that fits several people, or none, is skipped, and so is one of another
            mentor with another contact, whose name is only like the person's.
        missing: submission ids of those that are not listed, without being marked as deleted.

    """
    contact_ids = find_mentors_with_contact([*deleted, *(signup for person in people for signup in person)], known)
    by_key: dict[str, set[int]] = defaultdict(set)
    for place, person in enumerate(people):
        for signup in person:
            for key in _keys(signup):
                by_key[key].add(place)
    result: list[list[Signup]] = [[] for _ in people]
    for signup in deleted:
        near = {place for key in _keys(signup) for place in by_key.get(key, ())}
        has_id = signup.submission_id not in missing
        fitting = [
            place
            for place in sorted(near)
            if _is_of_person(signup, people[place], known, has_id=has_id)
            and not any(are_two_mentors(signup, other, contact_ids) for other in people[place])
        ]
        if len(fitting) == 1:
            result[fitting[0]].append(signup)
    return [
        tuple(sorted(signups, key=lambda signup: (signup.created_at, signup.submission_id), reverse=True))
        for signups in result
    ]


def _keys(signup: Signup) -> tuple[str, ...]:
    return (*signup.phone_keys, *signup.email_keys, signup.mn_id)


def _is_of_person(deleted: Signup, person: Sequence[Signup], known: KnownMentors, *, has_id: bool) -> bool:
    return any(
        _share_key_and_name(deleted, signup) or (has_id and _share_id_and_name(deleted, signup, known))
        for signup in person
    ) and not any(are_strangers(deleted, signup) for signup in person)


def _share_key_and_name(deleted: Signup, signup: Signup) -> bool:
    return _share_key(deleted, signup) and are_one_person(deleted, signup)


def _share_id_and_name(deleted: Signup, signup: Signup, known: KnownMentors) -> bool:
    """Return whether two sign-ups without a shared key have the same MN id and name, and may be one after the other.

    The deleted one never had another id, and the other one had none yet, unless it has continued this one before.
    """
    mentor = known.get(signup.submission_id)
    return (
        not _share_key(deleted, signup)
        and deleted.mn_id == signup.mn_id
        and {*known[deleted.submission_id].mn_ids} <= {signup.mn_id}
        and (mentor is None or not mentor.mn_ids or deleted.submission_id in mentor.superseded_submission_ids)
        and compare_record_names(deleted, signup) == "agree"
    )


def _share_key(deleted: Signup, signup: Signup) -> bool:
    return share_phone(deleted, signup) or share_email(deleted, signup)
