"""Report changes made by people as events in Dagster's UI.

Decisions are not written by runs, because their values may be phones or emails and Dagster stores run configurations
permanently. The events contain only counts and ids.
"""

from collections.abc import Mapping, Sequence

import dagster as dg


def report_manual_change(
    instance: dg.DagsterInstance, table: str, *, years: Sequence[int], did: str, counts: Mapping[str, int | str]
) -> None:
    """Report to Dagster that a person changed a table: one event per campaign year, with counts or ids."""
    for year in years:
        instance.report_runless_asset_event(
            dg.AssetMaterialization(asset_key=table, partition=str(year), description=did, metadata=dict(counts))
        )
