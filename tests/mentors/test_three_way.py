"""Rulebook section 7, three-way merge: no edit on either side is lost, whatever the order of things."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.domain.three_way import (
    Base,
    MergeResult,
    confirm_base,
    current_list_value,
    current_value,
    merge_field,
)
from tests.support.examples import examples
from tests.support.loop import CONFIG, SHIRT, START, Loop, contact, entry, phone, signup

SIZES = ("XS", "S", "L", "XL", "2XL", "3XL")


def base(value: Any, source: Any = None, shown: Any = None) -> Base:
    return Base(value=value, source_value=source, contact_value=shown, contact_id=10, confirmed_at=START)


@pytest.mark.parametrize(
    ("known", "ours", "theirs", "expected"),
    [
        (base("v"), "v", "v", MergeResult("agreed", "v")),
        (base("v"), "new", "v", MergeResult("ours", "new")),
        (base("v"), "v", "new", MergeResult("theirs", "new")),
        (base("v"), "new", "new", MergeResult("agreed", "new")),
        (base("v"), "one", "two", MergeResult("conflict")),
        (base("v"), "v", None, MergeResult("theirs", None)),  # removed in Givebutter
        (base("v"), None, "v", MergeResult("theirs", "v")),  # we never clear a field
        (base(None), "new", None, MergeResult("ours", "new")),
        (None, "v", "v", MergeResult("agreed", "v")),
        (None, "v", None, MergeResult("ours", "v")),
        (None, None, "v", MergeResult("theirs", "v")),
        (None, "one", "two", MergeResult("undecided")),
    ],
)
def test_the_merge_of_one_value(known: Base | None, ours: Any, theirs: Any, expected: MergeResult) -> None:
    assert merge_field(known, ours, theirs) == expected


VALUES = st.sampled_from([None, "a", "b", "c"])


@given(value=VALUES, ours=VALUES, theirs=VALUES)
def test_a_merge_never_invents_a_value_and_never_drops_a_lone_edit(value: Any, ours: Any, theirs: Any) -> None:
    merged = merge_field(base(value), ours, theirs)
    if merged.outcome == "conflict":
        assert len({value, ours, theirs}) == 3
    else:
        assert merged.value in (ours, theirs)
        if theirs != value and ours in (value, None):
            assert merged.value == theirs
        if ours not in (value, None) and theirs == value:
            assert merged.value == ours


def test_an_old_sign_up_is_no_edit_after_givebutters_edit_was_taken_over() -> None:
    known = base("edited", source="signed up", shown="edited")
    assert current_value(known, known.source_value, "signed up") == "edited"
    assert current_value(known, known.source_value, "signed up anew") == "signed up anew"


def test_an_additional_phone_that_an_import_added_is_no_edit() -> None:
    known = base("mine", source="mine", shown="first")
    assert current_list_value(known, ("first", "mine", "other"), "first") == "mine"
    assert current_list_value(known, ("new", "mine"), "new") == "new"
    assert current_list_value(known, ("first",), "first") == "first"
    assert current_list_value(known, (), None) is None


def test_a_base_that_says_the_same_keeps_its_moment() -> None:
    known = base("v", "v", "v")
    later = START + timedelta(days=9)
    again = confirm_base(known, value="v", source_value="v", contact_value="v", contact_id=10, as_of=later)
    moved = confirm_base(known, value="v", source_value="v", contact_value="w", contact_id=10, as_of=later)
    assert again == known
    assert moved.confirmed_at == later


# One step: what each side edits before the sync, whether the file is then imported, and how a question is answered.
STEPS = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from(["no", "replace", "put first"]),
        st.booleans(),
        st.sampled_from(["wait", "a", "b", "custom"]),
    ),
    max_size=9,
)


@settings(max_examples=examples(150))
@given(steps=STEPS, replace_primary=st.booleans())
def test_no_edit_of_a_phone_is_lost(steps: list[tuple[bool, str, bool, str]], replace_primary: bool) -> None:
    loop = Loop.of_one(signup(), contact(), replace_primary=replace_primary)
    fresh = count(100)
    loop.sync()
    value, open_ours, dispute = phone(1), False, None
    for ours_edits, theirs_edits, imported, choice in steps:
        ours = theirs = None
        if ours_edits:
            ours = phone(next(fresh))
            loop.signups = [replace(loop.signups[0], phone=ours)]
        if theirs_edits != "no":
            theirs = phone(next(fresh))
            kept = loop.contacts[10].phones if theirs_edits == "put first" else ()
            loop.edit(10, phones=(theirs, *kept))
        conflicts = loop.sync().conflicts
        value, open_ours, dispute = _expect(loop, value, (ours, theirs), open_ours=open_ours, dispute=dispute)
        assert bool(conflicts) == (dispute is not None)
        assert loop.mentor().phone == value
        if conflicts and choice != "wait":
            custom = phone(next(fresh))
            loop.answer(conflicts[0], choice, custom)
            value = {"a": dispute[0], "b": dispute[1], "custom": custom}[choice] if dispute else value
            assert loop.sync().conflicts == ()
            assert loop.mentor().phone == value
            loop.import_file()  # before the next edit, so that the answer is settled on both sides
            assert loop.sync().conflicts == ()
            assert loop.mentor().phone == value
            if choice == "b":
                return  # the question stays answered for these two values; a new edit would ask again
            open_ours, dispute = False, None
        elif imported:
            loop.import_file()
            loop.sync()
            open_ours = open_ours and dispute is not None
        assert loop.mentor().phone == value


def _expect(
    loop: Loop, value: str, edits: tuple[str | None, str | None], *, open_ours: bool, dispute: Any
) -> tuple[str, bool, Any]:
    """The state after a sync: the value, whether ours still has to reach Givebutter, and the two sides of a dispute."""
    ours, theirs = edits
    if dispute is not None:
        return theirs or dispute[1], True, (ours or dispute[0], theirs or dispute[1])
    if theirs is None:
        return ours or value, open_ours or ours is not None, None
    if ours is not None or open_ours:
        return theirs, True, (ours or value, theirs)
    return theirs, False, None


@given(
    steps=st.lists(
        st.tuples(st.sampled_from((None, *SIZES)), st.sampled_from((None, *SIZES)), st.booleans()), max_size=8
    )
)
def test_no_edit_of_a_text_is_lost(steps: list[tuple[str | None, str | None, bool]]) -> None:
    loop = Loop.of_one(signup(), contact(custom_fields={SHIRT: "M"}))
    loop.sync()
    agreed = "M"
    for ours, theirs, imported in steps:
        before = loop.signups[0].shirt_size
        if ours is not None:
            loop.signups = [replace(loop.signups[0], shirt_size=ours)]
        if theirs is not None:
            loop.edit(10, custom_fields={SHIRT: theirs})
        conflicts = loop.sync().conflicts
        ours_changed = ours not in (None, before, agreed)
        theirs_now = loop.contacts[10].custom_fields[SHIRT]
        if conflicts:
            assert (conflicts[0].option_a.value, conflicts[0].option_b.value) == (
                loop.signups[0].shirt_size,
                theirs_now,
            )
            assert loop.mentor().shirt_size == theirs_now
            return
        if ours_changed:
            assert loop.mentor().shirt_size == ours
        elif theirs is not None and theirs != agreed:
            assert loop.mentor().shirt_size == theirs
        if imported:
            loop.import_file()
            assert loop.sync().conflicts == ()
            agreed = loop.mentor().shirt_size or ""
            assert loop.contacts[10].custom_fields[SHIRT] == agreed
        elif loop.mentor().shirt_size == theirs_now:
            agreed = theirs_now


def test_the_manual_edit_end_to_end() -> None:
    """Training set by us, imported, phone edited by hand in Givebutter, refreshed: the next file carries both."""
    loop = Loop.of_one(signup(), contact())
    loop.sync()
    loop.trainings = [entry("71", mn_id="mn 0001", first_name="Robin", last_name="Testwella")]
    loop.sync()
    loop.import_file()
    loop.edit(10, phones=(phone(77),))
    loop.sync()
    row = loop.rows()[0].row
    assert row.cells["Primary Phone Number"] == phone(77)
    assert phone(1) not in (row.cells["Phone Numbers"] or "")
    assert row.custom_fields[CONFIG.custom_field_labels["training_signup"]] == "Yes"
    assert loop.mentor().provenance["phone"].rule == "givebutter_edit"


def test_an_older_export_is_no_edit() -> None:
    loop = Loop.of_one(signup(), contact())
    loop.sync()
    past = loop.as_of
    old = loop.contacts[10]
    loop.as_of += timedelta(days=5)
    loop.edit(10, phones=(phone(50),))
    loop.sync()
    assert loop.mentor().phone == phone(50)
    loop.contacts[10], loop.as_of = old, past
    loop.sync()
    assert loop.mentor().phone == phone(50)


def test_a_column_that_the_data_lacks_is_no_removal() -> None:
    loop = Loop.of_one(signup(preferred_name="Rob"), contact(preferred_name="Rob", custom_fields={SHIRT: "M"}))
    loop.sync()
    loop.edit(10, preferred_name=None, custom_fields={})
    loop.sync()
    assert (loop.mentor().preferred_name, loop.mentor().shirt_size) == ("Rob", "M")


def test_a_value_removed_in_givebutter_stays_removed() -> None:
    one, other = signup(), signup(2)
    loop = Loop(
        signups=[one, other],
        contacts={
            10: contact(custom_fields={SHIRT: "M"}),
            20: contact(20, phones=(phone(2),), emails=("robin2@mail.example",), custom_fields={SHIRT: "L"}),
        },
        winners={one.submission_id: 10, other.submission_id: 20},
    )
    loop.sync()
    loop.edit(10, phones=(), custom_fields={})
    for _ in range(2):
        loop.sync()
        assert (loop.mentor().phone, loop.mentor().shirt_size) == (None, None)
        loop.import_file()
    loop.signups[0] = replace(one, phone=phone(60))
    loop.sync()
    assert loop.mentor().phone == phone(60)


def test_another_winner_starts_without_a_base() -> None:
    loop = Loop.of_one(signup(), contact(), contact(11, phones=(phone(1), phone(5)), first_name="Rob"))
    loop.sync()
    loop.losers = {}
    loop.winners[loop.signups[0].submission_id] = 11
    loop.sync()
    assert loop.mentor().first_name == "Robin"
    assert loop.mentor().phone == phone(1)


def test_another_known_value_as_the_primary_is_no_edit() -> None:
    known = Base(
        value="mine",
        source_value="mine",
        contact_value="mine",
        contact_id=1,
        confirmed_at=START,
        contact_values=("mine", "other"),
    )
    assert current_list_value(known, ("other", "mine"), "other") == "mine", "Givebutter chose another primary"
    assert current_list_value(known, ("new", "mine"), "new") == "new", "somebody entered a new one"
    assert current_list_value(known, ("other",), "other") == "other", "somebody removed it"
