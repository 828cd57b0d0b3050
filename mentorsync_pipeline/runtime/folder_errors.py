"""Errors for folders that are not writable: a full disk, a read-only or a missing folder."""

from collections.abc import Iterator
from contextlib import contextmanager

from mentorsync_pipeline.domain.errors import DiskFullError, MentorSyncError, is_disk_full


class FolderNotWritableError(MentorSyncError):
    """A file cannot be written because its folder is missing, read-only, or another user's."""

    code = "FOLDER_NOT_WRITABLE"


@contextmanager
def folder_errors(folder: str, setting: str) -> Iterator[None]:
    """Convert an OSError in the block to DiskFullError or FolderNotWritableError.

    Args:
        folder: name of the folder for a person, such as "out folder".
        setting: environment variable with the path of the folder.

    """
    try:
        yield
    except OSError as error:
        raise to_folder_error(error, folder, setting) from None


def to_folder_error(error: OSError, folder: str, setting: str) -> MentorSyncError:
    """Convert an OSError of writing to a folder to DiskFullError or FolderNotWritableError."""
    if is_disk_full(error):
        return DiskFullError(
            f"The file cannot be written to the {folder}: {error.strerror or 'no space left'}. "
            "No partial file remains.",
            f"Free space on the disk of {setting}, then try again.",
        )
    return FolderNotWritableError(
        f"The {folder} is not writable ({error.strerror or type(error).__name__}).",
        f"Check that the folder of {setting} exists and is writable for the user that runs MentorSync.",
    )
