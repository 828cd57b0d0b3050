"""Two sides that say different things about a field: who is newer, the question and its answer (rulebook 5 to 7)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.conflicts import Decisions, contact_metadata, recommend_newer, signup_metadata
from mentorsync_pipeline.domain.decisions import find_decision
from mentorsync_pipeline.domain.findings import Conflict, Option, fingerprint
from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.domain.records import Contact, Signup
from mentorsync_pipeline.domain.vocabulary import ConflictType
from mentorsync_pipeline.mentors.rules.fields import CONTACTS, SIGNUPS

_TYPES: Mapping[str, ConflictType] = {
    "phone": "phone_mismatch",
    "personal_email": "email_mismatch",
    "uga_email": "email_mismatch",
    "emails": "email_mismatch",
}
# The newer side was wrong in 39 of 57 known cases.
_WITHOUT_RECOMMENDATION = frozenset({"phone_mismatch", "email_mismatch"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person decided, as a value, and the question when its inputs have changed since."""

    choice: Literal["a", "b", "custom"]
    value: Any
    asked_again: Conflict | None = None


def said_at(signup: Signup) -> datetime:
    """When the mentor last stood by the answers of the sign-up."""
    return max(signup.created_at, signup.updated_at or signup.created_at)


def signup_wins_unasked(signup: Signup, contact: Contact, *, days: int) -> bool:
    """Whether the sign-up is more than `days` newer than the contact's last change (rulebook section 5)."""
    return contact.last_modified is not None and said_at(signup) - contact.last_modified > timedelta(days=days)


def question(
    subject: str,
    *,
    ours: Any,
    theirs: Any,
    signup: Signup,
    contact: Contact,
    source_table: str,
    agreed_before: Any = None,
) -> Conflict:
    """The question which side is right about a field (`subject`): A is the sign-up's value, B is Givebutter's.

    For phones and emails no side is recommended (section 5). `agreed_before` is the value of the base, when both sides
    changed it since. The fingerprint has two halves, one per side (see `answer`).
    """
    conflict_type = _TYPES.get(subject, "field_mismatch")
    recommended, reason = recommend_newer(said_at(signup), contact.last_modified)
    if conflict_type in _WITHOUT_RECOMMENDATION:
        recommended, reason = None, f"{reason} That does not show which side is right."
    if agreed_before is not None:
        reason = f"Both sides changed it since they last agreed. {reason}"
    return Conflict(
        mn_id=signup.mn_id,
        conflict_type=conflict_type,
        subject=subject,
        severity="medium",
        blocking=False,
        option_a=Option(value=plain(ours), source=SIGNUPS, metadata=signup_metadata(signup)),
        option_b=Option(value=plain(theirs), source=CONTACTS, metadata=contact_metadata(contact)),
        recommended_option=recommended,
        recommendation_reason=reason,
        source_table=source_table,
        input_fingerprint=f"{fingerprint(subject, plain(ours))}-{fingerprint(contact.contact_id, plain(theirs))}",
        context={"field": subject, "agreed_before": plain(agreed_before), "contact_id": contact.contact_id},
    )


def answer(conflict: Conflict, decisions: Decisions, *, held: Collection[Any] = ()) -> Answer | None:
    """The decision in force about a conflict as a value, and the question if it is asked again; None without one.

    A custom value is unchanged after it arrived, too: once the contact holds it (`held`) Givebutter's half of the
    inputs is the decision's own work. When our half has changed, the old value holds until the question is answered
    again. When Givebutter's half has changed, somebody has edited the contact since: the field keeps that edit
    meanwhile, as while any question is open, because nothing is pushed over an edit before a person has seen it.
    """
    decided = find_decision(conflict, decisions, usable=lambda _: True)
    decision = decided.decision
    if decision is None or decision.choice == "skipped":
        return None
    same_ours, same_theirs = (
        _half(decision.input_fingerprint, side) == _half(conflict.input_fingerprint, side) for side in (0, 2)
    )
    if decision.choice == "custom":
        value = _custom(conflict.subject, decision.value)
        if same_ours and value in held:
            return Answer("custom", value)
    else:
        value = decision.value
    if decided.is_settled:
        chosen = {"a": conflict.option_a.value, "b": conflict.option_b.value}.get(decision.choice, value)
        return Answer(decision.choice, chosen)
    # What the contact says since the answer was imported is the answer itself, and no edit.
    in_force = same_theirs or plain(value) == conflict.option_b.value
    return Answer(decision.choice, value, asked_again=decided.conflict_to_raise(conflict)) if in_force else None


def _custom(subject: str, value: Any) -> Any:
    if subject == "phone":
        return normalize.phone(value)
    if subject in ("emails", "personal_email", "uga_email"):
        return normalize.email(value)
    return value


def _half(text: str, side: int) -> str:
    """Our half of a fingerprint (`side` 0) or Givebutter's (2)."""
    return text.partition("-")[side]
