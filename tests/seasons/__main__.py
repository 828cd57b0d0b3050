"""`python -m tests.seasons --seasons 1000 --seed 1`: run seasons and print what broke, in plain English."""

import argparse
import sys
import time

from tests.seasons.invariants import KINDS
from tests.seasons.people import HOUSEHOLDS
from tests.seasons.simulate import Fault, kinds, run, script_of, shortest


def main(arguments: list[str]) -> int:
    """Run the seasons; 1 when an invariant broke."""
    parser = argparse.ArgumentParser(prog="make simulate")
    parser.add_argument("--seasons", type=int, default=100, help="how many (100)")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first one (1)")
    parser.add_argument("--each", action="store_true", help="show every fault, not one of each kind")
    parser.add_argument("--household", action="append", choices=sorted(HOUSEHOLDS), help="only such households")
    parser.add_argument("--ignore", action="append", default=[], help="a kind of fault that does not count")
    parser.add_argument("--only", action="append", default=[], help="the only kinds of faults that count")
    options = parser.parse_args(arguments)
    ignored = frozenset(options.ignore) | (KINDS - {*options.only} if options.only else frozenset())
    started, steps, faults = time.perf_counter(), 0, []
    shown: set[str] = set()
    for seed in range(options.seed, options.seed + options.seasons):
        script = script_of(seed, households=options.household or HOUSEHOLDS, ignored=ignored)
        fault: Fault | None = run(script)
        steps += len(fault.script.steps if fault else script.steps)
        if fault is None:
            continue
        faults.append(fault)
        if options.each or fault.kind not in shown:
            shown.add(fault.kind)
            print(f'\nSeason {seed}: {shortest(fault)}\n  again: make simulate ARGS="--seed {seed} --seasons 1"')  # noqa: T201
    seconds = time.perf_counter() - started
    print(f"\n{options.seasons} seasons, {steps} steps in {seconds:.1f} s, {len(faults)} broken.")  # noqa: T201
    for kind, count in kinds(faults).most_common():
        print(f"  {count:4} {kind}")  # noqa: T201
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
