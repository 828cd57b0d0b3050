"""Run several programs side by side in the foreground, and stop all of them together."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import psutil

from mentorsync_pipeline.domain.errors import MentorSyncError

# Dagster's web server waits for open browser tabs when it is asked to end, so patience must be short.
PATIENCE_SECONDS = 10
_POLL_SECONDS = 0.2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class PortTakenError(MentorSyncError):
    """A port on which another program listens."""

    code = "PORT_TAKEN"


class ServiceEndedError(MentorSyncError):
    """A program that should go on running and ended."""

    code = "SERVICE_ENDED"


@dataclass(frozen=True, slots=True)
class Service:
    """A program to run: its name in front of its log lines, and its command."""

    name: str
    command: Sequence[str]


def require_free_port(host: str, port: int, *, setting: str) -> None:
    """Raise PortTakenError when something listens on the port already; `setting` says how to choose another."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTakenError(f"{host}:{port} cannot be used ({error.strerror}).", f"{setting}.") from error


def run_together(
    services: Sequence[Service],
    environment: Mapping[str, str],
    *,
    say: Callable[[str, str], None],
    ready: Callable[[], bool],
    on_ready: Callable[[], None],
) -> None:
    """Run the services until Ctrl-C, SIGTERM or SIGHUP, or until one of them ends; then stop every process of them.

    `say(name, line)` gets each line that they print; `on_ready` is called once, when `ready` first says yes. Raises
    ServiceEndedError when one ended by itself.
    """
    with _stop_event() as stop:
        running: dict[str, subprocess.Popen[str]] = {}
        try:
            for service in services:
                running[service.name] = _start(service, environment, say)
            ended = _watch(running, stop, ready, on_ready)
        finally:
            _stop(list(running.values()))
    if ended is not None:
        raise ServiceEndedError(
            f"{ended} ended with exit code {running[ended].returncode}.", "Its last lines above say why."
        )


@contextmanager
def _stop_event() -> Iterator[threading.Event]:
    """An event that the usual signals set; the handlers of before are put back."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(service: Service, environment: Mapping[str, str], say: Callable[[str, str], None]) -> subprocess.Popen[str]:
    process = subprocess.Popen(  # noqa: S603  # our own commands
        service.command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # the terminal's Ctrl-C reaches us alone, and we stop everything in order
    )

    def relay() -> None:
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        for line in process.stdout:
            say(service.name, line.rstrip("\n"))

    threading.Thread(target=relay, name=f"log of {service.name}", daemon=True).start()
    return process


def _watch(
    running: Mapping[str, subprocess.Popen[str]],
    stop: threading.Event,
    ready: Callable[[], bool],
    on_ready: Callable[[], None],
) -> str | None:
    """Wait; return the name of a service that ended by itself, None when we were asked to stop."""
    is_ready = False
    while not stop.wait(_POLL_SECONDS):
        for name, process in running.items():
            if process.poll() is not None:
                return name
        if not is_ready and ready():
            is_ready = True
            on_ready()
    return None


def _stop(processes: Sequence[subprocess.Popen[str]]) -> None:
    """Ask each to end, wait a little, then end whatever is left of them and of what they had started."""
    family = [child for process in processes for child in _descendants(process)]
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + PATIENCE_SECONDS
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            continue
    _, left = psutil.wait_procs(family, timeout=max(0.0, deadline - time.monotonic()))
    for survivor in left:
        if survivor.is_running():
            survivor.kill()
    for process in processes:
        process.wait()


def _descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The process and all that it has started, as long as it can still be asked."""
    try:
        parent = psutil.Process(process.pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
