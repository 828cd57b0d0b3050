"""`mentorsync errors list|retry|accept|ignore`: records and lists that could not be used."""

from typing import Annotated, Any

import typer

from mentorsync_pipeline.cli.actor import By, YearIfAny, format_cell, format_columns
from mentorsync_pipeline.cli.output import Json, OneLineErrors, show
from mentorsync_pipeline.domain.errors import MentorSyncError

group = typer.Typer(cls=OneLineErrors, no_args_is_help=True, help="Records that could not be used, and what to do.")

ErrorIds = Annotated[list[int], typer.Argument(help="The numbers of the errors, as `list` shows them.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="errors")


@group.command(name="list")
def list_(
    year: YearIfAny = None,
    code: Annotated[str | None, typer.Option("--code", help="Such as INVALID_MN_ID.")] = None,
    mentor: Annotated[str | None, typer.Option("--mentor", metavar="MN_ID", help="Those of one mentor.")] = None,
    resolved: Annotated[bool, typer.Option("--all", help="Include resolved errors.")] = False,
    as_json: Json = False,
) -> None:
    """List errors, most severe first, with the next step for each."""
    from mentorsync_pipeline.cli.session import reading  # noqa: PLC0415
    from mentorsync_pipeline.review import errors  # noqa: PLC0415

    wanted = errors.ErrorFilter(
        year=year,
        error_code=code.strip().upper() if code else None,
        mn_id=mentor.strip().upper() if mentor else None,
        resolved=None if resolved else False,
    )
    with reading() as connection:
        found = errors.errors(connection, wanted)
    show({"errors": found}, as_json=as_json, lines=_listed(found))


@group.command()
def retry(
    ids: Annotated[list[int] | None, typer.Argument(help="The numbers of the errors, as `list` shows them.")] = None,
    due: Annotated[bool, typer.Option("--due", help="All errors that are due for a retry.")] = False,
    year: YearIfAny = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Retry errors: run the sync of their years and report which are resolved."""
    from mentorsync_pipeline.cli.session import change_context, reading, run  # noqa: PLC0415
    from mentorsync_pipeline.review import errors, service  # noqa: PLC0415

    if bool(ids) == due:
        raise typer.BadParameter("give the numbers of errors, or --due")
    retried = service.retry_errors(change_context(by), None if due else list(ids or ()), year=year)
    wanted, years = retried.ids, retried.years
    failed = []
    for one in sorted(year for year in years if year is not None):
        try:
            run("sync", year=one)
        except MentorSyncError as error:
            failed.append(error)
    with reading() as connection:
        settled = errors.resolved_of(connection, wanted)
    left = sorted(set(wanted) - set(settled))
    show(
        {"tried": list(wanted), "resolved": settled, "still_open": left},
        as_json=as_json,
        lines=f"{len(wanted)} errors retried: {len(settled)} resolved, {len(left)} still open.",
    )
    if failed:
        raise failed[0]


@group.command()
def accept(ids: ErrorIds, by: By = None, as_json: Json = False) -> None:
    """Accept a list that was refused because it is short (LIST_SHRUNK) or unusable (CELLS_UNUSABLE), in your name.

    The acceptance is valid once, for the refused list: the next sync or refresh loads it.
    """
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415
    from mentorsync_pipeline.review import service  # noqa: PLC0415

    accepted = service.accept_errors(change_context(by), ids)
    years = sorted({one["campaign_year"] for one in accepted if one["campaign_year"] is not None})
    following = [f"mentorsync sync --year {year}" for year in years]
    if any(one["campaign_year"] is None for one in accepted):
        following.append("mentorsync refresh-contacts --full, or upload the file again")
    show(
        {"accepted": ids, "next": following},
        as_json=as_json,
        lines=f"{len(ids)} errors accepted. To load the data now: {'; '.join(following)}.",
    )


@group.command()
def ignore(ids: ErrorIds, by: By = None, as_json: Json = False) -> None:
    """Close errors for good; if the message changes, a new error is opened."""
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415
    from mentorsync_pipeline.review import service  # noqa: PLC0415

    service.ignore_errors(change_context(by), ids)
    show({"ignored": ids}, as_json=as_json, lines=f"{len(ids)} errors ignored.")


def _listed(found: list[dict[str, Any]]) -> str:
    if not found:
        return "No open errors."
    lines = []
    for one in found:
        where = f"{one['campaign_year'] or 'all years'} {one['mn_id'] or ''}".strip()
        state = f"resolved ({one['resolution_method']})" if one["resolved"] else _tries(one)
        lines += [
            format_columns([[one["id"], one["severity"], one["error_code"], where, state]]),
            f"      {one['message']}",
            f"      → {one['what_to_do']}",
        ]
    return "\n".join([*lines, f"{len(found)} errors."])


def _tries(one: dict[str, Any]) -> str:
    if one["next_retry_at"] is not None:
        return f"tried {one['retry_count']} of {one['max_retries']} times, next try {format_cell(one['next_retry_at'])}"
    return "needs attention" if not one["can_retry"] else f"tried {one['retry_count']} times, needs attention"
