"""Run `mentorsync up` in a separate process, and observe it from outside."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import sqlalchemy as sa

from mentorsync_pipeline.runtime.embedded import PORT, SUPERUSER, EmbeddedServer

_PATIENCE_SECONDS = 180
_UNFINISHED = {"QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING"}
_RUNS = """
{ runsOrError(limit: 500) { ... on Runs { results {
  runId status jobName creationTime startTime endTime tags { key value } } } } }
"""
_LAUNCH = """
mutation Launch($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""


@dataclass(frozen=True)
class Cost:
    """Resources of the services in `seconds`: CPU seconds, memory (shared pages counted once), connections."""

    seconds: float
    cpu: float
    megabytes: float
    connections: int


class Stack:
    """The services of a home. They can be started again after they ended."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._ui, console = _free_port(), _free_port()
        self.environment = dict(environment) | {"MENTORSYNC_CONSOLE_PORT": str(console)}
        self.home = Path(environment["MENTORSYNC_HOME"])
        self.drop = self.home / "drop"
        self._log = self.home / "up.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._postgres = EmbeddedServer(self.home)
        url = sa.URL.create(
            "postgresql+psycopg",
            username=SUPERUSER,
            port=PORT,
            database="mentorsync",
            query={"host": self._postgres.start()},
        )
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)

    def start(self) -> float:
        """Start the services; return the seconds until they are ready."""
        begun = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mentorsync_pipeline.cli", "up", "--port", str(self._ui)],
            env=self.environment,
            stdout=self._log.open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        wait_for(lambda: "MentorSync is up" in self._log.read_text(), "the services")
        return time.monotonic() - begun

    def stop(self) -> None:
        """Stop with Ctrl-C; the last user stops the database."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_PATIENCE_SECONDS)
        self.engine.dispose()
        self._postgres.leave()

    def kill_daemon(self) -> None:
        """Kill the daemon with its child processes, including runs; `up` detects it and ends."""
        assert self._process is not None
        children = psutil.Process(self._process.pid).children()
        daemon = next(child for child in children if "dagster._daemon" in child.cmdline())
        for process in [*daemon.children(recursive=True), daemon]:
            process.kill()
        self._process.wait(_PATIENCE_SECONDS)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Send a GraphQL query to Dagster's web server."""
        url = f"http://127.0.0.1:{self._ui}/graphql"
        answer = httpx.post(url, json={"query": query, "variables": variables}, timeout=60).raise_for_status()
        data: dict[str, Any] = answer.json()["data"]
        return data

    def runs(self, job: str | None = None) -> list[dict[str, Any]]:
        """Return the runs, newest first."""
        runs = self.ask(_RUNS)["runsOrError"]["results"]
        for run in runs:
            run["tags"] = {tag["key"]: tag["value"] for tag in run["tags"]}
        return [run for run in runs if job in {None, run["jobName"]}]

    def launch(self, job: str, year: int, **tags: str) -> str:
        """Start a run as the UI does; return its id."""
        chosen = {"dagster/partition": str(year)} | tags
        params = {
            "selector": {
                "repositoryLocationName": "mentorsync",
                "repositoryName": "__repository__",
                "jobName": job,
            },
            "runConfigData": {},
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in chosen.items()]},
        }
        answer = self.ask(_LAUNCH, params=params)["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        run_id: str = answer["run"]["runId"]
        return run_id

    def settled(self) -> bool:
        """Whether the drop folder is empty and no run is queued or in progress."""
        lying = [entry for entry in self.drop.iterdir() if entry.is_file()]
        return not lying and not any(run["status"] in _UNFINISHED for run in self.runs())

    def scalar(self, query: sa.Select[Any]) -> Any:
        """Return one value of MentorSync's database."""
        with self.engine.connect() as conn:
            return conn.execute(query).scalar_one()

    def cost(self, seconds: float) -> Cost:
        """Measure the resources of idle services."""
        before, begun = self._cpu(), time.monotonic()
        time.sleep(seconds)
        after = self._cpu()
        used = sum(after[pid] - before.get(pid, 0.0) for pid in after)
        activity = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        with self.engine.connect() as conn:
            connections = conn.execute(sa.text(activity)).scalar_one() - 1  # without this one
        memory = sum(process.memory_full_info().pss for process in self._family()) / 2**20
        return Cost(time.monotonic() - begun, used, memory, connections)

    def _cpu(self) -> dict[int, float]:
        return {process.pid: sum(process.cpu_times()[:2]) for process in self._family()}

    def _family(self) -> Iterator[psutil.Process]:
        """All processes, including the database, which is not a child process."""
        assert self._process is not None
        top = psutil.Process(self._process.pid)
        servers = [
            process
            for process in psutil.process_iter(["cmdline"])
            if any(str(self.home) in word for word in process.info["cmdline"] or [])
        ]
        pids = set()
        for process in (top, *top.children(recursive=True), *servers):
            for member in (process, *process.children(recursive=True)):
                if member.pid not in pids and member.pid != os.getpid():
                    pids.add(member.pid)
                    yield member


@contextmanager
def running(environment: Mapping[str, str]) -> Iterator[Stack]:
    """Yield started services and stop them afterwards."""
    stack = Stack(environment)
    stack.start()
    try:
        yield stack
    finally:
        stack.stop()


def wait_for(condition: Callable[[], bool], description: str, *, seconds: float = _PATIENCE_SECONDS) -> float:
    """Wait until a condition is true; return the seconds."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise TimeoutError(f"{description}: not within {seconds:.0f} seconds")
        time.sleep(0.25)
    return time.monotonic() - begun


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
