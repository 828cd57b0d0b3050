"""An apply in a process of its own that is killed at its n-th step, as a machine that loses its power would.

A step is a call to Givebutter or a commit, each before and after it.
"""

import multiprocessing
import os
import signal
import threading
from typing import Any

import httpx
import sqlalchemy as sa

from mentorsync_pipeline.archiving.apply import Allowed, Archiver
from mentorsync_pipeline.archiving.ledger import Ledger, Run
from mentorsync_pipeline.resources.givebutter import GivebutterResource

# One process imports everything once and is forked for each run: it has no thread that a fork could tear apart.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["mentorsync_pipeline.definitions"])
_SECONDS = 300


def apply_and_kill(
    step: int, url: str, givebutter: dict[str, Any], run: Run, plan: Allowed, now: Any
) -> tuple[bool, int]:
    """Carry a plan out and kill it at a step. Returns whether it was killed, and how many steps it came to."""
    steps = _processes.Value("i", 0)
    process = _processes.Process(target=_run, args=(step, steps, url, givebutter, run, plan, now))
    process.start()
    process.join(_SECONDS)
    assert not process.is_alive(), f"an apply that was to be killed at step {step} went on for {_SECONDS} seconds"
    assert process.exitcode in (0, -signal.SIGKILL), f"it ended with {process.exitcode}"
    return process.exitcode != 0, steps.value


def _run(step: int, steps: Any, url: str, givebutter: dict[str, Any], run: Run, plan: Allowed, now: Any) -> None:
    lock = threading.Lock()

    def strike() -> None:
        with lock:
            if steps.value == step:
                os.kill(os.getpid(), signal.SIGKILL)
            steps.value += 1

    _around(httpx.Client, "send", strike)
    _around(sa.Transaction, "commit", strike)
    engine = sa.create_engine(url)
    with GivebutterResource(**givebutter).contact_calls() as calls:
        Archiver(
            Ledger(engine, run),
            calls,
            plan,
            now=lambda: now,
            say=lambda _done, _total: None,
            source_table="archived_duplicates",
        ).apply()


def _around(owner: Any, name: str, strike: Any) -> None:
    real = getattr(owner, name)

    def struck(*args: Any, **options: Any) -> Any:
        strike()
        result = real(*args, **options)
        strike()
        return result

    setattr(owner, name, struck)
