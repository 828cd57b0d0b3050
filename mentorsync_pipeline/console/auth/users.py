"""The users and API tokens of the console: a YAML file of names, roles and hashes, which its owner alone may read.

A password is kept as an argon2 hash; a token, which is long and random, as SHA-256.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from mentorsync_pipeline.console.auth.user import Role
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.atomic_files import lock_file, write_private_file

SHORTEST_PASSWORD = 10
_PREFIX = "ms_"  # so that a token is known for one wherever it turns up
_HASHER = PasswordHasher()
# Compared against when there is no such user, so that an answer takes as long as for one that there is.
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))


class UsersError(MentorSyncError):
    """A users file that cannot be used, or a user or token that cannot be added or removed."""

    code = "USERS_INVALID"


class UsersUnreadableError(UsersError):
    """A users file that is empty, or that the console may not read: it allows no login."""

    code = "USERS_UNREADABLE"


class NoUsersError(MentorSyncError):
    """A console that has no users and does not let anybody in without a login."""

    code = "CONSOLE_HAS_NO_USERS"

    def __init__(self, reason: str) -> None:
        super().__init__(
            reason, "On the server run: mentorsync console add-user NAME --editor. Then load this page again."
        )


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class User(_Entry):
    """Somebody who logs in."""

    name: Name
    role: Role
    password: str  # the hash

    @property
    def fingerprint(self) -> str:
        """Changes with the password and the role, so that either change ends the sessions of before."""
        return hashlib.sha256(f"{self.role}:{self.password}".encode()).hexdigest()[:32]


class Token(_Entry):
    """A program that calls the API."""

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
            raise ValueError("a name stands there twice")
        return entries


class UserFile:
    """The file; it is read again whenever it has changed, so that nothing needs to be restarted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._version: tuple[int, ...] | None = None
        self._content = _File()
        self._has_had_users = False

    @property
    def users(self) -> list[User]:
        """Everybody who may log in. Raises UsersError when the file cannot be read."""
        return self._load().users

    @property
    def tokens(self) -> list[Token]:
        """All API tokens, without their secrets."""
        return self._load().tokens

    @property
    def has_had_users(self) -> bool:
        """Whether there is a user, or was one since this program started. Raises UsersError."""
        return bool(self.users) or self._has_had_users

    def user(self, name: str) -> User | None:
        """The user of this name."""
        return next((user for user in self.users if user.name == name), None)

    def login(self, name: str, password: str) -> User | None:
        """The user, if the password is right; takes as long when there is no such user."""
        user = self.user(name)
        try:
            _HASHER.verify(user.password if user else _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return None
        return user

    def token(self, secret: str) -> Token | None:
        """The token of this secret."""
        digest = _digest(secret)
        return next((token for token in self.tokens if secrets.compare_digest(token.sha256, digest)), None)

    def set_user(self, name: str, role: Role, password: str) -> None:
        """Add a user, or give one another password and role. Raises UsersError for a password that is too short."""
        if len(password) < SHORTEST_PASSWORD:
            raise UsersError(
                f"The password has {len(password)} characters.", f"Choose one of at least {SHORTEST_PASSWORD}."
            )
        user = _entry(User, name=name, role=role, password=_HASHER.hash(password))

        def change(content: _File) -> _File:
            others = [one for one in content.users if one.name != user.name]
            return _File(users=[*others, user], tokens=content.tokens)

        self._change(change)

    def remove_user(self, name: str) -> None:
        """Take a user away; the sessions end with it. Raises UsersError when there is none of this name."""

        def change(content: _File) -> _File:
            left = [one for one in content.users if one.name != name]
            if len(left) == len(content.users):
                raise UsersError(f"There is no user {name}.", "List them with: mentorsync console users.")
            return _File(users=left, tokens=content.tokens)

        self._change(change)

    def add_token(self, name: str, role: Role, *, now: datetime) -> str:
        """Make an API token and return its secret, which is kept nowhere. Raises UsersError when the name is taken."""
        secret = _PREFIX + secrets.token_urlsafe(32)
        token = _entry(Token, name=name, role=role, sha256=_digest(secret), made_at=now)

        def change(content: _File) -> _File:
            if any(one.name == token.name for one in content.tokens):
                raise UsersError(f"There is a token {name} already.", "Remove it first, or choose another name.")
            return _File(users=content.users, tokens=[*content.tokens, token])

        self._change(change)
        return secret

    def remove_token(self, name: str) -> None:
        """Take a token away. Raises UsersError when there is none of this name."""

        def change(content: _File) -> _File:
            left = [one for one in content.tokens if one.name != name]
            if len(left) == len(content.tokens):
                raise UsersError(f"There is no token {name}.", "List them with: mentorsync console users.")
            return _File(users=content.users, tokens=left)

        self._change(change)

    def _load(self) -> _File:
        """The file's content; without a file there are no users. Raises UsersError for any other file."""
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
            stat = self.path.stat()
            version = (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_size)
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
            raise UsersError(
                f"The users file of MENTORSYNC_CONSOLE_USERS cannot be read ({type(error).__name__}).",
                "Correct it, or move it away and add users again: mentorsync console add-user NAME --editor.",
            ) from None
        self._has_had_users = self._has_had_users or bool(self._content.users)
        return self._content

    def _change(self, change: Callable[[_File], _File]) -> None:
        """Write the file anew; two commands at the same time do so one after the other."""
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
    """A user or a token. Raises UsersError for a name that is empty or too long."""
    try:
        return kind.model_validate(values)
    except ValidationError:
        raise UsersError("The name is empty or too long.", "Choose one of 1 to 80 characters.") from None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
