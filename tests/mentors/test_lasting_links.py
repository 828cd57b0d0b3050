"""Corrections of a sign-up never cut a link, and what is remembered survives absence (rulebook sections 2, 3 and 7)."""

from typing import Any

import pytest

from mentorsync_pipeline.db import tables as t
from tests.support.house import SandboxEnvironment
from tests.support.houses import NewHouse

NEW_PHONE = {"full": "(706) 555-0142"}
NEW_EMAIL = "corrected@mail.example"
EDITED = "+17065550188"


@pytest.fixture
def young(new_house: NewHouse) -> SandboxEnvironment:
    """A small charity after its first sync: mentors are linked and no file has been imported yet."""
    house = new_house(12)
    house.last_years_mentors()
    house.sync()
    return house


@pytest.fixture
def mn_id(house: SandboxEnvironment) -> str:
    """A settled mentor with one contact."""
    return single(house)


def single(house: SandboxEnvironment) -> str:
    """A mentor with one contact, who has been seen to have the same phone and name on both sides."""
    singles = {one.mn_id for one in house.world.truth.mentors if one.scenario == "single"}
    agreed = {(row["mn_id"], row["field"]) for row in house.rows(t.mentor_bases)}
    return next(one for one in sorted(singles) if {(one, "phone"), (one, "first_name")} <= agreed)


def changes_of(house: SandboxEnvironment, mn_id: str) -> list[tuple[str, str | None, str | None]]:
    rows = house.changes(t.mn_changes.c.mn_id == mn_id)
    return [(row["change_type"], row["field"], row["source"]) for row in rows]


CORRECTIONS: list[dict[str, Any]] = [
    {"phone": NEW_PHONE},
    {"personalEmail": NEW_EMAIL},
    {"phone": NEW_PHONE, "personalEmail": NEW_EMAIL, "ugaEmail": "zz-new@uga.edu"},
    {"mnPhone": {"full": ""}, "personalEmail": "", "ugaEmail": ""},
]


@pytest.mark.parametrize("correction", CORRECTIONS, ids=["phone", "email", "all keys", "no keys left"])
def test_corrected_keys_keep_the_link(young: SandboxEnvironment, correction: dict[str, Any]) -> None:
    house, mn_id = young, single(young)
    linked = house.mentor(mn_id)["gb_contact_id"]
    external_id = house.contact_of(mn_id).external_id
    assert external_id in (None, ""), "no file has been imported yet"
    house.edit_signup(mn_id, **correction)
    house.sync()
    assert house.mentor(mn_id)["gb_contact_id"] == linked
    assert house.mentor(mn_id)["sync_state"] == "matched"
    assert house.import_row(mn_id)["Givebutter Contact ID"] == str(linked)
    before = house.picture(t.contact_candidates, t.winner_contacts, t.mentors)
    house.sync()
    assert house.picture(t.contact_candidates, t.winner_contacts, t.mentors) == before


def test_a_corrected_email_that_another_contact_has_does_not_move_the_link_unasked(young: SandboxEnvironment) -> None:
    house, mn_id = young, single(young)
    mentor = house.mentor(mn_id)
    rival = house.sandbox.contacts.create(
        first_name=mentor["first_name"],
        last_name=mentor["last_name"],
        emails=[NEW_EMAIL],
        phones=["+17065550199"],
        tags=["Dropped 25", "SWAB 2025"],
    )
    house.sync()
    house.edit_signup(mn_id, personalEmail=NEW_EMAIL, ugaEmail="", phone=NEW_PHONE)
    house.sync()
    assert house.mentor(mn_id)["gb_contact_id"] == mentor["gb_contact_id"]
    (question,) = house.conflicts(t.sync_conflicts.c.mn_id == mn_id)
    assert question["conflict_type"] == "contact_selection"
    assert {question["option_a"]["value"], question["option_b"]["value"]} == {rival.id, mentor["gb_contact_id"]}
    house.decide(question["id"], "a" if question["option_a"]["value"] == rival.id else "b")
    house.etl()
    assert house.mentor(mn_id)["gb_contact_id"] == rival.id, "a person may say so"


