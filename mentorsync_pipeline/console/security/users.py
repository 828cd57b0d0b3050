"""The users and API tokens of the console: a YAML file of names, roles and hashes, which its owner alone may read.

A password is kept as an argon2 hash; a token, which is long and random, as SHA-256.
"""

import hashlib
import secrets
from datetime import datetime
from pathlib import Path

import yaml
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mentorsync_pipeline.console.security.people import Role
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.atomic_files import write_private

SHORTEST_PASSWORD = 10
_PREFIX = "ms_"  # so that a token is known for one wherever it turns up
_HASHER = PasswordHasher()
# Compared against when there is no such user, so that an answer takes as long as for one that there is.
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))


class UsersError(MentorSyncError):
    """A users file that cannot be used, or a user or token that cannot be added or removed."""

    code = "USERS_INVALID"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class User(_Entry):
    """Somebody who logs in."""

    name: str = Field(min_length=1, max_length=80)
    role: Role
    password: str  # the hash

    @property
    def fingerprint(self) -> str:
        """Changes with the password, so that a new password ends the sessions of the old one."""
        return hashlib.sha256(self.password.encode()).hexdigest()[:16]


class Token(_Entry):
    """A program that calls the API."""

    name: str = Field(min_length=1, max_length=80)
    role: Role
    sha256: str
    made_at: datetime


class _File(_Entry):
    users: list[User] = Field(default_factory=list)
    tokens: list[Token] = Field(default_factory=list)


class UserFile:
    """The file; it is read again whenever it has changed, so that nothing needs to be restarted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_at: tuple[int, int] | None = None
        self._content = _File()

    @property
    def users(self) -> list[User]:
        """Everybody who may log in. Raises UsersError when the file cannot be read."""
        return self._load().users

    @property
    def tokens(self) -> list[Token]:
        """All API tokens, without their secrets."""
        return self._load().tokens

    def user(self, name: str) -> User | None:
        """The user of this name."""
        return next((user for user in self.users if user.name == name), None)

    def login(self, name: str, password: str) -> User | None:
        """The user, if the password is right; takes as long when there is no such user."""
        user = self.user(name)
        try:
            _HASHER.verify(user.password if user else _NOBODY, password)
        except (VerifyMismatchError, InvalidHashError):
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
        content = self._load()
        user = User(name=name, role=role, password=_HASHER.hash(password))
        others = [one for one in content.users if one.name != name]
        self._write(_File(users=[*others, user], tokens=content.tokens))

    def remove_user(self, name: str) -> None:
        """Take a user away; the sessions end with it. Raises UsersError when there is none of this name."""
        content = self._load()
        left = [one for one in content.users if one.name != name]
        if len(left) == len(content.users):
            raise UsersError(f"There is no user {name}.", "List them with: mentorsync console users.")
        self._write(_File(users=left, tokens=content.tokens))

    def add_token(self, name: str, role: Role, *, now: datetime) -> str:
        """Make an API token and return its secret, which is kept nowhere. Raises UsersError when the name is taken."""
        content = self._load()
        if any(one.name == name for one in content.tokens):
            raise UsersError(f"There is a token {name} already.", "Remove it first, or choose another name.")
        secret = _PREFIX + secrets.token_urlsafe(32)
        token = Token(name=name, role=role, sha256=_digest(secret), made_at=now)
        self._write(_File(users=content.users, tokens=[*content.tokens, token]))
        return secret

    def remove_token(self, name: str) -> None:
        """Take a token away. Raises UsersError when there is none of this name."""
        content = self._load()
        left = [one for one in content.tokens if one.name != name]
        if len(left) == len(content.tokens):
            raise UsersError(f"There is no token {name}.", "List them with: mentorsync console users.")
        self._write(_File(users=content.users, tokens=left))

    def _load(self) -> _File:
        try:
            stat = self.path.stat()
            if self._read_at != (stat.st_mtime_ns, stat.st_ino):
                self._content = _File.model_validate(yaml.safe_load(self.path.read_text("utf-8")) or {})
                self._read_at = (stat.st_mtime_ns, stat.st_ino)
        except FileNotFoundError:
            self._content, self._read_at = _File(), None
        except (OSError, yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
            raise UsersError(
                f"The users file of MENTORSYNC_CONSOLE_USERS cannot be read ({type(error).__name__}).",
                "Correct it, or make it anew with: mentorsync console add-user.",
            ) from None
        return self._content

    def _write(self, content: _File) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(content.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
        write_private(self.path, text.encode())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
