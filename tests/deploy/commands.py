"""Check that a command line is valid, by parsing it with the program without running it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click
from dagster._cli import create_dagster_cli
from dagster._daemon.cli import create_dagster_daemon_cli

from tests.support.cli import mentorsync_command


def _webserver() -> click.Command:
    from dagster_webserver.cli import create_dagster_webserver_cli  # noqa: PLC0415  # a second to import

    return create_dagster_webserver_cli()


DEPLOY = Path(__file__).parents[2] / "deploy"
PROGRAMS: dict[str, Callable[[], click.Command]] = {
    "mentorsync": mentorsync_command,
    "dagster": create_dagster_cli,
    "dagster-daemon": create_dagster_daemon_cli,
    "dagster-webserver": _webserver,
}


def require_known(command: Sequence[str]) -> dict[str, object]:
    """Raise click.UsageError for an unknown command or option; return the values of the options."""
    program, *arguments = command
    version = PROGRAMS[program]()
    context = version.make_context(program, list(arguments))
    while left := [*context._protected_args, *context.args]:
        name, version, arguments = version.resolve_command(context, left)
        context = version.make_context(name, arguments, parent=context)
    return context.params
