"""What changed between two states of one question, to be shown beside the old answer (rulebook section 6)."""

from collections.abc import Mapping, Sequence
from typing import Any

# What moves by itself or follows from the rest; no fingerprint covers it.
_IGNORED = frozenset(
    {"score", "score_parts", "last_modified", "matched_on", "viability", "viability_reason", "name_agreement"}
)


def changed_inputs(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The facts that differ, in order of the options: `record` (what an option is about), `field`, `before`, `after`.

    Options are compared by what they are about, not by their letter: which of two contacts is A may turn.
    """
    old = {_record(option, letter): option for option, letter in zip(before, "ab", strict=False)}
    changes = []
    for option, letter in zip(after, "ab", strict=False):
        name = _record(option, letter)
        known = old.get(name)
        if known is None:
            changes.append({"record": name, "field": "option", "before": None, "after": option["value"]})
            continue
        was, now = _facts(known), _facts(option)
        changes += [
            {"record": name, "field": field, "before": was.get(field), "after": now.get(field)}
            for field in sorted(was.keys() | now.keys())
            if was.get(field) != now.get(field)
        ]
    return changes


def _record(option: Mapping[str, Any], letter: str) -> str:
    metadata = option["metadata"]
    for name, word in (("contact_id", "contact"), ("member_id", "member"), ("submission_id", "sign-up")):
        if metadata.get(name) is not None:
            return f"{word} {metadata[name]}"
    return f"option {letter.upper()}"


def _facts(option: Mapping[str, Any]) -> dict[str, Any]:
    return {"value": option["value"]} | {
        name: value for name, value in option["metadata"].items() if name not in _IGNORED
    }
