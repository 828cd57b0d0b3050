"""Run the named benchmarks, or all of them, one after the other."""

import argparse
import subprocess
import sys
from pathlib import Path

PREFIX = "bench_"


def main() -> int:
    """Run each benchmark in its own process; return 1 if a benchmark missed its limit."""
    names_found = sorted(path.stem.removeprefix(PREFIX) for path in Path(__file__).parent.glob(f"{PREFIX}*.py"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names_found)}; default: all")
    names = parser.parse_args().names
    if unknown := [name for name in names if name not in names_found]:
        parser.error(f"unknown: {', '.join(unknown)}; there are: {', '.join(names_found)}")
    missed = False
    for name in names or names_found:
        print(f"\n=== {name}", flush=True)
        missed |= bool(subprocess.run([sys.executable, "-m", f"benchmarks.{PREFIX}{name}"], check=False).returncode)
    return int(missed)


sys.exit(main())
