"""Corrections of a sign-up never end a link, and stored data survives deletions (rulebook, sections 2, 3 and 7)."""

from dataclasses import replace
from typing import Any

import pytest

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain import import_columns as col
from tests.mentors.memory_year import MemoryYear, memory_year
from tests.support.environment import SandboxEnvironment

NEW_PHONE = {"full": "(706) 555-0142"}
NEW_EMAIL = "corrected@mail.example"
EDITED = "+17065550188"
ANEW = "MN7002"
CORRECTIONS: tuple[dict[str, Any], ...] = (
    {"mnPhone": NEW_PHONE},
    {"personalEmail": NEW_EMAIL},
    {"mnPhone": {"full": "(706) 555-0143"}, "personalEmail": "anew@mail.example", "ugaEmail": "zz-new@uga.edu"},
    {"mnPhone": {"full": ""}, "personalEmail": "", "ugaEmail": ""},
)


@pytest.fixture
def young() -> MemoryYear:
    """A small year after its first sync: mentors are linked and no file has been imported yet."""
    return memory_year(12)


def test_corrected_keys_keep_the_link(young: MemoryYear) -> None:
    """One correction per mentor: the phone, an email, all keys, and no key left."""
    linked = {mn_id: young.mentor(mn_id).gb_contact_id for mn_id in young.singles()[: len(CORRECTIONS)]}
    for (mn_id, contact_id), correction in zip(linked.items(), CORRECTIONS, strict=True):
        assert young.contact_of(mn_id).external_id in (None, ""), "no file has been imported yet"
        assert contact_id is not None
        young.edit_signup(mn_id, **correction)
    before = young.sync()
    for mn_id, contact_id in linked.items():
        assert young.mentor(mn_id).gb_contact_id == contact_id
        assert young.mentor(mn_id).sync_state == "matched"
        assert young.import_row(mn_id).cells[col.CONTACT_ID] == str(contact_id)
    after = young.sync()
    assert (after.candidates.candidates, after.winners, after.mentors) == (
        before.candidates.candidates,
        before.winners,
        before.mentors,
    )


def test_a_corrected_email_that_another_contact_has_does_not_move_the_link_unasked(young: MemoryYear) -> None:
    mn_id = young.singles()[0]
    mentor = young.mentor(mn_id)
    rival = young.store.create(
        first_name=mentor.first_name,
        last_name=mentor.last_name,
        emails=[NEW_EMAIL],
        phones=["+17065550199"],
        tags=["Dropped 25", "SWAB 2025"],
    )
    young.sync()
    young.edit_signup(mn_id, personalEmail=NEW_EMAIL, ugaEmail="", mnPhone=NEW_PHONE)
    young.sync()
    assert young.mentor(mn_id).gb_contact_id == mentor.gb_contact_id
    (question,) = young.conflicts(mn_id)
    options = {"a": question.conflict.option_a.value, "b": question.conflict.option_b.value}
    assert question.conflict.conflict_type == "contact_selection"
    assert set(options.values()) == {rival.id, mentor.gb_contact_id}
    young.answer(question, next(letter for letter, value in options.items() if value == rival.id))
    assert young.mentor(mn_id).gb_contact_id == rival.id, "a person may say so"


def test_a_known_page_stays_when_its_keys_change(year: MemoryYear) -> None:
    mentor = next(mentor for mentor in year.system.mentors.values() if mentor.gb_member_id is not None)
    mn_id, page = mentor.mn_id, mentor.gb_member_id
    assert page is not None
    year.dashboard.edit_member(page, email="elsewhere@mail.example", phone="+17065550111")
    year.edit_signup(mn_id, mnPhone=NEW_PHONE, personalEmail=NEW_EMAIL)
    year.sync()
    after = year.mentor(mn_id)
    assert (after.gb_member_id, after.amount_raised) == (page, mentor.amount_raised)


