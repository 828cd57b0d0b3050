"""`mentorsync attendance import|check-in|cash|note|undo|list`: attendance, verified cash and notes of mentors."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mentorsync_pipeline.cli.actor import By
from mentorsync_pipeline.cli.output import CommandGroup, Json, Year, format_cell, format_columns, show
from mentorsync_pipeline.domain.names.name_parts import join_names
from mentorsync_pipeline.domain.vocabulary import RecordKind
from mentorsync_pipeline.runtime.formatting import format_count

if TYPE_CHECKING:
    from mentorsync_pipeline.attendance.service import Observation, RecordResult
    from mentorsync_pipeline.db.audited_change import ChangeContext

group = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    help="Record attendance at the training, verified cash and notes. A sync does not overwrite them.",
)
MnId = Annotated[str, typer.Argument(metavar="MN_ID", help="The mentor, such as MN0123.", show_default=False)]
Session = Annotated[str | None, typer.Option("--session", help="The training session.")]
At = Annotated[
    datetime | None,
    typer.Option("--at", help="When it was observed, in the team's time zone.  [default: now]", show_default=False),
]
DeviceId = Annotated[
    str | None,
    typer.Option("--device-id", help="Your own id for the record. Repeats with the same id count once."),
]
_OUTCOME_TEXTS = {
    "recorded": "recorded",
    "repeated": "was recorded before",
    "already": "was checked in before",
    "undone": "undone",
    "unchanged": "was undone before",
}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="attendance")


@group.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with MN id, name, email or phone of each mentor.")],
    year: Year,
    session: Annotated[str | None, typer.Option("--session", help="Session of lines without a session.")] = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Check in all mentors of a CSV file, or none if lines are invalid; these are listed with their numbers."""
    from mentorsync_pipeline.attendance import service  # noqa: PLC0415
    from mentorsync_pipeline.attendance.rules.attendance_file import AttendanceFileError  # noqa: PLC0415
    from mentorsync_pipeline.domain.json_values import plain  # noqa: PLC0415
    from mentorsync_pipeline.domain.team_time import TEAM_ZONE  # noqa: PLC0415

    content = _read(file)
    try:
        result = service.import_attendance(_context(by), year, content, zone=TEAM_ZONE, session=session)
    except AttendanceFileError as error:
        if as_json:
            problems = [{"line": problem.line, "reason": problem.reason} for problem in error.problems]
            show({"recorded": 0, "problems": problems}, as_json=True, lines="")
        raise
    undone = f", {result.undone} undone by a person and still undone" if result.undone else ""
    absent = f", {result.absent} did not attend" if result.absent else ""
    show(
        plain(result),
        as_json=as_json,
        lines=f"{format_count(result.recorded, 'mentor')} checked in, "
        f"{result.already} checked in before{undone}{absent}.",
    )


