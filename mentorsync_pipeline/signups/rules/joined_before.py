"""Sign-ups that were one person's before their phones and emails were corrected (rulebook, sections 2, 3 and 6).

A correction makes no second mentor of a superseded sign-up. Names decide: two people who were joined because one of
them had typed the other's email (Marie and Maria) are two again after the correction.
"""

from collections.abc import Iterator, Sequence
from itertools import product

from mentorsync_pipeline.domain.conflicts import ONE_PERSON, Decisions
from mentorsync_pipeline.domain.known_mentors import KnownMentors
from mentorsync_pipeline.domain.lost_names import parse_known_names
from mentorsync_pipeline.domain.names.compare_names import compare_names
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.domain.records import Signup
from mentorsync_pipeline.domain.sharing import person_name, uga_emails_differ
from mentorsync_pipeline.signups.rules.grouping import are_strangers


def find_pairs_joined_before(people: Sequence[tuple[Signup, ...]], known: KnownMentors) -> Iterator[tuple[int, int]]:
    """Yield pairs of positions of people whose sign-ups were one person's, under the same name.

    Names that are only alike, or agree only by a shared email, do not count, nor do two mentors who had two contacts.
    """
    places = {signup.submission_id: place for place, person in enumerate(people) for signup in person}
    listed = {signup.submission_id: signup for person in people for signup in person}
    pairs = set()
    for mentor in known.values():
        submissions = [
            listed[key] for key in (mentor.submission_id, *mentor.superseded_submission_ids) if key in listed
        ]
        for signup in submissions[1:]:
            first, second = sorted((places[submissions[0].submission_id], places[signup.submission_id]))
            if first != second and _are_one_mentor(submissions[0], signup, known):
                pairs.add((first, second))
    for pair in sorted(pairs):
        if not any(are_strangers(*signups) for signups in product(*(people[place] for place in pair))):
            yield pair


def find_pairs_decided_as_one(people: Sequence[tuple[Signup, ...]], decisions: Decisions) -> Iterator[tuple[int, int]]:
    """Yield pairs of positions of people whose newest sign-ups a person has joined, whatever their phones are now."""
    places = {person[0].submission_id: place for place, person in enumerate(people)}
    for (_, conflict_type, subject), decision in sorted(decisions.items()):
        if conflict_type == "shared_phone" and decision.value == ONE_PERSON:
            pair = sorted(places[key] for key in subject.split("+") if key in places)
            if len(pair) == len({*pair}) == 2:
                yield pair[0], pair[1]


def _are_one_mentor(signup: Signup, other: Signup, known: KnownMentors) -> bool:
    """Return whether two sign-ups have one name, now or when one of them was linked, and never had two contacts."""
    contact_ids = {known[one.submission_id].contact_id for one in (signup, other) if one.submission_id in known}
    if len(contact_ids - {None}) > 1 or uga_emails_differ(signup, other):
        return False
    return any(
        compare_names(name, other_name) == "agree"
        for name, other_name in product(_list_names(signup, known), _list_names(other, known))
    )


def _list_names(signup: Signup, known: KnownMentors) -> Iterator[PersonName]:
    """Yield the names of a sign-up now and when its present link was made."""
    yield person_name(signup)
    if signup.submission_id in known:
        yield parse_known_names(known[signup.submission_id].names)