def test_a_known_page_stays_when_its_keys_change(house: SandboxEnvironment) -> None:
    mentor = next(row for row in house.rows(t.mentors) if row["gb_member_id"] is not None)
    mn_id, page = mentor["mn_id"], mentor["gb_member_id"]
    house.sandbox.dashboard.edit_member(page, email="elsewhere@mail.example", phone="+17065550111")
    house.edit_signup(mn_id, phone=NEW_PHONE, personalEmail=NEW_EMAIL)
    house.sync()
    after = house.mentor(mn_id)
    assert (after["gb_member_id"], after["amount_raised"]) == (page, mentor["amount_raised"])


def delete_and_restore(house: SandboxEnvironment, mn_id: str) -> None:
    submission_id = house.mentor(mn_id)["submission_id"]
    forms, form_id = house.sandbox.forms, house.config.jotform_signup_form_id
    forms.delete(form_id, submission_id)
    house.sync()
    assert mn_id not in {row["mn_id"] for row in house.rows(t.mentors)}
    forms.forms[form_id].submissions[submission_id].status = "ACTIVE"
    house.sync()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["young", "house"])
def test_an_edit_survives_a_deleted_and_restored_sign_up(kind: str, request: pytest.FixtureRequest) -> None:
    house: SandboxEnvironment = request.getfixturevalue(kind)
    mn_id = single(house)
    house.edit(house.mentor(mn_id)["gb_contact_id"], phones=[EDITED], preferred_name="Cory")
    house.sync()
    before, bases = house.mentor(mn_id), house.rows(t.mentor_bases, t.mentor_bases.c.mn_id == mn_id)
    assert (before["phone"], before["preferred_name"]) == (EDITED, "Cory")
    delete_and_restore(house, mn_id)
    after = house.mentor(mn_id)
    still = {name: value for name, value in before.items() if name != "sync_log_id"}
    assert {name: value for name, value in after.items() if name != "sync_log_id"} == still
    remembered = [{**row, "sync_log_id": None} for row in house.rows(t.mentor_bases, t.mentor_bases.c.mn_id == mn_id)]
    assert remembered == [{**row, "sync_log_id": None} for row in bases]
    assert changes_of(house, mn_id)[-2:] == [
        ("dropped", None, "signup_gone"),
        ("reinstated", None, "signup_returned"),
    ]


def test_a_corrected_mn_id_is_the_same_mentor(house: SandboxEnvironment, mn_id: str) -> None:
    house.round()
    house.edit(house.mentor(mn_id)["gb_contact_id"], first_name="Corrected")
    house.sync()
    before = house.mentor(mn_id)
    house.edit_signup(mn_id, mnid="MN7001")
    house.sync()
    assert house.conflicts(t.sync_conflicts.c.mn_id.in_([mn_id, "MN7001"])) == []
    after = house.mentor("MN7001")
    assert (after["gb_contact_id"], after["first_name"]) == (before["gb_contact_id"], "Corrected")
    assert after["provenance"] == before["provenance"]
    assert mn_id not in {row["mn_id"] for row in house.rows(t.mentors)}
    (signup,) = house.rows(t.deduplicated_signups, t.deduplicated_signups.c.mn_id == "MN7001")
    assert signup["superseded_mn_ids"] == [mn_id]
    assert changes_of(house, "MN7001") == [("field_change", "mn_id", "corrected_id")]
    assert not house.rows(t.mentor_bases, t.mentor_bases.c.mn_id == mn_id)
    result = house.import_file(house.file())
    assert result.rejected == 0
    house.sync()
    assert house.contact_of("MN7001").external_id == "MN7001"
    house.edit_signup("MN7001", mnid=mn_id)
    house.sync()
    assert house.mentor(mn_id)["gb_contact_id"] == before["gb_contact_id"], "and back again"
    assert house.conflicts(t.sync_conflicts.c.mn_id.in_([mn_id, "MN7001"])) == []


def test_decisions_move_with_a_corrected_mn_id(house: SandboxEnvironment, mn_id: str) -> None:
    house.round()
    house.edit_signup(mn_id, phone=NEW_PHONE)
    house.edit(house.mentor(mn_id)["gb_contact_id"], phones=[EDITED])
    house.sync()
    (question,) = house.conflicts(t.sync_conflicts.c.mn_id == mn_id)
    assert (question["conflict_type"], question["recommended_option"]) == ("phone_mismatch", None)
    house.decide(question["id"], "b")
    house.edit_signup(mn_id, mnid="MN7001")
    house.sync()
    assert house.mentor("MN7001")["phone"] == EDITED
    assert house.conflicts(t.sync_conflicts.c.mn_id == "MN7001") == []
    assert [row["mn_id"] for row in house.rows(t.sync_decisions)] == ["MN7001"]


