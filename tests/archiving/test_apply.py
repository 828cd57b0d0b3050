"""Rulebook section 10, apply: one call per contact, a ledger entry for every step, no contact archived twice."""

from collections import Counter

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.archiving.ledger_queries import read_past_actions
from mentorsync_pipeline.db.tables import archived_duplicates, mn_changes
from mentorsync_pipeline.resources.http import KeyRejectedError, RetryPolicy, ServiceUnavailableError
from mentorsync_pipeline.sandbox.faults import Fault
from mentorsync_pipeline.sandbox.gb_json import contact_json
from tests.archiving.archive_environment import NOW

pytestmark = pytest.mark.slow


def fault(archive, kind="server_error", **values):
    archive.server.sandbox.faults.add(Fault("givebutter", kind, **values))


def test_every_loser_is_archived_by_one_call_and_its_before_image_is_stored(archive):
    images = {
        contact_id: contact_json(archive.givebutter_contact(contact_id), archive.server.sandbox.contacts.custom_fields)
        for contact_id in archive.loser_ids
    }
    applied = archive.apply(archive.plan())
    assert applied.counts == {"archived": 6, "not tried": 0}
    assert archive.archived() == set(archive.loser_ids)
    assert archive.calls("DELETE") == 6
    assert {row["contact_id"]: row["before_image"] for row in archive.entries()} == images
    assert {(row["status"], row["outcome"], row["run_id"], row["archived_at"]) for row in archive.entries()} == {
        ("archived", "done", "run 1", NOW)
    }


def test_the_mentors_history_has_each_archive_once(archive):
    archive.apply(archive.plan())
    archive.apply(archive.plan(), run_id="run 2")
    rows = archive.rows(mn_changes)
    assert sorted(row["new_value"]["contact_id"] for row in rows) == sorted(archive.loser_ids)
    assert {row["change_type"] for row in rows} == {"duplicates_archived"}
    assert all(row["resolved"] for row in rows)


def test_any_successful_status_without_a_body_is_accepted(new_archive):
    archive = new_archive(2, options={"archive_status": 200})
    assert archive.apply(archive.plan()).counts["archived"] == 2


@pytest.mark.parametrize("options", [{}, {"archived_readable": True}])
def test_a_contact_archived_by_hand_counts_as_done_and_is_not_in_the_history(new_archive, options):
    archive = new_archive(2, options=options)
    first, second = archive.loser_ids
    plan = archive.plan()
    archive.server.dashboard.archive(first)
    assert archive.apply(plan).counts == {"archived before": 1, "archived": 1, "not tried": 0}
    assert (archive.entry(first)["status"], archive.entry(first)["outcome"]) == ("archived", "found_done")
    assert archive.calls("DELETE") == 1
    assert [row["new_value"]["contact_id"] for row in archive.rows(mn_changes)] == [second]


def test_a_deleted_contact_counts_as_done(archive):
    plan = archive.plan()
    gone = archive.loser_ids[0]
    archive.server.sandbox.contacts._by_id.pop(gone)
    assert archive.apply(plan).counts == {"archived before": 1, "archived": 5, "not tried": 0}
    assert archive.entry(gone)["outcome"] == "missing"


def test_a_refused_contact_does_not_stop_the_others(archive):
    refused = archive.loser_ids[2]
    fault(archive, rate=1.0, method="DELETE", path=f"/contacts/{refused}", status=403)
    applied = archive.apply(archive.plan())
    assert applied.counts == {"archived": 5, "failed": 1, "not tried": 0}
    (error,) = applied.errors
    assert (error.error_code, error.subject, error.can_retry) == ("ARCHIVE_REFUSED", str(refused), False)
    assert archive.entry(refused)["status"] == "failed"


@pytest.mark.parametrize("status", [403, 422])
def test_a_refused_contact_is_archived_later_without_an_approval(archive, status):
    """Givebutter's answer says that the contact is as it was, so that nobody has restored it."""
    refused = archive.loser_ids[2]
    fault(archive, rate=1.0, method="DELETE", path=f"/contacts/{refused}", status=status)
    archive.apply(archive.plan())
    with archive.engine.connect() as conn:
        assert refused not in read_past_actions(conn)


def test_a_contact_without_an_answer_is_tried_again_by_the_next_run(archive):
    unanswered = archive.loser_ids[2]
    fault(archive, rate=1.0, method="DELETE", path=f"/contacts/{unanswered}")
    applied = archive.apply(archive.plan())
    (error,) = applied.errors
    assert (error.error_code, error.can_retry, applied.stopped_by) == ("ARCHIVE_UNANSWERED", True, None)
    assert archive.archived() == set(archive.loser_ids) - {unanswered}
    archive.server.sandbox.faults.clear()
    assert archive.apply(archive.plan([unanswered]), run_id="run 2").counts == {"archived": 1, "not tried": 0}
    assert (archive.entry(unanswered)["attempts"], archive.entry(unanswered)["error"]) == (2, None)


