"""Run the benchmarks that are named, or all of them, one after the other."""

import subprocess
import sys
from pathlib import Path

PREFIX = "bench_"


def main(wanted: list[str]) -> int:
    """Run them all, each in a process of its own; 2 when a name is unknown, 1 when one of them missed its bar."""
    known = sorted(path.stem.removeprefix(PREFIX) for path in Path(__file__).parent.glob(f"{PREFIX}*.py"))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    missed = False
    for name in wanted or known:
        print(f"\n=== {name}", flush=True)
        missed |= bool(subprocess.run([sys.executable, "-m", f"benchmarks.{PREFIX}{name}"], check=False).returncode)
    return int(missed)


sys.exit(main(sys.argv[1:]))
