"""Run the command line as a user does, in a process of its own."""

import os
import socket
import subprocess
import sys
from pathlib import Path

MENTORSYNC = (sys.executable, "-c", "from mentorsync_pipeline.cli import app; app()")


def mentorsync(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `mentorsync` in a folder; `environment` is added to what the test has."""
    return subprocess.run(
        [*MENTORSYNC, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
