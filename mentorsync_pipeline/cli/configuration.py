"""`mentorsync config load|show|set`: the configuration of a campaign year."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mentorsync_pipeline.cli.output import CommandGroup, Json, Year, show

if TYPE_CHECKING:
    from mentorsync_pipeline.domain.config import CampaignConfig

group = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Configure a campaign year.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="config")


@group.command()
def load(
    file: Annotated[Path, typer.Argument(help="A YAML file, or the name of an included file such as 2025.yaml.")],
    as_json: Json = False,
) -> None:
    """Add a campaign year, or replace its configuration, from a YAML file."""
    from mentorsync_pipeline.campaigns.configuration import parse_yaml, shipped_campaigns  # noqa: PLC0415

    shipped = {entry.name: entry for entry in shipped_campaigns().values()}
    source = shipped[file.name] if not file.exists() and str(file) in shipped else file
    _store(parse_yaml(source), as_json=as_json)


@group.command(name="set", context_settings={"ignore_unknown_options": True})
def set_(
    key: Annotated[str, typer.Argument(help="The key, such as fundraising_goal.")],
    value: Annotated[str, typer.Argument(help="The value; JSON if it is a list or a map.")],
    value_after_year: Annotated[str | None, typer.Argument(hidden=True)] = None,
    year: Annotated[int | None, typer.Option("--year", help="The campaign year.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Change one key of a campaign year: `mentorsync config set KEY VALUE --year YEAR`.

    The form `config set YEAR KEY VALUE` is also accepted.
    """
    if value_after_year is not None and key.isascii() and key.isdigit() and year in (None, int(key)):
        year, key, value = int(key), value, value_after_year
    elif value_after_year is not None:
        raise typer.BadParameter("put a value of several words in quotes: config set KEY 'VALUE' --year YEAR")
    if year is None:
        raise typer.BadParameter("add the campaign year: config set KEY VALUE --year YEAR")
    from mentorsync_pipeline.campaigns.configuration import with_changed_value  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415

    with open_connection() as connection:
        config = with_changed_value(connection, year, key, value)
    _store(config, as_json=as_json)


@group.command(name="show")
def show_(year: Year, as_json: Json = False) -> None:
    """Show the configuration of a campaign year, as it is stored."""
    from mentorsync_pipeline.campaigns.configuration import read_stored_config  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415

    with open_connection() as connection:
        values = read_stored_config(connection, year).model_dump(mode="json")
    show(values, as_json=as_json, lines="\n".join(f"{key}: {value}" for key, value in values.items()))


def _store(config: "CampaignConfig", *, as_json: bool) -> None:
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415
    from mentorsync_pipeline.runtime.run_options import CampaignValues, build_run_config  # noqa: PLC0415

    year = config.campaign_year
    options = CampaignValues.from_settings(config.model_dump(mode="json"))
    report = run("configure", year=year, config=build_run_config("sync_configs", options))
    result = report.assets["sync_configs"]
    changes = ", ".join(
        f"{result[f'rows {change}']} {change}" for change in ("added", "changed", "removed") if result[f"rows {change}"]
    )
    show(
        {"campaign_year": year, "run_id": report.run_id, **result},
        as_json=as_json,
        lines=f"Campaign year {year} is configured: {changes or 'no changes'}.",
    )
