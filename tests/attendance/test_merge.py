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
from mentorsync_pipeline.attendance.rules.own_tick import Checkbox
from mentorsync_pipeline.domain.records import Provenance
from mentorsync_pipeline.mentors.rules.contact_side import find_confirmed_fields, has_arrived
from mentorsync_pipeline.mentors.rules.fields import CONTACTS, RECORDS
from tests.attendance.builders import START, check_in, undone
from tests.support.loop import CONFIG, Loop, contact, signup
from tests.support.loop import START as LOOP_START

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


def sent(loop: Loop) -> str | None:
    (built,) = loop.rows()
    return built.row.custom_fields.get(LABEL)


def ticked(loop: Loop, value: str | None) -> None:
    held = {name: text for name, text in loop.contacts[10].custom_fields.items() if name != LABEL}
    loop.edit(10, custom_fields=held | ({LABEL: value} if value else {}))


def started() -> Loop:
    loop = Loop.of_one(signup(), contact())
    loop.sync()
    loop.import_file()
    loop.sync()
    return loop


def test_a_check_in_reaches_givebutter_and_shows_its_source() -> None:
    loop = started()
    assert sent(loop) is None, "a checkbox that nobody ticked is unchanged"
    loop.records = [check_in()]
    loop.sync()
    mentor = loop.mentor()
    assert (mentor.attended_training, mentor.training_at) == (True, START.date())
    assert mentor.provenance["attended_training"] == Provenance(
        source_table=RECORDS, source_id="1", observed_at=START + timedelta(hours=1), rule=RECORDED
    )
    assert sent(loop) == "Yes"
    assert "attended_training" not in find_confirmed_fields(mentor, loop.contacts[10], CONFIG)
    loop.import_file()
    loop.sync()
    assert loop.contacts[10].custom_fields[LABEL] == "Yes"
    assert "attended_training" in find_confirmed_fields(loop.mentor(), loop.contacts[10], CONFIG)
    assert loop.mentor() == mentor, "a second sync over the same data changes nothing"


def test_a_blank_checkbox_does_not_keep_a_row_from_having_arrived() -> None:
    loop = started()
    mentor = loop.mentor()
    assert has_arrived(mentor, find_confirmed_fields(mentor, loop.contacts[10], CONFIG), CONFIG)


@pytest.mark.parametrize("cleared", [None, "No"])
def test_a_tick_that_an_import_cleared_stays_and_is_sent_again(cleared: str | None) -> None:
    loop = started()
    loop.edit(10, custom_fields=loop.contacts[10].custom_fields | {LABEL: "Yes", DAY: "9/10/2025"})
    loop.sync()
    before = loop.mentor()
    assert before.attended_training
    loop.edit(10, custom_fields={DAY: None} if cleared is None else {LABEL: cleared})
    loop.sync()
    after = loop.mentor()
    assert (after.attended_training, after.training_at) == (True, before.training_at)
    assert after.provenance["attended_training"] == before.provenance["attended_training"]
    assert sent(loop) == "Yes"


def test_an_undone_check_in_clears_our_tick_once() -> None:
    loop = started()
    loop.records = [check_in(recorded_at=loop.as_of)]
    loop.sync()
    loop.import_file()
    loop.sync()
    loop.records = [undone(at=loop.as_of, recorded_at=LOOP_START)]
    for _ in range(2):
        loop.sync()
        assert not loop.mentor().attended_training
        assert loop.mentor().training_at is None
        assert sent(loop) == "No"
    loop.import_file()
    loop.sync()
    assert not loop.mentor().attended_training
    assert sent(loop) is None
    ticked(loop, "Yes")
    loop.sync()
    assert loop.mentor().attended_training, "a person ticks it by hand afterwards"


def test_a_tick_that_a_person_makes_after_our_file_cleared_ours_stays_without_a_sync_between() -> None:
    loop = started()
    loop.records = [check_in(recorded_at=loop.as_of)]
    loop.sync()
    loop.import_file()
    loop.sync()
    loop.records = [undone(at=loop.as_of, recorded_at=LOOP_START)]
    loop.sync()
    assert sent(loop) == "No"
    loop.import_file()
    loop.edit(10, custom_fields=loop.contacts[10].custom_fields | {LABEL: "Yes"})
    for _ in range(2):
        loop.sync()
        assert loop.mentor().attended_training
        assert sent(loop) == "Yes"


