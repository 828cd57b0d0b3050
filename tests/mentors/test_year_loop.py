"""Rulebook, sections 7 to 9, on a generated year: the loop through the sandbox's import, compared with the truth."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from mentorsync_pipeline.import_file.rules.import_rows import ImportRow
from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from mentorsync_pipeline.sandbox.options import Options
from tests.support.generated_services import GeneratedServices
from tests.support.worlds import year_of

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
    services = GeneratedServices(year_of(seed, now=NOW, mentors=70, contacts=200, at_least=1), options)
    result = services.sync()
    first = rows_of(result)
    new = {mentor.mn_id for mentor in result.mentors.mentors if mentor.sync_state == "new"}
    assert result.linted.errors == ()
    taken = services.import_file()
    assert (taken.rejected, taken.accepted, taken.ignored_columns) == (0, len(first), [])

    second = services.sync()
    assert {(change.mn_id, change.field) for change in second.changes} == {(mn_id, "gb_contact_id") for mn_id in new}
    assert {key: row for key, row in rows_of(second).items() if key not in new} == {
        key: row for key, row in first.items() if key not in new
    }
    again = services.import_file()
    assert (again.rejected, again.created, again.updated) == (0, [], [])

    third = services.sync()
    assert third.changes == ()
    assert (third.mentors, third.import_rows) == (second.mentors, second.import_rows)


def rows_of(result: YearResult) -> dict[str | None, ImportRow]:
    return {built.row.mn_id: built.row for built in result.import_rows}


def test_every_member_and_entry_is_linked_to_the_mentor_whose_it_is() -> None:
    services = GeneratedServices(year_of(7, now=NOW, mentors=250, contacts=700))
    mentors = {mentor.mn_id: mentor for mentor in services.sync().mentors.mentors}
    truth = {mn_id: ones[0] for mn_id, ones in services.world.truth.by_mn_id.items() if len(ones) == 1}
    linked = 0
    for mn_id, mentor in mentors.items():
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
