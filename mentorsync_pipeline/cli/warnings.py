"""`mentorsync warnings list|ack`: warnings of unusual data, which block nothing."""

from typing import Annotated, Any

import typer

from mentorsync_pipeline.cli.actor import By
from mentorsync_pipeline.cli.output import CommandGroup, Json, OptionalYear, format_cell, format_columns, show
from mentorsync_pipeline.runtime.formatting import format_count

group = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Review warnings of unusual data.")

Kind = Annotated[str | None, typer.Option("--type", help="Type, such as missing_field or low_confidence.")]
Mentor = Annotated[str | None, typer.Option("--mentor", metavar="MN_ID", help="Warnings of one mentor.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="warnings")


@group.command(name="list")
def list_(
    year: OptionalYear = None,
    kind: Kind = None,
    mentor: Mentor = None,
    acknowledged: Annotated[bool, typer.Option("--all", help="Include acknowledged warnings.")] = False,
    as_json: Json = False,
) -> None:
    """List unacknowledged warnings."""
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.review import warning_list  # noqa: PLC0415

    with open_connection() as connection:
        rows = warning_list.read_warnings(connection, _filter(year, kind, mentor, None if acknowledged else False))
    show({"warnings": rows}, as_json=as_json, lines=_format_warnings(rows))


@group.command()
def ack(
    ids: Annotated[list[int] | None, typer.Argument(help="Numbers of the warnings, as in `list`.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Acknowledge all that match the other options.")] = False,
    year: OptionalYear = None,
    kind: Kind = None,
    mentor: Mentor = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Acknowledge warnings. An unchanged warning is not reported again."""
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415
    from mentorsync_pipeline.review import service  # noqa: PLC0415

    if bool(ids) == every:
        raise typer.BadParameter("use numbers of warnings or --all")
    selection = _filter(year, kind, mentor, False) if every else list(ids or ())
    acknowledged = service.acknowledge_warnings(change_context(by), selection)
    show(
        {"acknowledged": acknowledged},
        as_json=as_json,
        lines=f"{format_count(len(acknowledged), 'warning')} acknowledged.",
    )


def _filter(year: int | None, kind: str | None, mentor: str | None, acknowledged: bool | None) -> Any:
    from mentorsync_pipeline.domain.vocabulary import WARNING_TYPES  # noqa: PLC0415
    from mentorsync_pipeline.review.warning_list import WarningFilter  # noqa: PLC0415

    if kind is not None and kind not in WARNING_TYPES:
        raise typer.BadParameter(f"choose one of {', '.join(WARNING_TYPES)}", param_hint="--type")
    mn_id = mentor.strip().upper() if mentor else None
    return WarningFilter(year=year, warning_type=kind, mn_id=mn_id, acknowledged=acknowledged)


def _format_warnings(warnings: list[dict[str, Any]]) -> str:
    if not warnings:
        return "No unacknowledged warnings."
    rows = [
        [
            warning["id"],
            warning["campaign_year"],
            warning["mn_id"] or "–",
            warning["warning_type"],
            format_cell(warning["message"]),
        ]
        for warning in warnings
    ]
    return (
        f"{format_columns(rows)}\n{format_count(len(warnings), 'warning')}. Acknowledge: mentorsync warnings ack ID …"
    )
