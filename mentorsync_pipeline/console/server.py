"""Run the console with uvicorn."""

import logging
import os
import sys
import traceback
from contextlib import nullcontext, suppress
from datetime import UTC, datetime

import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE

from mentorsync_pipeline.console.app import create_app
from mentorsync_pipeline.console.auth.secret import session_secret
from mentorsync_pipeline.console.auth.startup import require_safe_start
from mentorsync_pipeline.console.auth.users import UserFile
from mentorsync_pipeline.console.dagster_client import DagsterClient
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.domain.errors import strip_private_text
from mentorsync_pipeline.runtime.garbage_collection import without_collection
from mentorsync_pipeline.runtime.instance import open_instance
from mentorsync_pipeline.runtime.process_family import FAMILY_VARIABLE
from mentorsync_pipeline.runtime.settings import Settings

# Time that requests in progress get when the console stops.
_STOP_SECONDS = 5
# Dagster's time to start, if `mentorsync up` has started it together with the console.
_START_SECONDS = 120


def serve_console(engine: sa.Engine, settings: Settings) -> None:
    """Serve the console until a stop signal. Headers of a proxy on this machine are trusted."""
    users = UserFile(settings.console_users)
    require_safe_start(settings, users)
    with open_instance() as instance:
        services = Services(
            engine=engine,
            settings=settings,
            users=users,
            dagster=DagsterClient(
                settings.ui_service_url,
                ui_url=settings.ui_url,
                start_seconds=_START_SECONDS if FAMILY_VARIABLE in os.environ else 0,
            ),
            now=lambda: datetime.now(UTC),
            instance=lambda: nullcontext(instance),
            secret=session_secret(settings),
        )
        with without_collection():  # a full collection within a request takes longer than most pages
            app = create_app(services)
        logging.getLogger("uvicorn.error").addFilter(remove_private_text)
        config = uvicorn.Config(
            app,
            host=settings.console_host,
            port=settings.console_port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
        _serve(app, uvicorn.Server(config))


def _serve(app: FastAPI, server: uvicorn.Server) -> None:
    """Serve until a stop signal. Streams of events end when it comes; otherwise the server would wait for them."""
    app.state.is_stopping = lambda: server.should_exit
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def remove_private_text(record: logging.LogRecord) -> bool:
    """Filter of `logging` that removes the text of errors, which may contain rows of tables."""
    if record.exc_info and record.exc_info[1] is not None:
        error = strip_private_text(record.exc_info[1])
        record.exc_text = "".join(traceback.format_exception(error, chain=False))
        record.exc_info = None
    return True
