"""A few seasons through the database: the tables and files say what the calculation in memory says."""

from pathlib import Path

import dagster as dg
import pytest

from tests.seasons.actions import Season
from tests.seasons.database import DatabaseSync
from tests.seasons.people import HOUSEHOLDS
from tests.seasons.simulate import PENDING, script_of

pytestmark = pytest.mark.slow

# Calls are made at once for several mentors, so that a kill leaves another state than in memory.
_IN_MEMORY_ONLY = frozenset({"killed apply"})
# The environment knows the mentors of its own last year.
_HOUSEHOLDS = [kind for kind in HOUSEHOLDS if "last year" not in kind]
# A list of contacts that shrinks by a fifth is refused, so a few people who are archived must be few of many.
_BYSTANDERS = 40


@pytest.mark.parametrize("seed", [269, 98])
def test_the_tables_say_what_the_calculation_in_memory_says(
    seed: int, database_url: str, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    script = script_of(seed, steps=30, households=_HOUSEHOLDS)
    season = Season(
        script.households,
        script.options,
        PENDING,
        _BYSTANDERS,
        lambda town: DatabaseSync(town, database_url, tmp_path, instance),
    )
    with season.system.env.server:
        for step in script.steps:
            if step.name not in _IN_MEMORY_ONLY:
                season.take(step)
