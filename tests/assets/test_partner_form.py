"""The raw asset of the partner form, which a year may do without."""

from datetime import timedelta

import pytest

from mentorsync_pipeline.assets.raw_jotform import raw_mn_partner_preference
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db.tables import raw_mn_partner_preference as partner_table
from mentorsync_pipeline.db.tables import sync_errors, sync_log
from tests.support.raw_assets import rows
from tests.support.sources import NOW, YEAR

pytestmark = pytest.mark.slow

PARTNER = "252988541198170"


@pytest.fixture
def configure(engine, configured):
    def change(**values):
        with engine.begin() as conn:
            config = configuration.read_config(conn, YEAR)
            configuration.save_config(conn, config.model_copy(update=values))

    return change


def test_each_answer_is_stored_as_typed(engine, materialize, world):
    report = materialize(raw_mn_partner_preference)
    stored = {row["submission_id"]: row for row in rows(engine, partner_table)}
    assert stored.keys() == world.forms[PARTNER].submissions.keys()
    assert report["rows added"] == len(stored)
    row = next(row for row in stored.values() if row["partner_phone"] and row["partner_notes"])
    answers = world.forms[PARTNER].submissions[row["submission_id"]].answers
    assert row["shift_preference"] == answers["shiftPreference"]
    assert row["mn_id"] == answers["mnid"]
    assert row["partner_mn_id"] is None, "the form does not ask for it"


def test_a_year_without_the_form_has_an_empty_table_and_a_reason_in_the_report(engine, materialize, configure):
    configure(jotform_partner_form_id=None)
    report = materialize(raw_mn_partner_preference)
    assert rows(engine, partner_table) == []
    assert report["rows read"] == 0
    assert report["not fetched"] == f"{YEAR} has no partner form: jotform_partner_form_id is not set"
    (log,) = rows(engine, sync_log)
    assert (log["status"], log["rows_out"]) == ("success", 0)


def test_entries_of_a_form_that_was_taken_out_are_set_aside_and_return_with_it(engine, materialize, configure):
    materialize(raw_mn_partner_preference)
    before = rows(engine, partner_table)
    configure(jotform_partner_form_id=None)
    later = NOW + timedelta(days=1)
    assert materialize(raw_mn_partner_preference, at=later)["rows removed"] == len(before)
    assert {row["removed_at"] for row in rows(engine, partner_table)} == {later}
    assert materialize(raw_mn_partner_preference, at=later)["rows removed"] == 0
    configure(jotform_partner_form_id=PARTNER)
    assert materialize(raw_mn_partner_preference, at=later)["rows changed"] == len(before)
    assert [row["removed_at"] for row in rows(engine, partner_table)] == [None] * len(before)


def test_an_unreadable_entry_is_one_error_and_the_others_are_stored(engine, materialize, world):
    form = world.forms[PARTNER]
    key = next(iter(form.submissions))
    form.submissions[key].answers["partnerNotes"] = "x" * 70_000
    report = materialize(raw_mn_partner_preference)
    assert (report["unreadable"], report["rows added"]) == (1, len(form.submissions) - 1)
    (error,) = rows(engine, sync_errors)
    assert (error["error_code"], error["subject"]) == ("JOTFORM_SUBMISSION_INVALID", key)
    assert "partnerNotes" in error["message"]
