"""`mentorsync notify --test`: whether messages arrive."""

from typing import Annotated

import typer

from mentorsync_pipeline.cli.output import Json, show


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(notify)


def notify(
    test: Annotated[bool, typer.Option("--test", help="Send a message that says it is a test.")] = False,
    as_json: Json = False,
) -> None:
    """Send a test message to every service of MENTORSYNC_NOTIFY_URLS."""
    from mentorsync_pipeline.resources.notifier import NotifierResource, NotifyError  # noqa: PLC0415

    if not test:
        raise typer.BadParameter("say --test; everything else is told by itself")
    notifier = NotifierResource()
    if not notifier.is_set:
        raise NotifyError("MENTORSYNC_NOTIFY_URLS is not set.", "Set it to Apprise URLs, separated by commas.")
    told = notifier.send("MentorSync: a test", "Messages of MentorSync arrive here.")
    show({"services": told}, as_json=as_json, lines=f"The message went to {told} services.")
