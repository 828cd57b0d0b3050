"""How the first syncs of a year grow with its mentors: 40 contacts for each, the sandbox's services on this machine.

Measures the upload of the export, the first sync, the sync after Givebutter has imported its file, and a sync without
news, with the seconds of each step and the largest memory of each command. Limits for 25,000 mentors and 1,000,000
contacts: 120 s and 700 MB for the first sync. The last column is how much longer a step of the first sync takes with
the most mentors than with the fewest, for one mentor: 1 is linear.

    python -m benchmarks.bench_scale [MENTORS …]
"""

import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.common import database, mentorsync, print_table, served, world
from mentorsync_pipeline.db.tables import sync_log

SIZES = (1_000, 5_000, 25_000)
CONTACTS_PER_MENTOR = 40
LARGEST_SECONDS, LARGEST_MEGABYTES = 120.0, 700.0
UPLOAD, FIRST = "the upload of the export", "the first sync"
LATER = ("the sync after the import", "the next sync, without news")
SECONDS, MEGABYTES = "Seconds of the commands", "Largest memory of the commands, MB"

Tables = dict[str, dict[str, float]]
"""Figures by the title of their table and their name."""


def main() -> int:
    """Measure and print; return 1 if a limit is missed."""
    sizes = sorted(int(argument) for argument in sys.argv[1:]) or list(SIZES)
    measured = {size: _measure(size) for size in sizes}
    columns = ("what", *(f"{size:,}" for size in sizes), "growth per mentor")
    few, many = measured[sizes[0]], measured[sizes[-1]]
    for title in many:
        rows = [
            (
                name,
                *(measured[size][title].get(name, 0.0) for size in sizes),
                many[title][name] / few[title][name] * sizes[0] / sizes[-1] if few[title].get(name) else "-",
            )
            for name in many[title]
        ]
        print_table(title, columns, rows)
    return 0 if many[SECONDS][FIRST] <= LARGEST_SECONDS and many[MEGABYTES][FIRST] <= LARGEST_MEGABYTES else 1


def _measure(mentors: int) -> Tables:
    people = world(1, mentors, CONTACTS_PER_MENTOR * mentors)
    tables: Tables = {SECONDS: {}, MEGABYTES: {}}
    with served(people) as (sandbox, environment), database(environment) as engine:
        folder = Path(environment["MENTORSYNC_HOME"]) / "drop"
        folder.mkdir(parents=True, exist_ok=True)

        def run(name: str, *arguments: str) -> dict[str, Any]:
            result = mentorsync(environment, *arguments)
            tables[SECONDS][name], tables[MEGABYTES][name] = result["wall"], result["megabytes"]
            if arguments[0] == "sync":
                tables[f"Seconds of the steps of {name}"] = _read_steps(engine, result["run_id"])
            return result

        run(UPLOAD, "upload", str(sandbox.dashboard.export_to(folder)))
        year = ("--year", str(people.year))
        first = run(FIRST, "sync", *year)
        imported = sandbox.dashboard.import_csv(Path(first["assets"]["gb_import_file"]["path"]).read_bytes())
        if imported.rejected:
            raise RuntimeError(f"Givebutter rejected {imported.rejected} rows.")
        for name in LATER:
            run(name, "sync", *year)
    return tables


def _read_steps(engine: sa.Engine, run_id: str) -> dict[str, float]:
    """Read the seconds of a run's steps, longest first."""
    took = sa.func.extract("epoch", sync_log.c.finished_at - sync_log.c.started_at)
    with engine.connect() as conn:
        rows = conn.execute(sa.select(sync_log.c.asset, took).where(sync_log.c.run_id == run_id).order_by(took.desc()))
        return {asset: float(seconds) for asset, seconds in rows}


if __name__ == "__main__":
    sys.exit(main())
