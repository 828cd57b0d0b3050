"""Raw assets against the sandbox: rows, removed records, failures."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.assets.raw_givebutter import raw_gb_campaign_members, raw_gb_full_contacts
from mentorsync_pipeline.assets.raw_jotform import RAW_FORMS, raw_mn_signups
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db.tables import raw_gb_campaign_members as members_table
from mentorsync_pipeline.db.tables import raw_gb_full_contacts as contacts_table
from mentorsync_pipeline.db.tables import raw_mn_signups as signups_table
from mentorsync_pipeline.db.tables import sync_log, sync_warnings, winner_contacts
from tests.support.raw_assets import rows
from tests.support.sources import NOW, YEAR, export_cells, write_export

pytestmark = pytest.mark.slow

SIGNUP = "250685983663169"
RAW = [*RAW_FORMS, raw_gb_campaign_members]


def test_sign_ups_are_stored_unchanged(engine, materialize, world):
    materialize(raw_mn_signups)
    stored = {row["submission_id"]: row for row in rows(engine, signups_table)}
    submissions = world.forms[SIGNUP].submissions
    assert stored.keys() == submissions.keys()
    for key, row in stored.items():
        assert row["created_at"] == submissions[key].created_at
        assert row["form_id"] == SIGNUP
        assert row["payload"]["id"] == key
        assert "ip" not in row["payload"]
    assert any(row["first_name"] for row in stored.values())
    assert {row["status"] for row in stored.values()} >= {"ACTIVE", "DELETED"}


def test_a_missing_submission_is_marked_as_removed_and_may_reappear(engine, materialize, world):
    materialize(raw_mn_signups)
    submissions = world.forms[SIGNUP].submissions
    key = next(iter(submissions))
    submission = submissions.pop(key)
    later = NOW + timedelta(days=1)
    assert materialize(raw_mn_signups, at=later)["rows removed"] == 1
    (row,) = [row for row in rows(engine, signups_table) if row["removed_at"]]
    assert (row["submission_id"], row["removed_at"]) == (key, later)
    assert materialize(raw_mn_signups, at=later + timedelta(days=1))["rows removed"] == 0
    submissions[key] = submission
    assert materialize(raw_mn_signups, at=later)["rows changed"] == 1
    assert not [row for row in rows(engine, signups_table) if row["removed_at"]]


def test_an_empty_list_removes_no_rows(engine, materialize, world):
    materialize(raw_mn_signups)
    world.forms[SIGNUP].submissions.clear()
    assert "LISTING_EMPTY" in materialize(raw_mn_signups)
    assert not [row for row in rows(engine, signups_table) if row["removed_at"]]


def test_the_error_of_a_missing_question_lists_the_existing_ones(engine, materialize):
    with engine.begin() as conn:
        config = configuration.read_config(conn, YEAR)
        renamed = {**config.signup_field_map, "gender": "sexOrGender"}
        configuration.save_config(conn, config.model_copy(update={"signup_field_map": renamed}))
    error = materialize(raw_mn_signups)
    assert "JOTFORM_FIELD_MAP" in error
    assert re.search(r"no question named sexOrGender; it has .*fullName", error)


def test_a_missing_form_has_its_own_error_code(engine, materialize):
    with engine.begin() as conn:
        config = configuration.read_config(conn, YEAR)
        configuration.save_config(conn, config.model_copy(update={"jotform_signup_form_id": "12345"}))
    assert "JOTFORM_FORM_MISSING" in materialize(raw_mn_signups)
    (log,) = rows(engine, sync_log)
    assert log["status"] == "failed"
    assert "JOTFORM_FORM_MISSING" in log["error"]


def test_members_have_the_keys_that_link_them(engine, materialize, world):
    campaign = materialize(raw_gb_campaign_members)["campaign"]
    stored = {row["member_id"]: row for row in rows(engine, members_table)}
    assert stored.keys() == {member.id for member in world.members[campaign]}
    for member in world.members[campaign]:
        assert float(stored[member.id]["raised"]) == pytest.approx(member.raised)
        assert (
            stored[member.id]["email_key"] == (member.email or "").casefold() or stored[member.id]["email_key"] is None
        )


def test_contacts_come_from_a_file_and_from_the_api(engine, materialize, export):
    by_file = materialize(raw_gb_full_contacts, mode="file", path=str(export))
    assert by_file["dagster/row_count"] == len(rows(engine, contacts_table))
    assert (by_file["origin"], by_file["file"]) == ("export", export.name)
    assert by_file["as of"] == "2025-11-01T12:00:00+00:00"
    assert materialize(raw_gb_full_contacts, mode="api_full")["origin"] == "api_full"


def test_without_options_the_first_load_is_full_and_later_loads_are_changes(materialize, world, sandbox):
    assert materialize(raw_gb_full_contacts)["origin"] == "api_full"
    contact = next(contact for contact in world.contacts if contact.archived_at is None)
    sandbox.sandbox.contacts.change(contact, first_name="Changed")
    changes = materialize(raw_gb_full_contacts, at=NOW + timedelta(hours=1))
    assert changes["origin"] == "api_changes"
    assert 1 <= changes["rows read"] < 20
    assert changes["dagster/row_count"] == len(world.contacts)


@pytest.mark.parametrize(
    ("load", "code"),
    [
        ({"mode": "file"}, "LOAD_OPTIONS"),
        ({"mode": "file", "path": "contacts\0.csv"}, "LOAD_OPTIONS"),
        ({"mode": "file", "path": "nowhere://contacts.csv"}, "LOAD_OPTIONS"),
        ({"mode": "api_mentors"}, "LOAD_OPTIONS"),
        ({"mode": "file", "path": "contacts.csv", "as_of": "yesterday"}, "LOAD_OPTIONS"),
        ({"mode": "file", "path": "/nowhere.csv"}, "EXPORT_UNREADABLE"),
    ],
)
def test_incomplete_options_are_refused(materialize, load, code):
    assert code in materialize(raw_gb_full_contacts, **load)


def test_a_load_of_fewer_contacts_can_be_forced_by_name(engine, materialize, export):
    materialize(raw_gb_full_contacts, mode="file", path=str(export))
    lines = export.read_text(encoding="utf-8").split('"\n"')
    export.write_text('"\n"'.join(lines[: len(lines) // 2]) + '"\n', encoding="utf-8")
    for nobody in (None, "  ", "\u200b", "\0"):
        refused = materialize(raw_gb_full_contacts, mode="file", path=str(export), forced_by=nobody)
        assert "LIST_SHRUNK" in refused
    forced = materialize(raw_gb_full_contacts, mode="file", path=str(export), forced_by="ana\0 ")
    assert forced["rows read"] == len(lines) // 2 - 1
    with engine.connect() as conn:
        active = sa.select(sa.func.count()).where(contacts_table.c.archived_at.is_(None))
        assert conn.execute(active).scalar_one() == len(lines) // 2 - 1


def test_the_mentors_contacts_are_fetched_by_id(engine, materialize, world):
    materialize(raw_gb_full_contacts, mode="api_full")
    contact = next(
        contact for contact in world.contacts if contact.archived_at is None and contact.type == "individual"
    )
    with engine.begin() as conn:
        winner = {"mn_id": "MN0001", "submission_id": "1", "decision": "only_candidate", "reason": "x"}
        conn.execute(sa.insert(winner_contacts).values(campaign_year=YEAR, contact_id=contact.id, **winner))
    assert materialize(raw_gb_full_contacts, mode="api_mentors", year=YEAR)["rows read"] == 1


def test_dagsters_metadata_has_no_personal_data(materialize, world, export):
    metadata = [materialize(asset) for asset in RAW] + [
        materialize(raw_gb_full_contacts, mode="file", path=str(export))
    ]
    text = " ".join(str(entry) for entry in metadata)
    assert not [c.id for c in world.contacts if any(email in text for email in c.emails)]
    assert "@" not in text
    assert "+1" not in text.replace("+00:00", "")


def test_characters_that_cannot_be_stored_are_dropped_with_a_warning(engine, materialize, world):
    form = world.forms[SIGNUP]
    key, other, *_ = submissions = form.submissions
    with engine.connect() as conn:
        phone, *mapped = sorted(
            configuration.read_config(conn, YEAR).signup_field_map.values(), key=lambda n: "hone" not in n
        )
    unmapped = next(question.name for question in form.questions if question.name not in {phone, *mapped})
    submissions[key].answers[phone] = "\u202a706-555-0199\x00"
    submissions[other].answers[unmapped] = "a bell \x07"
    report = materialize(raw_mn_signups)
    assert report["warnings"] == 2
    stored = {row["submission_id"]: row for row in rows(engine, signups_table)}
    assert stored[key]["phone"] == "706-555-0199"
    warnings = {row["subject"]: (row["warning_type"], row["message"]) for row in rows(engine, sync_warnings)}
    assert set(warnings) == {f"{key}:characters", f"{other}:characters"}
    assert all(kind == "unusual_value" for kind, _ in warnings.values())
    assert phone in warnings[f"{key}:characters"][1]
    assert materialize(raw_mn_signups)["rows unchanged"] == report["rows read"]


def test_contacts_with_such_characters_are_loaded_with_a_warning(engine, materialize, tmp_path):
    contacts = [export_cells(7, first_name="A\x00va", notes="a\x1bb"), export_cells(8, last_name="Zoë\u200b")]
    materialize(raw_gb_full_contacts, mode="file", path=str(write_export(tmp_path / "contacts.csv", contacts)))
    stored = {row["contact_id"]: row for row in rows(engine, contacts_table)}
    assert (stored[7]["first_name"], stored[7]["notes"], stored[8]["last_name"]) == ("Ava", "ab", "Zoë")
    (warning,) = rows(engine, sync_warnings)
    assert (warning["warning_type"], warning["subject"]) == ("unusual_value", "7:characters")
    assert "First Name, Notes" in warning["message"]
