"""The folder that import files are written to, as a resource: a file is there whole or not at all."""

from pathlib import Path

import dagster as dg

from mentorsync_pipeline.runtime.atomic_files import write_private
from mentorsync_pipeline.runtime.settings import load_settings


class OutFolderResource(dg.ConfigurableResource[Path]):
    """The folder of MENTORSYNC_OUT_DIR, or `path`."""

    path: str | None = None

    @property
    def folder(self) -> Path:
        """The folder, made when it is missing; its files hold personal data, so only its owner may read it."""
        folder = Path(self.path) if self.path else load_settings().out_dir
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def write(self, name: str, content: bytes) -> Path:
        """Write a file and return its path; readers see it only when it is complete."""
        target = self.folder / name
        write_private(target, content)
        return target
