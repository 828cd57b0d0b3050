"""The folder of campaign files and the time zone of their dates, as a resource."""

from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg

from mentorsync_pipeline.runtime.settings import load_settings


class MessagesFolderResource(dg.ConfigurableResource[Path]):
    """The folder of MENTORSYNC_MESSAGES_DIR, or `path`."""

    path: str | None = None

    @property
    def folder(self) -> Path:
        """The configured folder, by default the examples of the package."""
        return Path(self.path) if self.path else load_settings().messages_dir

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of dates: that of the forms."""
        return ZoneInfo(load_settings().jotform_timezone)
