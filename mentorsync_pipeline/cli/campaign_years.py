"""`mentorsync year list|open|close|reopen`: open and close campaign years."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mentorsync_pipeline.cli.actor import By
from mentorsync_pipeline.cli.output import CommandGroup, Json, format_columns, show
from mentorsync_pipeline.domain.team_time import format_day

if TYPE_CHECKING:
    from mentorsync_pipeline.campaigns.next_year import NextYear

group = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="List, open, close and reopen campaign years.")
YearArgument = Annotated[int, typer.Argument(metavar="YEAR", help="The campaign year.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="year")


@group.command(name="list")
def list_(as_json: Json = False) -> None:
    """List the configured campaign years: active, inactive or closed."""
    from mentorsync_pipeline.campaigns import service  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.domain.json_values import plain  # noqa: PLC0415

    with open_connection() as connection:
        years = service.list_years(connection)
    rows = [
        [
            state.campaign_year,
            "closed" if state.closed else "active" if state.active else "inactive",
            f"{format_day(state.closed_at)}, {state.closed_by}" if state.closed_at else "",
        ]
        for state in years
    ]
    show(
        {"years": [plain(state) for state in years]},
        as_json=as_json,
        lines=format_columns(rows) or "No campaign year is configured. Add one with: mentorsync config load FILE.",
    )


@group.command(name="open")
def open_(
    year: YearArgument,
    source: Annotated[int, typer.Option("--from", metavar="YEAR", help="The year to copy the settings from.")],
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A setting, such as event_date=2026-11-08; can be repeated.",
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Campaign file to write.  [default: YEAR.yaml]", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Open a campaign year: write its campaign file from an earlier year's settings, and load it.

    The year in tags is increased. The numbers of the forms, the campaign's code and the event date are new every year.
    If one is missing, the file is only written, with a hint; complete it and load it: `mentorsync config load FILE`.
    """
    from mentorsync_pipeline.assets.partitions import require_partition  # noqa: PLC0415
    from mentorsync_pipeline.campaigns import service  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415

    require_partition(year)
    with open_connection() as connection:
        next_year = service.prepare_next_year(connection, year, source, _parse_settings(values or []))
    path = file or Path(f"{year}.yaml")
    write_campaign_file(path, next_year)
    run_id = None if next_year.missing else _load(next_year)
    lines = [f"{path} is written: the configuration of {year} from that of {source}."]
    if next_year.missing:
        lines.append(f"Enter in it: {', '.join(next_year.missing)}. Then load it: mentorsync config load {path}")
    else:
        lines.append(f"{year} is open. Fetch its data: mentorsync sync --year {year}")
    result = {
        "campaign_year": year,
        "file": str(path),
        "opened": run_id is not None,
        "run_id": run_id,
        "missing": list(next_year.missing),
        "notes": list(next_year.notes),
    }
    show(result, as_json=as_json, lines="\n".join([*lines, *(f"Note: {note}" for note in next_year.notes)]))


def _parse_settings(settings: list[str]) -> dict[str, str]:
    """Parse settings as KEY=VALUE. Raises BadParameter."""
    parsed = [setting.partition("=") for setting in settings]
    wrong = [key for key, equals, value in parsed if not (key.strip() and equals and value.strip())]
    if wrong:
        raise typer.BadParameter(f"write KEY=VALUE: {', '.join(wrong)}", param_hint="--set")
    return {key.strip(): value.strip() for key, _, value in parsed}


def write_campaign_file(path: Path, next_year: "NextYear") -> None:
    """Write the campaign file. Raises MentorSyncError if the file exists or cannot be written."""
    from mentorsync_pipeline.campaigns.next_year import format_yaml  # noqa: PLC0415
    from mentorsync_pipeline.domain.errors import MentorSyncError  # noqa: PLC0415

    try:
        with path.open("x", encoding="utf-8") as stream, _removed_on_error(path):
            stream.write(format_yaml(next_year))
            stream.flush()
    except FileExistsError:
        raise MentorSyncError(
            f"{path} exists already.", "Load it, move it away, or choose another name with --file.", code="FILE_EXISTS"
        ) from None
    except OSError as error:
        raise MentorSyncError(
            f"{path} cannot be written ({error.strerror}).",
            "Choose another place with --file.",
            code="FILE_NOT_WRITTEN",
        ) from None


@contextmanager
def _removed_on_error(path: Path) -> Iterator[None]:
    """Remove a new file if it cannot be written to its end, so that no empty one is left on a full disk."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _load(next_year: "NextYear") -> str:
    """Store the configuration with a run, and return the run's id."""
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415
    from mentorsync_pipeline.runtime.run_options import CampaignValues, build_run_config  # noqa: PLC0415

    config = build_run_config("sync_configs", CampaignValues.from_settings(next_year.values))
    return run("configure", year=next_year.year, config=config).run_id


@group.command()
def close(
    year: YearArgument,
    force: Annotated[bool, typer.Option("--force", help="Close the year despite unfinished work.")] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Close a campaign year, which makes it read-only. Unfinished work is listed first.

    No sensor, schedule or command changes a closed year. `mentorsync year reopen` undoes it. Contacts that the year
    archived can still be restored.
    """
    from mentorsync_pipeline.campaigns import service  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415
    from mentorsync_pipeline.domain.json_values import plain  # noqa: PLC0415

    try:
        unfinished = service.close_year(change_context(by), year, force=force)
    except service.YearUnfinishedError as error:
        rows = [f"  {item.message} {item.what_to_do}" for item in error.unfinished]
        items = [plain(item) for item in error.unfinished]
        show({"campaign_year": year, "closed": False, "unfinished": items}, as_json=as_json, lines="\n".join(rows))
        raise
    note = " The unfinished work is recorded." if unfinished else ""
    show(
        {"campaign_year": year, "closed": True, "unfinished": [plain(item) for item in unfinished]},
        as_json=as_json,
        lines=f"{year} is closed and read-only.{note} To undo it: mentorsync year reopen {year}.",
    )


@group.command()
def reopen(year: YearArgument, by: By = None, as_json: Json = False) -> None:
    """Reopen a closed campaign year."""
    from mentorsync_pipeline.campaigns import service  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415

    service.reopen_year(change_context(by), year)
    show({"campaign_year": year, "closed": False}, as_json=as_json, lines=f"{year} is open again.")
