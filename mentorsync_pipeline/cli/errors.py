"""`mentorsync errors list|retry|accept|ignore`: errors of records and lists that could not be used."""

from typing import Annotated, Any

import typer

from mentorsync_pipeline.cli.actor import By
from mentorsync_pipeline.cli.output import CommandGroup, Json, OptionalYear, format_cell, format_columns, show
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.formatting import format_count

group = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Review errors of records that could not be used.")

ErrorIds = Annotated[list[int], typer.Argument(help="Numbers of the errors, as in `list`.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="errors")


@group.command(name="list")
def list_(
    year: OptionalYear = None,
    code: Annotated[str | None, typer.Option("--code", help="Error code, such as INVALID_MN_ID.")] = None,
    mentor: Annotated[str | None, typer.Option("--mentor", metavar="MN_ID", help="Errors of one mentor.")] = None,
    resolved: Annotated[bool, typer.Option("--all", help="Include resolved errors.")] = False,
    as_json: Json = False,
) -> None:
    """List errors, most severe first, with the next step for each."""
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.review import error_list  # noqa: PLC0415

    error_filter = error_list.ErrorFilter(
        year=year,
        error_code=code.strip().upper() if code else None,
        mn_id=mentor.strip().upper() if mentor else None,
        resolved=None if resolved else False,
    )
    with open_connection() as connection:
        rows = error_list.read_errors(connection, error_filter)
    show({"errors": rows}, as_json=as_json, lines=_format_errors(rows))


@group.command()
def retry(
    ids: Annotated[list[int] | None, typer.Argument(help="Numbers of the errors, as in `list`.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Retry all errors that are due.")] = False,
    year: OptionalYear = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Retry errors: sync their years and report which errors are resolved."""
    from mentorsync_pipeline.cli.session import change_context, open_connection, run  # noqa: PLC0415
    from mentorsync_pipeline.review import error_list, service  # noqa: PLC0415

    if bool(ids) == due:
        raise typer.BadParameter("use numbers of errors or --due")
    retried = service.retry_errors(change_context(by), None if due else list(ids or ()), year=year)
    error_ids, years = retried.ids, retried.years
    failed = []
    for campaign_year in sorted(year for year in years if year is not None):
        try:
            run("sync", year=campaign_year)
        except MentorSyncError as error:
            failed.append(error)
    with open_connection() as connection:
        resolved = error_list.find_resolved(connection, error_ids)
    still_open = sorted(set(error_ids) - set(resolved))
    show(
        {"tried": list(error_ids), "resolved": resolved, "still_open": still_open},
        as_json=as_json,
        lines=f"{format_count(len(error_ids), 'error')} retried: "
        f"{len(resolved)} resolved, {len(still_open)} still open.",
    )
    if failed:
        raise failed[0]


@group.command()
def accept(ids: ErrorIds, by: By = None, as_json: Json = False) -> None:
    """Accept a list that was refused as short (LIST_SHRUNK) or unusable (CELLS_UNUSABLE).

    The acceptance is valid once and only for the refused list; the next sync or refresh loads it.
    """
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415
    from mentorsync_pipeline.review import service  # noqa: PLC0415

    accepted = service.accept_errors(change_context(by), ids)
    years = sorted({error["campaign_year"] for error in accepted if error["campaign_year"] is not None})
    next_commands = [f"mentorsync sync --year {year}" for year in years]
    if any(error["campaign_year"] is None for error in accepted):
        next_commands.append("mentorsync refresh-contacts --full, or upload the file again")
    show(
        {"accepted": ids, "next": next_commands},
        as_json=as_json,
        lines=f"{format_count(len(ids), 'error')} accepted. To load the data now: {'; '.join(next_commands)}.",
    )


@group.command()
def ignore(ids: ErrorIds, by: By = None, as_json: Json = False) -> None:
    """Close errors permanently. If the message changes, a new error is opened."""
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415
    from mentorsync_pipeline.review import service  # noqa: PLC0415

    service.ignore_errors(change_context(by), ids)
    show({"ignored": ids}, as_json=as_json, lines=f"{format_count(len(ids), 'error')} ignored.")


def _format_errors(errors: list[dict[str, Any]]) -> str:
    if not errors:
        return "No open errors."
    lines = []
    for error in errors:
        scope = f"{error['campaign_year'] or 'all years'} {error['mn_id'] or ''}".strip()
        state = f"resolved ({error['resolution_method']})" if error["resolved"] else _format_retries(error)
        lines += [
            format_columns([[error["id"], error["severity"], error["error_code"], scope, state]]),
            f"      {error['message']}",
            f"      → {error['what_to_do']}",
        ]
    return "\n".join([*lines, f"{format_count(len(errors), 'error')}."])


def _format_retries(error: dict[str, Any]) -> str:
    if error["next_retry_at"] is not None:
        next_retry = format_cell(error["next_retry_at"])
        return f"tried {error['retry_count']} of {error['max_retries']} times, next retry {next_retry}"
    return "needs attention" if not error["can_retry"] else f"tried {error['retry_count']} times, needs attention"
