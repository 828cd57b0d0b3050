"""What people did by hand, as events in Dagster's UI, beside the runs that act on it.

A decision is written in one short transaction, not by a run: its value may be a phone or an email, and the
configuration of a run is kept for ever. The event holds counts and ids alone.
"""

from collections.abc import Mapping, Sequence

import dagster as dg


def report_manual_change(
    instance: dg.DagsterInstance, table: str, *, years: Sequence[int], did: str, counts: Mapping[str, int | str]
) -> None:
    """Tell Dagster that a person changed a table of these campaign years: what was done, and counts or ids of it."""
    for year in years:
        instance.report_runless_asset_event(
            dg.AssetMaterialization(asset_key=table, partition=str(year), description=did, metadata=dict(counts))
        )
