"""A database server that ends while a program runs is restarted, a limited number of times."""

import os
import signal
import time
from collections.abc import Iterator
from itertools import pairwise

import psutil
import psycopg
import pytest

from mentorsync_pipeline.runtime.database_watch import MAX_RESTARTS, WINDOW_SECONDS, DatabaseLostError, DatabaseWatch
from mentorsync_pipeline.runtime.embedded import SUPERUSER, EmbeddedServer

pytestmark = pytest.mark.slow


class Watched:
    """A server under watch, with a clock that the test moves."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server
        self.socket_folder = server.start()
        self.lines: list[str] = []
        self.now = 1000.0
        self.watch = DatabaseWatch(self.server, self.lines.append, clock=lambda: self.now)

    def kill(self) -> None:
        first = psutil.Process(int((self.server.data / "postmaster.pid").read_text().split()[0]))
        os.kill(first.pid, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while self.server.is_alive():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def check_after(self, seconds: float) -> None:
        self.now += seconds
        self.watch.check()

    def recovers(self) -> bool:
        """Return whether the server has noticed that one of its processes was killed."""
        return "reinitializing" in (self.server.data / "log").read_text()

    def accepts_connections(self) -> bool:
        try:
            return self.answers()
        except psycopg.OperationalError:
            return False

    def answers(self) -> bool:
        with psycopg.connect(host=self.socket_folder, user=SUPERUSER, dbname="postgres") as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    running = EmbeddedServer(tmp_path_factory.mktemp("watched"))
    yield running
    running.leave()


@pytest.fixture
def watched(server: EmbeddedServer) -> Iterator[Watched]:
    yield Watched(server)
    server.options = {}


def test_a_restart_is_reported(watched):
    watched.check_after(0)
    assert watched.lines == []
    watched.kill()
    watched.check_after(0.5)
    assert watched.lines == [], "it looks once a second"
    watched.check_after(0.5)
    assert watched.lines == ["PostgreSQL ended unexpectedly and was restarted (restart 1)."]
    assert watched.answers()


def test_failing_restarts_wait_longer_each_time_and_end(watched):
    watched.server.options = {"shared_buffers": "nonsense"}
    watched.kill()
    tries = []
    while len(tries) < MAX_RESTARTS:
        watched.check_after(1)
        if len(watched.lines) > len(tries):
            tries.append(watched.now)
    assert [later - earlier for earlier, later in pairwise(tries)] == [1, 2, 4, 8]
    watched.check_after(15)
    with pytest.raises(DatabaseLostError, match=f"{MAX_RESTARTS} restarts"):
        watched.check_after(1)
    assert all(line.startswith("DATABASE_NOT_STARTED: ") for line in watched.lines)


def test_earlier_restarts_are_not_counted(watched):
    watched.server.options = {"shared_buffers": "nonsense"}
    watched.kill()
    for _ in range(MAX_RESTARTS + 1):
        watched.check_after(WINDOW_SECONDS)
    watched.server.options = {}
    watched.check_after(WINDOW_SECONDS)
    assert watched.lines[-1] == "PostgreSQL ended unexpectedly and was restarted (restart 1)."


def test_a_missing_database_is_not_replaced_by_an_empty_one(watched):
    watched.kill()
    moved = watched.server.data.rename(watched.server.folder / "moved")
    watched.check_after(2)
    assert "is missing" in watched.lines[0]
    assert not watched.server.data.exists()
    moved.rename(watched.server.data)
    watched.check_after(2)
    assert watched.answers()


def test_the_server_recovers_from_a_killed_connection(watched):
    with psycopg.connect(host=watched.socket_folder, user=SUPERUSER, dbname="postgres") as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while not (watched.recovers() and watched.accepts_connections()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    watched.check_after(2)
    assert watched.lines == [], "its own first process brings it back"


def test_a_server_that_this_process_no_longer_uses_is_not_restarted(watched):
    watched.server.leave()
    watched.check_after(2)
    assert not watched.server.is_alive()
    assert watched.lines == []
