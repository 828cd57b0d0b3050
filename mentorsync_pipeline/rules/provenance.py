"""Where each cell of a mentor's row comes from, and since when (rulebook section 7, provenance).

Choosing the value does not belong here.
"""

from typing import Any

from mentorsync_pipeline.rules.merging import DECIDED, PENDING
from mentorsync_pipeline.rules.records import Mentor, Provenance

_ASKED = frozenset({PENDING, DECIDED})


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
