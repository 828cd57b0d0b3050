"""Blocked mentors: one question each, processed right after the answer, without effect on other mentors."""

from dataclasses import replace
from typing import Any

import pytest

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT, RELEASE
from tests.mentors.memory_year import MemoryYear, memory_year
from tests.support.environment import SandboxEnvironment
from tests.support.pure_review import StoredConflict

pytestmark = pytest.mark.slow


@pytest.fixture
def busy() -> MemoryYear:
    """Every scenario after the first sync: several mentors need a decision."""
    return memory_year(66, at_least=1)


def find_question(year: MemoryYear, conflict_type: str, subject: str = "") -> StoredConflict:
    """Return the first open conflict of this type and subject prefix; about contacts, one with two contacts."""
    return next(
        stored
        for stored in year.conflicts()
        if stored.conflict.conflict_type == conflict_type
        and stored.conflict.subject.startswith(subject)
        and (conflict_type != "contact_selection" or stored.conflict.option_b.value != NEW_CONTACT)
    )


def results_of_others(year: MemoryYear, *mn_ids: str) -> list[Any]:
    """Return winners, mentors, bases and import rows of all other mentors."""
    result = year.system.result
    assert result is not None
    own = {signup.submission_id for signup in result.signups.signups if signup.mn_id in mn_ids}
    return [
        [winner for winner in result.winners.winners if winner.mn_id not in mn_ids],
        [mentor for mentor in result.mentors.mentors if mentor.mn_id not in mn_ids],
        {key: base for key, base in result.mentors.bases.items() if key.submission_id not in own},
        [built.row for built in result.import_rows if built.row.mn_id not in mn_ids],
    ]


def test_a_blocked_mentor_waits_and_is_processed_after_the_answer_until_it_is_undone(
    busy_env: SandboxEnvironment,
) -> None:
    env = busy_env
    question = next(
        conflict
        for conflict in env.conflicts()
        if conflict["conflict_type"] == "contact_selection" and conflict["option_b"]["value"] != NEW_CONTACT
    )
    mn_id, chosen = question["mn_id"], question["option_b"]["value"]
    tables = (t.winner_contacts, t.mentors, t.mentor_bases, t.mn_gb_import)

    def others() -> dict[str, Any]:
        return {name: [row for row in rows if row["mn_id"] != mn_id] for name, rows in env.results(*tables).items()}

    assert env.mentor(mn_id)["sync_state"] == "blocked"
    assert env.mentor(mn_id)["gb_contact_id"] is None
    assert env.rows(t.mn_gb_import, t.mn_gb_import.c.mn_id == mn_id) == []
    before = others()

    env.decide(question["id"], "b")
    env.etl()
    mentor = env.mentor(mn_id)
    assert (mentor["sync_state"], mentor["gb_contact_id"]) == ("matched", chosen)
    assert env.import_row(mn_id)["Givebutter Contact ID"] == str(chosen)
    assert mentor["provenance"]["gb_contact_id"]["rule"] == "human"
    assert others() == before, "nobody else changes"
    assert [conflict["id"] for conflict in env.conflicts(status="decided")] == [question["id"]]

    env.undo(question["id"])
    env.etl()
    assert question["id"] in {conflict["id"] for conflict in env.conflicts()}
    blocked = env.mentor(mn_id)
    assert blocked["sync_state"] == "blocked"
    assert {**blocked, "sync_state": "matched", "sync_log_id": 0} == {**mentor, "sync_log_id": 0}, "it keeps the row"
    assert env.rows(t.mn_gb_import, t.mn_gb_import.c.mn_id == mn_id) == []


def test_each_answer_moves_its_own_mentor_alone_and_so_does_taking_it_back(busy: MemoryYear) -> None:
    asked_now = [stored for stored in busy.conflicts() if stored.conflict.blocking]
    kinds = {
        (stored.conflict.conflict_type, stored.conflict.subject.partition(":")[0]): stored.key for stored in asked_now
    }
    assert len(kinds) > 4
    for key in kinds.values():
        (stored,) = (stored for stored in busy.conflicts() if stored.key == key)  # another answer may have reopened it
        conflict = stored.conflict
        involved = {conflict.mn_id, *(other["mn_id"] for other in conflict.context.get("other_mentors", ()))}
        before = results_of_others(busy, *involved)
        busy.answer(stored, conflict.recommended_option or "b")
        assert results_of_others(busy, *involved) == before, conflict.subject
        busy.system.undo(key)
        busy.calculate()
        # About a contested contact that is linked to the other mentor now, the question is of another type.
        same_type = {key[:2]} | ({(key[0], "contact_selection")} if key[2].startswith("contested:") else set())
        assert same_type & {stored.key[:2] for stored in busy.conflicts()}
        assert busy.mentor(conflict.mn_id).sync_state == "blocked"
        assert results_of_others(busy, *involved) == before, conflict.subject
    assert busy.calculate().changes == ()