def test_an_edit_survives_the_archived_winner(house: SandboxEnvironment, mn_id: str) -> None:
    house.round()
    linked = house.mentor(mn_id)["gb_contact_id"]
    house.edit(linked, first_name="Corrected")
    house.sync()
    house.sandbox.dashboard.archive(linked)
    house.sync()
    assert house.mentor(mn_id)["first_name"] == "Corrected", "the next contact gets the edit too"
    house.sandbox.dashboard.restore(linked)
    house.sync()
    after = house.mentor(mn_id)
    assert (after["gb_contact_id"], after["first_name"]) == (linked, "Corrected")


ANEW = "MN7002"


def sign_up_anew(house: SandboxEnvironment, mn_id: str, new_id: str, **changes: Any) -> str:
    """Delete the sign-up of a mentor and send the same answers again under another id, with some changes."""
    form_id = house.config.jotform_signup_form_id
    form = house.sandbox.forms.forms[form_id]
    old = house.mentor(mn_id)["submission_id"]
    answers = {**form.submissions[old].answers, "mentorId": new_id, **changes}
    house.sandbox.forms.delete(form_id, old)
    return house.sandbox.forms.submit(form_id, answers).id


@pytest.mark.parametrize("pause", [False, True], ids=["at once", "a sync later"])
def test_who_signs_up_anew_after_a_deletion_is_the_same_mentor(
    house: SandboxEnvironment, mn_id: str, pause: bool
) -> None:
    house.round()
    contact_id = house.mentor(mn_id)["gb_contact_id"]
    house.edit(contact_id, preferred_name="Cory", phones=[EDITED])
    house.sync()
    if pause:
        deleted = house.mentor(mn_id)["submission_id"]
        house.sandbox.forms.delete(house.config.jotform_signup_form_id, deleted)
        house.sync()
        answers = house.sandbox.forms.forms[house.config.jotform_signup_form_id].submissions[deleted].answers
        house.submit(house.config.jotform_signup_form_id, **{**answers, "mentorId": ANEW})
    else:
        sign_up_anew(house, mn_id, ANEW)
    house.sync()
    after = house.mentor(ANEW)
    assert (after["gb_contact_id"], after["sync_state"]) == (contact_id, "matched")
    assert (after["preferred_name"], after["phone"]) == ("Cory", EDITED), "an edit seen once is not pushed over"
    assert house.conflicts(t.sync_conflicts.c.mn_id.in_([mn_id, ANEW])) == []
    assert mn_id not in {row["mn_id"] for row in house.rows(t.mentors)}
    assert house.round().rejected == 0
    house.sync()
    contact = house.contact_of(ANEW)
    assert (contact.external_id, contact.preferred_name, contact.phones[0]) == (ANEW, "Cory", EDITED)


def test_a_link_and_a_page_outlive_a_deletion_with_corrected_keys(house: SandboxEnvironment) -> None:
    mentor = next(row for row in house.rows(t.mentors) if row["gb_member_id"] is not None and row["uga_email"])
    house.sandbox.dashboard.edit(mentor["gb_contact_id"], emails=["elsewhere@mail.example"], phones=[EDITED])
    house.sandbox.dashboard.edit_member(mentor["gb_member_id"], email="other@mail.example", phone="+17065550111")
    house.sync()
    sign_up_anew(house, mentor["mn_id"], ANEW, phone=NEW_PHONE, personalEmail=NEW_EMAIL)
    house.sync()
    after = house.mentor(ANEW)
    assert (after["gb_contact_id"], after["gb_member_id"]) == (mentor["gb_contact_id"], mentor["gb_member_id"])
    assert changes_of(house, ANEW)[0] == ("field_change", "mn_id", "second_signup")


def test_a_decision_outlives_a_deletion(house: SandboxEnvironment, mn_id: str) -> None:
    house.round()
    house.edit_signup(mn_id, phone=NEW_PHONE)
    house.edit(house.mentor(mn_id)["gb_contact_id"], phones=[EDITED])
    house.sync()
    (question,) = house.conflicts(t.sync_conflicts.c.mn_id == mn_id)
    house.decide(question["id"], "b")
    house.sync()
    sign_up_anew(house, mn_id, ANEW)
    house.sync()
    assert house.mentor(ANEW)["phone"] == EDITED
    assert house.conflicts(t.sync_conflicts.c.mn_id == ANEW) == []
