"""Build the asset checks of a table.

*structure* is an error and stops downstream assets. *warnings* reports unusual rows, *conflicts* reports open
conflicts; neither fails the run. Checks run in the step and the transaction of the asset (`checks.table_run`), because
a separate step would take longer than the checks. Results contain counts and ids only.
"""

import warnings
from collections.abc import Iterator

import dagster as dg

from mentorsync_pipeline.checks.model import CONFLICTS, STRUCTURE, WARNINGS, TableChecks
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.dagster_internals import PreviewWarning


def check_specs(
    asset: str,
    checks: TableChecks | None,
    years: dg.PartitionsDefinition[str] | None,
    *,
    raises_conflicts: bool = False,
) -> list[dg.AssetCheckSpec]:
    """Return the check specs of an asset: `structure`, `warnings` and `conflicts`, as far as they apply.

    Args:
        years: partitions of the asset, None if it has none.

    """
    key = dg.AssetKey(asset)
    with warnings.catch_warnings():
        # Partitioned checks are a preview in Dagster. Without them a year's result would replace other years'.
        warnings.simplefilter("ignore", PreviewWarning)
        specs = []
        if checks is not None:
            rules = "; ".join(_rule_texts(checks))
            specs.append(
                dg.AssetCheckSpec(
                    STRUCTURE,
                    asset=key,
                    description=f"Must hold for every row; otherwise downstream assets do not run. Rules: {rules}.",
                    blocking=True,
                    partitions_def=years,
                )
            )
            if checks.unusual or years is not None:
                specs.append(
                    dg.AssetCheckSpec(
                        WARNINGS,
                        asset=key,
                        description="Unusual rows. Each is listed in sync_warnings until its cause is fixed. None "
                        "blocks a run.",
                        partitions_def=years,
                    )
                )
        if raises_conflicts:
            specs.append(
                dg.AssetCheckSpec(
                    CONFLICTS,
                    asset=key,
                    description="Open conflicts by type. Decide them in the console or with `mentorsync conflicts "
                    "resolve`.",
                    partitions_def=years,
                )
            )
        if checks is not None and (further := checks.further):
            specs.append(
                dg.AssetCheckSpec(further.name, asset=key, description=further.description, partitions_def=years)
            )
        return specs


def build_check(checks: TableChecks, years: dg.PartitionsDefinition[str]) -> dg.AssetChecksDefinition:
    """Build the checks of a table as a separate step, for an asset that does not always write its table."""
    asset = checks.asset or checks.table.name

    @dg.multi_asset_check(
        name=f"check_{checks.table.name}",
        specs=check_specs(asset, checks, years if checks.per_year else None),
        description=f"Checks the rows of {checks.table.name}.",
    )
    def check(
        context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource, clock: ClockResource
    ) -> Iterator[dg.AssetCheckResult]:
        from mentorsync_pipeline.checks.table_run import run_separate_checks

        year = int(context.partition_key) if checks.per_year else None
        yield from run_separate_checks(warehouse.engine, checks, year=year, now=clock.now())

    return check


def _rule_texts(checks: TableChecks) -> list[str]:
    """Texts of the rules, for the description of `structure`."""
    return list(dict.fromkeys(rule.error for column in checks.structure.values() for rule in column.rules)) or [
        "keys and required columns"
    ]
