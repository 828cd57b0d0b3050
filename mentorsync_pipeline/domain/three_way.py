"""Three-way merge of one field, so that neither side's edit is lost (rulebook section 7).

The *base* is the value last known equal on both sides. Each side is compared with its own value when the base was
confirmed, because the two may differ for ever: the sign-up of a mentor whose phone was edited in Givebutter keeps the
old phone, which is not a new edit.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

Outcome = Literal["agreed", "ours", "theirs", "undecided", "conflict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The value last known equal on both sides (`mentor_bases`), with what each side said then.

    `source_value` is None when our source said nothing, or said something new since that is still on its way.
    `contact_values` are all phones or emails that the contact held, or was sent by us; None for other fields.
    `contact_value` is what the contact showed at first sight: the text of a field, the primary of phones or emails. A
    base belongs to one contact; another winner starts without one. `sent_values` are the values that we have put into
    import rows since: when the contact shows one of them, that is the effect of our own import.
    """

    value: Any
    source_value: Any
    contact_value: Any
    contact_id: int | None
    confirmed_at: datetime
    contact_values: tuple[str, ...] | None = None
    sent_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MergeResult:
    """Result of a merge: the value and its side. Without a value, a person or another rule decides."""

    outcome: Outcome
    value: Any = None


def current_value(base: Base | None, before: Any, now: Any) -> Any:
    """Return one side's value: the base's while that side has not changed, otherwise its present one."""
    return base.value if base is not None and before == now else now


def current_list_value(base: Base | None, values: Collection[str], primary: str | None) -> str | None:
    """Return the contact's value of a field that is one of its phones or emails (all normalised).

    The base's value is kept while the contact has it and no new value is the primary. A change of the primary among
    known values is no edit, because Givebutter or our import may cause it. An additional value is no edit, because our
    import adds values.
    """
    known_values = (base.contact_values or (base.contact_value,)) if base is not None else ()
    moved = primary in values and primary not in known_values
    if base is not None and base.value in values and not moved:
        return str(base.value)
    return primary if primary in values else min(values, default=None)


def merge_field(base: Base | None, ours: Any, theirs: Any) -> MergeResult:
    """Merge one field (rulebook section 7).

    Without a base, two different values are `undecided`: the field rule and section 5's recency decide. A field is
    never cleared, because a blank import cell may keep Givebutter's value.

    Args:
        ours: our value (`current_value`); None keeps Givebutter's value.
        theirs: Givebutter's value (`current_value`, `current_list_value`); None is empty.

    """
    if ours == theirs:
        return MergeResult("agreed", ours)
    if base is None:
        if ours is None or theirs is None:
            return MergeResult("theirs", theirs) if ours is None else MergeResult("ours", ours)
        return MergeResult("undecided")
    if ours is None or ours == base.value:
        return MergeResult("theirs", theirs)
    if theirs == base.value:
        return MergeResult("ours", ours)
    return MergeResult("conflict")


def confirm_base(
    base: Base | None,
    *,
    value: Any,
    source_value: Any,
    contact_value: Any,
    contact_id: int | None,
    as_of: datetime,
    contact_values: Collection[str] | None = None,
) -> Base:
    """Return the base after contact data of `as_of` showed `value` on both sides.

    An equal base is returned unchanged, so that unchanged data changes nothing.
    """
    fresh = Base(
        value=value,
        source_value=source_value,
        contact_value=contact_value,
        contact_id=contact_id,
        confirmed_at=as_of,
        contact_values=None if contact_values is None else tuple(sorted(set(contact_values))),
    )
    return base if base is not None and replace(fresh, confirmed_at=base.confirmed_at) == base else fresh


def mark_open_edit(base: Base | None, sent: str | None = None) -> Base | None:
    """The base while an edit of ours has not reached Givebutter: from now on whatever our source says is an edit.

    Else a mentor who goes back to what the sign-up said when the base was confirmed would seem not to have moved.
    `sent` is the value that goes into the import row.
    """
    if base is None:
        return None
    known = base.sent_values if sent is None or sent in base.sent_values else (*base.sent_values, sent)
    return replace(base, source_value=None, sent_values=known)


def is_our_import(base: Base, theirs: Any, ours_now: Any) -> bool:
    """Whether the contact shows a value that we sent and that our source has replaced since: no edit of theirs."""
    return theirs in base.sent_values and theirs != ours_now


def may_hold_givebutter_edit(base: Base) -> bool:
    """Whether the base's value may be an edit that was made in Givebutter and taken over.

    It is one when our source did not have the value. While an edit of ours has not reached Givebutter
    (`mark_open_edit`), what our source had is no longer known, and the value counts as a possible edit.
    """
    return bool(base.source_value != base.value)


def is_edited_back(base: Base | None, ours: Any) -> bool:
    """Whether our source went back to the base's value after it said something else that never reached Givebutter."""
    return base is not None and ours is not None and base.source_value is None


def base_of_contact(base: Base | None, *, contact_id: int | None) -> Base | None:
    """Return the base if it belongs to the present winner, otherwise None."""
    return base if base is not None and base.contact_id == contact_id else None


def is_older_than_base(base: Base | None, as_of: datetime) -> bool:
    """Return whether the contact data is older than the base, so that a difference is no edit."""
    return base is not None and as_of < base.confirmed_at
