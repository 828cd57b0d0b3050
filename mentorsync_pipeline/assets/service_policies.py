"""Retry policy, pools, order and freshness policies of the assets that call a service."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import dagster as dg

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.resources.http import BadAnswerError, ServiceUnavailableError


class ServiceRetryPolicy(dg.RetryPolicy):
    """Retries of errors, but not of a step that a person has stopped.

    Dagster asks for the delay after an interruption, too, and would retry the step and go on with the run.
    """

    def calculate_delay(self, attempt_num: int) -> float:
        """Return the seconds until an attempt; raise the interruption that is being handled, if there is one."""
        error = sys.exception()
        if error is not None and not isinstance(error, Exception):
            raise error
        return super().calculate_delay(attempt_num)


# The client retries single calls; this policy covers a service that is down for minutes.
SERVICE_RETRIES = ServiceRetryPolicy(max_retries=2, delay=30, backoff=dg.Backoff.EXPONENTIAL)
# Pools of `dagster.yaml`: one step at a time calls a service, across all runs.
JOTFORM_POOL, GIVEBUTTER_POOL = "jotform", "givebutter"
# The UI marks older data as late. One missed night is allowed.
FRESH_DAILY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=50), warn_window=timedelta(hours=26))
FRESH_WEEKLY = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=7), warn_window=timedelta(days=3))
# Of the steps that can start, these are the last. Meanwhile calls accumulate (`resources.rate_limit`).
AFTER_OTHER_STEPS = {"dagster/priority": "-1"}
_TRANSIENT_ERRORS = (ServiceUnavailableError, BadAnswerError)


@contextmanager
def fail_on_permanent_errors() -> Iterator[None]:
    """Fail without the asset's retries on errors that a retry cannot fix, such as a wrong key or a truncated file."""
    try:
        yield
    except _TRANSIENT_ERRORS:
        raise
    except MentorSyncError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