@pytest.mark.parametrize("rounds", [0, 2])
def test_an_edit_survives_a_deleted_and_restored_sign_up(rounds: int) -> None:
    year = memory_year(12, rounds=rounds)
    mn_id = year.singles()[0]
    edited_name = f"{year.mentor(mn_id).first_name}lyn"
    year.edit(year.mentor(mn_id).gb_contact_id, phones=[EDITED], first_name=edited_name)
    year.sync()
    before, bases = year.mentor(mn_id), year.system.bases
    assert (before.phone, before.first_name) == (EDITED, edited_name)
    assert before.submission_id is not None
    year.forms.delete(year.form_id, before.submission_id)
    year.sync()
    assert mn_id not in year.system.mentors
    year.forms.restore(year.form_id, before.submission_id)
    year.sync()
    assert year.mentor(mn_id) == before
    assert {key: base for key, base in year.system.bases.items() if key.submission_id == before.submission_id} == {
        key: base for key, base in bases.items() if key.submission_id == before.submission_id
    }
    own = [(change.change_type, change.field, change.source) for change in year.changes if change.mn_id == mn_id]
    assert own[-2:] == [("dropped", None, "signup_gone"), ("reinstated", None, "signup_returned")]


def test_a_corrected_mn_id_is_the_same_mentor(year: MemoryYear, mn_id: str) -> None:
    year.edit(year.mentor(mn_id).gb_contact_id, first_name="Corrected")
    year.sync()
    before = year.mentor(mn_id)
    year.edit_signup(mn_id, mnid="MN7001")
    year.sync()
    assert year.conflicts(mn_id, "MN7001") == []
    after = year.mentor("MN7001")
    assert (after.gb_contact_id, after.first_name) == (before.gb_contact_id, "Corrected")
    assert after.provenance == before.provenance
    assert mn_id not in year.system.mentors
    assert year.changes_of("MN7001", "mn_id") == [(mn_id, "MN7001", "corrected_id")]
    assert year.import_file().rejected == 0
    year.sync()
    assert year.contact_of("MN7001").external_id == "MN7001"
    year.edit_signup("MN7001", mnid=mn_id)
    year.sync()
    assert year.mentor(mn_id).gb_contact_id == before.gb_contact_id, "and back again"
    assert year.conflicts(mn_id, "MN7001") == []


def test_a_sign_up_with_another_living_ones_mn_id_blocks_both_and_keeps_their_rows(year: MemoryYear) -> None:
    holder, taker, bystander = year.singles()[:3]
    rows = {mn_id: year.mentor(mn_id) for mn_id in (holder, taker, bystander)}
    year.changes.clear()
    year.edit_signup(taker, mnid=holder)
    for _ in range(2):
        year.sync()
        assert {mn_id: year.mentor(mn_id) for mn_id in rows} == {
            holder: replace(rows[holder], sync_state="blocked"),
            taker: replace(rows[taker], sync_state="blocked"),
            bystander: rows[bystander],
        }
        assert not {holder, taker} & {row.mn_id for row in year.system.import_rows()}
        assert not [change for change in year.changes if change.mn_id in rows]
    (question,) = year.conflicts(holder, taker)
    assert question.conflict.conflict_type == "external_id_collision"

    year.forms.edit(year.form_id, rows[taker].submission_id or "", {"mnid": taker})
    year.sync()
    assert {mn_id: year.mentor(mn_id) for mn_id in rows} == rows
    assert year.conflicts(holder, taker) == []
    assert not [change for change in year.changes if change.mn_id in rows]


def test_the_id_of_a_row_that_is_kept_meanwhile_may_go_to_a_third_sign_up(year: MemoryYear) -> None:
    holder, taker, third = year.singles()[:3]
    rows = {mn_id: year.mentor(mn_id) for mn_id in (holder, taker, third)}
    year.edit_signup(taker, mnid=holder)
    year.sync()
    year.edit_signup(third, mnid=taker)
    year.sync()
    assert year.mentor(taker).submission_id == rows[third].submission_id
    year.forms.edit(year.form_id, rows[taker].submission_id or "", {"mnid": "MN7001"})
    year.sync()
    assert year.mentor(holder).gb_contact_id == rows[holder].gb_contact_id
    # Blocked: the contact still has the External ID that the third mentor has now.
    assert replace(year.mentor("MN7001"), mn_id=taker, sync_state="matched") == rows[taker], "it was set aside"
    assert "signup_gone" not in {change.source for change in year.changes}


