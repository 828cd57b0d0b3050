"""`mentorsync archive plan|show|approve|reject|apply|restore`: archive duplicate contacts and restore them."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mentorsync_pipeline.cli import archive_text as text
from mentorsync_pipeline.cli.output import Json, OneLineErrors, Year, show

if TYPE_CHECKING:
    import dagster as dg

group = typer.Typer(
    cls=OneLineErrors,
    no_args_is_help=True,
    help="Archive duplicate contacts: plan, review, approve, apply; restore undoes it.",
)
MassEmail = Annotated[
    bool,
    typer.Option(
        "--mass-email", help="Use the clean-up plan of all mass-email stubs instead of the mentors' duplicates."
    ),
]


def _named(by: str) -> str:
    """Return the trimmed name; refuse a blank one."""
    if not by.strip():
        raise typer.BadParameter("enter the name of the person who decides this")
    return by.strip()


By = Annotated[
    str,
    typer.Option(
        "--by", metavar="NAME", help="Name of the person who decides this.", show_default=False, callback=_named
    ),
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="archive")


@group.command()
def plan(year: Year, mass_email: MassEmail = False, as_json: Json = False) -> None:
    """Refresh the plan from the current data. Archives nothing."""
    done = _run("plan_mass_email" if mass_email else "plan_archive", year)
    show(done, as_json=as_json, lines="" if as_json else _plan(year, mass_email=mass_email)[1])


@group.command(name="show")
def show_(
    year: Year,
    mass_email: MassEmail = False,
    state: Annotated[
        Literal["planned", "needs_approval", "kept"] | None,
        typer.Option(help="Show all contacts of this state, and no others."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the plan: each contact with its reason, and the guard's result."""
    result, lines = _plan(year, mass_email=mass_email, state=state, rows=True)
    show(result, as_json=as_json, lines=lines)


