"""The drop folder as a resource: a local folder or an fsspec URL such as `s3://bucket/exports`."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj, copystat
from typing import TYPE_CHECKING, Any

import dagster as dg

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.folder_errors import to_folder_error
from mentorsync_pipeline.runtime.settings import load_settings

if TYPE_CHECKING:  # imported when a file is read
    from upath import UPath

# File names that programs use for incomplete files, for locks and for the look of a folder.
_UNFINISHED = (
    ".part",
    ".partial",
    ".filepart",
    ".crdownload",
    ".opdownload",
    ".download",
    ".tmp",
    ".temp",
    ".unfinished",
)
_LOCKS = (".", "~$")
# Of a URL: the package for its kind of storage is missing, or no package knows the kind.
_STORAGE_ERRORS = (OSError, ImportError, ValueError)
_OF_FOLDERS = frozenset({"desktop.ini", "thumbs.db"})
# The longest name that file systems accept.
_MAX_NAME_BYTES = 255


class DropFolderError(MentorSyncError):
    """The drop folder cannot be read or written."""

    code = "DROP_FOLDER_UNREADABLE"


class LocationError(ValueError):
    """A text that is no usable path or URL of a file."""


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """A file in the folder: path, size and modification time."""

    path: "UPath"
    size: int
    modified: float

    @property
    def identity(self) -> str:
        """Hash (hexadecimal) of name, size and modification time."""
        return hashlib.sha256(f"{self.path.name}\0{self.size}\0{self.modified}".encode(errors="replace")).hexdigest()


class DropFolderResource(dg.ConfigurableResource[Any]):
    """The folder of MENTORSYNC_DROP_DIR, or `path`."""

    path: str | None = None

    @property
    def folder(self) -> "UPath":
        """The folder. It is not created, so that a missing mount does not look like an empty folder."""
        from upath import UPath  # noqa: PLC0415

        return UPath(self.path or load_settings().drop_dir)

    def files(self) -> list[DroppedFile]:
        """List the files, oldest first, without hidden and incomplete files and subfolders.

        A link that leads nowhere and a file that disappears are left out.

        Raises:
            DropFolderError: the folder cannot be listed, or none of its entries can be read.

        """
        try:
            entries = [entry for entry in self.folder.iterdir() if _is_complete_name(entry.name)]
        except _STORAGE_ERRORS as error:
            raise _read_error(error) from None
        files, errors = [], []
        for entry in entries:
            try:
                if entry.is_file():
                    files.append(_describe_file(entry))
            except FileNotFoundError:
                continue
            except OSError as error:
                errors.append(error)
        if errors and len(errors) == len(entries):
            raise _read_error(errors[0]) from None
        return sorted(files, key=lambda file: (file.modified, file.path.name))

    def put(self, local: Path, *, mark: str) -> "UPath":
        """Copy a local file into the folder with its name and time; it becomes visible when it is complete.

        Args:
            mark: prefix of the name if the name exists.

        Raises:
            DropFolderError: the file cannot be written.

        """
        target = self.folder / local.name
        try:
            if target.exists():
                target = self.folder / _mark_name(local.name, mark)
            unfinished = self.folder / f".{target.name}.unfinished"
            try:
                with local.open("rb") as source, unfinished.open("wb") as copy:
                    copyfileobj(source, copy)
                if _is_local(unfinished):
                    copystat(local, unfinished.path)
                unfinished.rename(target)
            except BaseException:
                with suppress(OSError):  # an incomplete copy has personal data and is never used
                    unfinished.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise _write_error(error) from None
        return target

    def begin_examination(self, file: DroppedFile) -> bool:
        """Mark a file as being examined; return False if an earlier examination did not end.

        The mark is a hidden file next to it, so that it remains if the process is killed.

        Raises:
            DropFolderError: the mark cannot be written.

        """
        note = self._mark_path(file)
        try:
            if note.exists():
                return False
            note.write_bytes(b"")
        except OSError as error:
            raise _write_error(error) from None
        return True

    def end_examination(self, file: DroppedFile) -> None:
        """Remove the mark of an examination."""
        with suppress(OSError):
            self._mark_path(file).unlink(missing_ok=True)

    def _mark_path(self, file: DroppedFile) -> "UPath":
        return self.folder / f".{file.identity[:16]}.look"

    def move(self, path: "UPath", folder: str, *, mark: str) -> None:
        """Move a file into a subfolder.

        Args:
            mark: prefix of the name if the name exists there.

        Raises:
            DropFolderError: the file cannot be moved.

        """
        target = self.folder / folder
        try:
            target.mkdir(parents=True, exist_ok=True)
            place = target / path.name
            path.rename(target / _mark_name(path.name, mark) if place.exists() else place)
        except OSError as error:
            raise _write_error(error) from None


def parse_location(text: str) -> "UPath":
    """Parse the path or fsspec URL of a file.

    Raises LocationError for a path with a NUL and for a storage that is unknown or whose package is not installed.
    """
    from upath import UPath  # noqa: PLC0415

    if "\0" in text:
        raise LocationError("The path contains a NUL.")
    try:
        path = UPath(text)
        _ = path.fs
    except (ImportError, ValueError) as error:
        raise LocationError(f"The storage of the path cannot be used ({error}).") from None
    return path


@contextmanager
def local_copy(path: "UPath") -> Iterator[Path]:
    """Yield a local file with the same name and time: the file itself, or a temporary copy."""
    if _is_local(path):
        yield Path(path.path)
        return
    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder) / path.name
        with path.open("rb") as source, local.open("wb") as target:
            copyfileobj(source, target)
        os.utime(local, (_describe_file(path).modified,) * 2)
        yield local


def _read_error(error: Exception) -> DropFolderError:
    if isinstance(error, OSError):
        return DropFolderError(
            f"The drop folder cannot be read ({error.strerror or type(error).__name__}).",
            "Check that MENTORSYNC_DROP_DIR exists and may be read.",
        )
    return DropFolderError(
        f"The drop folder cannot be read ({error}).",
        "Install the package for its kind of storage, or correct MENTORSYNC_DROP_DIR.",
    )


def _write_error(error: OSError) -> DropFolderError:
    problem = to_folder_error(error, "drop folder", "MENTORSYNC_DROP_DIR")
    return DropFolderError(problem.message, problem.what_to_do, code=problem.code)


def _mark_name(name: str, mark: str) -> str:
    """Return the name with a mark before it; a name that becomes too long loses its beginning."""
    while len(os.fsencode(f"{mark}-{name}")) > _MAX_NAME_BYTES:
        name = name[1:]
    return f"{mark}-{name}"


def _is_local(path: "UPath") -> bool:
    return not path.protocol or path.protocol in {"file", "local"}


def _is_complete_name(name: str) -> bool:
    lower = name.lower()
    return not lower.startswith(_LOCKS) and not lower.endswith(_UNFINISHED) and lower not in _OF_FOLDERS


def _describe_file(path: "UPath") -> DroppedFile:
    stat = path.stat()
    return DroppedFile(path, stat.st_size, stat.st_mtime)
