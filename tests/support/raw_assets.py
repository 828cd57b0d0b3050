"""Run single raw assets against the sandbox."""

import dagster as dg
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.assets.raw_givebutter import raw_gb_full_contacts
from mentorsync_pipeline.resources.clock import ClockResource
from tests.support.instances import memory_instance
from tests.support.sources import NOW, YEAR, givebutter_of, jotform_of


@pytest.fixture
def materialize(configured, warehouse, sandbox):
    """Return a function that runs an asset and returns its metadata, or the error that stopped it, with its code."""

    def run(asset, *, at=NOW, service_options=None, **load):
        resources = {
            "warehouse": warehouse,
            "clock": ClockResource(fixed_at=at.isoformat()),
            "jotform": jotform_of(sandbox, attempts=2, **(service_options or {})),
            "givebutter": givebutter_of(sandbox, attempts=2, **(service_options or {})),
        }
        yearly = asset is not raw_gb_full_contacts
        with memory_instance() as instance:
            result = dg.materialize(
                [asset],
                resources=resources,
                instance=instance,
                partition_key=str(YEAR) if yearly else None,
                run_config={} if yearly else {"ops": {"raw_gb_full_contacts": {"config": load}}},
                raise_on_error=False,
            )
            if not result.success:
                failures = [event for event in result.all_events if event.is_step_failure]
                assert len(failures) == 1
                return failures[0].step_failure_data.error.cause.message.strip()
            (event,) = result.get_asset_materialization_events()
            return {name: value.value for name, value in event.materialization.metadata.items()}

    return run


def rows(engine, table):
    with engine.connect() as conn:
        return [dict(row) for row in conn.execute(sa.select(table)).mappings()]
