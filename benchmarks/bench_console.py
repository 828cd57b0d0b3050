"""95th percentile of the response times of every page, list and search of the console. Limit: 50 ms.

The CPU time of the console's process is shown beside it: it depends less on other work of the machine.

40,000 contacts, 5,000 mentors in five years, 2,000 open conflicts; the console in a separate process,
with requests over HTTP.
"""

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import sqlalchemy as sa

from benchmarks.campaign import Campaign, bench
from benchmarks.common import YEAR, print_table, world
from mentorsync_pipeline.console.navigation import PLACES
from mentorsync_pipeline.db.tables import metadata
from mentorsync_pipeline.domain.forms import ENTRY_FORMS
from mentorsync_pipeline.reports.registry import REPORTS

YEARS = 5
CONFLICTS = 2_000
REQUESTS = 40
BAR_MS = 50.0
PORT = 3191
SEARCHES = ("ma", "mar", "mary", "706", "MN1", "@uga.edu", "id")
# Values for the variables of the API's addresses; addresses with other variables are skipped.
_SAMPLES = {"year": str(YEAR)}


def main() -> int:
    """Measure and print; return 1 if the limit is missed."""
    with bench() as place, place.campaign(world(mentors=1000)) as campaign:
        campaign.settle()
        _multiply(campaign)
        with _console(campaign) as (client, pid):
            rows = [(path, *_times(client, pid, path)) for path in _addresses(client, campaign)]
    rows.sort(key=lambda row: -row[2])
    slow = [path for path, _, p95, _, _ in rows if p95 > BAR_MS]
    columns = ("address", "median", "p95", "CPU", "kB")
    print_table(f"{REQUESTS} requests each, ms ({len(rows)} addresses)", columns, rows)
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


def _times(client: httpx.Client, pid: int, path: str) -> tuple[float, float, float, int]:
    """Median, 95th percentile and mean CPU time in milliseconds, and size in kB; the first request warms up."""
    headers = {"HX-Request": "true"} if "/find?" in path else {}
    answer = client.get(path, headers=headers)
    took, cpu = [], _cpu_ms(pid)
    for _ in range(REQUESTS):
        started = time.perf_counter()
        answer = client.get(path, headers=headers)
        took.append((time.perf_counter() - started) * 1000)
    cpu = (_cpu_ms(pid) - cpu) / REQUESTS
    if answer.status_code >= 500:
        print(f"{path}: {answer.status_code}")
    return statistics.median(took), statistics.quantiles(took, n=20)[-1], cpu, len(answer.content) // 1024


def _cpu_ms(pid: int) -> float:
    """CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
