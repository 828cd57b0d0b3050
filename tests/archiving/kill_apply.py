"""Run an apply in a separate process and kill it at its n-th step.

Steps are the moments before and after each call to Givebutter and each commit.
"""

import os
import signal
import threading
from typing import Any

import httpx
import sqlalchemy as sa

from mentorsync_pipeline.archiving.archiver import ApprovedPlan, Archiver
from mentorsync_pipeline.archiving.ledger import Ledger, LedgerRun
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from tests.support.killed import processes

_SECONDS = 300


def apply_and_kill(
    step: int, url: str, givebutter: dict[str, Any], run: LedgerRun, plan: ApprovedPlan, now: Any
) -> tuple[bool, int]:
    """Apply a plan and kill the process at a step. Returns whether it was killed, and how many steps it reached."""
    steps = processes.Value("i", 0)
    process = processes.Process(target=_run, args=(step, steps, url, givebutter, run, plan, now))
    process.start()
    process.join(_SECONDS)
    assert not process.is_alive(), f"the apply that should be killed at step {step} ran for {_SECONDS} seconds"
    assert process.exitcode in (0, -signal.SIGKILL), f"the apply ended with {process.exitcode}"
    return process.exitcode != 0, steps.value


def _run(
    step: int, steps: Any, url: str, givebutter: dict[str, Any], run: LedgerRun, plan: ApprovedPlan, now: Any
) -> None:
    lock = threading.Lock()

    def count_step() -> None:
        with lock:
            if steps.value == step:
                os.kill(os.getpid(), signal.SIGKILL)
            steps.value += 1

    _count_steps(httpx.Client, "send", count_step)
    _count_steps(sa.Transaction, "commit", count_step)
    engine = sa.create_engine(url)
    with GivebutterResource(**givebutter).contact_calls() as calls:
        Archiver(
            Ledger(engine, run),
            calls,
            plan,
            now=lambda: now,
            report_progress=lambda _done, _total: None,
            source_table="archived_duplicates",
        ).apply()


def _count_steps(owner: Any, name: str, count_step: Any) -> None:
    original = getattr(owner, name)

    def counted(*args: Any, **options: Any) -> Any:
        count_step()
        result = original(*args, **options)
        count_step()
        return result

    setattr(owner, name, counted)