def test_a_decision_outlives_imports_and_is_never_asked_again(busy: MemoryYear) -> None:
    question = find_question(busy, "contact_selection")
    busy.answer(question, "a")
    busy.import_file()
    for _ in range(2):
        busy.sync()
        assert busy.mentor(question.conflict.mn_id).gb_contact_id == question.conflict.option_a.value
        assert question.key not in {stored.key for stored in busy.conflicts()}


def test_a_new_contact_may_be_chosen_where_two_rivals_are_asked_about(busy: MemoryYear) -> None:
    question = next(stored for stored in busy.conflicts() if isinstance(stored.conflict.option_b.value, int))
    mn_id = question.conflict.mn_id
    busy.answer(question, "custom", NEW_CONTACT)
    assert busy.mentor(mn_id).sync_state == "new"
    assert busy.import_row(mn_id).cells[col.CONTACT_ID] is None


def test_a_contact_that_nobody_proposed_may_be_chosen(busy: MemoryYear) -> None:
    question = find_question(busy, "contact_selection")
    unheard = busy.store.create(first_name="Somebody", last_name="Otherwise", emails=["any@mail.example"])
    busy.sync()
    busy.answer(question, "custom", unheard.id)
    for _ in range(2):
        assert busy.mentor(question.conflict.mn_id).gb_contact_id == unheard.id
        busy.calculate()


def test_the_holder_of_an_id_may_be_chosen(busy: MemoryYear) -> None:
    question = find_question(busy, "external_id_collision", "holder:")
    conflict, holder = question.conflict, int(question.conflict.subject.partition(":")[2])
    assert (conflict.option_a.value, conflict.option_b.value) == (RELEASE, LEAVE_UNLINKED)
    busy.answer(question, "custom", holder)
    assert busy.mentor(conflict.mn_id).gb_contact_id == holder
    once = busy.system.result
    assert once is not None
    assert busy.calculate().winners == once.winners, "the link that the answer has made changes nothing"


def test_a_mentor_left_unlinked_stays_blocked_without_being_asked_again(busy: MemoryYear) -> None:
    question = find_question(busy, "external_id_collision", "contested:")
    busy.answer(question, "custom", LEAVE_UNLINKED)
    for _ in range(2):
        assert busy.mentor(question.conflict.mn_id).sync_state == "blocked"
        assert busy.system.conflicts[question.key].status == "decided"
        busy.calculate()


def test_an_mn_id_given_twice_takes_one_of_the_two(busy: MemoryYear) -> None:
    question = find_question(busy, "external_id_collision", "signups:")
    busy.answer(question, "a")
    assert busy.mentor(question.conflict.mn_id).submission_id == question.conflict.option_a.value
    assert busy.system.result is not None
    taken = [error.subject for error in busy.system.result.signups.errors if error.error_code == "MN_ID_TAKEN"]
    assert taken == [question.conflict.option_b.value]


def test_two_people_with_one_phone_are_kept_until_a_person_joins_them(busy: MemoryYear) -> None:
    question = find_question(busy, "shared_phone")
    older, newer = question.conflict.context["mn_ids"]
    assert {older, newer} <= busy.system.mentors.keys()
    busy.answer(question, "b")
    assert busy.system.result is not None
    (signup,) = (signup for signup in busy.system.result.signups.signups if signup.mn_id == newer)
    assert older in signup.superseded_mn_ids
    assert older not in busy.system.mentors


def test_a_second_page_may_be_chosen_by_its_id(busy: MemoryYear) -> None:
    mentor = next(m for m in busy.system.mentors.values() if m.gb_member_id and m.sync_state == "matched")
    pages = next(pages for pages in busy.world.members.values() if mentor.gb_member_id in {page.id for page in pages})
    page = next(page for page in pages if page.id == mentor.gb_member_id)
    pages.append(replace(page, id=page.id + 1_000_000, raised=page.raised + 15.0))
    busy.sync()
    question = find_question(busy, "fundraising_mismatch", "campaign_member")
    mn_id, chosen = question.conflict.mn_id, question.conflict.option_b.value
    assert mn_id == mentor.mn_id
    busy.answer(question, "custom", chosen)
    assert busy.mentor(mn_id).gb_member_id == chosen
    busy.dashboard.edit_member(question.conflict.option_a.value, raised=500.0)
    busy.sync()
    assert busy.mentor(mn_id).gb_member_id == chosen, "money coming in asks nobody"


def test_answers_to_several_questions_hold_together(busy: MemoryYear) -> None:
    answered = [stored for stored in busy.conflicts() if stored.conflict.recommended_option is not None]
    for stored in answered:
        busy.system.decide(stored, stored.conflict.recommended_option)
    busy.calculate()
    once = busy.system.result
    assert once is not None
    again = busy.calculate()
    assert (again.winners, again.mentors, again.import_rows) == (once.winners, once.mentors, once.import_rows)
    decided = {key for key, stored in busy.system.conflicts.items() if stored.status == "decided"}
    assert {stored.key for stored in answered} <= decided
