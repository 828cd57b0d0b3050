"""`mentorsync archive plan|show|approve|reject|apply|restore`: archive duplicate contacts and restore them."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mentorsync_pipeline.cli import archive_text as text
from mentorsync_pipeline.cli.output import CommandGroup, Json, Year, show
from mentorsync_pipeline.domain.vocabulary import PlanStatus
from mentorsync_pipeline.runtime.formatting import format_count

if TYPE_CHECKING:
    import dagster as dg

group = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    help="Archive duplicate contacts: plan, review, approve and apply. `restore` undoes it.",
)
MassEmail = Annotated[
    bool,
    typer.Option(
        "--mass-email", help="Use the clean-up plan of mass-email stubs instead of the plan of duplicate contacts."
    ),
]


def _require_name(by: str) -> str:
    """Return the trimmed name. Raises BadParameter if it is blank."""
    if not by.strip():
        raise typer.BadParameter("enter the name of the person who decides")
    return by.strip()


By = Annotated[
    str,
    typer.Option(
        "--by", metavar="NAME", help="Name of the person who decides.", show_default=False, callback=_require_name
    ),
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="archive")


@group.command()
def plan(year: Year, mass_email: MassEmail = False, as_json: Json = False) -> None:
    """Refresh the plan from the current data. Nothing is archived."""
    from mentorsync_pipeline.archiving.plan_store import choose_purpose  # noqa: PLC0415
    from mentorsync_pipeline.automation.plan_jobs import choose_plan_job  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415

    with open_connection() as connection:
        job = choose_plan_job(connection, year, choose_purpose(mass_email=mass_email))
    result = _run(job, year)
    show(result, as_json=as_json, lines="" if as_json else _read_plan(year, mass_email=mass_email)[1])


@group.command(name="show")
def show_(
    year: Year,
    mass_email: MassEmail = False,
    state: Annotated[
        PlanStatus | None,
        typer.Option(help="Show only contacts in this state, and all of them."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the plan: each contact with its reason, and the guard's result."""
    result, lines = _read_plan(year, mass_email=mass_email, state=state, rows=True)
    show(result, as_json=as_json, lines=lines)


@group.command()
def approve(
    year: Year,
    by: By,
    contact: Annotated[
        list[int] | None,
        typer.Option(
            "--contact",
            help="Id of a contact that needs approval, was restored or is kept by a decision; can be repeated.",
        ),
    ] = None,
    plan_seen: Annotated[
        str | None,
        typer.Option("--plan", metavar="FINGERPRINT", help="Fingerprint of the plan that you reviewed (see show)."),
    ] = None,
    mass_email: MassEmail = False,
    as_json: Json = False,
) -> None:
    """Approve single contacts or, without --contact, the first plan of a year or a plan that the guard stopped."""
    from mentorsync_pipeline.archiving import service  # noqa: PLC0415
    from mentorsync_pipeline.archiving.plan_store import choose_purpose  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415

    purpose = choose_purpose(mass_email=mass_email)
    count = service.approve_contacts(change_context(by), year, purpose, contact or [], seen=plan_seen or None)
    options = text.options(year, mass_email=mass_email)
    show(
        {"campaign_year": year, "approved": count},
        as_json=as_json,
        lines=text.format_approval(count, contacts=bool(contact), options_text=options),
    )


@group.command()
def reject(
    year: Year,
    by: By,
    contact: Annotated[list[int], typer.Option("--contact", help="Id of a contact to keep; can be repeated.")],
    reason: Annotated[str | None, typer.Option(help="Reason, for the audit trail.")] = None,
    take_back: Annotated[
        bool,
        typer.Option("--take-back", help="Withdraw an earlier decision to keep; the next plan decides without it."),
    ] = False,
    mass_email: MassEmail = False,
    as_json: Json = False,
) -> None:
    """Keep contacts: they are archived only after a person approves it."""
    from mentorsync_pipeline.archiving import service  # noqa: PLC0415
    from mentorsync_pipeline.archiving.plan_store import choose_purpose  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415

    if take_back:
        outcome, count = "decision to keep withdrawn", service.withdraw_keep(change_context(by), year, contact)
    else:
        purpose = choose_purpose(mass_email=mass_email)
        outcome, count = "kept", service.keep_contacts(change_context(by), year, purpose, contact, reason=reason)
    line = (
        f"{format_count(count, 'contact')}: {outcome}. The next plan shows it: mentorsync archive plan --year {year}."
    )
    show({"campaign_year": year, "contacts": count, "did": outcome}, as_json=as_json, lines=line)


