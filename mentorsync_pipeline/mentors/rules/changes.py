"""Compare the `mentors` rows of two runs and build the records of `mn_changes` (rulebook, section 8).

`conflict_resolved`, `duplicates_archived` and `duplicates_restored` are recorded by the actions themselves.
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
# The value combines the contact's tags with the year's mentor tag, which the import adds.
_SHARED_FIELDS = frozenset({"tags"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One record of `mn_changes`; values are JSON-compatible.

    `source_table` and `source` (the rule, e.g. `givebutter_edit`) come from the provenance of the new value.
    `from_givebutter`: the value was read from the contact, so it is confirmed at once (`synced_to_gb`). Other changes
    are confirmed by `contact_side.find_confirmed_fields`.
    """

    mn_id: str
    change_type: ChangeType
    field: str | None
    old_value: Any
    new_value: Any
    source_table: str
    source: str | None
    from_givebutter: bool = False


def find_changes(
    previous_rows: Mapping[str, Mentor],
    after: Iterable[Mentor],
    *,
    successors: Mapping[str, str] | None = None,
    returned: Mapping[str, Mentor] | None = None,
) -> tuple[Change, ...]:
    """Return the changes between the mentors of two runs, sorted by MN id, then by the order of the field table.

    Args:
        successors: earlier MN id to present MN id of the same person, after a second sign-up or a correction
            (`mentor_rows.MentorRows`). The result is a `field_change` of `mn_id`, not a dropped and a new mentor.
        returned: mentors whose sign-up was restored, with their earlier rows. They get `reinstated` and the field
            changes since. A mentor without a sign-up gets `dropped`.

    """
    successor_ids = dict(successors or {})
    predecessor = {new: old for old, new in successor_ids.items()}
    rows = {mentor.mn_id: mentor for mentor in after}
    changes: list[Change] = []
    for mn_id in sorted(set(previous_rows) | set(rows)):
        new = rows.get(mn_id)
        old = previous_rows.get(predecessor[mn_id]) if mn_id in predecessor else None
        if old is None and mn_id not in successor_ids:
            old = previous_rows.get(mn_id)
        set_aside = (returned or {}).get(mn_id)
        if new is None:
            if mn_id not in successor_ids:
                changes.append(_make_dropped_change(previous_rows[mn_id]))
        elif old is not None:
            changes += _find_field_changes(old, new)
        elif set_aside is not None:
            changes.append(_make_reinstated_change(new))
            changes += _find_field_changes(set_aside, new)
        else:
            changes.append(_make_new_mentor_change(new))
    return tuple(changes)


def _make_new_mentor_change(mentor: Mentor) -> Change:
    return Change(
        mn_id=mentor.mn_id,
        change_type="new_mentor",
        field=None,
        old_value=None,
        new_value=mentor.submission_id,
        source_table=SIGNUPS,
        source=None,
    )


def _make_reinstated_change(mentor: Mentor) -> Change:
    return replace(_make_new_mentor_change(mentor), change_type="reinstated", source=SIGNUP_RETURNED)


def _make_dropped_change(mentor: Mentor) -> Change:
    return Change(
        mn_id=mentor.mn_id,
        change_type="dropped",
        field=None,
        old_value=mentor.submission_id,
        new_value=None,
        source_table=SIGNUPS,
        source=SIGNUP_GONE,
    )


def _find_field_changes(old: Mentor, new: Mentor) -> list[Change]:
    changes = []
    if old.mn_id != new.mn_id:
        changes.append(
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
        old_value, new_value = getattr(old, name), getattr(new, name)
        if old_value == new_value:
            continue
        origin = new.provenance.get(name)
        source_table = origin.source_table if origin else FIELDS[name].sources[0].table
        changes.append(
            Change(
                mn_id=new.mn_id,
                change_type=_get_change_type(name, new_value),
                field=name,
                old_value=plain(old_value),
                new_value=plain(new_value),
                source_table=source_table,
                source=origin.rule if origin else None,
                from_givebutter=source_table == CONTACTS and name not in _SHARED_FIELDS,
            )
        )
    return changes


def _get_change_type(name: str, new_value: Any) -> ChangeType:
    if name == "dropped":
        return "dropped" if new_value else "reinstated"
    return "status_change" if name == "status" else "field_change"