def test_a_call_whose_answer_was_lost_is_not_repeated(archive):
    lost = archive.loser_ids[2]
    fault(archive, rate=1.0, method="DELETE", path=f"/contacts/{lost}", after=True)
    archive.apply(archive.plan())
    assert lost in archive.archived()
    archive.server.sandbox.faults.clear()
    archive.server.sandbox.log.clear()
    archive.apply(archive.plan(), run_id="run 2")
    assert (archive.entry(lost)["status"], archive.entry(lost)["outcome"]) == ("archived", "done")
    assert archive.calls("DELETE") == 0


@pytest.mark.parametrize("page", ["<html>Sign in</html>", "error code: 1020"])
def test_a_page_instead_of_an_answer_archives_nothing(archive, page):
    """A proxy or a firewall may give it, with any status."""
    signed_out, *blocked = archive.loser_ids
    fault(archive, "answer", rate=1.0, method="DELETE", path=f"/contacts/{signed_out}", body=page)
    for contact_id, status in zip(blocked, (403, 404), strict=False):
        fault(archive, "answer", rate=1.0, path=f"/contacts/{contact_id}", body=page, status=status)
    kept = {signed_out, *blocked[:2]}
    applied = archive.apply(archive.plan())
    assert {error.error_code for error in applied.errors} == {"ARCHIVE_UNANSWERED"}
    assert archive.archived() == set(archive.loser_ids) - kept
    assert {archive.entry(contact_id)["status"] for contact_id in kept} == {"failed"}


def test_an_apply_ends_early_when_the_service_is_down(new_archive):
    archive = new_archive(40)
    fault(archive, rate=1.0)
    applied = archive.apply(archive.plan())
    assert isinstance(applied.stopped_by, ServiceUnavailableError)
    assert 5 <= applied.counts["failed"] < 20
    assert applied.counts["failed"] + applied.counts["not tried"] == 40
    archive.server.sandbox.faults.clear()
    archive.apply(archive.plan(), run_id="run 2")
    assert archive.archived() == set(archive.loser_ids)


def test_a_rejected_key_ends_the_apply_at_once(archive):
    fault(archive, rate=1.0, status=401)
    applied = archive.apply(archive.plan())
    assert isinstance(applied.stopped_by, KeyRejectedError)
    assert applied.errors == []
    assert {row["status"] for row in archive.entries()} == {"planned"}


def test_a_key_without_read_access_does_not_count_contacts_as_archived(archive):
    fault(archive, rate=1.0, status=403)
    applied = archive.apply(archive.plan())
    assert applied.stopped_by is not None
    assert not archive.archived()
    assert {row["status"] for row in archive.entries()} == {"planned"}


@pytest.mark.parametrize(
    "values",
    [
        {"total_contributions": 5.0},
        {"external_id": "MN8000"},
        {"tags": ["Board"]},
        {"last_name": "Elsewhere"},
        {"emails": ["somebody@mail.example"]},
    ],
)
def test_a_loser_that_changed_since_the_contact_data_is_kept(archive, values):
    plan = archive.plan()
    archive.change(archive.loser_ids[0], **values)
    (error,) = archive.apply(plan).errors
    assert (error.error_code, error.subject) == ("ARCHIVE_CONTACT_CHANGED", str(archive.loser_ids[0]))
    assert not any(value in error.message for value in ("MN8000", "Board", "Elsewhere", "somebody"))
    assert archive.archived() == set(archive.loser_ids[1:])


@pytest.mark.parametrize("change", ["archived", "unlinked", "data gone"])
def test_no_loser_is_archived_when_the_winner_has_changed(archive, change):
    carried = {"on_winner": {"emails": [archive.givebutter_contact(archive.winner_ids[0]).emails[0].casefold()]}}
    plan = archive.plan(archive.loser_ids[:2], carried_over=carried)
    winner = archive.winner_ids[0]
    if change == "archived":
        archive.server.dashboard.archive(winner)
    elif change == "unlinked":
        archive.change(winner, external_id=None)
    else:
        archive.change(winner, emails=[])
    assert {error.error_code for error in archive.apply(plan).errors} == {"ARCHIVE_WINNER_CHANGED"}
    assert not archive.archived()


