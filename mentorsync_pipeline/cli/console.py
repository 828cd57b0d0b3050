"""`mentorsync console …`: serve the review console and manage its users and API tokens."""

import os
import signal
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mentorsync_pipeline.cli.output import CommandGroup, Json, format_columns, show, write

if TYPE_CHECKING:
    from mentorsync_pipeline.console.auth.user import Role
    from mentorsync_pipeline.console.auth.users import UserFile
    from mentorsync_pipeline.runtime.settings import Settings

group = typer.Typer(
    cls=CommandGroup,
    help="Serve the review console, or manage its users and API tokens.",
)

Name = Annotated[str, typer.Argument(help="Name, as recorded in the audit trail.")]
Editor = Annotated[
    bool, typer.Option("--editor/--viewer", help="Role: an editor can make changes, a viewer can only read.")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="console")


@group.callback(invoke_without_command=True)
def serve(
    context: typer.Context,
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen on.  [default: MENTORSYNC_CONSOLE_HOST or 127.0.0.1]", show_default=False),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port.  [default: MENTORSYNC_CONSOLE_PORT or 3100]", show_default=False)
    ] = None,
) -> None:
    """Serve the review console. Ctrl-C stops it."""
    if context.invoked_subcommand is not None:
        return
    from mentorsync_pipeline.cli.session import open_database  # noqa: PLC0415
    from mentorsync_pipeline.console.auth.startup import login_notice, require_safe_start  # noqa: PLC0415
    from mentorsync_pipeline.console.auth.users import UserFile  # noqa: PLC0415
    from mentorsync_pipeline.console.server import serve_console  # noqa: PLC0415
    from mentorsync_pipeline.runtime.process_group import require_free_port  # noqa: PLC0415
    from mentorsync_pipeline.runtime.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    overrides = {name: value for name, value in (("console_host", host), ("console_port", port)) if value}
    settings = settings.model_copy(update=overrides)
    users = UserFile(settings.console_users)
    require_safe_start(settings, users)
    require_free_port(
        settings.console_host,
        settings.console_port,
        setting="Stop that program, or choose another port: mentorsync console --port N",
    )
    write(f"The console is at {settings.console_url}  (Ctrl-C stops it)")
    if notice := login_notice(settings, users):
        write(notice)
    engine = open_database()
    _watch_database(settings)
    serve_console(engine, settings)


def _watch_database(settings: "Settings") -> None:
    """Restart the embedded database server if it ends while the console runs; end the console if that fails."""
    from mentorsync_pipeline.runtime.database_watch import (  # noqa: PLC0415
        DatabaseLostError,
        DatabaseWatch,
        watch_in_background,
    )
    from mentorsync_pipeline.runtime.databases import embedded_server  # noqa: PLC0415

    def give_up(error: DatabaseLostError) -> None:
        write(str(error), err=True, fg="red")
        os.kill(os.getpid(), signal.SIGTERM)

    server = embedded_server(settings)
    if server is not None:
        watch_in_background(DatabaseWatch(server, lambda line: write(line, err=True)), give_up)


@group.command(name="add-user")
def add_user(name: Name, editor: Editor = False, as_json: Json = False) -> None:
    """Add a user, or change a user's password and role. The password is prompted for or read from standard input."""
    _user_file().set_user(name, _role(editor), _read_password())
    show({"user": name, "role": _role(editor)}, as_json=as_json, lines=f"{name} can log in as {_role(editor)}.")


@group.command(name="remove-user")
def remove_user(name: Name, as_json: Json = False) -> None:
    """Remove a user. Sessions of the user end immediately."""
    users = _user_file()
    users.remove_user(name)
    lines = [f"{name} can no longer log in."]
    if not users.users:
        lines.append("This was the last user. Nobody can log in until you add one.")
    show({"removed": name, "users_left": len(users.users)}, as_json=as_json, lines="\n".join(lines))


@group.command(name="add-token")
def add_token(name: Name, editor: Editor = False, as_json: Json = False) -> None:
    """Create an API token for a program. It is shown only once."""
    secret = _user_file().add_token(name, _role(editor), now=datetime.now(UTC))
    show(
        {"token": secret, "name": name, "role": _role(editor)},
        as_json=as_json,
        lines=f"{secret}\nSend it as: Authorization: Bearer …  It is not shown again.",
    )


@group.command(name="remove-token")
def remove_token(name: Name, as_json: Json = False) -> None:
    """Remove an API token. It is refused immediately."""
    _user_file().remove_token(name)
    show({"removed": name}, as_json=as_json, lines=f"The token {name} is removed.")


@group.command()
def users(as_json: Json = False) -> None:
    """List users and API tokens."""
    user_file = _user_file()
    rows = [["user", user.name, user.role] for user in user_file.users]
    rows += [["token", token.name, token.role] for token in user_file.tokens]
    show(
        {"users": [dict(zip(("kind", "name", "role"), row, strict=True)) for row in rows]},
        as_json=as_json,
        lines=format_columns(rows) or "No users or tokens. Add a user: mentorsync console add-user NAME --editor.",
    )


def _user_file() -> "UserFile":
    from mentorsync_pipeline.console.auth.users import UserFile  # noqa: PLC0415
    from mentorsync_pipeline.runtime.settings import load_settings  # noqa: PLC0415

    return UserFile(load_settings().console_users)


def _read_password() -> str:
    """Read a password. It is not an argument, because those appear in process lists and in the shell's history."""
    if sys.stdin.isatty():
        answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return answer
    return sys.stdin.readline().rstrip("\n")


def _role(editor: bool) -> "Role":
    return "editor" if editor else "viewer"
