"""The database `mentorsync` as a resource."""

import dagster as dg
import sqlalchemy as sa


class WarehouseResource(dg.ConfigurableResource[sa.Engine]):
    """MentorSync's database: `url`, or MENTORSYNC_DATABASE_URL, or the embedded server.

    Set `url` only in tests, because Dagster's UI shows the configuration of resources.
    """

    url: str | None = None

    @property
    def engine(self) -> sa.Engine:
        """The engine of this process."""
        # Its import takes long because of the embedded server, and a code location that is only listed needs no engine.
        from mentorsync_pipeline.runtime.engine import get_engine  # noqa: PLC0415

        return get_engine(self.url)
