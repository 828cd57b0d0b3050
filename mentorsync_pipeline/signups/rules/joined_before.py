"""Sign-ups that were one person's before their phones and emails were corrected (rulebook, sections 2, 3 and 6).

A correction makes no second mentor of a superseded sign-up. Names decide: two people who were joined because one of
them had typed the other's email (Marie and Maria) are two again after the correction.
"""

from collections.abc import Iterator, Sequence
from itertools import product

from mentorsync_pipeline.domain.conflicts import ONE_PERSON, Decisions
from mentorsync_pipeline.domain.known_mentors import KnownMentors
from mentorsync_pipeline.domain.names.compare_names import compare_names
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.domain.records import Signup
from mentorsync_pipeline.domain.sharing import person_name, uga_emails_differ
from mentorsync_pipeline.signups.rules.grouping import are_strangers


def find_pairs_joined_before(people: Sequence[tuple[Signup, ...]], known: KnownMentors) -> Iterator[tuple[int, int]]:
    """Yield pairs of positions of people of whom one has superseded a sign-up of the other, under the same name.

    Names that are only alike, or agree only by a shared email, do not count.
    """
    places = {signup.submission_id: place for place, person in enumerate(people) for signup in person}
    pairs = {
        (places[signup.submission_id], places[older_id])
        for person in people
        for signup in person
        if signup.submission_id in known
        for older_id in known[signup.submission_id].superseded_submission_ids
        if places.get(older_id, places[signup.submission_id]) != places[signup.submission_id]
        and _has_name_of(signup, people[places[older_id]], known)
    }
    for pair in sorted({(min(pair), max(pair)) for pair in pairs}):
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


def _has_name_of(signup: Signup, person: Sequence[Signup], known: KnownMentors) -> bool:
    """Return whether a sign-up's name, or the one that it had when it was linked, agrees with one of a person's."""
    first, last, preferred = (*known[signup.submission_id].names, "", "", "")[:3]
    names = (person_name(signup), PersonName(first=first or None, preferred=preferred or None, last=last or None))
    return any(
        compare_names(name, person_name(older)) == "agree" and not uga_emails_differ(signup, older)
        for name in names
        for older in person
    )
