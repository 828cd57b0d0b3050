"""`mentorsync messages list|preview|apply|clear`: personal texts and emails for mentors.

Only the terminal shows sample messages; runs record none.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from mentorsync_pipeline.cli.actor import By
from mentorsync_pipeline.cli.output import CommandGroup, Json, OptionalYear, format_cell, format_columns, show

if TYPE_CHECKING:
    from mentorsync_pipeline.messages.rules.summary import Summary
    from mentorsync_pipeline.messages.service import CampaignOrder, Preview, StartedOrder
    from mentorsync_pipeline.runtime.run_report import RunReport

group = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    help="Preview and apply personal texts and emails for mentors from a file.",
)
Name = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Name of the campaign or of its file.")]
_MAX_IDS = 10


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="messages")


@group.command(name="list")
def list_(year: OptionalYear = None, as_json: Json = False) -> None:
    """List campaign files and applied campaigns."""
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.domain.json_values import plain  # noqa: PLC0415
    from mentorsync_pipeline.messages.service import list_campaigns  # noqa: PLC0415
    from mentorsync_pipeline.resources.messages_folder import MessagesFolderResource  # noqa: PLC0415

    folder = MessagesFolderResource().folder
    with open_connection() as connection:
        campaigns = list_campaigns(connection, folder, year)
    rows = [
        [
            campaign.state,
            campaign.name,
            campaign.year or "",
            "+".join(campaign.columns),
            campaign.problem or campaign.description or "",
        ]
        for campaign in campaigns
    ]
    lines = format_columns(rows) if rows else f"No campaigns in {folder}."
    show(
        {"folder": str(folder), "campaigns": [plain(campaign) for campaign in campaigns]}, as_json=as_json, lines=lines
    )


@group.command()
def preview(
    campaign: Name,
    year: OptionalYear = None,
    samples: Annotated[int, typer.Option(min=0, max=100, help="Number of sample messages.")] = 3,
    as_json: Json = False,
) -> None:
    """Preview a campaign: sample messages, counts and excluded mentors. Nothing is changed."""
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415
    from mentorsync_pipeline.domain.json_values import plain  # noqa: PLC0415
    from mentorsync_pipeline.domain.team_time import TEAM_ZONE  # noqa: PLC0415
    from mentorsync_pipeline.messages.service import preview_campaign  # noqa: PLC0415
    from mentorsync_pipeline.resources.messages_folder import MessagesFolderResource  # noqa: PLC0415

    folder = MessagesFolderResource().folder
    with open_connection() as connection:
        result = preview_campaign(connection, folder, campaign, year, zone=TEAM_ZONE, samples=samples)
    show(plain(result), as_json=as_json, lines="\n".join(_format_preview(result)))


@group.command()
def apply(campaign: Name, year: OptionalYear = None, by: By = None, as_json: Json = False) -> None:
    """Apply a campaign: the next import file contains its messages, and every sync updates them."""
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415
    from mentorsync_pipeline.messages.service import apply_campaign  # noqa: PLC0415
    from mentorsync_pipeline.resources.messages_folder import MessagesFolderResource  # noqa: PLC0415

    folder = MessagesFolderResource().folder
    _show_run(apply_campaign(change_context(by), folder, campaign, year, start=_run), as_json=as_json)


@group.command()
def clear(campaign: Name, year: OptionalYear = None, by: By = None, as_json: Json = False) -> None:
    """Clear a campaign: the next import file removes its messages."""
    from mentorsync_pipeline.cli.session import change_context  # noqa: PLC0415
    from mentorsync_pipeline.messages.service import clear_campaign  # noqa: PLC0415

    _show_run(clear_campaign(change_context(by), campaign, year, start=_run), as_json=as_json)


def _run(order: "CampaignOrder") -> "RunReport":
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415
    from mentorsync_pipeline.messages.service import JOB  # noqa: PLC0415

    return run(JOB, year=order.year, config=order.run_config)


def _show_run(started: "StartedOrder[RunReport]", *, as_json: bool) -> None:
    from mentorsync_pipeline.messages.service import ASSET  # noqa: PLC0415

    order, report = started.order, started.run
    counts = report.assets[ASSET]
    messages = counts.get(f"messages of {order.campaign}", 0)
    result = f"{messages} messages, {counts['import rows changed']} import rows changed"
    failed = f", {counts['errors']} mentors without a message (mentorsync errors list)" if counts.get("errors") else ""
    show(
        {
            "campaign": order.campaign,
            "campaign_year": order.year,
            "run_id": report.run_id,
            "done": order.act,
            **counts,
        },
        as_json=as_json,
        lines=f"{order.campaign} {order.year} is {order.act}: {result}{failed} (run {report.run_id}).",
    )


def _format_preview(preview: "Preview") -> list[str]:
    from mentorsync_pipeline.messages.rules.campaign_file import is_text_message  # noqa: PLC0415
    from mentorsync_pipeline.messages.rules.sms import count_sms  # noqa: PLC0415

    summary = preview.summary
    lines = [
        (
            f"{preview.campaign} {preview.year} ({preview.file_name}), {preview.state}: "
            f"writes {' and '.join(preview.columns)}."
        )
    ]
    lines += [
        f"  {summary.messages:>5}  mentors get a message",
        *(f"  {len(ids):>5}  left out: {reason} ({_format_ids(ids)})" for reason, ids in summary.left_out.items()),
        *(
            [f"  {len(summary.waiting):>5}  of these after their contact data is in the import"]
            if summary.waiting
            else []
        ),
        f"  {summary.not_for:>5}  mentors are not in the audience",
        *(f"  ! {name} is unknown for {count} mentors" for name, count in sorted(summary.missing.items())),
        *(
            f"  ! campaign {name} writes the same column for {_format_ids(ids)}"
            for name, ids in preview.collides_with.items()
        ),
    ]
    lines += _format_lengths(summary)
    for sample in summary.samples:
        for column, text in sample.texts.items():
            measure = f"{len(text)} characters" + (
                f", {count_sms(text).segments} SMS" if is_text_message(column) else ""
            )
            lines += [f"--- {sample.mn_id} {column} ({measure})", text]
    return lines


def _format_lengths(summary: "Summary") -> list[str]:
    lines = [
        f"  {column}: {length.shortest} to {length.longest} characters, median {length.median}, limit {length.limit}"
        for column, length in summary.lengths.items()
    ]
    if summary.sms:
        parts = ", ".join(f"{count} of {size} SMS" for size, count in summary.sms.by_segments.items()) or "none"
        lines.append(f"  SMS: {parts}; {format_cell(dict(summary.sms.by_encoding))}")
        if summary.sms.unusual:
            lines.append(f"  ! SMS with 70 instead of 160 characters because of: {' '.join(summary.sms.unusual)}")
    return lines


def _format_ids(ids: tuple[str, ...]) -> str:
    return ", ".join(ids[:_MAX_IDS]) + (" …" if len(ids) > _MAX_IDS else "")
