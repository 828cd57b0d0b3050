"""Run the command line in a separate process, as users do, or in the test's process, which is faster."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import click
import pytest
import typer.main

from mentorsync_pipeline.cli import app
from mentorsync_pipeline.runtime.engine import get_engine
from mentorsync_pipeline.runtime.environment import prepare_environment

_FOLDERS = ("MENTORSYNC_DROP_DIR", "MENTORSYNC_OUT_DIR", "MENTORSYNC_DAGSTER_DIR")
MENTORSYNC = (sys.executable, "-c", "from mentorsync_pipeline.cli import app; app()")


def mentorsync(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `mentorsync` in a folder; `environment` is added to the test's."""
    return subprocess.run(
        [*MENTORSYNC, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@cache
def mentorsync_command() -> click.Command:
    """The commands of the program, which take longer to build than most take to run."""
    return typer.main.get_command(app)


class InProcess:
    """Run commands in this process, with these environment variables, which include the databases' URLs.

    `program` is another program that is built on click.
    """

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
        environment: dict[str, str],
        program: Callable[[], click.Command] = mentorsync_command,
    ) -> None:
        self._monkeypatch, self._capfd, self._environment = monkeypatch, capfd, environment
        self._program = program

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        with self._monkeypatch.context() as patch:
            # Commands set these variables; setting them here restores them afterwards.
            for name in (*_FOLDERS, "DAGSTER_DISABLE_TELEMETRY"):
                patch.setenv(name, os.environ.get(name, ""))
            for name, value in {**self._environment, **environment}.items():
                patch.setenv(name, value)
            patch.setenv("MENTORSYNC_HOME", os.environ["MENTORSYNC_HOME"])
            _forget_databases()
            self._capfd.readouterr()
            with pytest.raises(SystemExit) as ended:
                self._program()(list(arguments))
            printed = self._capfd.readouterr()
            _close_connections()
            _forget_databases()
        return subprocess.CompletedProcess(arguments, int(ended.value.code or 0), printed.out, printed.err)


def _close_connections() -> None:
    """Close the connections of a command, whose engine is cached by URL or by settings."""
    if prepare_environment.cache_info().currsize:
        for url in (prepare_environment().warehouse.render_as_string(hide_password=False), None):
            get_engine(url).dispose()


def _forget_databases() -> None:
    """Clear the caches of the databases, so that the next command reads its settings again."""
    prepare_environment.cache_clear()
    get_engine.cache_clear()
