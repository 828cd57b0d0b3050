"""Corrections of a sign-up never end a link, and stored data survives deletions (rulebook, sections 2, 3 and 7)."""

from collections.abc import Callable
from typing import Any

import pytest

from mentorsync_pipeline.db import tables as t
from tests.support.environment import SandboxEnvironment
from tests.support.small_year import small_world
from tests.support.snapshots import NewEnvironment, Snapshot

pytestmark = pytest.mark.slow

NEW_PHONE = {"full": "(706) 555-0142"}
NEW_EMAIL = "corrected@mail.example"
EDITED = "+17065550188"


@pytest.fixture(scope="session")
def young_snapshot(take_snapshot: Callable[..., Snapshot]) -> Snapshot:
    """A small environment after its first sync: mentors are linked and no file has been imported yet."""
    return take_snapshot("young", small_world(12), SandboxEnvironment.upload_and_recalculate)


@pytest.fixture
def young(young_snapshot: Snapshot, start_small: NewEnvironment) -> SandboxEnvironment:
    """This test's own copy of that environment."""
    return start_small(young_snapshot)


@pytest.fixture
def mn_id(env: SandboxEnvironment) -> str:
    """A settled mentor with one contact."""
    return single(env)


def single(env: SandboxEnvironment) -> str:
    """A mentor with one contact, who has been seen to have the same phone and name on both sides."""
    return singles(env)[0]


def singles(env: SandboxEnvironment) -> list[str]:
    scenarios = {mentor.mn_id for mentor in env.world.truth.mentors if mentor.scenario == "single"}
    agreed = {(row["mn_id"], row["field"]) for row in env.rows(t.mentor_bases)}
    return [mn_id for mn_id in sorted(scenarios) if {(mn_id, "phone"), (mn_id, "first_name")} <= agreed]


def changes_of(env: SandboxEnvironment, mn_id: str) -> list[tuple[str, str | None, str | None]]:
    rows = env.changes(t.mn_changes.c.mn_id == mn_id)
    return [(row["change_type"], row["field"], row["source"]) for row in rows]


CORRECTIONS: tuple[dict[str, Any], ...] = (
    {"mnPhone": NEW_PHONE},
    {"personalEmail": NEW_EMAIL},
    {"mnPhone": {"full": "(706) 555-0143"}, "personalEmail": "anew@mail.example", "ugaEmail": "zz-new@uga.edu"},
    {"mnPhone": {"full": ""}, "personalEmail": "", "ugaEmail": ""},
)


def test_corrected_keys_keep_the_link(young: SandboxEnvironment) -> None:
    """One correction per mentor: the phone, an email, all keys, and no key left."""
    env = young
    linked = {mn_id: env.mentor(mn_id)["gb_contact_id"] for mn_id in singles(env)[: len(CORRECTIONS)]}
    for (mn_id, contact_id), correction in zip(linked.items(), CORRECTIONS, strict=True):
        assert env.contact_of(mn_id).external_id in (None, ""), "no file has been imported yet"
        assert contact_id is not None
        env.edit_signup(mn_id, **correction)
    env.upload_and_recalculate()
    for mn_id, contact_id in linked.items():
        assert env.mentor(mn_id)["gb_contact_id"] == contact_id
        assert env.mentor(mn_id)["sync_state"] == "matched"
        assert env.import_row(mn_id)["Givebutter Contact ID"] == str(contact_id)
    before = env.results(t.contact_candidates, t.winner_contacts, t.mentors)
    env.upload_and_recalculate()
    assert env.results(t.contact_candidates, t.winner_contacts, t.mentors) == before


def test_a_corrected_email_that_another_contact_has_does_not_move_the_link_unasked(young: SandboxEnvironment) -> None:
    env, mn_id = young, single(young)
    mentor = env.mentor(mn_id)
    rival = env.sandbox.contacts.create(
        first_name=mentor["first_name"],
        last_name=mentor["last_name"],
        emails=[NEW_EMAIL],
        phones=["+17065550199"],
        tags=["Dropped 25", "SWAB 2025"],
    )
    env.upload_and_recalculate()
    env.edit_signup(mn_id, personalEmail=NEW_EMAIL, ugaEmail="", mnPhone=NEW_PHONE)
    env.upload_and_recalculate()
    assert env.mentor(mn_id)["gb_contact_id"] == mentor["gb_contact_id"]
    (question,) = env.conflicts(t.sync_conflicts.c.mn_id == mn_id)
    assert question["conflict_type"] == "contact_selection"
    assert {question["option_a"]["value"], question["option_b"]["value"]} == {rival.id, mentor["gb_contact_id"]}
    env.decide(question["id"], "a" if question["option_a"]["value"] == rival.id else "b")
    env.etl()
    assert env.mentor(mn_id)["gb_contact_id"] == rival.id, "a person may say so"