@group.command()
def approve(
    year: Year,
    by: By,
    contact: Annotated[
        list[int] | None,
        typer.Option(
            "--contact", help="A contact that needs approval, was restored or is kept by a decision; may be repeated."
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
    from mentorsync_pipeline.runtime.run_options import Approval, options_of  # noqa: PLC0415

    approval = Approval(by=by, contact_ids=contact or [], plan_fingerprint=plan_seen or None, mass_email=mass_email)
    done = _run("approve_archive", year, config=options_of("archive_approvals", approval))
    given = text.options(year, mass_email=mass_email)
    show(
        done,
        as_json=as_json,
        lines=text.format_approval(done["approved"], contacts=bool(contact), given=given),
    )


@group.command()
def reject(
    year: Year,
    by: By,
    contact: Annotated[list[int], typer.Option("--contact", help="A contact to keep; may be repeated.")],
    reason: Annotated[str | None, typer.Option(help="Reason, for the audit trail.")] = None,
    take_back: Annotated[
        bool, typer.Option("--take-back", help="Withdraw an earlier decision to keep; the next plan decides again.")
    ] = False,
    mass_email: MassEmail = False,
    as_json: Json = False,
) -> None:
    """Keep contacts: from now on they are archived only if a person approves it."""
    from mentorsync_pipeline.archiving import service  # noqa: PLC0415
    from mentorsync_pipeline.archiving.plan_store import choose_purpose  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415

    if take_back:
        did, count = "decision to keep withdrawn", service.withdraw_keep(change_context(by), year, contact)
    else:
        purpose = choose_purpose(mass_email=mass_email)
        did, count = "kept", service.keep_contacts(change_context(by), year, purpose, contact, reason=reason)
    line = f"{count} contacts: {did}. The next plan shows it: mentorsync archive plan --year {year}."
    show({"campaign_year": year, "contacts": count, "did": did}, as_json=as_json, lines=line)


@group.command()
def apply(year: Year, mass_email: MassEmail = False, as_json: Json = False) -> None:
    """Archive the planned contacts. Can be stopped at any time and repeated."""
    done = _run("mass_email_cleanup" if mass_email else "archive", year)
    given = text.options(year, mass_email=mass_email)
    show(done, as_json=as_json, lines=text.format_apply_result(done, year=year, given=given))
    _exit_if_failed(done)


@group.command()
def restore(
    year: Year,
    by: By,
    contact: Annotated[int | None, typer.Option(help="One contact.")] = None,
    mentor: Annotated[str | None, typer.Option(help="All contacts of this mentor: MN0123.")] = None,
    run_id: Annotated[str | None, typer.Option("--run", help="All that this Dagster run archived.")] = None,
    as_json: Json = False,
) -> None:
    """Restore archived contacts; they are archived again only if a person approves it."""
    if [contact, mentor, run_id].count(None) != 2:
        raise typer.BadParameter("use exactly one of --contact, --mentor and --run")
    from mentorsync_pipeline.runtime.run_options import Restore, options_of  # noqa: PLC0415

    what = Restore(by=by, contact_id=contact, mn_id=mentor and mentor.strip().upper(), run_id=run_id)
    done = _run("restore_archived", year, config=options_of("restored_duplicates", what))
    show(done, as_json=as_json, lines=text.format_restore_result(done))
    _exit_if_failed(done)


def _run(job: str, year: int, *, config: "dg.RunConfig | None" = None) -> dict[str, Any]:
    """Run a job; return the metadata of its assets."""
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415

    report = run(job, year=year, config=config)
    metadata = (item for values in report.assets.values() for item in values.items())
    done = {name: value for name, value in metadata if not name.startswith("dagster/")}
    return {"job": job, "campaign_year": year, "run_id": report.run_id, **done}


def _exit_if_failed(done: dict[str, Any]) -> None:
    if done.get("failed"):
        raise typer.Exit(1)


def _plan(year: int, *, mass_email: bool, state: str | None = None, rows: bool = False) -> tuple[dict[str, Any], str]:
    """The stored plan as JSON (with the rows of `state`) and as text; `rows` adds the rows to the text."""
    from mentorsync_pipeline.archiving import plan_store as archive_plan  # noqa: PLC0415
    from mentorsync_pipeline.archiving.ledger_queries import read_past_actions  # noqa: PLC0415
    from mentorsync_pipeline.archiving.rules.duplicates_plan import plan_fingerprint  # noqa: PLC0415
    from mentorsync_pipeline.campaigns import configuration  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import reading  # noqa: PLC0415
    from mentorsync_pipeline.contacts.queries import contacts_by_id  # noqa: PLC0415
    from mentorsync_pipeline.domain.json_values import plain  # noqa: PLC0415

    purpose = archive_plan.choose_purpose(mass_email=mass_email)
    with reading() as connection:
        found = archive_plan.read_plan_rows(connection, year, purpose)
        guard = archive_plan.read_guard(connection, configuration.read(connection, year), purpose, found)
        causes = archive_plan.count_causes(connection, year, purpose)
        ledger = archive_plan.count_ledger_statuses(connection, year, purpose)
        archived = {
            contact_id for contact_id, last in read_past_actions(connection).items() if last.status == "archived"
        }
        ids = {one for row in found for one in (row.contact_id, row.winner_contact_id) if one is not None}
        contacts = {one.contact_id: one for one in contacts_by_id(connection, ids)} if rows else {}
    result = {
        "campaign_year": year,
        "purpose": purpose,
        "plan_fingerprint": plan_fingerprint(found),
        "counts": archive_plan.summarise_plan(found),
        "ledger": ledger,
        "guard": plain(guard) | {"stops": guard.stops, "causes": plain(causes)},
        "rows": [plain(row) for row in found if state in (None, row.plan_state)],
    }
    gone = {row.contact_id for row in found if row.archives and row.contact_id in archived}
    lines = [text.format_plan(found, guard, ledger, result, gone)]
    if rows:
        lines += text.format_plan_rows(found, contacts, state, text.options(year, mass_email=mass_email))
    return result, "\n".join(lines)
