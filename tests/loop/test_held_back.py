"""Rows that Givebutter would reject stay out of the file, with an error; others are written (rulebook, section 9)."""

import csv
from datetime import timedelta

import pytest

from mentorsync_pipeline.contacts.label_lookup import read_present_config
from mentorsync_pipeline.db import tables
from mentorsync_pipeline.import_file import queries as import_rows
from mentorsync_pipeline.import_file.rules.csv import serialise
from mentorsync_pipeline.mentors.year_data import read_year_data
from tests.support.environment import SandboxEnvironment, file_of

pytestmark = pytest.mark.slow


def mentors_of(env: SandboxEnvironment, scenario: str) -> list:
    return [mentor for mentor in env.server.world.truth.mentors if mentor.scenario == scenario]


@pytest.fixture(scope="module")
def spoilt(rounds, start_shared):
    """People answered, and edited contacts, so that two rows and three cells cannot be imported; then a sync."""
    env = start_shared(rounds["configured"])
    world, dashboard, forms = env.server.world, env.server.dashboard, env.server.sandbox.forms
    questions, form = world.config.signup_questions, world.config.signup_form_id

    def answer(mentor, question, value):
        forms.edit(form, mentor.submission_id, {questions[question]: value})
        return mentor.mn_id

    abroad = mentors_of(env, "unusable_phone")[0]
    archived = next(mentor for mentor in mentors_of(env, "linked") if len(mentor.own_contacts) == 1)
    dashboard.edit(abroad.contact_id, phones=["+442079460123"])
    dashboard.archive(archived.contact_id)
    expected = {
        answer(mentors_of(env, "no_contact")[0], "name", {"first": "Solo"}): "LAST_NAME_MISSING",
        answer(archived, "name", {"first": "Vera", "last": "Heldson"}): "EXTERNAL_ID_HELD",
    }
    with env.engine.connect() as conn:
        labels = read_present_config(conn, env.year).custom_field_labels
    talker, tall = mentors_of(env, "changed_phone")[0], mentors_of(env, "family_phone")[0]
    left_out = {
        answer(talker, "uga_class", "With anybody. " * 72): labels["uga_class"],
        answer(tall, "shirt_size", "Gigantic"): labels["shirt_size"],
        abroad.mn_id: "Primary Phone Number",
    }
    env.refresh("api_full")
    return env, expected, left_out, env.sync()


def errors(env: SandboxEnvironment) -> list[dict]:
    return [
        row
        for row in env.rows(tables.sync_errors, year=env.year)
        if row["source_table"] == "gb_import_file" and not row["resolved"]
    ]


def test_each_of_them_is_an_error_with_its_code_and_what_to_do(spoilt):
    env, expected, _, _ = spoilt
    assert {row["mn_id"]: row["error_code"] for row in errors(env)} == expected
    assert len(errors(env)) == len(expected)
    assert all(row["what_to_do"] for row in errors(env))


def test_they_stay_out_and_the_rest_is_imported_whole(spoilt):
    env, expected, _, report = spoilt
    counts = report.assets["gb_import_file"]
    rows = env.by_mn_id(tables.mn_gb_import)
    assert (counts["rows held back"], counts["rows added"]) == (len(expected), len(rows) - len(expected))
    text = file_of(report).read_text(encoding="utf-8-sig")
    assert not any(mn_id in text for mn_id in expected)
    assert env.rows(tables.gb_contact_loads)[-1]["clock_offset"] < timedelta(minutes=1)
    with env.engine.connect() as conn:
        data = read_year_data(conn, read_present_config(conn, env.year))
    assert data.sent_mn_ids.intersection(rows) == {mn_id for mn_id in rows if mn_id in text}
    assert {key for key, mentor in data.known.items() if mentor.mn_id in expected}.isdisjoint(data.sent_rows)
    assert any(row.values.get("personal_email") for (row,) in data.sent_rows.values())
    imported = env.import_file(report)
    assert (imported.rejected, imported.accepted) == (0, len(rows) - len(expected))


def test_a_cell_that_cannot_be_sent_is_left_out_with_a_warning_that_names_mentor_and_field(spoilt):
    env, _, left_out, report = spoilt
    with file_of(report).open(encoding="utf-8-sig", newline="") as file:
        rows = {row["Contact External ID"]: row for row in csv.DictReader(file)}
    warnings = {(row["mn_id"], row["subject"]): row["message"] for row in env.rows(tables.sync_warnings, year=env.year)}
    for mn_id, column in left_out.items():
        assert rows[mn_id][column] == ""
        assert warnings[mn_id, f"{mn_id}:{column}"].startswith(f"{mn_id}: ")


def test_givebutter_would_indeed_have_rejected_every_one_of_them(spoilt):
    env, expected, _, _ = spoilt
    with env.engine.connect() as conn:
        config = read_present_config(conn, env.year)
        held = [row for row in import_rows.read_import_rows(conn, config) if row.mn_id in expected]
    imported = env.server.dashboard.import_csv(serialise(held, config))
    assert (imported.accepted, imported.rejected) == (0, len(expected))


def test_a_row_that_was_put_right_leaves_with_the_next_file(spoilt):
    env, expected, _, _ = spoilt
    mn_id = next(mn_id for mn_id, code in expected.items() if code == "LAST_NAME_MISSING")
    mentor = env.server.world.truth.by_mn_id[mn_id][0]
    config = env.server.world.config
    env.server.sandbox.forms.edit(
        config.signup_form_id,
        mentor.submission_id,
        {config.signup_questions["name"]: {"first": "Solo", "last": "Testwright"}},
    )
    env.refresh("api_full")
    report = env.sync()
    assert mn_id not in {row["mn_id"] for row in errors(env)}
    (settled,) = (row for row in env.rows(tables.sync_errors, year=env.year) if row["mn_id"] == mn_id)
    assert (settled["resolved"], settled["resolution_method"]) == (True, "auto_retry")
    assert mn_id in file_of(report).read_text(encoding="utf-8-sig")
    assert env.import_file(report).rejected == 0


def test_a_contact_archived_by_hand_that_no_export_shows_keeps_its_mentors_row_back(settled):
    linked = settled.by_mn_id(tables.winner_contacts)
    mentor = next(mentor for mentor in mentors_of(settled, "linked") if len(mentor.own_contacts) == 1)
    settled.server.dashboard.archive(linked[mentor.mn_id]["contact_id"])
    settled.upload()
    report = settled.sync()
    (error,) = errors(settled)
    assert (error["mn_id"], error["error_code"]) == (mentor.mn_id, "EXTERNAL_ID_HELD")
    assert "archived contact" in error["message"]
    assert settled.import_file(report).rejected == 0