def test_a_tick_by_hand_outlives_a_check_in_by_mistake() -> None:
    loop = started()
    ticked(loop, "Yes")
    loop.sync()
    loop.records = [check_in()]
    loop.sync()
    assert loop.mentor().provenance["attended_training"].rule == RECORDED_AND_TICKED
    loop.records = [undone(at=loop.as_of)]
    loop.sync()
    assert loop.mentor().attended_training
    loop.records = [replace(loop.records[0], undone_at=loop.as_of + timedelta(hours=1), withdraws_tick=True)]
    loop.sync()
    assert not loop.mentor().attended_training
    assert sent(loop) == "No"


@pytest.mark.parametrize("between", ["nothing", "a sync of old contact data"])
@pytest.mark.parametrize("sent_before", ["no file", "a file that Givebutter rejected", "a file from before"])
@pytest.mark.parametrize("first", ["undo", "tick"])
def test_an_undo_leaves_a_tick_that_a_person_made_meanwhile(first: str, sent_before: str, between: str) -> None:
    loop = Loop.of_one(signup(), contact())
    loop.sync()
    if sent_before == "a file from before":
        loop.file_times.append(loop.as_of - timedelta(hours=1))
    loop.records = [check_in()]
    loop.sync()
    if sent_before == "a file that Givebutter rejected":
        loop.file_times.append(loop.as_of)
    acts = {
        "undo": lambda: setattr(loop, "records", [undone(at=loop.as_of + timedelta(hours=2))]),
        "tick": lambda: ticked(loop, "Yes"),
    }
    acts.pop(first)()
    if between != "nothing":
        shown, loop.contacts[10] = loop.contacts[10], replace(loop.contacts[10], custom_fields={})
        loop.as_of -= timedelta(days=1)
        loop.sync()
        loop.contacts[10] = shown
    acts.popitem()[1]()
    loop.edit(10)
    for _ in range(2):
        loop.sync()
        assert loop.mentor().attended_training
        assert sent(loop) == "Yes"
        loop.import_file()


def test_an_undo_before_the_next_sync_clears_the_tick_of_our_import() -> None:
    loop = started()
    loop.records = [check_in(recorded_at=loop.as_of)]
    loop.sync()
    loop.import_file()
    loop.records = [undone(at=loop.as_of + timedelta(hours=1), recorded_at=LOOP_START)]
    loop.sync()
    assert (loop.mentor().attended_training, sent(loop)) == (False, "No")


def test_a_contact_that_the_import_creates_has_our_tick() -> None:
    loop = Loop.of_one(signup(), None, records=[check_in(recorded_at=LOOP_START)])
    loop.sync()
    loop.import_file()
    loop.sync()
    loop.records = [undone(at=loop.as_of, recorded_at=LOOP_START)]
    loop.sync()
    assert (loop.mentor().attended_training, sent(loop)) == (False, "No")


def test_a_file_from_before_the_check_in_has_not_made_the_tick() -> None:
    loop = started()
    ticked(loop, "Yes")
    shown, loop.contacts[10] = loop.contacts[10], replace(loop.contacts[10], custom_fields={})
    loop.file_times.append(loop.as_of + timedelta(hours=1))
    loop.records = [check_in(recorded_at=loop.as_of + timedelta(hours=2))]
    loop.as_of -= timedelta(days=1)  # the year is recalculated from the contact data of before
    loop.sync()
    loop.contacts[10] = shown
    loop.as_of += timedelta(hours=3)
    loop.edit(10)
    loop.records = [replace(loop.records[0], undone_at=loop.as_of + timedelta(hours=1))]
    loop.sync()
    assert loop.mentor().attended_training


def test_a_mentor_without_a_contact_attends_as_well() -> None:
    loop = Loop.of_one(signup(), None, records=[check_in()])
    loop.sync()
    assert loop.mentor().attended_training
    assert sent(loop) == "Yes"
    loop.import_file()
    loop.sync()
    assert loop.mentor().attended_training


def test_several_sessions_are_one_attendance_on_the_first_day() -> None:
    later = check_in(2, session="Tuesday", observed_on=START.date() + timedelta(days=6))
    loop = Loop.of_one(signup(), contact(), records=[later, check_in(1, session="Wednesday")])
    loop.sync()
    assert loop.mentor().training_at == START.date()
    loop.records = [later, undone(1)]
    loop.sync()
    assert loop.mentor().training_at == START.date() + timedelta(days=6)
