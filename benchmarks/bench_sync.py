"""One campaign year's nightly run, from launch to success, and the import of the code location.

976 mentors, 40,000 contacts, the sandbox's services, the default request rate. Limits: 15 s for a run; four times the
import of Dagster alone for a recalculation without news; 2 s for the import, and 1.3 times that of Dagster alone.
"""

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.common import home, mentorsync, print_table, served, world

# The second run writes nothing, so that the third and later ones keep the rows of their steps.
RUNS = ("the first", "the second", "the third, without news", "the fourth, without news", "the fifth, without news")


def main() -> None:
    """Measure and print."""
    people = world()
    with served(people) as (sandbox, environment):
        mentorsync(environment, "upload", str(sandbox.dashboard.export_to(_folder(environment))))
        year = ("--year", str(people.year))
        walls = [mentorsync(environment, "sync", *year)["wall"] for _ in RUNS]
        kept = min(mentorsync(environment, "etl", *year)["wall"] for _ in range(3))
        calculated = min(mentorsync(environment, "etl", *year, "--every-step")["wall"] for _ in range(3))
    location, dagster = _import_seconds("mentorsync_pipeline.definitions"), _import_seconds("dagster")
    rows: list[tuple[str, float, float | str]]
    rows = [(f"mentorsync sync, {name}", wall, 15.0) for name, wall in zip(RUNS, walls, strict=True)]
    rows += [("mentorsync etl, without news (best of three)", kept, 4 * dagster)]
    rows += [("mentorsync etl --every-step (best of three)", calculated, "-")]
    rows += [("import of the code location", location, min(2.0, 1.3 * dagster))]
    rows += [("comparison: import dagster alone", dagster, "-")]
    print_table("A year's run, 976 mentors and 40,000 contacts", ("what", "seconds", "bar"), rows)


def _folder(environment: dict[str, str]) -> Path:
    folder = Path(environment["MENTORSYNC_HOME"]) / "drop"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _import_seconds(module: str) -> float:
    """The best of three, in a fresh interpreter."""
    seconds = []
    with home() as environment:
        for _ in range(3):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {module}"], env=environment, check=True, capture_output=True)
            seconds.append(time.perf_counter() - started)
    return min(seconds)


if __name__ == "__main__":
    main()
