"""A check-in through the whole loop: to Givebutter and back, a corrected id, a sign-up that is deleted and restored."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mentorsync_pipeline.attendance import service
from mentorsync_pipeline.attendance.service import Observation
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.db.audited_change import Actor, ChangeContext
from tests.support.house import YEAR, SandboxEnvironment

pytestmark = pytest.mark.slow


@pytest.fixture
def record(house: SandboxEnvironment) -> Callable[..., Any]:
    """Call an act of the service in the house, ten minutes later."""

    def act(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        house.now += timedelta(minutes=10)
        context = ChangeContext(
            engine=house.engine,
            actor=Actor(name="Ann", via="local"),
            now=lambda: house.now,
            instance=lambda: nullcontext(house.instance),
        )
        return function(context, YEAR, *arguments, **options)

    return act


@pytest.fixture
def absent(house: SandboxEnvironment) -> str:
    """A mentor with a contact whom nobody has ticked."""
    mentors = house.rows(t.mentors)
    return next(row["mn_id"] for row in mentors if row["gb_contact_id"] and not row["attended_training"])


def observed() -> Observation:
    return Observation(zone=ZoneInfo("America/New_York"))


def test_a_check_in_goes_out_comes_back_and_is_undone(house: SandboxEnvironment, record: Any, absent: str) -> None:
    label = house.config.custom_field_labels["attended_training"]
    before = {row["mn_id"]: row["custom_fields"].get(label) for row in house.rows(t.mn_gb_import)}
    assert set(before.values()) <= {"Yes", None}, "nobody's missing tick is sent"
    made = record(service.check_in, absent, observed()).record
    house.etl()
    (change,) = house.changes(t.mn_changes.c.mn_id == absent, t.mn_changes.c.field == "attended_training")
    assert (change["source_table"], change["source"], change["synced_to_gb"]) == ("mentor_records", "attendance", None)
    assert house.import_row(absent)["custom_fields"][label] == "Yes"
    assert house.import_file(house.file()).rejected == 0
    assert house.contact_of(absent).custom[label] == "Yes"
    house.sync()
    assert house.mentor(absent)["attended_training"]
    (change,) = house.changes(t.mn_changes.c.mn_id == absent, t.mn_changes.c.field == "attended_training")
    assert change["synced_to_gb"] is not None
    before_quiet = house.picture(t.mentors, t.mn_changes, t.mentor_records)
    house.sync()
    assert house.picture(t.mentors, t.mn_changes, t.mentor_records) == before_quiet
    record(service.undo_record, record_id=made["id"])
    house.etl()
    assert not house.mentor(absent)["attended_training"]
    house.import_file(house.file())
    house.sync()
    assert house.contact_of(absent).custom[label] == "No"
    assert not house.mentor(absent)["attended_training"]


def test_records_follow_a_corrected_id_and_a_restored_sign_up(
    house: SandboxEnvironment, record: Any, absent: str
) -> None:
    record(service.check_in, absent, observed())
    record(service.add_note, absent, "came with a friend", observed())
    house.etl()
    house.edit_signup(absent, **{house.config.signup_field_map["mn_id"]: "MN8888"})
    house.fetch()
    house.etl()
    assert {row["mn_id"] for row in house.rows(t.mentor_records)} == {"MN8888"}
    mentor = house.mentor("MN8888")
    assert mentor["attended_training"]
    assert mentor["provenance"]["attended_training"]["source_table"] == "mentor_records"
    assert record(service.check_in, absent, observed()).outcome == "already", "the old id still finds the mentor"
    forms, form_id = house.sandbox.forms, house.config.jotform_signup_form_id
    forms.delete(form_id, mentor["submission_id"])
    house.fetch()
    house.etl()
    assert house.rows(t.mentors, t.mentors.c.mn_id == "MN8888") == []
    assert record(service.check_in, "MN8888", observed()).outcome == "already"
    forms.restore(form_id, mentor["submission_id"])
    house.fetch()
    house.etl()
    assert house.mentor("MN8888")["attended_training"]
    assert len(house.rows(t.mentor_records)) == 2
