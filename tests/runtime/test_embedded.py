"""The embedded PostgreSQL is shared, started once, stopped by its last user and restarted after a kill."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import psycopg
import pytest

from mentorsync_pipeline.runtime.embedded import SUPERUSER, EmbeddedServer
from mentorsync_pipeline.runtime.postgres_programs import EmbeddedServerError
from tests.support.full_disk import full_disk

pytestmark = pytest.mark.slow

USE = """
import sys, time
from pathlib import Path
from mentorsync_pipeline.runtime.embedded import EmbeddedServer
print(EmbeddedServer(Path(sys.argv[1])).start(), flush=True)
if len(sys.argv) > 2:
    time.sleep(600)
"""


def user(folder: Path, *stay: str) -> subprocess.Popen[str]:
    """Another process that uses the server; with `stay` it does so until it is killed."""
    command = [sys.executable, "-c", USE, str(folder), *stay]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def servers(folder: Path) -> list[int]:
    """The process ids of PostgreSQL's first processes in a folder."""
    processes = []
    for process in psutil.process_iter(["cmdline", "status"]):
        command = process.info["cmdline"] or []
        if "-D" in command and str(folder / "pg") in command and process.info["status"] != psutil.STATUS_ZOMBIE:
            processes.append(process.pid)
    return processes


def answer(socket_folder: str) -> object:
    with psycopg.connect(host=socket_folder, port=5432, user=SUPERUSER, dbname="postgres") as connection:
        return connection.execute("SELECT 1").fetchone()


def test_concurrent_processes_share_one_server_and_the_last_stops_it(tmp_path):
    users = [user(tmp_path) for _ in range(4)]
    ends = [process.communicate(timeout=120) for process in users]
    assert [process.returncode for process in users] == [0] * 4, ends
    assert len({out for out, _ in ends}) == 1
    assert servers(tmp_path) == []


def test_a_server_that_cannot_finish_a_fast_shutdown_is_ended_and_recovers(home, monkeypatch):
    monkeypatch.setattr("mentorsync_pipeline.runtime.embedded.STOP_SECONDS", 1)
    server = EmbeddedServer(home)
    server.start()
    (main_process,) = servers(home)
    for process in psutil.Process(main_process).children():
        process.suspend()  # a fast shutdown waits for the checkpoint of one of them
    server.leave()
    assert servers(home) == []
    restarted = EmbeddedServer(home)
    assert answer(restarted.start()) == (1,)
    restarted.leave()


def test_the_server_runs_while_a_process_uses_it(home):
    server = EmbeddedServer(home)
    socket_folder = server.start()
    other = user(home)
    other.communicate(timeout=180)
    assert answer(socket_folder) == (1,)
    server.leave()
    server.leave()
    assert servers(home) == []


def test_a_killed_process_is_no_longer_a_user(home):
    killed = user(home, "stay")
    assert killed.stdout is not None
    killed.stdout.readline()
    killed.kill()
    killed.communicate()
    assert len(servers(home)) == 1, "nobody was left to stop it"
    after = user(home)
    after.communicate(timeout=180)
    assert after.returncode == 0
    assert servers(home) == []


def test_a_killed_server_restarts_if_its_process_id_is_reused(home):
    killed = user(home, "stay")
    assert killed.stdout is not None
    killed.stdout.readline()
    killed.kill()
    killed.communicate()
    (first,) = servers(home)
    family = psutil.Process(first).children()
    os.kill(first, signal.SIGKILL)
    psutil.wait_procs(family, timeout=180)
    pid_file = home / "pg" / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    server = EmbeddedServer(home)
    assert answer(server.start()) == (1,)
    server.leave()


def test_an_interrupted_creation_is_repeated(tmp_path):
    unfinished = tmp_path / "pg.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18")
    server = EmbeddedServer(tmp_path)
    assert answer(server.start()) == (1,)
    server.leave()


def test_paths_that_a_shell_would_read_and_paths_too_long_for_a_socket(tmp_path):
    folder = tmp_path / """a folder, with 'spaces' and "$HOME" `false` # 100% é""" / ("deep" * 25)
    folder.parent.mkdir()
    server = EmbeddedServer(folder)
    socket_folder = server.start()
    assert answer(socket_folder) == (1,)
    assert str(folder) not in socket_folder
    server.leave()


def test_libpq_settings_of_the_user_do_not_reach_the_server(tmp_path, monkeypatch):
    for name, value in {"PGPORT": "7777", "PGDATA": "/nowhere", "PGHOST": "nowhere"}.items():
        monkeypatch.setenv(name, value)
    server = EmbeddedServer(tmp_path)
    assert answer(server.start()) == (1,)
    server.leave()


