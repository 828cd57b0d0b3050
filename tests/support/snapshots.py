"""Snapshots of environments: rounds take seconds, so they run once and tests start from copies."""

import pickle
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from mentorsync_pipeline.runtime.in_process import RunReport
from mentorsync_pipeline.sandbox.csv_import import ImportResult
from mentorsync_pipeline.sandbox.population import World, generate
from tests.support.databases import Databases
from tests.support.environment import SandboxEnvironment
from tests.support.instances import memory_instance

NewEnvironment = Callable[..., SandboxEnvironment]


@dataclass(frozen=True)
class Snapshot:
    """An environment at one time: its world, an unchanged database, and its runs and imports."""

    world: World
    url: str
    now: datetime
    syncs: tuple[RunReport, ...] = ()
    imports: tuple[ImportResult, ...] = ()


def snapshot_of(environment: SandboxEnvironment, databases: Databases, **history: Any) -> Snapshot:
    """Take a snapshot of the environment's current database and world."""
    environment.engine.dispose()
    world = copy_of(replace(environment.world, contacts=environment.sandbox.contacts.all()))
    return Snapshot(world=world, url=databases.copy(environment.url), now=environment.now, **history)


def generated(seed: int, mentors: int, contacts: int, **options: Any) -> World:
    """Return the world that `generate` makes, generated once in a process."""
    return copy_of(_generated(seed, mentors, contacts, **options))


_generated = lru_cache(maxsize=16)(generate)


def copy_of(world: World) -> World:
    """Return a deep copy; several times faster than `deepcopy`."""
    copied: World = pickle.loads(pickle.dumps(world, pickle.HIGHEST_PROTOCOL))  # noqa: S301  # our own object
    return copied


@contextmanager
def starting(databases: Databases, new_folder: Callable[[str], Path]) -> Iterator[NewEnvironment]:
    """Yield a function that starts an environment; all of them end with the block.

    It takes a world, for an environment in which nothing has happened, or a snapshot, to go on from a copy of it, and
    options of `SandboxEnvironment`; `kind` is a subclass of it. With `serve=False` the services are not served over
    HTTP; with `jobs=True` jobs are real Dagster runs.
    """
    with ExitStack() as stack:

        def start(
            source: World | Snapshot,
            *,
            serve: bool = True,
            jobs: bool = False,
            kind: type[SandboxEnvironment] = SandboxEnvironment,
            **options: Any,
        ) -> SandboxEnvironment:
            is_snapshot = isinstance(source, Snapshot)
            world = copy_of(source.world if is_snapshot else source)
            url = databases.copy(source.url) if is_snapshot else databases()
            stack.callback(databases.drop, url)
            instance = stack.enter_context(memory_instance())
            environment = kind(
                world, url, new_folder("files"), now=source.now, instance=instance, runs_jobs=jobs, **options
            )
            if serve:
                stack.enter_context(environment.server)
            return environment

        yield start
