"""Run the named benchmarks, or all of them, one after the other."""

import subprocess
import sys
from pathlib import Path

PREFIX = "bench_"


def main(names: list[str]) -> int:
    """Run each benchmark in its own process; return 2 for an unknown name, 1 if a benchmark missed its limit."""
    names_found = sorted(path.stem.removeprefix(PREFIX) for path in Path(__file__).parent.glob(f"{PREFIX}*.py"))
    unknown = [name for name in names if name not in names_found]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(names_found)}", file=sys.stderr)
        return 2
    missed = False
    for name in names or names_found:
        print(f"\n=== {name}", flush=True)
        missed |= bool(subprocess.run([sys.executable, "-m", f"benchmarks.{PREFIX}{name}"], check=False).returncode)
    return int(missed)


sys.exit(main(sys.argv[1:]))
