"""The reason of a failed step."""

import pytest
from dagster_shared.error import SerializableErrorInfo

from mentorsync_pipeline.runtime.run_report import _failure


@pytest.mark.parametrize(
    ("kind", "code"), [("OperationalError", "DATABASE_UNAVAILABLE"), ("KeyError", "UNEXPECTED_ERROR")]
)
def test_a_lost_connection_of_dagsters_storage_is_no_unexpected_error(kind, code):
    cause = SerializableErrorInfo("server closed the connection", [], kind)
    error = SerializableErrorInfo("step failed", [], "DagsterExecutionStepExecutionError", cause)
    failure = _failure("mentors", error, [])
    assert (failure.step, failure.code) == ("mentors", code)
    assert "server closed" not in failure.message
