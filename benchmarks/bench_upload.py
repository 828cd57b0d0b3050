r"""Upload of a contacts export against PostgreSQL's own `\copy` of the same file into text columns.

Both load the same file into the same embedded server, alternately, into a new or empty table. The times are medians of
several rounds after a warm-up, and the ratio shows how busy the machine was. Before each load, all data is synced to
disk and autovacuum is off, so that the loads do not affect each other. The upload parses, normalises, checks, indexes
and swaps.

    python -m benchmarks.bench_upload [ROWS …]
"""

import csv
import multiprocessing
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from mentorsync_pipeline.contacts.load.load_record import LoadRequest
from mentorsync_pipeline.contacts.load.replace_all import upload_export
from mentorsync_pipeline.contacts.rules.export_columns import COLUMNS, IN_PAYLOAD_ONLY
from mentorsync_pipeline.db.migrate import upgrade
from mentorsync_pipeline.runtime.embedded import PORT, SUPERUSER, EmbeddedServer
from mentorsync_pipeline.runtime.postgres_programs import hand_over_to_account, run_program

ROUNDS = {40_000: 21, 1_000_000: 5}  # a short load is measured more often
# Largest number of seconds, by rows.
BARS = {40_000: 1.5, 1_000_000: 15.0}
CUSTOM = ("👕 Shirt Size", "🎓 UGA Class", "✅ Attended Training", "📱Custom Text Message 1️⃣")
HEADER = (*COLUMNS, *sorted(IN_PAYLOAD_ONLY), *CUSTOM)
FIRST = ("Ava", "Noah", "Mía", "Liam", "Zoe", "Eli", "Ivy", "Max", "Ana", "Leo", "Ruth", "Omar")
LAST = ("Harper", "Quill", "Vance", "Moss", "Tate", "Brightwater", "Lowell", "Finch", "Marsh-Dane")
TAGS = ("Donor", "Parent, Newsletter", "Mass Email", "", "Mentors 2024, SWAB")
START = datetime(2021, 1, 1, tzinfo=UTC)


def main() -> None:
    """Run the benchmark and print a table; return 1 if a limit is missed."""
    sizes = [int(argument) for argument in sys.argv[1:]] or list(ROUNDS)
    table = Table("rows", "file", "\\copy into text", "ratio", "upload", "bar", "peak memory of the upload")
    seconds = {rows: _measure(rows, table) for rows in sizes}
    Console().print(table)
    sys.exit(0 if all(seconds[rows] <= BARS.get(rows, seconds[rows]) for rows in sizes) else 1)


def _measure(rows: int, table: Table) -> float:
    """Add a line to the table; return the seconds of the upload."""
    with tempfile.TemporaryDirectory(prefix="mentorsync-bench-") as folder:
        hand_over_to_account(Path(folder))
        path = Path(folder) / "contacts.csv"
        write_export(path, rows)
        server = EmbeddedServer(Path(folder) / "server", options={"autovacuum": "off"})
        socket = server.start()
        try:
            url = _prepare(socket)
            copies, uploads = [], []
            # One process for all uploads, as in a long-lived worker: the first one also loads tables and patterns.
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                for _ in range(1 + ROUNDS.get(rows, 5)):
                    _settle(url)
                    copies.append(_copy(socket, path))
                    _settle(url)
                    seconds, peak = pool.apply(_upload, (url, path))
                    uploads.append(seconds)
        finally:
            server.leave()
        copied, uploaded = statistics.median(copies[1:]), statistics.median(uploads[1:])
        ratio = statistics.median(upload / copy_ for upload, copy_ in zip(uploads[1:], copies[1:], strict=True))
        table.add_row(
            f"{rows:,}",
            f"{path.stat().st_size / 1e6:.0f} MB",
            f"{copied:.2f} s",
            f"{ratio:.2f}",
            f"{uploaded:.2f} s",
            f"≤ {BARS[rows]:.1f} s" if rows in BARS else "",
            f"{peak / 1024:.0f} MB",
        )
        return uploaded


