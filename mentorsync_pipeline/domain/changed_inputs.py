"""Find the changes between two states of a conflict, to be shown with the old answer (rulebook section 6)."""

from collections.abc import Mapping, Sequence
from typing import Any

# Facts that change by themselves or follow from others; fingerprints do not cover them.
_IGNORED = frozenset(
    {"score", "score_parts", "last_modified", "matched_on", "viability", "viability_reason", "name_agreement"}
)


def find_changed_inputs(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the facts that differ: `record` (subject of the option), `field`, `before` and `after`.

    Options are compared by their subject, because options A and B may change places.
    """
    facts_by_record = {_record(option, letter): option for option, letter in zip(before, "ab", strict=False)}
    changes = []
    for option, letter in zip(after, "ab", strict=False):
        name = _record(option, letter)
        old_facts = facts_by_record.get(name)
        if old_facts is None:
            changes.append({"record": name, "field": "option", "before": None, "after": option["value"]})
            continue
        old, now = _facts(old_facts), _facts(option)
        changes += [
            {"record": name, "field": field, "before": old.get(field), "after": now.get(field)}
            for field in sorted(old.keys() | now.keys())
            if old.get(field) != now.get(field)
        ]
    return changes


def _record(option: Mapping[str, Any], letter: str) -> str:
    metadata = option["metadata"]
    for name, noun in (("contact_id", "contact"), ("member_id", "member"), ("submission_id", "sign-up")):
        if metadata.get(name) is not None:
            return f"{noun} {metadata[name]}"
    return f"option {letter.upper()}"


def _facts(option: Mapping[str, Any]) -> dict[str, Any]:
    return {"value": option["value"]} | {
        name: value for name, value in option["metadata"].items() if name not in _IGNORED
    }
