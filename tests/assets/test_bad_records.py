"""Rulebook section 2, "One bad record is one error": invalid records of each source."""

from datetime import timedelta

import pytest

from mentorsync_pipeline.assets.raw_givebutter import raw_gb_campaign_members, raw_gb_full_contacts
from mentorsync_pipeline.assets.raw_jotform import raw_mn_signups
from mentorsync_pipeline.db.tables import raw_gb_campaign_members as members_table
from mentorsync_pipeline.db.tables import raw_gb_full_contacts as contacts_table
from mentorsync_pipeline.db.tables import raw_mn_signups as signups_table
from mentorsync_pipeline.db.tables import sync_errors
from mentorsync_pipeline.sandbox.faults import Fault
from tests.support.raw_assets import rows
from tests.support.sources import NOW

pytestmark = pytest.mark.slow

SIGNUP = "250685983663169"
LATER = NOW + timedelta(days=1)
NESTED = ["deep"]
for _ in range(200):
    NESTED = [NESTED]


def open_errors(engine):
    return {row["subject"]: row for row in rows(engine, sync_errors) if not row["resolved"]}


def corrupt(sandbox, service, path, patches):
    """Replace members of the records with these ids in the answers of a service."""
    records = {str(key): patch for key, patch in patches.items()}
    sandbox.sandbox.faults.add(Fault(service, "records", path=path, records=records, rate=1.0))


BAD_SUBMISSIONS = {
    "a date of zeros": ({"created_at": "0000-00-00 00:00:00"}, "created_at"),
    "an edit of zeros": ({"updated_at": "0000-00-00 00:00:00"}, "updated_at"),
    "the end of all years": ({"created_at": "9999-12-31 23:59:59"}, "created_at"),
    "a year without records": ({"created_at": "0001-01-01 00:00:00"}, "created_at"),
    "a time as a number": ({"created_at": 1762000000}, "created_at"),
    "no time": ({"created_at": None}, "created_at"),
    "answers that are a text": ({"answers": "none"}, "answers"),
    "an answer that is a list": ({"answers": {"3": ["x"]}}, "answers.3"),
    "a status that is an object": ({"status": {"is": "ACTIVE"}}, "status"),
    "a status without an end": ({"status": "X" * 300}, "status"),
    "nesting": ({"extra": NESTED}, "extra"),
}


BAD_IDS = [None, True, ["1"], {"is": 1}, "", "1" * 200, 1.5, "a b"]


def test_each_unreadable_submission_is_one_error(engine, materialize, sandbox, world):
    materialize(raw_mn_signups)
    before = {row["submission_id"]: row for row in rows(engine, signups_table)}
    good, *bad = world.forms[SIGNUP].submissions
    corrupted = dict(zip(bad, BAD_SUBMISSIONS.values(), strict=False))
    corrupt(sandbox, "jotform", f"{SIGNUP}/submissions", {key: patch for key, (patch, _) in corrupted.items()})
    expected = {key: field for key, (_, field) in corrupted.items()}
    sandbox.sandbox.forms.delete(SIGNUP, good)
    report = materialize(raw_mn_signups, at=LATER)
    assert (report["unreadable"], report["rows removed"]) == (len(BAD_SUBMISSIONS), 0)
    errors = open_errors(engine)
    assert errors.keys() == expected.keys()
    for key, error in errors.items():
        assert error["error_code"] == "JOTFORM_SUBMISSION_INVALID"
        assert f"submission {key}" in error["message"].casefold()
        assert expected[key] in error["message"]
    after = {row["submission_id"]: row for row in rows(engine, signups_table)}
    assert {key: after[key] for key in expected} == {key: before[key] for key in expected}
    assert after[good]["status"] == "DELETED"
    sandbox.sandbox.faults.clear()
    materialize(raw_mn_signups, at=LATER)
    assert not open_errors(engine)


def test_submissions_without_a_usable_id_remove_no_rows(engine, materialize, sandbox, world):
    materialize(raw_mn_signups)
    patches = {key: {"id": bad} for key, bad in zip(world.forms[SIGNUP].submissions, BAD_IDS, strict=False)}
    corrupt(sandbox, "jotform", f"{SIGNUP}/submissions", patches)
    assert materialize(raw_mn_signups, at=LATER)["unreadable"] == len(BAD_IDS)
    assert not [row for row in rows(engine, signups_table) if row["removed_at"]]
    assert all("without a usable id" in error["message"] for error in open_errors(engine).values())


