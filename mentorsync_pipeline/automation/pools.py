"""The pools that let one step at a time call a service, made before runs need them.

Dagster makes a pool when a step first asks for a place in it, and two runs that do so at the same moment fail.
"""

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.assets.service_policies import GIVEBUTTER_POOL, JOTFORM_POOL


def make_pools(instance: dg.DagsterInstance) -> None:
    """Make the pools that are missing; those that are there keep the limit that somebody may have given them."""
    storage = instance.event_log_storage
    if not storage.supports_global_concurrency_limits:
        return
    known = {pool.name for pool in storage.get_pool_limits()}
    for name in (JOTFORM_POOL, GIVEBUTTER_POOL):
        if name in known:
            continue
        try:
            storage.initialize_concurrency_limit_to_default(name)
        except sa.exc.InternalError:
            continue  # another process made it at the same moment, which Dagster does not expect
