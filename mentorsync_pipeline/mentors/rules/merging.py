"""Merge sign-up, contact and base of the fields that both sides may edit (rulebook sections 5 and 7).

`domain.three_way` merges single values; `mentors.rules.mentor_row` fills the fields with one source.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from mentorsync_pipeline.domain import three_way
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.normalize import is_uga_email
from mentorsync_pipeline.domain.three_way import Base
from mentorsync_pipeline.mentors.rules import contact_side
from mentorsync_pipeline.mentors.rules.contact_side import EMAIL_FIELDS, ContactValue, Sides
from mentorsync_pipeline.mentors.rules.fields import CONTACTS, FIELDS, SIGNUPS, THREE_WAY
from mentorsync_pipeline.mentors.rules.mismatches import (
    FieldDecision,
    find_deciding_choice,
    find_field_decision,
    has_field_decision,
    is_decided_against_signup,
    is_signup_newer,
    make_field_conflict,
)
from mentorsync_pipeline.mentors.rules.sent_rows import find_sent_values, find_shown_row

# Values of `Provenance.rule` of a merged field.
SOURCE_ORDER = "source_order"
AGREED = "agreed"
SIGNUP_EDIT = "signup_edit"
GIVEBUTTER_EDIT = "givebutter_edit"
SIGNUP_NEWER = "signup_newer"
PENDING = "conflict_pending"
DECIDED = "decision"

# Rules of values that the contact does not have; their source is the sign-up.
SENDING_RULES = frozenset({SOURCE_ORDER, SIGNUP_EDIT, SIGNUP_NEWER})

DECISIONS = "sync_decisions"
_DECISION_SOURCES: Mapping[str, str] = {"a": SIGNUPS, "b": CONTACTS, "custom": DECISIONS}
_LATE_IMPORT = (
    "Givebutter shows a value that was sent before and is not the latest one. A file from before may have been "
    "imported late, or somebody entered the value, so there is no recommendation."
)


class MergedField(NamedTuple):
    """Merged value of one field, its source table, the rule that chose it, and the new base."""

    value: Any
    source_table: str
    rule: str
    base: Base | None = None
    conflict: Conflict | None = None


def merge_fields(sides: Sides) -> dict[str, MergedField]:
    """Merge every three-way field of one mentor whose contact is known."""
    merged = {name: _merge_field(name, sides) for name in THREE_WAY}
    merged |= _ask_about_late_imports(merged, sides)
    merged |= _merge_emails(merged, sides)
    return {name: _attribute_to_decision(name, merged_field, sides) for name, merged_field in merged.items()}


def _attribute_to_decision(name: str, merged: MergedField, sides: Sides) -> MergedField:
    """Return a field that a person's answer has settled as decided by that answer, before and after the import.

    Without a base of this contact, an edit is a value that an earlier contact had, perhaps by the answer. An edit to
    the answered value is settled by the load that confirms it.
    """
    has_base = three_way.base_of_contact(sides.bases.get(name), contact_id=sides.contact.contact_id) is not None
    is_unedited = merged.rule in (AGREED, SOURCE_ORDER) or (merged.rule == GIVEBUTTER_EDIT and not has_base)
    is_confirmed = merged.base is not None and merged.base.value == merged.value
    is_settled = is_confirmed if merged.rule == SIGNUP_EDIT else is_unedited and (is_confirmed or merged.base is None)
    choice = find_deciding_choice(name, merged.value, sides.signup, sides.decisions) if is_settled else None
    return merged if choice is None else merged._replace(rule=DECIDED, source_table=_DECISION_SOURCES[choice])


def _ask_about_late_imports(merged: Mapping[str, MergedField], sides: Sides) -> dict[str, MergedField]:
    """Return the fields edited in Givebutter that may be a late import of an earlier file, as conflicts about that."""
    edited = {
        name: base
        for name, base in sides.bases.items()
        if name in merged
        and (merged[name].conflict or merged[name].rule in (GIVEBUTTER_EDIT, AGREED))
        and three_way.is_edited_since(base, merged[name].value)
    }
    values = {name: merged[name].value for name in edited}

    def is_shown(name: str, value: Any) -> bool:
        return contact_side.has_value(name, value, sides)

    if not values:
        return {}
    row = find_shown_row(sides.sent_rows, sides.contact.contact_id, values, is_shown, sides.config)
    if row is None:
        return {}
    late_bases = {name: three_way.add_late_value(base, row.values.get(name)) for name, base in edited.items()}
    late = replace(sides, bases=late_bases)
    return {
        name: merged[name]._replace(conflict=_doubt(conflict))
        if (conflict := merged[name].conflict) is not None
        else _merge_field(name, late)
        for name in edited
    }


def _doubt(conflict: Conflict) -> Conflict:
    """Return a conflict about a value that a file may have set late."""
    return replace(conflict, recommended_option=None, recommendation_reason=_LATE_IMPORT)


def merge_without_contact(signup_value: Any, other_contact_base: Base | None) -> MergedField:
    """Merge a field of a mentor whose contact the import creates. An edit of an earlier contact is kept.

    Where the sign-up has no value, the earlier contact's value is no edit: it is next in the order of sources.
    """
    value = _compute_our_value(signup_value, None, other_contact_base)
    is_from_contact = value != signup_value
    return MergedField(
        value=value,
        source_table=CONTACTS if is_from_contact else SIGNUPS,
        rule=GIVEBUTTER_EDIT if is_from_contact and signup_value is not None else SOURCE_ORDER,
    )


def _compute_our_value(signup_value: Any, base: Base | None, other_contact_base: Base | None) -> Any:
    """Return our side's value of a field: the base's value while the sign-up is unchanged since.

    Without a base of this contact, the base of an earlier contact (`other_contact_base`) is used, so that an edit is
    kept when that contact is archived or merged.
    """
    used_base = base or other_contact_base
    return three_way.current_value(used_base, used_base.source_value if used_base else None, signup_value)


def _merge_field(name: str, sides: Sides) -> MergedField:
    merged = _merge_with_base(name, sides)
    is_seen = merged.base is not None or name in sides.seen_bases
    if is_seen or merged.value is None or merged.rule not in SENDING_RULES or FIELDS[name].kind != "text":
        return merged
    contact_value = contact_side.read_contact_value(name, getattr(sides.signup, name), None, sides)
    if merged.value == contact_value.value or not contact_value.certain:
        return merged
    return merged._replace(
        base=three_way.make_seen_base(
            value=contact_value.value,
            contact_value=contact_value.shown,
            contact_id=sides.contact.contact_id,
            as_of=sides.as_of,
            sent_values=find_sent_values(sides.sent_rows, sides.contact.contact_id, name),
        )
    )


def _merge_with_base(name: str, sides: Sides) -> MergedField:
    signup_value = getattr(sides.signup, name)
    base = three_way.base_of_contact(sides.bases.get(name), contact_id=sides.contact.contact_id)
    contact_value = contact_side.read_contact_value(name, signup_value, base, sides)
    our_value = _compute_our_value(signup_value, base, sides.other_contact_bases.get(name))
    merged = three_way.merge_field(base, our_value, contact_value.value)
    if merged.outcome in ("source", "undecided"):
        edited_base = _find_edit_unknown_to_signup(name, signup_value, contact_value, base, sides)
        if edited_base is not None:
            return _merge_disputed(name, our_value, contact_value, edited_base, sides)
        seen = sides.seen_bases.get(name) if base is None else None
        if seen is not None and _is_edited_since_seen(name, signup_value, seen, sides):
            return _merge_disputed(name, our_value, contact_value, seen, sides)
    if merged.outcome == "undecided":
        # An edit of an earlier contact, which this contact contradicts, or an answer that did not choose the sign-up.
        if our_value != signup_value or is_decided_against_signup(name, sides.signup, sides.decisions):
            return _merge_disputed(name, our_value, contact_value, None, sides)
        return _merge_without_base(name, our_value, contact_value, sides)
    is_edited_back = (
        merged.outcome == "contact"
        and (three_way.is_edited_back(base, signup_value) or three_way.may_be_late_import(base, contact_value.value))
    ) or (
        merged.outcome == "source"
        and (three_way.is_reset_in_givebutter(base) or three_way.is_over_givebutter_edit(base))
    )
    if merged.outcome == "conflict" or is_edited_back:
        return _merge_disputed(name, our_value, contact_value, base, sides)
    if merged.outcome == "contact" and base is None:
        return _take_contact_value(name, signup_value, contact_value, sides)
    rule = AGREED
    if merged.outcome == "source":
        rule = SIGNUP_EDIT if base is not None else SOURCE_ORDER
    elif base is not None and three_way.is_edited_since(base, contact_value.value) and merged.value != signup_value:
        rule = GIVEBUTTER_EDIT
    if base is None and signup_value is not None and our_value != signup_value and merged.value == our_value:
        rule = GIVEBUTTER_EDIT
    if name in sides.disputed and not contact_value.certain:
        rule = sides.disputed[name].rule
    from_contact = merged.value in (contact_value.value, our_value) and merged.value != signup_value
    marked_base = three_way.mark_open_edit(base) if merged.outcome == "source" else base
    return MergedField(
        value=merged.value,
        source_table=CONTACTS if from_contact else SIGNUPS,
        rule=rule,
        base=_confirm_base(name, merged.value, marked_base, contact_value, signup_value, sides),
    )


def _take_contact_value(name: str, signup_value: Any, contact_value: ContactValue, sides: Sides) -> MergedField:
    """Take Givebutter's value of a field without a base that our side does not have.

    If an open conflict or an answer has kept Givebutter's value until now, it counts as an edit: a later value of the
    sign-up is asked about before it replaces this one.
    """
    last, value = sides.disputed.get(name), contact_value.value
    base = _confirm_base(name, value, None, contact_value, signup_value, sides)
    rule = SOURCE_ORDER
    if last is not None and not contact_value.certain:
        rule = last.rule
    elif last is not None and last.source_table == CONTACTS:
        rule = SOURCE_ORDER if last.value in contact_value.held else GIVEBUTTER_EDIT
        base = replace(base, is_edit=True) if base is not None else None
    return MergedField(value, CONTACTS if value != signup_value else SIGNUPS, rule, base)


def _find_edit_unknown_to_signup(
    name: str, signup_value: Any, contact_value: ContactValue, base: Base | None, sides: Sides
) -> Base | None:
    """Return another sign-up's base of the contact if it shows an edit in Givebutter that this sign-up must not undo.

    Either the edit was taken over after this sign-up and the contact still shows it, or the contact was edited since
    its base with a sign-up that has been replaced by this one, which has no base with it.
    """
    seen_edit = sides.edits_seen_since.get(name)
    if seen_edit is not None and seen_edit.value == contact_value.value:
        return seen_edit
    other_base = sides.bases_of_others.get(name) if base is None else None
    if other_base is None:
        return None
    since_other_base = contact_side.read_contact_value(name, signup_value, other_base, sides)
    return other_base if since_other_base.value != other_base.value else None


def _is_edited_since_seen(name: str, signup_value: Any, seen: Base, sides: Sides) -> bool:
    """Return whether the contact's text was edited in Givebutter before our value has ever been in it.

    After such an edit was asked about, also when an import has set an earlier value since, or when this load does not
    show the field.
    """
    since_seen = contact_side.read_contact_value(name, signup_value, seen, sides)
    shown = since_seen.shown if since_seen.certain else since_seen.value
    return three_way.is_edited_since_seen(seen, since_seen.value, shown) or (seen.is_contested and shown is not None)


def _merge_without_base(name: str, our_value: Any, contact_value: ContactValue, sides: Sides) -> MergedField:
    """Merge two values without a base: by the field rule; a phone that the contact lacks by section 5."""
    our_phones = {our_value, *sides.signup.further_phones}
    needs_decision = FIELDS[name].kind == "phone" and our_phones.isdisjoint(contact_value.held)
    if needs_decision:
        disputed = _merge_disputed(name, our_value, contact_value, None, sides)
        if disputed.rule == DECIDED or not _is_signup_newer(sides):
            return disputed
    return MergedField(
        value=our_value,
        source_table=SIGNUPS,
        rule=SIGNUP_NEWER if needs_decision else SOURCE_ORDER,
        base=_confirm_base(name, our_value, None, contact_value, our_value, sides),
    )


def _merge_disputed(
    name: str, our_value: Any, contact_value: ContactValue, base: Base | None, sides: Sides
) -> MergedField:
    agreed_before = None if base is None or base.is_seen_only else base.value
    conflict = _make_conflict(name, our_value, contact_value.value, sides, agreed_before=agreed_before)
    is_late_import = three_way.may_be_late_import(base, contact_value.value)
    if is_late_import:
        conflict = _doubt(conflict)
    decision = find_field_decision(conflict, sides.decisions, held=contact_value.held)
    # An edit newer than the sign-up remains the other sign-up's base, so that this conflict stays open until decided.
    new_base = None if name in sides.edits_seen_since else base
    if not is_late_import:
        new_base = three_way.mark_contested(three_way.mark_open_edit(new_base), contact_value.value)
    if decision is None:
        return MergedField(
            value=contact_value.value, source_table=CONTACTS, rule=PENDING, base=new_base, conflict=conflict
        )
    # No base for Givebutter's own value, because then the decision could not be undone.
    # No base either while a reopened conflict is undecided.
    if decision.choice != "b" and decision.reopened_conflict is None:
        new_base = _confirm_base(name, decision.value, new_base, contact_value, getattr(sides.signup, name), sides)
    return MergedField(
        value=decision.value,
        source_table=_DECISION_SOURCES[decision.choice],
        rule=DECIDED,
        base=new_base,
        conflict=decision.reopened_conflict,
    )


def _confirm_base(
    name: str, value: Any, base: Base | None, contact_value: ContactValue, signup_value: Any, sides: Sides
) -> Base | None:
    """Return the base that this load of contacts confirms, or the unchanged base.

    A value that is still to be copied from a loser is not confirmed, because the loser may yet be kept. An accepted
    removal is confirmed: both sides are then blank.
    """
    is_held = (
        value in contact_value.held and not _is_carried(value, sides)
        if value is not None
        else base is not None and contact_value.value is None
    )
    if not (is_held and contact_value.certain):
        return base
    kind = FIELDS[name].kind
    held = contact_value.held
    if base is not None and contact_side.has_junk_primary(sides.contact, kind):
        # The value that the broken cell held was there before, and is no edit when it is readable again.
        held = (*held, *(base.contact_values or ()))
    confirmed = three_way.confirm_base(
        base,
        value=value,
        source_value=three_way.keep_cleared_value(base, value, signup_value),
        contact_value=contact_value.shown,
        contact_id=sides.contact.contact_id,
        as_of=sides.as_of,
        contact_values=held if kind in ("phone", "email") else None,
        is_edit=three_way.is_givebutter_edit(base, value, contact_value.value)
        or (base is None and three_way.holds_edit(sides.other_contact_bases.get(name), value))
        or find_deciding_choice(name, value, sides.signup, sides.decisions) is not None,
    )
    # An import file may contain the value that the sign-up had before.
    is_new_value = base is None or value == signup_value != base.value
    return three_way.add_withdrawn_value(confirmed, sides.sent_before.get(name)) if is_new_value else confirmed


def _is_carried(value: Any, sides: Sides) -> bool:
    """Return whether a value is an email or phone that is to be copied, perhaps in another spelling of the mailbox."""
    if not sides.carried_values or not isinstance(value, str):
        return False
    return email_key(value) in map(email_key, sides.carried_values)


def _merge_emails(merged: dict[str, MergedField], sides: Sides) -> dict[str, MergedField]:
    """Merge both email fields by section 5 when the contact has emails, none is the sign-up's, and there is no base.

    While the conflict is open, both fields keep Givebutter's values, because sending the sign-up's would decide it. A
    custom email is used for the matching field; the other field follows the order of sources.
    """
    signup_emails, contact_emails = sides.signup.emails, sides.contact.emails
    has_conflict = any(merged[name].conflict is not None for name in EMAIL_FIELDS)
    has_base = has_conflict or any(
        three_way.base_of_contact(sides.bases.get(name), contact_id=sides.contact.contact_id)
        or merge_without_contact(getattr(sides.signup, name), sides.other_contact_bases.get(name)).source_table
        == CONTACTS
        for name in EMAIL_FIELDS
    )
    is_broken = contact_side.is_broken(sides.contact, "email")
    if has_base or not (signup_emails and (contact_emails or is_broken)):
        return {}
    if is_broken:
        return _keep_disputed_emails(sides)
    our_emails = (*signup_emails, *sides.signup.further_emails)
    share_mailbox = not set(map(email_key, our_emails)).isdisjoint(map(email_key, contact_emails))
    if share_mailbox and not has_field_decision("emails", sides.signup, sides.decisions):
        return {}
    conflict = _make_conflict("emails", sorted(signup_emails), sorted(contact_emails), sides)
    decision = find_field_decision(conflict, sides.decisions, held=contact_emails)
    reopened = decision.reopened_conflict if decision is not None else None
    if decision is not None and decision.choice == "custom":
        fields = _merge_custom_email(decision, sides)
        if reopened is not None:
            fields = {name: merged_field._replace(base=None) for name, merged_field in fields.items()}
        return _attach_conflict(fields, reopened)
    if share_mailbox:
        return {}
    if decision is not None and decision.choice == "b":
        return _attach_conflict({name: _keep_givebutter_value(name, sides, DECIDED) for name in EMAIL_FIELDS}, reopened)
    if reopened is not None or (decision is None and not _is_signup_newer(sides)):
        # An earlier decision for the sign-up's emails was about emails that the sign-up no longer has.
        return _attach_conflict({name: _keep_givebutter_value(name, sides, PENDING) for name in EMAIL_FIELDS}, conflict)
    return _apply_rule(merged, sides, SIGNUP_NEWER if decision is None else DECIDED)


def _keep_disputed_emails(sides: Sides) -> dict[str, MergedField]:
    """Return the email fields that were asked about or decided, as they were: this load does not show the emails."""
    disputed = {name: sides.disputed[name] for name in EMAIL_FIELDS if name in sides.disputed}
    return {name: MergedField(last.value, source_table=CONTACTS, rule=last.rule) for name, last in disputed.items()}


def _attach_conflict(fields: dict[str, MergedField], conflict: Conflict | None) -> dict[str, MergedField]:
    """Attach the conflict to the first of the fields."""
    first = next(iter(fields))
    return fields | {first: fields[first]._replace(conflict=conflict)}


def _merge_custom_email(decision: FieldDecision, sides: Sides) -> dict[str, MergedField]:
    email = decision.value
    name = "uga_email" if is_uga_email(email) else "personal_email"
    signup_value = getattr(sides.signup, name)
    base = _confirm_base(
        name, email, None, contact_side.read_contact_value(name, signup_value, None, sides), signup_value, sides
    )
    return {name: MergedField(value=email, source_table=DECISIONS, rule=DECIDED, base=base)}


def _apply_rule(merged: dict[str, MergedField], sides: Sides, rule: str) -> dict[str, MergedField]:
    """Return the email fields for which the sign-up has a value, with this rule."""
    return {name: merged[name]._replace(rule=rule) for name in EMAIL_FIELDS if getattr(sides.signup, name) is not None}


def _keep_givebutter_value(name: str, sides: Sides, rule: str) -> MergedField:
    contact_value = contact_side.read_contact_value(name, getattr(sides.signup, name), None, sides)
    return MergedField(value=contact_value.value, source_table=CONTACTS, rule=rule)


def _make_conflict(
    subject: str, our_value: Any, contact_value: Any, sides: Sides, *, agreed_before: Any = None
) -> Conflict:
    return make_field_conflict(
        subject,
        signup_value=our_value,
        contact_value=contact_value,
        signup=sides.signup,
        contact=sides.contact,
        source_table=sides.source_table,
        agreed_before=agreed_before,
        entry=sides.form_answers.get(subject),
    )


def _is_signup_newer(sides: Sides) -> bool:
    return is_signup_newer(sides.signup, sides.contact, days=sides.config.thresholds.signup_newer_days)
