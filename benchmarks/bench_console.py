"""95th percentile of the response times of every page, list and search of the console. Limit: 50 ms.

The addresses are requested in turn, as by a person who goes from page to page, so that a pause of the machine does not
delay several requests of one address. Two figures show such pauses: the CPU time of the console's process, and the
times of a fixed computation in this process, once in each round.

40,000 contacts, 5,000 mentors in five years, 2,000 open conflicts; the console in a separate process,
with requests over HTTP.
"""

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx
import sqlalchemy as sa

from benchmarks.campaign import Campaign, bench
from benchmarks.common import YEAR, print_table, world
from mentorsync_pipeline.console.navigation import PLACES
from mentorsync_pipeline.db.tables import metadata
from mentorsync_pipeline.domain.forms import ENTRY_FORMS
from mentorsync_pipeline.reports.registry import REPORTS
from mentorsync_pipeline.runtime.garbage_collection import without_collection

YEARS = 5
CONFLICTS = 2_000
REQUESTS = 100
BAR_MS = 50.0
PORT = 3191
SEARCHES = ("ma", "mar", "mary", "706", "MN1", "@uga.edu", "id")
# A computation of some milliseconds, as its size and its row.
_NUMBERS, _COMPUTATION = 400_000, "(computation)"
# The address of the import file, whose downloads are recorded.
_RECORDED = "/export/file"
# Values for the variables of the API's addresses; addresses with other variables are skipped.
_SAMPLES = {"year": str(YEAR)}


def main() -> int:
    """Measure and print; return 1 if the limit is missed."""
    with bench() as place, place.campaign(world(mentors=1000)) as campaign:
        campaign.settle()
        _multiply(campaign)
        with _console(campaign) as (client, pid):
            rows = _measure(client, pid, _addresses(client, campaign))
    rows.sort(key=lambda row: -row[2])
    slow = [path for path, _, p95, _, _ in rows if p95 > BAR_MS and path != _COMPUTATION]
    columns = ("address", "median", "p95", "CPU", "kB")
    print_table(f"{REQUESTS} requests each, ms ({len(rows) - 1} addresses)", columns, rows)
    print(f"over {BAR_MS:.0f} ms: {', '.join(slow) or 'none'}; load average {os.getloadavg()[0]:.1f}")
    return bool(slow)


def _multiply(campaign: Campaign) -> None:
    """Copy the rows to earlier years, and add enough conflicts."""
    engine = sa.create_engine(campaign.url, poolclass=sa.NullPool)
    with engine.begin() as conn:
        for table in metadata.sorted_tables:
            if "campaign_year" not in table.c or table.name == "archived_duplicates":  # a contact is archived once
                continue
            columns = [
                c.name for c in table.c if c.identity is None and c.computed is None and c.name != "campaign_year"
            ]
            for year in range(YEAR - YEARS + 1, YEAR):
                conn.execute(sa.delete(table).where(table.c.campaign_year == year))
                rows = sa.select(sa.literal(year), *(table.c[name] for name in columns)).where(
                    table.c.campaign_year == YEAR
                )
                conn.execute(sa.insert(table).from_select(["campaign_year", *columns], rows))
        conflicts = metadata.tables["mentorsync.sync_conflicts"]
        columns = [
            c.name
            for c in conflicts.c
            if c.identity is None and c.computed is None and c.name not in {"subject", "status"}
        ]
        numbers = sa.func.generate_series(1, CONFLICTS).table_valued("number").render_derived()
        more = (
            sa.select(
                *(conflicts.c[name] for name in columns),
                conflicts.c.subject.concat("-").concat(sa.cast(numbers.c.number, sa.Text)),
                sa.literal("pending"),
            )
            .select_from(conflicts)
            .join(numbers, sa.true())
            .where(conflicts.c.campaign_year == YEAR)
            .order_by(numbers.c.number)
            .limit(CONFLICTS)
        )
        conn.execute(sa.insert(conflicts).from_select([*columns, "subject", "status"], more))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(sa.text("VACUUM ANALYZE"))
        conn.execute(sa.text("CHECKPOINT"))
        mentors = metadata.tables["mentorsync.mentors"]
        print(
            conn.execute(sa.select(sa.func.count()).select_from(mentors)).scalar_one(),
            "mentors,",
            conn.execute(sa.select(sa.func.count()).where(conflicts.c.status == "pending")).scalar_one(),
            "open conflicts",
        )


