"""Automation with the real services (`mentorsync up`) and the sandbox: drop folder, nightly runs, idle load.

    make bench ARGS=automation
    .venv/bin/python -m benchmarks.bench_automation --mentors 60 --contacts 400 --idle 20 --only drop night

The last column of each part shows whether the result is correct.
"""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa
import yaml

from benchmarks.common import YEAR, mentorsync, print_table, served, world
from benchmarks.stack import Stack, running, wait_for
from mentorsync_pipeline.db.tables import gb_contact_loads, gb_import_files, mentors, raw_mn_signups
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.sandbox.faults import Fault
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer

Row = tuple[str, float | str, str, str]
NIGHTS = (YEAR, YEAR + 1, YEAR + 2)
FAULTS = 0.20
LONG = 1800.0


class Installation:
    """The services, the sandbox, and actions of people in both."""

    def __init__(self, stack: Stack, sandbox: SandboxServer, idle: float, growing: float) -> None:
        self.stack, self.sandbox, self.idle, self.growing = stack, sandbox, idle, growing
        self._exports = 0

    def export(self, folder: Path) -> Path:
        """Write an export with contacts that were edited since the last one, with a new name."""
        self._exports += 1
        contact = self.sandbox.sandbox.contacts.all()[0].id
        self.sandbox.dashboard.edit(contact, title=f"Seen {self._exports}")
        path = self.sandbox.dashboard.export_to(folder)
        head, _, second = path.stem.rpartition("-")
        return path.replace(folder / f"{head}-{int(second) + self._exports}.csv")

    def loads(self) -> int:
        """Return the number of loads of contacts."""
        return int(self.stack.scalar(sa.select(sa.func.count()).select_from(gb_contact_loads)))

    def ready(self, started_at: datetime) -> bool:
        """Whether the year has a newer import file."""
        newest = sa.select(sa.func.max(gb_import_files.c.created_at)).where(gb_import_files.c.campaign_year == YEAR)
        written = self.stack.scalar(newest)
        return written is not None and written > started_at

    def follow(self, put: Callable[[Path], object], *, seconds: float = LONG) -> tuple[float, int]:
        """Put files into the drop folder; return the seconds until an import file is ready, and the number of loads."""
        loads, begun = self.loads(), datetime.now(UTC)
        put(self.stack.drop)
        took = wait_for(lambda: self.ready(begun), "the import file", seconds=seconds)
        wait_for(self.stack.settled, "the runs", seconds=seconds)
        return took, self.loads() - loads


def drop(installation: Installation) -> Iterator[Row]:
    """A complete file, three times."""
    for number in range(1, 4):
        took, loads = installation.follow(installation.export)
        yield f"an export is dropped, {number}", took, "seconds to the import file", _right(loads == 1)


def ten(installation: Installation) -> Iterator[Row]:
    """Ten files at once."""
    with tempfile.TemporaryDirectory(dir=installation.stack.home) as name:
        for _ in range(10):
            installation.export(Path(name))
        begun = time.monotonic()
        _, loads = installation.follow(lambda folder: _all_at_once(Path(name), folder))
    yield (
        "ten exports at once",
        time.monotonic() - begun,
        f"seconds until all is quiet, {loads} loads",
        _right(loads == 1),
    )


def _all_at_once(source: Path, folder: Path) -> None:
    for path in sorted(source.iterdir()):
        path.replace(folder / path.name)


def same(installation: Installation) -> Iterator[Row]:
    """One file, and four copies of it."""

    def put(folder: Path) -> None:
        path = installation.export(folder)
        for number in range(1, 5):
            shutil.copy(path, folder / f"{path.stem} ({number}).csv")

    took, loads = installation.follow(put)
    yield "the same export five times", took, f"seconds to the import file, {loads} load", _right(loads == 1)


