"""Whole generated worlds through the database: the order does not matter, the loop is fixed by round two, and an answer
moves the mentor whom it is about and nobody else."""

import random
from dataclasses import replace
from typing import Any

import pytest

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.mentors.rules.fields import get_mentor_lineage
from mentorsync_pipeline.sandbox.population import World
from tests.support.environment import SandboxEnvironment
from tests.support.small_year import small_world
from tests.support.snapshots import NewEnvironment

# Other tests cover the same lines, and tracing doubles the time.
pytestmark = [pytest.mark.no_cover, pytest.mark.slow]
RESULTS = (t.deduplicated_signups, t.contact_candidates, t.winner_contacts, t.mentors, t.mn_gb_import)
FINDINGS = (t.sync_conflicts, t.sync_errors, t.sync_warnings)
OF_MENTORS = (t.winner_contacts, t.mentors, t.mentor_bases, t.mn_gb_import)


def shuffled(world: World, seed: int) -> World:
    """The same world, its records listed in another order."""
    order = random.Random(seed)  # noqa: S311  # a fixed shuffle, no secret
    forms = {
        key: replace(form, submissions=dict(order.sample(list(form.submissions.items()), len(form.submissions))))
        for key, form in world.forms.items()
    }
    members = {key: order.sample(many, len(many)) for key, many in world.members.items()}
    return replace(world, contacts=order.sample(world.contacts, len(world.contacts)), forms=forms, members=members)


@pytest.mark.parametrize("seed", [2, 3])
def test_the_order_of_the_input_does_not_matter(start_small: NewEnvironment, seed: int) -> None:
    results = []
    for is_shuffled in (False, True):
        world = small_world(66, seed=seed, at_least=1)
        env = start_small(shuffled(world, seed) if is_shuffled else world)
        env.upload_and_recalculate()
        results.append(env.results(*RESULTS, *FINDINGS))
    assert results[0] == results[1]


def test_the_loop_is_fixed_by_round_two_while_questions_are_open(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    assert env.import_file(env.new_file()).rejected == 0
    env.upload_and_recalculate()
    assert env.import_file(env.new_file()).rejected == 0
    second, changes, given = env.results(), len(env.changes()), env.sandbox.state()["fingerprint"]
    env.upload_and_recalculate()
    assert len(env.changes()) == changes
    assert env.results() == second
    last = env.import_file(env.new_file())
    assert (last.rejected, last.updated, last.created) == (0, [], [])
    assert env.sandbox.state()["fingerprint"] == given


def test_each_answer_moves_its_own_mentor_alone_and_so_does_taking_it_back(busy_env: SandboxEnvironment) -> None:
    env = busy_env
    asked_now = env.conflicts(t.sync_conflicts.c.blocking)
    kinds = {(conflict["conflict_type"], conflict["subject"].partition(":")[0]): conflict for conflict in asked_now}
    for first in kinds.values():
        conflict = find_again(env, first)
        involved = {conflict["mn_id"], *(other["mn_id"] for other in conflict["context"].get("other_mentors", ()))}
        before = _without(env.results(*OF_MENTORS), involved)
        env.decide(conflict["id"], conflict["recommended_option"] or "b")
        env.etl()
        assert _without(env.results(*OF_MENTORS), involved) == before, conflict["subject"]
        env.undo(conflict["id"])
        env.etl()
        assert find_again(env, first)["id"] == conflict["id"]
        assert env.mentor(conflict["mn_id"])["sync_state"] == "blocked"
        assert _without(env.results(*OF_MENTORS), involved) == before, conflict["subject"]
    once = env.results(*OF_MENTORS)
    env.etl()
    assert env.results(*OF_MENTORS) == once


def test_every_cell_names_a_source_that_the_field_rules_and_the_lineage_know(busy_env: SandboxEnvironment) -> None:
    lineage = get_mentor_lineage()
    for row in busy_env.rows(t.mentors):
        for field, sources in lineage.items():
            if field != "mn_id" and row["submission_id"]:
                assert row["provenance"][field]["source_table"] in {source.table for source in sources}, field


def find_again(env: SandboxEnvironment, conflict: dict[str, Any]) -> dict[str, Any]:
    """Return the open conflict with the same subject; a rival's answer may have closed and reopened it."""
    keys = ("mn_id", "conflict_type", "subject")
    (found,) = [row for row in env.conflicts() if all(row[key] == conflict[key] for key in keys)]
    return found


def _without(picture: dict[str, Any], mn_ids: set[str]) -> dict[str, Any]:
    return {name: [row for row in rows if row["mn_id"] not in mn_ids] for name, rows in picture.items()}
