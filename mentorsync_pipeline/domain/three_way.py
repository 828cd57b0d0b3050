"""The three-way merge, so that neither side's edit is lost (rulebook section 7).

The *base* is the value last known equal on both sides. Each side is compared with what that same side said when the
base was confirmed, because the two may never have said the same: a mentor whose phone was edited in Givebutter keeps
the old one in the sign-up for ever, and that is no new edit.
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
class Merged:
    """The value that the merge gives, and which side it came from; no value when a person or another rule decides."""

    outcome: Outcome
    value: Any = None


def since(base: Base | None, before: Any, now: Any) -> Any:
    """One side's word about the field: the base's value while that side has not moved, else what it says now."""
    return base.value if base is not None and before == now else now


def one_of_several(base: Base | None, values: Collection[str], primary: str | None) -> str | None:
    """The contact's word about a field that is one of its phones or emails (all normalised).

    The value of the base stands while the contact holds it and no new one is the primary. Which of several known
    values is the primary is Givebutter's own business or the effect of our import, and no edit; our import only adds
    values, so an additional one that appears is none either.
    """
    known = (base.contact_values or (base.contact_value,)) if base is not None else ()
    moved = primary in values and primary not in known
    if base is not None and base.value in values and not moved:
        return str(base.value)
    return primary if primary in values else min(values, default=None)


def merge(base: Base | None, ours: Any, theirs: Any) -> Merged:
    """Merge one field (rulebook section 7). None is "nothing said" for us and "empty" in Givebutter.

    `ours` and `theirs` are the words of both sides (`since`, `one_of_several`). Without a base two different values
    are `undecided`: the field rule and the recency of section 5 decide. We never clear a field: a blank cell in an
    import file may or may not clear it, so our silence leaves Givebutter's value.
    """
    if ours == theirs:
        return Merged("agreed", ours)
    if base is None:
        if ours is None or theirs is None:
            return Merged("theirs", theirs) if ours is None else Merged("ours", ours)
        return Merged("undecided")
    if ours is None or ours == base.value:
        return Merged("theirs", theirs)
    if theirs == base.value:
        return Merged("ours", ours)
    return Merged("conflict")


def confirmed(
    base: Base | None,
    *,
    value: Any,
    source_value: Any,
    contact_value: Any,
    contact_id: int | None,
    as_of: datetime,
    contact_values: Collection[str] | None = None,
) -> Base:
    """The base after contact data of the moment `as_of` showed `value` on both sides.

    A base that says the same already is returned as it is, so that unchanged data changes nothing.
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


def with_open_edit(base: Base | None, sent: str | None = None) -> Base | None:
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


def usable(base: Base | None, *, contact_id: int | None) -> Base | None:
    """The base, if it belongs to the contact that is the winner now."""
    return base if base is not None and base.contact_id == contact_id else None


def is_stale(base: Base | None, as_of: datetime) -> bool:
    """Whether the contact data is older than the base, so that what it shows is the past and not an edit."""
    return base is not None and as_of < base.confirmed_at
