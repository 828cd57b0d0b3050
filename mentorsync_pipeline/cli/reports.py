"""`mentorsync reports`: list the named reports, print one, or write it to a CSV file."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mentorsync_pipeline.cli.output import Json, Year, format_columns, show


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reports)


def reports(
    year: Year,
    name: Annotated[str | None, typer.Argument(help="The report; without it the reports are listed.")] = None,
    missing: Annotated[str | None, typer.Option("--missing", help="setup, page, training or partner.")] = None,
    uga_class: Annotated[str | None, typer.Option("--class", help="The class, or none for mentors without.")] = None,
    shift: Annotated[str | None, typer.Option("--shift", help="The shift, or none for mentors without.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the report to this CSV file.")] = None,
    as_json: Json = False,
) -> None:
    """List the reports of a year, print one, or write it to a CSV file for a spreadsheet."""
    from mentorsync_pipeline.campaigns.configuration import read_config  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.db.paging import read_all  # noqa: PLC0415
    from mentorsync_pipeline.reports.queries import GAPS, NOT_GIVEN, ReportFilter, read_options  # noqa: PLC0415
    from mentorsync_pipeline.reports.registry import find_report  # noqa: PLC0415

    if name is None:
        _list_reports(as_json=as_json)
        return
    gap = next((gap for gap in GAPS if gap == missing), None)
    if missing is not None and gap is None:
        raise typer.BadParameter(f"choose one of {', '.join(GAPS)}", param_hint="--missing")
    report = find_report(name)
    filters = ReportFilter(missing=gap, uga_class=uga_class, shift_preference=shift)
    with open_connection() as connection:
        config = read_config(connection, year)
        for option, column, value in (("--class", "uga_class", uga_class), ("--shift", "shift_preference", shift)):
            known = [*read_options(connection, config, column), NOT_GIVEN]
            if value is not None and value not in known:
                raise typer.BadParameter(f"choose one of {', '.join(known)}", param_hint=option)
        rows = read_all(connection, report.list_rows(config, filters))
    columns = report.columns if as_json or csv else [column for column in report.columns if not column.only_file]
    cells = [[row[column.name] for column in columns] for row in rows]
    header = [column.label for column in columns]
    lines = f"{format_columns([header, *cells], max_width=30)}\nRows: {len(rows)}." if rows else "The report is empty."
    if csv is not None:
        _write_file(csv, header, cells)
        lines = f"Rows: {len(rows)}, written to {csv}."
    records = [{column.name: row[column.name] for column in columns} for row in rows]
    show({"report": report.name, "rows": records}, as_json=as_json, lines=lines)


def _list_reports(*, as_json: bool) -> None:
    from mentorsync_pipeline.reports.registry import REPORTS  # noqa: PLC0415

    rows = [{"name": report.name, "title": report.title, "description": report.description} for report in REPORTS]
    show({"reports": rows}, as_json=as_json, lines=format_columns([[row["name"], row["description"]] for row in rows]))


def _write_file(path: Path, header: list[str], cells: list[list[Any]]) -> None:
    """Write the file; only its owner can read it, because it holds phones. Raises MentorSyncError."""
    from mentorsync_pipeline.domain.errors import MentorSyncError  # noqa: PLC0415
    from mentorsync_pipeline.runtime.atomic_files import write_private_file  # noqa: PLC0415
    from mentorsync_pipeline.runtime.csv_text import csv_text  # noqa: PLC0415

    try:
        write_private_file(path, "".join(csv_text(header, cells)).encode())
    except OSError as error:
        raise MentorSyncError(
            f"{path} cannot be written ({error.strerror}).", "Choose another place with --csv.", code="FILE_NOT_WRITTEN"
        ) from None
