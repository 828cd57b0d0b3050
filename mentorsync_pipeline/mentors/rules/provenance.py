"""Choose and describe the provenance of the cells of a mentor's row (rulebook section 7)."""

from collections.abc import Mapping
from typing import Any

from mentorsync_pipeline.attendance.rules.merge import TAKEN_BACK, UNDONE
from mentorsync_pipeline.domain.records import Mentor, Provenance
from mentorsync_pipeline.mentors.rules.merging import DECIDED, PENDING

BLOCKED = "blocked"
# Rules of values that depend on a person's decision, made, open or undone.
_DECISION_RULES = frozenset({PENDING, DECIDED, BLOCKED, "human", UNDONE, TAKEN_BACK})
# Text for people, by rule (`records.Provenance.rule`).
RULE_DESCRIPTIONS: Mapping[str, str] = {
    "source_order": "the first source that has a value",
    "agreed": "both sides agree",
    "signup_edit": "edited on the form since both sides last agreed",
    "givebutter_edit": "edited by hand in Givebutter",
    "signup_newer": "the sign-up is newer",
    "conflict_pending": "both sides differ; Givebutter's value is kept until a person decides",
    "decision": "decided by a person",
    "human": "contact chosen by a person",
    "external_id": "the contact has the mentor's External ID",
    "only_candidate": "the only contact that fits",
    "clear_winner": "the best contact by a clear margin",
    "stale_rival": "the best contact; the other contact has long been unused",
    "new_contact": "the import creates the contact",
    "blocked": "blocked until a person answers a question",
    "attendance": "checked in by staff",
    "attendance_agreed": "checked in by staff, and ticked by hand in Givebutter",
    "attendance_undone": "the check-in was undone",
    "attendance_taken_back": "the check-in was undone; the tick in Givebutter is cleared",
    "status": "computed from money, page and set-up form",
}


def was_never_linked(mentor: Mentor) -> bool:
    """Return whether a mentor has been blocked since the first run, so that there is no earlier row to keep."""
    origin = mentor.provenance.get("gb_contact_id")
    return (
        mentor.sync_state == "blocked" and mentor.gb_contact_id is None and (origin is None or origin.rule == BLOCKED)
    )


def choose_origin(previous: Mentor | None, field: str, value: Any, new: Provenance) -> Provenance:
    """Return the provenance of a field: the earlier one while the same value comes from the same record.

    An unchanged row therefore stays equal, and `observed_at` and `rule` show when and why the value was first set. If
    one of the two rules depends on a person's decision and the other does not, the new provenance is returned.
    """
    earlier = previous.provenance.get(field) if previous is not None else None
    if earlier is None or getattr(previous, field) != value:
        return new
    if (earlier.source_table, earlier.source_id) != (new.source_table, new.source_id):
        return new
    has_decision_rule = earlier.rule in _DECISION_RULES or new.rule in _DECISION_RULES
    return new if has_decision_rule and earlier.rule != new.rule else earlier
