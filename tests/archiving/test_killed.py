"""An apply that is killed at any point and then repeated leaves what one that was never killed leaves."""

import pytest

from mentorsync_pipeline.archiving.ledger import Run
from tests.archiving.attic import NOW, YEAR
from tests.archiving.killed import apply_and_kill

pytestmark = pytest.mark.slow

LOSERS = 8


@pytest.fixture
def never_killed(new_attic):
    attic = new_attic(LOSERS)
    _with_an_external_id_to_clear(attic)
    attic.apply(_plan(attic))
    return attic.outcome()


@pytest.fixture
def killed(new_attic, new_database):
    """Another Givebutter with the same people, and another database."""
    import sqlalchemy as sa  # noqa: PLC0415

    url = new_database()
    attic = new_attic(LOSERS, database=sa.create_engine(url, poolclass=sa.NullPool))
    _with_an_external_id_to_clear(attic)
    return attic, url


def test_killed_again_and_again_it_comes_to_the_same_end(never_killed, killed):
    attic, url = killed
    plan = _plan(attic)
    # The steps between two kills grow, so that kills fall on every kind of step, the first and the last included.
    kills, done, step = 0, False, 0
    while not done:
        run = Run(year=YEAR, purpose="duplicates", run_id=f"run {kills}", log_id=1)
        was_killed, _ = apply_and_kill(step, url, attic.service(), run, plan, NOW)
        done = not was_killed
        kills += was_killed
        step = step + 1 if step < 40 else step + 7
    assert kills > 15
    assert attic.outcome() == never_killed
    # The answer to a call that was under way when its process was killed is not counted.
    assert attic.calls("DELETE") <= LOSERS


def _with_an_external_id_to_clear(attic):
    attic.change(attic.winner_ids[0], external_id=None)
    attic.change(attic.loser_ids[0], external_id="MN9000")


def _plan(attic):
    plan = attic.plan(attic.loser_ids[1:])
    first = attic.plan(attic.loser_ids[:1], clears_external_id="MN9000")
    plan.rows.update(first.rows)
    plan.contacts.update(first.contacts)
    return plan
