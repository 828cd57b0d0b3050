"""A stop ends a run also in a step with retries, which other errors of a service still have."""

import os
import signal

import dagster as dg

from mentorsync_pipeline.assets.service_policies import ServiceRetryPolicy

POLICY = ServiceRetryPolicy(max_retries=1, delay=0)


def test_an_interrupted_step_is_not_retried_and_ends_the_run():
    steps = []

    @dg.asset(retry_policy=POLICY)
    def interrupted() -> None:
        steps.append("interrupted")
        os.kill(os.getpid(), signal.SIGINT)

    @dg.asset
    def next_step() -> None:
        steps.append("next_step")

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([interrupted, next_step], instance=instance, raise_on_error=False)
    assert not result.success
    assert steps == ["interrupted"]


def test_a_failed_step_is_retried():
    @dg.asset(retry_policy=POLICY)
    def failing_once(context: dg.AssetExecutionContext) -> None:
        if context.retry_number == 0:
            raise OSError

    with dg.DagsterInstance.ephemeral() as instance:
        assert dg.materialize([failing_once], instance=instance).success
