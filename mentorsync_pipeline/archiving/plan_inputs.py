"""Check that an archive plan has the present inputs: contacts, answers, settings and rules (`db.step_inputs`)."""

from collections.abc import Mapping

import sqlalchemy as sa

from mentorsync_pipeline.archiving.rules.plan_records import Purpose
from mentorsync_pipeline.campaigns.configuration import read_config
from mentorsync_pipeline.db.step_inputs import PLAN_SOURCES, MissingInputs, find_missing_inputs
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.code_version import configuration_version

# The asset of each plan, also its name in `sync_log`.
PLAN_ASSETS: Mapping[Purpose, str] = {"duplicates": "archive_plan", "mass_email": "mass_email_plan"}
# Approvals have a status of their own (`db.plan_status`); attendance changes no plan.
_NOT_OF_PLANS = frozenset({"approvals", "attendance"})
_INPUT_WORDS: Mapping[str, str] = {
    "contacts": "contacts were loaded",
    "decisions": "questions were answered, or answers were taken back",
    "settings": "settings of the year were changed",
    "rules": "the program was updated",
}


class PlanOutdatedError(MentorSyncError):
    """The archive plan was made before the last load of contacts, answer to a question, or change of settings."""

    code = "PLAN_OUTDATED"


def is_plan_current(conn: sa.Connection, year: int, purpose: Purpose) -> bool:
    """Return whether the plan has the last load of contacts, the answers in force, and the present settings."""
    missing = find_missing_plan_inputs(conn, year, purpose)
    return missing.is_calculated and not _list_reasons(missing)


def require_current_plan(conn: sa.Connection, year: int, purpose: Purpose) -> None:
    """Check that the plan is current. A plan that was never made is.

    Raises:
        PlanOutdatedError: it is not.

    """
    missing = find_missing_plan_inputs(conn, year, purpose)
    reasons = _list_reasons(missing)
    if missing.is_calculated and reasons:
        options = f"--year {year}" + (" --mass-email" if purpose == "mass_email" else "")
        raise PlanOutdatedError(
            f"The archive plan of {year} is out of date: {'; '.join(reasons)} after it was made.",
            f"Refresh the plan and look at it again: mentorsync archive plan {options}.",
        )


def is_calculation_current(conn: sa.Connection, year: int) -> bool:
    """Return whether a plan of the present rows would be current; otherwise the year is to be recalculated first."""
    missing = find_missing_inputs(conn, year, PLAN_SOURCES, settings_version=_read_settings_version(conn, year))
    return missing.is_calculated and missing.names in ((), ("attendance",))


def find_missing_plan_inputs(conn: sa.Connection, year: int, purpose: Purpose) -> MissingInputs:
    """Find what the plan lacks."""
    return find_missing_inputs(conn, year, (PLAN_ASSETS[purpose],), settings_version=_read_settings_version(conn, year))


def _read_settings_version(conn: sa.Connection, year: int) -> str:
    return configuration_version(read_config(conn, year))


def _list_reasons(missing: MissingInputs) -> list[str]:
    return [_INPUT_WORDS[name] for name in missing.names if name not in _NOT_OF_PLANS]
