"""Convert bases and known mentors to rows of `mentor_bases` and `known_mentors`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mentorsync_pipeline.db.row_records import to_row
from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.domain.known_mentors import KnownMentor
from mentorsync_pipeline.domain.records import Signup
from mentorsync_pipeline.mentors.rules.bases import Bases


def to_base_rows(bases: Bases, signups: Iterable[Signup]) -> Iterator[Mapping[str, Any]]:
    """Return the rows of these sign-ups' bases, with each sign-up's present MN id."""
    mn_ids = {signup.submission_id: signup.mn_id for signup in signups}
    for key, base in bases.items():
        if key.submission_id in mn_ids:
            yield {
                "submission_id": key.submission_id,
                "field": key.field,
                "contact_id": key.contact_id or 0,
                "mn_id": mn_ids[key.submission_id],
                "value": plain(base.value),
                "source_value": plain(base.source_value),
                "contact_value": plain(base.contact_value),
                "contact_values": plain(base.contact_values),
                "sent_values": plain(base.sent_values),
                "is_contested": base.is_contested,
                "is_edit": base.is_edit,
                "confirmed_at": base.confirmed_at,
            }


def to_known_mentor_row(mentor: KnownMentor) -> dict[str, Any]:
    """Return a row of `known_mentors`."""
    return to_row(mentor) | {"last_row": plain(mentor.last_row)}
