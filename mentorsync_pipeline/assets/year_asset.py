"""Declare the assets of a campaign year: partitions, metadata, code version and checks."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.assets.external import OWNERS
from mentorsync_pipeline.assets.metadata import code_reference, table_metadata
from mentorsync_pipeline.assets.partitions import YEARS
from mentorsync_pipeline.checks.factory import check_specs
from mentorsync_pipeline.checks.schemas import BY_ASSET
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.code_version import code_version

if TYPE_CHECKING:  # imported by the first run
    from mentorsync_pipeline.assets.year_run import YearRun


def year_asset(
    *,
    group: str,
    deps: Sequence[str],
    table: sa.Table,
    writes: Sequence[sa.Table] = (),
    raises_conflicts: bool = False,
    source: Callable[..., object] | None = None,
    **options: Any,
) -> Callable[[Callable[..., object]], dg.AssetsDefinition]:
    """Declare an asset with one table of the database, partitioned by campaign year.

    The checks of the table (`checks.schemas`) run in the step of the asset. A test compares `deps` and `writes` with
    the SQL statements of a run (`assets.lineage`).

    Args:
        deps: assets whose tables it reads; the year's configuration is added.
        table: its table; columns and comments become metadata.
        writes: additional tables that it writes.
        raises_conflicts: add the check `conflicts`.
        source: function with the asset's code, if the declared function only calls it.
        options: further arguments of `dg.asset`.

    """

    def declare(function: Callable[..., object]) -> dg.AssetsDefinition:
        code = source or function
        name = str(options.get("name", code.__name__))
        checks = BY_ASSET.get(name)
        in_step = None if checks is not None and checks.own_step else checks
        if function.__annotations__.get("return") == dg.MaterializeResult[None]:
            # Dagster accepts only the unparametrised class for assets with checks.
            function.__annotations__["return"] = dg.MaterializeResult
        asset: dg.AssetsDefinition = dg.asset(
            partitions_def=YEARS,
            group_name=group,
            owners=OWNERS,
            deps=[*deps, "sync_configs"],
            metadata=table_metadata(table, *writes) | code_reference(code),
            code_version=code_version(code.__module__, code.__name__),
            check_specs=check_specs(name, in_step, YEARS, raises_conflicts=raises_conflicts),
            **({"kinds": {"python", "postgres"}} | options),
        )(function)
        return asset

    return declare


def year_step(
    **options: Any,
) -> Callable[[Callable[["YearRun"], dg.MaterializeResult[None]]], dg.AssetsDefinition]:
    """Declare a year's asset that depends on nothing but tables, rules and settings, by a function of its run.

    Such a step keeps its rows while it is settled (`assets.settled_steps`). `options` are arguments of
    `year_asset`.
    """

    def declare(calculate: Callable[["YearRun"], dg.MaterializeResult[None]]) -> dg.AssetsDefinition:
        def step(
            context: dg.AssetExecutionContext, warehouse: WarehouseResource, clock: ClockResource
        ) -> dg.MaterializeResult[None]:
            from mentorsync_pipeline.assets.year_run import run_step

            return run_step(calculate, context, warehouse, clock)

        for name in ("__module__", "__name__", "__qualname__", "__doc__"):
            setattr(step, name, getattr(calculate, name))
        return year_asset(source=calculate, **options)(step)

    return declare
