"""Merge the fields that both sides may edit: sign-up, contact and base to one value each (rulebook sections 5 and 7).

The merge of one value is `domain.three_way`; fields with one side only are filled in `mentors.rules.mentor_rows`.
"""

from dataclasses import dataclass, replace
from typing import Any

from mentorsync_pipeline.domain import three_way
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.normalize import is_uga_email
from mentorsync_pipeline.domain.three_way import Base
from mentorsync_pipeline.mentors.rules import contact_side
from mentorsync_pipeline.mentors.rules.contact_side import EMAIL_FIELDS, ContactValue, Sides
from mentorsync_pipeline.mentors.rules.fields import CONTACTS, FIELDS, SIGNUPS, THREE_WAY
from mentorsync_pipeline.mentors.rules.mismatches import Answer, answer, question, signup_wins_unasked

# What `Provenance.rule` says of a merged field.
SOURCE_ORDER = "source_order"
AGREED = "agreed"
SIGNUP_EDIT = "signup_edit"
GIVEBUTTER_EDIT = "givebutter_edit"
SIGNUP_NEWER = "signup_newer"
PENDING = "conflict_pending"
DECIDED = "decision"

DECISIONS = "sync_decisions"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedField:
    """The value of one field, the table it came from, the rule that chose it, and the base that it leaves."""

    value: Any
    source_table: str
    rule: str
    base: Base | None = None
    conflict: Conflict | None = None


def merge_fields(sides: Sides) -> dict[str, MergedField]:
    """Merge every three-way field of one mentor whose contact is known."""
    merged = {name: _merge_field(name, sides) for name in THREE_WAY}
    return merged | _merge_emails(merged, sides)


def without_contact(ours_now: Any, elsewhere: Base | None) -> MergedField:
    """The value of a field of a mentor whose contact the import creates: an edit of an earlier contact is kept."""
    value = _our_word(ours_now, None, elsewhere)
    edited = value != ours_now
    return MergedField(
        value=value, source_table=CONTACTS if edited else SIGNUPS, rule=GIVEBUTTER_EDIT if edited else SOURCE_ORDER
    )


def _our_word(ours_now: Any, base: Base | None, elsewhere: Base | None) -> Any:
    """What our side says of a field: the base's value while the sign-up has not moved since.

    Without a base of this contact, that of an earlier contact of the mentor counts (`elsewhere`): an edit that was seen
    there is not forgotten because the contact was archived or merged.
    """
    counting = base or elsewhere
    return three_way.current_value(counting, counting.source_value if counting else None, ours_now)


def _merge_field(name: str, sides: Sides) -> MergedField:
    ours_now = getattr(sides.signup, name)
    base = three_way.base_of_contact(sides.bases.get(name), contact_id=sides.contact.contact_id)
    theirs = contact_side.theirs(name, ours_now, base, sides)
    ours = _our_word(ours_now, base, sides.elsewhere.get(name))
    merged = three_way.merge_field(base, ours, theirs.value)
    if merged.outcome in ("ours", "undecided") and _is_edit_seen_since(name, theirs, sides):
        return _disputed(name, ours, theirs, sides.edits_seen_since[name], sides)
    if merged.outcome == "undecided":
        if ours != ours_now:  # an edit of an earlier contact, and this one says something else
            return _disputed(name, ours, theirs, None, sides)
        return _without_base(name, ours, theirs, sides)
    if merged.outcome == "conflict":
        return _disputed(name, ours, theirs, base, sides)
    rule = AGREED
    if merged.outcome == "ours":
        rule = SIGNUP_EDIT if base is not None else SOURCE_ORDER
    elif merged.outcome == "theirs" and base is None:
        rule = SOURCE_ORDER
    elif base is not None and theirs.value != base.value and merged.value != ours_now:
        rule = GIVEBUTTER_EDIT
    if base is None and ours != ours_now and merged.value == ours:
        rule = GIVEBUTTER_EDIT
    from_contact = merged.value in (theirs.value, ours) and merged.value != ours_now
    kept = three_way.mark_open_edit(base, merged.value) if merged.outcome == "ours" else base
    return MergedField(
        value=merged.value,
        source_table=CONTACTS if from_contact else SIGNUPS,
        rule=rule,
        base=_base_after(name, merged.value, kept, theirs, ours_now, sides),
    )


def _is_edit_seen_since(name: str, theirs: ContactValue, sides: Sides) -> bool:
    """Whether the contact still shows an edit that is newer than this sign-up, made while another one counted."""
    edit = sides.edits_seen_since.get(name)
    return edit is not None and edit.value == theirs.value


def _without_base(name: str, ours: Any, theirs: ContactValue, sides: Sides) -> MergedField:
    """Two values and no base: the field rule decides, for a phone section 5 unless the contact holds it anyway."""
    asks = FIELDS[name].kind == "phone" and ours not in theirs.held
    if asks:
        disputed = _disputed(name, ours, theirs, None, sides)
        if disputed.rule == DECIDED or not _signup_wins(sides):
            return disputed
    return MergedField(
        value=ours,
        source_table=SIGNUPS,
        rule=SIGNUP_NEWER if asks else SOURCE_ORDER,
        base=_base_after(name, ours, None, theirs, ours, sides),
    )


