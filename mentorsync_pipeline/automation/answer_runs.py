"""Determine the run that applies answers of people: decisions, approvals and check-ins.

The console starts it when a person answers. The sensor `decisions` starts it in all other cases.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from mentorsync_pipeline.automation.jobs import PLAN, READ_MENTORS
from mentorsync_pipeline.db.step_inputs import find_missing_inputs
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.runtime.code_version import configuration_version


@dataclass(frozen=True, slots=True)
class DueRun:
    """A job that a year needs, and its cause (`runtime.run_attempts`)."""

    job: str
    cause: str


def find_answer_run(conn: sa.Connection, year: int, config: CampaignConfig) -> DueRun | None:
    """Return the job for a year with a decision, approval or check-in that its rows or its plan lack, or None."""
    configured = configuration_version(config)
    rows = find_missing_inputs(conn, year, READ_MENTORS, settings_version=configured)
    if not rows.is_calculated:
        return None
    plan = find_missing_inputs(conn, year, (PLAN,), settings_version=configured)
    # One run for the mentors and the plan, because a person waits for the plan after an approval, and an answer may
    # remove an External ID by the plan.
    plan_lacks = [
        (name, entries) for name, entries in (("decisions", plan.decisions), ("approvals", plan.approvals)) if entries
    ]
    is_to_plan = plan.is_calculated and bool(plan_lacks)
    job = "etl_to_plan" if is_to_plan else "etl"
    for name, entries in (
        ("decisions", rows.decisions),
        ("attendance", rows.attendance),
        ("approvals", rows.approvals),
    ):
        if entries:
            return DueRun(job, _answers_cause(year, name, entries))
    for name, entries in plan_lacks if is_to_plan else ():
        return DueRun("plan_archive", f"{_answers_cause(year, name, entries)}:plan")
    return None


def _answers_cause(year: int, name: str, entries: Iterable[int]) -> str:
    """Return the cause of a run: the answers that were given or taken back. No later answer has their ids."""
    return f"{name}:{year}:{hashlib.sha256(repr(sorted(entries)).encode()).hexdigest()[:16]}"