def test_two_different_submissions_with_one_id_are_one_error(engine, materialize, sandbox, world):
    materialize(raw_mn_signups)
    key, other_id, *_ = world.forms[SIGNUP].submissions
    corrupt(sandbox, "jotform", f"{SIGNUP}/submissions", {key: {"id": other_id}})
    materialize(raw_mn_signups, at=LATER)
    assert list(open_errors(engine)) == [other_id]
    assert {row["submission_id"] for row in rows(engine, signups_table) if row["removed_at"]} == {key}


def test_the_error_of_a_malformed_answer_names_its_question(engine, materialize, sandbox, world):
    form = world.forms[SIGNUP]
    key = next(iter(form.submissions))
    (question,) = (question for question in form.questions if question.name == "personalEmail")
    answer = {"name": question.name, "type": question.type, "answer": [["a@b.example"]]}
    corrupt(sandbox, "jotform", f"{SIGNUP}/submissions", {key: {"answers": {question.qid: answer}}})
    materialize(raw_mn_signups)
    (error,) = open_errors(engine).values()
    assert "personalEmail" in error["message"]
    assert "b.example" not in error["message"]


BAD_MEMBERS = {
    "a negative amount": ({"raised": -5}, "raised"),
    "an amount as a text": ({"raised": "plenty"}, "raised"),
    "no number": ({"raised": float("nan")}, "raised"),
    "an infinite amount": ({"raised": float("inf")}, "raised"),
    "too much": ({"raised": 10**40}, "raised"),
    "true": ({"goal": True}, "goal"),
    "donors too many": ({"donors": 2**40}, "donors"),
    "half a donor": ({"donors": 1.5}, "donors"),
    "a name of lists": ({"first_name": ["Ava"]}, "first_name"),
    "a long text": ({"display_name": "x" * 100_000}, "display_name"),
    "a date of zeros": ({"created_at": "0000-00-00 00:00:00"}, "created_at"),
}


def test_each_unreadable_member_is_one_error(engine, materialize, sandbox):
    materialize(raw_gb_campaign_members)
    before = {row["member_id"]: row for row in rows(engine, members_table)}
    corrupted = dict(zip(sorted(before), BAD_MEMBERS.values(), strict=False))
    corrupt(sandbox, "givebutter", "/members", {key: patch for key, (patch, _) in corrupted.items()})
    expected = {str(key): field for key, (_, field) in corrupted.items()}
    assert materialize(raw_gb_campaign_members, at=LATER)["unreadable"] == len(BAD_MEMBERS)
    errors = open_errors(engine)
    assert errors.keys() == expected.keys()
    assert {error["error_code"] for error in errors.values()} == {"MEMBER_INVALID"}
    assert all(expected[key] in error["message"] for key, error in errors.items())
    assert {row["member_id"]: row for row in rows(engine, members_table)} == before
    sandbox.sandbox.faults.clear()
    materialize(raw_gb_campaign_members, at=LATER)
    assert not open_errors(engine)


BAD_CONTACTS = {
    "a date of zeros": ({"updated_at": "0000-00-00 00:00:00"}, "updated_at"),
    "the end of all years": ({"created_at": "9999-12-31T23:59:59-12:00"}, "created_at"),
    "a negative amount": ({"stats": {"total_contributions": -1}}, "total_contributions"),
    "stats that are a list": ({"stats": [1]}, "stats"),
    "tags that are a number": ({"tags": 7}, "tags"),
    "a tag that is an object": ({"tags": [{"name": "x"}]}, "tags"),
    "emails that are texts": ({"emails": ["a@b.example"]}, "emails"),
    "an email that is a list": ({"primary_email": ["a@b.example"]}, "primary_email"),
    "addresses of texts": ({"addresses": ["1 Main St"]}, "addresses"),
    "custom fields of texts": ({"custom_fields": ["x"]}, "custom_fields"),
    "an unknown subscription": ({"is_email_subscribed": "perhaps"}, "is_email_subscribed"),
    "an External ID without an end": ({"external_id": "M" * 3000}, "external_id"),
    "a name that is true": ({"last_name": True}, "last_name"),
    "thousands of phones": ({"phones": [{"value": f"+1404555{n:04d}"} for n in range(1_001)]}, "phones"),
    "a very long name": ({"last_name": "x" * 100_000}, "last_name"),
}


