"""`mentorsync up` and `mentorsync sandbox`: start services that run until they are stopped."""

import os
import re
import subprocess
import sys
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mentorsync_pipeline.cli.output import write

if TYPE_CHECKING:
    from mentorsync_pipeline.runtime.process_group import Service
    from mentorsync_pipeline.runtime.settings import Settings

_COLOURS = {"database": "green", "webserver": "cyan", "daemon": "magenta", "console": "blue", "sandbox": "yellow"}
# Dagster colours its log lines even in a pipe.
_COLOUR_CODES = re.compile(r"\x1b\[[0-9;]*m")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(up)
    app.command()(sandbox)


def up(
    port: Annotated[
        int | None,
        typer.Option(help="Port of Dagster's UI.  [default: MENTORSYNC_UI_PORT or 3000]", show_default=False),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            help="Address that Dagster's UI listens on.  [default: MENTORSYNC_UI_HOST or 127.0.0.1]", show_default=False
        ),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Continue the demo, or prepare one, and start the sandbox too.")
    ] = False,
) -> None:
    """Start the database, Dagster's UI and daemon, and the review console. Ctrl-C stops all."""
    import httpx  # noqa: PLC0415

    from mentorsync_pipeline.automation.pools import create_pools  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import open_database  # noqa: PLC0415
    from mentorsync_pipeline.console.auth.startup import login_notice, require_safe_start  # noqa: PLC0415
    from mentorsync_pipeline.console.auth.users import UserFile  # noqa: PLC0415
    from mentorsync_pipeline.runtime.database_watch import DatabaseWatch  # noqa: PLC0415
    from mentorsync_pipeline.runtime.databases import embedded_server  # noqa: PLC0415
    from mentorsync_pipeline.runtime.environment import prepare_environment, project_folder  # noqa: PLC0415
    from mentorsync_pipeline.runtime.instance import open_instance  # noqa: PLC0415
    from mentorsync_pipeline.runtime.orphaned_runs import close_orphaned_runs  # noqa: PLC0415
    from mentorsync_pipeline.runtime.process_group import GRACE_SECONDS, run_services  # noqa: PLC0415
    from mentorsync_pipeline.runtime.settings import load_settings  # noqa: PLC0415
    from mentorsync_pipeline.runtime.up_lock import hold_up_lock  # noqa: PLC0415

    demo_services = _demo_services() if demo else []
    settings = load_settings()
    host, port = host or settings.ui_host, port or settings.ui_port
    with hold_up_lock(settings.home, grace_seconds=GRACE_SECONDS, log=lambda line: write(line, err=True)) as lock:
        users = UserFile(settings.console_users)
        require_safe_start(settings, users)
        _require_free_ports(settings, host, port, demo=demo)
        if demo:
            _require_demo(settings)
        _print_line(
            "database", f"starting in {settings.home}" if settings.database_url is None else "MENTORSYNC_DATABASE_URL"
        )
        open_database()
        with open_instance() as instance:  # creates Dagster's tables before two programs use them
            create_pools(instance)
            close_orphaned_runs(instance, one_machine=prepare_environment().embedded)
        url = _url(host, port)
        health_urls = (f"{url}/server_info", f"{_url(settings.console_host, settings.console_port)}/healthz")

        # One for all requests, because creating one takes longer than a request; never through a proxy.
        health = httpx.Client(timeout=2, trust_env=False)

        def ready() -> bool:
            try:
                return all(health.get(address).is_success for address in health_urls)
            except httpx.HTTPError:
                return False

        project, server = project_folder(), embedded_server(settings)
        watch = DatabaseWatch(server, lambda line: _print_line("database", line)) if server else None
        run_services(
            [*_services(project, host, port), *demo_services],
            {"DAGSTER_HOME": str(project), "MENTORSYNC_UI_HOST": host, "MENTORSYNC_UI_PORT": str(port)},
            log=_print_line,
            ready=ready,
            on_ready=lambda: _print_ready(settings.console_url, url, login_notice(settings, users)),
            lock=lock,
            check=watch.check if watch else lambda: None,
        )
    with suppress(OSError):
        write("Stopped.")


def _require_demo(settings: "Settings") -> None:
    """Check the file of the demo's sandbox; prepare a demo if there is none."""
    from mentorsync_pipeline.cli.sandbox_file import demo_file, open_sandbox_file  # noqa: PLC0415

    with open_sandbox_file(demo_file(settings.home)) as file:
        is_missing = not file.exists
        if not is_missing:
            file.check()
    if is_missing:  # in a process of its own, because it loads all of Dagster
        _print_line("sandbox", "there is no demo yet; preparing one, which takes about a minute")
        done = subprocess.run([sys.executable, "-m", "mentorsync_pipeline.cli", "demo", "--by-hand"], check=False)
        if done.returncode:
            raise typer.Exit(done.returncode)


def _require_free_ports(settings: "Settings", host: str, port: int, *, demo: bool) -> None:
    from mentorsync_pipeline.runtime.process_group import require_free_port  # noqa: PLC0415

    require_free_port(host, port, setting="Stop that program, or choose another port: mentorsync up --port N")
    require_free_port(
        settings.console_host, settings.console_port, setting="Stop that program, or set MENTORSYNC_CONSOLE_PORT"
    )
    if demo:
        require_free_port(
            settings.sandbox_host, settings.sandbox_port, setting="Stop that program, or set MENTORSYNC_SANDBOX_PORT"
        )


