"""Rulebook section 2, "A list that shrinks": a short list changes nothing until a person accepts it."""

from datetime import timedelta

import dagster as dg
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.assets.raw_givebutter import raw_gb_campaign_members, raw_gb_full_contacts
from mentorsync_pipeline.assets.raw_jotform import RAW_FORMS, raw_mn_signups
from mentorsync_pipeline.db.audited_change import Actor, ChangeContext
from mentorsync_pipeline.db.tables import audit_log, sync_errors
from mentorsync_pipeline.db.tables import raw_gb_campaign_members as members_table
from mentorsync_pipeline.db.tables import raw_gb_full_contacts as contacts_table
from mentorsync_pipeline.db.tables import raw_mn_signups as signups_table
from mentorsync_pipeline.domain.list_guard import CELLS_UNUSABLE, LIST_SHRUNK
from mentorsync_pipeline.review import error_list, service
from mentorsync_pipeline.sandbox.faults import Fault
from tests.support.raw_assets import rows
from tests.support.sources import NOW, YEAR

pytestmark = pytest.mark.slow

SIGNUP = "250685983663169"
LATER = NOW + timedelta(days=1)


def open_errors(engine):
    return [row for row in rows(engine, sync_errors) if not row["resolved"]]


def shorten(sandbox, service, path, keep):
    sandbox.sandbox.faults.add(Fault(service, "short", path=path, keep=keep, rate=1.0))


def accept(engine, by="ana", *, at=LATER):
    (error,) = (row for row in open_errors(engine) if row["error_code"] == LIST_SHRUNK)
    context = ChangeContext(
        engine=engine,
        actor=Actor(name=by, via="local"),
        now=lambda: at,
        instance=dg.DagsterInstance.ephemeral,
    )
    return service.accept_errors(context, [error["id"]])


@pytest.mark.parametrize("asset", [*RAW_FORMS, raw_gb_campaign_members], ids=lambda asset: asset.key.to_user_string())
def test_neither_a_short_list_nor_unchanged_data_changes_rows(engine, materialize, sandbox, asset):
    (table,) = (t for t in signups_table.metadata.sorted_tables if t.name == asset.key.to_user_string())
    first = materialize(asset)
    assert first["rows added"] == first["rows read"] > 10
    before = rows(engine, table)
    service_name = "givebutter" if asset is raw_gb_campaign_members else "jotform"
    shorten(sandbox, service_name, "/members" if service_name == "givebutter" else "/submissions", keep=3)
    report = materialize(asset, at=LATER)
    assert (report["list refused"], report["rows removed"], report["rows added"]) == (1, 0, 0)
    assert rows(engine, table) == before
    (error,) = open_errors(engine)
    assert (error["error_code"], error["campaign_year"], error["severity"]) == (LIST_SHRUNK, YEAR, "high")
    assert table.name in error["message"]
    sandbox.sandbox.faults.clear()
    second = materialize(asset, at=LATER)
    assert second["rows unchanged"] == second["rows read"] == first["rows read"]
    assert not open_errors(engine)
    assert rows(engine, table) == before


def test_an_accepted_list_is_applied_once(engine, materialize, sandbox, world):
    materialize(raw_mn_signups)
    shorten(sandbox, "jotform", f"{SIGNUP}/submissions", keep=20)
    materialize(raw_mn_signups, at=LATER)
    accept(engine)
    report = materialize(raw_mn_signups, at=LATER)
    active = [row for row in rows(engine, signups_table) if row["removed_at"] is None]
    assert (report["short list accepted"], len(active)) == (1, 20)
    (error,) = rows(engine, sync_errors)
    assert (error["resolution_method"], error["resolved_by"]) == ("manual", "ana")
    (entry,) = rows(engine, audit_log)
    assert (entry["act"], entry["subject"], entry["who"]) == ("list_accepted", "raw_mn_signups", "ana")
    sandbox.sandbox.faults.clear()
    materialize(raw_mn_signups, at=LATER)
    shorten(sandbox, "jotform", f"{SIGNUP}/submissions", keep=20)
    assert materialize(raw_mn_signups, at=LATER)["list refused"] == 1


def test_accepting_a_list_does_not_accept_another(engine, materialize, sandbox):
    materialize(raw_mn_signups)
    before = rows(engine, signups_table)
    shorten(sandbox, "jotform", f"{SIGNUP}/submissions", keep=20)
    materialize(raw_mn_signups, at=LATER)
    accept(engine)
    sandbox.sandbox.faults.clear()
    shorten(sandbox, "jotform", f"{SIGNUP}/submissions", keep=19)
    assert materialize(raw_mn_signups, at=LATER)["list refused"] == 1
    assert rows(engine, signups_table) == before


