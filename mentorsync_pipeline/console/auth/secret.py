"""The secret that signs the console's cookies."""

import secrets
from pathlib import Path

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.atomic_files import lock_file, write_private_file
from mentorsync_pipeline.runtime.settings import Settings

SHORTEST_SECRET = 32  # characters
_FEWEST_DIFFERENT = 8  # characters; 32 random hexadecimal digits have fewer in less than one case of a million
_FILE_NAME = "console-secret"


class SecretError(MentorSyncError):
    """The secret is weak, so that others could sign cookies, or its file cannot be read or written."""

    code = "CONSOLE_SECRET_INVALID"


def session_secret(settings: Settings) -> str:
    """Return MENTORSYNC_CONSOLE_SECRET, or the secret in MENTORSYNC_HOME, which is created at the first start.

    Consoles that start concurrently get the same secret. Raises SecretError for an empty, short or repetitive secret,
    and if the file cannot be read or written.
    """
    if settings.console_secret is not None:
        secret = settings.console_secret.get_secret_value().strip()
        if _is_weak(secret):
            raise SecretError(
                f"MENTORSYNC_CONSOLE_SECRET is too weak: it needs {SHORTEST_SECRET} random characters or more.",
                "Make one with: openssl rand -hex 32. Or unset it: the console then makes one and keeps it.",
            )
        return secret
    path = settings.home / _FILE_NAME
    try:
        secret = _read_or_make(path)
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(
            f"The file {_FILE_NAME} in MENTORSYNC_HOME cannot be read or written ({type(error).__name__}).",
            "Check the folder's owner and free space, or set MENTORSYNC_CONSOLE_SECRET.",
        ) from None
    if _is_weak(secret):
        raise SecretError(
            f"The file {_FILE_NAME} in MENTORSYNC_HOME is empty, cut off or too short to sign cookies with.",
            "Delete it and start the console again: it makes a new one, and everybody logs in again.",
        )
    return secret


def _read_or_make(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    with lock_file(path):
        if not path.exists():
            write_private_file(path, secrets.token_urlsafe(48).encode())
    return path.read_text("utf-8").strip()


def _is_weak(secret: str) -> bool:
    return len(secret) < SHORTEST_SECRET or len(set(secret)) < _FEWEST_DIFFERENT
