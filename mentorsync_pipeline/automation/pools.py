"""Create the pools that limit calls of a service to one step at a time.

Dagster creates a pool when a step first requests a slot, and two runs that do so at the same time fail.
"""

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.assets.service_policies import GIVEBUTTER_POOL, JOTFORM_POOL


def create_pools(instance: dg.DagsterInstance) -> None:
    """Create missing pools; existing pools keep their limits."""
    storage = instance.event_log_storage
    if not storage.supports_global_concurrency_limits:
        return
    existing = {pool.name for pool in storage.get_pool_limits()}
    for name in (JOTFORM_POOL, GIVEBUTTER_POOL):
        if name in existing:
            continue
        try:
            storage.initialize_concurrency_limit_to_default(name)
        except sa.exc.InternalError:
            continue  # another process created it at the same time, which Dagster does not handle
