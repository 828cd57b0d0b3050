"""Convert bases and known mentors to rows of `mentor_bases` and `known_mentors`."""

from collections.abc import Iterator, Mapping
from typing import Any

from mentorsync_pipeline.db.row_records import to_row
from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.domain.known_mentors import KnownMentors
from mentorsync_pipeline.mentors.rules.bases import Bases
from mentorsync_pipeline.mentors.rules.merge_inputs import YearData


def to_changed_base_rows(bases: Bases, data: YearData) -> Iterator[Mapping[str, Any]]:
    """Return the rows of bases that differ from the stored ones, or whose sign-up has a new MN id.

    They are the bases of the sign-ups, and of those that had a row in the last run.
    """
    present = {signup.submission_id: signup.mn_id for signup in data.signups}
    moved = {key for key, mn_id in present.items() if key not in data.known or data.known[key].mn_id != mn_id}
    mn_ids = {row.submission_id: row.mn_id for row in data.previous.values() if row.submission_id is not None} | present
    for key, base in bases.items():
        if key.submission_id in mn_ids and (key.submission_id in moved or base != data.bases.get(key)):
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
                "is_seen_only": base.is_seen_only,
                "confirmed_at": base.confirmed_at,
            }


def to_changed_known_mentor_rows(known: KnownMentors, data: YearData) -> Iterator[Mapping[str, Any]]:
    """Return the rows of `known_mentors` that differ from the stored ones."""
    for submission_id, mentor in known.items():
        if mentor != data.known.get(submission_id):
            yield to_row(mentor) | {"last_row": plain(mentor.last_row)}
