"""Run the benchmarks that are named, or all of them, one after the other."""

import runpy
import sys
from pathlib import Path

PREFIX = "bench_"


def main(wanted: list[str]) -> int:
    """Run them all, each as if it were started alone; 2 when a name is unknown, 1 when one of them missed its bar."""
    known = sorted(path.stem.removeprefix(PREFIX) for path in Path(__file__).parent.glob(f"{PREFIX}*.py"))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    missed = False
    for name in wanted or known:
        print(f"\n=== {name}", flush=True)
        sys.argv = [name]
        try:
            runpy.run_module(f"benchmarks.{PREFIX}{name}", run_name="__main__")
        except SystemExit as end:
            missed |= bool(end.code)
    return int(missed)


sys.exit(main(sys.argv[1:]))
