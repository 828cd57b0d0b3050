"""`mentorsync upload|refresh-contacts|export|validate`: load contacts, write and check files."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mentorsync_pipeline.cli.actor import actor_name
from mentorsync_pipeline.cli.output import Json, Year, show
from mentorsync_pipeline.runtime.formatting import format_count

if TYPE_CHECKING:
    import dagster as dg

ForceBy = Annotated[
    str | None,
    typer.Option(
        "--force-by", metavar="NAME", help="Proceed despite refusals that a person can override, in this person's name."
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Same as --force-by with the name of the logged-in user.")]


def _require_regular_file(path: Path) -> Path:
    """Refuse pipes and devices, because a file is read several times."""
    if not path.is_file():
        raise typer.BadParameter(f"{path.name} is a pipe or a device. Save its content as a file.")
    return path


def _require_time(text: str | None) -> str | None:
    """Refuse a text that is no time, before a run starts."""
    from mentorsync_pipeline.contacts.rules.as_of import parse_as_of  # noqa: PLC0415
    from mentorsync_pipeline.domain.team_time import TEAM_ZONE  # noqa: PLC0415

    try:
        return parse_as_of(text, TEAM_ZONE).isoformat() if text else None
    except ValueError:
        raise typer.BadParameter(f"{text} is not a time, such as 2025-10-01T09:30.") from None


File = Annotated[
    Path,
    typer.Argument(
        help="The file.",
        exists=True,
        dir_okay=False,
        readable=True,
        resolve_path=True,
        callback=_require_regular_file,
    ),
]

_MAX_PROBLEMS = 20


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
            "--as-of",
            callback=_require_time,
            help="Time of the export, such as 2025-10-01T09:30, if the file does not show it.",
        ),
    ] = None,
    force_by: ForceBy = None,
    force: Force = False,
    year: Annotated[
        int | None,
        typer.Option("--year", help="Campaign year of a file of rejected rows, if it cannot be determined."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Replace all contacts with those of an export downloaded from Givebutter's dashboard.

    Givebutter's file of rejected rows (…-failed.csv) is recognised by its header; each row becomes an error
    of its mentor.
    """
    from mentorsync_pipeline.uploads.upload_check import is_rejected_rows  # noqa: PLC0415

    if is_rejected_rows(file):
        _record_failed_rows(file, year, as_json=as_json)
        return
    _check_header(file)
    _load(
        "upload_contacts",
        upload_config(file, as_of=as_of, forced_by=_forced_by(force_by, force=force)),
        as_json=as_json,
    )


def upload_config(file: Path, *, as_of: str | None = None, forced_by: str | None = None) -> "dg.RunConfig":
    """Return the run configuration to load an export file."""
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
    config = _load_config(mode, year=year, forced_by=_forced_by(force_by, force=force))
    _load("refresh_contacts", config, as_json=as_json)


