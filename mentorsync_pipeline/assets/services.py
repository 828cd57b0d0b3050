"""What the assets that call a service share: when a failed one is tried again.

The calls themselves, with their own retries, do not belong here; see `resources.http`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from mentorsync_pipeline.errors import MentorSyncError
from mentorsync_pipeline.resources.http import BadAnswerError, ServiceUnavailableError

# Every single call is tried several times already; this is for a service that is down for minutes.
SERVICE_RETRIES = dg.RetryPolicy(max_retries=2, delay=30, backoff=dg.Backoff.EXPONENTIAL)
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
