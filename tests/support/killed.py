"""Run a job in a separate process and kill it in a step, as a power failure would."""

import gc
import multiprocessing
import os
import signal
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.runtime.engine import get_engine
from mentorsync_pipeline.runtime.in_process import run_job
from tests.support.environment import SandboxEnvironment, definitions

# The fork server imports everything once and has no threads, so that it can be forked for each run.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    [
        "mentorsync_pipeline.definitions",
        "mentorsync_pipeline.sandbox.sandbox_server",
        # Imported by the first run of a process.
        "alembic.context",
        "dagster._core.storage.event_log",
        "dagster._core.storage.runs",
        "anyio",
        "dagster._core.executor.in_process",
        "dagster._core.instance.factory",
        "dagster._core.storage.noop_compute_log_manager",
        "dagster._core.storage.root",
        "dagster._core.storage.schedules.sqlite",
        "dagster._daemon",
        "email_validator",
        "fsspec.implementations.local",
        "mentorsync_pipeline.resources.http_transport",
        "nicknames",
        "phonenumbers.data.region_US",
        "psycopg",
        "stamina",
    ]
)
_SECONDS = 300


def run_and_kill(env: SandboxEnvironment, step: str, job: str, *, committed: bool = False, **options: Any) -> None:
    """Run a job of the environment, and kill it in `step` before its commit, or after it with `committed`."""
    services = (env.server.jotform_url, env.server.givebutter_url)
    process = processes.Process(
        target=_run, args=(step, committed, env.url, env.now, env.folder, services, job, options)
    )
    process.start()
    process.join(_SECONDS)
    alive = process.is_alive()
    process.kill()
    process.join()
    assert not alive, f"the run that should be killed in {step} ran for {_SECONDS} seconds"
    assert process.exitcode == -signal.SIGKILL, f"the run ended with {process.exitcode} before {step}"


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
    gc.disable()  # the process ends within seconds
    current_step = ""
    is_written = False

    def record_step(event: dg.DagsterEvent) -> None:
        nonlocal current_step
        if event.event_type == dg.DagsterEventType.STEP_START:
            current_step = event.step_key or ""

    def kill_before_commit(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        """Kill the process at the last statement before the commit, which logs the success (`db.asset_run`)."""
        if (
            current_step == step
            and statement.startswith("UPDATE mentorsync.sync_log")
            and "success" in parameters.values()
        ):
            nonlocal is_written
            is_written = True
            if not committed:
                os.kill(os.getpid(), signal.SIGKILL)

    def kill_after_commit(*_: Any) -> None:
        if is_written:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(get_engine(url), "checkin", kill_after_commit)
    sa.event.listen(get_engine(url), "after_cursor_execute", kill_before_commit)
    with dg.DagsterInstance.ephemeral() as instance:
        run_job(instance, definitions(url, now, folder, *services, {}), job, listener=record_step, **options)
