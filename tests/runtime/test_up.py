"""`mentorsync up` starts, responds, runs a job from the UI, and stops without remaining processes."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from mentorsync_pipeline.runtime.process_family import family_members
from mentorsync_pipeline.runtime.process_group import (
    AddressUnusableError,
    Service,
    ServiceEndedError,
    require_free_port,
    run_services,
)
from tests.support.cli import MENTORSYNC, InProcess, free_port

pytestmark = pytest.mark.slow

LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
LOADED = """
{ workspaceOrError { ... on Workspace { locationEntries { name locationOrLoadError {
  __typename ... on PythonError { message } ... on RepositoryLocation { repositories { name jobs { name } } } } } } } }
"""
PROGRAMS = ("dagster_webserver", "dagster._daemon", "mentorsync_pipeline.cli console", "watchdog")
STATUS = "query Status($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


class Up:
    """A running `mentorsync up`."""

    def __init__(self, folder: Path) -> None:
        self.port, self.console_port = free_port(), free_port()
        self.log = folder / "up.log"
        self.process = subprocess.Popen(
            [*MENTORSYNC, "up", "--port", str(self.port)],
            cwd=folder,
            # The programs reach each other without the proxy for services.
            env={**os.environ, "MENTORSYNC_CONSOLE_PORT": str(self.console_port), "HTTP_PROXY": "http://127.0.0.1:9"},
            stdout=self.log.open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.home = os.environ["MENTORSYNC_HOME"]

    def wait(self, text: str = "MentorSync is up") -> None:
        """Wait until the log has this text."""
        deadline = time.monotonic() + 120
        while text not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.2)

    def ask(self, query: str, **variables: object) -> dict:
        answer = httpx.post(
            f"http://127.0.0.1:{self.port}/graphql", json={"query": query, "variables": variables}, timeout=60
        )
        return answer.raise_for_status().json()["data"]

    def wait_for_services(self) -> None:
        """Wait until the programs of all services have been started."""
        deadline = time.monotonic() + 120
        while not all(any(program in line for line in self._command_lines()) for program in PROGRAMS):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def _command_lines(self) -> list[str]:
        children = psutil.Process(self.process.pid).children()
        return [" ".join(child.cmdline()) for child in children if child.status() != psutil.STATUS_ZOMBIE]

    def unmarked(self) -> list[list[str]]:
        """Command lines of the services, and of the programs that they started, that a watchdog would not find."""
        processes = psutil.Process(self.process.pid).children(recursive=True)
        record = json.loads((Path(self.home) / "up.lock").read_text())
        marked = {process.pid for process in family_members(record["family"])}
        unmarked = [process for process in processes if process.pid not in marked and process.is_running()]
        lines = [process.cmdline() for process in unmarked if process.status() != psutil.STATUS_ZOMBIE]
        return [line for line in lines if "watchdog" not in " ".join(line)]

    def family(self) -> list[psutil.Process]:
        """All its processes, including the database, which is not a child process."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        servers = [p for p in psutil.process_iter(["cmdline"]) if f"{self.home}/pg" in (p.info["cmdline"] or [])]
        return [psutil.Process(self.process.pid), *children, *servers]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of all tests, because creating its databases takes longer than the start of the programs."""
    return tmp_path_factory.mktemp("up") / "home"


@pytest.fixture
def up(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Up]:
    monkeypatch.setenv("MENTORSYNC_HOME", str(home))
    running = Up(tmp_path)
    yield running
    if running.process.poll() is None:
        running.process.terminate()
        running.process.wait(180)


def restart_database(up: Up) -> None:
    """Kill the database's main process, and wait until the program has restarted it and answers."""
    health = f"http://127.0.0.1:{up.console_port}/healthz"
    server = Path(up.home) / "pg" / "postmaster.pid"
    first = int(server.read_text().split()[0])
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 120
    while "was restarted" not in up.log.read_text() or httpx.get(health, timeout=30).status_code != 200:
        assert up.process.poll() is None, up.log.read_text()
        assert time.monotonic() < deadline, up.log.read_text()
        time.sleep(0.2)
    assert int(server.read_text().split()[0]) != first


