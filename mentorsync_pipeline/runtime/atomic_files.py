"""Files that their owner alone may read, and that are there whole or not at all."""

import os
from pathlib import Path


def write_private(target: Path, content: bytes) -> None:
    """Write a file; readers see it only when it is complete and on the disk."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    with open(unfinished, "wb", opener=private) as file:  # Path.open takes no opener
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(target)


def private(path: str, flags: int) -> int:
    """The `opener` of `open` for a file that is nobody else's."""
    return os.open(path, flags, 0o600)