def test_an_error_to_correct_cannot_be_accepted(engine, materialize, sandbox, world):
    key = next(iter(world.forms[SIGNUP].submissions))
    sandbox.sandbox.faults.add(Fault("jotform", "records", path=SIGNUP, records={key: {"created_at": "?"}}, rate=1.0))
    materialize(raw_mn_signups)
    (error,) = open_errors(engine)
    with engine.begin() as conn, pytest.raises(error_list.ErrorNotAcceptableError):
        error_list.accept_errors(conn, [error["id"]], by="ana", now=LATER)
    assert not rows(engine, audit_log)


@pytest.mark.parametrize("patch", [{"answers": {}}, {"answers": []}, {"answers": None}], ids=["{}", "[]", "null"])
def test_submissions_that_arrive_without_their_answers_change_no_rows(engine, materialize, sandbox, world, patch):
    materialize(raw_mn_signups)
    before = rows(engine, signups_table)
    active = [key for key, submission in world.forms[SIGNUP].submissions.items() if submission.status != "DELETED"]
    lost = dict.fromkeys(active[: len(active) // 2], patch)
    sandbox.sandbox.faults.add(Fault("jotform", "records", path=f"{SIGNUP}/submissions", records=lost, rate=1.0))
    assert materialize(raw_mn_signups, at=LATER)["list refused"] == 1
    assert rows(engine, signups_table) == before
    (error,) = open_errors(engine)
    assert (error["error_code"], error["campaign_year"]) == (CELLS_UNUSABLE, YEAR)
    assert all(kind in error["message"] for kind in ("MN ids", "phones", "emails"))
    sandbox.sandbox.faults.clear()
    materialize(raw_mn_signups, at=LATER)
    assert not open_errors(engine)


def test_a_few_missing_answers_are_accepted(engine, materialize, sandbox, world):
    materialize(raw_mn_signups)
    active = [key for key, submission in world.forms[SIGNUP].submissions.items() if submission.status != "DELETED"]
    lost = {key: {"answers": {}} for key in active[:5]}
    sandbox.sandbox.faults.add(Fault("jotform", "records", path=f"{SIGNUP}/submissions", records=lost, rate=1.0))
    report = materialize(raw_mn_signups, at=LATER)
    assert (report["list refused"], report["rows changed"]) == (0, 5)


def test_members_that_arrive_without_email_and_phone_change_no_rows(engine, materialize, sandbox, world):
    materialize(raw_gb_campaign_members)
    before = rows(engine, members_table)
    lost = {str(row["member_id"]): {"email": None, "phone": None} for row in before}
    sandbox.sandbox.faults.add(Fault("givebutter", "records", path="/members", records=lost, rate=1.0))
    assert materialize(raw_gb_campaign_members, at=LATER)["list refused"] == 1
    assert rows(engine, members_table) == before


@pytest.mark.parametrize("raised", [None, 0, "0.00"])
def test_members_that_arrive_without_their_amounts_change_no_rows(engine, materialize, sandbox, raised):
    materialize(raw_gb_campaign_members)
    before = rows(engine, members_table)
    lost = {str(row["member_id"]): {"raised": raised} for row in before}
    sandbox.sandbox.faults.add(Fault("givebutter", "records", path="/members", records=lost, rate=1.0))
    assert materialize(raw_gb_campaign_members, at=LATER)["list refused"] == 1
    assert rows(engine, members_table) == before
    (error,) = open_errors(engine)
    assert "amounts" in error["message"]


def test_deleted_submissions_are_not_missing(engine, materialize, sandbox, world):
    materialize(raw_mn_signups)
    for key in list(world.forms[SIGNUP].submissions)[:60]:
        sandbox.sandbox.forms.delete(SIGNUP, key)
    assert materialize(raw_mn_signups, at=LATER)["list refused"] == 0
    for key in list(world.forms[SIGNUP].submissions)[:60]:
        sandbox.sandbox.forms.remove(SIGNUP, key)
    report = materialize(raw_mn_signups, at=LATER)
    assert (report["list refused"], report["rows removed"]) == (0, 60)


def test_a_short_list_of_contacts_fails_and_is_an_error(engine, materialize, sandbox):
    materialize(raw_gb_full_contacts, mode="api_full")
    before = rows(engine, contacts_table)
    shorten(sandbox, "givebutter", "/contacts", keep=80)
    refused = materialize(raw_gb_full_contacts, mode="api_full", at=LATER)
    assert "LIST_SHRUNK" in refused
    assert "mentorsync errors accept" in refused  # and not the upload of a file
    assert rows(engine, contacts_table) == before
    (error,) = open_errors(engine)
    assert (error["error_code"], error["campaign_year"]) == (LIST_SHRUNK, None)
    accept(engine)
    assert materialize(raw_gb_full_contacts, mode="api_full", at=LATER)["rows read"] == 80
    assert not open_errors(engine)


def test_a_short_export_is_an_error_that_can_be_accepted(engine, materialize, export):
    materialize(raw_gb_full_contacts, mode="file", path=str(export))
    lines = export.read_text(encoding="utf-8").split('"\n"')
    export.write_text('"\n"'.join(lines[: len(lines) // 2]) + '"\n', encoding="utf-8")
    assert "LIST_SHRUNK" in materialize(raw_gb_full_contacts, mode="file", path=str(export))
    accept(engine)
    assert materialize(raw_gb_full_contacts, mode="file", path=str(export))["rows read"] == len(lines) // 2 - 1
    assert not open_errors(engine)


def test_contacts_whose_phones_became_unusable_are_refused(engine, materialize, sandbox, world):
    materialize(raw_gb_full_contacts, mode="api_full")
    before = rows(engine, contacts_table)
    for contact in [contact for contact in world.contacts if contact.phones][:80]:
        sandbox.sandbox.contacts.change(contact, phones=["4.04555E+09"])
    assert "CELLS_UNUSABLE" in materialize(raw_gb_full_contacts, mode="api_full", at=LATER)
    assert rows(engine, contacts_table) == before
    (error,) = open_errors(engine)
    assert error["error_code"] == "CELLS_UNUSABLE"
    assert "phones" in error["message"]
    with engine.begin() as conn:
        error_list.accept_errors(conn, [error["id"]], by="ana", now=LATER)
    materialize(raw_gb_full_contacts, mode="api_full", at=LATER)
    assert not open_errors(engine)
    with engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(contacts_table)).scalar_one() == len(before)


LOST = {
    "emails": {"primary_email": None, "emails": []},
    "phones": {"primary_phone": None, "phones": []},
    "blank names": {"first_name": None, "last_name": None},
    "lost donations": {"stats": {"total_contributions": 0}, "last_donation_amount": None},
    "lost tags": {"tags": []},
    "subscriptions": {"is_email_subscribed": None},
    "blank times of the last change": {"updated_at": None},
    "earlier records": {"archived_at": "2025-11-01T00:00:00+00:00"},
}


@pytest.mark.parametrize("mode", ["api_full", "api_changes"])
def test_contacts_that_arrive_without_a_field_or_archived_change_no_rows(engine, materialize, sandbox, world, mode):
    materialize(raw_gb_full_contacts, mode="api_full")
    before = rows(engine, contacts_table)
    active = [contact for contact in world.contacts if contact.archived_at is None and contact.type == "individual"]
    for contact in active:
        sandbox.sandbox.contacts.change(contact, title="Changed")
    for kind, patch in LOST.items():
        lost = {str(contact.id): patch for contact in active[1 if kind == "earlier records" else 0 :]}
        sandbox.sandbox.faults.add(Fault("givebutter", "records", path="/contacts", records=lost, rate=1.0))
        refused = materialize(raw_gb_full_contacts, mode=mode, at=LATER)
        assert ("LIST_SHRUNK" if kind == "earlier records" else "CELLS_UNUSABLE") in refused
        assert kind in (refused if mode == "api_changes" else refused.replace("it lacks", "earlier records")), refused
        assert rows(engine, contacts_table) == before
        sandbox.sandbox.faults.clear()
    assert len(open_errors(engine)) == 2
    materialize(raw_gb_full_contacts, mode=mode, at=LATER)
    assert not open_errors(engine)
    stored = {row["contact_id"]: row["title"] for row in rows(engine, contacts_table)}
    assert all(stored[contact.id] == "Changed" for contact in active)


def test_refused_changes_can_be_accepted(engine, materialize, sandbox, world):
    materialize(raw_gb_full_contacts, mode="api_full")
    tagged = [contact for contact in world.contacts if contact.tags and contact.archived_at is None][:40]
    for contact in tagged:
        sandbox.sandbox.contacts.change(contact, tags=[])
    assert "lost tags" in materialize(raw_gb_full_contacts, mode="api_changes", at=LATER)
    (error,) = open_errors(engine)
    with engine.begin() as conn:
        error_list.accept_errors(conn, [error["id"]], by="ana", now=LATER)
    materialize(raw_gb_full_contacts, mode="api_changes", at=LATER)
    assert not open_errors(engine)
    stored = {row["contact_id"]: row["tags"] for row in rows(engine, contacts_table)}
    assert not any(stored[contact.id] for contact in tagged)
