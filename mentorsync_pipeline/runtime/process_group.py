"""Run several programs in the foreground and stop them together.

If this process is killed, its watchdog (`runtime.watchdog`) stops them.
"""

import errno
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
from mentorsync_pipeline.runtime.process_family import FAMILY_VARIABLE, end_family
from mentorsync_pipeline.runtime.up_lock import UpLock
from mentorsync_pipeline.runtime.watchdog import start_watchdog

# Short, because Dagster's web server waits for open browser tabs before it ends.
GRACE_SECONDS = 10
_POLL_SECONDS = 0.2
_WATCHDOG_RESTARTS = 5
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class PortTakenError(MentorSyncError):
    """Another program uses the port."""

    code = "PORT_TAKEN"


class AddressUnusableError(MentorSyncError):
    """A program cannot listen on the address."""

    code = "ADDRESS_UNUSABLE"


class ServiceEndedError(MentorSyncError):
    """A service ended unexpectedly."""

    code = "SERVICE_ENDED"


@dataclass(frozen=True, slots=True)
class Service:
    """A program: its name, which is the prefix of its log lines, and its command."""

    name: str
    command: Sequence[str]


def require_free_port(host: str, port: int, *, setting: str) -> None:
    """Check that a port is free. Raises PortTakenError; `setting` is the next step in its message.

    An IPv6 address is used for IPv6 alone, as by uvicorn; `::ffff:127.0.0.1` is an address of IPv4.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if probe.family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRNOTAVAIL, errno.EINVAL):
                raise AddressUnusableError(
                    f"{host} is no address of this machine on which a program can listen.",
                    "Use one such as 127.0.0.1, ::1 or 0.0.0.0 (all IPv4 addresses).",
                ) from error
            raise PortTakenError(
                f"{host}:{port} cannot be used ({error.strerror}{_listener(port)}).", f"{setting}."
            ) from error


def _listener(port: int) -> str:
    """Return the program that listens on a port, such as `: python, process 123`; empty if it is not visible."""
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and getattr(connection.laddr, "port", None) == port
            if listens and connection.pid:
                return f": {psutil.Process(connection.pid).name()}, process {connection.pid}"
    return ""


def run_services(
    services: Sequence[Service],
    environment: Mapping[str, str],
    *,
    log: Callable[[str, str], None],
    ready: Callable[[], bool],
    on_ready: Callable[[], None],
    lock: UpLock | None = None,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Run the services until Ctrl-C, SIGTERM or SIGHUP, or until one of them ends; then stop all their processes.

    Args:
        log: called with the service's name and each line that it prints.
        ready: whether the services are ready.
        on_ready: called once, when `ready` first returns true.
        lock: lock of this process; with it, a watchdog stops the services if this process is killed.
        check: called repeatedly; an exception from it stops all services.

    Raises:
        ServiceEndedError: a service ended unexpectedly.

    """
    family = lock.family if lock else secrets.token_hex(16)
    variables = {**os.environ, **environment, FAMILY_VARIABLE: family}
    with _stop_event() as stop, _watchdog(lock) as check_watchdog:
        running: dict[str, subprocess.Popen[str]] = {}
        try:
            for service in services:
                running[service.name] = _start(service, variables, log)
            ended = _watch(running, stop, ready, on_ready, [check, check_watchdog])
        finally:
            end_family(family, grace_seconds=GRACE_SECONDS)
            for process in running.values():
                process.wait()
    if ended is not None:
        raise ServiceEndedError(f"{ended} {_describe_exit(running[ended].returncode)}.", "See its last lines above.")


def _describe_exit(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


@contextmanager
def _watchdog(lock: UpLock | None) -> Iterator[Callable[[], None]]:
    """Run a watchdog during the block; yield a function that restarts it if it was killed."""
    if lock is None:
        yield lambda: None
        return
    watchdog = start_watchdog(lock, grace_seconds=GRACE_SECONDS)
    restarts = iter(range(_WATCHDOG_RESTARTS))

    def restart_if_killed() -> None:
        nonlocal watchdog
        if watchdog.poll() is not None and next(restarts, None) is not None:
            watchdog = start_watchdog(lock, grace_seconds=GRACE_SECONDS)

    try:
        yield restart_if_killed
    finally:
        assert watchdog.stdin is not None  # noqa: S101  # it is a pipe
        watchdog.stdin.close()  # it ends, because no process is left
        with suppress(subprocess.TimeoutExpired):
            watchdog.wait(GRACE_SECONDS)


@contextmanager
def _stop_event() -> Iterator[threading.Event]:
    """Yield an event that SIGINT, SIGTERM and SIGHUP set; restore the earlier handlers afterwards.

    SIGHUP remains ignored under `nohup`.
    """
    stop = threading.Event()

    def request_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    numbers = [number for number in _SIGNALS if number != signal.SIGHUP or _handles_hangup()]
    previous = {number: signal.signal(number, request_stop) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _handles_hangup() -> bool:
    return signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN


def _start(service: Service, environment: Mapping[str, str], log: Callable[[str, str], None]) -> subprocess.Popen[str]:
    process = subprocess.Popen(  # noqa: S603  # fixed commands
        service.command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # Ctrl-C must reach only this process, which stops the services
    )

    def relay() -> None:
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        for line in process.stdout:
            # Continue to read after the terminal was closed, because a full pipe would block the service.
            with suppress(OSError):
                log(service.name, line.rstrip("\n"))

    threading.Thread(target=relay, name=f"log of {service.name}", daemon=True).start()
    return process


def _watch(
    running: Mapping[str, subprocess.Popen[str]],
    stop: threading.Event,
    ready: Callable[[], bool],
    on_ready: Callable[[], None],
    checks: Sequence[Callable[[], None]],
) -> str | None:
    """Wait; return the name of a service that ended unexpectedly, or None after a stop signal."""
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
