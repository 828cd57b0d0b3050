"""Duplicates on a whole generated year: planned, guarded, archived, brought back; nobody else's contact ever goes."""

from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from loop.charity import Charity
from loop.moments import NOW as START
from mentorsync_pipeline.errors import MentorSyncError
from mentorsync_pipeline.sandbox.campaign_file import campaign_settings
from mentorsync_pipeline.sandbox.faults import Fault
from mentorsync_pipeline.store.decisions import Answer, resolve
from mentorsync_pipeline.store.errors import begin_retry
from mentorsync_pipeline.tables import (
    archive_plan,
    archived_duplicates,
    contact_candidates,
    mn_changes,
    mn_gb_import,
    sync_conflicts,
    sync_errors,
    winner_contacts,
)


def approve(charity: Charity, **options: Any) -> None:
    charity.later()
    config = {"ops": {"archive_approvals": {"config": {"by": "Ann", **options}}}}
    charity.run("approve_archive", year=charity.year, config=config)


def apply(charity: Charity, job: str = "archive", **options: Any) -> Any:
    charity.later()
    return charity.run(job, year=charity.year, **options)


def restore(charity: Charity, **what: Any) -> Any:
    charity.later()
    config = {"ops": {"restored_duplicates": {"config": {"by": "Ann", **what}}}}
    return charity.run("restore_archived", year=charity.year, config=config)


def configure(charity: Charity, **changes: Any) -> None:
    """Change this year's configuration."""
    values = campaign_settings(charity.server.world.config, charity.year)
    charity.load_configuration(charity.year, values | changes)


def plan(charity: Charity, state: str | None = None) -> dict[int, dict[str, Any]]:
    rows = charity.rows(archive_plan, year=charity.year)
    return {row["contact_id"]: row for row in rows if state in (None, row["plan_state"])}


def archived(charity: Charity) -> dict[int, dict[str, Any]]:
    return {row["contact_id"]: row for row in charity.rows(archived_duplicates) if row["status"] == "archived"}


def gone(charity: Charity) -> set[int]:
    """The contacts that were alive in the generated world, or made since, and are archived in Givebutter now."""
    return {one.id for one in charity.server.sandbox.contacts.all() if one.archived_at and one.archived_at >= START}


def false_archives(charity: Charity) -> list[tuple[int, str]]:
    """The mentors' losers in the ledger that are not their own, or that are the one to keep."""
    truth = charity.server.world.truth
    wrong = []
    for contact_id, row in archived(charity).items():
        owners = [one for one in truth.by_mn_id.get(row["mn_id"], ()) if contact_id in one.own_contacts]
        if row["mn_id"] and not any(one.contact_id != contact_id for one in owners):
            wrong.append((contact_id, truth.contacts[contact_id].scenario))
    return wrong


@pytest.fixture
def settled(past, start):
    """Last sync's plan has losers whose data has arrived."""
    return start(past["settled"])


@pytest.fixture(scope="module")
def done(past, start):
    """A charity that has archived everything that needs no yes."""
    charity = start(past["settled"])
    approve(charity)
    apply(charity)
    return charity


def test_before_the_import_nothing_is_planned(past, start):
    charity = start(past["synced"])
    assert plan(charity, "planned") == {}
    assert Counter(row["reason_code"] for row in plan(charity).values())["not_confirmed"] > 10


def test_every_candidate_that_is_not_its_mentors_winner_is_in_the_plan_with_a_reason(settled):
    winners = {row["submission_id"]: row["contact_id"] for row in settled.rows(winner_contacts, year=settled.year)}
    losing = {
        row["contact_id"]
        for row in settled.rows(contact_candidates, year=settled.year)
        if winners[row["submission_id"]] != row["contact_id"]
    }
    assert plan(settled).keys() == losing
    assert all(row["reason"] and row["reason_code"] for row in plan(settled).values())


def test_what_is_planned_is_the_mentors_own_and_on_the_kept_contact(settled):
    contacts = settled.server.sandbox.contacts
    planned = plan(settled, "planned")
    assert len(planned) > 10
    for contact_id, row in planned.items():
        loser, winner = contacts.get(contact_id), contacts.get(row["winner_contact_id"])
        assert {one.casefold() for one in loser.emails} <= {one.casefold() for one in winner.emails}
        assert set(loser.tags) <= set(winner.tags)
        assert loser.total_contributions == 0


def test_a_sync_archives_nothing_by_itself(settled):
    settled.sync()
    assert gone(settled) == set()
    assert settled.rows(archived_duplicates) == []


