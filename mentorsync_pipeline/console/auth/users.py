"""Users and API tokens of the console, in a YAML file with names, roles and hashes that only its owner can read.

Passwords are stored as argon2 hashes, and tokens, which are long and random, as SHA-256.
"""

import hashlib
import secrets
import stat
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from mentorsync_pipeline.console.auth.user import Role
from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.atomic_files import lock_file, write_private_file

SHORTEST_PASSWORD = 10
_PREFIX = "ms_"  # makes tokens recognisable
_HASHER = PasswordHasher()


class UsersError(MentorSyncError):
    """A user or token cannot be added or removed."""

    code = "USERS_INVALID"


class UsersUnreadableError(UsersError):
    """The users file is empty, invalid or unreadable, so no login is possible."""

    code = "USERS_UNREADABLE"


class NoUsersError(MentorSyncError):
    """The console has no users, and access without login is not allowed."""

    code = "CONSOLE_HAS_NO_USERS"

    def __init__(self, reason: str) -> None:
        super().__init__(
            reason, "On the server run: mentorsync console add-user NAME --editor. Then load this page again."
        )


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# Cleaned, because it is stored with each change that the person makes.
Name = Annotated[
    str,
    BeforeValidator(lambda name: clean_line(name) if isinstance(name, str) else name),
    StringConstraints(min_length=1, max_length=80),
]


class User(_Entry):
    """A user who can log in."""

    name: Name
    role: Role
    password: str  # the hash

    @property
    def fingerprint(self) -> str:
        """Hash of password and role; a change of either ends earlier sessions."""
        return hashlib.sha256(f"{self.role}:{self.password}".encode()).hexdigest()[:32]


class Token(_Entry):
    """An API token of a program."""

    name: Name
    role: Role
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    made_at: datetime


Named = TypeVar("Named", User, Token)


class _File(_Entry):
    users: list[User] = Field(default_factory=list)
    tokens: list[Token] = Field(default_factory=list)

    @field_validator("users", "tokens")
    @classmethod
    def _names_are_unique(cls, entries: list[Named]) -> list[Named]:
        if len({entry.name for entry in entries}) < len(entries):
            raise ValueError("a name occurs twice")
        return entries


