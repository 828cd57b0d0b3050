"""The folder that import files are written to, as a resource: a file is there whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from mentorsync_pipeline.domain.errors import DatabaseUnavailableError
from mentorsync_pipeline.runtime.atomic_files import temporary_name, write_temporary_file
from mentorsync_pipeline.runtime.folder_errors import folder_errors
from mentorsync_pipeline.runtime.settings import load_settings

_WHAT, _SETTING = "out folder", "MENTORSYNC_OUT_DIR"


class PendingFile:
    """A file that is written under a hidden name, until what is recorded about it is committed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._target: Path | None = None

    @property
    def path(self) -> Path:
        """Where the file lies once it is finished. Raises ValueError when nothing was written."""
        if self._target is None:
            raise ValueError("no file was written")
        return self._target

    def write(self, name: str, content: bytes) -> None:
        """Write the file under a hidden name. Raises DiskFullError or FolderNotWritableError, with nothing left."""
        with folder_errors(_WHAT, _SETTING):
            write_temporary_file(self._folder / name, content)
        self._target = self._folder / name

    def finish(self) -> None:
        """Give the file its name; does nothing when a repair of the folder has done so already."""
        if self._target is None:
            return
        unfinished = self._target.with_name(temporary_name(self._target.name))
        with folder_errors(_WHAT, _SETTING):
            if unfinished.exists() or not self._target.exists():
                unfinished.replace(self._target)

    def drop(self) -> None:
        """Remove the file that was not recorded."""
        if self._target is not None:
            self._target.with_name(temporary_name(self._target.name)).unlink(missing_ok=True)


class OutFolderResource(dg.ConfigurableResource[Path]):
    """The folder of MENTORSYNC_OUT_DIR, or `path`."""

    path: str | None = None

    @property
    def folder(self) -> Path:
        """The folder, made when it is missing; its files hold personal data, so only its owner may read it.

        Raises DiskFullError or FolderNotWritableError.
        """
        folder = Path(self.path) if self.path else load_settings().out_dir
        with folder_errors(_WHAT, _SETTING):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    @contextmanager
    def pending(self) -> Iterator[PendingFile]:
        """A file to be written around a transaction: it gets its name when the block ends well, and is gone otherwise.

        After a lost connection nobody knows whether the transaction was committed: then the file stays hidden for the
        next run to settle (`import_file.files.repair_folder`), as it does after a kill.
        """
        pending = PendingFile(self.folder)
        try:
            yield pending
        except DatabaseUnavailableError:
            raise
        except BaseException:
            pending.drop()
            raise
        pending.finish()
