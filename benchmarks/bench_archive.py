"""Archiving: with kills at every point, with a third of the calls failing, and on ten generated years.

Limits: an apply that is killed at any point and repeated has the same ledger and contacts as one without a kill; no
contact is archived twice or omitted; no contact of another person and no unapproved donor is archived. The time is
compared with the minimum of the rate limit.
"""

import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from benchmarks.campaign import Bench, Campaign, archived_by_scenario, bench
from benchmarks.common import YEAR, print_table, world
from benchmarks.kill_points import apply_and_kill
from mentorsync_pipeline.sandbox.faults import Fault
from mentorsync_pipeline.sandbox.options import Options

SEEDS = range(1, 11)
# This number of mentors has about 300 duplicates.
MENTORS, CONTACTS = 740, 3_000
RATE = 480
# Maximum number of calls and commits of a killed run, each counted before and after it.
LONGEST = 60
# Columns that differ between runs.
OF_THE_RUN = ("id", "run_id", "sync_log_id", "attempts", "planned_at", "archived_at", "cleared_at")


def main() -> None:
    """Measure and print."""
    with bench() as place:
        with place.campaign(world(1, MENTORS, CONTACTS)) as settled:
            settled.settle()
            settled.approve()
            _killed(place, settled)
            _faulty(place, settled)
        _seeds(place)


def _killed(place: Bench, settled: Campaign) -> None:
    with place.campaign(settled) as never:
        started = time.perf_counter()
        never.run("archive", year=YEAR)
        seconds = time.perf_counter() - started
        expected = _state(never)
        calls = _calls(never)
        rows = [("never killed", 0, len(expected[0]), calls["DELETE"], seconds, "")]
    with place.campaign(settled) as killed:
        steps = random.Random(1)  # noqa: S311  # repeatable, protects nothing
        kills: Counter[str] = Counter()
        started = time.perf_counter()
        while at := apply_and_kill(killed, steps.randint(0, LONGEST), YEAR):
            kills[at] += 1
        seconds = time.perf_counter() - started
        comparison = "the same" if _state(killed) == expected else "DIFFERENT"
        calls = _calls(killed)
        rows.append(("killed and repeated", kills.total(), len(killed.ledger()), calls["DELETE"], seconds, comparison))
    print_table(
        "An apply killed (SIGKILL) before or after a call or a commit, and repeated until it is done",
        ("apply", "kills", "archived", "DELETE that did something", "seconds", "ledger and contacts"),
        rows,
    )
    print_table("Where it was killed", ("at", "kills"), kills.most_common())


def _state(campaign: Campaign) -> tuple[list[dict[str, Any]], list[Any]]:
    """Return the ledger and all contacts, without times."""
    contacts = [
        (
            contact.id,
            contact.archived_at is not None,
            contact.external_id,
            tuple(contact.emails),
            tuple(contact.phones),
            tuple(contact.tags),
        )
        for contact in campaign.server.sandbox.contacts.all()
    ]
    return campaign.ledger(without=OF_THE_RUN), contacts


def _calls(campaign: Campaign) -> Counter[str]:
    """Return Givebutter's completed calls by method."""
    counted: Counter[str] = Counter()
    for call, count in campaign.server.sandbox.log.summary("givebutter").calls.items():
        counted[call.split()[0]] += count * call.endswith((" 200", " 204"))
    return counted


def _faulty(place: Bench, settled: Campaign) -> None:
    rows = []
    for faulty in (False, True):
        with place.campaign(settled, options=Options(), rate=RATE) as campaign:
            if faulty:
                _misbehave(campaign)
            started = time.perf_counter()
            report = campaign.run("archive", year=YEAR)
            seconds = time.perf_counter() - started
            log = campaign.server.sandbox.log.summary("givebutter")
            done = report.assets["archived_duplicates"]
            rows.append(
                (
                    "30 % failing" if faulty else "all well",
                    done.get("archived", 0),
                    done.get("failed", 0),
                    log.total,
                    log.peak_per_minute,
                    seconds,
                    log.total * 60 / RATE,
                )
            )
    print_table(
        f"Calls answering 429, 5xx, time-outs, or losing their answer; {RATE} calls a minute allowed",
        ("calls", "archived", "failed", "calls", "most in a minute", "seconds", "the limit's own minimum"),
        rows,
    )


def _misbehave(campaign: Campaign) -> None:
    """30 % of the calls fail. Each rate applies to the calls that earlier faults did not hit."""
    faults = campaign.server.sandbox.faults
    faults.add(Fault("givebutter", "rate_limited", rate=0.05, seconds=1))
    faults.add(Fault("givebutter", "server_error", rate=0.10))
    faults.add(Fault("givebutter", "server_error", rate=0.10, after=True))
    faults.add(Fault("givebutter", "timeout", rate=0.09, after=True, seconds=4))


def _seeds(place: Bench) -> None:
    total: Counter[str] = Counter()
    rows: list[Sequence[object]] = []
    for seed in SEEDS:
        with place.campaign(world(seed)) as campaign:
            campaign.settle()
            campaign.approve()
            started = time.perf_counter()
            campaign.run("archive", year=YEAR)
            seconds = time.perf_counter() - started
            scenarios, false, unapproved = archived_by_scenario(campaign)
        total.update(scenarios)
        rows.append((seed, sum(scenarios.values()), false, unapproved, seconds))
    print_table(
        "976 mentors, 40,000 contacts: archived after one import",
        ("seed", "archived", "somebody else's", "unapproved donors", "seconds"),
        rows,
    )
    print_table("The same by scenario of the contact", ("contact", "archived"), total.most_common())


if __name__ == "__main__":
    main()