class UserFile:
    """The users file. It is reread after a change, without a restart."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._version: tuple[int, ...] | None = None
        self._content = _File()
        self._has_had_users = False

    @property
    def users(self) -> list[User]:
        """All users. Raises UsersError if the file cannot be read."""
        return self._load().users

    @property
    def tokens(self) -> list[Token]:
        """All API tokens without secrets."""
        return self._load().tokens

    @property
    def has_had_users(self) -> bool:
        """Whether a user exists or existed since this program started. Raises UsersError."""
        return bool(self.users) or self._has_had_users

    def user(self, name: str) -> User | None:
        """Return the user with this name."""
        return next((user for user in self.users if user.name == name), None)

    def login(self, name: str, password: str) -> User | None:
        """Return the user if the password is correct. An unknown user takes the same time."""
        user, unknown = self.user(clean_line(name)), _unknown_hash()
        try:
            _HASHER.verify(user.password if user else unknown, password)
        except (VerificationError, InvalidHashError, UnicodeError):  # a hash or password that cannot be encoded
            return None
        return user

    def token(self, secret: str) -> Token | None:
        """Return the token with this secret."""
        digest = _digest(secret)
        return next((token for token in self.tokens if secrets.compare_digest(token.sha256, digest)), None)

    def set_user(self, name: str, role: Role, password: str) -> None:
        """Add a user, or change password and role. Raises UsersError for a short password."""
        if len(password) < SHORTEST_PASSWORD:
            raise UsersError(
                f"The password has {len(password)} characters.", f"Choose one of at least {SHORTEST_PASSWORD}."
            )
        try:
            password_hash = _HASHER.hash(password)
        except UnicodeError:
            raise UsersError("The password has bytes that are no text.", "Type it again, as UTF-8.") from None
        user = _entry(User, name=name, role=role, password=password_hash)

        def change(content: _File) -> _File:
            others = [entry for entry in content.users if entry.name != user.name]
            return _File(users=[*others, user], tokens=content.tokens)

        self._change(change)

    def remove_user(self, name: str) -> None:
        """Remove a user; the user's sessions end. Raises UsersError for an unknown name."""

        def change(content: _File) -> _File:
            remaining = [entry for entry in content.users if entry.name != clean_line(name)]
            if len(remaining) == len(content.users):
                raise UsersError(f"There is no user {name}.", "List them with: mentorsync console users.")
            return _File(users=remaining, tokens=content.tokens)

        self._change(change)

    def add_token(self, name: str, role: Role, *, now: datetime) -> str:
        """Create an API token and return its secret, which is not stored. Raises UsersError for an existing name."""
        secret = _PREFIX + secrets.token_urlsafe(32)
        token = _entry(Token, name=name, role=role, sha256=_digest(secret), made_at=now)

        def change(content: _File) -> _File:
            if any(entry.name == token.name for entry in content.tokens):
                raise UsersError(f"There is a token {name} already.", "Remove it first, or choose another name.")
            return _File(users=content.users, tokens=[*content.tokens, token])

        self._change(change)
        return secret

    def remove_token(self, name: str) -> None:
        """Remove a token. Raises UsersError for an unknown name."""

        def change(content: _File) -> _File:
            remaining = [entry for entry in content.tokens if entry.name != clean_line(name)]
            if len(remaining) == len(content.tokens):
                raise UsersError(f"There is no token {name}.", "List them with: mentorsync console users.")
            return _File(users=content.users, tokens=remaining)

        self._change(change)

    def _load(self) -> _File:
        """Read the file; without a file there are no users. Raises UsersError for an invalid file."""
        content = self._read()
        if content is None:
            raise UsersUnreadableError(
                "The users file of MENTORSYNC_CONSOLE_USERS is empty, so no login is possible.",
                "Restore it, or add users again: mentorsync console add-user NAME --editor.",
            )
        return content

    def _read(self) -> _File | None:
        """The file's content, or None when it is empty."""
        try:
            status = self.path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise OSError("not a file")  # reading a pipe would wait for ever
            version = (status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size)
            if self._version != version:
                content = yaml.safe_load(self.path.read_text("utf-8"))
                if content is None:
                    return None
                self._content, self._version = _File.model_validate(content), version
        except FileNotFoundError:
            self._content, self._version = _File(), None
        except OSError as error:
            raise UsersUnreadableError(
                f"The users file of MENTORSYNC_CONSOLE_USERS cannot be read ({type(error).__name__}), so the console"
                " allows no login.",
                "Check that it is a file which the console's account may read.",
            ) from None
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise UsersUnreadableError(
                f"The users file of MENTORSYNC_CONSOLE_USERS is invalid ({type(error).__name__}), so no login is"
                " possible.",
                "Correct it, or move it away and add users again: mentorsync console add-user NAME --editor.",
            ) from None
        self._has_had_users = self._has_had_users or bool(self._content.users)
        return self._content

    def _change(self, change: Callable[[_File], _File]) -> None:
        """Change the file under a lock, so that concurrent commands are serialised."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with lock_file(self.path):
                content = change(self._read() or _File())  # an empty file is what adding a user repairs
                text = yaml.safe_dump(content.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
                write_private_file(self.path, text.encode())
        except OSError as error:
            raise UsersUnreadableError(
                f"The users file of MENTORSYNC_CONSOLE_USERS cannot be written ({type(error).__name__}).",
                "Check its folder's owner and free space; the file is as it was.",
            ) from None


def _entry(kind: type[Named], **values: object) -> Named:
    """Create a user or token record. Raises UsersError for an empty or too long name."""
    try:
        return kind.model_validate(values)
    except ValidationError:
        raise UsersError("The name is empty or too long.", "Choose one of 1 to 80 characters.") from None


@cache
def _unknown_hash() -> str:
    """The hash that is compared for unknown users. It takes a quarter of a second, which most commands do not need."""
    return _HASHER.hash(secrets.token_urlsafe(16))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