def export(
    year: Year,
    force_by: ForceBy = None,
    force: Force = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Print what the next file changes in Givebutter, and create nothing.")
    ] = False,
    changed_only: Annotated[
        bool, typer.Option("--changed-only", help="Also write a file of the rows that change or create a contact.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Create a new import file. Refused while the contact data is older than the last file."""
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415

    if preview:
        _show_preview(year, as_json=as_json)
        return
    from mentorsync_pipeline.runtime.run_options import ExportOptions, build_run_config  # noqa: PLC0415

    config = build_run_config("gb_import_file", ExportOptions(forced_by=_forced_by(force_by, force=force)))
    report = run("export", year=year, config=config)
    file = report.assets["gb_import_file"]
    lines = [f"{format_count(file['rows added'], 'row')}, {file['rows held back']} held back: {file['path']}"]
    if changed_only:
        file["changed_path"] = str(_write_changed_rows(year))
        lines.append(f"Changed and new rows only: {file['changed_path']}")
    show({"campaign_year": year, "run_id": report.run_id, **file}, as_json=as_json, lines="\n".join(lines))


def _show_preview(year: int, *, as_json: bool) -> None:
    """Print the rows of the next file that change or create a contact, and how many do not."""
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.contacts.label_lookup import read_present_config  # noqa: PLC0415
    from mentorsync_pipeline.domain.phones import format_phone  # noqa: PLC0415
    from mentorsync_pipeline.import_file.row_previews import preview_next_file  # noqa: PLC0415
    from mentorsync_pipeline.import_file.rules import preview as rules  # noqa: PLC0415

    with open_connection() as connection:
        rows = preview_next_file(connection, read_present_config(connection, year))
    counts = rules.count_kinds(rows)
    changed = [row for row in rules.filter_rows(rows, rules.PreviewFilter()) if row.kind != "unchanged"]
    lines = [f"{counts['changed']} changed, {counts['new']} new, {counts['unchanged']} unchanged"]
    for row in changed:
        lines.append(f"\n{row.mn_id} {row.name}{' (new contact)' if row.kind == 'new' else ''}")
        for change in row.changes:
            before, after = (", ".join(map(format_phone, values)) for values in (change.before, change.after))
            added = f"{before}, + {after}" if before else f"+ {after}"
            text = added if change.adds else f"{before or '-'} -> {after}"
            lines.append(f"  {change.column}: {text}")
    result = {"campaign_year": year, "rows": counts, "changes": [asdict(row) for row in changed]}
    show(result, as_json=as_json, lines="\n".join(lines))


def _write_changed_rows(year: int) -> Path:
    """Write the rows of the newest file that change or create a contact beside it; return the path."""
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.contacts.label_lookup import read_present_config  # noqa: PLC0415
    from mentorsync_pipeline.import_file import out_files, row_previews  # noqa: PLC0415
    from mentorsync_pipeline.runtime.atomic_files import write_private_file  # noqa: PLC0415
    from mentorsync_pipeline.runtime.folder_errors import folder_errors  # noqa: PLC0415
    from mentorsync_pipeline.runtime.settings import load_settings  # noqa: PLC0415

    folder = load_settings().out_dir
    with open_connection() as connection:
        file = out_files.find_file(connection, year)
        content = row_previews.select_changed_rows(connection, read_present_config(connection, year), file, folder)
    path = out_files.locate_file(file, folder)
    target = path.with_name(f"{path.stem}-changed.csv")
    with folder_errors("out folder", "MENTORSYNC_OUT_DIR"):
        write_private_file(target, content)
    return target


def validate(
    file: File,
    year: Annotated[
        int | None, typer.Option("--year", help="Campaign year of an import file.  [default: the newest]")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check an import file or a contacts export without loading it. Exit code 1 if there are problems.

    An export is refused exactly if `mentorsync upload` would refuse it now, with the same code and message.
    """
    from mentorsync_pipeline.campaigns import configuration  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.resources.clock import ClockResource  # noqa: PLC0415
    from mentorsync_pipeline.uploads import file_check  # noqa: PLC0415
    from mentorsync_pipeline.uploads.upload_check import is_rejected_rows  # noqa: PLC0415

    if file_check.is_import_file(file):
        with open_connection() as connection:
            years = configuration.read_configured_years(connection, active_only=False)
            result = file_check.check_import_file(connection, file, year or max(years, default=0))
    elif is_rejected_rows(file):
        with open_connection() as connection:
            result = file_check.check_rejected_rows_file(connection, file)
    else:
        _check_header(file)
        with open_connection() as connection:
            result = file_check.check_export_file(connection, file, now=ClockResource().now())
    problems = result["problems"]
    rows, found = format_count(result["rows"], "row"), format_count(len(problems), "problem")
    lines = [f"{result['kind']} file, {rows}: {result['passed']} valid, {found}."]
    lines += [
        f"  {problem['error_code']} ({problem['subject']}): {problem['message']} {problem['what_to_do']}"
        for problem in problems[:_MAX_PROBLEMS]
    ]
    lines += [
        f"  contact {record['contact_id']} would keep its current values: {record['field']} {record['reason']}"
        for record in result.get("unreadable", [])[:_MAX_PROBLEMS]
    ]
    show(result, as_json=as_json, lines="\n".join(lines))
    if problems:
        raise typer.Exit(1)


def _record_failed_rows(file: Path, year: int | None, *, as_json: bool) -> None:
    """Record each rejected row as an error of its mentor. Without `year`, it is determined by the ids in the file."""
    from mentorsync_pipeline.cli.session import open_connection, run  # noqa: PLC0415
    from mentorsync_pipeline.runtime.run_options import RejectedFile, build_run_config  # noqa: PLC0415
    from mentorsync_pipeline.uploads.rejected_mentors import RejectedFileError, find_year_of_rows  # noqa: PLC0415
    from mentorsync_pipeline.uploads.rejected_rows import (  # noqa: PLC0415
        FailedRowsError,
        read_failed_rows_file,
        read_identities,
    )

    if year is None:
        try:
            rows = read_identities(read_failed_rows_file(file))
        except FailedRowsError as error:
            raise RejectedFileError(str(error), "Upload the unchanged file from Givebutter.") from None
        with open_connection() as connection:
            year = find_year_of_rows(connection, rows)
    report = run("rejected_rows", year=year, config=build_run_config("gb_failed_rows", RejectedFile(path=str(file))))
    result = report.assets["gb_failed_rows"]
    show(
        {"campaign_year": year, "run_id": report.run_id, **result},
        as_json=as_json,
        lines=f"{format_count(result['rows read'], 'error')} from rows that Givebutter rejected. "
        f"Next steps: mentorsync errors list --year {year}",
    )


def _check_header(file: Path) -> None:
    """Check the header of a contacts export before a run starts. Raises ExportError for another kind of file."""
    from mentorsync_pipeline.contacts.load.export_file import ExportFile  # noqa: PLC0415

    ExportFile(file)


def _load(job: str, config: "dg.RunConfig", *, as_json: bool) -> None:
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415

    report = run(job, config=config)
    result = report.assets["raw_gb_full_contacts"]
    unreadable = result.get("unreadable", 0)
    show(
        {"run_id": report.run_id, **result},
        as_json=as_json,
        lines=f"{format_count(result['rows read'], 'contact')} read, "
        f"{result['dagster/row_count']} in the table (run {report.run_id})."
        + (
            f" {unreadable} contacts cannot be read and keep their previous values: mentorsync errors list."
            if unreadable
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
    from mentorsync_pipeline.runtime.run_options import ContactLoad, ContactMode, build_run_config  # noqa: PLC0415

    load = ContactLoad(mode=ContactMode[mode], path=path, year=year, as_of=as_of, forced_by=forced_by)
    return build_run_config("raw_gb_full_contacts", load)


def _forced_by(force_by: str | None, *, force: bool) -> str | None:
    return actor_name(force_by) if force_by or force else None
