"""What the assets that call a service share: when a failed one is tried again, its pool, how fresh it should be."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import dagster as dg

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.resources.http import BadAnswerError, ServiceUnavailableError

# Every single call is tried several times already; this is for a service that is down for minutes.
SERVICE_RETRIES = dg.RetryPolicy(max_retries=2, delay=30, backoff=dg.Backoff.EXPONENTIAL)
# The pools of `dagster.yaml`: one step at a time calls a service, in whichever run.
JOTFORM_POOL, GIVEBUTTER_POOL = "jotform", "givebutter"
# What is older than that is marked as late in the UI; a night may be missed.
FRESH_DAILY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=50), warn_window=timedelta(hours=26))
FRESH_WEEKLY = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=7), warn_window=timedelta(days=3))
_MAY_PASS = (ServiceUnavailableError, BadAnswerError)


@contextmanager
def final_errors() -> Iterator[None]:
    """Fail at once, without the asset's retries, on what trying again cannot mend: a wrong key, a file cut off."""
    try:
        yield
    except _MAY_PASS:
        raise
    except MentorSyncError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
