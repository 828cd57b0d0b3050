"""Turn the rules' records into the rows of their tables; the way back is `store.reading`."""

from dataclasses import asdict
from typing import Any

from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.domain.records import Candidate, Mentor, Signup, Winner


def signup_row(signup: Signup) -> dict[str, Any]:
    """A row of `deduplicated_signups`."""
    return asdict(signup)


def candidate_row(candidate: Candidate) -> dict[str, Any]:
    """A row of `contact_candidates`."""
    row = {name: getattr(candidate, name) for name in Candidate.__dataclass_fields__ if name != "contact"}
    return row | {
        "score_parts": plain(candidate.score_parts),
        "contact_id": candidate.contact.contact_id,
        "contact_external_id": candidate.contact.external_id,
        "last_modified": candidate.contact.last_modified,
    }


def winner_row(winner: Winner) -> dict[str, Any]:
    """A row of `winner_contacts`."""
    return asdict(winner)


def mentor_row(mentor: Mentor) -> dict[str, Any]:
    """A row of `mentors`."""
    row = {name: getattr(mentor, name) for name in Mentor.__dataclass_fields__}
    return row | {"provenance": plain(mentor.provenance)}
