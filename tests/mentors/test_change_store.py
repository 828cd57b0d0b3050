"""Rulebook, section 8: changes between two runs."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db.tables import mn_changes
from mentorsync_pipeline.mentors.change_store import record_changes
from mentorsync_pipeline.mentors.rules.changes import Change, find_changes
from tests.support.mentors_stage import START, MentorsStage, contact, entry, member, phone, signup


def _kinds(changes: tuple[Change, ...]) -> set[tuple[str, str | None]]:
    return {(change.change_type, change.field) for change in changes}


def test_a_new_mentor_is_one_change() -> None:
    stage = MentorsStage.of_one(signup(), contact())
    changes = find_changes({}, stage.sync().mentors)
    assert [(change.mn_id, change.change_type, change.source_table) for change in changes] == [
        ("MN0001", "new_mentor", "deduplicated_signups")
    ]


def test_every_tracked_field_with_its_source() -> None:
    stage = MentorsStage.of_one(signup(), contact())
    stage.sync()
    before = stage.previous
    stage.edit(10, phones=(phone(70),), tags=("Dropped 25",))
    stage.members = [member(501, "80.00")]
    stage.setups = [entry("71", mn_id="1")]
    changes = find_changes(before, stage.sync().mentors)
    assert _kinds(changes) == {
        ("field_change", "phone"),
        ("field_change", "campaign_member"),
        ("field_change", "gb_member_id"),
        ("field_change", "amount_raised"),
        ("field_change", "fundraising_page_url"),
        ("field_change", "setup_submission_id"),
        ("field_change", "tags"),
        ("dropped", "dropped"),
        ("status_change", "status"),
    }
    by_field = {change.field: change for change in changes}
    edit = by_field["phone"]
    assert (edit.old_value, edit.new_value, edit.source, edit.from_givebutter) == (
        phone(1),
        phone(70),
        "givebutter_edit",
        True,
    )
    assert not by_field["tags"].from_givebutter, "the year's tag among them is ours until contact data shows it"
    assert (by_field["amount_raised"].old_value, by_field["amount_raised"].new_value) == (0, 80)
    assert by_field["amount_raised"].source_table == "raw_gb_campaign_members"
    stage.edit(10, tags=())
    assert ("reinstated", "dropped") in _kinds(find_changes(before | dict(stage.previous), stage.sync().mentors))


def test_nothing_changed_is_no_change() -> None:
    stage = MentorsStage.of_one(signup(), contact(), members=[member()])
    stage.sync()
    before = stage.previous
    stage.as_of += timedelta(days=40)
    assert find_changes(before, stage.sync().mentors) == ()


def test_a_deleted_sign_up() -> None:
    stage = MentorsStage.of_one(signup(), contact())
    stage.sync()
    gone = find_changes(stage.previous, ())
    assert [(change.change_type, change.source) for change in gone] == [("dropped", "signup_gone")]


def test_an_amount_is_compared_as_a_number() -> None:
    stage = MentorsStage.of_one(signup(), contact(), members=[member(501, "80.00")])
    stage.sync()
    before = {"MN0001": replace(stage.mentor(), amount_raised=Decimal("80.0"))}
    assert find_changes(before, stage.previous.values()) == ()


@pytest.mark.slow
def test_many_changes_at_once_replace_the_earlier_ones(engine: sa.Engine) -> None:
    change = Change(
        mn_id="MN0001",
        change_type="field_change",
        field="phone",
        old_value=None,
        new_value=phone(1),
        source_table="deduplicated_signups",
        source="signup_edit",
    )
    many = [replace(change, mn_id=f"MN{number:05d}") for number in range(12_000)]
    with engine.begin() as conn:
        for log_id, changes in ((1, [change]), (2, [change, *many])):
            record_changes(conn, 2025, changes, confirmable={"phone"}, log_id=log_id, now=START, as_of=START)
        query = sa.select(mn_changes.c.sync_log_id, mn_changes.c.resolved).where(mn_changes.c.mn_id == "MN0001")
        assert conn.execute(query.order_by(mn_changes.c.id)).all() == [(1, True), (2, False)]
