"""Duplicates of a whole generated year archived: all that is planned and nothing else, whatever goes wrong."""

from collections import Counter

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db.tables import (
    archive_plan,
    archived_duplicates,
    mn_changes,
    mn_gb_import,
    sync_errors,
    sync_log,
)
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.review.errors import begin_retry
from mentorsync_pipeline.sandbox.faults import Fault
from tests.support.archiving import apply, approve, archived, configure, false_archives, gone, plan


@pytest.fixture(scope="module")
def done(past, start):
    """A charity that has archived everything that needs no yes."""
    charity = start(past["settled"])
    approve(charity)
    apply(charity)
    return charity


def test_an_approved_plan_goes_and_only_that(done):
    planned = plan(done, "planned")
    assert archived(done).keys() == planned.keys() == gone(done)
    assert false_archives(done) == []
    calls = done.server.sandbox.log.summary("givebutter").calls
    assert sum(count for call, count in calls.items() if call.startswith("DELETE")) == len(planned)


def test_applying_again_does_nothing(done):
    before = done.rows(archived_duplicates)
    done.server.sandbox.log.clear()
    apply(done)
    assert done.rows(archived_duplicates) == before
    assert done.server.sandbox.log.summary("givebutter").total == 0


def test_the_mentors_history_has_each_archive(done):
    told = [row for row in done.rows(mn_changes) if row["change_type"] == "duplicates_archived"]
    assert sorted((row["mn_id"], row["new_value"]["contact_id"]) for row in told) == sorted(
        (row["mn_id"], contact_id) for contact_id, row in archived(done).items()
    )


def test_no_person_is_in_what_dagster_keeps(done):
    people = [one for one in done.server.sandbox.contacts.all() if one.id in archived(done)]
    secrets = {one for person in people for one in (*person.emails, *person.phones, person.last_name) if one}
    kept = " ".join(str(event) for run in done.instance.get_runs() for event in done.instance.all_logs(run.run_id))
    assert not [one for one in secrets if one in kept and len(one) > 5]


@pytest.mark.parametrize("key", ["archive_plan", "archived_duplicates"])
def test_the_checks_of_the_tables_pass(done, key):
    with done.engine.connect() as conn:
        assert conn.execute(sa.text(f"SELECT count(*) FROM mentorsync.{key}")).scalar_one() > 10
    report = done.run("plan_archive", year=done.year)
    assert [check for check in report.checks if check.severity == "ERROR"] == []


def test_the_loop_goes_on_as_before_once_the_duplicates_are_gone(settled):
    approve(settled)
    apply(settled)
    before = {row["mn_id"]: row for row in settled.rows(mn_gb_import, without=["sync_log_id"])}
    settled.upload()
    settled.sync()
    after = {row["mn_id"]: row for row in settled.rows(mn_gb_import, without=["sync_log_id"])}
    assert after == before
    told = [row for row in settled.rows(mn_changes) if row["change_type"] == "duplicates_archived"]
    assert told
    assert all(row["synced_to_gb"] for row in told)
    assert not plan(settled, "planned")


def test_a_year_that_says_so_archives_every_night(settled):
    configure(settled, archive_nightly="apply")
    approve(settled)  # the year's first plan
    settled.sync()
    assert gone(settled) == plan(settled, "planned").keys()
    assert false_archives(settled) == []


def test_a_contact_that_fails_lands_in_the_errors_until_it_succeeds(settled):
    approve(settled)
    one = next(iter(plan(settled, "planned")))
    settled.server.dashboard.edit(one, note="Changed", tags=["Changed"])
    report = apply(settled)
    assert report.assets["archived_duplicates"]["failed"] == 1
    (error,) = [row for row in settled.rows(sync_errors) if row["error_code"] == "ARCHIVE_CONTACT_CHANGED"]
    assert (error["subject"], error["resolved"], error["can_retry"]) == (str(one), False, True)


def test_an_apply_that_the_service_ended_is_a_failed_run_with_what_it_did(settled):
    approve(settled)
    planned = plan(settled, "planned")
    last = max(planned, key=lambda one: planned[one]["winner_contact_id"])
    settled.server.sandbox.faults.add(
        Fault("givebutter", "server_error", rate=1.0, method="DELETE", path=f"/contacts/{last}", status=401)
    )
    with pytest.raises(MentorSyncError, match=rf"SERVICE_KEY_REJECTED.* \d+ of {len(planned)} contacts were done"):
        apply(settled)
    log = [row for row in settled.rows(sync_log) if row["asset"] == "archived_duplicates"][-1]
    assert (log["status"], log["rows_in"]) == ("failed", len(planned))
    assert "SERVICE_KEY_REJECTED" in log["error"]
    assert log["rows_added"] == len(archived(settled)) == len(planned) - log["details"]["not tried"] > 0


def test_a_sync_tries_again_what_had_failed_once_that_is_asked_for_and_nothing_else(settled):
    approve(settled)
    one = next(iter(plan(settled, "planned")))
    faults = settled.server.sandbox.faults
    faults.add(Fault("givebutter", "server_error", rate=1.0, method="DELETE", path=f"/contacts/{one}"))
    apply(settled)
    faults.clear()
    settled.sync()
    assert one not in gone(settled)
    (error,) = [row for row in settled.rows(sync_errors) if row["error_code"] == "ARCHIVE_UNANSWERED"]
    with settled.engine.begin() as conn:
        begin_retry(conn, [error["id"]], now=settled.now)
    settled.sync()
    assert one in gone(settled)
    (error,) = [row for row in settled.rows(sync_errors) if row["error_code"] == "ARCHIVE_UNANSWERED"]
    assert error["resolution_method"] == "auto_retry"


def test_all_stubs_go_when_a_person_starts_the_clean_up(settled):
    truth = settled.server.world.truth
    settled.later()
    settled.run("plan_mass_email", year=settled.year)
    approve(settled, mass_email=True)
    apply(settled, "mass_email_cleanup")
    scenarios = Counter(truth.contacts[one].scenario for one in gone(settled))
    assert scenarios.keys() == {"mass_mail_stub"}
    assert scenarios["mass_mail_stub"] > 30
    assert false_archives(settled) == []
    left = [
        one
        for one in settled.server.sandbox.contacts.all()
        if one.id in truth.contacts and truth.contacts[one.id].scenario == "mass_mail_stub" and not one.archived_at
    ]
    kept = {row["contact_id"] for row in settled.rows(archive_plan) if row["plan_state"] == "kept"}
    assert {one.id for one in left} <= kept
