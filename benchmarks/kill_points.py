"""Run an archive apply in its own process and kill it before or after its n-th call or commit."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import httpx
import sqlalchemy as sa

from benchmarks.campaign import Campaign, resources

# A process imports everything once and is forked for each run.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["benchmarks.kill_points", "mentorsync_pipeline.definitions"])


def apply_and_kill(campaign: Campaign, step: int, year: int) -> str | None:
    """Apply the plan and kill it at a step; return the step, or None if it finished."""
    at: Any = _processes.Array("c", 40)
    process = _processes.Process(target=_run, args=(step, at, campaign.place(), year))
    process.start()
    process.join()
    if process.exitcode not in (0, -signal.SIGKILL):
        raise RuntimeError(f"an apply ended with {process.exitcode}")
    return str(at.value.decode()) if process.exitcode else None


def _run(step: int, at: Any, place: tuple[str, str, str, str, int], year: int) -> None:
    import dagster as dg  # noqa: PLC0415

    from mentorsync_pipeline.build import build_defs  # noqa: PLC0415
    from mentorsync_pipeline.runtime.in_process import run_job  # noqa: PLC0415

    lock, steps = threading.Lock(), 0

    def kill_at(step_name: str) -> None:
        nonlocal steps
        with lock:
            if steps == step:
                at.value = step_name.encode()
                os.kill(os.getpid(), signal.SIGKILL)
            steps += 1

    def commit(transaction: sa.Transaction) -> str | None:
        """Dagster also commits, to its own database."""
        return "a commit" if transaction.connection.dialect.name == "postgresql" else None

    _around(httpx.Client, "send", kill_at, lambda _, request, *__: f"a {request.method}")
    _around(sa.Transaction, "commit", kill_at, commit)
    with dg.DagsterInstance.ephemeral() as instance:
        run_job(instance, build_defs(resources=resources(*place)), "archive", year=year).raise_on_failure()


def _around(owner: Any, name: str, kill_at: Callable[[str], None], describe: Callable[..., str | None]) -> None:
    real = getattr(owner, name)

    def struck(*args: Any, **options: Any) -> Any:
        step = describe(*args)
        if step:
            kill_at(f"before {step}")
        result = real(*args, **options)
        if step:
            kill_at(f"after {step}")
        return result

    setattr(owner, name, struck)
