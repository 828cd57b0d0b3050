"""Convert records of the rules to rows of their tables."""

from typing import Any

from mentorsync_pipeline.db.row_records import to_row
from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.domain.records import Candidate, Mentor, Signup, Winner


def to_signup_row(signup: Signup) -> dict[str, Any]:
    """Return a row of `deduplicated_signups`."""
    return to_row(signup)


def to_candidate_row(candidate: Candidate) -> dict[str, Any]:
    """Return a row of `contact_candidates`."""
    row = to_row(candidate)
    del row["contact"]
    return row | {
        "score_parts": plain(candidate.score_parts),
        "contact_id": candidate.contact.contact_id,
        "contact_external_id": candidate.contact.external_id,
        "last_modified": candidate.contact.last_modified,
    }


def to_winner_row(winner: Winner) -> dict[str, Any]:
    """Return a row of `winner_contacts`."""
    return to_row(winner)


def to_mentor_row(mentor: Mentor) -> dict[str, Any]:
    """Return a row of `mentors`."""
    # Most fields of a mentor share one of a few origins.
    origins = {id(origin): origin for origin in mentor.provenance.values()}
    shown = {key: plain(origin) for key, origin in origins.items()}
    return to_row(mentor) | {"provenance": {name: shown[id(origin)] for name, origin in mentor.provenance.items()}}
