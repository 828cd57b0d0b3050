"""The folder of campaign files, and the zone in which their days are counted, as a resource."""

from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg

from mentorsync_pipeline.runtime.settings import load_settings


class MessagesFolderResource(dg.ConfigurableResource[Path]):
    """The folder of MENTORSYNC_MESSAGES_DIR, or `path`."""

    path: str | None = None

    @property
    def folder(self) -> Path:
        """The folder; the one that comes with the package unless another is set."""
        return Path(self.path) if self.path else load_settings().messages_dir

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which a moment is this day or that: the forms' own."""
        return ZoneInfo(load_settings().jotform_timezone)
