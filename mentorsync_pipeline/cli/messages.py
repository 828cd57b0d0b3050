"""`mentorsync messages list|preview|apply|clear`: personal texts and emails for mentors.

Samples are shown to the person who asks; the runs hold none.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from mentorsync_pipeline.cli.actor import By, YearIfAny, actor_name, format_cell, format_columns
from mentorsync_pipeline.cli.output import Json, OneLineErrors, show

if TYPE_CHECKING:
    from mentorsync_pipeline.messages.rules.summary import Summary
    from mentorsync_pipeline.messages.service import CampaignOrder, Preview, StartedOrder
    from mentorsync_pipeline.runtime.run_report import RunReport

group = typer.Typer(
    cls=OneLineErrors,
    no_args_is_help=True,
    help="Personal texts and emails for mentors, from a file: preview, then apply. Nothing else is changed.",
)
Name = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's name, or its file's.")]
_IDS_SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="messages")


@group.command(name="list")
def list_(year: YearIfAny = None, as_json: Json = False) -> None:
    """List campaign files and the campaigns in force."""
    from mentorsync_pipeline.cli.session import reading  # noqa: PLC0415
    from mentorsync_pipeline.domain.json_values import plain  # noqa: PLC0415
    from mentorsync_pipeline.messages.service import list_campaigns  # noqa: PLC0415
    from mentorsync_pipeline.resources.messages_folder import MessagesFolderResource  # noqa: PLC0415

    folder = MessagesFolderResource().folder
    with reading() as connection:
        found = list_campaigns(connection, folder, year)
    rows = [
        [one.state, one.name, one.year or "", "+".join(one.columns), one.problem or one.description or ""]
        for one in found
    ]
    lines = format_columns(rows) if rows else f"No campaigns in {folder}."
    show({"folder": str(folder), "campaigns": [plain(one) for one in found]}, as_json=as_json, lines=lines)


@group.command()
def preview(
    campaign: Name,
    year: YearIfAny = None,
    samples: Annotated[int, typer.Option(min=0, max=100, help="How many messages to show.")] = 3,
    as_json: Json = False,
) -> None:
    """Preview a campaign: sample messages, counts and mentors left out. Changes nothing."""
    from mentorsync_pipeline.cli.session import reading  # noqa: PLC0415
    from mentorsync_pipeline.domain.json_values import plain  # noqa: PLC0415
    from mentorsync_pipeline.messages.service import preview_campaign  # noqa: PLC0415
    from mentorsync_pipeline.resources.messages_folder import MessagesFolderResource  # noqa: PLC0415

    place = MessagesFolderResource()
    with reading() as connection:
        found = preview_campaign(connection, place.folder, campaign, year, zone=place.zone, samples=samples)
    show(plain(found), as_json=as_json, lines="\n".join(_in_words(found)))


@group.command()
def apply(campaign: Name, year: YearIfAny = None, by: By = None, as_json: Json = False) -> None:
    """Put a campaign in force: its messages go into the next import file, and every sync keeps them up to date."""
    from mentorsync_pipeline.messages.service import apply_campaign  # noqa: PLC0415
    from mentorsync_pipeline.resources.messages_folder import MessagesFolderResource  # noqa: PLC0415

    folder = MessagesFolderResource().folder
    _show_run(apply_campaign(folder, campaign, year, by=actor_name(by), start=_run), as_json=as_json)


@group.command()
def clear(campaign: Name, year: YearIfAny = None, by: By = None, as_json: Json = False) -> None:
    """Take a campaign out of force: its messages are cleared with the next import file."""
    from mentorsync_pipeline.cli.session import reading  # noqa: PLC0415
    from mentorsync_pipeline.messages.service import clear_campaign  # noqa: PLC0415

    with reading() as connection:
        done = clear_campaign(connection, campaign, year, by=actor_name(by), start=_run)
    _show_run(done, as_json=as_json)


def _run(order: "CampaignOrder") -> "RunReport":
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415
    from mentorsync_pipeline.messages.run_config import JOB  # noqa: PLC0415

    return run(JOB, year=order.year, config=order.run_config)


def _show_run(done: "StartedOrder[RunReport]", *, as_json: bool) -> None:
    from mentorsync_pipeline.messages.run_config import ASSET  # noqa: PLC0415

    order, report = done.order, done.run
    counts = report.assets[ASSET]
    messages = counts.get(f"messages of {order.campaign}", 0)
    result = f"{messages} messages, {counts['import rows changed']} import rows changed"
    failed = f", {counts['errors']} mentors without one (mentorsync errors list)" if counts.get("errors") else ""
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


def _in_words(found: "Preview") -> list[str]:
    from mentorsync_pipeline.messages.rules.campaign_file import is_text_message  # noqa: PLC0415
    from mentorsync_pipeline.messages.rules.summary import count_sms  # noqa: PLC0415

    summary = found.summary
    lines = [f"{found.campaign} {found.year} ({found.file_name}), {found.state}: writes {' and '.join(found.columns)}."]
    lines += [
        f"  {summary.messages:>5}  mentors get a message",
        *(f"  {len(ids):>5}  left out: {reason} ({_ids(ids)})" for reason, ids in summary.left_out.items()),
        *(
            [f"  {len(summary.waiting):>5}  of them after their contact data reaches the import"]
            if summary.waiting
            else []
        ),
        f"  {summary.not_for:>5}  mentors are not in the audience",
        *(f"  ! {name} is not known of {count} mentors" for name, count in sorted(summary.missing.items())),
        *(f"  ! {name} writes the same column for {_ids(ids)}" for name, ids in found.collides_with.items()),
    ]
    lines += _measures(summary)
    for sample in summary.samples:
        for column, text in sample.texts.items():
            measure = f"{len(text)} characters" + (
                f", {count_sms(text).segments} SMS" if is_text_message(column) else ""
            )
            lines += [f"--- {sample.mn_id} {column} ({measure})", text]
    return lines


def _measures(summary: "Summary") -> list[str]:
    lines = [
        f"  {column}: {one.shortest} to {one.longest} characters, usually {one.median}; {one.limit} are allowed"
        for column, one in summary.lengths.items()
    ]
    if summary.sms:
        parts = ", ".join(f"{count} of {size} SMS" for size, count in summary.sms.by_segments.items()) or "none"
        lines.append(f"  SMS: {parts}; {format_cell(dict(summary.sms.by_encoding))}")
        if summary.sms.unusual:
            lines.append(f"  ! a text is counted by 70 instead of 160 because of: {' '.join(summary.sms.unusual)}")
    return lines


def _ids(ids: tuple[str, ...]) -> str:
    return ", ".join(ids[:_IDS_SHOWN]) + (" …" if len(ids) > _IDS_SHOWN else "")
