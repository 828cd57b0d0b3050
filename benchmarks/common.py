"""Shared code of the benchmarks: a separate home, worlds of the sandbox, the command line, tables."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from rich.console import Console
from rich.table import Table

from mentorsync_pipeline.runtime.embedded import PORT, SUPERUSER, EmbeddedServer
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY, JOTFORM_KEY
from mentorsync_pipeline.sandbox.population import World, generate
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer
from mentorsync_pipeline.sandbox.world_file import WorldFile, open_world

YEAR = 2025


def world(seed: int = 1, mentors: int = 976, contacts: int = 40_000) -> World:
    """Return generated people: those that the folder `BENCH_WORLDS` keeps, otherwise new ones."""

    def make() -> World:
        return generate(seed, mentors, contacts, year=YEAR, now=datetime.now(UTC))

    folder = os.environ.get("BENCH_WORLDS")
    if folder is None:
        return make()
    file = WorldFile(Path(folder) / f"{seed}-{mentors}-{contacts}.sandbox")
    try:
        return open_world(file, make)[0]
    finally:
        file.close()


@contextmanager
def home(**variables: str) -> Iterator[dict[str, str]]:
    """Yield the environment of a command with a temporary home, whose modules are compiled once, as for a user."""
    prefixes = ("MENTORSYNC_", "DAGSTER_", "JOTFORM_", "GIVEBUTTER_", "PYTHONDONTWRITEBYTECODE")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield clean | {"MENTORSYNC_HOME": folder, "MENTORSYNC_FIRST_YEAR": str(YEAR - 1)} | variables


@contextmanager
def served(people: World) -> Iterator[tuple[SandboxServer, dict[str, str]]]:
    """The sandbox with these people, and the environment that points a command at it; both years are configured."""
    with SandboxServer(people) as sandbox:
        settings = {
            "JOTFORM_API_URL": sandbox.jotform_url,
            "JOTFORM_API_KEY": JOTFORM_KEY,
            "GIVEBUTTER_API_URL": sandbox.givebutter_url,
            "GIVEBUTTER_API_KEY": GIVEBUTTER_KEY,
        }
        with home(**settings) as environment:
            for year, previous in ((YEAR - 1, True), (YEAR, False)):
                path = Path(environment["MENTORSYNC_HOME"]) / f"{year}.yaml"
                values = campaign_settings(people.config, YEAR, previous=previous)
                path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
                mentorsync(environment, "config", "load", str(path))
            yield sandbox, environment


@contextmanager
def database(environment: Mapping[str, str]) -> Iterator[sa.Engine]:
    """Keep the embedded server of a home running, and connect to its database."""
    server = EmbeddedServer(Path(environment["MENTORSYNC_HOME"]))
    query = {"host": server.start()}
    url = sa.URL.create("postgresql+psycopg", username=SUPERUSER, port=PORT, database="mentorsync", query=query)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        yield engine
    finally:
        engine.dispose()
        server.leave()


def mentorsync(environment: Mapping[str, str], *arguments: str) -> dict[str, Any]:
    """Run the command line as a user would, with `--json`.

    Returns its output with its `wall` seconds and its largest memory as `megabytes`.
    """
    started = time.perf_counter()
    command = [sys.executable, "-m", "mentorsync_pipeline.cli", *arguments, "--json"]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, env=dict(environment), stdout=output, stderr=errors)
        peak = _watch_memory(process)
        wall = time.perf_counter() - started
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            text = errors.read().decode().strip()[-2000:]
            raise RuntimeError(f"mentorsync {' '.join(arguments)} failed: {text}")
        result: dict[str, Any] = json.load(output)
    return result | {"wall": wall, "megabytes": peak}


def _watch_memory(process: subprocess.Popen[bytes]) -> float:
    """Wait for the end of a process; return its largest memory in MB, as Linux recorded it shortly before the end."""
    peak, status = 0.0, Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        with suppress(OSError):
            lines = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
            peak = max([peak, *(int(line.split()[1]) / 1024 for line in lines)])
        time.sleep(0.02)
    return peak


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their columns."""
    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name, justify="left" if name == columns[0] else "right")
    for row in rows:
        table.add_row(*(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row))
    Console(width=140).print(table)