@pytest.mark.parametrize("mode", ["api_full", "api_changes"])
def test_each_unreadable_contact_is_one_error(engine, materialize, sandbox, world, mode):
    materialize(raw_gb_full_contacts, mode="api_full")
    before = {row["contact_id"]: row for row in rows(engine, contacts_table)}
    good, *bad = (contact for contact in world.contacts if contact.archived_at is None)
    corrupted = {contact.id: fault for contact, fault in zip(bad, BAD_CONTACTS.values(), strict=False)}
    corrupt(sandbox, "givebutter", "/contacts", {key: patch for key, (patch, _) in corrupted.items()})
    expected = {str(key): field for key, (_, field) in corrupted.items()}
    for contact in bad[: len(corrupted)]:
        sandbox.sandbox.contacts.change(contact, first_name="Changed")
    sandbox.sandbox.contacts.change(good, first_name="Changed")
    assert materialize(raw_gb_full_contacts, mode=mode, at=LATER)["unreadable"] == len(BAD_CONTACTS)
    errors = open_errors(engine)
    assert errors.keys() == expected.keys()
    assert {(error["error_code"], error["campaign_year"]) for error in errors.values()} == {("CONTACT_INVALID", None)}
    assert all(expected[key] in error["message"] for key, error in errors.items())
    after = {row["contact_id"]: row for row in rows(engine, contacts_table)}
    assert all(after[int(key)] == before[int(key)] for key in expected)
    assert after[good.id]["first_name"] == "Changed"
    sandbox.sandbox.faults.clear()
    materialize(raw_gb_full_contacts, mode=mode, at=LATER)
    assert not open_errors(engine)


def test_a_contact_that_could_not_be_read_is_asked_for_again_though_it_did_not_change(
    engine, materialize, sandbox, world
):
    materialize(raw_gb_full_contacts, mode="api_full")
    contact = next(contact for contact in world.contacts if contact.archived_at is None)
    corrupt(sandbox, "givebutter", "/contacts", {contact.id: {"last_name": True}})
    sandbox.sandbox.contacts.change(contact, first_name="Changed")
    assert materialize(raw_gb_full_contacts, mode="api_changes", at=LATER)["unreadable"] == 1
    contact.updated_at -= timedelta(days=2000)  # not among the changes of the next load
    sandbox.sandbox.contacts.version += 1
    sandbox.sandbox.faults.clear()
    materialize(raw_gb_full_contacts, mode="api_changes", at=LATER)
    assert not open_errors(engine)
    stored = {row["contact_id"]: row for row in rows(engine, contacts_table)}
    assert stored[contact.id]["first_name"] == "Changed"


def test_every_contact_that_could_not_be_read_is_asked_for_in_turn(engine, materialize, sandbox, world, monkeypatch):
    """Two of five in each load; of these, one makes the service fail."""
    monkeypatch.setattr("mentorsync_pipeline.assets.steps.raw_givebutter._MOST_UNREAD", 2)
    materialize(raw_gb_full_contacts, mode="api_full")
    unread = [contact for contact in world.contacts if contact.archived_at is None][:5]
    corrupt(sandbox, "givebutter", "/contacts", {contact.id: {"last_name": True} for contact in unread})
    for contact in unread:
        sandbox.sandbox.contacts.change(contact, first_name="Changed")
    assert materialize(raw_gb_full_contacts, mode="api_changes", at=LATER)["unreadable"] == 5
    for contact in unread:
        contact.updated_at -= timedelta(days=2000)  # not among the changes of the next loads
    sandbox.sandbox.contacts.version += 1
    sandbox.sandbox.faults.clear()
    lasting = [str(contact.id) for contact in unread[:3]]
    for key in lasting[:2]:
        sandbox.sandbox.faults.add(Fault("givebutter", "answer", path=f"/contacts/{key}", body="[1]", rate=1.0))
    sandbox.sandbox.faults.add(Fault("givebutter", "server_error", path=f"/contacts/{lasting[2]}", rate=1.0))
    for _ in range(3):
        materialize(raw_gb_full_contacts, mode="api_changes", at=LATER)
    assert open_errors(engine).keys() == set(lasting)
    assert len(rows(engine, sync_errors)) == 5
    sandbox.sandbox.faults.clear()
    for _ in range(2):
        materialize(raw_gb_full_contacts, mode="api_changes", at=LATER)
    assert not open_errors(engine)


