"""Candidates and winners for the same 976 mentors among 40,000 and among 1,000,000 contacts.

Only contacts that can match are read, so the cost grows with the matches. Limit: at most twice the time. Comparison in
the same run: the keys of all contacts read into pandas and joined there.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from benchmarks.common import YEAR, database, mentorsync, print_table, served, world
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.domain.records import Signup
from mentorsync_pipeline.matching.rules.candidates import collect_match_keys, find_candidates
from mentorsync_pipeline.matching.rules.winners import choose_winners
from mentorsync_pipeline.signups import queries as signup_queries
from mentorsync_pipeline.signups.rules.signup_questions import find_blocked_by_shared_id

SIZES = (40_000, 1_000_000)
RUNS = 5


def main() -> None:
    """Measure and print."""
    rows = [_measure(size) for size in SIZES]
    small, large = rows
    growth = ("1,000,000 against 40,000", "", "", large[3] / small[3], large[4] / small[4])
    print_table(
        f"976 mentors: contacts read, candidates, winners (best of {RUNS})",
        ("contacts", "left the database", "candidates", "seconds", "comparison: all keys into pandas, seconds"),
        [*rows, growth],
    )


def _measure(size: int) -> tuple[str, int, int, float, float]:
    with served(world(contacts=size)) as (sandbox, environment):
        drop = Path(environment["MENTORSYNC_HOME"]) / "drop"
        drop.mkdir(parents=True, exist_ok=True)
        mentorsync(environment, "upload", str(sandbox.dashboard.export_to(drop)))
        mentorsync(environment, "sync", "--year", str(YEAR))
        with database(environment) as engine, engine.connect() as conn:
            return f"{size:,}", *_timed(conn)


def _timed(conn: sa.Connection) -> tuple[int, int, float, float]:
    config = configuration.read_config(conn, YEAR)
    signups, members = signup_queries.read_signups(conn, YEAR), contact_queries.read_members(conn, YEAR)
    query_seconds, join_seconds = [], []
    for _ in range(RUNS):
        started = time.perf_counter()
        contacts = contact_queries.read_matching_contacts(conn, collect_match_keys(signups, config))
        result = find_candidates(signups, contacts, members, config, as_of=contact_queries.read_contacts_as_of(conn))
        choose_winners(signups, result.candidates, config, already_blocked=find_blocked_by_shared_id(signups))
        query_seconds.append(time.perf_counter() - started)
        join_seconds.append(_all_into_pandas(conn, signups))
    return len(contacts), len(result.candidates), min(query_seconds), min(join_seconds)


def _all_into_pandas(conn: sa.Connection, signups: Sequence[Signup]) -> float:
    started = time.perf_counter()
    contacts = pd.read_sql("SELECT contact_id, email_keys, phone_keys FROM mentorsync.raw_gb_full_contacts", conn)
    keys = [
        contacts[["contact_id", column]].explode(column).rename(columns={column: "key"})
        for column in ("email_keys", "phone_keys")
    ]
    signup_keys = pd.DataFrame(
        [(signup.submission_id, key) for signup in signups for key in (signup.phone, *signup.emails) if key],
        columns=["id", "key"],
    )
    signup_keys.merge(pd.concat(keys), on="key")
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