@group.command(name="check-in")
def check_in(
    mn_id: MnId,
    year: Year,
    session: Session = None,
    at: At = None,
    device_id: DeviceId = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Record that a mentor attended the training."""
    from mentorsync_pipeline.attendance import service  # noqa: PLC0415

    result = service.check_in(_context(by), year, mn_id, _observation(at, device_id), session=session)
    _show_result(result, as_json=as_json)


@group.command()
def cash(
    mn_id: MnId,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Dollars and cents, such as 42.50.")],
    year: Year,
    at: At = None,
    device_id: DeviceId = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Record the counted cash of a mentor. It is shown next to the amount raised and not added to it."""
    from decimal import Decimal, InvalidOperation  # noqa: PLC0415

    from mentorsync_pipeline.attendance import service  # noqa: PLC0415

    try:
        dollars = Decimal(amount.strip().removeprefix("$").replace(",", ""))
    except InvalidOperation:
        raise typer.BadParameter("enter dollars and cents, such as 42.50") from None
    result = service.verify_cash(_context(by), year, mn_id, dollars, _observation(at, device_id))
    _show_result(result, as_json=as_json)


@group.command()
def note(
    mn_id: MnId,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The note.")],
    year: Year,
    at: At = None,
    device_id: DeviceId = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Record a note on a mentor. Notes stay in MentorSync."""
    from mentorsync_pipeline.attendance import service  # noqa: PLC0415

    result = service.add_note(_context(by), year, mn_id, text, _observation(at, device_id))
    _show_result(result, as_json=as_json)


@group.command()
def undo(
    year: Year,
    mn_id: Annotated[
        str | None,
        typer.Argument(
            metavar="[MN_ID]", help="Undo all check-ins of this mentor, and Givebutter's tick.", show_default=False
        ),
    ] = None,
    record: Annotated[int | None, typer.Option("--record", help="Number of the record to undo, as in `list`.")] = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Undo a record. It is still listed with --all, with the person and the time."""
    from mentorsync_pipeline.attendance import service  # noqa: PLC0415

    if (mn_id is None) == (record is None):
        raise typer.BadParameter("use either MN_ID or --record")
    context = _context(by)
    if mn_id is not None:
        result = service.withdraw_attendance(context, year, mn_id)
    else:
        result = service.undo_record(context, year, record_id=record)
    _show_result(result, as_json=as_json)


@group.command(name="list")
def list_(
    year: Year,
    kind: Annotated[RecordKind | None, typer.Option("--kind", help="Records of one kind.")] = None,
    mentor: Annotated[str | None, typer.Option("--mentor", metavar="MN_ID", help="Records of one mentor.")] = None,
    search: Annotated[str | None, typer.Option("--search", help="Text in a name, session or note.")] = None,
    undone: Annotated[bool, typer.Option("--all", help="Include undone records.")] = False,
    as_json: Json = False,
) -> None:
    """List records, newest first."""
    from mentorsync_pipeline.attendance import queries  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.db.paging import read_all  # noqa: PLC0415

    record_filter = queries.RecordFilter(
        year=year,
        kind=kind,
        mn_id=mentor.strip().upper() if mentor else None,
        undone=None if undone else False,
        search=search,
    )
    with open_connection() as connection:
        rows = read_all(connection, queries.record_listing(record_filter))
    lines = format_columns([_cells(row) for row in rows]) if rows else "No records."
    show({"records": rows}, as_json=as_json, lines=lines)


def _context(by: str | None) -> "ChangeContext":
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415

    return change_context(by)


def _show_result(result: "RecordResult", *, as_json: bool) -> None:
    row = result.record
    show(
        {"outcome": result.outcome, "record": row},
        as_json=as_json,
        lines=f"{row['mn_id']}: {row['kind'].replace('_', ' ')} {_OUTCOME_TEXTS[result.outcome]} (record {row['id']}).",
    )


def _cells(row: dict[str, Any]) -> list[Any]:
    name = join_names(row["preferred_name"] or row["first_name"], row["last_name"])
    detail = row["session"] or row["note"] or (f"${row['amount']:,.2f}" if row["amount"] is not None else "")
    undone = f"undone by {row['undone_by']} {format_cell(row['undone_at'])}" if row["undone_at"] else ""
    return [row["id"], row["mn_id"], name, row["kind"], row["observed_at"], row["recorded_by"], undone, detail]


def _read(file: Path) -> bytes:
    """Read the file. Raises AttendanceFileError if it cannot be read."""
    from mentorsync_pipeline.attendance.rules.attendance_file import AttendanceFileError  # noqa: PLC0415

    try:
        return file.read_bytes()
    except OSError as error:
        raise AttendanceFileError(
            f"{file.name} cannot be read ({type(error).__name__}).",
            "Check the path and the file's permissions.",
        ) from None


def _observation(at: datetime | None, device_id: str | None) -> "Observation":
    from mentorsync_pipeline.attendance.service import Observation  # noqa: PLC0415
    from mentorsync_pipeline.domain.team_time import TEAM_ZONE  # noqa: PLC0415

    return Observation(zone=TEAM_ZONE, observed_at=at, device_record_id=device_id)