def test_contacts_without_an_error_of_their_own_are_read_again_with_all_others(
    engine, materialize, sandbox, world, monkeypatch
):
    monkeypatch.setattr("mentorsync_pipeline.domain.record_fields._MAX_SINGLE_ERRORS", 1)
    unread = [contact for contact in world.contacts if contact.archived_at is None][:3]
    corrupt(sandbox, "givebutter", "/contacts", {contact.id: {"last_name": True} for contact in unread})
    materialize(raw_gb_full_contacts, mode="api_full")
    assert len(open_errors(engine)) == 2
    assert materialize(raw_gb_full_contacts, mode="api_changes", at=LATER)["origin"] == "api_full"
    sandbox.sandbox.faults.clear()
    materialize(raw_gb_full_contacts, mode="api_changes", at=LATER)
    assert not open_errors(engine)
    assert {contact.id for contact in unread} <= {row["contact_id"] for row in rows(engine, contacts_table)}
    assert materialize(raw_gb_full_contacts, mode="api_changes", at=LATER)["origin"] == "api_changes"


def test_the_error_of_an_unreadable_contact_ends_when_the_contact_is_deleted(engine, materialize, sandbox, world):
    materialize(raw_gb_full_contacts, mode="api_full")
    contact, *_ = (contact for contact in world.contacts if contact.archived_at is None)
    corrupt(sandbox, "givebutter", "/contacts", {contact.id: {"last_name": True}})
    sandbox.sandbox.contacts.change(contact, first_name="Changed")
    assert materialize(raw_gb_full_contacts, mode="api_changes", at=LATER)["unreadable"] == 1
    contact.updated_at -= timedelta(days=2000)  # not among the changes of the next load
    sandbox.sandbox.contacts.version += 1
    missing = Fault(
        "givebutter", "answer", path=f"/contacts/{contact.id}", status=404, body='{"message": "?"}', rate=1.0
    )
    sandbox.sandbox.faults.clear()
    sandbox.sandbox.faults.add(missing)
    materialize(raw_gb_full_contacts, mode="api_changes", at=LATER)
    assert not open_errors(engine)
    stored = {row["contact_id"]: row for row in rows(engine, contacts_table)}
    assert stored[contact.id]["archived_at"] == LATER


def test_a_contact_without_a_usable_id_removes_no_rows(engine, materialize, sandbox, world):
    materialize(raw_gb_full_contacts, mode="api_full")
    corrupt(sandbox, "givebutter", "/contacts", {world.contacts[0].id: {"id": True}})
    assert materialize(raw_gb_full_contacts, mode="api_full", at=LATER)["unreadable"] == 1
    assert len(rows(engine, contacts_table)) == len(world.contacts)


def test_a_mentors_contact_is_kept_when_its_answer_is_not_a_contact(engine, materialize, sandbox, world, monkeypatch):
    materialize(raw_gb_full_contacts, mode="api_full")
    contact_id, other_id, *_ = (contact.id for contact in world.contacts if contact.archived_at is None)
    monkeypatch.setattr(
        "mentorsync_pipeline.assets.steps.raw_givebutter.read_mentors_contact_ids", lambda *_: [contact_id, other_id]
    )
    sandbox.sandbox.faults.add(Fault("givebutter", "answer", path=f"/contacts/{contact_id}", body="[1]", rate=1.0))
    assert materialize(raw_gb_full_contacts, mode="api_mentors", year=2025, at=LATER)["unreadable"] == 1
    assert list(open_errors(engine)) == [str(contact_id)]
