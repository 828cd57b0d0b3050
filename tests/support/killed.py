"""A run in a process of its own that is killed at a step, as a machine that loses its power would."""

import multiprocessing
import os
import signal
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.resources.warehouse import get_engine
from mentorsync_pipeline.runtime.in_process import run_job
from tests.support.environment import SandboxEnvironment, definitions

# One process imports everything once and is forked for each run: it has no thread that a fork could tear apart.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    [
        "mentorsync_pipeline.definitions",
        "mentorsync_pipeline.sandbox.server",
        # What Dagster imports no sooner than a first run needs it.
        "alembic.context",
        "dagster._core.storage.event_log",
        "dagster._core.storage.runs",
        "dagster._daemon",
    ]
)
_SECONDS = 300


def run_and_kill(env: SandboxEnvironment, step: str, job: str, *, committed: bool = False, **options: Any) -> None:
    """Run a job as the environment would, and kill it in `step`, with everything written and nothing of it committed.

    With `committed` it is killed right after the commit.
    """
    services = (env.server.jotform_url, env.server.givebutter_url)
    process = processes.Process(
        target=_run, args=(step, committed, env.url, env.now, env.folder, services, job, options)
    )
    process.start()
    process.join(_SECONDS)
    alive = process.is_alive()
    process.kill()
    process.join()
    assert not alive, f"the run that was to be killed in {step} went on for {_SECONDS} seconds"
    assert process.exitcode == -signal.SIGKILL, f"the run ended with {process.exitcode} before it came to {step}"


def _run(
    step: str,
    committed: bool,
    url: str,
    now: datetime,
    folder: Path,
    services: tuple[str, str],
    job: str,
    options: Mapping[str, Any],
) -> None:
    under_way = ""
    is_written = False

    def hear(event: dg.DagsterEvent) -> None:
        nonlocal under_way
        if event.event_type == dg.DagsterEventType.STEP_START:
            under_way = event.step_key or ""

    def strike(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        """The last statement before the commit says that the asset succeeded (`db.asset_run`)."""
        if (
            under_way == step
            and statement.startswith("UPDATE mentorsync.sync_log")
            and "success" in parameters.values()
        ):
            nonlocal is_written
            is_written = True
            if not committed:
                os.kill(os.getpid(), signal.SIGKILL)

    def strike_after_commit(*_: Any) -> None:
        if is_written:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(get_engine(url), "checkin", strike_after_commit)
    sa.event.listen(get_engine(url), "after_cursor_execute", strike)
    with dg.DagsterInstance.ephemeral() as instance:
        run_job(instance, definitions(url, now, folder, *services, {}), job, listener=hear, **options)
