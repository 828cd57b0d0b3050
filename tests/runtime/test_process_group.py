"""Services end together, even if the process that started them is killed."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from mentorsync_pipeline.domain.errors import DiskFullError
from mentorsync_pipeline.runtime.process_family import FAMILY_VARIABLE, end_family, family_members
from mentorsync_pipeline.runtime.up_lock import AlreadyRunningError, HomeNotWritableError, hold_up_lock

pytestmark = pytest.mark.slow

# Two services: one with a child that leaves its session, and one that ignores interrupts.
RUN = """
import sys
from pathlib import Path
from mentorsync_pipeline.runtime import process_group
from mentorsync_pipeline.runtime.up_lock import hold_up_lock
process_group.GRACE_SECONDS = 0.5
services = [
    process_group.Service("parent", ["sh", "-c", "setsid sleep 601 & exec sleep 602"]),
    process_group.Service("deaf", ["sh", "-c", "trap '' INT; sleep 603; sleep 604"]),
]
with hold_up_lock(Path(sys.argv[1]), grace_seconds=0.5, log=print) as lock:
    process_group.run_services(
        services, {}, log=print, ready=lambda: True, on_ready=lambda: print("ready", flush=True), lock=lock
    )
print("stopped", flush=True)
"""
PATIENCE = 60  # seconds that a busy machine may take; nothing waits as long otherwise


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Running:
    """A process that runs those services in a home."""

    def __init__(self, home: Path, *prefix: str) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-c", RUN, str(home)], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        self.record = json.loads((home / "up.lock").read_text())
        wait_until(lambda: len(self.services()) >= 4)

    def services(self) -> list[psutil.Process]:
        return family_members(self.record["family"])

    def watchdog(self) -> psutil.Process:
        (watchdog,) = [
            child for child in psutil.Process(self.process.pid).children() if "watchdog" in " ".join(child.cmdline())
        ]
        return watchdog

    def signal(self, number: int) -> None:
        os.kill(self.record["pid"], number)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    started = Running(tmp_path / "home")
    yield started
    end_family(started.record["family"], grace_seconds=0)
    started.process.kill()
    started.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_services(running, number):
    watchdog = running.watchdog()
    running.signal(number)
    assert running.process.communicate(timeout=PATIENCE)[0] == "stopped\n"
    assert running.process.returncode == 0
    assert running.services() == []
    assert not watchdog.is_running()


def test_the_watchdog_stops_all_services_after_a_kill(running):
    """Including a child in a session of its own and a service that ignores interrupts."""
    watchdog = running.watchdog()
    running.signal(signal.SIGKILL)
    wait_until(lambda: not running.services())
    wait_until(lambda: not watchdog.is_running() or watchdog.status() == psutil.STATUS_ZOMBIE)
    with hold_up_lock(running.home, grace_seconds=0, log=print):
        pass


def test_the_next_start_stops_remaining_services_if_the_watchdog_was_killed(running):
    watchdog = running.watchdog()
    running.process.send_signal(signal.SIGSTOP)  # it would start another watchdog
    watchdog.kill()
    running.signal(signal.SIGKILL)
    running.process.wait()
    assert len(running.services()) >= 4
    with hold_up_lock(running.home, grace_seconds=0.5, log=print) as lock:
        assert running.services() == []
        assert lock.family != running.record["family"]


def test_a_killed_watchdog_is_restarted(running):
    first = running.watchdog()
    first.kill()
    wait_until(lambda: any(process.pid != first.pid for process in watchdogs(running)))
    running.signal(signal.SIGKILL)
    wait_until(lambda: not running.services())


def watchdogs(running: Running) -> list[psutil.Process]:
    children = psutil.Process(running.process.pid).children()
    return [
        child
        for child in children
        if child.status() != psutil.STATUS_ZOMBIE and "watchdog" in " ".join(child.cmdline())
    ]


def test_nohup_keeps_it_running_after_its_terminal_closes(tmp_path):
    running = Running(tmp_path, "nohup")
    running.signal(signal.SIGHUP)
    running.signal(signal.SIGTERM)
    assert running.process.communicate(timeout=PATIENCE)[0] == "stopped\n"
    assert running.services() == []


def test_only_one_process_per_home_is_allowed(running, tmp_path):
    with pytest.raises(AlreadyRunningError, match=f"process {running.record['pid']}"):
        hold_up_lock(running.home, grace_seconds=0, log=print).__enter__()
    with hold_up_lock(tmp_path / "other", grace_seconds=0, log=print):
        assert len(running.services()) >= 4


@pytest.mark.parametrize("record", ["", "{", "[]", '{"family": null}', "\x00\xff", '{"pid": "x"}', "9" * 5000])
def test_an_unreadable_record_is_ignored(tmp_path, record):
    (tmp_path / "up.lock").write_text(record)
    with hold_up_lock(tmp_path, grace_seconds=0, log=print) as lock:
        assert json.loads((tmp_path / "up.lock").read_text())["family"] == lock.family
    assert json.loads((tmp_path / "up.lock").read_text()) == {}


def test_a_reused_process_id_does_not_affect_other_programs(tmp_path):
    """The process id in the record is only displayed: after a restart of the machine it may belong to any process."""
    other = subprocess.Popen(["/bin/sh", "-c", "exec sleep 600"])
    try:
        (tmp_path / "up.lock").write_text(json.dumps({"family": "of old", "pid": other.pid, "created": 1.0}))
        with hold_up_lock(tmp_path, grace_seconds=0, log=print):
            assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_home_that_is_not_writable_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(HomeNotWritableError, match="MENTORSYNC_HOME"),
        hold_up_lock(tmp_path / "file" / "home", grace_seconds=0, log=print),
    ):
        pass


def test_a_full_disk_is_an_error_with_a_code(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("mentorsync_pipeline.runtime.up_lock.os.pwrite", full)
    with pytest.raises(DiskFullError, match="MENTORSYNC_HOME"), hold_up_lock(tmp_path, grace_seconds=0, log=print):
        pass


def test_ending_a_family_spares_this_process_and_other_families(monkeypatch):
    monkeypatch.setenv(FAMILY_VARIABLE, "ours")
    ours = subprocess.Popen(["/bin/sh", "-c", "exec sleep 600"])
    other = subprocess.Popen(["/bin/sh", "-c", "exec sleep 600"], env={**os.environ, FAMILY_VARIABLE: "theirs"})
    try:
        end_family("ours", grace_seconds=PATIENCE)
        assert ours.wait(PATIENCE) == -signal.SIGINT
        assert other.poll() is None
    finally:
        for process in (ours, other):
            process.kill()
            process.wait()