@pytest.mark.slow
def test_stored_rows_stay_with_a_mentor_whose_sign_up_is_deleted_and_restored_or_gets_another_id(
    env: SandboxEnvironment,
) -> None:
    mn_id, deleted, *_ = (mentor.mn_id for mentor in env.world.truth.mentors if mentor.scenario == "single")
    env.edit_signup(mn_id, mnPhone=NEW_PHONE)
    env.edit(env.mentor(mn_id)["gb_contact_id"], phones=[EDITED], first_name="Corrected")
    env.edit(env.mentor(deleted)["gb_contact_id"], phones=["+17065550189"])
    env.upload_and_recalculate()

    def stored() -> list[Any]:
        bases = env.rows(t.mentor_bases, t.mentor_bases.c.mn_id == deleted, without=["sync_log_id"])
        return [env.rows(t.mentors, t.mentors.c.mn_id == deleted, without=["sync_log_id"]), bases]

    def changes(mn_id: str) -> list[tuple[str, str | None, str | None]]:
        rows = env.changes(t.mn_changes.c.mn_id == mn_id)
        return [(row["change_type"], row["field"], row["source"]) for row in rows]

    before, stored_before, form_id = env.mentor(mn_id), stored(), env.config.jotform_signup_form_id
    (question,) = env.conflicts(t.sync_conflicts.c.mn_id == mn_id)
    assert (question["conflict_type"], question["recommended_option"]) == ("phone_mismatch", None)
    env.decide(question["id"], "b")
    env.edit_signup(mn_id, mnid="MN7001")
    submission_id = env.mentor(deleted)["submission_id"]
    env.sandbox.forms.delete(form_id, submission_id)
    env.upload_and_recalculate()
    assert env.conflicts(t.sync_conflicts.c.mn_id.in_([mn_id, "MN7001"])) == []
    assert [row["mn_id"] for row in env.rows(t.sync_decisions)] == ["MN7001"]
    after = env.mentor("MN7001")
    assert (after["gb_contact_id"], after["first_name"]) == (before["gb_contact_id"], "Corrected")
    assert after["phone"] == EDITED
    assert not {mn_id, deleted} & env.by_mn_id(t.mentors).keys()
    (signup,) = env.rows(t.deduplicated_signups, t.deduplicated_signups.c.mn_id == "MN7001")
    assert signup["superseded_mn_ids"] == [mn_id]
    assert ("field_change", "mn_id", "corrected_id") in changes("MN7001")
    assert not env.rows(t.mentor_bases, t.mentor_bases.c.mn_id == mn_id)

    env.sandbox.forms.restore(form_id, submission_id)
    env.upload_and_recalculate()
    assert stored() == stored_before
    assert changes(deleted)[-3:] == [
        ("field_change", "phone", "givebutter_edit"),
        ("dropped", None, "signup_gone"),
        ("reinstated", None, "signup_returned"),
    ]


@pytest.fixture
def decided(year: MemoryYear, mn_id: str) -> MemoryYear:
    """A year in which a person decided for Givebutter's phone of the mentor."""
    year.edit_signup(mn_id, mnPhone=NEW_PHONE)
    year.edit(year.mentor(mn_id).gb_contact_id, phones=[EDITED])
    year.sync()
    (question,) = year.conflicts(mn_id)
    year.answer(question, "b")
    return year


def test_decisions_move_with_a_corrected_mn_id(decided: MemoryYear, mn_id: str) -> None:
    decided.edit_signup(mn_id, mnid="MN7001")
    decided.sync()
    assert decided.mentor("MN7001").phone == EDITED
    assert decided.conflicts("MN7001") == []


def test_an_edit_survives_the_archived_winner(year: MemoryYear, mn_id: str) -> None:
    linked = year.contact_of(mn_id).id
    year.edit(linked, first_name="Corrected")
    year.sync()
    year.dashboard.archive(linked)
    year.sync()
    assert year.mentor(mn_id).first_name == "Corrected", "the next contact gets the edit too"
    year.dashboard.restore(linked)
    year.sync()
    after = year.mentor(mn_id)
    assert (after.gb_contact_id, after.first_name) == (linked, "Corrected")


