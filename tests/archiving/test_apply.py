"""Rulebook section 10, apply: one call per contact, everything in the ledger, nobody archived by mistake or twice."""

from collections import Counter

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db.tables import archived_duplicates, mn_changes
from mentorsync_pipeline.resources.http import KeyRejectedError, ServiceUnavailableError
from mentorsync_pipeline.sandbox.faults import Fault
from mentorsync_pipeline.sandbox.gb_json import contact_json
from tests.archiving.attic import NOW


def fault(attic, kind="server_error", **values):
    attic.server.sandbox.faults.add(Fault("givebutter", kind, **values))


def test_every_loser_is_archived_by_one_call_and_kept_as_it_was(attic):
    images = {
        one: contact_json(attic.held(one), attic.server.sandbox.contacts.custom_fields) for one in attic.loser_ids
    }
    applied = attic.apply(attic.plan())
    assert applied.counts == {"archived": 6, "not tried": 0}
    assert attic.archived() == set(attic.loser_ids)
    assert attic.calls("DELETE") == 6
    assert {row["contact_id"]: row["before_image"] for row in attic.rows()} == images
    assert {(row["status"], row["outcome"], row["run_id"], row["archived_at"]) for row in attic.rows()} == {
        ("archived", "done", "run 1", NOW)
    }


def test_the_mentors_history_tells_each_archive_once(attic):
    attic.apply(attic.plan())
    attic.apply(attic.plan(), run_id="run 2")
    told = attic.rows(mn_changes)
    assert sorted(row["new_value"]["contact_id"] for row in told) == sorted(attic.loser_ids)
    assert {row["change_type"] for row in told} == {"duplicates_archived"}
    assert all(row["resolved"] for row in told)


def test_an_answer_without_a_body_will_do_whatever_its_status(new_attic):
    attic = new_attic(2, options={"archive_status": 200})
    assert attic.apply(attic.plan()).counts["archived"] == 2


@pytest.mark.parametrize("options", [{}, {"archived_readable": True}])
def test_a_contact_that_somebody_archived_before_counts_as_done_and_is_nobodys_deed_of_ours(new_attic, options):
    attic = new_attic(2, options=options)
    first, second = attic.loser_ids
    plan = attic.plan()
    attic.server.dashboard.archive(first)
    assert attic.apply(plan).counts == {"archived before": 1, "archived": 1, "not tried": 0}
    assert (attic.entry(first)["status"], attic.entry(first)["outcome"]) == ("archived", "found_done")
    assert attic.calls("DELETE") == 1
    assert [row["new_value"]["contact_id"] for row in attic.rows(mn_changes)] == [second]


def test_a_contact_that_is_gone_counts_as_done(attic):
    plan = attic.plan()
    gone = attic.loser_ids[0]
    attic.server.sandbox.contacts._by_id.pop(gone)
    assert attic.apply(plan).counts == {"archived before": 1, "archived": 5, "not tried": 0}
    assert attic.entry(gone)["outcome"] == "missing"


def test_a_contact_that_givebutter_will_not_archive_does_not_stop_the_others(attic):
    stubborn = attic.loser_ids[2]
    fault(attic, rate=1.0, method="DELETE", path=f"/contacts/{stubborn}", status=403)
    applied = attic.apply(attic.plan())
    assert applied.counts == {"archived": 5, "failed": 1, "not tried": 0}
    (error,) = applied.errors
    assert (error.error_code, error.subject, error.can_retry) == ("ARCHIVE_REFUSED", str(stubborn), False)
    assert attic.entry(stubborn)["status"] == "failed"


def test_a_contact_without_an_answer_is_tried_again_by_the_next_run(attic):
    silent = attic.loser_ids[2]
    fault(attic, rate=1.0, method="DELETE", path=f"/contacts/{silent}")
    applied = attic.apply(attic.plan())
    (error,) = applied.errors
    assert (error.error_code, error.can_retry, applied.stopped_by) == ("ARCHIVE_UNANSWERED", True, None)
    assert attic.archived() == set(attic.loser_ids) - {silent}
    attic.server.sandbox.faults.clear()
    assert attic.apply(attic.plan([silent]), run_id="run 2").counts == {"archived": 1, "not tried": 0}
    assert (attic.entry(silent)["attempts"], attic.entry(silent)["error"]) == (2, None)


def test_a_call_whose_answer_was_lost_is_found_out_and_never_repeated(attic):
    lost = attic.loser_ids[2]
    fault(attic, rate=1.0, method="DELETE", path=f"/contacts/{lost}", after=True)
    attic.apply(attic.plan())
    assert lost in attic.archived()
    attic.server.sandbox.faults.clear()
    attic.server.sandbox.log.clear()
    attic.apply(attic.plan(), run_id="run 2")
    assert (attic.entry(lost)["status"], attic.entry(lost)["outcome"]) == ("archived", "done")
    assert attic.calls("DELETE") == 0


def test_a_service_that_is_down_is_given_up_on(new_attic):
    attic = new_attic(40)
    fault(attic, rate=1.0)
    applied = attic.apply(attic.plan())
    assert isinstance(applied.stopped_by, ServiceUnavailableError)
    assert 5 <= applied.counts["failed"] < 20
    assert applied.counts["failed"] + applied.counts["not tried"] == 40
    attic.server.sandbox.faults.clear()
    attic.apply(attic.plan(), run_id="run 2")
    assert attic.archived() == set(attic.loser_ids)


