"""The folder of campaign files, as a resource."""

from pathlib import Path

import dagster as dg

from mentorsync_pipeline.runtime.settings import load_settings


class MessagesFolderResource(dg.ConfigurableResource[Path]):
    """The folder of MENTORSYNC_MESSAGES_DIR, or `path`."""

    path: str | None = None

    @property
    def folder(self) -> Path:
        """The configured folder, by default the examples of the package."""
        return Path(self.path) if self.path else load_settings().messages_dir
