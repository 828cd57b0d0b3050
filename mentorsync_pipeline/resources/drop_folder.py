"""The drop folder, as a resource: a local folder or any fsspec URL, such as `s3://bucket/exports`."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj, copystat

import dagster as dg
from upath import UPath

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.folder_errors import to_folder_error
from mentorsync_pipeline.runtime.settings import load_settings

# Names that programs give to a file which they have not finished.
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".unfinished")


class DropFolderError(MentorSyncError):
    """A drop folder that cannot be read, which is not the same as an empty one, or not be written."""

    code = "DROP_FOLDER_UNREADABLE"


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """A file as it lies in the folder."""

    path: UPath
    size: int
    modified: float

    @property
    def identity(self) -> str:
        """What tells this state of the file from any other, without reading it: a hash in hexadecimal."""
        return hashlib.sha256(f"{self.path.name}\0{self.size}\0{self.modified}".encode(errors="replace")).hexdigest()


class DropFolderResource(dg.ConfigurableResource[UPath]):
    """The folder of MENTORSYNC_DROP_DIR, or `path`."""

    path: str | None = None

    @property
    def folder(self) -> UPath:
        """The folder; it is never made here, so that a mount that is missing is not taken for an empty folder."""
        return UPath(self.path or load_settings().drop_dir)

    def files(self) -> list[DroppedFile]:
        """The files in the folder, the oldest first; hidden and unfinished ones and subfolders are left out.

        Raises DropFolderError when the folder cannot be listed.
        """
        try:
            found = [entry for entry in self.folder.iterdir() if _counts(entry.name) and entry.is_file()]
            files = [_dropped(entry) for entry in found]
        except OSError as error:
            raise DropFolderError(
                f"The drop folder cannot be read ({error.strerror or type(error).__name__}).",
                "Check that MENTORSYNC_DROP_DIR exists and may be read.",
            ) from None
        return sorted(files, key=lambda file: (file.modified, file.path.name))

    def put(self, local: Path, *, mark: str) -> UPath:
        """Put a file of this machine in, with its name and time; it is seen when it is whole, and not before.

        `mark` is put in front of its name when the name is taken. Raises DropFolderError when it cannot be written.
        """
        target = self.folder / local.name
        try:
            if target.exists():
                target = self.folder / f"{mark}-{local.name}"
            unfinished = self.folder / f".{target.name}.unfinished"
            try:
                with local.open("rb") as source, unfinished.open("wb") as copy:
                    copyfileobj(source, copy)
                if _is_local(unfinished):
                    copystat(local, unfinished.path)
                unfinished.rename(target)
            except BaseException:
                with suppress(OSError):  # it holds people's data, and nobody looks for it
                    unfinished.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise _not_written(error) from None
        return target

    def begin_look(self, file: DroppedFile) -> bool:
        """Note that a file is about to be examined; False when an examination of it has begun before and never ended.

        The note is a hidden file beside it, so that it outlives a process that is killed. Raises DropFolderError.
        """
        note = self._note_of(file)
        try:
            if note.exists():
                return False
            note.write_bytes(b"")
        except OSError as error:
            raise _not_written(error) from None
        return True

    def end_look(self, file: DroppedFile) -> None:
        """Note that the examination of a file has ended, however it did."""
        with suppress(OSError):
            self._note_of(file).unlink(missing_ok=True)

    def _note_of(self, file: DroppedFile) -> UPath:
        return self.folder / f".{file.identity[:16]}.look"

    def move(self, path: UPath, folder: str, *, mark: str) -> None:
        """Move a file into a subfolder; `mark` is put in front of its name when the name is taken there.

        Raises DropFolderError.
        """
        target = self.folder / folder
        try:
            target.mkdir(parents=True, exist_ok=True)
            place = target / path.name
            path.rename(target / f"{mark}-{path.name}" if place.exists() else place)
        except OSError as error:
            raise _not_written(error) from None


@contextmanager
def local_copy(path: UPath) -> Iterator[Path]:
    """The file on this machine, with its name and its time: itself, or a copy that is removed afterwards."""
    if _is_local(path):
        yield Path(path.path)
        return
    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder) / path.name
        with path.open("rb") as source, local.open("wb") as target:
            copyfileobj(source, target)
        os.utime(local, (_dropped(path).modified,) * 2)
        yield local


def _not_written(error: OSError) -> DropFolderError:
    problem = to_folder_error(error, "drop folder", "MENTORSYNC_DROP_DIR")
    return DropFolderError(problem.message, problem.what_to_do, code=problem.code)


def _is_local(path: UPath) -> bool:
    return not path.protocol or path.protocol in {"file", "local"}


def _counts(name: str) -> bool:
    return not name.startswith(".") and not name.lower().endswith(_UNFINISHED)


def _dropped(path: UPath) -> DroppedFile:
    stat = path.stat()
    return DroppedFile(path, stat.st_size, stat.st_mtime)