def test_it_serves_runs_a_job_restarts_its_database_and_stops(up, monkeypatch, capfd):
    up.wait()
    assert httpx.get(f"http://127.0.0.1:{up.console_port}/healthz").text == "ok"
    (location,) = up.ask(LOADED)["workspaceOrError"]["locationEntries"]
    assert location["name"] == "mentorsync"
    assert "message" not in location["locationOrLoadError"], location
    (repository,) = location["locationOrLoadError"]["repositories"]
    assert {"name": "configure"} in repository["jobs"]

    values = {"values": {"nothing": "that is a key"}}
    params = {
        "selector": {
            "repositoryLocationName": "mentorsync",
            "repositoryName": repository["name"],
            "jobName": "configure",
        },
        "runConfigData": {"ops": {"sync_configs": {"config": values}}},
        "executionMetadata": {"tags": [{"key": "dagster/partition", "value": "2025"}]},
    }
    launched = up.ask(LAUNCH, params=params)["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run_id = launched["run"]["runId"]
    deadline = time.monotonic() + 120
    while (status := up.ask(STATUS, id=run_id)["runOrError"]["status"]) not in {"SUCCESS", "FAILURE", "CANCELED"}:
        assert time.monotonic() < deadline, f"{status}\n{up.log.read_text()}"
        time.sleep(0.5)
    assert status == "FAILURE", (
        "the queue, the daemon and the launcher brought it to its step, which refuses the values"
    )

    restart_database(up)
    second = InProcess(monkeypatch, capfd, {})("up", "--port", str(free_port()))
    assert second.returncode == 1
    assert second.stderr.startswith("ALREADY_RUNNING: ")

    family = up.family()
    assert sum("grpc" in process.cmdline() for process in family) >= 2, "the code servers of webserver and daemon"
    assert up.unmarked() == [], "the watchdog stops all of them if it is killed"
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(180) == 0
    _, remaining = psutil.wait_procs(family, timeout=60)
    assert remaining == []
    assert re.search(r"^webserver \| ", up.log.read_text(), re.MULTILINE)


def test_a_kill_leaves_no_process(up):
    """It is killed while its services start; processes of running services are marked for the watchdog alike."""
    up.wait_for_services()
    family = up.family()
    assert len(family) > 4
    up.process.kill()
    up.process.wait()
    deadline = time.monotonic() + 120
    while remaining := [
        process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]:
        assert time.monotonic() < deadline, remaining
        time.sleep(0.2)
    for port in (up.port, up.console_port):
        require_free_port("127.0.0.1", port, setting="It is free")


def test_a_port_in_use_is_named_and_nothing_is_started(monkeypatch, capfd):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = InProcess(monkeypatch, capfd, {})("up", "--port", str(port))
    assert done.returncode == 1
    assert f"PORT_TAKEN: 127.0.0.1:{port}" in done.stderr
    assert f"process {os.getpid()}" in done.stderr
    assert "--port" in done.stderr
    assert not (Path(os.environ["MENTORSYNC_HOME"]) / "pg").exists()


@pytest.mark.parametrize("host", ["::ffff:127.0.0.1", "192.0.2.1"])
def test_an_address_on_which_no_program_can_listen_is_refused(host):
    with pytest.raises(AddressUnusableError, match=f"{host} is no address of this machine"):
        require_free_port(host, 3100, setting="Stop that program")


def test_all_services_stop_when_one_ends(monkeypatch):
    monkeypatch.setattr("mentorsync_pipeline.runtime.process_group.GRACE_SECONDS", 1)
    lines: list[tuple[str, str]] = []
    services = [
        Service("long", ["sh", "-c", "trap 'exit 0' INT; sleep 600 & wait"]),
        Service("short", ["sh", "-c", "echo good bye; exit 3"]),
    ]
    with pytest.raises(ServiceEndedError, match="short ended with exit code 3"):
        run_services(services, {}, log=lambda *line: lines.append(line), ready=lambda: False, on_ready=lambda: None)
    assert ("short", "good bye") in lines
    children = psutil.Process().children(recursive=True)
    assert not [child for child in children if "sleep" in child.name()]
