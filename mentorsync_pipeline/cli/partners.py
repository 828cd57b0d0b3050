"""`mentorsync partners` and `mentorsync forms`: wishes for partners, and entries of the year's forms."""

from typing import Annotated, Any

import typer

from mentorsync_pipeline.cli.output import Json, Year, format_columns, show
from mentorsync_pipeline.domain.names.name_parts import join_names


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(partners)
    app.command()(forms)


def partners(
    year: Year,
    state: Annotated[
        str | None,
        typer.Option(
            "--state", help="matched, different_shifts, one_sided, partner_unknown, partner_dropped or no_wish."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the mentors' wishes for partners and whether they are fulfilled. A pair is listed once."""
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.db.paging import read_all  # noqa: PLC0415
    from mentorsync_pipeline.domain.vocabulary import PARTNER_STATES  # noqa: PLC0415
    from mentorsync_pipeline.mentors.partners import PartnerFilter, list_partner_matches  # noqa: PLC0415

    chosen = next((partner_state for partner_state in PARTNER_STATES if partner_state == state), None)
    if state is not None and chosen is None:
        raise typer.BadParameter(f"choose one of {', '.join(PARTNER_STATES)}", param_hint="--state")
    with open_connection() as connection:
        rows = read_all(connection, list_partner_matches(PartnerFilter(year=year, state=chosen)))
    show({"partners": rows}, as_json=as_json, lines=_format_partners(rows))


def forms(year: Year, as_json: Json = False) -> None:
    """List the forms of a year with their numbers of entries."""
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.mentors.form_entries import count_entries  # noqa: PLC0415

    with open_connection() as connection:
        counted = count_entries(connection, year)
    rows = [
        {
            "form": counts.form.name,
            "form_id": counts.form_id,
            "entries": counts.entries,
            "unlinked": counts.unlinked,
            "mentors": counts.mentors,
            "missing": counts.missing,
        }
        for counts in counted
    ]
    table: list[list[Any]] = [["form", "entries", "mentor unknown", "mentors with an entry", "without"]]
    table += [[row["form"], row["entries"], row["unlinked"], row["mentors"], row["missing"]] for row in rows]
    show({"forms": rows}, as_json=as_json, lines=format_columns(table))


def _format_partners(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "No wishes for partners."
    table = [["mentor", "name", "shift", "partner", "partner's shift", "state", "why"]]
    table += [
        [
            row["mn_id"],
            join_names(row["first_name"], row["last_name"]),
            row["shift_preference"],
            row["partner_mn_id"] or row["typed_partner"],
            row["partner_shift_preference"],
            row["state"],
            row["reason"],
        ]
        for row in rows
    ]
    return f"{format_columns(table, max_width=30)}\n{len(rows)} wishes; a pair counts as one."
