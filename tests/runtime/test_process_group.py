"""Programs that run together end together, also when the one that started them is killed."""

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

from mentorsync_pipeline.runtime.process_family import VARIABLE, end_family, family_members
from mentorsync_pipeline.runtime.up_lock import AlreadyRunningError, HomeNotWritableError, hold_up_lock

pytestmark = pytest.mark.slow

# Two services: one with a child that leaves its session, and one that hears no interrupt.
RUN = """
import sys
from pathlib import Path
from mentorsync_pipeline.runtime import process_group
from mentorsync_pipeline.runtime.up_lock import hold_up_lock
process_group.PATIENCE_SECONDS = 0.5
services = [
    process_group.Service("parent", ["sh", "-c", "setsid sleep 601 & exec sleep 602"]),
    process_group.Service("deaf", ["sh", "-c", "trap '' INT; sleep 603; sleep 604"]),
]
with hold_up_lock(Path(sys.argv[1]), patience=0.5, say=print) as lock:
    process_group.run_together(
        services, {}, say=print, ready=lambda: True, on_ready=lambda: print("ready", flush=True), lock=lock
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
        (found,) = [one for one in psutil.Process(self.process.pid).children() if "watchdog" in " ".join(one.cmdline())]
        return found

    def signal(self, number: int) -> None:
        os.kill(self.record["pid"], number)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    started = Running(tmp_path / "home")
    yield started
    end_family(started.record["family"], patience=0)
    started.process.kill()
    started.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_in_order(running, number):
    watchdog = running.watchdog()
    running.signal(number)
    assert running.process.communicate(timeout=PATIENCE)[0] == "stopped\n"
    assert running.process.returncode == 0
    assert running.services() == []
    assert not watchdog.is_running()


def test_when_it_is_killed_the_watchdog_ends_everything(running):
    """Also the child that has left its session and the service that hears no interrupt."""
    watchdog = running.watchdog()
    running.signal(signal.SIGKILL)
    wait_until(lambda: not running.services())
    wait_until(lambda: not watchdog.is_running() or watchdog.status() == psutil.STATUS_ZOMBIE)
    with hold_up_lock(running.home, patience=0, say=print):
        pass


def test_when_its_watchdog_is_killed_as_well_the_next_one_ends_what_is_left(running):
    watchdog = running.watchdog()
    running.process.send_signal(signal.SIGSTOP)  # it would start another watchdog
    watchdog.kill()
    running.signal(signal.SIGKILL)
    running.process.wait()
    assert len(running.services()) >= 4
    with hold_up_lock(running.home, patience=0.5, say=print) as lock:
        assert running.services() == []
        assert lock.family != running.record["family"]


def test_a_killed_watchdog_is_replaced(running):
    first = running.watchdog()
    first.kill()
    wait_until(lambda: any(one.pid != first.pid for one in watchdogs(running)))
    running.signal(signal.SIGKILL)
    wait_until(lambda: not running.services())


def watchdogs(running: Running) -> list[psutil.Process]:
    children = psutil.Process(running.process.pid).children()
    return [one for one in children if one.status() != psutil.STATUS_ZOMBIE and "watchdog" in " ".join(one.cmdline())]


def test_nohup_lets_it_outlive_its_terminal(tmp_path):
    running = Running(tmp_path, "nohup")
    running.signal(signal.SIGHUP)
    running.signal(signal.SIGTERM)
    assert running.process.communicate(timeout=PATIENCE)[0] == "stopped\n"
    assert running.services() == []


def test_a_second_one_in_the_same_home_is_refused_and_in_another_home_is_not(running, tmp_path):
    with pytest.raises(AlreadyRunningError, match=f"process {running.record['pid']}"):
        hold_up_lock(running.home, patience=0, say=print).__enter__()
    with hold_up_lock(tmp_path / "other", patience=0, say=print):
        assert len(running.services()) >= 4


@pytest.mark.parametrize("record", ["", "{", "[]", '{"family": null}', "\x00\xff", '{"pid": "x"}', "9" * 5000])
def test_a_record_that_cannot_be_read_is_as_good_as_none(tmp_path, record):
    (tmp_path / "up.lock").write_text(record)
    with hold_up_lock(tmp_path, patience=0, say=print) as lock:
        assert json.loads((tmp_path / "up.lock").read_text())["family"] == lock.family
    assert json.loads((tmp_path / "up.lock").read_text()) == {}


def test_the_number_of_a_dead_process_harms_no_other_program(tmp_path):
    """A process id in the record is only shown: after a restart of the machine it may be anybody's."""
    other = subprocess.Popen(["/bin/sh", "-c", "exec sleep 600"])
    try:
        (tmp_path / "up.lock").write_text(json.dumps({"family": "of old", "pid": other.pid, "created": 1.0}))
        with hold_up_lock(tmp_path, patience=0, say=print):
            assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_home_in_which_no_file_can_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(HomeNotWritableError, match="MENTORSYNC_HOME"),
        hold_up_lock(tmp_path / "file" / "home", patience=0, say=print),
    ):
        pass


def test_a_family_is_ended_without_its_own_process_and_without_others(monkeypatch):
    monkeypatch.setenv(VARIABLE, "ours")
    ours = subprocess.Popen(["/bin/sh", "-c", "exec sleep 600"])
    theirs = subprocess.Popen(["/bin/sh", "-c", "exec sleep 600"], env={**os.environ, VARIABLE: "theirs"})
    try:
        end_family("ours", patience=PATIENCE)
        assert ours.wait(PATIENCE) == -signal.SIGINT
        assert theirs.poll() is None
    finally:
        for process in (ours, theirs):
            process.kill()
            process.wait()