def test_the_guard_stops_before_the_first_call_and_says_how_to_go_on(settled):
    with pytest.raises(MentorSyncError, match=r"ARCHIVE_GUARD.*more than 20 %.*archive approve --year .* --by NAME"):
        apply(settled)
    assert gone(settled) == set()
    assert settled.rows(archived_duplicates) == []


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


def test_an_approval_of_the_plan_holds_for_that_plan_alone(settled):
    approve(settled)
    one = next(iter(plan(settled, "planned")))
    settled.server.dashboard.edit(one, tags=["New"])
    settled.upload()
    settled.sync()
    settled.import_file(settled.sync())
    settled.upload()
    settled.sync()
    assert plan(settled)[one]["plan_state"] == "planned"
    with pytest.raises(MentorSyncError, match="ARCHIVE_GUARD"):
        apply(settled)


def test_an_approval_of_a_plan_that_was_not_the_one_seen_is_refused(settled):
    with pytest.raises(MentorSyncError, match=r"ARCHIVE_APPROVAL.*another one"):
        approve(settled, plan_fingerprint="0" * 64)
    with pytest.raises(MentorSyncError, match=r"ARCHIVE_APPROVAL.*asks for no approval of: 1"):
        approve(settled, contact_ids=[1])


def test_a_donor_goes_after_a_yes_and_after_what_it_hands_on_has_arrived(settled):
    donors = [one for one, row in plan(settled, "needs_approval").items() if row["reason_code"] == "donor"]
    assert donors
    approve(settled, contact_ids=donors)
    settled.later()
    settled.run("etl", year=settled.year)
    settled.run("plan_archive", year=settled.year)
    waiting = {one for one in donors if plan(settled)[one]["plan_state"] == "kept"}
    assert {plan(settled)[one]["reason_code"] for one in waiting} <= {"not_confirmed"}
    settled.upload()
    settled.import_file(settled.sync())
    settled.upload()
    settled.sync()
    approve(settled)
    apply(settled)
    assert set(donors) <= archived(settled).keys()
    assert {archived(settled)[one]["approved_by"] for one in donors} == {"Ann"}
    assert false_archives(settled) == []


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


def test_what_is_brought_back_stays_until_a_person_asks(settled):
    approve(settled)
    first = apply(settled)
    chosen = next(row for row in archived(settled).values() if row["mn_id"])
    restore(settled, mn_id=chosen["mn_id"])
    assert chosen["contact_id"] not in gone(settled)
    settled.upload()
    settled.sync()
    assert plan(settled)[chosen["contact_id"]]["reason_code"] == "restored"
    apply(settled)
    assert chosen["contact_id"] not in gone(settled)
    approve(settled, contact_ids=[chosen["contact_id"]])
    settled.run("plan_archive", year=settled.year)
    apply(settled)
    assert chosen["contact_id"] in gone(settled)
    restore(settled, run_id=first.run_id)
    assert gone(settled) == {chosen["contact_id"]}


def test_a_year_that_says_so_archives_every_night(settled):
    configure(settled, archive_nightly="apply", thresholds={"archive_share": "1"})
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
    configure(settled, thresholds={"archive_share": "1"})
    settled.later()
    settled.run("plan_mass_email", year=settled.year)
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


def test_an_external_id_that_a_person_released_goes_to_the_mentor(settled):
    conflicts = [
        row
        for row in settled.rows(sync_conflicts, year=settled.year)
        if row["option_a"]["value"] == "release" and row["status"] == "pending"
    ]
    conflict = conflicts[0]
    holder = conflict["option_a"]["metadata"]["contact_id"]
    with settled.engine.begin() as conn:
        resolve(conn, conflict["id"], Answer(choice="a", by="Ann"), now=settled.now)
    approve(settled)
    settled.later()
    settled.run("etl", year=settled.year)
    settled.run("plan_archive", year=settled.year)
    row = plan(settled)[holder]
    assert (row["action"], row["plan_state"], row["clears_external_id"]) == ("release", "planned", conflict["mn_id"])
    apply(settled)
    assert holder not in gone(settled)
    assert settled.server.sandbox.contacts.get(holder).external_id is None
    settled.upload()
    settled.import_file(settled.sync())
    settled.upload()
    settled.sync()
    linked = next(row for row in settled.rows(winner_contacts) if row["mn_id"] == conflict["mn_id"])
    assert linked["decision"] != "blocked"
    assert settled.server.sandbox.contacts.get(linked["contact_id"]).external_id == conflict["mn_id"]
    assert holder not in plan(settled, "planned")
    assert false_archives(settled) == []
