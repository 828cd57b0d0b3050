"""Find the MN ids that were corrected since the last run (rulebook section 2)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from mentorsync_pipeline.domain.known_mentors import KnownMentor, KnownMentors, find_known_mentor
from mentorsync_pipeline.domain.records import Signup


def find_corrected_mn_ids(
    signups: Iterable[Signup], known: KnownMentors, written: Iterable[Signup] = ()
) -> dict[str, str]:
    """Return the new MN ids, by the old ones, of submissions that were corrected since the last run.

    The id of a superseded or deleted submission of the person counts as corrected once another sign-up takes it. Left
    out are ids that two sign-ups have, because a person must decide about them first, and old ids that another sign-up
    had in the last run too, because it keeps what is stored under them. If both of two sign-ups with one id are
    corrected, what is stored under it is the linked one's.

    Args:
        written: the sign-ups that the last run has written. If it was killed before it wrote the known mentors, the
            corrections in them have been followed already; following an exchange of ids again would undo it.

    """
    followed = {**known, **{mentor.submission_id: replace(mentor, mn_id=new) for mentor, new in _find(written, known)}}
    corrected = sorted(_find(signups, followed), key=lambda pair: pair[0].contact_id is not None)
    return {mentor.mn_id: new for mentor, new in corrected}


def _find(signups: Iterable[Signup], known: KnownMentors) -> Iterator[tuple[KnownMentor, str]]:
    """Yield the known mentors whose MN id was corrected, with the new one."""
    listed = list(signups)
    count = Counter(signup.mn_id for signup in listed)
    kept = {signup.mn_id for signup in listed if (own := known.get(signup.submission_id)) and own.mn_id == signup.mn_id}
    for signup in listed:
        mentor = find_known_mentor(signup, known)
        if mentor is None or mentor.mn_id == signup.mn_id or mentor.mn_id in kept or count[signup.mn_id] > 1:
            continue
        if mentor.submission_id == signup.submission_id or mentor.mn_id in count:
            yield mentor, signup.mn_id