def test_the_error_of_a_failed_start_has_the_cause(home):
    server = EmbeddedServer(home, options={"shared_buffers": "nonsense"})
    with pytest.raises(EmbeddedServerError, match="shared_buffers") as raised:
        server.start()
    assert raised.value.code == "DATABASE_NOT_STARTED"
    assert "database system is shut down" not in raised.value.message, "of an earlier start"
    server.leave()


def test_a_start_that_fails_on_a_full_disk_says_so(home, monkeypatch):
    """PostgreSQL cannot write the cause to its log, which is on the same disk."""
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=4096))
    server = EmbeddedServer(home, options={"shared_buffers": "nonsense"})
    with pytest.raises(EmbeddedServerError, match="the disk is full") as raised:
        server.start()
    assert raised.value.code == "DISK_FULL"
    server.leave()


def test_a_creation_that_fails_leaves_no_files(tmp_path):
    with full_disk(), pytest.raises(EmbeddedServerError):
        EmbeddedServer(tmp_path).start()
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_a_home_that_cannot_be_created_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedServerError, match="MENTORSYNC_HOME"):
        EmbeddedServer(tmp_path / "file" / "home").start()


@pytest.mark.parametrize("name", ["pg.lock", "pg.users", "pg.alive"])
def test_a_lock_file_that_cannot_be_opened_is_an_error(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(EmbeddedServerError, match=f"{name} cannot be opened"):
        EmbeddedServer(tmp_path).start()


def test_a_file_in_the_place_of_the_database_is_an_error(tmp_path):
    (tmp_path / "pg").touch()
    with pytest.raises(EmbeddedServerError, match=r"cannot be read or written.*MENTORSYNC_HOME"):
        EmbeddedServer(tmp_path).start()


def test_files_of_another_user_are_an_error(tmp_path, monkeypatch):
    def denied(*_):
        raise PermissionError(13, "Permission denied", str(tmp_path / "pg" / "postmaster.pid"))

    monkeypatch.setattr("mentorsync_pipeline.runtime.embedded.Path.read_text", denied)
    with pytest.raises(EmbeddedServerError, match=r"postmaster\.pid belongs to another user"):
        EmbeddedServer(tmp_path).start()


def kill_server(server: EmbeddedServer, home: Path) -> None:
    """Kill the running server, and wait for its end."""
    (running,) = servers(home)
    os.kill(running, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while server.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not server.is_alive()


def test_a_killed_server_restarts_for_its_user_and_another_command(home):
    server = EmbeddedServer(home)
    socket_folder = server.start()
    assert server.is_alive()
    assert not server.restart_if_dead()
    kill_server(server, home)
    beside = user(home)  # another user holds the folder, and its server is dead: it is not "in use"
    out, err = beside.communicate(timeout=180)
    assert (beside.returncode, out.strip()) == (0, socket_folder), err
    assert answer(socket_folder) == (1,)
    kill_server(server, home)
    assert server.restart_if_dead()
    assert answer(socket_folder) == (1,)
    server.leave()
    assert servers(home) == []


def test_a_query_of_a_killed_server_does_not_block_the_next_server(home):
    """Even if the pid file was removed: two servers would damage the data."""
    server = EmbeddedServer(home)
    socket_folder = server.start()
    with psycopg.connect(host=socket_folder, port=5432, user=SUPERUSER, dbname="postgres", autocommit=True) as busy:
        busy.execute("SET client_connection_check_interval = 0")
        backend = psutil.Process(busy.info.backend_pid)
        backend.suspend()  # does not react, as in a long computation
        (first,) = servers(home)
        os.kill(first, signal.SIGKILL)
        (home / "pg" / "postmaster.pid").unlink()
        assert server.restart_if_dead()
        assert not backend.is_running() or backend.status() == psutil.STATUS_ZOMBIE
        assert answer(socket_folder) == (1,)
    server.leave()


def test_only_an_unused_server_is_stopped(home):
    killed = user(home, "stay")
    assert killed.stdout is not None
    killed.stdout.readline()
    EmbeddedServer(home).stop_if_unused()
    assert len(servers(home)) == 1
    killed.kill()
    killed.communicate()
    EmbeddedServer(home).stop_if_unused()
    assert servers(home) == []
    EmbeddedServer(home).stop_if_unused()


def test_a_server_with_invisible_processes_is_not_started_twice(home, monkeypatch):
    """Processes of a server in another container are invisible; its lock is visible."""
    other = user(home, "stay")
    assert other.stdout is not None
    other.stdout.readline()
    server = EmbeddedServer(home)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(psutil, "process_iter", lambda *_: iter(()))
        with pytest.raises(EmbeddedServerError, match="not visible"):
            server.start()
    server.start()
    other.kill()
    other.communicate()
    server.leave()
    assert servers(home) == []


def test_a_server_without_access_to_its_folder_is_stopped(home, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    home = home.rename(closed / "home")
    server = EmbeddedServer(home)
    server.start()
    closed.chmod(0o700)  # enough for us; as root, the server has an account of its own
    server.leave()
    assert servers(home) == []
