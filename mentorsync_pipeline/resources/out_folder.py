"""The folder of import files as a resource. Files are written atomically."""

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
    """A file with a hidden name until its record in the database is committed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._target: Path | None = None

    @property
    def path(self) -> Path:
        """Final path of the file. Raises ValueError if nothing was written."""
        if self._target is None:
            raise ValueError("no file was written")
        return self._target

    def write(self, name: str, content: bytes) -> None:
        """Write the file with a hidden name. Raises DiskFullError or FolderNotWritableError; then no file remains."""
        with folder_errors(_WHAT, _SETTING):
            write_temporary_file(self._folder / name, content)
        self._target = self._folder / name

    def finish(self) -> None:
        """Rename the file to its final name, unless a repair of the folder has done it."""
        if self._target is None:
            return
        unfinished = self._target.with_name(temporary_name(self._target.name))
        with folder_errors(_WHAT, _SETTING):
            if unfinished.exists() or not self._target.exists():
                unfinished.replace(self._target)

    def drop(self) -> None:
        """Delete the file."""
        if self._target is not None:
            self._target.with_name(temporary_name(self._target.name)).unlink(missing_ok=True)


class OutFolderResource(dg.ConfigurableResource[Path]):
    """The folder of MENTORSYNC_OUT_DIR, or `path`."""

    path: str | None = None

    @property
    def folder(self) -> Path:
        """The folder. It is created if it is missing, and only its owner can read it, because it has personal data.

        Raises DiskFullError or FolderNotWritableError.
        """
        folder = Path(self.path) if self.path else load_settings().out_dir
        with folder_errors(_WHAT, _SETTING):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    @contextmanager
    def pending(self) -> Iterator[PendingFile]:
        """Yield a file that gets its final name if the block succeeds, and is deleted if it fails.

        After a lost connection or a kill, it is unknown whether the transaction was committed. The file remains hidden,
        and the next run repairs the folder (`import_file.out_files.repair_folder`).
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
