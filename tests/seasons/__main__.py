"""`python -m tests.seasons --seasons 1000 --seed 1`: run seasons and print what broke, in plain English."""

import argparse
import gc
import os
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from multiprocessing import Pool

from tests.seasons.households import HOUSEHOLDS
from tests.seasons.invariants import KINDS
from tests.seasons.simulate import Fault, kinds, run, script_of, shortest

_SEASONS_AT_ONCE = 5


def main(arguments: list[str]) -> int:
    """Run the seasons; 1 when an invariant broke."""
    parser = argparse.ArgumentParser(prog="make simulate")
    parser.add_argument("--seasons", type=int, default=100, help="how many (100)")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first one (1)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (one for each core)")
    parser.add_argument("--each", action="store_true", help="show every fault, not one of each kind")
    parser.add_argument("--household", action="append", choices=sorted(HOUSEHOLDS), help="only such households")
    parser.add_argument("--ignore", action="append", default=[], help="a kind of fault that does not count")
    parser.add_argument("--only", action="append", default=[], help="the only kinds of faults that count")
    options = parser.parse_args(arguments)
    ignored = frozenset(options.ignore) | (KINDS - {*options.only} if options.only else frozenset())
    gc.freeze()  # a season leaves little to collect, and the modules nothing
    gc.set_threshold(100_000, 20, 50)
    started, steps, faults = time.perf_counter(), 0, []
    play = partial(_run_season, households=tuple(options.household or HOUSEHOLDS), ignored=ignored)
    shown: set[str] = set()
    for seed, taken, fault in _run_all(play, range(options.seed, options.seed + options.seasons), options.workers):
        steps += taken
        if fault is None:
            continue
        faults.append(fault)
        if options.each or fault.kind not in shown:
            shown.add(fault.kind)
            print(f'\nSeason {seed}: {shortest(fault)}\n  again: make simulate ARGS="--seed {seed} --seasons 1"')  # noqa: T201
    seconds = time.perf_counter() - started
    speed = f"{seconds:.1f} s ({steps / seconds:.0f} a second)"
    print(f"\n{options.seasons} seasons, {steps} steps in {speed}, {len(faults)} broken.")  # noqa: T201
    for kind, count in kinds(faults).most_common():
        print(f"  {count:4} {kind}")  # noqa: T201
    return 1 if faults else 0


Outcome = tuple[int, int, Fault | None]
"""Seed, number of steps, and what broke."""


def _run_season(seed: int, *, households: tuple[str, ...], ignored: frozenset[str]) -> Outcome:
    script = script_of(seed, households=households, ignored=ignored)
    fault = run(script)
    return seed, len(fault.script.steps if fault else script.steps), fault


def _run_all(play: "partial[Outcome]", seeds: Iterable[int], workers: int) -> Iterator[Outcome]:
    """Run the seasons in the order of their seeds, in this process if one is enough."""
    if workers == 1:
        yield from map(play, seeds)
        return
    with Pool(workers) as pool:
        yield from pool.imap(play, seeds, _SEASONS_AT_ONCE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
