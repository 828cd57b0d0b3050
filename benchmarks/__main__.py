"""Run the benchmarks that are named, or all of them, one after the other."""

import runpy
import sys
from pathlib import Path

PREFIX = "bench_"


def main(wanted: list[str]) -> int:
    """Run them; 2 when a name is unknown."""
    known = sorted(path.stem.removeprefix(PREFIX) for path in Path(__file__).parent.glob(f"{PREFIX}*.py"))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    for name in wanted or known:
        print(f"\n=== {name}", flush=True)
        runpy.run_module(f"benchmarks.{PREFIX}{name}", run_name="__main__")
    return 0


sys.exit(main(sys.argv[1:]))
