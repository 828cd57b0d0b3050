"""Merge of attendance with Givebutter's checkbox: only a person clears a tick (rulebook, sections 7 and 14)."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from mentorsync_pipeline.attendance.rules.merge import (
    RECORDED,
    RECORDED_AND_TICKED,
    TAKEN_BACK,
    UNDONE,
    EarlierValue,
    merge_attendance,
)
from mentorsync_pipeline.attendance.rules.own_tick import Checkbox, SentTick
from mentorsync_pipeline.domain.records import Provenance
from mentorsync_pipeline.domain.service_clock import make_clock
from mentorsync_pipeline.domain.three_way import Base
from mentorsync_pipeline.mentors.rules.contact_side import find_confirmed_fields, has_arrived
from mentorsync_pipeline.mentors.rules.fields import CONTACTS, RECORDS
from tests.attendance.builders import START, check_in, undone
from tests.support.mentors_stage import CONFIG, MentorsStage, contact, signup
from tests.support.mentors_stage import START as STAGE_START

LABEL = CONFIG.custom_field_labels["attended_training"]
DAY = CONFIG.custom_field_labels["training_at"]


def origin(rule: str, table: str = RECORDS) -> Provenance:
    return Provenance(source_table=table, source_id="1", observed_at=START, rule=rule)


NEVER = EarlierValue()
BY_CHECK_IN = EarlierValue(attended=True, origin=origin(RECORDED))
BY_BOTH = EarlierValue(attended=True, origin=origin(RECORDED_AND_TICKED))
BY_TICK = EarlierValue(attended=True, origin=origin("source_order", CONTACTS))
BEFORE = Checkbox(is_ticked=True, modified_at=START)
SINCE = Checkbox(is_ticked=True, modified_at=START + timedelta(days=2))
BLANK = Checkbox(modified_at=START)
WITH_TICK = undone(withdraws_tick=True)


@pytest.mark.parametrize(
    ("records", "checkbox", "earlier", "attended", "rule"),
    [
        ([check_in()], BLANK, NEVER, True, RECORDED),
        ([check_in()], BEFORE, NEVER, True, RECORDED_AND_TICKED),
        ([check_in()], BEFORE, BY_TICK, True, RECORDED_AND_TICKED),
        ([check_in()], SINCE, BY_CHECK_IN, True, RECORDED),
        ([undone(1), check_in(2)], BLANK, NEVER, True, RECORDED),
        ([], BEFORE, NEVER, True, None),
        ([], BLANK, NEVER, False, None),
        ([], BLANK, BY_TICK, True, None),
        ([], BLANK, BY_CHECK_IN, True, None),
        ([undone()], BLANK, BY_CHECK_IN, False, UNDONE),
        ([undone()], BLANK, EarlierValue(attended=False, origin=origin(UNDONE)), False, UNDONE),
        ([undone()], BEFORE, EarlierValue(attended=False, origin=origin(UNDONE)), False, TAKEN_BACK),
        ([undone()], SINCE, EarlierValue(attended=False, origin=origin(UNDONE)), True, None),
        ([undone()], BLANK, EarlierValue(attended=False, origin=origin(TAKEN_BACK)), False, None),
        ([undone()], SINCE, BY_CHECK_IN, False, TAKEN_BACK),
        ([undone()], SINCE, EarlierValue(attended=False, origin=origin(TAKEN_BACK)), False, TAKEN_BACK),
        ([undone()], BEFORE, BY_BOTH, True, None),
        ([undone()], BLANK, BY_BOTH, True, None),
        ([undone()], BEFORE, BY_TICK, True, None),
        ([undone()], SINCE, NEVER, True, None),
        ([undone()], BEFORE, NEVER, True, None),
        ([WITH_TICK], BEFORE, NEVER, False, TAKEN_BACK),
        ([WITH_TICK], BEFORE, BY_BOTH, False, TAKEN_BACK),
        ([WITH_TICK], BEFORE, BY_TICK, False, TAKEN_BACK),
        ([WITH_TICK], BLANK, BY_TICK, False, None),
        ([WITH_TICK], SINCE, NEVER, True, None),
        ([check_in(kind="note", note="late")], BLANK, NEVER, False, None),
    ],
)
def test_the_table_of_the_rule(records, checkbox, earlier, attended, rule) -> None:
    merged = merge_attendance(records, checkbox, earlier)
    assert (merged.attended, merged.rule) == (attended, rule)


def test_without_an_undo_no_tick_is_cleared() -> None:
    earlier = (NEVER, BY_CHECK_IN, BY_BOTH, BY_TICK)
    for records, checkbox, before in product(([], [check_in()]), (BEFORE, SINCE, BLANK), earlier):
        attended = merge_attendance(records, checkbox, before).attended
        assert attended == bool(records or checkbox.is_ticked or before.attended)


def sent(stage: MentorsStage) -> str | None:
    (built,) = stage.rows()
    return built.row.custom_fields.get(LABEL)


def ticked(stage: MentorsStage, value: str | None) -> None:
    held = {name: text for name, text in stage.contacts[10].custom_fields.items() if name != LABEL}
    stage.edit(10, custom_fields=held | ({LABEL: value} if value else {}))


def started() -> MentorsStage:
    stage = MentorsStage.of_one(signup(), contact())
    stage.sync()
    stage.import_file()
    stage.sync()
    return stage


def undone_after_import() -> MentorsStage:
    """A stage with a check-in that was imported and then undone, before the next sync."""
    stage = started()
    stage.records = [check_in(recorded_at=stage.as_of)]
    stage.sync()
    stage.import_file()
    stage.sync()
    stage.records = [undone(at=stage.as_of, recorded_at=STAGE_START)]
    return stage


def test_a_check_in_reaches_givebutter_and_shows_its_source() -> None:
    stage = started()
    assert sent(stage) is None, "a checkbox that nobody ticked is unchanged"
    stage.records = [check_in()]
    stage.sync()
    mentor = stage.mentor()
    assert (mentor.attended_training, mentor.training_at) == (True, START.date())
    assert mentor.provenance["attended_training"] == Provenance(
        source_table=RECORDS, source_id="1", observed_at=START + timedelta(hours=1), rule=RECORDED
    )
    assert sent(stage) == "Yes"
    assert "attended_training" not in find_confirmed_fields(mentor, stage.contacts[10], CONFIG)
    stage.import_file()
    stage.sync()
    assert stage.contacts[10].custom_fields[LABEL] == "Yes"
    assert "attended_training" in find_confirmed_fields(stage.mentor(), stage.contacts[10], CONFIG)
    assert stage.mentor() == mentor, "a second sync over the same data changes nothing"


def test_a_blank_checkbox_does_not_keep_a_row_from_having_arrived() -> None:
    stage = started()
    mentor = stage.mentor()
    assert has_arrived(mentor, find_confirmed_fields(mentor, stage.contacts[10], CONFIG), CONFIG)


@pytest.mark.parametrize("cleared", [None, "No"])
def test_a_tick_that_an_import_cleared_stays_and_is_sent_again(cleared: str | None) -> None:
    stage = started()
    stage.edit(10, custom_fields=stage.contacts[10].custom_fields | {LABEL: "Yes", DAY: "9/10/2025"})
    stage.sync()
    before = stage.mentor()
    assert before.attended_training
    stage.edit(10, custom_fields={DAY: None} if cleared is None else {LABEL: cleared})
    stage.sync()
    after = stage.mentor()
    assert (after.attended_training, after.training_at) == (True, before.training_at)
    assert after.provenance["attended_training"] == before.provenance["attended_training"]
    assert sent(stage) == "Yes"


def test_an_undone_check_in_clears_our_tick_once() -> None:
    stage = undone_after_import()
    for _ in range(2):
        stage.sync()
        assert not stage.mentor().attended_training
        assert stage.mentor().training_at is None
        assert sent(stage) == "No"
    stage.import_file()
    stage.sync()
    assert not stage.mentor().attended_training
    assert sent(stage) is None
    ticked(stage, "Yes")
    stage.sync()
    assert stage.mentor().attended_training, "a person ticks it by hand afterwards"


def test_a_tick_that_a_person_makes_after_our_file_cleared_ours_stays_without_a_sync_between() -> None:
    stage = undone_after_import()
    stage.sync()
    assert sent(stage) == "No"
    stage.import_file()
    stage.edit(10, custom_fields=stage.contacts[10].custom_fields | {LABEL: "Yes"})
    for _ in range(2):
        stage.sync()
        assert stage.mentor().attended_training
        assert sent(stage) == "Yes"


def test_a_tick_by_hand_outlives_a_check_in_by_mistake() -> None:
    stage = started()
    ticked(stage, "Yes")
    stage.sync()
    stage.records = [check_in()]
    stage.sync()
    assert stage.mentor().provenance["attended_training"].rule == RECORDED_AND_TICKED
    stage.records = [undone(at=stage.as_of)]
    stage.sync()
    assert stage.mentor().attended_training
    stage.records = [replace(stage.records[0], undone_at=stage.as_of + timedelta(hours=1), withdraws_tick=True)]
    stage.sync()
    assert not stage.mentor().attended_training
    assert sent(stage) == "No"


@pytest.mark.parametrize("between", ["nothing", "a sync of old contact data"])
@pytest.mark.parametrize("sent_before", ["no file", "a file that Givebutter rejected", "a file from before"])
@pytest.mark.parametrize("first", ["undo", "tick"])
def test_an_undo_leaves_a_tick_that_a_person_made_meanwhile(first: str, sent_before: str, between: str) -> None:
    stage = MentorsStage.of_one(signup(), contact())
    stage.sync()
    if sent_before == "a file from before":
        stage.file_times.append(stage.as_of - timedelta(hours=1))
    stage.records = [check_in()]
    stage.sync()
    if sent_before == "a file that Givebutter rejected":
        stage.file_times.append(stage.as_of)
    acts = {
        "undo": lambda: setattr(stage, "records", [undone(at=stage.as_of + timedelta(hours=2))]),
        "tick": lambda: ticked(stage, "Yes"),
    }
    acts.pop(first)()
    if between != "nothing":
        shown, stage.contacts[10] = stage.contacts[10], replace(stage.contacts[10], custom_fields={})
        stage.as_of -= timedelta(days=1)
        stage.sync()
        stage.contacts[10] = shown
    acts.popitem()[1]()
    stage.edit(10)
    for _ in range(2):
        stage.sync()
        assert stage.mentor().attended_training
        assert sent(stage) == "Yes"
        stage.import_file()


def test_an_undo_before_the_next_sync_clears_the_tick_of_our_import() -> None:
    stage = started()
    stage.records = [check_in(recorded_at=stage.as_of)]
    stage.sync()
    stage.import_file()
    stage.records = [undone(at=stage.as_of + timedelta(hours=1), recorded_at=STAGE_START)]
    stage.sync()
    assert (stage.mentor().attended_training, sent(stage)) == (False, "No")


@pytest.mark.parametrize("ahead", [timedelta(hours=-2), timedelta(), timedelta(hours=2)])
@pytest.mark.parametrize(("minutes", "is_own"), [(-10, False), (10, True), (100, False)])
def test_a_tick_is_recognised_whatever_this_machines_clock_shows(
    ahead: timedelta, minutes: int, *, is_own: bool
) -> None:
    """The file is written at START and the check-in undone an hour later; Givebutter dates the tick by its clock."""
    ours = START + ahead
    base = Base(
        value=True, source_value=None, contact_value=False, contact_id=10, confirmed_at=ours - timedelta(days=1)
    )
    clock = make_clock([(ours - timedelta(days=1), -ahead)])
    sent = SentTick(base=base, is_recorded=True, file_times=[ours], clock=clock)
    checkbox = Checkbox(is_ticked=True, contact_id=10, modified_at=START + timedelta(minutes=minutes))
    records = [undone(at=ours + timedelta(hours=1), recorded_at=ours - timedelta(hours=1))]
    merged = merge_attendance(records, checkbox, BY_CHECK_IN, sent)
    assert merged.attended is not is_own


def test_a_contact_that_the_import_creates_has_our_tick() -> None:
    stage = MentorsStage.of_one(signup(), None, records=[check_in(recorded_at=STAGE_START)])
    stage.sync()
    stage.import_file()
    stage.sync()
    stage.records = [undone(at=stage.as_of, recorded_at=STAGE_START)]
    stage.sync()
    assert (stage.mentor().attended_training, sent(stage)) == (False, "No")


def test_a_file_from_before_the_check_in_has_not_made_the_tick() -> None:
    stage = started()
    ticked(stage, "Yes")
    shown, stage.contacts[10] = stage.contacts[10], replace(stage.contacts[10], custom_fields={})
    stage.file_times.append(stage.as_of + timedelta(hours=1))
    stage.records = [check_in(recorded_at=stage.as_of + timedelta(hours=2))]
    stage.as_of -= timedelta(days=1)  # the year is recalculated from the contact data of before
    stage.sync()
    stage.contacts[10] = shown
    stage.as_of += timedelta(hours=3)
    stage.edit(10)
    stage.records = [replace(stage.records[0], undone_at=stage.as_of + timedelta(hours=1))]
    stage.sync()
    assert stage.mentor().attended_training


def test_a_mentor_without_a_contact_attends_as_well() -> None:
    stage = MentorsStage.of_one(signup(), None, records=[check_in()])
    stage.sync()
    assert stage.mentor().attended_training
    assert sent(stage) == "Yes"
    stage.import_file()
    stage.sync()
    assert stage.mentor().attended_training


def test_several_sessions_are_one_attendance_on_the_first_day() -> None:
    later = check_in(2, session="Tuesday", observed_on=START.date() + timedelta(days=6))
    stage = MentorsStage.of_one(signup(), contact(), records=[later, check_in(1, session="Wednesday")])
    stage.sync()
    assert stage.mentor().training_at == START.date()
    stage.records = [later, undone(1)]
    stage.sync()
    assert stage.mentor().training_at == START.date() + timedelta(days=6)