def test_a_refused_key_ends_it_at_once(attic):
    fault(attic, rate=1.0, status=401)
    applied = attic.apply(attic.plan())
    assert isinstance(applied.stopped_by, KeyRejectedError)
    assert applied.errors == []
    assert {row["status"] for row in attic.rows()} == {"planned"}


def test_a_key_that_reads_nothing_does_not_make_contacts_archived(attic):
    fault(attic, rate=1.0, status=403)
    applied = attic.apply(attic.plan())
    assert applied.stopped_by is not None
    assert not attic.archived()
    assert {row["status"] for row in attic.rows()} == {"planned"}


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
def test_a_loser_that_has_changed_since_the_contact_data_is_left_alone(attic, values):
    plan = attic.plan()
    attic.change(attic.loser_ids[0], **values)
    (error,) = attic.apply(plan).errors
    assert (error.error_code, error.subject) == ("ARCHIVE_CONTACT_CHANGED", str(attic.loser_ids[0]))
    assert not any(value in error.message for value in ("MN8000", "Board", "Elsewhere", "somebody"))
    assert attic.archived() == set(attic.loser_ids[1:])


@pytest.mark.parametrize("how", ["archived", "unlinked", "data gone"])
def test_nothing_goes_when_the_kept_contact_is_not_what_the_plan_relies_on(attic, how):
    carried = {"on_winner": {"emails": [attic.held(attic.winner_ids[0]).emails[0].casefold()]}}
    plan = attic.plan(attic.loser_ids[:2], carried_over=carried)
    winner = attic.winner_ids[0]
    if how == "archived":
        attic.server.dashboard.archive(winner)
    elif how == "unlinked":
        attic.change(winner, external_id=None)
    else:
        attic.change(winner, emails=[])
    assert {error.error_code for error in attic.apply(plan).errors} == {"ARCHIVE_WINNER_CHANGED"}
    assert not attic.archived()


def test_the_external_id_that_the_winner_needs_is_taken_off_first(attic):
    loser = attic.loser_ids[0]
    attic.change(attic.winner_ids[0], external_id=None)
    attic.change(loser, external_id="MN9000")
    attic.apply(attic.plan([loser], clears_external_id="MN9000"))
    entry = attic.entry(loser)
    assert (entry["status"], entry["cleared_external_id"], entry["cleared_at"]) == ("archived", "MN9000", NOW)
    assert entry["before_image"]["external_id"] == "MN9000"
    assert attic.held(loser).external_id is None
    attic.change(attic.winner_ids[0], external_id="MN9000")


def test_a_release_takes_the_external_id_off_and_nothing_else(attic):
    holder = attic.loser_ids[0]
    attic.change(holder, external_id="MN8001")
    before = contact_json(attic.held(holder), attic.server.sandbox.contacts.custom_fields)
    plan = attic.plan([holder], action="release", winner_contact_id=None, clears_external_id="MN8001")
    assert attic.apply(plan).counts == {"released": 1, "not tried": 0}
    after = contact_json(attic.held(holder), attic.server.sandbox.contacts.custom_fields)
    differing = {name for name in after if after[name] != before[name]}
    assert differing <= {"external_id", "external_ids", "updated_at"}
    assert (attic.entry(holder)["status"], attic.held(holder).archived_at) == ("cleared", None)


def test_a_planned_row_that_the_plan_lost_is_taken_out_of_the_ledger(attic):
    fault(attic, rate=1.0, status=401)
    attic.apply(attic.plan())
    attic.server.sandbox.faults.clear()
    attic.apply(attic.plan(attic.loser_ids[:1]), run_id="run 2")
    assert [row["contact_id"] for row in attic.rows()] == [attic.loser_ids[0]]


def test_a_contact_under_way_that_the_plan_lost_stays_and_is_told(attic):
    first, second = attic.loser_ids[:2]
    attic.apply(attic.plan([first]))
    with attic.engine.begin() as conn:
        conn.execute(sa.update(archived_duplicates).values(status="archiving", archived_at=None, outcome=None))
    attic.server.dashboard.restore(first)
    applied = attic.apply(attic.plan([second]), run_id="run 2")
    assert [error.error_code for error in applied.errors] == ["ARCHIVE_INTERRUPTED"]
    assert attic.archived() == {second}


def test_how_far_it_is_is_told_in_counts(attic):
    told = []
    attic.apply(attic.plan(), say=lambda done, total: told.append((done, total)))
    assert told[-1] == (6, 6)
    assert told == sorted(told)


def test_a_third_of_the_calls_failing_loses_and_repeats_nothing(new_attic):
    attic = new_attic(60, attempts=14)  # so that hardly any call fails every time
    for kind, after, rate in (("server_error", False, 0.1), ("server_error", True, 0.1), ("timeout", True, 0.05)):
        fault(attic, kind, rate=rate, after=after, seconds=0.01)
    fault(attic, "rate_limited", rate=0.1, seconds=0.0)
    applied = attic.apply(attic.plan())
    assert applied.counts == Counter({"archived": 60})
    assert attic.archived() == set(attic.loser_ids)
    assert len(attic.rows(mn_changes)) == 60
