"""A season through the database: the tables and files say what the calculation in memory says."""

import random
from pathlib import Path

import dagster as dg
import pytest

from mentorsync_pipeline.sandbox.options import Options
from tests.seasons.actions import ACTIONS, Season, Step
from tests.seasons.database import DatabaseSync
from tests.seasons.simulate import GIVEBUTTER_HABITS, PENDING, Script

pytestmark = pytest.mark.slow

# Calls are made at once for several mentors, so that a kill leaves another state than in memory. The tables load what
# the sandbox exports now, under its own name, and whole files.
_IN_MEMORY_ONLY = frozenset(
    {
        *("killed apply", "killed apply whose contact a person restores"),
        *("export during an import", "import a part of the file", "import an old file"),
        *("upload an export of another clock", "upload an export without one contact"),
        "tag with a comma",  # which an export shows as two
    }
)
# They have contacts to archive and questions to answer.
_HOUSEHOLDS = (
    "a student with three contacts",
    "a student with two contacts at Gmail",
    "cousins of one first name",
    "father and son of one name",
)
# A list of contacts that shrinks by a fifth is refused, so a few people who are archived must be few of many.
_BYSTANDERS = 40
_NUMBERS = 10_000
_CLOSING = "two quiet rounds"
_UNDONE_BY = {
    "answer a question": "take an answer back",
    "approve an archive": "take back an approval of an archive",
    "apply the archive plan": "restore an archived duplicate",
    "check in at the training": "undo a check-in",
    "count cash or write a note": "undo a count or a note",
    "delete sign-up": "restore sign-up",
}
_STEPS_BETWEEN_IMPORTS = 15
# Questions of both follow their ids, and a run is killed after they have.
_THEN_KILLED = "two students' MN ids are exchanged", "killed calculation"
# Lists without the people of the season and many bystanders, of the contacts and of the sign-ups: they are refused.
_SHORT_LISTS = (Step("much of a list is missing", 0, 7), Step("much of a list is missing", 1, 7, _BYSTANDERS))


def script_of_every_action(seed: int) -> Script:
    """A season in which everything is done once and then undone, in any order, with syncs and imports in between."""
    rng = random.Random(f"every action {seed}")  # noqa: S311  # repeatable, protects nothing
    names = [name for name in ACTIONS if name not in {*_IN_MEMORY_ONLY, _CLOSING, _SHORT_LISTS[0].name}]
    rng.shuffle(names)
    for pair in _UNDONE_BY.items():
        first, second = sorted(map(names.index, pair))
        names[first], names[second] = pair
    names.remove(_THEN_KILLED[1])
    names.insert(1 + names.index(_THEN_KILLED[0]), _THEN_KILLED[1])
    for place in range(len(names) // _STEPS_BETWEEN_IMPORTS * _STEPS_BETWEEN_IMPORTS, 0, -_STEPS_BETWEEN_IMPORTS):
        names[place:place] = ["sync", "import the file"]
    steps = [Step(name, *(rng.randrange(_NUMBERS) for _ in range(3))) for name in ("sync", *names, _CLOSING)]
    signed_up = [Step("sign up", place) for place in range(2)]
    return Script(_HOUSEHOLDS, (*signed_up, *steps[:-1], *_SHORT_LISTS, steps[-1]), rng.choice(GIVEBUTTER_HABITS))


_HIDDEN_OPTION = Script(
    ("sisters with one home phone",),
    (
        Step("sign up"),
        Step("sync"),
        Step("import the file"),
        Step("sync"),
        Step("choose an option that the configuration lacks"),
        Step("sync"),
        Step("upload a mangled export"),
        Step("import the file"),
    ),
    Options(import_blank="clear"),
)
_HIDDEN_TEXT = Script(
    ("sisters with one home phone",),
    (
        Step("sign up"),
        Step("write details in Givebutter"),
        Step("sync"),
        Step("import the file"),
        Step("sync"),
        Step("upload a mangled export", 0, 4),
        Step("import the file"),
        Step("sync"),
        Step("upload a mangled export", 0, 5),
        Step("import the file"),
    ),
    Options(import_blank="clear"),
)
_ARCHIVED_HOLDER = Script(
    ("a student with three contacts",),
    (
        Step("sign up"),
        Step("sync"),
        Step("import the file"),
        Step("sync"),
        Step("type an External ID with a space onto a duplicate", 0, 0, 1),
        Step("sync"),
        Step("import the file"),
        Step("sync"),
        Step("import the file"),
    ),
)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(script_of_every_action(49), id="every action"),
        pytest.param(_HIDDEN_OPTION, id="an option that an export hides is sent again"),
        pytest.param(_HIDDEN_TEXT, id="pronouns and employer that an export hides are sent again"),
        pytest.param(_ARCHIVED_HOLDER, id="an archived contact has an External ID without a space"),
    ],
)
def test_the_tables_say_what_the_calculation_in_memory_says(
    script: Script, database_url: str, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    season = Season(
        script.households,
        script.options,
        PENDING,
        _BYSTANDERS,
        lambda town: DatabaseSync(town, database_url, tmp_path, instance),
    )
    with season.system.env.server:
        for step in script.steps:
            season.take(step)