def test_a_known_page_stays_when_its_keys_change(env: SandboxEnvironment) -> None:
    mentor = next(row for row in env.rows(t.mentors) if row["gb_member_id"] is not None)
    mn_id, page = mentor["mn_id"], mentor["gb_member_id"]
    env.sandbox.dashboard.edit_member(page, email="elsewhere@mail.example", phone="+17065550111")
    env.edit_signup(mn_id, mnPhone=NEW_PHONE, personalEmail=NEW_EMAIL)
    env.upload_and_recalculate()
    after = env.mentor(mn_id)
    assert (after["gb_member_id"], after["amount_raised"]) == (page, mentor["amount_raised"])


def delete_and_restore(env: SandboxEnvironment, mn_id: str) -> None:
    submission_id = env.mentor(mn_id)["submission_id"]
    forms, form_id = env.sandbox.forms, env.config.jotform_signup_form_id
    forms.delete(form_id, submission_id)
    env.upload_and_recalculate()
    assert mn_id not in {row["mn_id"] for row in env.rows(t.mentors)}
    forms.forms[form_id].submissions[submission_id].status = "ACTIVE"
    env.upload_and_recalculate()


@pytest.mark.parametrize("kind", ["young", "env"])
def test_an_edit_survives_a_deleted_and_restored_sign_up(kind: str, request: pytest.FixtureRequest) -> None:
    env: SandboxEnvironment = request.getfixturevalue(kind)
    mn_id = single(env)
    edited_name = f"{env.mentor(mn_id)['first_name']}lyn"
    env.edit(env.mentor(mn_id)["gb_contact_id"], phones=[EDITED], first_name=edited_name)
    env.upload_and_recalculate()
    before, bases = env.mentor(mn_id), env.rows(t.mentor_bases, t.mentor_bases.c.mn_id == mn_id)
    assert (before["phone"], before["first_name"]) == (EDITED, edited_name)
    delete_and_restore(env, mn_id)
    after = env.mentor(mn_id)
    still = {name: value for name, value in before.items() if name != "sync_log_id"}
    assert {name: value for name, value in after.items() if name != "sync_log_id"} == still
    remembered = [{**row, "sync_log_id": None} for row in env.rows(t.mentor_bases, t.mentor_bases.c.mn_id == mn_id)]
    assert remembered == [{**row, "sync_log_id": None} for row in bases]
    assert changes_of(env, mn_id)[-2:] == [
        ("dropped", None, "signup_gone"),
        ("reinstated", None, "signup_returned"),
    ]


def test_a_corrected_mn_id_is_the_same_mentor(env: SandboxEnvironment, mn_id: str) -> None:
    env.edit(env.mentor(mn_id)["gb_contact_id"], first_name="Corrected")
    env.upload_and_recalculate()
    before = env.mentor(mn_id)
    env.edit_signup(mn_id, mnid="MN7001")
    env.upload_and_recalculate()
    assert env.conflicts(t.sync_conflicts.c.mn_id.in_([mn_id, "MN7001"])) == []
    after = env.mentor("MN7001")
    assert (after["gb_contact_id"], after["first_name"]) == (before["gb_contact_id"], "Corrected")
    assert after["provenance"] == before["provenance"]
    assert mn_id not in {row["mn_id"] for row in env.rows(t.mentors)}
    (signup,) = env.rows(t.deduplicated_signups, t.deduplicated_signups.c.mn_id == "MN7001")
    assert signup["superseded_mn_ids"] == [mn_id]
    assert changes_of(env, "MN7001") == [("field_change", "mn_id", "corrected_id")]
    assert not env.rows(t.mentor_bases, t.mentor_bases.c.mn_id == mn_id)
    result = env.import_file(env.new_file())
    assert result.rejected == 0
    env.upload_and_recalculate()
    assert env.contact_of("MN7001").external_id == "MN7001"
    env.edit_signup("MN7001", mnid=mn_id)
    env.upload_and_recalculate()
    assert env.mentor(mn_id)["gb_contact_id"] == before["gb_contact_id"], "and back again"
    assert env.conflicts(t.sync_conflicts.c.mn_id.in_([mn_id, "MN7001"])) == []


def test_decisions_move_with_a_corrected_mn_id(env: SandboxEnvironment, mn_id: str) -> None:
    env.edit_signup(mn_id, mnPhone=NEW_PHONE)
    env.edit(env.mentor(mn_id)["gb_contact_id"], phones=[EDITED])
    env.upload_and_recalculate()
    (question,) = env.conflicts(t.sync_conflicts.c.mn_id == mn_id)
    assert (question["conflict_type"], question["recommended_option"]) == ("phone_mismatch", None)
    env.decide(question["id"], "b")
    env.edit_signup(mn_id, mnid="MN7001")
    env.upload_and_recalculate()
    assert env.mentor("MN7001")["phone"] == EDITED
    assert env.conflicts(t.sync_conflicts.c.mn_id == "MN7001") == []
    assert [row["mn_id"] for row in env.rows(t.sync_decisions)] == ["MN7001"]