def _disputed(name: str, ours: Any, theirs: ContactValue, base: Base | None, sides: Sides) -> MergedField:
    conflict = _question(name, ours, theirs.value, sides, agreed_before=base.value if base else None)
    decided = answer(conflict, sides.decisions, held=theirs.held)
    # An edit that is newer than the sign-up stays the base of the other one: this question stays until it is answered.
    after = None if name in sides.edits_seen_since else three_way.mark_open_edit(base)
    if decided is None:
        return MergedField(value=theirs.value, source_table=CONTACTS, rule=PENDING, base=after, conflict=conflict)
    # Givebutter's own value is held from the start: a base would make the answer final, and it must stay undoable.
    # Nor may the base take in a correction that has yet to be answered.
    if decided.choice != "b" and decided.asked_again is None:
        after = _base_after(name, decided.value, after, theirs, getattr(sides.signup, name), sides)
    return MergedField(
        value=decided.value,
        source_table=_decided_by(decided),
        rule=DECIDED,
        base=after,
        conflict=decided.asked_again,
    )


def _base_after(
    name: str, value: Any, base: Base | None, theirs: ContactValue, ours_now: Any, sides: Sides
) -> Base | None:
    """The base that this load of contacts confirms, or the one there was.

    An accepted removal is confirmed too: both sides then agree on nothing.
    """
    holds = value in theirs.held if value is not None else base is not None and theirs.value is None
    if not (holds and theirs.certain):
        return base
    several = FIELDS[name].kind in ("phone", "email")
    return three_way.confirm_base(
        base,
        value=value,
        source_value=ours_now,
        contact_value=theirs.shown,
        contact_id=sides.contact.contact_id,
        as_of=sides.as_of,
        contact_values=theirs.held if several else None,
    )


def _merge_emails(merged: dict[str, MergedField], sides: Sides) -> dict[str, MergedField]:
    """Section 5 for both email fields at once: the contact has emails, none is the sign-up's, and no base settles it.

    While the question is pending both keep what Givebutter has: sending one of ours would settle it by our own hand. A
    value of the person's own goes to the field that it fits; the other field follows the sources' order.
    """
    ours, theirs = sides.signup.emails, sides.contact.emails
    is_asked = any(merged[name].conflict is not None for name in EMAIL_FIELDS)
    has_base = is_asked or any(
        three_way.base_of_contact(sides.bases.get(name), contact_id=sides.contact.contact_id)
        or without_contact(getattr(sides.signup, name), sides.elsewhere.get(name)).rule == GIVEBUTTER_EDIT
        for name in EMAIL_FIELDS
    )
    if not (ours and theirs) or has_base:
        return {}
    conflict = _question("emails", sorted(ours), sorted(theirs), sides)
    decided = answer(conflict, sides.decisions, held=theirs)
    asked_again = decided.asked_again if decided is not None else None
    if decided is not None and decided.choice == "custom":
        fields = _custom_email(decided.value, sides)
        if asked_again is not None:
            fields = {name: replace(one, base=None) for name, one in fields.items()}
        return _with_question(fields, asked_again)
    if not set(map(email_key, ours)).isdisjoint(map(email_key, theirs)):
        return {}
    if decided is not None and decided.choice == "b":
        return _with_question({name: _givebutters(name, sides, DECIDED) for name in EMAIL_FIELDS}, asked_again)
    if asked_again is not None or (decided is None and not _signup_wins(sides)):
        # An old answer for the sign-up's emails was about emails that it has no longer.
        return _with_question({name: _givebutters(name, sides, PENDING) for name in EMAIL_FIELDS}, conflict)
    return _by_rule(merged, sides, SIGNUP_NEWER if decided is None else DECIDED)


def _with_question(fields: dict[str, MergedField], question: Conflict | None) -> dict[str, MergedField]:
    """The fields with the question on the first of them."""
    first = next(iter(fields))
    return fields | {first: replace(fields[first], conflict=question)}


def _custom_email(email: str, sides: Sides) -> dict[str, MergedField]:
    name = "uga_email" if is_uga_email(email) else "personal_email"
    signed_up = getattr(sides.signup, name)
    base = _base_after(name, email, None, contact_side.theirs(name, signed_up, None, sides), signed_up, sides)
    return {name: MergedField(value=email, source_table=DECISIONS, rule=DECIDED, base=base)}


def _by_rule(merged: dict[str, MergedField], sides: Sides, rule: str) -> dict[str, MergedField]:
    """The email fields that the sign-up has a value for, chosen by this rule."""
    return {name: replace(merged[name], rule=rule) for name in EMAIL_FIELDS if getattr(sides.signup, name) is not None}


def _givebutters(name: str, sides: Sides, rule: str) -> MergedField:
    theirs = contact_side.theirs(name, getattr(sides.signup, name), None, sides)
    return MergedField(value=theirs.value, source_table=CONTACTS, rule=rule)


def _question(subject: str, ours: Any, theirs: Any, sides: Sides, *, agreed_before: Any = None) -> Conflict:
    return question(
        subject,
        ours=ours,
        theirs=theirs,
        signup=sides.signup,
        contact=sides.contact,
        source_table=sides.source_table,
        agreed_before=agreed_before,
    )


def _signup_wins(sides: Sides) -> bool:
    return signup_wins_unasked(sides.signup, sides.contact, days=sides.config.thresholds.signup_newer_days)


def _decided_by(decided: Answer) -> str:
    return {"a": SIGNUPS, "b": CONTACTS, "custom": DECISIONS}[decided.choice]
