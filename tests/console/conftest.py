"""Fixtures of the console: a year after its second sync, and the application on it.

The year is that of `tests.support.rounds`; each test that changes data gets a copy of its database.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import copy

import dagster as dg
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.testclient import TestClient

from mentorsync_pipeline.console.app import create_app
from mentorsync_pipeline.console.auth import users
from mentorsync_pipeline.console.auth.headers import CSRF_HEADER
from mentorsync_pipeline.console.auth.users import UserFile
from mentorsync_pipeline.console.dagster_client import DagsterClient
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.runtime.settings import Settings, load_settings
from tests.support.environment import SandboxEnvironment, file_of
from tests.support.rounds import Rounds
from tests.support.snapshots import NewEnvironment

pytest.register_assert_rewrite("tests.console.numbers")
PASSWORD = "correct horse battery"
HOST = "http://127.0.0.1"
# Nothing listens there: tests that need Dagster's web server start one.
NO_DAGSTER = "http://127.0.0.1:9"


# How the console hashes passwords, outside of these tests.
HASHER = users._HASHER


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hash passwords with the least work; most tests log in, and none of them guesses a password from its hash."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@dataclass
class Console:
    """An application with its users; `env` is the year that it shows."""

    app: FastAPI
    services: Services
    env: SandboxEnvironment

    @property
    def year(self) -> int:
        return self.env.year

    def client(self, token: str | None = None) -> TestClient:
        """A browser without a login, or a program with a token. Redirects are not followed."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return TestClient(
            self.app,
            HOST,
            headers=headers,
            follow_redirects=False,
            raise_server_exceptions=False,
            client=("127.0.0.1", 1),
        )

    def token(self, role: str = "editor") -> str:
        """The secret of an API token."""
        return self.services.users.add_token(f"a {role}'s program", role, now=self.services.now())

    def browser(self, name: str = "Erin Editor", role: str = "editor") -> TestClient:
        """A browser with a logged-in user; it sends the CSRF token of its session, as the pages do."""
        self.services.users.set_user(name, role, PASSWORD)
        client = self.client()
        client.headers[CSRF_HEADER] = csrf_of(client.get("/login").text)
        answer = client.post("/login", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        client.headers[CSRF_HEADER] = csrf_of(client.get("/login").text)
        return client


def csrf_of(page: str) -> str:
    """The CSRF token of a page."""
    return page.partition('<meta name="csrf" content="')[2].partition('"')[0]


def console_on(env: SandboxEnvironment, folder: Path, *, dagster_url: str = NO_DAGSTER, **settings: str) -> Console:
    """The console on an environment's database, at the environment's time."""
    environment = {"MENTORSYNC_HOME": str(folder), "MENTORSYNC_OUT_DIR": str(env.folder), **settings}
    loaded: Settings = load_settings(environment, folder=folder)
    instance = env.instance

    def now() -> datetime:
        return env.now

    services = Services(
        engine=env.engine,
        settings=loaded,
        users=UserFile(loaded.console_users),
        dagster=DagsterClient(dagster_url, ui_url="http://dagster.example"),
        now=now,
        instance=lambda: nullcontext(instance),
        secret="a secret of the tests",
    )
    return Console(create_app(services), services, env)


@pytest.fixture(scope="module")
def shown(rounds: Rounds, tmp_path_factory: pytest.TempPathFactory) -> Console:
    """A console for reading tests; it is shared by a module."""
    return console_on(rounds.read_only("settled"), tmp_path_factory.mktemp("console"))


@pytest.fixture
def console(rounds: Rounds, start: NewEnvironment, tmp_path: Path) -> Console:
    """A console with its own database, for tests that change data."""
    return console_on(start(rounds["settled"], serve=False), tmp_path)


@pytest.fixture
def written(console: Console, rounds: Rounds) -> Path:
    """The year's newest import file; the copy of the year has a folder of its own, so the file is put there."""
    return Path(copy(file_of(rounds["settled"].syncs[-1]), console.env.folder))


@pytest.fixture
def instance_of(console: Console) -> dg.DagsterInstance:
    """The Dagster instance to which the console reports changes by people."""
    return console.env.instance
