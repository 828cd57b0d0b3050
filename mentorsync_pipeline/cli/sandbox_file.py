"""The file in which a sandbox keeps its data, with errors for users."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mentorsync_pipeline.domain.errors import MentorSyncError

if TYPE_CHECKING:
    from mentorsync_pipeline.sandbox.world_file import WorldFile

_START_AGAIN = "Start again with mentorsync demo, or mentorsync demo --by-hand; the demo's people are invented."


class SandboxFileError(MentorSyncError):
    """The file with the sandbox's data cannot be used."""

    code = "SANDBOX_FILE_DAMAGED"


def demo_file(home: Path) -> Path:
    """Return the path of the demo's sandbox in its home."""
    return home / "sandbox.sqlite"


@contextmanager
def open_sandbox_file(path: Path) -> Iterator["WorldFile"]:
    """Lock the file during the block.

    Raises:
        SandboxFileError: another sandbox is using the file, or in the block it was found damaged or of another version.

    """
    from mentorsync_pipeline.sandbox import world_file  # noqa: PLC0415

    try:
        file = world_file.WorldFile(path)
    except world_file.WorldFileInUseError:
        raise SandboxFileError(
            f"Another sandbox is using {path.name}.",
            "Stop the mentorsync up --demo, demo or sandbox that is running, and repeat.",
            code="SANDBOX_FILE_IN_USE",
        ) from None
    except OSError as error:
        raise SandboxFileError(
            f"The folder of {path.name} cannot be written ({error.strerror}).",
            "Make it writable, or set MENTORSYNC_HOME to another folder.",
            code="SANDBOX_FILE_NOT_WRITABLE",
        ) from error
    try:
        yield file
    except world_file.WorldFileDamagedError as error:
        raise SandboxFileError(f"{path.name} is damaged or no sandbox's data.", _START_AGAIN) from error
    except world_file.WorldFileVersionError:
        raise SandboxFileError(
            f"{path.name} was written by another version of MentorSync.", _START_AGAIN, code="SANDBOX_FILE_VERSION"
        ) from None
    finally:
        file.close()
