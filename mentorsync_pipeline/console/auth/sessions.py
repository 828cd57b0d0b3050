"""Open sessions in a file. A cookie is valid only while the file has its session.

Copies of a cookie are refused after the session has ended, also after a restart.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.atomic_files import lock_file, write_private_file

SESSION_SECONDS = 12 * 60 * 60
_MOST_PER_USER = 50


class SessionsError(MentorSyncError):
    """The file of the open sessions cannot be written, so that nobody can log in or out."""

    code = "SESSIONS_UNWRITABLE"


class OpenSession(BaseModel):
    """An open session: user, version of password and role, and expiry (seconds since 1970)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str
    fingerprint: str
    ends_at: float


_Sessions = TypeAdapter(dict[str, OpenSession])


class SessionFile:
    """The open sessions by the SHA-256 of their ids, in a file that several consoles of one home may share.

    A missing or broken file has no sessions, so everybody must log in again.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock
        self._version: tuple[int, ...] | None = None
        self._content: dict[str, OpenSession] = {}
        # Ended here, whatever the file says: it may be on a disk that is full.
        self._ended: set[str] = set()

    def start(self, user: str, fingerprint: str) -> str:
        """Open a session and return its id, which is not stored. Raises SessionsError."""
        session_id = secrets.token_urlsafe(32)
        session = OpenSession(user=user, fingerprint=fingerprint, ends_at=self._clock() + SESSION_SECONDS)
        self._change(lambda sessions: {**_without_oldest(sessions, user), _key(session_id): session})
        return session_id

    def find(self, session_id: object) -> OpenSession | None:
        """Return the open session with the id of a cookie, or None."""
        if not isinstance(session_id, str) or _key(session_id) in self._ended:
            return None
        session = self._read().get(_key(session_id))
        return session if session is not None and session.ends_at > self._clock() else None

    def end(self, session_id: object) -> None:
        """End a session; an unknown id is ignored. Raises SessionsError."""
        if not isinstance(session_id, str):
            return
        key = _key(session_id)
        if key in self._read():
            self._ended.add(key)
            self._change(lambda sessions: {other: session for other, session in sessions.items() if other != key})

    def _change(self, change: Callable[[dict[str, OpenSession]], dict[str, OpenSession]]) -> None:
        """Rewrite the file without expired sessions."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with lock_file(self._path):
                now = self._clock()
                sessions = {key: session for key, session in change(self._read()).items() if session.ends_at > now}
                write_private_file(self._path, _Sessions.dump_json(sessions))
        except OSError as error:
            raise SessionsError(
                f"The console cannot note who is logged in ({type(error).__name__}: {error.strerror}).",
                "Check the free space and the owner of MENTORSYNC_HOME.",
            ) from None

    def _read(self) -> dict[str, OpenSession]:
        """Return the file's content; it is reread after a change."""
        try:
            stat = self._path.stat()
            version = (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_size)
            if version != self._version:
                self._content = _Sessions.validate_python(json.loads(self._path.read_bytes()))
                self._version = version
        except (OSError, ValueError, RecursionError, ValidationError):
            self._content, self._version = {}, None
        return self._content


def _key(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()


def _without_oldest(sessions: dict[str, OpenSession], user: str) -> dict[str, OpenSession]:
    """Return sessions without the oldest ones of users with very many, to limit the file size."""
    own = sorted(
        (key for key, session in sessions.items() if session.user == user), key=lambda key: sessions[key].ends_at
    )
    surplus = set(own[: max(0, len(own) + 1 - _MOST_PER_USER)])
    return {key: session for key, session in sessions.items() if key not in surplus}