@group.command()
def apply(year: Year, mass_email: MassEmail = False, as_json: Json = False) -> None:
    """Archive the planned contacts. Can be stopped at any time and repeated."""
    result = _run("mass_email_cleanup" if mass_email else "archive", year)
    options = text.options(year, mass_email=mass_email)
    show(result, as_json=as_json, lines=text.format_apply_result(result, year=year, options_text=options))
    _exit_if_failed(result)


@group.command()
def restore(
    year: Year,
    by: By,
    contact: Annotated[int | None, typer.Option(help="Id of one contact.")] = None,
    mentor: Annotated[str | None, typer.Option(help="All contacts of this mentor, such as MN0123.")] = None,
    run_id: Annotated[str | None, typer.Option("--run", help="All contacts that this Dagster run archived.")] = None,
    as_json: Json = False,
) -> None:
    """Restore archived contacts. They are archived again only if a person approves it."""
    if [contact, mentor, run_id].count(None) != 2:
        raise typer.BadParameter("use exactly one of --contact, --mentor and --run")
    from mentorsync_pipeline.runtime.run_options import Restore, build_run_config  # noqa: PLC0415

    options = Restore(by=by, contact_id=contact, mn_id=mentor and mentor.strip().upper(), run_id=run_id)
    result = _run("restore_archived", year, config=build_run_config("restored_duplicates", options))
    show(result, as_json=as_json, lines=text.format_restore_result(result))
    _exit_if_failed(result)


def _run(job: str, year: int, *, config: "dg.RunConfig | None" = None) -> dict[str, Any]:
    """Run a job; return the metadata of its assets."""
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415

    report = run(job, year=year, config=config)
    metadata = (item for values in report.assets.values() for item in values.items())
    result = {name: value for name, value in metadata if not name.startswith("dagster/")}
    return {"job": job, "campaign_year": year, "run_id": report.run_id, **result}


def _exit_if_failed(result: dict[str, Any]) -> None:
    if result.get("failed"):
        raise typer.Exit(1)


def _read_plan(
    year: int, *, mass_email: bool, state: PlanStatus | None = None, rows: bool = False
) -> tuple[dict[str, Any], str]:
    """Return the stored plan as a JSON object with the rows in `state`, and as text, with the rows if `rows` is set."""
    from mentorsync_pipeline.archiving import plan_store as archive_plan  # noqa: PLC0415
    from mentorsync_pipeline.archiving.rules.duplicates_plan import plan_fingerprint  # noqa: PLC0415
    from mentorsync_pipeline.campaigns import configuration  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.contacts.queries import read_contacts_by_id  # noqa: PLC0415
    from mentorsync_pipeline.db.plan_status import read_plan_statuses  # noqa: PLC0415
    from mentorsync_pipeline.domain.json_values import plain  # noqa: PLC0415

    purpose = archive_plan.choose_purpose(mass_email=mass_email)
    with open_connection() as connection:
        plan_rows = archive_plan.read_plan_rows(connection, year, purpose)
        guard = archive_plan.read_guard(connection, configuration.read_config(connection, year), purpose, plan_rows)
        causes = archive_plan.count_causes(connection, year, purpose)
        ledger = archive_plan.count_ledger_statuses(connection, year, purpose)
        statuses = read_plan_statuses(connection, year, purpose)
        ids = {id_ for row in plan_rows for id_ in (row.contact_id, row.winner_contact_id) if id_ is not None}
        contacts = {contact.contact_id: contact for contact in read_contacts_by_id(connection, ids)} if rows else {}
    result = {
        "campaign_year": year,
        "purpose": purpose,
        "plan_fingerprint": plan_fingerprint(plan_rows),
        "counts": archive_plan.summarise_plan(plan_rows),
        "ledger": ledger,
        "guard": plain(guard) | {"stops": guard.stops, "causes": plain(causes)},
        "rows": [
            plain(row) | {"status": statuses.get(row.contact_id)}
            for row in plan_rows
            if state in (None, statuses.get(row.contact_id))
        ],
    }
    lines = [text.format_plan(plan_rows, statuses, guard, ledger, result)]
    if rows:
        options = text.options(year, mass_email=mass_email)
        lines += text.format_plan_rows(plan_rows, statuses, contacts, state, options)
    return result, "\n".join(lines)
