"""Whole generated worlds through the database: the order does not matter, the loop is fixed by round two, and an answer
moves the mentor whom it is about and nobody else."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.mentors.rules.fields import mentor_lineage
from mentorsync_pipeline.resources.warehouse import WarehouseResource, get_engine
from mentorsync_pipeline.sandbox.population import World, generate
from tests.support.databases import Databases
from tests.support.house import START, YEAR, SandboxEnvironment

# The same lines run in every world, and other tests cover them: tracing would only double the time.
pytestmark = pytest.mark.no_cover
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


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_the_order_of_the_input_does_not_matter(new_database: Databases, tmp_path: Path, seed: int) -> None:
    pictures = []
    for place, mixed in enumerate((False, True)):
        world = generate(seed, 132, 264, year=YEAR, now=START, at_least=1)
        url = new_database()
        house = SandboxEnvironment(
            shuffled(world, seed) if mixed else world, WarehouseResource(url=url), tmp_path / str(place)
        )
        house.last_years_mentors()
        house.sync()
        pictures.append(house.picture(*RESULTS, *FINDINGS))
        get_engine(url).dispose()
    assert pictures[0] == pictures[1]


def test_the_loop_is_fixed_by_round_two_while_questions_are_open(busy_house: SandboxEnvironment) -> None:
    house = busy_house
    assert house.import_file(house.file()).rejected == 0
    house.sync()
    assert house.import_file(house.file()).rejected == 0
    second, changes, given = house.picture(), len(house.changes()), house.sandbox.state()["fingerprint"]
    house.sync()
    assert len(house.changes()) == changes
    assert house.picture() == second
    last = house.import_file(house.file())
    assert (last.rejected, last.updated, last.created) == (0, [], [])
    assert house.sandbox.state()["fingerprint"] == given


def test_each_answer_moves_its_own_mentor_alone_and_so_does_taking_it_back(busy_house: SandboxEnvironment) -> None:
    house = busy_house
    asked_now = house.conflicts(t.sync_conflicts.c.blocking)
    kinds = {(one["conflict_type"], one["subject"].partition(":")[0]): one for one in asked_now}
    for first in kinds.values():
        asked = again(house, first)
        involved = {asked["mn_id"], *(one["mn_id"] for one in asked["context"].get("other_mentors", ()))}
        before = _without(house.picture(*OF_MENTORS), involved)
        house.decide(asked["id"], asked["recommended_option"] or "b")
        house.etl()
        assert _without(house.picture(*OF_MENTORS), involved) == before, asked["subject"]
        house.undo(asked["id"])
        house.etl()
        assert again(house, first)["id"] == asked["id"]
        assert house.mentor(asked["mn_id"])["sync_state"] == "blocked"
        assert _without(house.picture(*OF_MENTORS), involved) == before, asked["subject"]
    once = house.picture(*OF_MENTORS)
    house.etl()
    assert house.picture(*OF_MENTORS) == once


def test_every_cell_names_a_source_that_the_field_rules_and_the_lineage_know(busy_house: SandboxEnvironment) -> None:
    lineage = mentor_lineage()
    for row in busy_house.rows(t.mentors):
        for field, sources in lineage.items():
            if field != "mn_id" and row["submission_id"]:
                assert row["provenance"][field]["source_table"] in {source.table for source in sources}, field


def again(house: SandboxEnvironment, asked: dict[str, Any]) -> dict[str, Any]:
    """The open question that asks the same; a rival's answer may have closed it meanwhile and opened it anew."""
    keys = ("mn_id", "conflict_type", "subject")
    (found,) = [one for one in house.conflicts() if all(one[key] == asked[key] for key in keys)]
    return found


def _without(picture: dict[str, Any], mn_ids: set[str]) -> dict[str, Any]:
    return {name: [row for row in rows if row["mn_id"] not in mn_ids] for name, rows in picture.items()}
