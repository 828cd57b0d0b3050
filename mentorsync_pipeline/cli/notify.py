"""`mentorsync notify --test`: send a test notification."""

from typing import Annotated

import typer

from mentorsync_pipeline.cli.output import Json, show


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(notify)


def notify(
    test: Annotated[bool, typer.Option("--test", help="Send a test message.")] = False,
    as_json: Json = False,
) -> None:
    """Send a test message to every service of MENTORSYNC_NOTIFY_URLS."""
    from mentorsync_pipeline.resources.notifier import NotifierResource, NotifyError  # noqa: PLC0415

    if not test:
        raise typer.BadParameter("add --test; other notifications are sent automatically")
    notifier = NotifierResource()
    if not notifier.is_set:
        raise NotifyError("MENTORSYNC_NOTIFY_URLS is not set.", "Set it to Apprise URLs, separated by commas.")
    count = notifier.send("MentorSync: a test", "MentorSync can send notifications to this service.")
    show({"services": count}, as_json=as_json, lines=f"Test message sent to {count} services.")
