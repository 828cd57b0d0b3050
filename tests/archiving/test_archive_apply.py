"""Applying the archive plan of a whole generated year, with and without faults."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from mentorsync_pipeline.archiving.approvals import reject
from mentorsync_pipeline.automation.jobs import ARCHIVE, DUPLICATES, PLAN
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
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Applied:
    """An environment that has archived all planned contacts, and then loaded the contacts and planned again.

    `planned` and `import_rows` are from before the apply; `second_apply` has the calls of another apply.
    """

    env: SandboxEnvironment
    planned: dict[int, dict[str, Any]]
    import_rows: list[dict[str, Any]]
    first_apply: dict[str, int]
    second_apply: dict[str, int]
    ledgers: list[list[dict[str, Any]]]


@pytest.fixture(scope="module")
def applied(rounds, start_shared) -> Applied:
    """All planned contacts are archived, contact data has confirmed it, and the plan is applied and made again."""
    env = start_shared(rounds["settled"], jobs=True)
    planned, before = plan(env, "planned"), env.rows(mn_gb_import, without=["sync_log_id"])
    calls, ledgers = [], []
    approve(env)
    for _ in range(2):
        env.server.sandbox.log.clear()
        apply(env)
        calls.append(dict(env.server.sandbox.log.summary("givebutter").calls))
        ledgers.append(env.rows(archived_duplicates))
    env.upload_and_recalculate()
    env.run("plan_archive", year=env.year)
    return Applied(env, planned, before, *calls, ledgers)


def test_exactly_the_planned_contacts_are_archived(applied):
    env = applied.env
    assert archived(env).keys() == applied.planned.keys() == gone(env)
    assert len(applied.planned) > 10
    assert false_archives(env) == []
    deleted = sum(count for call, count in applied.first_apply.items() if call.startswith("DELETE"))
    assert deleted == len(applied.planned)


def test_applying_again_does_nothing(applied):
    first, second = applied.ledgers
    assert second == first
    assert applied.second_apply == {}


def test_the_mentors_history_has_each_archive_which_contact_data_confirms(applied):
    changes = [row for row in applied.env.rows(mn_changes) if row["change_type"] == "duplicates_archived"]
    assert sorted((row["mn_id"], row["new_value"]["contact_id"]) for row in changes) == sorted(
        (row["mn_id"], contact_id) for contact_id, row in archived(applied.env).items()
    )
    assert all(row["synced_to_gb"] for row in changes)


def test_dagsters_events_hold_no_personal_data(applied):
    env = applied.env
    people = [person for person in env.server.sandbox.contacts.all() if person.id in archived(env)]
    secrets = {text for person in people for text in (*person.emails, *person.phones, person.last_name) if text}
    events = " ".join(str(event) for run in env.instance.get_runs() for event in env.instance.all_logs(run.run_id))
    assert not [text for text in secrets if text in events and len(text) > 5]


def test_archiving_does_not_change_the_import_rows(applied):
    assert applied.env.rows(mn_gb_import, without=["sync_log_id"]) == applied.import_rows
    assert not plan(applied.env, "planned")


@pytest.mark.parametrize("key", ["archive_plan", "archived_duplicates"])
def test_the_checks_of_the_tables_pass(applied, key):
    table = {"archive_plan": archive_plan, "archived_duplicates": archived_duplicates}[key]
    assert len(applied.env.rows(table)) > 10
    report = applied.env.run("plan_archive", year=applied.env.year)
    assert [check for check in report.checks if check.severity == "ERROR"] == []


@pytest.fixture
def few(settled) -> SandboxEnvironment:
    """The settled environment with an approved plan of four contacts, because each one takes several calls."""
    rest = list(plan(settled, "planned"))[4:]
    with settled.engine.begin() as conn:
        reject(conn, settled.year, "duplicates", rest, by="Ann", reason=None, now=settled.now)
    settled.plan_archive()
    assert len(plan(settled, "planned")) == 4
    approve(settled)
    return settled


def archive_in_sync(env: SandboxEnvironment) -> None:
    """The steps of a sync that plan and archive."""
    env.later()
    env.run("sync", year=env.year, assets=(DUPLICATES, PLAN, ARCHIVE))


def test_nightly_archiving_can_be_configured(few):
    configure(few, archive_nightly="apply")
    archive_in_sync(few)
    assert gone(few) == plan(few, "planned").keys()
    assert len(gone(few)) == 4
    assert false_archives(few) == []


def test_a_contact_that_fails_is_an_error_until_it_succeeds(few):
    contact_id = next(iter(plan(few, "planned")))
    few.server.dashboard.edit(contact_id, note="Changed", tags=["Changed"])
    report = apply(few)
    assert report.assets["archived_duplicates"]["failed"] == 1
    (error,) = [row for row in few.rows(sync_errors) if row["error_code"] == "ARCHIVE_CONTACT_CHANGED"]
    assert (error["subject"], error["resolved"], error["can_retry"]) == (str(contact_id), False, True)


def test_an_apply_that_ends_early_is_a_failed_run_with_its_counts(few):
    planned = plan(few, "planned")
    last = max(planned, key=lambda contact_id: planned[contact_id]["winner_contact_id"])
    few.server.sandbox.faults.add(
        Fault("givebutter", "server_error", rate=1.0, method="DELETE", path=f"/contacts/{last}", status=401)
    )
    with pytest.raises(MentorSyncError, match=rf"SERVICE_KEY_REJECTED.* \d+ of {len(planned)} contacts were done"):
        apply(few)
    log = [row for row in few.rows(sync_log) if row["asset"] == "archived_duplicates"][-1]
    assert (log["status"], log["rows_in"]) == ("failed", len(planned))
    assert "SERVICE_KEY_REJECTED" in log["error"]
    assert log["rows_added"] == len(archived(few)) == len(planned) - log["details"]["not tried"] > 0


def test_a_sync_retries_failed_contacts_only_after_a_request(few):
    contact_id = next(iter(plan(few, "planned")))
    faults = few.server.sandbox.faults
    faults.add(Fault("givebutter", "server_error", rate=1.0, method="DELETE", path=f"/contacts/{contact_id}"))
    apply(few)
    faults.clear()
    archive_in_sync(few)
    assert contact_id not in gone(few)
    (error,) = [row for row in few.rows(sync_errors) if row["error_code"] == "ARCHIVE_UNANSWERED"]
    with few.engine.begin() as conn:
        count_retry(conn, [error["id"]], now=few.now)
    archive_in_sync(few)
    assert contact_id in gone(few)
    (error,) = [row for row in few.rows(sync_errors) if row["error_code"] == "ARCHIVE_UNANSWERED"]
    assert error["resolution_method"] == "auto_retry"


def test_the_clean_up_archives_all_stubs(settled):
    truth = settled.server.world.truth
    settled.later()
    settled.run("plan_mass_email", year=settled.year)
    approve(settled, purpose="mass_email")
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
