"""The console as a running program: its services on the real database, and uvicorn."""

import secrets
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
import uvicorn

from mentorsync_pipeline.console.app import create_app
from mentorsync_pipeline.console.dagster_client import DagsterClient
from mentorsync_pipeline.console.security.users import UserFile
from mentorsync_pipeline.console.services import Services
from mentorsync_pipeline.runtime.atomic_files import private
from mentorsync_pipeline.runtime.instance import open_instance
from mentorsync_pipeline.runtime.settings import Settings


def serve_console(engine: sa.Engine, settings: Settings, host: str, port: int) -> None:
    """Serve the console until it is asked to end. Behind a proxy on this machine its https and addresses are known."""
    with open_instance() as instance:
        services = Services(
            engine=engine,
            settings=settings,
            users=UserFile(settings.console_users),
            dagster=DagsterClient(settings.ui_service_url, ui_url=settings.ui_url),
            now=lambda: datetime.now(UTC),
            instance=lambda: nullcontext(instance),
            secret=session_secret(settings),
        )
        uvicorn.run(
            create_app(services), host=host, port=port, log_level="warning", access_log=False, server_header=False
        )


def session_secret(settings: Settings) -> str:
    """What signs the cookies: MENTORSYNC_CONSOLE_SECRET, or one that is made once and kept in the home."""
    if settings.console_secret is not None:
        return settings.console_secret.get_secret_value()
    path = settings.home / "console-secret"
    try:
        with open(path, "x", opener=private) as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return Path(path).read_text("utf-8").strip()
