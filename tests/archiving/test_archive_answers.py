"""Approvals, restores and releases in an archive plan of a whole generated year (rulebook, section 10)."""

from datetime import timedelta
from typing import Any

import pytest

from mentorsync_pipeline.archiving import approvals
from mentorsync_pipeline.archiving.plan_store import read_plan_rows
from mentorsync_pipeline.archiving.rules.archive_guard import PlanHistory, evaluate_guard
from mentorsync_pipeline.archiving.rules.plan_records import PlanRow
from mentorsync_pipeline.db.plan_status import read_plan_statuses
from mentorsync_pipeline.db.tables import sync_conflicts
from mentorsync_pipeline.domain.config import Thresholds
from mentorsync_pipeline.domain.conflicts import RELEASE
from mentorsync_pipeline.mentors.duplicates import read_rejections
from mentorsync_pipeline.sandbox.gb_json import contact_json
from tests.mentors.memory_year import MemoryYear, memory_year
from tests.support.archiving import approve, plan
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow


@pytest.fixture
def year() -> MemoryYear:
    """Every scenario after a round and a sync: the plan has losers whose data has arrived."""
    return memory_year(66, rounds=1, seed=2, at_least=1)


def rows_of(year: MemoryYear, state: str | None = None) -> dict[int, PlanRow]:
    """The rows of the year's plan in this state, or all, by contact id."""
    assert year.system.result is not None
    return {row.contact_id: row for row in year.system.result.plan if state in (None, row.plan_state)}


def apply(year: MemoryYear) -> dict[int, str | None]:
    """Apply the plan and return the mentors of the archived contacts by contact id."""

    def look(contact_id: int) -> dict[str, Any] | None:
        contact = year.store.get(contact_id)
        is_active = contact is not None and contact.archived_at is None
        return contact_json(contact, year.store.custom_fields) if contact is not None and is_active else None

    def clear(contact_id: int) -> None:
        year.dashboard.edit(contact_id, external_id=None)

    return {row.contact_id: row.mn_id for row in year.system.apply(look, year.dashboard.archive, clear)}


def false_archives(year: MemoryYear, archived: dict[int, str | None]) -> set[int]:
    """Archived contacts that are not the mentor's own, or that are the one to keep."""
    return {
        contact_id
        for contact_id, mn_id in archived.items()
        if not any(
            contact_id in mentor.own_contacts and mentor.contact_id != contact_id
            for mentor in year.world.truth.by_mn_id.get(mn_id or "", ())
        )
    }


def test_an_approval_of_a_plan_does_not_hold_for_a_contact_that_changed(year: MemoryYear) -> None:
    planned = rows_of(year, "planned")
    approved = {(row.contact_id, row.input_fingerprint) for row in planned.values()}

    def stops() -> bool:
        rows = rows_of(year, "planned").values()
        return evaluate_guard(rows, 600, Thresholds(), approved, PlanHistory(is_first=True)).stops

    assert not stops()
    contact_id = next(iter(planned))
    year.edit(contact_id, tags=["New"])
    for _ in range(2):  # the tag is on the winner after an import
        year.sync()
        year.import_file()
    year.sync()
    assert rows_of(year)[contact_id].plan_state == "planned"
    assert stops()


def test_a_donor_is_archived_after_an_approval_and_after_its_data_is_on_the_winner(year: MemoryYear) -> None:
    donors = {contact_id for contact_id, row in rows_of(year).items() if row.reason_code == "donor"}
    assert donors
    for contact_id in donors:
        year.edit(contact_id, tags=["Alumni"])
    year.sync()
    assert {rows_of(year, "needs_approval")[contact_id].reason_code for contact_id in donors} == {"donor"}
    for contact_id in donors:
        year.system.approve(rows_of(year)[contact_id])
    year.calculate()
    assert {rows_of(year, "kept")[contact_id].reason_code for contact_id in donors} == {"not_confirmed"}
    assert not donors & apply(year).keys()
    year.import_file()
    year.sync()
    assert {rows_of(year, "planned")[contact_id].approved_by for contact_id in donors} == {"Robin"}
    archived = apply(year)
    assert donors <= archived.keys()
    assert false_archives(year, archived) == set()


def test_a_restored_contact_is_kept_until_an_approval(year: MemoryYear) -> None:
    archived = apply(year)
    chosen = next(contact_id for contact_id, mn_id in archived.items() if mn_id)
    year.dashboard.restore(chosen)
    year.system.restored(chosen)
    year.sync()
    assert rows_of(year)[chosen].reason_code == "restored"
    assert chosen not in apply(year)
    year.now += timedelta(minutes=10)
    year.system.approve(rows_of(year)[chosen])
    year.calculate()
    assert apply(year).keys() == {chosen}


def test_a_released_external_id_is_assigned_to_the_mentor(year: MemoryYear) -> None:
    question = next(stored for stored in year.conflicts() if stored.conflict.option_a.value == RELEASE)
    mn_id, holder = question.conflict.mn_id, question.conflict.option_a.metadata["contact_id"]
    year.answer(question, "a")
    row = rows_of(year)[holder]
    assert (row.action, row.plan_state, row.clears_external_id) == ("release", "planned", mn_id)
    archived = apply(year)
    contact = year.store.get(holder)
    assert contact is not None
    assert (contact.archived_at, contact.external_id) == (None, None)
    year.sync()
    assert year.import_file().rejected == 0
    year.sync()
    assert year.mentor(mn_id).sync_state == "matched"
    assert year.contact_of(mn_id).external_id == mn_id
    assert holder not in rows_of(year, "planned")
    assert holder not in archived
    assert false_archives(year, archived) == set()


def test_the_next_plan_reads_approvals_and_releases(settled: SandboxEnvironment) -> None:
    donors = [
        contact_id for contact_id, row in plan(settled, "needs_approval").items() if row["reason_code"] == "donor"
    ]
    release = next(
        row
        for row in settled.rows(sync_conflicts, year=settled.year)
        if row["option_a"]["value"] == RELEASE and row["status"] == "pending"
    )
    approve(settled, donors)
    settled.decide(release["id"], "a")
    settled.etl()
    settled.plan_archive()
    rows = plan(settled)
    assert donors
    assert {(rows[contact_id]["plan_state"], rows[contact_id]["approved_by"]) for contact_id in donors} == {
        ("planned", "Ann")
    }
    row = rows[release["option_a"]["metadata"]["contact_id"]]
    assert (row["action"], row["plan_state"], row["clears_external_id"]) == ("release", "planned", release["mn_id"])


def test_the_later_of_two_answers_holds_whatever_the_clocks_say(settled: SandboxEnvironment) -> None:
    year, now = settled.year, settled.now
    with settled.engine.begin() as conn:
        row = next(row for row in read_plan_rows(conn, year, "duplicates") if row.archives)
        approvals.approve(conn, year, [row], scope="contact", by="Ann", now=now)
        approvals.reject(
            conn, year, "duplicates", [row.contact_id], by="Bo", reason=None, now=now - timedelta(minutes=2)
        )
        assert read_rejections(conn).keys() == {row.contact_id}
        assert read_plan_statuses(conn, year, "duplicates")[row.contact_id] == "kept"