def growing(installation: Installation) -> Iterator[Row]:
    """A file that takes a minute to write."""
    with tempfile.TemporaryDirectory(dir=installation.stack.home) as name:
        content = installation.export(Path(name)).read_bytes()
    loads, steps = installation.loads(), max(1, int(installation.growing))
    target = installation.stack.drop / f"contacts-{datetime.now(UTC):%Y-%m-%d}-{time.time_ns()}.csv"
    with target.open("wb") as file:
        for step in range(steps):
            file.write(content[len(content) * step // steps : len(content) * (step + 1) // steps])
            file.flush()
            time.sleep(1)
    early = installation.loads() - loads
    whole = datetime.now(UTC)
    took = wait_for(lambda: installation.ready(whole), "the import file", seconds=LONG)
    wait_for(installation.stack.settled, "the runs", seconds=LONG)
    right = early == 0 and installation.loads() - loads == 1
    yield f"a file that grows for {steps} s", took, "seconds from its end to the import file", _right(right)


def killed(installation: Installation) -> Iterator[Row]:
    """The daemon and its runs are killed while the file is loaded, and while a year is recalculated."""
    for job in ("upload_contacts", "etl_to_file"):
        earlier_runs, loads, begun = _ids(installation.stack, job), installation.loads(), datetime.now(UTC)
        installation.export(installation.stack.drop)
        wait_for(partial(_under_way, installation.stack, job, earlier_runs), job, seconds=LONG)
        installation.stack.kill_daemon()
        up = installation.stack.start()
        took = wait_for(partial(installation.ready, begun), "the import file", seconds=LONG)
        wait_for(installation.stack.settled, "the runs", seconds=LONG)
        once = installation.loads() - loads == 1
        yield f"killed during {job}", took, f"seconds from being up again ({up:.0f} s) to the file", _right(once)


def _ids(stack: Stack, job: str) -> set[str]:
    return {run["runId"] for run in stack.runs(job)}


def _under_way(stack: Stack, job: str, earlier_runs: set[str]) -> bool:
    return any(run["status"] == "STARTED" and run["runId"] not in earlier_runs for run in stack.runs(job))


def night(installation: Installation) -> Iterator[Row]:
    """Three years, with a fifth of all calls failing."""
    for year in NIGHTS[1:]:
        values = campaign_settings(installation.sandbox.world.config, YEAR) | {"campaign_year": year}
        path = installation.stack.home / f"{year}.yaml"
        path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
        mentorsync(installation.stack.environment, "config", "load", str(path))
    book, log = installation.sandbox.sandbox.faults, installation.sandbox.sandbox.log
    for service in ("jotform", "givebutter"):
        for kind in ("rate_limited", "server_error", "truncated"):
            book.add(Fault(service=service, rate=FAULTS / 3, seconds=0.5, kind=kind))
    log.clear()
    begun = time.monotonic()
    runs = {installation.stack.launch("sync", year, **{"mentorsync/nightly": f"{time.time_ns()}"}) for year in NIGHTS}
    wait_for(installation.stack.settled, "the night", seconds=LONG)
    took = time.monotonic() - begun
    book.clear()
    good = [run for run in installation.stack.runs("sync") if run["runId"] in runs and run["status"] == "SUCCESS"]
    yield "a night of three years, 20 % faults", took, f"seconds, {len(good)} of 3 succeeded", _right(len(good) == 3)
    expected = int(load_rate(installation.stack))
    for service in ("jotform", "givebutter"):
        summary = log.summary(service)
        right = service == "jotform" or summary.peak_per_minute <= expected
        yield (
            f"  calls of {service}",
            float(summary.total),
            f"in all, {summary.peak_per_minute} in the busiest minute",
            _right(right),
        )
    for table in (raw_mn_signups, mentors):
        counts = {year: _count(installation.stack, table, year) for year in NIGHTS}
        yield (
            f"  rows of {table.name}",
            float(sum(counts.values())),
            f"{sorted(set(counts.values()))} in each year",
            _right(len(set(counts.values())) == 1),
        )


def load_rate(stack: Stack) -> float:
    """Calls per minute of the rate limit."""
    from mentorsync_pipeline.runtime.settings import load_settings  # noqa: PLC0415

    return float(load_settings(stack.environment).givebutter_requests_per_minute)


def _count(stack: Stack, table: sa.Table, year: int) -> int:
    return int(stack.scalar(sa.select(sa.func.count()).select_from(table).where(table.c.campaign_year == year)))


def idle(installation: Installation) -> Iterator[Row]:
    """Resources of idle services."""
    time.sleep(min(30.0, installation.idle))
    cost = installation.stack.cost(installation.idle)
    yield (
        f"idle for {cost.seconds:.0f} s: CPU",
        cost.cpu,
        f"CPU seconds, {100 * cost.cpu / cost.seconds:.1f} % of a core",
        "",
    )
    yield "  memory", cost.megabytes, "MB, shared pages counted once", ""
    yield "  database connections", float(cost.connections), "held by clients", ""


PARTS = {part.__name__: part for part in (idle, drop, ten, same, growing, killed, night)}


def _right(so: bool) -> str:
    return "right" if so else "WRONG"


def main() -> int:
    """Measure and print; return 1 if a result is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentors", type=int, default=976)
    parser.add_argument("--contacts", type=int, default=40_000)
    parser.add_argument("--idle", type=float, default=300.0, help="seconds")
    parser.add_argument("--growing", type=float, default=60.0, help="seconds")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the services are stopped too
    rows: list[Row] = []
    with served(world(mentors=arguments.mentors, contacts=arguments.contacts)) as (sandbox, environment):
        folder = Path(environment["MENTORSYNC_HOME"]) / "drop"
        folder.mkdir(exist_ok=True)
        mentorsync(environment, "upload", str(sandbox.dashboard.export_to(Path(environment["MENTORSYNC_HOME"]))))
        mentorsync(environment, "sync", "--year", str(YEAR))
        with running(environment) as stack:
            installation = Installation(stack, sandbox, arguments.idle, arguments.growing)
            for name in arguments.only:
                for row in PARTS[name](installation):
                    print(*row, sep="  ", flush=True)
                    rows.append(row)
    print_table(
        f"By itself, {arguments.mentors} mentors and {arguments.contacts} contacts", ("what", "value", "of", ""), rows
    )
    return int(any(row[-1] == "WRONG" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
