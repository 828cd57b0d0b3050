"""`mentorsync archive plan|show|approve|reject|apply|restore`: duplicates go, and come back.

What is planned does not belong here (`rules.archive_plan`), nor how it is carried out (`mentorsync_pipeline.archive`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mentorsync_pipeline.cli.output import Json, OneLineErrors, Year, show

if TYPE_CHECKING:
    from mentorsync_pipeline.rules.archive_guard import Guard
    from mentorsync_pipeline.rules.archive_records import PlanRow

group = typer.Typer(
    cls=OneLineErrors, no_args_is_help=True, help="Archive duplicate contacts, and undo it: plan, look, approve, apply."
)
MassEmail = Annotated[
    bool, typer.Option("--mass-email", help="The clean-up of all mass-email stubs, not the mentors' duplicates.")
]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides this.", show_default=False)]
_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="archive")


@group.command()
def plan(year: Year, mass_email: MassEmail = False, as_json: Json = False) -> None:
    """Plan what is archived, with what is there now; nothing is archived."""
    _run("plan_mass_email" if mass_email else "plan_archive", year, as_json=as_json)


@group.command(name="show")
def show_(
    year: Year,
    mass_email: MassEmail = False,
    state: Annotated[
        str | None, typer.Option(help="Only planned, needs_approval or kept ones; then all of them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the plan: each contact with its reason, and whether the guard stops it."""
    from mentorsync_pipeline.cli.session import reading  # noqa: PLC0415
    from mentorsync_pipeline.rules.archive_plan import plan_fingerprint  # noqa: PLC0415
    from mentorsync_pipeline.rules.json_values import plain  # noqa: PLC0415
    from mentorsync_pipeline.store import archive_plan, configs  # noqa: PLC0415

    purpose = archive_plan.purpose_of(mass_email=mass_email)
    with reading() as connection:
        rows = archive_plan.stored_rows(connection, year, purpose)
        guard = archive_plan.guard_of(connection, configs.read(connection, year), purpose, rows)
        ledger = archive_plan.ledger_tally(connection, year, purpose)
    chosen = [row for row in rows if state in (None, row.plan_state)]
    result = {
        "campaign_year": year,
        "purpose": purpose,
        "plan_fingerprint": plan_fingerprint(rows),
        "counts": archive_plan.tally(rows),
        "ledger": ledger,
        "guard": plain(guard) | {"stops": guard.stops},
        "rows": [plain(row) for row in chosen],
    }
    lines = _in_words(rows, chosen if state else [], guard, result)
    show(result, as_json=as_json, lines="\n".join(lines))


@group.command()
def approve(
    year: Year,
    by: By,
    contact: Annotated[
        list[int] | None,
        typer.Option(
            "--contact", help="A contact that needs a yes, or that was restored or struck out; may be repeated."
        ),
    ] = None,
    plan_seen: Annotated[
        str | None, typer.Option("--plan", metavar="FINGERPRINT", help="The plan that was looked at, as show tells.")
    ] = None,
    mass_email: MassEmail = False,
    as_json: Json = False,
) -> None:
    """Say yes by name: to single contacts, or without --contact to a plan that the guard has stopped."""
    options = {"by": by, "contact_ids": contact or [], "mass_email": mass_email}
    options |= {"plan_fingerprint": plan_seen} if plan_seen else {}
    _run("approve_archive", year, asset="archive_approvals", options=options, as_json=as_json)


