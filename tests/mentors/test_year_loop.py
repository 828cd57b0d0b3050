"""Rulebook, sections 7 to 9, on a generated year: the loop through the sandbox's import, compared with the truth."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from mentorsync_pipeline.sandbox.options import Options
from tests.support.worlds import year_of
from tests.support.year_loop import YearLoop

# Other tests cover the same lines, and tracing doubles the time.
pytestmark = [pytest.mark.no_cover, pytest.mark.slow]
NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)
OPTIONS = (
    Options(),
    Options(import_blank="clear", import_primary="replace"),
    Options(import_tags="add", import_primary="replace"),
)


@pytest.mark.parametrize(("seed", "options"), list(enumerate(OPTIONS)))
def test_the_closed_loop_reaches_a_fixed_point_in_the_second_round(seed: int, options: Options) -> None:
    loop = YearLoop(year_of(seed, now=NOW, mentors=240, contacts=1_200), options)
    loop.sync()
    first = {row.mn_id: row for row in loop.rows}
    new = {mentor.mn_id for mentor in loop.mentors.values() if mentor.sync_state == "new"}
    assert loop.linted.errors == ()
    taken = loop.import_file()
    assert (taken.rejected, taken.accepted, taken.ignored_columns) == (0, len(loop.rows), [])

    changes = loop.sync()
    assert {(change.mn_id, change.field) for change in changes} == {(mn_id, "gb_contact_id") for mn_id in new}
    assert [row for row in loop.rows if row.mn_id not in new] == [
        row for mn_id, row in first.items() if mn_id not in new
    ]
    again = loop.import_file()
    assert (again.rejected, again.created, again.updated) == (0, [], [])

    before = (loop.mentors, loop.bases, loop.rows, loop.conflicts)
    assert loop.sync() == ()
    assert (loop.mentors, loop.bases, loop.rows, loop.conflicts) == before


def test_every_member_and_entry_is_linked_to_the_mentor_whose_it_is() -> None:
    loop = YearLoop(year_of(7, now=NOW, mentors=500, contacts=2_000), Options())
    loop.sync()
    truth = {mn_id: ones[0] for mn_id, ones in loop.year.world.truth.by_mn_id.items() if len(ones) == 1}
    linked = 0
    for mn_id, mentor in loop.mentors.items():
        if mentor.sync_state == "blocked" or mn_id not in truth:
            continue
        who = truth[mn_id]
        assert mentor.gb_member_id == who.member_id, who.scenario
        assert mentor.setup_submission_id == who.setup_submission_id, who.scenario
        assert mentor.training_signup_submission_id == who.training_submission_id, who.scenario
        assert (mentor.dropped, mentor.attended_training) == (who.dropped, who.attended_training), who.scenario
        assert mentor.amount_raised == Decimal(str(who.amount_raised or 0))
        linked += mentor.campaign_member
    assert linked > 100
