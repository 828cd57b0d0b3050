"""Format conflicts for the command line."""

from collections.abc import Sequence
from typing import Any

from mentorsync_pipeline.cli.actor import format_cell, format_columns


def format_conflicts(found: Sequence[dict[str, Any]]) -> str:
    """A line for each conflict."""
    if not found:
        return "No open conflicts."
    rows = [["", "year", "mentor", "severity", "type", "status", "asked", "recommended"]]
    rows += [
        [
            one["id"],
            one["campaign_year"],
            one["mn_id"],
            one["severity"],
            one["conflict_type"] + (" (blocks)" if one["blocking"] and one["status"] == "pending" else ""),
            one["status"],
            f"{one['created_at']:%Y-%m-%d}",
            format_recommendation(one),
        ]
        for one in found
    ]
    return f"{format_columns(rows)}\n{len(found)} conflicts. Show one: mentorsync conflicts show ID"


def format_recommendation(one: dict[str, Any]) -> str:
    """The recommended option and its value."""
    letter = one["recommended_option"]
    return "–" if letter is None else f"{letter}: {format_cell(one[f'option_{letter}']['value'])}"


def format_conflict(one: dict[str, Any]) -> str:
    """Everything about one conflict (`review.conflict_detail.conflict`), both options side by side."""
    blocks = ", blocks until it is answered" if one["blocking"] else ""
    about = f"{one['mn_id'] or 'the contact data'} in {one['campaign_year']} ({one['severity']}{blocks})"
    lines = [f"Conflict {one['id']}: {one['conflict_type']} of {about}, {one['status']}"]
    if one["context"].get("reason"):
        lines.append(one["context"]["reason"])
    lines += ["", format_columns(_table(one), widest=40), ""]
    lines += [
        f"Score of {letter}: {words}" for letter, words in (("A", one["score_a"]), ("B", one["score_b"])) if words
    ]
    lines.append(f"A: {format_cell(one['option_a']['value'])}. B: {format_cell(one['option_b']['value'])}.")
    letter = one["recommended_option"]
    lines.append(f"Recommended: {letter.upper() if letter else 'none'}. {one['recommendation_reason']}")
    old = one["previous_decision"]
    if old:
        lines.append(f"Answered before the data changed, and in force until it is answered again: {_answered(old)}")
        lines += [_changed(change) for change in old.get("changed", ())]
    if one["decision"]:
        lines.append(f"Decided: {_answered(one['decision'])}")
    lines += [f"Taken back or replaced: {_answered(undone)}" for undone in one["history"]]
    if one["status"] in ("pending", "skipped"):
        lines.append(f"Answer it: mentorsync conflicts resolve {one['id']} --choice a|b|custom|skip")
    return "\n".join(lines)


def _changed(change: dict[str, Any]) -> str:
    name = change["field"].replace("_", " ")
    return f"Changed: {name} of {change['record']}: {format_cell(change['before'])} → {format_cell(change['after'])}"


def _table(one: dict[str, Any]) -> list[list[str]]:
    """The options side by side; the sign-up beside them where the question is about the mentor's contact."""
    a, b = one["option_a"], one["option_b"]
    compared_a, compared_b = one["compared"]
    rows = [["", compared_a, "", compared_b, "sign-up"]]
    if compared_a == "A":
        rows += [
            ["value", format_cell(a["value"]), "", format_cell(b["value"]), ""],
            ["from", a["source"], "", b["source"], ""],
        ]
    rows += [
        [
            fact["name"].replace("_", " "),
            format_cell(fact["a"]),
            "≠" * fact["differs"],
            format_cell(fact["b"]),
            format_cell(fact["mentor"]),
        ]
        for fact in one["facts"]
    ]
    with_signup = any(fact["mentor"] for fact in one["facts"])
    return rows if with_signup else [row[:-1] for row in rows]


def _answered(answer: dict[str, Any]) -> str:
    why = f" ({answer['reason']})" if answer.get("reason") else ""
    value, time = format_cell(answer["value"]), format_cell(answer["decided_at"])
    return f"{answer['choice']} = {value}, by {answer['decided_by']}, {time}{why}"
