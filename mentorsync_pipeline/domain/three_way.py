"""Three-way merge of one field, so that neither side's edit is lost (rulebook section 7).

The *base* is the value last known equal on both sides. Each side is compared with its own value when the base was
confirmed, because the two may differ permanently: the sign-up of a mentor whose phone was edited in Givebutter keeps
the old phone, which is not a new edit.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple, overload

from mentorsync_pipeline.domain.emails import email_key

Outcome = Literal["agreed", "source", "contact", "undecided", "conflict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The value last known equal on both sides (`mentor_bases`), with the value of each side at that time.

    A base belongs to one contact; another winner starts without a base.

    Attributes:
        source_value: our source's value; None if it had none, or if a newer value has not reached Givebutter yet.
        contact_value: the contact's value: the text of a field, or the primary phone or email.
        contact_values: all phones or emails that the contact had or that we sent; None for other fields.
        sent_values: values of import files since then. If the contact shows one of them, our own import set it. With a
            `source_value`, they are values that our source has taken back since; a late import may still set them.
        is_contested: whether a conflict about an edit in Givebutter has been raised since. The contact's value is then
            an edit even when it is the base's value again, or one that we sent.
        is_edit: whether a person entered the value, in Givebutter in place of an earlier base's value or in an answer.
            Our source may have had the same value already. Also a value of Givebutter that an open conflict or an
            answer has kept.
        is_seen_only: whether the sides were never equal: the contact's value when our own was to be sent over it for
            the first time. Another value in the contact is then an edit in Givebutter (`is_edited_since_seen`).

    """

    value: Any
    source_value: Any
    contact_value: Any
    contact_id: int | None
    confirmed_at: datetime
    contact_values: tuple[str, ...] | None = None
    sent_values: tuple[str, ...] = ()
    is_contested: bool = False
    is_edit: bool = False
    is_seen_only: bool = False


class MergeResult(NamedTuple):
    """Result of a merge: the value and its side. Without a value, a person or another rule decides."""

    outcome: Outcome
    value: Any = None


def current_value(base: Base | None, before: Any, now: Any) -> Any:
    """Return one side's value: the base's while that side has not changed, otherwise its present one."""
    return base.value if base is not None and before == now else now


def current_list_value(base: Base | None, values: Collection[str], primary: str | None) -> str | None:
    """Return the contact's value of a field that is one of its phones or emails (all normalised).

    The base's value is kept while the contact has it and no new value is the primary. A change of the primary among
    known values, or to another spelling of one, is not an edit, because Givebutter or our import may cause it. An
    additional value is not an edit, because our import adds values.
    """
    known_values = (base.contact_values or (base.contact_value,)) if base is not None else ()
    known_keys = {email_key(value) for value in known_values if value}
    moved = primary is not None and primary in values and email_key(primary) not in known_keys
    if base is not None and base.value in values and not moved:
        return str(base.value)
    return primary if primary in values else min(values, default=None)


def merge_field(base: Base | None, source: Any, contact: Any) -> MergeResult:
    """Merge one field (rulebook section 7).

    Without a base, two different values are `undecided`: the field rule and section 5's recency decide. A field is
    never cleared, because a blank import cell may keep Givebutter's value.

    Args:
        source: our value (`current_value`); None keeps Givebutter's value.
        contact: Givebutter's value (`current_value`, `current_list_value`); None is empty.

    """
    if source == contact:
        return MergeResult("agreed", source)
    if base is None:
        if source is None or contact is None:
            return MergeResult("contact", contact) if source is None else MergeResult("source", source)
        return MergeResult("undecided")
    if source is None or source == base.value:
        return MergeResult("contact", contact)
    if contact == base.value:
        return MergeResult("source", source)
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
    is_edit: bool = False,
) -> Base:
    """Return the base after contact data of `as_of` showed `value` on both sides.

    An equal base is returned unchanged, so that unchanged data changes nothing.
    """
    listed = None if contact_values is None else tuple(sorted(set(contact_values)))
    sent_values = _find_withdrawn_values(base, value, source_value)
    if base is not None and not base.is_contested and base.sent_values == sent_values:
        confirmed = (base.value, base.source_value, base.contact_value, base.contact_id, base.contact_values)
        if (*confirmed, base.is_edit) == (value, source_value, contact_value, contact_id, listed, is_edit):
            return base
    return Base(
        value=value,
        source_value=source_value,
        contact_value=contact_value,
        contact_id=contact_id,
        confirmed_at=as_of,
        contact_values=listed,
        sent_values=sent_values,
        is_edit=is_edit,
    )


def keep_cleared_value(base: Base | None, value: Any, source_value: Any) -> Any:
    """Return our source's value to confirm: its earlier one if it was cleared while the contact keeps it."""
    return (
        base.source_value if base is not None and source_value is None and base.source_value == value else source_value
    )


def make_seen_base(
    *, value: Any, contact_value: Any, contact_id: int | None, as_of: datetime, sent_values: tuple[str, ...]
) -> Base:
    """Return the record of a contact's value that ours is to replace, although the two were never equal.

    Files may have been written before a load has shown the field; `sent_values` are their values.
    """
    return Base(
        value=value,
        source_value=None,
        contact_value=contact_value,
        contact_id=contact_id,
        confirmed_at=as_of,
        sent_values=sent_values,
        is_seen_only=True,
    )


