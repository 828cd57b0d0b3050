"""Errors of folders that cannot take a file: a full disk, a read-only folder, a folder that is none."""

from collections.abc import Iterator
from contextlib import contextmanager

from mentorsync_pipeline.domain.errors import DiskFullError, MentorSyncError, is_disk_full


class FolderNotWritableError(MentorSyncError):
    """A file cannot be written because its folder is missing, read-only, or another user's."""

    code = "FOLDER_NOT_WRITABLE"


@contextmanager
def folder_errors(folder: str, setting: str) -> Iterator[None]:
    """Let an OSError of writing to a folder leave the block as DiskFullError or FolderNotWritableError.

    `folder` names it for a person ("out folder"), `setting` is the environment variable that says where it is.
    """
    try:
        yield
    except OSError as error:
        raise as_folder_error(error, folder, setting) from None


def as_folder_error(error: OSError, folder: str, setting: str) -> MentorSyncError:
    """The error for a person of an OSError that came up in writing to a folder."""
    if is_disk_full(error):
        return DiskFullError(
            f"The {folder} cannot take the file: {error.strerror or 'no space is left'}. Nothing unfinished was left.",
            f"Free space on the disk of {setting}, then try again.",
        )
    return FolderNotWritableError(
        f"The {folder} cannot be written ({error.strerror or type(error).__name__}).",
        f"Check that the folder of {setting} exists and may be written by the user that runs MentorSync.",
    )
