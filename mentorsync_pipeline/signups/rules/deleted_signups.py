"""Find the deleted sign-ups of people who signed up again (rulebook, sections 2 and 7).

A deleted sign-up is not used. Data stored under its id (link, bases, page, decisions, records) is still the person's.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from mentorsync_pipeline.domain.records import Signup
from mentorsync_pipeline.domain.sharing import compare_record_names, share_email, share_phone
from mentorsync_pipeline.signups.rules.grouping import are_one_person, are_strangers


def find_deleted_signups(people: Sequence[Sequence[Signup]], deleted: Iterable[Signup]) -> list[tuple[Signup, ...]]:
    """Return the deleted sign-ups of each person, the newest first: with a shared key, or the same MN id and name.

    Args:
        people: current sign-ups by person.
        deleted: deleted sign-ups. A sign-up that fits several people, or none, is skipped.

    """
    by_key: dict[str, set[int]] = defaultdict(set)
    for place, person in enumerate(people):
        for signup in person:
            for key in _keys(signup):
                by_key[key].add(place)
    result: list[list[Signup]] = [[] for _ in people]
    for signup in deleted:
        near = {place for key in _keys(signup) for place in by_key.get(key, ())}
        fitting = [place for place in sorted(near) if _is_of_person(signup, people[place])]
        if len(fitting) == 1:
            result[fitting[0]].append(signup)
    return [
        tuple(sorted(signups, key=lambda signup: (signup.created_at, signup.submission_id), reverse=True))
        for signups in result
    ]


def _keys(signup: Signup) -> tuple[str, ...]:
    return (*signup.phone_keys, *signup.email_keys, signup.mn_id)


def _is_of_person(deleted: Signup, person: Sequence[Signup]) -> bool:
    return any(_is_same_person(deleted, signup) for signup in person) and not any(
        are_strangers(deleted, signup) for signup in person
    )


def _is_same_person(deleted: Signup, signup: Signup) -> bool:
    if share_phone(deleted, signup) or share_email(deleted, signup):
        return are_one_person(deleted, signup)
    return deleted.mn_id == signup.mn_id and compare_record_names(deleted, signup) == "agree"
