"""Choose the job that refreshes an archive plan."""

import sqlalchemy as sa

from mentorsync_pipeline.archiving.plan_inputs import is_calculation_current
from mentorsync_pipeline.archiving.rules.plan_records import Purpose


def choose_plan_job(conn: sa.Connection, year: int, purpose: Purpose) -> str:
    """Return the job that refreshes a plan. It recalculates the year if the plan would be out of date without that."""
    if purpose == "mass_email":
        return "plan_mass_email"
    return "plan_archive" if is_calculation_current(conn, year) else "etl_to_plan"