@contextmanager
def _console(campaign: Campaign) -> Iterator[tuple[httpx.Client, int]]:
    """The console as served by `mentorsync console`, without login from this machine; with its process id."""
    environment = os.environ | {
        "MENTORSYNC_DATABASE_URL": campaign.url,
        "MENTORSYNC_OUT_DIR": str(campaign.folder),
        "MENTORSYNC_CONSOLE_ANONYMOUS": "1",
    }
    command = [sys.executable, "-m", "mentorsync_pipeline.cli", "console", "--port", str(PORT)]
    process = subprocess.Popen(command, env=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=60, follow_redirects=True) as client:
            _wait(client, process)
            yield client, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _wait(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            if client.get("/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise RuntimeError("The console did not start.")


def _addresses(client: httpx.Client, campaign: Campaign) -> list[str]:
    """All pages and reports, one mentor, one conflict, the search as it is typed, and every list of the API."""
    pages = [f"/{YEAR}{page.path}" for place in PLACES for page in place.pages if page.path != "/runs"]  # needs Dagster
    pages += [f"/{YEAR}{path}" for path in ("/now", "/now/charts", "/conflicts/accept", "/files/preview")]
    pages += [f"/{YEAR}/forms/{form.name}" for form in ENTRY_FORMS]
    pages += [f"/{YEAR}/reports/{report.name}" for report in REPORTS]
    with sa.create_engine(campaign.url, poolclass=sa.NullPool).connect() as conn:
        mentor = conn.execute(sa.text("SELECT mn_id FROM mentorsync.mentors LIMIT 1")).scalar_one()
        conflict = conn.execute(sa.text("SELECT max(id) FROM mentorsync.sync_conflicts")).scalar_one()
    samples = _SAMPLES | {"mn_id": mentor, "conflict_id": str(conflict)}
    searches = [f"/{YEAR}/find?q={text}" for text in SEARCHES]
    paths = [*pages, *searches, f"/{YEAR}/mentors/{mentor}", f"/{YEAR}/conflicts/{conflict}"]
    for path, methods in client.get("/api/openapi.json").json()["paths"].items():
        if "get" in methods and not path.endswith("/events") and set(re.findall(r"{(\w+)}", path)) <= set(samples):
            paths.append(path.format(**samples))
    return sorted(set(paths))


def _measure(client: httpx.Client, pid: int, paths: Sequence[str]) -> list[tuple[str, float, float, float, int]]:
    """Median, 95th percentile and mean CPU time in milliseconds and size in kB of each address, after a first request.

    The last row is the computation.
    """
    took: dict[str, list[float]] = {path: [] for path in (*paths, _COMPUTATION)}
    cpu, sizes = dict.fromkeys(took, 0.0), dict.fromkeys(took, 0)
    for path in paths:
        sizes[path] = len(_get(client, path).content) // 1024
    # A download is recorded, after which the pages read their data again: it comes last.
    turns = [(path, turn) for turn in range(REQUESTS) for path in (*paths, _COMPUTATION)]
    with without_collection():  # this process has all people of the sandbox
        for path, _ in sorted(turns, key=lambda turn: turn[0].endswith(_RECORDED)):
            started, cpu_started = time.perf_counter(), _cpu_seconds(pid)
            if path == _COMPUTATION:
                sum(range(_NUMBERS))
            else:
                _get(client, path)
            took[path].append((time.perf_counter() - started) * 1000)
            cpu[path] += (_cpu_seconds(pid) - cpu_started) * 1000 / REQUESTS
    return [
        (path, statistics.median(times), statistics.quantiles(times, n=20)[-1], cpu[path], sizes[path])
        for path, times in took.items()
    ]


def _get(client: httpx.Client, path: str) -> httpx.Response:
    answer = client.get(path, headers={"HX-Request": "true"} if "/find?" in path else {})
    if answer.status_code >= 500:
        print(f"{path}: {answer.status_code}")
    return answer


def _cpu_seconds(pid: int) -> float:
    """CPU time of a process so far, by its clock (Linux)."""
    return time.clock_gettime((~pid << 3) | 2)


if __name__ == "__main__":
    sys.exit(main())
