"""Raise and resolve conflicts between a sign-up's and a contact's value of a field (rulebook, sections 5 to 7)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.conflicts import Decisions, contact_metadata, recommend_newer, signup_metadata
from mentorsync_pipeline.domain.decisions import find_decision
from mentorsync_pipeline.domain.findings import Conflict, Option, fingerprint
from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.domain.records import Contact, FormEntry, Signup
from mentorsync_pipeline.domain.vocabulary import ConflictType
from mentorsync_pipeline.mentors.rules.fields import CONTACTS, FIELDS, PARTNER, SIGNUPS

_CONFLICT_TYPES: Mapping[str, ConflictType] = {
    "phone": "phone_mismatch",
    "personal_email": "email_mismatch",
    "uga_email": "email_mismatch",
    "emails": "email_mismatch",
}
# The newer side was wrong in 39 of 57 known cases.
_WITHOUT_RECOMMENDATION = frozenset({"phone_mismatch", "email_mismatch"})


@dataclass(frozen=True, slots=True)
class FieldDecision:
    """A person's decision about a field, and the reopened conflict if its inputs have changed since."""

    choice: Literal["a", "b", "custom"]
    value: Any
    reopened_conflict: Conflict | None = None


def find_last_answered_at(signup: Signup) -> datetime:
    """Return the time of the sign-up's last submission or edit."""
    return max(signup.created_at, signup.updated_at or signup.created_at)


def is_signup_newer(signup: Signup, contact: Contact, *, days: int) -> bool:
    """Return whether the sign-up is more than `days` newer than the contact's last change (rulebook section 5)."""
    return contact.last_modified is not None and find_last_answered_at(signup) - contact.last_modified > timedelta(
        days=days
    )


def make_field_conflict(
    subject: str,
    *,
    signup_value: Any,
    contact_value: Any,
    signup: Signup,
    contact: Contact,
    source_table: str,
    agreed_before: Any = None,
    entry: FormEntry | None = None,
) -> Conflict:
    """Build the conflict about a field (`subject`): option A is the sign-up's value, option B is Givebutter's.

    With an `entry` of the partner form, option A is its value.

    For phones and emails neither is recommended (section 5). `agreed_before` is the base's value: both sides have
    changed it since, or it is an edit made in Givebutter that the contact still has. The fingerprint has two halves,
    one per side (see `find_field_decision`).
    """
    conflict_type = _get_conflict_type(subject)
    answered_at = find_last_answered_at(signup) if entry is None else entry.created_at
    recommended, reason = recommend_newer(answered_at, contact.last_modified)
    if conflict_type in _WITHOUT_RECOMMENDATION:
        recommended, reason = None, f"{reason} This does not show which side is correct."
    if agreed_before is not None and agreed_before == contact_value:
        reason = f"Givebutter's value was edited there before the sign-up was changed. {reason}"
    elif agreed_before is not None:
        reason = f"Both sides changed it since they last agreed. {reason}"
    our_half = fingerprint(subject, plain(signup_value))
    givebutter_half = fingerprint(contact.contact_id, plain(contact_value))
    return Conflict(
        mn_id=signup.mn_id,
        conflict_type=conflict_type,
        subject=subject,
        severity="medium",
        blocking=False,
        option_a=Option(
            value=plain(signup_value), source=SIGNUPS if entry is None else PARTNER, metadata=signup_metadata(signup)
        ),
        option_b=Option(value=plain(contact_value), source=CONTACTS, metadata=contact_metadata(contact)),
        recommended_option=recommended,
        recommendation_reason=reason,
        source_table=source_table,
        input_fingerprint=f"{our_half}-{givebutter_half}",
        submission_id=signup.submission_id,
        context={"field": subject, "agreed_before": plain(agreed_before), "contact_id": contact.contact_id},
    )


def has_field_decision(subject: str, signup: Signup, decisions: Decisions) -> bool:
    """Return whether a person has decided about a field of a sign-up, whatever was compared."""
    return (signup.mn_id, _get_conflict_type(subject), subject) in decisions


def is_decided_against_signup(subject: str, signup: Signup, decisions: Decisions) -> bool:
    """Return whether a person chose Givebutter's or another value of a field, whatever was compared."""
    decision = decisions.get((signup.mn_id, _get_conflict_type(subject), subject))
    return decision is not None and decision.choice in ("b", "custom")


def find_deciding_choice(name: str, value: Any, signup: Signup, decisions: Decisions) -> Literal["a", "custom"] | None:
    """Return how a person chose a field's value: the sign-up's value (`a`) or an entered one; None if nobody did.

    As with an edit in Givebutter, another sign-up's value needs a decision before it replaces this one.
    """
    for subject in (name, "emails") if FIELDS[name].kind == "email" else (name,):
        decision = decisions.get((signup.mn_id, _get_conflict_type(subject), subject))
        if decision is None or decision.choice not in ("a", "custom"):
            continue
        chosen_values = decision.value if isinstance(decision.value, list) else [decision.value]
        if value in [_normalize_custom_value(subject, chosen) for chosen in chosen_values]:
            return decision.choice
    return None


def _get_conflict_type(subject: str) -> ConflictType:
    return _CONFLICT_TYPES.get(subject, "field_mismatch")


def find_field_decision(
    conflict: Conflict, decisions: Decisions, *, held: Collection[Any] = ()
) -> FieldDecision | None:
    """Return the decision in force about a conflict, with the reopened conflict if its inputs have changed, or None.

    A custom value remains in force once the contact has it (`held`), because the change of Givebutter's half is then
    the decision's own effect. If the sign-up's half has changed, the decided value is used until the reopened conflict
    is decided. If Givebutter's half has changed, a person has edited the contact: the field keeps the edit, because no
    edit is overwritten before a person has seen it.
    """
    result = find_decision(conflict, decisions, usable=lambda _: True)
    decision = result.decision
    if decision is None or decision.choice == "skipped":
        return None
    is_same_signup, is_same_contact = (
        _get_fingerprint_half(decision.input_fingerprint, side)
        == _get_fingerprint_half(conflict.input_fingerprint, side)
        for side in (0, 2)
    )
    if decision.choice == "custom":
        value = _normalize_custom_value(conflict.subject, decision.value)
        if is_same_signup and value in held:
            return FieldDecision("custom", value)
    else:
        value = decision.value
    if result.is_settled:
        chosen = {"a": conflict.option_a.value, "b": conflict.option_b.value}.get(decision.choice, value)
        return FieldDecision(decision.choice, chosen)
    # After the import the contact has the decided value, which is not an edit.
    is_in_force = is_same_contact or plain(value) == conflict.option_b.value
    return (
        FieldDecision(decision.choice, value, reopened_conflict=result.conflict_to_raise(conflict))
        if is_in_force
        else None
    )


def _normalize_custom_value(subject: str, value: Any) -> Any:
    if subject == "phone":
        return normalize.phone(value)
    if subject in ("emails", "personal_email", "uga_email"):
        return normalize.email(value)
    return value


def _get_fingerprint_half(text: str, side: int) -> str:
    """Return the sign-up's half of a fingerprint (`side` 0) or Givebutter's (2)."""
    return text.partition("-")[side]
