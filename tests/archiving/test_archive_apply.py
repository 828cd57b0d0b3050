"""Applying the archive plan of a whole generated year, with and without faults."""

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
from mentorsync_pipeline.review.error_list import count_retry
from mentorsync_pipeline.sandbox.faults import Fault
from tests.support.archiving import apply, approve, archived, configure, false_archives, gone, plan

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def env(rounds, start_shared):
    """Return an environment that has archived all planned contacts."""
    env = start_shared(rounds["settled"], jobs=False)
    approve(env)
    apply(env)
    return env


def test_exactly_the_planned_contacts_are_archived(env):
    planned = plan(env, "planned")
    assert archived(env).keys() == planned.keys() == gone(env)
    assert false_archives(env) == []
    calls = env.server.sandbox.log.summary("givebutter").calls
    assert sum(count for call, count in calls.items() if call.startswith("DELETE")) == len(planned)


def test_applying_again_does_nothing(env):
    before = env.rows(archived_duplicates)
    env.server.sandbox.log.clear()
    apply(env)
    assert env.rows(archived_duplicates) == before
    assert env.server.sandbox.log.summary("givebutter").total == 0


def test_the_mentors_history_has_each_archive(env):
    changes = [row for row in env.rows(mn_changes) if row["change_type"] == "duplicates_archived"]
    assert sorted((row["mn_id"], row["new_value"]["contact_id"]) for row in changes) == sorted(
        (row["mn_id"], contact_id) for contact_id, row in archived(env).items()
    )


def test_dagsters_events_hold_no_personal_data(env):
    people = [person for person in env.server.sandbox.contacts.all() if person.id in archived(env)]
    secrets = {text for person in people for text in (*person.emails, *person.phones, person.last_name) if text}
    events = " ".join(str(event) for run in env.instance.get_runs() for event in env.instance.all_logs(run.run_id))
    assert not [text for text in secrets if text in events and len(text) > 5]


@pytest.mark.parametrize("key", ["archive_plan", "archived_duplicates"])
def test_the_checks_of_the_tables_pass(env, key):
    with env.engine.connect() as conn:
        assert conn.execute(sa.text(f"SELECT count(*) FROM mentorsync.{key}")).scalar_one() > 10
    report = env.run("plan_archive", year=env.year)
    assert [check for check in report.checks if check.severity == "ERROR"] == []


def test_archiving_does_not_change_the_import_rows(settled):
    approve(settled)
    apply(settled)
    before = {row["mn_id"]: row for row in settled.rows(mn_gb_import, without=["sync_log_id"])}
    settled.upload_and_recalculate()
    settled.plan_archive()
    after = {row["mn_id"]: row for row in settled.rows(mn_gb_import, without=["sync_log_id"])}
    assert after == before
    changes = [row for row in settled.rows(mn_changes) if row["change_type"] == "duplicates_archived"]
    assert changes
    assert all(row["synced_to_gb"] for row in changes)
    assert not plan(settled, "planned")


def test_nightly_archiving_can_be_configured(settled):
    configure(settled, archive_nightly="apply")
    approve(settled)  # the year's first plan
    settled.sync()
    assert gone(settled) == plan(settled, "planned").keys()
    assert false_archives(settled) == []


def test_a_contact_that_fails_is_an_error_until_it_succeeds(settled):
    approve(settled)
    contact_id = next(iter(plan(settled, "planned")))
    settled.server.dashboard.edit(contact_id, note="Changed", tags=["Changed"])
    report = apply(settled)
    assert report.assets["archived_duplicates"]["failed"] == 1
    (error,) = [row for row in settled.rows(sync_errors) if row["error_code"] == "ARCHIVE_CONTACT_CHANGED"]
    assert (error["subject"], error["resolved"], error["can_retry"]) == (str(contact_id), False, True)


def test_an_apply_that_ends_early_is_a_failed_run_with_its_counts(settled):
    approve(settled)
    planned = plan(settled, "planned")
    last = max(planned, key=lambda contact_id: planned[contact_id]["winner_contact_id"])
    settled.server.sandbox.faults.add(
        Fault("givebutter", "server_error", rate=1.0, method="DELETE", path=f"/contacts/{last}", status=401)
    )
    with pytest.raises(MentorSyncError, match=rf"SERVICE_KEY_REJECTED.* \d+ of {len(planned)} contacts were done"):
        apply(settled)
    log = [row for row in settled.rows(sync_log) if row["asset"] == "archived_duplicates"][-1]
    assert (log["status"], log["rows_in"]) == ("failed", len(planned))
    assert "SERVICE_KEY_REJECTED" in log["error"]
    assert log["rows_added"] == len(archived(settled)) == len(planned) - log["details"]["not tried"] > 0


def test_a_sync_retries_failed_contacts_only_after_a_request(settled):
    approve(settled)
    contact_id = next(iter(plan(settled, "planned")))
    faults = settled.server.sandbox.faults
    faults.add(Fault("givebutter", "server_error", rate=1.0, method="DELETE", path=f"/contacts/{contact_id}"))
    apply(settled)
    faults.clear()
    settled.sync()
    assert contact_id not in gone(settled)
    (error,) = [row for row in settled.rows(sync_errors) if row["error_code"] == "ARCHIVE_UNANSWERED"]
    with settled.engine.begin() as conn:
        count_retry(conn, [error["id"]], now=settled.now)
    settled.sync()
    assert contact_id in gone(settled)
    (error,) = [row for row in settled.rows(sync_errors) if row["error_code"] == "ARCHIVE_UNANSWERED"]
    assert error["resolution_method"] == "auto_retry"


def test_the_clean_up_archives_all_stubs(settled):
    truth = settled.server.world.truth
    settled.later()
    settled.run("plan_mass_email", year=settled.year)
    approve(settled, mass_email=True)
    apply(settled, "mass_email_cleanup")
    scenarios = Counter(truth.contacts[contact_id].scenario for contact_id in gone(settled))
    assert scenarios.keys() == {"mass_mail_stub"}
    assert scenarios["mass_mail_stub"] > 15
    assert false_archives(settled) == []
    remaining = [
        contact
        for contact in settled.server.sandbox.contacts.all()
        if contact.id in truth.contacts
        and truth.contacts[contact.id].scenario == "mass_mail_stub"
        and not contact.archived_at
    ]
    kept = {row["contact_id"] for row in settled.rows(archive_plan) if row["plan_state"] == "kept"}
    assert {contact.id for contact in remaining} <= kept
