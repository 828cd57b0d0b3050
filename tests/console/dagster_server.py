"""Dagster's real web server, and its daemon when a test needs one, beside a console on the same databases.

Both use one code server, as in `deploy/`; each would otherwise start one of its own and import the code again.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import httpx
import pytest
import yaml
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._grpc.client import DagsterGrpcClient

from mentorsync_pipeline.runtime.engine import get_engine
from mentorsync_pipeline.runtime.environment import prepare_environment, project_folder
from mentorsync_pipeline.runtime.instance import open_instance
from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY, JOTFORM_KEY
from tests.support.cli import free_port
from tests.support.environment import SandboxEnvironment

_PATIENCE_SECONDS = 120
# Commands and the instance add these to the environment; what a test has is put back.
_ADDED = ("MENTORSYNC_DROP_DIR", "MENTORSYNC_OUT_DIR", "DAGSTER_DISABLE_TELEMETRY")


@dataclass(frozen=True)
class DagsterServer:
    """A web server at `url`, and the instance that it shows."""

    url: str
    instance: dg.DagsterInstance
    environment: dict[str, str]
    folder: Path
    workspace: Path

    @contextmanager
    def daemon(self) -> Iterator[None]:
        """The daemon, running within the block; its start is not awaited."""
        command = ["-m", "dagster._daemon", "run", "--workspace", str(self.workspace)]
        with _running(command, self.environment, self.folder / "daemon.log"):
            yield

    def wait_for(self, run_id: str) -> dg.DagsterRunStatus:
        """The run's status once it is over."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            run = self.instance.get_run_by_id(run_id)
            assert run is not None
            if run.is_finished:
                return run.status
            assert time.monotonic() < deadline, run.status
            time.sleep(0.3)


@contextmanager
def dagster_server(env: SandboxEnvironment, dagster_database: str, folder: Path) -> Iterator[DagsterServer]:
    """The web server on an environment's database and one of Dagster's own; the drop folder is `folder/drop`."""
    port = free_port()
    (folder / "drop").mkdir()
    environment = {
        "DAGSTER_HOME": str(project_folder()),
        "DAGSTER_PG_URL": dagster_database.replace("postgresql+psycopg:", "postgresql:"),
        "MENTORSYNC_DATABASE_URL": env.url,
        "MENTORSYNC_HOME": str(folder / "home"),
        "MENTORSYNC_DROP_DIR": str(folder / "drop"),
        "MENTORSYNC_OUT_DIR": str(env.folder),
        "MENTORSYNC_FIRST_YEAR": str(env.year - 1),
        "JOTFORM_API_URL": env.server.jotform_url,
        "JOTFORM_API_KEY": JOTFORM_KEY,
        "GIVEBUTTER_API_URL": env.server.givebutter_url,
        "GIVEBUTTER_API_KEY": GIVEBUTTER_KEY,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in _ADDED:
            patch.setenv(name, "")
        for name, value in environment.items():
            patch.setenv(name, value)
        _forget()
        with open_instance() as instance:
            for name in ("DAGSTER_PG_URL", "MENTORSYNC_DATABASE_URL"):
                environment[name] = os.environ[name]
            with _code_server(environment, folder) as workspace:
                command = ["-m", "dagster_webserver", "--port", str(port), "--host", "127.0.0.1"]
                with _running([*command, "--workspace", str(workspace)], environment, folder / "webserver.log"):
                    url = f"http://127.0.0.1:{port}"
                    _wait_until(lambda: httpx.get(f"{url}/server_info", timeout=2).is_success, folder / "webserver.log")
                    yield DagsterServer(url, instance, environment, folder, workspace)
    _forget()


@contextmanager
def _code_server(environment: dict[str, str], folder: Path) -> Iterator[Path]:
    """A server of the code location; yields the workspace file that names it."""
    port = free_port()
    workspace = yaml.safe_load((project_folder() / "deploy" / "workspace.yaml").read_text())
    workspace["load_from"][0]["grpc_server"] |= {"host": "127.0.0.1", "port": port}
    file, log = folder / "workspace.yaml", folder / "code.log"
    file.write_text(yaml.safe_dump(workspace))
    command = ["-m", "dagster", "api", "grpc", "--host", "127.0.0.1", "--port", str(port)]
    location = ["--module-name", "mentorsync_pipeline.definitions", "--location-name", "mentorsync"]
    with _running([*command, *location], environment, log):
        _wait_until(lambda: bool(DagsterGrpcClient(port, host="127.0.0.1").ping("ready")), log)
        yield file


@contextmanager
def _running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, *command], env={**os.environ, **environment}, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until(answers: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            if answers():
                return
        except (httpx.HTTPError, DagsterUserCodeUnreachableError):
            pass
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)


def _forget() -> None:
    """Clear what this process has cached about its databases."""
    prepare_environment.cache_clear()
    get_engine.cache_clear()
