"""Check-ins in the whole loop: to Givebutter and back, with corrected ids and deleted and restored sign-ups."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mentorsync_pipeline.attendance import service
from mentorsync_pipeline.attendance.service import Observation
from mentorsync_pipeline.db import tables as t
from tests.support.environment import SandboxEnvironment
from tests.support.small_year import YEAR

pytestmark = pytest.mark.slow


@pytest.fixture
def record(env: SandboxEnvironment) -> Callable[..., Any]:
    """Call a function of the service in the environment, ten minutes later."""

    def act(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        env.now += timedelta(minutes=10)
        return function(env.change_context(), YEAR, *arguments, **options)

    return act


@pytest.fixture
def absent(env: SandboxEnvironment) -> str:
    """A mentor with a contact without a tick."""
    mentors = env.rows(t.mentors)
    return next(row["mn_id"] for row in mentors if row["gb_contact_id"] and not row["attended_training"])


def observed() -> Observation:
    return Observation(zone=ZoneInfo("America/New_York"))


def test_a_check_in_is_sent_confirmed_and_undone(env: SandboxEnvironment, record: Any, absent: str) -> None:
    label = env.config.custom_field_labels["attended_training"]
    before = {row["mn_id"]: row["custom_fields"].get(label) for row in env.rows(t.mn_gb_import)}
    assert set(before.values()) <= {"Yes", None}, "no tick is sent for mentors without a check-in"
    made = record(service.check_in, absent, observed()).record
    env.etl()
    (change,) = env.changes(t.mn_changes.c.mn_id == absent, t.mn_changes.c.field == "attended_training")
    assert (change["source_table"], change["source"], change["synced_to_gb"]) == ("mentor_records", "attendance", None)
    assert env.import_row(absent)["custom_fields"][label] == "Yes"
    assert env.import_file(env.new_file()).rejected == 0
    assert env.contact_of(absent).custom[label] == "Yes"
    env.upload_and_recalculate()
    assert env.mentor(absent)["attended_training"]
    (change,) = env.changes(t.mn_changes.c.mn_id == absent, t.mn_changes.c.field == "attended_training")
    assert change["synced_to_gb"] is not None
    before_quiet = env.results(t.mentors, t.mn_changes, t.mentor_records)
    env.upload_and_recalculate()
    assert env.results(t.mentors, t.mn_changes, t.mentor_records) == before_quiet
    record(service.undo_record, record_id=made["id"])
    env.etl()
    assert not env.mentor(absent)["attended_training"]
    env.import_file(env.new_file())
    env.upload_and_recalculate()
    assert env.contact_of(absent).custom[label] == "No"
    assert not env.mentor(absent)["attended_training"]


def test_records_follow_a_corrected_id_and_a_restored_sign_up(
    env: SandboxEnvironment, record: Any, absent: str
) -> None:
    record(service.check_in, absent, observed())
    record(service.add_note, absent, "came with a friend", observed())
    env.etl()
    env.edit_signup(absent, **{env.config.signup_field_map["mn_id"]: "MN8888"})
    env.fetch()
    env.etl()
    assert {row["mn_id"] for row in env.rows(t.mentor_records)} == {"MN8888"}
    mentor = env.mentor("MN8888")
    assert mentor["attended_training"]
    assert mentor["provenance"]["attended_training"]["source_table"] == "mentor_records"
    assert record(service.check_in, absent, observed()).outcome == "already", "the mentor is found by the old id"
    forms, form_id = env.sandbox.forms, env.config.jotform_signup_form_id
    forms.delete(form_id, mentor["submission_id"])
    env.fetch()
    env.etl()
    assert env.rows(t.mentors, t.mentors.c.mn_id == "MN8888") == []
    assert record(service.check_in, "MN8888", observed()).outcome == "already"
    forms.restore(form_id, mentor["submission_id"])
    env.fetch()
    env.etl()
    assert env.mentor("MN8888")["attended_training"]
    assert len(env.rows(t.mentor_records)) == 2
