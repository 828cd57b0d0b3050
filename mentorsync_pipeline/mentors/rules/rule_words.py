"""Descriptions of the rules in a value's provenance (`records.Provenance.rule`)."""

from collections.abc import Mapping

RULE_DESCRIPTIONS: Mapping[str, str] = {
    "source_order": "the first source that has it",
    "agreed": "both sides agree",
    "signup_edit": "edited in the sign-up since both sides last agreed",
    "givebutter_edit": "edited by hand in Givebutter",
    "signup_newer": "the sign-up is the newer side",
    "conflict_pending": "the sides disagree; Givebutter's value is kept until a person decides",
    "decision": "a person decided",
    "human": "a person chose the contact",
    "external_id": "the contact carries the mentor's id",
    "only_candidate": "the only contact that fits",
    "clear_winner": "clearly the best contact",
    "stale_rival": "the best contact; its rival is long out of use",
    "new_contact": "the import creates the contact",
    "blocked": "waits for a person",
    "attendance": "checked in by staff",
    "attendance_agreed": "checked in by staff, and ticked by hand in Givebutter",
    "attendance_undone": "the check-in was undone",
    "attendance_taken_back": "the check-in was undone; the tick in Givebutter is taken back",
    "status": "computed from money, page and set-up form",
}
