"""The sessions that are open: a cookie is worth something only while its session stands in this file.

A copy of a cookie that somebody kept is refused as soon as its session has ended, also after a restart.
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
    """A login that has not ended: whose it is, with which password and role, and until when (seconds since 1970)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str
    fingerprint: str
    ends_at: float


_Sessions = TypeAdapter(dict[str, OpenSession])


class SessionFile:
    """The open sessions by the SHA-256 of their ids, in a file that several consoles of one home may share.

    A file that is missing or broken holds no session: everybody logs in again.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock
        self._version: tuple[int, ...] | None = None
        self._content: dict[str, OpenSession] = {}
        # Ended here, whatever the file says: it may be on a disk that is full.
        self._ended: set[str] = set()

    def start(self, user: str, fingerprint: str) -> str:
        """Open a session and return its id, which is kept nowhere. Raises SessionsError."""
        session_id = secrets.token_urlsafe(32)
        session = OpenSession(user=user, fingerprint=fingerprint, ends_at=self._clock() + SESSION_SECONDS)
        self._change(lambda sessions: {**_without_oldest(sessions, user), _key(session_id): session})
        return session_id

    def find(self, session_id: object) -> OpenSession | None:
        """Return the open session of an id that a cookie carries, or None."""
        if not isinstance(session_id, str) or _key(session_id) in self._ended:
            return None
        session = self._read().get(_key(session_id))
        return session if session is not None and session.ends_at > self._clock() else None

    def end(self, session_id: object) -> None:
        """End a session at once; an id without a session is ignored. Raises SessionsError."""
        if not isinstance(session_id, str):
            return
        key = _key(session_id)
        if key in self._read():
            self._ended.add(key)
            self._change(lambda sessions: {other: session for other, session in sessions.items() if other != key})

    def _change(self, change: Callable[[dict[str, OpenSession]], dict[str, OpenSession]]) -> None:
        """Write the file anew, without the sessions that have run out."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with lock_file(self._path):
                now = self._clock()
                sessions = {key: one for key, one in change(self._read()).items() if one.ends_at > now}
                write_private_file(self._path, _Sessions.dump_json(sessions))
        except OSError as error:
            raise SessionsError(
                f"The console cannot note who is logged in ({type(error).__name__}: {error.strerror}).",
                "Check the free space and the owner of MENTORSYNC_HOME.",
            ) from None

    def _read(self) -> dict[str, OpenSession]:
        """The file's content; it is read again whenever it has changed."""
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
    """The sessions without the oldest ones of a user who has very many, so that the file stays small."""
    own = sorted((key for key, one in sessions.items() if one.user == user), key=lambda key: sessions[key].ends_at)
    surplus = set(own[: max(0, len(own) + 1 - _MOST_PER_USER)])
    return {key: one for key, one in sessions.items() if key not in surplus}
