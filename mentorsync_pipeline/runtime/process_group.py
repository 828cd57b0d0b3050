"""Run several programs side by side in the foreground, and stop all of them together.

If this process is killed, its watchdog (`runtime.watchdog`) stops them.
"""

import os
import secrets
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

import psutil

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.process_family import VARIABLE, end_family
from mentorsync_pipeline.runtime.up_lock import UpLock
from mentorsync_pipeline.runtime.watchdog import start_watchdog

# Dagster's web server waits for open browser tabs when it is asked to end, so patience must be short.
PATIENCE_SECONDS = 10
_POLL_SECONDS = 0.2
_WATCHDOG_RESTARTS = 5
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
            raise PortTakenError(
                f"{host}:{port} cannot be used ({error.strerror}{_listener(port)}).", f"{setting}."
            ) from error


def _listener(port: int) -> str:
    """Which program listens on a port, as `: python, process 123`; empty when this user may not see it."""
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and getattr(connection.laddr, "port", None) == port
            if listens and connection.pid:
                return f": {psutil.Process(connection.pid).name()}, process {connection.pid}"
    return ""


def run_together(
    services: Sequence[Service],
    environment: Mapping[str, str],
    *,
    say: Callable[[str, str], None],
    ready: Callable[[], bool],
    on_ready: Callable[[], None],
    lock: UpLock | None = None,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Run the services until Ctrl-C, SIGTERM or SIGHUP, or until one of them ends; then stop every process of them.

    `say(name, line)` gets each line that they print; `on_ready` is called once, when `ready` first says yes. `check`
    is called again and again, and ends everything by raising. With a `lock` a watchdog stops the services if this
    process is killed. Raises ServiceEndedError when one ended by itself.
    """
    family = lock.family if lock else secrets.token_hex(16)
    surroundings = {**os.environ, **environment, VARIABLE: family}
    with _stop_event() as stop, _watched(lock) as watch_watchdog:
        running: dict[str, subprocess.Popen[str]] = {}
        try:
            for service in services:
                running[service.name] = _start(service, surroundings, say)
            ended = _watch(running, stop, ready, on_ready, [check, watch_watchdog])
        finally:
            end_family(family, patience=PATIENCE_SECONDS)
            for process in running.values():
                process.wait()
    if ended is not None:
        raise ServiceEndedError(f"{ended} {_ending(running[ended].returncode)}.", "Its last lines above say why.")


def _ending(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


@contextmanager
def _watched(lock: UpLock | None) -> Iterator[Callable[[], None]]:
    """A watchdog while the block lasts; call what is given now and then, in case it was killed."""
    if lock is None:
        yield lambda: None
        return
    watchdog = start_watchdog(lock, patience=PATIENCE_SECONDS)
    restarts = iter(range(_WATCHDOG_RESTARTS))

    def keep() -> None:
        nonlocal watchdog
        if watchdog.poll() is not None and next(restarts, None) is not None:
            watchdog = start_watchdog(lock, patience=PATIENCE_SECONDS)

    try:
        yield keep
    finally:
        assert watchdog.stdin is not None  # noqa: S101  # it is a pipe
        watchdog.stdin.close()  # it finds nothing to do and ends
        with suppress(subprocess.TimeoutExpired):
            watchdog.wait(PATIENCE_SECONDS)


@contextmanager
def _stop_event() -> Iterator[threading.Event]:
    """An event that the usual signals set; the handlers of before are put back.

    SIGHUP stays ignored if it is: `nohup` lets a program outlive its terminal.
    """
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    numbers = [number for number in _SIGNALS if number != signal.SIGHUP or _hears_hangups()]
    before = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _hears_hangups() -> bool:
    return signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN


def _start(service: Service, environment: Mapping[str, str], say: Callable[[str, str], None]) -> subprocess.Popen[str]:
    process = subprocess.Popen(  # noqa: S603  # our own commands
        service.command,
        env=environment,
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
            # A terminal that was closed takes no line; the pipe has to be emptied all the same, or the service stops.
            with suppress(OSError):
                say(service.name, line.rstrip("\n"))

    threading.Thread(target=relay, name=f"log of {service.name}", daemon=True).start()
    return process


def _watch(
    running: Mapping[str, subprocess.Popen[str]],
    stop: threading.Event,
    ready: Callable[[], bool],
    on_ready: Callable[[], None],
    checks: Sequence[Callable[[], None]],
) -> str | None:
    """Wait; return the name of a service that ended by itself, None when we were asked to stop."""
    is_ready = False
    while not stop.wait(_POLL_SECONDS):
        for name, process in running.items():
            if process.poll() is not None:
                return name
        for check in checks:
            check()
        if not is_ready and ready():
            is_ready = True
            on_ready()
    return None
