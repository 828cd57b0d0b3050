"""What changed in `mentors` between two runs: the records of `mn_changes` (rulebook section 8).

`conflict_resolved`, `duplicates_archived` and `duplicates_restored` are written by those who do it, not here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.domain.records import Mentor
from mentorsync_pipeline.domain.vocabulary import ChangeType
from mentorsync_pipeline.mentors.rules.fields import CONTACTS, FIELDS, SIGNUPS, TRACKED

SIGNUP_GONE = "signup_gone"
SECOND_SIGNUP = "second_signup"
CORRECTED_ID = "corrected_id"
SIGNUP_RETURNED = "signup_returned"
# The contact's tags, and the year's mentor tag, which we add and Givebutter has yet to learn.
_PARTLY_OURS = frozenset({"tags"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One record of `mn_changes`; the values are what JSON can hold.

    `source_table` and `source` (the rule, e.g. `givebutter_edit`) come from the provenance of the new value.
    `from_givebutter`: the contact itself says so, which confirms the value at once (`synced_to_gb`); the others wait
    for `readings.confirmed_fields`.
    """

    mn_id: str
    change_type: ChangeType
    field: str | None
    old_value: Any
    new_value: Any
    source_table: str
    source: str | None
    from_givebutter: bool = False


def changes(
    before: Mapping[str, Mentor],
    after: Iterable[Mentor],
    *,
    successors: Mapping[str, str] | None = None,
    returned: Mapping[str, Mentor] | None = None,
) -> tuple[Change, ...]:
    """The differences of two runs' mentors, by MN id and then in the order of the field table; none when equal.

    `successors` (see `mentor_rows.MentorRows`) maps the MN id of a person's earlier row to the present one, after a
    second sign-up or a correction: one person, so a `field_change` of `mn_id` instead of one mentor lost and one found.
    A mentor whose sign-up is gone has `dropped`; one whose sign-up is back (`returned`, with the row of then) has
    `reinstated` and what has changed since.
    """
    heirs = dict(successors or {})
    predecessor = {new: old for old, new in heirs.items()}
    rows = {mentor.mn_id: mentor for mentor in after}
    found: list[Change] = []
    for mn_id in sorted(set(before) | set(rows)):
        new = rows.get(mn_id)
        old = before.get(predecessor[mn_id]) if mn_id in predecessor else None
        if old is None and mn_id not in heirs:
            old = before.get(mn_id)
        set_aside = (returned or {}).get(mn_id)
        if new is None:
            if mn_id not in heirs:
                found.append(_gone(before[mn_id]))
        elif old is not None:
            found += _differences(old, new)
        elif set_aside is not None:
            found.append(_returned(new))
            found += _differences(set_aside, new)
        else:
            found.append(_new(new))
    return tuple(found)


def _new(mentor: Mentor) -> Change:
    return Change(
        mn_id=mentor.mn_id,
        change_type="new_mentor",
        field=None,
        old_value=None,
        new_value=mentor.submission_id,
        source_table=SIGNUPS,
        source=None,
    )


def _returned(mentor: Mentor) -> Change:
    return replace(_new(mentor), change_type="reinstated", source=SIGNUP_RETURNED)


def _gone(mentor: Mentor) -> Change:
    return Change(
        mn_id=mentor.mn_id,
        change_type="dropped",
        field=None,
        old_value=mentor.submission_id,
        new_value=None,
        source_table=SIGNUPS,
        source=SIGNUP_GONE,
    )


def _differences(old: Mentor, new: Mentor) -> list[Change]:
    found = []
    if old.mn_id != new.mn_id:
        found.append(
            Change(
                mn_id=new.mn_id,
                change_type="field_change",
                field="mn_id",
                old_value=old.mn_id,
                new_value=new.mn_id,
                source_table=SIGNUPS,
                source=CORRECTED_ID if old.submission_id == new.submission_id else SECOND_SIGNUP,
            )
        )
    for name in TRACKED:
        was, now = getattr(old, name), getattr(new, name)
        if was == now:
            continue
        origin = new.provenance.get(name)
        source_table = origin.source_table if origin else FIELDS[name].sources[0].table
        found.append(
            Change(
                mn_id=new.mn_id,
                change_type=_type(name, now),
                field=name,
                old_value=plain(was),
                new_value=plain(now),
                source_table=source_table,
                source=origin.rule if origin else None,
                from_givebutter=source_table == CONTACTS and name not in _PARTLY_OURS,
            )
        )
    return found


def _type(name: str, now: Any) -> ChangeType:
    if name == "dropped":
        return "dropped" if now else "reinstated"
    return "status_change" if name == "status" else "field_change"