def _url(host: str, port: int) -> str:
    """Return the local URL of a program that listens on `host`, which may be a wildcard address."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # nothing is bound
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def _print_ready(console_url: str, dagster_url: str, notice: str | None) -> None:
    line = f"MentorSync is up. Review console: {console_url}  Dagster: {dagster_url}  (Ctrl-C stops both)"
    with suppress(OSError):
        write(line, fg="green", bold=True)
        if notice:
            write(notice, fg="yellow")


def _services(project: Path, host: str, port: int) -> "list[Service]":
    from mentorsync_pipeline.runtime.process_group import Service  # noqa: PLC0415

    workspace = ["--workspace", str(project / "workspace.yaml")]
    return [
        Service(
            "webserver",
            [sys.executable, "-m", "dagster_webserver", "--host", host, "--port", str(port), *workspace],
        ),
        Service("daemon", [sys.executable, "-m", "dagster._daemon", "run", *workspace]),
        Service("console", [sys.executable, "-m", "mentorsync_pipeline.cli", "console"]),
    ]


def _demo_services() -> "list[Service]":
    """Set the environment to the demo's home; return the sandbox as an additional service."""
    from mentorsync_pipeline.campaigns.configuration import shipped_campaigns  # noqa: PLC0415
    from mentorsync_pipeline.cli.demo import demo_home, sandbox_url, use_demo_settings  # noqa: PLC0415
    from mentorsync_pipeline.cli.sandbox_file import demo_file  # noqa: PLC0415
    from mentorsync_pipeline.runtime.process_group import Service  # noqa: PLC0415
    from mentorsync_pipeline.runtime.settings import load_settings  # noqa: PLC0415

    home, year, url = demo_home(), max(shipped_campaigns()), sandbox_url(load_settings())
    use_demo_settings(home, year, jotform_url=f"{url}/jotform", givebutter_url=f"{url}/givebutter/v1")
    os.environ["MENTORSYNC_GIVEBUTTER_CONTACTS_LINK"] = f"{url}/dashboard/contacts"
    os.environ["MENTORSYNC_GIVEBUTTER_CONTACT_LINK"] = f"{url}/dashboard/contacts/{{contact_id}}"
    os.environ["MENTORSYNC_JOTFORM_SUBMISSION_LINK"] = f"{url}/inbox/{{form_id}}/{{submission_id}}"
    if "console_anonymous" not in load_settings().model_fields_set:  # the demo's people are invented
        os.environ["MENTORSYNC_CONSOLE_ANONYMOUS"] = "1"
    command = [sys.executable, "-m", "mentorsync_pipeline.cli", "sandbox"]
    return [Service("sandbox", [*command, "--year", str(year), "--file", str(demo_file(home))])]


def _print_line(name: str, line: str) -> None:
    with suppress(OSError):  # a closed terminal or pipe must not stop the services
        write(_COLOUR_CODES.sub("", line), label=f"{name:<9} |", fg=_COLOURS[name])


def sandbox(
    year: Annotated[int, typer.Option(help="Campaign year of the invented people.", show_default=False)],
    seed: Annotated[int, typer.Option(help="Seed of the invented people.")] = 1,
    mentors: Annotated[int, typer.Option(min=1, help="Number of mentors.")] = 976,
    contacts: Annotated[int, typer.Option(min=0, help="Number of contacts in Givebutter.")] = 40_000,
    port: Annotated[
        int | None, typer.Option(help="Port.  [default: MENTORSYNC_SANDBOX_PORT or 3200]", show_default=False)
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="Keep the data in this file; a file that exists is continued.", show_default=False),
    ] = None,
) -> None:
    """Serve a local Jotform and Givebutter with invented people. Ctrl-C stops it."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from mentorsync_pipeline.cli.sandbox_file import open_sandbox_file  # noqa: PLC0415
    from mentorsync_pipeline.runtime.process_group import require_free_port  # noqa: PLC0415
    from mentorsync_pipeline.runtime.settings import load_settings  # noqa: PLC0415
    from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY, JOTFORM_KEY  # noqa: PLC0415
    from mentorsync_pipeline.sandbox.population import World, generate  # noqa: PLC0415
    from mentorsync_pipeline.sandbox.sandbox import Sandbox  # noqa: PLC0415
    from mentorsync_pipeline.sandbox.sandbox_server import run  # noqa: PLC0415
    from mentorsync_pipeline.sandbox.world_file import open_world  # noqa: PLC0415

    settings = load_settings()
    host, port = settings.sandbox_host, port or settings.sandbox_port
    require_free_port(host, port, setting="Stop that program, or choose another port: mentorsync sandbox --port N")

    def make() -> World:
        return generate(seed, mentors, contacts, year=year, now=datetime.now(UTC))

    with nullcontext() if file is None else open_sandbox_file(file) as kept:
        world, imports = (make(), []) if kept is None else open_world(kept, make)
        write(
            f"Serving {len(world.truth.mentors)} mentors and {len(world.contacts)} contacts at http://{host}:{port}. "
            "To use them:\n"
            f"  export JOTFORM_API_URL=http://{host}:{port}/jotform JOTFORM_API_KEY={JOTFORM_KEY}\n"
            f"  export GIVEBUTTER_API_URL=http://{host}:{port}/givebutter/v1 GIVEBUTTER_API_KEY={GIVEBUTTER_KEY}\n"
            "Ctrl-C stops it."
        )
        run(Sandbox(world, file=kept, imports=imports), host, port)