def test_the_external_id_that_the_winner_needs_is_cleared_first(archive):
    loser = archive.loser_ids[0]
    archive.change(archive.winner_ids[0], external_id=None)
    archive.change(loser, external_id="MN9000")
    archive.apply(archive.plan([loser], clears_external_id="MN9000"))
    entry = archive.entry(loser)
    assert (entry["status"], entry["cleared_external_id"], entry["cleared_at"]) == ("archived", "MN9000", NOW)
    assert entry["before_image"]["external_id"] == "MN9000"
    assert archive.givebutter_contact(loser).external_id is None
    archive.change(archive.winner_ids[0], external_id="MN9000")


def test_a_release_clears_the_external_id_and_changes_nothing_else(archive):
    holder = archive.loser_ids[0]
    archive.change(holder, external_id="MN8001")
    before = contact_json(archive.givebutter_contact(holder), archive.server.sandbox.contacts.custom_fields)
    plan = archive.plan([holder], action="release", winner_contact_id=None, clears_external_id="MN8001")
    assert archive.apply(plan).counts == {"released": 1, "not tried": 0}
    after = contact_json(archive.givebutter_contact(holder), archive.server.sandbox.contacts.custom_fields)
    differing = {name for name in after if after[name] != before[name]}
    assert differing <= {"external_id", "external_ids", "updated_at"}
    assert (archive.entry(holder)["status"], archive.givebutter_contact(holder).archived_at) == ("cleared", None)


def test_a_planned_row_that_left_the_plan_is_deleted_from_the_ledger(archive):
    fault(archive, rate=1.0, status=401)
    archive.apply(archive.plan())
    archive.server.sandbox.faults.clear()
    archive.apply(archive.plan(archive.loser_ids[:1]), run_id="run 2")
    assert [row["contact_id"] for row in archive.entries()] == [archive.loser_ids[0]]


def test_an_interrupted_contact_that_left_the_plan_is_kept_with_an_error(archive):
    first, second = archive.loser_ids[:2]
    archive.apply(archive.plan([first]))
    with archive.engine.begin() as conn:
        conn.execute(sa.update(archived_duplicates).values(status="archiving", archived_at=None, outcome=None))
    archive.server.dashboard.restore(first)
    applied = archive.apply(archive.plan([second]), run_id="run 2")
    assert [error.error_code for error in applied.errors] == ["ARCHIVE_INTERRUPTED"]
    assert archive.archived() == {second}


@pytest.mark.parametrize("external_id", [None, "MN9000"], ids=["", "its External ID was removed first"])
def test_a_contact_that_was_restored_after_a_killed_apply_is_not_archived_again_unasked(archive, external_id):
    restored = archive.loser_ids[0]
    if external_id is not None:
        archive.change(archive.winner_ids[0], external_id=None)
        archive.change(restored, external_id=external_id)
    plan = archive.plan([restored], clears_external_id=external_id)
    archive.later()
    archive.apply(plan)
    with archive.engine.begin() as conn:
        conn.execute(sa.update(archived_duplicates).values(status="archiving", archived_at=None, outcome=None))
    archive.later()
    archive.server.dashboard.restore(restored)
    applied = archive.apply(plan, run_id="run 2")
    assert [error.error_code for error in applied.errors] == ["ARCHIVE_CONTACT_CHANGED"]
    assert archive.archived() == set()
    with archive.engine.connect() as conn:
        assert read_past_actions(conn)[restored].status == "archiving"
    archive.change(archive.winner_ids[0], external_id="MN9000")
    approved = archive.plan([restored])
    assert archive.apply(approved, run_id="run 3").counts == {"archived": 1, "not tried": 0}
    with archive.engine.connect() as conn:
        assert read_past_actions(conn)[restored].status == "archived"


def test_progress_is_reported_in_counts(archive):
    progress = []
    archive.apply(archive.plan(), report_progress=lambda done, total: progress.append((done, total)))
    assert progress[-1] == (6, 6)
    assert progress == sorted(progress)


def test_failing_calls_lose_and_repeat_nothing(new_archive):
    archive = new_archive(60, attempts=RetryPolicy().attempts)
    for kind, after, rate in (("server_error", False, 0.1), ("server_error", True, 0.1), ("timeout", True, 0.05)):
        fault(archive, kind, rate=rate, after=after, seconds=0.01)
    fault(archive, "rate_limited", rate=0.1, seconds=0.0)
    applied = archive.apply(archive.plan())
    assert applied.counts == Counter({"archived": 60})
    assert archive.archived() == set(archive.loser_ids)
    assert len(archive.rows(mn_changes)) == 60
