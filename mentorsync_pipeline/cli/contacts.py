"""`mentorsync upload|refresh-contacts|export|validate`: load contacts, write and check files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mentorsync_pipeline.cli import rejected
from mentorsync_pipeline.cli.actor import actor_name
from mentorsync_pipeline.cli.output import Json, Year, show

if TYPE_CHECKING:
    import dagster as dg

ForceBy = Annotated[
    str | None,
    typer.Option("--force-by", metavar="NAME", help="Load or write it despite warnings, in this person's name."),
]
Force = Annotated[bool, typer.Option("--force", help="Like --force-by, in the name of the logged-in user.")]
File = Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False, readable=True, resolve_path=True)]

_PROBLEMS_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(upload)
    app.command(name="refresh-contacts")(refresh_contacts)
    app.command()(export)
    app.command()(validate)


def upload(
    file: File,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", help="When the export was taken, if the file does not show it: 2025-10-01T09:30-04:00."
        ),
    ] = None,
    force_by: ForceBy = None,
    force: Force = False,
    year: Annotated[
        int | None,
        typer.Option("--year", help="The campaign year of a file of rejected rows, if it cannot be determined."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Replace all contacts with those of an export downloaded from Givebutter's dashboard.

    Givebutter's file of rejected rows (…-failed.csv) is recognised by its header: each row becomes an error
    of its mentor.
    """
    if rejected.is_rejected(file):
        rejected.record(file, year, as_json=as_json)
        return
    _check_header(file)
    _load("upload_contacts", upload_config(file, as_of=as_of, forced_by=_who(force_by, force=force)), as_json=as_json)


def upload_config(file: Path, *, as_of: str | None = None, forced_by: str | None = None) -> "dg.RunConfig":
    """The run configuration that loads an export file."""
    return _load_config("file", path=str(file), as_of=as_of, forced_by=forced_by)


def refresh_contacts(
    full: Annotated[bool, typer.Option("--full", help="Fetch all contacts again.")] = False,
    changes: Annotated[
        bool, typer.Option("--changes", help="Fetch changes since the last load (the default).")
    ] = False,
    mentors: Annotated[bool, typer.Option("--mentors", help="Fetch the contacts of one year's mentors.")] = False,
    year: Annotated[int | None, typer.Option("--year", help="The campaign year, with --mentors.")] = None,
    force_by: ForceBy = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Fetch contacts over Givebutter's API."""
    if full + changes + mentors > 1:
        raise typer.BadParameter("choose one of --full, --changes and --mentors")
    if mentors != (year is not None):
        raise typer.BadParameter("use --mentors and --year together")
    mode = "api_full" if full else "api_mentors" if mentors else "api_changes"
    config = _load_config(mode, year=year, forced_by=_who(force_by, force=force))
    _load("refresh_contacts", config, as_json=as_json)


def export(year: Year, force_by: ForceBy = None, force: Force = False, as_json: Json = False) -> None:
    """Write the year's import file again; refused while the contact data is older than the last file."""
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415
    from mentorsync_pipeline.runtime.run_options import ExportOptions, options_of  # noqa: PLC0415

    config = options_of("gb_import_file", ExportOptions(forced_by=_who(force_by, force=force)))
    report = run("export", year=year, config=config)
    file = report.assets["gb_import_file"]
    show(
        {"campaign_year": year, "run_id": report.run_id, **file},
        as_json=as_json,
        lines=f"{file['rows added']} rows, {file['rows held back']} held back: {file['path']}",
    )


def validate(
    file: File,
    year: Annotated[
        int | None, typer.Option("--year", help="The campaign year of an import file; the newest if not given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check an import file or a contacts export without loading it; exit code 1 when something is wrong.

    An export is refused exactly when `mentorsync upload` would refuse it now, with the same code and message.
    """
    from mentorsync_pipeline.campaigns import configuration  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import reading  # noqa: PLC0415
    from mentorsync_pipeline.resources.clock import ClockResource  # noqa: PLC0415
    from mentorsync_pipeline.uploads import file_check  # noqa: PLC0415

    if file_check.is_import_file(file):
        with reading() as connection:
            years = configuration.configured_years(connection, active_only=False)
            found = file_check.check_import_file(connection, file, year or max(years, default=0))
    elif rejected.is_rejected(file):
        with reading() as connection:
            found = file_check.check_rejected_rows_file(connection, file)
    else:
        _check_header(file)
        with reading() as connection:
            found = file_check.check_export_file(connection, file, now=ClockResource().now())
    problems = found["problems"]
    lines = [f"{found['kind']} file, {found['rows']} rows: {found['passed']} valid, {len(problems)} problems."]
    lines += [
        f"  {one['error_code']} ({one['subject']}): {one['message']} {one['what_to_do']}"
        for one in problems[:_PROBLEMS_SHOWN]
    ]
    lines += [
        f"  contact {one['contact_id']} would keep its present values: {one['field']} {one['reason']}"
        for one in found.get("unreadable", [])[:_PROBLEMS_SHOWN]
    ]
    show(found, as_json=as_json, lines="\n".join(lines))
    if problems:
        raise typer.Exit(1)


def _check_header(file: Path) -> None:
    """Refuse a file that is not a contacts export before starting a run. Raises ExportError."""
    from mentorsync_pipeline.contacts.load.export_file import ExportFile  # noqa: PLC0415

    ExportFile(file)


def _load(job: str, config: "dg.RunConfig", *, as_json: bool) -> None:
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415

    report = run(job, config=config)
    done = report.assets["raw_gb_full_contacts"]
    unread = done.get("unreadable", 0)
    show(
        {"run_id": report.run_id, **done},
        as_json=as_json,
        lines=f"{done['rows read']} contacts read, {done['dagster/row_count']} in the table (run {report.run_id})."
        + (
            f" {unread} contacts cannot be read and keep their previous values: mentorsync errors list."
            if unread
            else ""
        ),
    )


def _load_config(
    mode: str,
    *,
    path: str | None = None,
    year: int | None = None,
    as_of: str | None = None,
    forced_by: str | None = None,
) -> "dg.RunConfig":
    from mentorsync_pipeline.runtime.run_options import ContactLoad, ContactMode, options_of  # noqa: PLC0415

    load = ContactLoad(mode=ContactMode[mode], path=path, year=year, as_of=as_of, forced_by=forced_by)
    return options_of("raw_gb_full_contacts", load)


def _who(force_by: str | None, *, force: bool) -> str | None:
    return actor_name(force_by) if force_by or force else None
