"""`mentorsync warnings list|ack`: findings that deserve a look and block nothing."""

from typing import Annotated, Any

import typer

from mentorsync_pipeline.cli.actor import By, YearIfAny, format_cell, format_columns
from mentorsync_pipeline.cli.output import Json, OneLineErrors, show

group = typer.Typer(cls=OneLineErrors, no_args_is_help=True, help="Findings that deserve a look and block nothing.")

Kind = Annotated[str | None, typer.Option("--type", help="Such as missing_field or low_confidence.")]
Mentor = Annotated[str | None, typer.Option("--mentor", metavar="MN_ID", help="Those of one mentor.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="warnings")


@group.command(name="list")
def list_(
    year: YearIfAny = None,
    kind: Kind = None,
    mentor: Mentor = None,
    acknowledged: Annotated[bool, typer.Option("--all", help="Include acknowledged warnings.")] = False,
    as_json: Json = False,
) -> None:
    """List unacknowledged warnings."""
    from mentorsync_pipeline.cli.session import reading  # noqa: PLC0415
    from mentorsync_pipeline.review import warnings  # noqa: PLC0415

    with reading() as connection:
        found = warnings.warnings(connection, _filter(year, kind, mentor, None if acknowledged else False))
    show({"warnings": found}, as_json=as_json, lines=_listed(found))


@group.command()
def ack(
    ids: Annotated[list[int] | None, typer.Argument(help="The numbers of the warnings, as `list` shows them.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that match the other options, instead of numbers.")] = False,
    year: YearIfAny = None,
    kind: Kind = None,
    mentor: Mentor = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Acknowledge warnings; an unchanged one is not reported again."""
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415
    from mentorsync_pipeline.review import service  # noqa: PLC0415

    if bool(ids) == every:
        raise typer.BadParameter("give the numbers of warnings, or --all")
    wanted = _filter(year, kind, mentor, False) if every else list(ids or ())
    seen = service.acknowledge_warnings(change_context(by), wanted)
    show({"acknowledged": seen}, as_json=as_json, lines=f"{len(seen)} warnings acknowledged.")


def _filter(year: int | None, kind: str | None, mentor: str | None, acknowledged: bool | None) -> Any:
    from mentorsync_pipeline.domain.vocabulary import WARNING_TYPES  # noqa: PLC0415
    from mentorsync_pipeline.review.warnings import WarningFilter  # noqa: PLC0415

    if kind is not None and kind not in WARNING_TYPES:
        raise typer.BadParameter(f"choose one of {', '.join(WARNING_TYPES)}", param_hint="--type")
    mn_id = mentor.strip().upper() if mentor else None
    return WarningFilter(year=year, warning_type=kind, mn_id=mn_id, acknowledged=acknowledged)


def _listed(found: list[dict[str, Any]]) -> str:
    if not found:
        return "No unacknowledged warnings."
    rows = [
        [one["id"], one["campaign_year"], one["mn_id"] or "–", one["warning_type"], format_cell(one["message"])]
        for one in found
    ]
    return f"{format_columns(rows)}\n{len(found)} warnings. Acknowledge them: mentorsync warnings ack ID …"
