"""Whole generated worlds: the order does not matter, and the loop is fixed by round two while questions are open."""

import random
from dataclasses import replace
from typing import Any

import pytest

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.mentors.rules.fields import get_mentor_lineage
from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from mentorsync_pipeline.sandbox.population import World
from tests.mentors.memory_year import MemoryYear
from tests.support.environment import SandboxEnvironment
from tests.support.small_year import small_world
from tests.support.snapshots import NewEnvironment, Snapshot

# Other tests cover the same lines, and tracing doubles the time.
pytestmark = [pytest.mark.no_cover, pytest.mark.slow]
RESULTS = (t.deduplicated_signups, t.contact_candidates, t.winner_contacts, t.mentors, t.mn_gb_import)
FINDINGS = (t.sync_conflicts, t.sync_errors, t.sync_warnings)


def shuffled(world: World, seed: int) -> World:
    """The same world, its records listed in another order."""
    order = random.Random(seed)  # noqa: S311  # a fixed shuffle, no secret
    forms = {
        key: replace(form, submissions=dict(order.sample(list(form.submissions.items()), len(form.submissions))))
        for key, form in world.forms.items()
    }
    members = {key: order.sample(many, len(many)) for key, many in world.members.items()}
    return replace(world, contacts=order.sample(world.contacts, len(world.contacts)), forms=forms, members=members)


@pytest.fixture(scope="module")
def busy(busy_snapshot: Snapshot, start_shared: NewEnvironment) -> SandboxEnvironment:
    """The busy environment, for tests that only read."""
    return start_shared(busy_snapshot, serve=False)


def test_the_order_of_the_stored_rows_does_not_matter(busy: SandboxEnvironment, start_small: NewEnvironment) -> None:
    env = start_small(shuffled(small_world(66, at_least=1), 1))
    env.upload_and_recalculate()
    assert env.results(*RESULTS, *FINDINGS) == busy.results(*RESULTS, *FINDINGS)


@pytest.mark.parametrize("seed", [2, 3])
def test_the_order_of_the_input_does_not_matter(seed: int) -> None:
    listed, mixed = (MemoryYear(66, seed=seed, at_least=1) for _ in range(2))
    world = shuffled(mixed.world, seed)
    mixed.world.forms.update(world.forms)
    mixed.world.members.update(world.members)
    feed = mixed.feed()
    order = random.Random(seed)  # noqa: S311  # a fixed shuffle, no secret
    contacts = order.sample(list(feed.contacts.items()), len(feed.contacts))
    assert mixed.system.sync(replace(feed, contacts=dict(contacts))) == listed.system.sync(listed.feed())


def test_the_loop_is_fixed_by_round_two_while_questions_are_open() -> None:
    year = MemoryYear(66, at_least=1)
    for _ in range(2):
        second = year.sync()
        assert year.import_file().rejected == 0
    asked, state = year.conflicts(), year.store.fingerprint()
    assert asked
    third = year.sync()
    assert third.changes == ()
    assert (third.mentors, third.import_rows) == (second.mentors, second.import_rows)
    assert chosen(third) == chosen(second)
    assert year.conflicts() == asked
    last = year.import_file()
    assert (last.rejected, last.updated, last.created) == (0, [], [])
    assert year.store.fingerprint() == state


def chosen(result: YearResult) -> list[tuple[Any, ...]]:
    """Each mentor's winner, without the scores, which depend on the time of the contact data."""
    return [(winner.submission_id, winner.contact_id, winner.decision) for winner in result.winners.winners]


def test_every_cell_names_a_source_that_the_field_rules_and_the_lineage_know(busy: SandboxEnvironment) -> None:
    lineage = get_mentor_lineage()
    for row in busy.rows(t.mentors):
        for field, sources in lineage.items():
            if field != "mn_id" and row["submission_id"]:
                assert row["provenance"][field]["source_table"] in {source.table for source in sources}, field
