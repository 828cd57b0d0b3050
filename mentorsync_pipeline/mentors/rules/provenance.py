"""Where each cell of a mentor's row comes from, and since when (rulebook section 7, provenance)."""

from typing import Any

from mentorsync_pipeline.attendance.rules.merge import TAKEN_BACK, UNDONE
from mentorsync_pipeline.domain.records import Mentor, Provenance
from mentorsync_pipeline.mentors.rules.merging import DECIDED, PENDING

BLOCKED = "blocked"
# The rules by which a person is asked about a value, or has answered or taken something back.
_ASKED = frozenset({PENDING, DECIDED, BLOCKED, "human", UNDONE, TAKEN_BACK})


def never_linked(mentor: Mentor) -> bool:
    """Whether a mentor has waited for a person from the start, so that there is no earlier row to keep."""
    origin = mentor.provenance.get("gb_contact_id")
    return (
        mentor.sync_state == "blocked" and mentor.gb_contact_id is None and (origin is None or origin.rule == BLOCKED)
    )


def first_origin(previous: Mentor | None, field: str, value: Any, fresh: Provenance) -> Provenance:
    """The origin to keep for a field: the earlier one while the same value still comes from the same record.

    So a row that did not change stays equal, and `observed_at` and `rule` tell when and why the value came to be, not
    that it was seen again since. A question that arose or was answered meanwhile is told, though.
    """
    before = previous.provenance.get(field) if previous is not None else None
    if before is None or getattr(previous, field) != value:
        return fresh
    if (before.source_table, before.source_id) != (fresh.source_table, fresh.source_id):
        return fresh
    asked = before.rule in _ASKED or fresh.rule in _ASKED
    return fresh if asked and before.rule != fresh.rule else before
