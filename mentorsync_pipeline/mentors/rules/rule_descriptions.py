"""Descriptions of the rules in a value's provenance (`records.Provenance.rule`)."""

from collections.abc import Mapping

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
    "blocked": "blocked until a person decides a conflict",
    "attendance": "checked in by staff",
    "attendance_agreed": "checked in by staff, and ticked by hand in Givebutter",
    "attendance_undone": "the check-in was undone",
    "attendance_taken_back": "the check-in was undone; the tick in Givebutter is cleared",
    "status": "computed from money, page and set-up form",
}
