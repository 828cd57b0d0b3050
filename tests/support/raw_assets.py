"""Run single raw assets against the sandbox."""

from typing import get_type_hints

import dagster as dg
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.assets.raw_givebutter import raw_gb_full_contacts
from mentorsync_pipeline.resources.clock import ClockResource
from tests.support.sources import NOW, YEAR, givebutter_of, jotform_of
from tests.support.steps import StepContext, StepRun


@pytest.fixture
def materialize(configured, warehouse, sandbox):
    """Return a function that runs an asset without a Dagster run.

    It returns the metadata, or the error that stopped the asset, with its code.
    """

    def run(asset, *, at=NOW, **load):
        resources = {
            "warehouse": warehouse,
            "clock": ClockResource(fixed_at=at.isoformat()),
            "jotform": jotform_of(sandbox, attempts=2),
            "givebutter": givebutter_of(sandbox, attempts=2),
        }
        function = asset.op.compute_fn.decorated_fn
        parameters = get_type_hints(function)
        values = {name: resource for name, resource in resources.items() if name in parameters}
        if "config" in parameters:
            values["config"] = parameters["config"](**load)
        year = None if asset is raw_gb_full_contacts else str(YEAR)
        try:
            result = function(StepContext(asset, StepRun(), year), **values)
        except dg.Failure as failure:
            return str(failure.description)
        return {name: getattr(value, "value", value) for name, value in result.metadata.items()}

    return run


def rows(engine, table):
    with engine.connect() as conn:
        return [dict(row) for row in conn.execute(sa.select(table)).mappings()]
