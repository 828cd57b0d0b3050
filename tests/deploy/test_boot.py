"""The services of deploy/compose.yaml, started on this machine instead of in containers.

Only host names, ports, folders and the database are replaced. Commands that end, the migrations and the health checks
of our programs, run in the test's process, because most of their time is the start of a process.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
import yaml

from tests.deploy.commands import DEPLOY, PROGRAMS
from tests.support.cli import InProcess, free_port

pytestmark = pytest.mark.slow

SERVICES = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
LOADED = """
{ workspaceOrError { ... on Workspace { locationEntries { name locationOrLoadError {
  __typename ... on PythonError { message } ... on RepositoryLocation { repositories { jobs { name } } } } } } } }
"""
PATIENCE_SECONDS = 180
# Webserver, daemon and code server together, in Dagster's database.
IDLE_CONNECTIONS = 10
# Threads of the daemon that the instance requires, at least.
DAEMONS = 6


class Machine:
    """Starts services in a folder that looks like the image's /app."""

    def __init__(
        self,
        folder: Path,
        database: str,
        dagster: str,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        self.folder = folder
        self._monkeypatch, self._capfd = monkeypatch, capfd
        self.ports = {"4000": str(free_port()), "3000": str(free_port())}
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DAGSTER_HOME": str(folder),
            "MENTORSYNC_HOME": str(folder / "data"),
            "MENTORSYNC_DATABASE_URL": database,
            "DAGSTER_PG_URL": dagster,
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        shutil.copy(DEPLOY.parent / "dagster.yaml", folder)
        workspace = (DEPLOY / "workspace.yaml").read_text()
        assert "host: code\n" in workspace
        workspace = workspace.replace("host: code\n", "host: 127.0.0.1\n").replace("4000", self.ports["4000"])
        (folder / "workspace.yaml").write_text(workspace)

    def _here(self, words: list[str]) -> list[str]:
        text = "\0".join(words).replace("0.0.0.0", "127.0.0.1")  # noqa: S104  # as it is in the container
        for port, mine in self.ports.items():
            text = text.replace(port, mine)
        return text.split("\0")

    def start(self, name: str) -> None:
        self.processes[name] = subprocess.Popen(
            self._here(SERVICES[name]["command"]),
            cwd=self.folder,
            env=self.environment,
            stdout=(self.folder / f"{name}.log").open("wb"),
            stderr=subprocess.STDOUT,
        )

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def run(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command that ends."""
        program, *arguments = self._here(words)
        if program in PROGRAMS:
            run = InProcess(self._monkeypatch, self._capfd, self.environment, PROGRAMS[program])
            return run(*arguments)
        return subprocess.run(
            [program, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def is_healthy(self, name: str) -> bool:
        return self.run(SERVICES[name]["healthcheck"]["test"][1:]).returncode == 0

    def wait_until_healthy(self, name: str, port: str | None = None) -> None:
        """Wait until a program listens on the port, then for the health check."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not ((port is None or _listens(self.ports[port])) and self.is_healthy(name)):
            assert self.processes[name].poll() is None, self.log(name)
            assert time.monotonic() < deadline, self.log(name)
            time.sleep(0.5)

    def wait_for_heartbeats(self) -> None:
        """Wait until each of the daemon's threads has stored that it runs, which the health check requires."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._count("daemon_heartbeats") < DAEMONS:
            assert self.processes["daemon"].poll() is None, self.log("daemon")
            assert time.monotonic() < deadline, self.log("daemon")
            time.sleep(0.2)

    def connections(self) -> int:
        """Number of connections of the services to Dagster's database."""
        return self._count("pg_stat_activity WHERE datname = current_database()") - 1

    def _count(self, rows: str) -> int:
        with psycopg.connect(self.environment["DAGSTER_PG_URL"].replace("+psycopg", "")) as connection:
            return connection.execute(f"SELECT count(*) FROM {rows}").fetchone()[0]

    def stop(self) -> None:
        """Stop dependent services first, as Compose does: the code server waits up to 60 s for calls in progress."""
        for process in reversed(self.processes.values()):
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _listens(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


@pytest.fixture
def machine(
    tmp_path: Path,
    new_database: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Machine]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MENTORSYNC_HOME", str(tmp_path / "data"))
    databases = new_database(migrated=False), new_database(migrated=False)
    running = Machine(tmp_path, *databases, monkeypatch, capfd)
    yield running
    running.stop()


def test_the_services_start_connect_and_are_healthy(machine):
    migrations = machine.run(SERVICES["migrations"]["command"])
    assert migrations.returncode == 0, migrations.stderr
    machine.start("code")
    machine.wait_until_healthy("code", port="4000")
    machine.start("webserver")
    machine.start("daemon")
    machine.wait_until_healthy("webserver", port="3000")
    url = f"http://127.0.0.1:{machine.ports['3000']}/graphql"
    loaded = httpx.post(url, json={"query": LOADED}, timeout=60).raise_for_status().json()["data"]["workspaceOrError"]
    (location,) = loaded["locationEntries"]
    assert location["name"] == "mentorsync"
    (repository,) = location["locationOrLoadError"]["repositories"]
    assert {"name": "sync"} in repository["jobs"]
    machine.wait_for_heartbeats()
    machine.wait_until_healthy("daemon")
    assert "Traceback" not in machine.log("daemon")
    assert machine.connections() <= IDLE_CONNECTIONS
    left = {entry.name for entry in machine.folder.iterdir()} - {f"{name}.log" for name in SERVICES}
    assert left == {"dagster.yaml", "workspace.yaml", "data"}, "in the image, only the volume can be written to"