def is_edited_since_seen(seen: Base, value: Any, shown: Any) -> bool:
    """Return whether a contact shows another text than when it was first seen; `value` is relative to `seen`.

    A text that was removed is not one: our value fills a blank field.
    """
    return value not in (None, seen.value) and shown != seen.contact_value


def add_withdrawn_value(base: Base, sent_before: Any) -> Base:
    """Return a base with the value that we sent before, unless the base has it already.

    The sign-up or form no longer has that value, but an import file may contain it.
    """
    shown = (base.value, base.contact_value, *(base.contact_values or ()), *base.sent_values)
    if sent_before is None or sent_before in shown:
        return base
    return replace(base, sent_values=(*base.sent_values, sent_before))


def _find_withdrawn_values(base: Base | None, value: Any, source_value: Any) -> tuple[str, ...]:
    """Return the values sent since the base that are not the confirmed `value`. None after an edit in Givebutter.

    Where our source has no value any more, a file may still be imported until one of these values has arrived.
    """
    if base is None or value not in (base.value, *base.sent_values) or (source_value is None and value != base.value):
        return ()
    return tuple(sent for sent in base.sent_values if sent != value)


@overload
def mark_open_edit(base: Base) -> Base: ...
@overload
def mark_open_edit(base: Base | None) -> Base | None: ...
def mark_open_edit(base: Base | None) -> Base | None:
    """Return the base for an edit of ours that has not reached Givebutter: every later value of our source is an edit.

    Otherwise a mentor's change back to the value at the time of the base would not count as an edit.
    """
    if base is None:
        return None
    if base.is_edit and base.source_value == base.value:
        base = replace(base, is_edit=False)  # our source had the value too, so that replacing it loses no edit
    return base if base.source_value is None else replace(base, source_value=None)


def add_sent_value(base: Base, sent: Any) -> Base:
    """Return the base with a value that an import file had while our edit had not reached Givebutter."""
    if base.source_value is not None or sent in (None, base.value, *base.sent_values):
        return base
    return replace(base, sent_values=(*base.sent_values, sent))


def add_late_value(base: Base, value: Any) -> Base:
    """Return the base with a value that an import file had before it (`may_be_late_import`)."""
    return replace(base, sent_values=(*base.sent_values, value))


def mark_contested(base: Base | None, contact_value: Any) -> Base | None:
    """Return the base of a field in conflict, marked if the contact's value is an edit since the base."""
    return base if base is None or contact_value == base.value else replace(base, is_contested=True)


def is_our_import(base: Base, contact_value: Any, source_value_now: Any) -> bool:
    """Return whether the contact shows a value that we sent and that our source has replaced since: not an edit.

    A value that our source has cleared since is not replaced, and stays. While a conflict is open, files have the
    contact's value, so that they do not show who set it: it is the one that is asked about.
    """
    is_sent = base.source_value is None and not base.is_contested and contact_value in base.sent_values
    return is_sent and source_value_now not in (None, contact_value)


def is_edited_since(base: Base, contact_value: Any) -> bool:
    """Return whether the contact shows neither the base's value nor one that we sent since."""
    return contact_value not in (base.value, *base.sent_values)


def may_be_late_import(base: Base | None, contact_value: Any) -> bool:
    """Return whether the contact shows a value that our source has taken back since it was sent.

    A file from before that may have been imported late, or a person entered the value: only a person can tell.
    """
    return base is not None and base.source_value is not None and contact_value in base.sent_values


def may_hold_givebutter_edit(base: Base) -> bool:
    """Return whether the base's value may be an edit made in Givebutter.

    It is if it was entered there or our source did not have the value. While an edit of ours has not reached Givebutter
    (`mark_open_edit`), the source's earlier value is unknown, and the value counts as a possible edit.
    """
    return base.is_edit or bool(base.source_value != base.value)


def is_givebutter_edit(base: Base | None, value: Any, contact_value: Any) -> bool:
    """Return whether a value that is being confirmed was entered in Givebutter in place of the base's value."""
    if base is None:
        return False
    if value == base.value:
        return base.is_edit
    return bool(contact_value == value and value not in base.sent_values)


def holds_edit(base: Base | None, value: Any) -> bool:
    """Return whether a base has this value because a person entered it."""
    return base is not None and base.is_edit and base.value == value


def is_edited_back(base: Base | None, source_value: Any) -> bool:
    """Return whether our source returned to the base's value after another value.

    Either it had a value that never reached Givebutter (`mark_open_edit`), or the base is an edit made in Givebutter.
    """
    return base is not None and source_value is not None and base.source_value != source_value


def is_over_givebutter_edit(base: Base | None) -> bool:
    """Return whether a newer value of our source would replace a value entered in Givebutter that it never had."""
    return base is not None and base.is_edit and base.value not in (None, base.source_value)


def is_reset_in_givebutter(base: Base | None) -> bool:
    """Return whether the contact has the base's value again because a person replaced a contested edit by it."""
    return base is not None and base.is_contested


def base_of_contact(base: Base | None, *, contact_id: int | None) -> Base | None:
    """Return the base if it belongs to the present winner, otherwise None."""
    return base if base is not None and base.contact_id == contact_id else None


def is_older_than_base(base: Base | None, as_of: datetime) -> bool:
    """Return whether the contact data is older than the base, so that a difference is not an edit."""
    return base is not None and as_of < base.confirmed_at
