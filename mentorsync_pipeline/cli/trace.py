"""`mentorsync trace`: the source and history of each value of a mentor."""

from typing import Annotated, Any

import typer

from mentorsync_pipeline.cli.output import Json, Year, format_cell, show


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(trace)


def trace(
    mn_id: Annotated[str, typer.Argument(metavar="MN_ID", help="The mentor, such as MN0123.")],
    year: Year,
    field: Annotated[str | None, typer.Argument(metavar="[FIELD]", help="One field, such as phone.")] = None,
    as_json: Json = False,
) -> None:
    """Explain a mentor's values: source, record, time, rule or decision, and earlier values."""
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.mentors import trace as service  # noqa: PLC0415

    with open_connection() as connection:
        result = service.trace_mentor(connection, year, mn_id, field)
    lines = [f"{result['mn_id']} in {result['campaign_year']} ({result['sync_state']})"]
    for entry in result["fields"]:
        lines += _format_value(entry)
    show(result, as_json=as_json, lines="\n".join(lines))


def _format_value(entry: dict[str, Any]) -> list[str]:
    from mentorsync_pipeline.mentors.rules.provenance import RULE_DESCRIPTIONS  # noqa: PLC0415

    rule = RULE_DESCRIPTIONS.get(entry["rule"], entry["rule"] or "no rule recorded")
    record = f" {entry['source_id']}" if entry["source_id"] else ""
    as_of = f", as of {format_cell(entry['observed_at'])[:16].replace('T', ' ')}" if entry["observed_at"] else ""
    lines = [
        f"  {entry['field']}: {format_cell(entry['value'])}",
        f"      {entry['source_table']}{record}{as_of}: {rule} ({entry['reason']})",
    ]
    if entry["decision"]:
        decision = entry["decision"]
        reason = f": {decision['reason']}" if decision["reason"] else ""
        time = format_cell(decision["decided_at"])
        lines.append(f"      decided by {decision['decided_by']} on {time} ({decision['choice']}){reason}")
    if entry["record"]:
        observed = entry["record"]
        undone = f", undone by {observed['undone_by']} on {format_cell(observed['undone_at'])}"
        lines.append(
            f"      recorded by {observed['recorded_by']} on {format_cell(observed['recorded_at'])}"
            f"{undone if observed['undone_at'] else ''}"
        )
    if entry["question"]:
        lines.append(f"      open conflict: mentorsync conflicts show {entry['question']}")
    lines += [
        f"      until {format_cell(change['detected_at'])}: {format_cell(change['old_value'])} "
        f"(changed by sync {change['sync_log_id']}, {change['source'] or change['source_table']})"
        for change in entry["earlier"]
    ]
    return lines
