"""Fixtures of the sandbox's tests: a small world with every scenario, served on loopback, and a settable clock."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY, JOTFORM_KEY, Options
from mentorsync_pipeline.sandbox.population import World
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer
from tests.support.snapshots import generated

NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)
YEAR = 2025


class Clock:
    """A clock that only advances when it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **units: float) -> None:
        self.now += timedelta(**units)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world() -> World:
    return generated(7, 145, 500, year=YEAR, now=NOW, at_least=1)


Serve = Callable[..., SandboxServer]


@pytest.fixture
def serve(world: World, clock: Clock) -> Iterator[Serve]:
    """Call it, optionally with options, to start a server."""
    with ExitStack() as stack:

        def start(**options: object) -> SandboxServer:
            return stack.enter_context(SandboxServer(world, options=Options(**options), clock=clock))

        yield start


@pytest.fixture
def sandbox(serve: Serve) -> SandboxServer:
    return serve()


@pytest.fixture
def jotform(sandbox: SandboxServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.jotform_url, headers={"APIKEY": JOTFORM_KEY}) as client:
        yield client


@pytest.fixture
def givebutter(sandbox: SandboxServer) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {GIVEBUTTER_KEY}", "Accept": "application/json"}
    with httpx.Client(base_url=sandbox.givebutter_url, headers=headers) as client:
        yield client


@pytest.fixture
def control(sandbox: SandboxServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.control_url) as client:
        yield client