def sign_up_anew(year: MemoryYear, mn_id: str, *, pause: bool = False, **changes: Any) -> None:
    """Delete the sign-up of a mentor and send the same answers again under another id, with some changes."""
    deleted = year.mentor(mn_id).submission_id
    assert deleted is not None
    answers = year.world.forms[str(year.form_id)].submissions[deleted].answers
    year.forms.delete(year.form_id, deleted)
    if pause:
        year.sync()
    year.sign_up(ANEW, **{**answers, **changes})
    year.sync()


@pytest.mark.parametrize("pause", [False, True], ids=["at once", "a sync later"])
def test_a_new_sign_up_after_a_deletion_is_the_same_mentor(year: MemoryYear, mn_id: str, pause: bool) -> None:
    contact_id = year.mentor(mn_id).gb_contact_id
    year.edit(contact_id, preferred_name="Cory", phones=[EDITED])
    year.sync()
    sign_up_anew(year, mn_id, pause=pause)
    after = year.mentor(ANEW)
    assert (after.gb_contact_id, after.sync_state) == (contact_id, "matched")
    assert (after.preferred_name, after.phone) == ("Cory", EDITED), "an edit seen once is not pushed over"
    assert year.conflicts(mn_id, ANEW) == []
    assert mn_id not in year.system.mentors
    assert year.import_file().rejected == 0
    year.sync()
    contact = year.contact_of(ANEW)
    assert (contact.external_id, contact.preferred_name, contact.phones[0]) == (ANEW, "Cory", EDITED)


def test_a_link_and_a_page_outlive_a_deletion_with_corrected_keys(year: MemoryYear) -> None:
    mentor = next(mentor for mentor in year.system.mentors.values() if mentor.gb_member_id and mentor.uga_email)
    assert mentor.gb_member_id is not None
    year.edit(mentor.gb_contact_id, emails=["elsewhere@mail.example"], phones=[EDITED])
    year.dashboard.edit_member(mentor.gb_member_id, email="other@mail.example", phone="+17065550111")
    year.sync()
    sign_up_anew(year, mentor.mn_id, mnPhone=NEW_PHONE, personalEmail=NEW_EMAIL)
    after = year.mentor(ANEW)
    assert (after.gb_contact_id, after.gb_member_id) == (mentor.gb_contact_id, mentor.gb_member_id)
    assert year.changes_of(ANEW, "mn_id") == [(mentor.mn_id, ANEW, "second_signup")]


def test_a_decision_outlives_a_deletion(decided: MemoryYear, mn_id: str) -> None:
    decided.sync()
    sign_up_anew(decided, mn_id)
    assert decided.mentor(ANEW).phone == EDITED
    assert decided.conflicts(ANEW) == []


@pytest.mark.slow
def test_another_contact_can_be_chosen_than_the_one_with_an_unexplained_id_in_the_database(
    env: SandboxEnvironment,
) -> None:
    store = env.sandbox.contacts
    store.create(
        first_name="Nell",
        last_name="Quarry",
        emails=["nell@mail.example"],
        phones=["+17065550199"],
        external_id="MN7777",
        tags=["Mentors 2025"],
    )
    chosen = store.create(first_name="Somebody", last_name="Else", emails=["else@mail.example"], phones=[])
    env.sign_up("MN9001", "Nell", "Quarry", mnPhone={"full": "(706) 555-0199"}, personalEmail="nell@mail.example")
    env.upload_and_recalculate()
    (question,) = env.conflicts(t.sync_conflicts.c.mn_id == "MN9001")
    assert question["subject"].startswith("unexplained:")
    env.decide(question["id"], "custom", chosen.id)
    for take_round in (env.etl, env.etl, env.round, env.upload_and_recalculate):
        take_round()
        assert env.mentor("MN9001")["gb_contact_id"] == chosen.id
        assert env.by_mn_id(t.winner_contacts)["MN9001"]["decision"] == "human"
        asked = env.conflicts(t.sync_conflicts.c.mn_id == "MN9001", t.sync_conflicts.c.blocking)
        assert asked == []
    assert store.get(chosen.id).external_id == "MN9001"
