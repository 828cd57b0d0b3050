"""`mentorsync conflicts list|show|resolve|undo|accept-all`: conflicts that a person must decide.

A decision does not change mentors immediately; the next run of the year's assets applies it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mentorsync_pipeline.cli.actor import By
from mentorsync_pipeline.cli.conflict_format import format_conflict, format_conflicts, format_recommendation
from mentorsync_pipeline.cli.output import CommandGroup, Json, OptionalYear, format_cell, format_columns, show
from mentorsync_pipeline.runtime.formatting import format_count

if TYPE_CHECKING:
    from mentorsync_pipeline.review.conflict_queue import ConflictFilter

group = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Review and decide conflicts.")

ConflictId = Annotated[int, typer.Argument(help="Number of the conflict, as in `list`.")]
Kind = Annotated[str | None, typer.Option("--type", help="Type, such as contact_selection or phone_mismatch.")]
Severity = Annotated[Literal["high", "medium", "low"] | None, typer.Option("--severity", help="Severity.")]
Mentor = Annotated[str | None, typer.Option("--mentor", metavar="MN_ID", help="Conflicts of one mentor.")]
Age = Annotated[
    int | None, typer.Option("--older-than", metavar="DAYS", min=0, help="Open for more than this many days.")
]
Search = Annotated[
    str | None, typer.Option("--search", help="Text that occurs in the conflict, such as a name or an id.")
]
Status = Annotated[
    Literal["pending", "decided", "skipped", "obsolete", "any"],
    typer.Option("--status", help="pending: open; skipped: postponed; obsolete: its cause is gone."),
]
Choice = Annotated[Literal["a", "b", "custom", "skip"], typer.Option("--choice", help="custom needs --value.")]
Value = Annotated[
    str | None,
    typer.Option("--value", help="With custom: a Givebutter Contact ID, new_contact, a phone, an email, a text."),
]
Reason = Annotated[str | None, typer.Option("--reason", help="Reason, for the audit trail.")]
Until = Annotated[
    datetime | None,
    typer.Option("--until", formats=["%Y-%m-%d"], help="With skip: the day on which the conflict is open again."),
]
Seen = Annotated[
    str | None,
    typer.Option(
        "--seen", metavar="SEEN", help="Refuse if the conflict has changed since `show --json` returned this `seen`."
    ),
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="conflicts")


@group.command(name="list")
def list_(
    year: OptionalYear = None,
    kind: Kind = None,
    severity: Severity = None,
    status: Status = "pending",
    mentor: Mentor = None,
    older_than: Age = None,
    search: Search = None,
    as_json: Json = False,
) -> None:
    """List conflicts, most severe first."""
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.review import conflict_queue  # noqa: PLC0415

    conflict_filter = _filter(
        year, kind, severity, mentor, older_than, search, statuses=[] if status == "any" else [status]
    )
    with open_connection() as connection:
        conflicts = conflict_queue.list_conflicts(connection, conflict_filter)
    show({"conflicts": conflicts}, as_json=as_json, lines=format_conflicts(conflicts))


@group.command(name="show")
def show_(conflict_id: ConflictId, as_json: Json = False) -> None:
    """Show a conflict: both options, the recommendation with its reason, and earlier decisions."""
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.review import conflict_detail  # noqa: PLC0415

    with open_connection() as connection:
        conflict = conflict_detail.read_conflict(connection, conflict_id)
    show(conflict, as_json=as_json, lines=format_conflict(conflict))


@group.command()
def resolve(
    conflict_id: ConflictId,
    choice: Choice,
    value: Value = None,
    by: By = None,
    reason: Reason = None,
    until: Until = None,
    seen: Seen = None,
    as_json: Json = False,
) -> None:
    """Decide a conflict. The next run applies the decision."""
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415
    from mentorsync_pipeline.review import service  # noqa: PLC0415

    decided = service.answer_conflict(
        change_context(by),
        conflict_id,
        "skipped" if choice == "skip" else choice,
        value=value,
        reason=reason,
        skipped_until=until.date() if until is not None else None,
        seen=seen,
    )
    year = decided["campaign_year"]
    day = f" until {until:%Y-%m-%d}" if until is not None else ""
    outcome = f"is skipped{day}" if choice == "skip" else f"is decided: {format_cell(decided['decision']['value'])}"
    show(
        {"conflict_id": conflict_id, "status": decided["status"], "decision": decided["decision"]},
        as_json=as_json,
        lines=f"Conflict {conflict_id} {outcome}. The next run applies it: mentorsync etl --year {year}.",
    )


@group.command()
def undo(conflict_id: ConflictId, by: By = None, as_json: Json = False) -> None:
    """Undo a decision. The conflict is open again."""
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415
    from mentorsync_pipeline.review import service  # noqa: PLC0415

    year = service.undo_answer(change_context(by), conflict_id)["campaign_year"]
    show(
        {"conflict_id": conflict_id, "status": "pending"},
        as_json=as_json,
        lines=f"The decision on conflict {conflict_id} is undone, and the conflict is open again. The next run applies "
        f"this: mentorsync etl --year {year}.",
    )


@group.command(name="accept-all")
def accept_all(  # noqa: PLR0913, PLR0917  # each is an option of the command
    year: OptionalYear = None,
    kind: Kind = None,
    severity: Severity = None,
    mentor: Mentor = None,
    older_than: Age = None,
    search: Search = None,
    by: By = None,
    reason: Reason = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Decide them. Without this option, the command only lists them.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Decide all matching conflicts as recommended. Conflicts without a recommendation stay open."""
    from mentorsync_pipeline.cli.session import change_context, open_connection  # noqa: PLC0415
    from mentorsync_pipeline.review import conflict_queue, decision_store, service  # noqa: PLC0415

    conflict_filter = _filter(year, kind, severity, mentor, older_than, search, statuses=["pending"])
    with open_connection() as connection:
        acceptable = conflict_queue.find_acceptable(connection, conflict_filter)
    conflicts, without_recommendation = acceptable.rows, acceptable.without_recommendation
    ids = [row["id"] for row in conflicts]
    if yes:
        fingerprints = {row["id"]: decision_store.conflict_fingerprint(row) for row in conflicts}
        service.accept_recommendations(change_context(by), fingerprints, reason=reason)
    rows = [
        [
            conflict["id"],
            conflict["mn_id"],
            conflict["conflict_type"],
            format_recommendation(conflict),
            conflict["recommendation_reason"],
        ]
        for conflict in conflicts
    ]
    found = format_count(len(ids), "conflict")
    outcome = "decided" if yes else "would be decided; add --yes to decide them"
    show(
        {
            "accepted": ids if yes else [],
            "would_accept": [] if yes else ids,
            "without_recommendation": without_recommendation,
        },
        as_json=as_json,
        lines="\n".join(
            filter(
                None,
                (
                    format_columns(rows),
                    f"{found} {outcome}. {without_recommendation} without a recommendation stay open.",
                ),
            )
        ),
    )


def _filter(
    year: int | None,
    kind: str | None,
    severity: str | None,
    mentor: str | None,
    older_than: int | None,
    search: str | None,
    *,
    statuses: Sequence[str],
) -> "ConflictFilter":
    from mentorsync_pipeline.domain.vocabulary import CONFLICT_TYPES  # noqa: PLC0415
    from mentorsync_pipeline.review.conflict_queue import ConflictFilter  # noqa: PLC0415

    if kind is not None and kind not in CONFLICT_TYPES:
        raise typer.BadParameter(f"choose one of {', '.join(CONFLICT_TYPES)}", param_hint="--type")
    return ConflictFilter(
        year=year,
        conflict_type=kind,
        severity=severity,
        statuses=statuses,
        mn_id=mentor.strip().upper() if mentor else None,
        asked_before=None if older_than is None else datetime.now(UTC) - timedelta(days=older_than),
        search=search,
    )