def write_export(path: Path, rows: int) -> None:
    """Write an export of invented contacts, filled about as densely as a charity's account."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows([contact.get(name, "") for name in HEADER] for contact in contacts(rows))


def contacts(rows: int) -> Iterator[dict[str, str]]:
    """Invented contacts as an export's cells, by column."""
    draw = random.Random(rows)  # noqa: S311  # repeatable, protects nothing
    for number in range(rows):
        created = START + timedelta(seconds=97 * number % 100_000_000)
        first, last = draw.choice(FIRST), draw.choice(LAST)
        contact = {
            "Givebutter Contact ID": str(17_000_000 + number),
            "First Name": first,
            "Last Name": last,
            "Recurring Contributions": "0.00",
            "Total Contributions": f"{draw.choice((0, 0, 10, 25, 250)):.2f}",
            "Total Soft Credits": "0.00",
            "Engage Email Subscribed": "Yes",
            "Engage SMS Subscribed": "No",
            "Engage Mail Subscribed": "Yes",
            "Tags": draw.choice(TAGS),
            "Date Created (UTC)": f"{created:%Y-%m-%d %H:%M:%S}",
            "Last Modified (UTC)": f"{created + timedelta(days=draw.randrange(700)):%Y-%m-%d %H:%M:%S}",
        }
        if number % 20:
            contact["Primary Email"] = f"{first}.{last}{number}@post{number % 9}.example".lower()
        if number % 40 == 0:
            contact["Additional Emails"] = f"zz-{number}@uga.edu"
            contact["Contact External ID"] = f"MN{number:07d}"
            contact["👕 Shirt Size"] = draw.choice(("S", "M", "L"))
        if number % 5 < 2:
            contact["Primary Phone"] = f"+1{draw.choice(('706', '404', '770'))}555{number % 10_000:04d}"
        if number % 5 == 1:
            contact |= {"Address Line 1": f"{number} Invented St", "City": "Athens", "State": "GA"}
            contact |= {"Postal Code": "30601", "Country": "US"}
        if number % 25 == 3:
            contact["Notes"] = f'Said "call after 5pm", then\nnever answered ({number}).'
        yield contact


def _prepare(socket: str) -> sa.URL:
    url = sa.URL.create("postgresql+psycopg", SUPERUSER, port=PORT, database="postgres", query={"host": socket})
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    upgrade(engine)
    columns = ", ".join(f"c{place} text" for place in range(len(HEADER)))
    with engine.begin() as conn:
        conn.execute(sa.text(f"CREATE TABLE plain ({columns})"))
    return url


def _settle(url: sa.URL) -> None:
    """Sync all written data to disk."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.execute(sa.text("CHECKPOINT"))
    os.sync()


def _copy(socket: str, path: Path) -> float:
    r"""Seconds of `\copy`, psql's start excluded."""
    commands = ("TRUNCATE plain", "\\timing on", f"\\copy plain FROM '{path}' CSV HEADER")
    arguments = [part for command in commands for part in ("-c", command)]
    done = run_program("psql", "-X", "-q", "-h", socket, "-p", str(PORT), "-U", SUPERUSER, *arguments, "postgres")
    milliseconds = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("Time:")]
    return float(milliseconds[-1]) / 1000


def _upload(url: sa.URL, path: Path) -> tuple[float, int]:
    """Seconds of the upload, and the peak memory of its process in KiB."""
    engine = sa.create_engine(url)
    now = datetime.now(UTC)
    request = LoadRequest(run_id="benchmark", loaded_at=now, max_shrink=Decimal("0.2"))
    with engine.connect() as conn:
        conn.execute(sa.text("SELECT 1"))
    started = time.perf_counter()
    with engine.begin() as conn:
        upload_export(conn, path, request, zone=ZoneInfo("America/New_York"))
    seconds = time.perf_counter() - started
    engine.dispose()
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