@group.command()
def reject(
    year: Year,
    by: By,
    contact: Annotated[list[int], typer.Option("--contact", help="A contact to strike out; may be repeated.")],
    reason: Annotated[str | None, typer.Option(help="Why, for whoever asks later.")] = None,
    take_back: Annotated[
        bool, typer.Option("--take-back", help="Take an earlier no back; the next plan decides anew.")
    ] = False,
    mass_email: MassEmail = False,
    as_json: Json = False,
) -> None:
    """Strike contacts out by name: they are not archived, from this moment on, until somebody approves them."""
    from mentorsync_pipeline.cli.acting import acting  # noqa: PLC0415
    from mentorsync_pipeline.store import archive_answers, archive_plan  # noqa: PLC0415

    now, did = datetime.now(UTC), "no taken back" if take_back else "struck out"
    with acting("archive_approvals") as act:
        if take_back:
            count = archive_answers.take_back(act.conn, contact, by=by, now=now)
        else:
            purpose = archive_plan.purpose_of(mass_email=mass_email)
            count = archive_answers.reject(act.conn, year, purpose, contact, by=by, reason=reason, now=now)
        act.tell(did, {year}, contacts=count)
    told = f"{count} contacts: {did}. The next plan shows it: mentorsync archive plan --year {year}."
    show({"campaign_year": year, "contacts": count, "did": did}, as_json=as_json, lines=told)


@group.command()
def apply(year: Year, mass_email: MassEmail = False, as_json: Json = False) -> None:
    """Archive what is planned. It can be stopped at any time and repeated."""
    _run("mass_email_cleanup" if mass_email else "archive", year, as_json=as_json)


@group.command()
def restore(
    year: Year,
    by: By,
    contact: Annotated[int | None, typer.Option(help="This contact.")] = None,
    mentor: Annotated[str | None, typer.Option(help="All contacts of this mentor: MN0123.")] = None,
    run_id: Annotated[str | None, typer.Option("--run", help="All that this Dagster run archived.")] = None,
    as_json: Json = False,
) -> None:
    """Bring archived contacts back; they are not archived again unless somebody approves it."""
    if [contact, mentor, run_id].count(None) != 2:
        raise typer.BadParameter("name one of --contact, --mentor and --run")
    given = {"contact_id": contact, "mn_id": mentor, "run_id": run_id}
    options = {"by": by} | {name: value for name, value in given.items() if value is not None}
    _run("restore_archived", year, asset="restored_duplicates", options=options, as_json=as_json)


def _run(
    job: str, year: int, *, as_json: bool, asset: str | None = None, options: dict[str, Any] | None = None
) -> None:
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415

    config = {"ops": {asset: {"config": options}}} if asset else None
    report = run(job, year=year, config=config)
    done = {
        name: value
        for values in report.assets.values()
        for name, value in values.items()
        if not name.startswith("dagster/")
    }
    told = ", ".join(f"{value} {name}" for name, value in done.items() if not name.startswith("rows") and value)
    show(
        {"job": job, "campaign_year": year, "run_id": report.run_id, **done},
        as_json=as_json,
        lines=f"{job} {year}: {told or 'nothing to do'} (run {report.run_id}).",
    )
    if done.get("failed"):
        raise typer.Exit(1)


def _in_words(
    rows: "Sequence[PlanRow]", chosen: "Sequence[PlanRow]", guard: "Guard", result: dict[str, Any]
) -> list[str]:
    if not rows:
        return ["There is no plan, or nothing in it. Make one with: mentorsync archive plan."]
    lines = [f"Plan {result['plan_fingerprint'][:12]}: {len(rows)} contacts."]
    lines += [f"  {count:>6}  {kind}" for kind, count in result["counts"].items()]
    lines.append("Ledger: " + (", ".join(f"{count} {status}" for status, count in result["ledger"].items()) or "empty"))
    if guard.reasons:
        verdict = "let through by name" if guard.approved else "stopped until it is approved by name"
        lines.append(f"Guard: {' and '.join(guard.reasons)}: {verdict}.")
    asked = [row for row in rows if row.plan_state == "needs_approval"]
    for row in chosen or asked[:_SHOWN]:
        whose = f" of {row.mn_id}, kept: {row.winner_contact_id}" if row.mn_id else ""
        lines.append(f"  {row.plan_state:<14}  contact {row.contact_id}{whose}. {row.reason}")
    if not chosen and len(asked) > _SHOWN:
        lines.append(f"  … and {len(asked) - _SHOWN} more: --state needs_approval")
    return lines