def test_an_edit_survives_the_archived_winner(env: SandboxEnvironment, mn_id: str) -> None:
    linked = env.mentor(mn_id)["gb_contact_id"]
    env.edit(linked, first_name="Corrected")
    env.upload_and_recalculate()
    env.sandbox.dashboard.archive(linked)
    env.upload_and_recalculate()
    assert env.mentor(mn_id)["first_name"] == "Corrected", "the next contact gets the edit too"
    env.sandbox.dashboard.restore(linked)
    env.upload_and_recalculate()
    after = env.mentor(mn_id)
    assert (after["gb_contact_id"], after["first_name"]) == (linked, "Corrected")


ANEW = "MN7002"


def sign_up_anew(env: SandboxEnvironment, mn_id: str, new_id: str, **changes: Any) -> str:
    """Delete the sign-up of a mentor and send the same answers again under another id, with some changes."""
    form_id = env.config.jotform_signup_form_id
    form = env.sandbox.forms.forms[form_id]
    old = env.mentor(mn_id)["submission_id"]
    answers = {**form.submissions[old].answers, "mnid": new_id, **changes}
    env.sandbox.forms.delete(form_id, old)
    return env.sandbox.forms.submit(form_id, answers).id


@pytest.mark.parametrize("pause", [False, True], ids=["at once", "a sync later"])
def test_a_new_sign_up_after_a_deletion_is_the_same_mentor(env: SandboxEnvironment, mn_id: str, pause: bool) -> None:
    contact_id = env.mentor(mn_id)["gb_contact_id"]
    env.edit(contact_id, preferred_name="Cory", phones=[EDITED])
    env.upload_and_recalculate()
    if pause:
        deleted = env.mentor(mn_id)["submission_id"]
        env.sandbox.forms.delete(env.config.jotform_signup_form_id, deleted)
        env.upload_and_recalculate()
        answers = env.sandbox.forms.forms[env.config.jotform_signup_form_id].submissions[deleted].answers
        env.submit(env.config.jotform_signup_form_id, **{**answers, "mnid": ANEW})
    else:
        sign_up_anew(env, mn_id, ANEW)
    env.upload_and_recalculate()
    after = env.mentor(ANEW)
    assert (after["gb_contact_id"], after["sync_state"]) == (contact_id, "matched")
    assert (after["preferred_name"], after["phone"]) == ("Cory", EDITED), "an edit seen once is not pushed over"
    assert env.conflicts(t.sync_conflicts.c.mn_id.in_([mn_id, ANEW])) == []
    assert mn_id not in {row["mn_id"] for row in env.rows(t.mentors)}
    assert env.round().rejected == 0
    env.upload_and_recalculate()
    contact = env.contact_of(ANEW)
    assert (contact.external_id, contact.preferred_name, contact.phones[0]) == (ANEW, "Cory", EDITED)


def test_a_link_and_a_page_outlive_a_deletion_with_corrected_keys(env: SandboxEnvironment) -> None:
    mentor = next(row for row in env.rows(t.mentors) if row["gb_member_id"] is not None and row["uga_email"])
    env.sandbox.dashboard.edit(mentor["gb_contact_id"], emails=["elsewhere@mail.example"], phones=[EDITED])
    env.sandbox.dashboard.edit_member(mentor["gb_member_id"], email="other@mail.example", phone="+17065550111")
    env.upload_and_recalculate()
    sign_up_anew(env, mentor["mn_id"], ANEW, mnPhone=NEW_PHONE, personalEmail=NEW_EMAIL)
    env.upload_and_recalculate()
    after = env.mentor(ANEW)
    assert (after["gb_contact_id"], after["gb_member_id"]) == (mentor["gb_contact_id"], mentor["gb_member_id"])
    assert changes_of(env, ANEW)[0] == ("field_change", "mn_id", "second_signup")


def test_a_decision_outlives_a_deletion(env: SandboxEnvironment, mn_id: str) -> None:
    env.edit_signup(mn_id, mnPhone=NEW_PHONE)
    env.edit(env.mentor(mn_id)["gb_contact_id"], phones=[EDITED])
    env.upload_and_recalculate()
    (question,) = env.conflicts(t.sync_conflicts.c.mn_id == mn_id)
    env.decide(question["id"], "b")
    env.upload_and_recalculate()
    sign_up_anew(env, mn_id, ANEW)
    env.upload_and_recalculate()
    assert env.mentor(ANEW)["phone"] == EDITED
    assert env.conflicts(t.sync_conflicts.c.mn_id == ANEW) == []
