"""An apply that is killed at any point and repeated has the same result as an uninterrupted one."""

import pytest

from mentorsync_pipeline.archiving.ledger import LedgerRun
from tests.archiving.archive_environment import NOW, YEAR
from tests.archiving.kill_apply import apply_and_kill

pytestmark = pytest.mark.slow

LOSERS = 8


@pytest.fixture
def uninterrupted(new_archive):
    archive = new_archive(LOSERS)
    _with_an_external_id_to_clear(archive)
    archive.apply(_plan(archive))
    return archive.outcome()


@pytest.fixture
def killed(new_archive):
    """Return another Givebutter with the same people, with its own database."""
    archive = new_archive(LOSERS)
    _with_an_external_id_to_clear(archive)
    return archive


def test_a_repeatedly_killed_apply_has_the_same_result(uninterrupted, killed):
    archive = killed
    plan = _plan(archive)
    # The distance between two kills grows, so that every kind of step is hit, including the first and the last.
    kills, done, step = 0, False, 0
    while not done:
        run = LedgerRun(year=YEAR, purpose="duplicates", run_id=f"run {kills}", log_id=1)
        was_killed, _ = apply_and_kill(step, archive.url, archive.service(), run, plan, NOW)
        done = not was_killed
        kills += was_killed
        step = step + 1 if step < 40 else step + 7
    assert kills > 15
    assert archive.outcome() == uninterrupted
    # A call whose answer had not arrived when the process was killed is not counted.
    assert archive.calls("DELETE") <= LOSERS


@pytest.mark.parametrize("step", [28, 36, 44])
def test_contacts_that_a_person_restores_after_a_kill_are_not_archived_again(killed, step):
    archive = killed
    archive.later()
    plan = _plan(archive)
    run = LedgerRun(year=YEAR, purpose="duplicates", run_id="run 1", log_id=1)
    apply_and_kill(step, archive.url, archive.service(), run, plan, NOW)
    restored = archive.archived()
    archive.later()
    for contact_id in restored:
        archive.server.dashboard.restore(contact_id)
    archive.apply(plan, run_id="run 2")
    assert archive.archived().isdisjoint(restored)


def _with_an_external_id_to_clear(archive):
    archive.change(archive.winner_ids[0], external_id=None)
    archive.change(archive.loser_ids[0], external_id="MN9000")


def _plan(archive):
    plan = archive.plan(archive.loser_ids[1:])
    first = archive.plan(archive.loser_ids[:1], clears_external_id="MN9000")
    plan.rows.update(first.rows)
    plan.contacts.update(first.contacts)
    return plan
