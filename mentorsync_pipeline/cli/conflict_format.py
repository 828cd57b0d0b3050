"""Format conflicts for the command line."""

from collections.abc import Mapping, Sequence
from typing import Any

from mentorsync_pipeline.cli.output import format_cell, format_columns
from mentorsync_pipeline.domain.team_time import format_day
from mentorsync_pipeline.runtime.formatting import format_count


def format_conflicts(conflicts: Sequence[dict[str, Any]]) -> str:
    """Format conflicts as a table with one line each."""
    if not conflicts:
        return "No open conflicts."
    rows = [["", "year", "mentor", "severity", "type", "status", "opened", "recommended"]]
    rows += [
        [
            conflict["id"],
            conflict["campaign_year"],
            conflict["mn_id"],
            conflict["severity"],
            conflict["conflict_type"]
            + (" (blocking)" if conflict["blocking"] and conflict["status"] == "pending" else ""),
            conflict["status"],
            format_day(conflict["created_at"]),
            format_recommendation(conflict),
        ]
        for conflict in conflicts
    ]
    return f"{format_columns(rows)}\n{format_count(len(conflicts), 'conflict')}. Show one: mentorsync conflicts show ID"


def format_recommendation(conflict: Mapping[str, Any]) -> str:
    """Format the recommended option and its value."""
    letter = conflict["recommended_option"]
    return "–" if letter is None else f"{letter}: {format_cell(conflict[f'option_{letter}']['value'])}"


def format_conflict(conflict: dict[str, Any]) -> str:
    """Format all details of a conflict (`review.conflict_detail.conflict`), with both options side by side."""
    blocking = ", blocking until it is decided" if conflict["blocking"] else ""
    title = (
        f"{conflict['mn_id'] or 'the contact data'} in {conflict['campaign_year']} ({conflict['severity']}{blocking})"
    )
    lines = [f"Conflict {conflict['id']}: {conflict['conflict_type']} of {title}, {conflict['status']}"]
    if conflict["context"].get("reason"):
        lines.append(conflict["context"]["reason"])
    lines += ["", format_columns(_comparison_rows(conflict), max_width=40), ""]
    lines += [
        f"Score of {letter}: {score}"
        for letter, score in (("A", conflict["score_a"]), ("B", conflict["score_b"]))
        if score
    ]
    lines.append(f"A: {format_cell(conflict['option_a']['value'])}. B: {format_cell(conflict['option_b']['value'])}.")
    letter = conflict["recommended_option"]
    lines.append(f"Recommended: {letter.upper() if letter else 'none'}. {conflict['recommendation_reason']}")
    previous = conflict["previous_decision"]
    if previous:
        lines.append(f"Previous decision, applied until this conflict is decided: {_format_decision(previous)}")
        lines += [_format_change(change) for change in previous.get("changed", ())]
    if conflict["decision"]:
        lines.append(f"Decided: {_format_decision(conflict['decision'])}")
    lines += [f"Undone or replaced: {_format_decision(decision)}" for decision in conflict["history"]]
    if conflict["status"] in ("pending", "skipped"):
        lines.append(f"Decide it: mentorsync conflicts resolve {conflict['id']} --choice a|b|custom|skip")
    return "\n".join(lines)


def _format_change(change: dict[str, Any]) -> str:
    name = change["field"].replace("_", " ")
    return f"Changed: {name} of {change['record']}: {format_cell(change['before'])} → {format_cell(change['after'])}"


def _comparison_rows(conflict: dict[str, Any]) -> list[list[str]]:
    """Return a table of both options, with a column for the sign-up if the conflict is about the mentor's contact."""
    a, b = conflict["option_a"], conflict["option_b"]
    compared_a, compared_b = conflict["compared"]
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
        for fact in conflict["facts"]
    ]
    with_signup = any(fact["mentor"] for fact in conflict["facts"])
    return rows if with_signup else [row[:-1] for row in rows]


def _format_decision(decision: dict[str, Any]) -> str:
    reason = f" ({decision['reason']})" if decision.get("reason") else ""
    value, time = format_cell(decision["value"]), format_cell(decision["decided_at"])
    return f"{decision['choice']} = {value}, by {decision['decided_by']}, {time}{reason}"
