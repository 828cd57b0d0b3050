"""Rulebook section 7, three-way merge: no edit on either side is lost, in any order."""

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
from tests.support.mentors_stage import CONFIG, SHIRT, START, MentorsStage, contact, entry, phone, signup

SIZES = ("XS", "S", "L", "XL", "2XL", "3XL")


def base(value: Any, source: Any = None, shown: Any = None) -> Base:
    return Base(value=value, source_value=source, contact_value=shown, contact_id=10, confirmed_at=START)


@pytest.mark.parametrize(
    ("known", "source", "contact_value", "expected"),
    [
        (base("v"), "v", "v", MergeResult("agreed", "v")),
        (base("v"), "new", "v", MergeResult("source", "new")),
        (base("v"), "v", "new", MergeResult("contact", "new")),
        (base("v"), "new", "new", MergeResult("agreed", "new")),
        (base("v"), "one", "two", MergeResult("conflict")),
        (base("v"), "v", None, MergeResult("contact", None)),  # removed in Givebutter
        (base("v"), None, "v", MergeResult("contact", "v")),  # we never clear a field
        (base(None), "new", None, MergeResult("source", "new")),
        (None, "v", "v", MergeResult("agreed", "v")),
        (None, "v", None, MergeResult("source", "v")),
        (None, None, "v", MergeResult("contact", "v")),
        (None, "one", "two", MergeResult("undecided")),
    ],
)
def test_the_merge_of_one_value(known: Base | None, source: Any, contact_value: Any, expected: MergeResult) -> None:
    assert merge_field(known, source, contact_value) == expected


VALUES = st.sampled_from([None, "a", "b", "c"])


@given(value=VALUES, source=VALUES, contact_value=VALUES)
def test_a_merge_never_invents_a_value_and_never_drops_a_lone_edit(value: Any, source: Any, contact_value: Any) -> None:
    merged = merge_field(base(value), source, contact_value)
    if merged.outcome == "conflict":
        assert len({value, source, contact_value}) == 3
    else:
        assert merged.value in (source, contact_value)
        if contact_value != value and source in (value, None):
            assert merged.value == contact_value
        if source not in (value, None) and contact_value == value:
            assert merged.value == source


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


def test_an_equal_base_keeps_its_time() -> None:
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


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(steps=STEPS, replace_primary=st.booleans())
def test_no_edit_of_a_phone_is_lost(steps: list[tuple[bool, str, bool, str]], replace_primary: bool) -> None:
    stage = MentorsStage.of_one(signup(), contact(), replace_primary=replace_primary)
    fresh = count(100)
    stage.sync()
    value, open_source, is_edit, dispute = phone(1), False, False, None
    for edits_source, contact_step, imported, choice in steps:
        source_edit = contact_edit = None
        if edits_source:
            source_edit = phone(next(fresh))
            stage.signups = [replace(stage.signups[0], phone=source_edit)]
        if contact_step != "no":
            contact_edit = phone(next(fresh))
            kept = stage.contacts[10].phones if contact_step == "put first" else ()
            stage.edit(10, phones=(contact_edit, *kept))
        conflicts = stage.sync().conflicts
        value, open_source, is_edit, dispute = _expect(
            value, (source_edit, contact_edit), open_source=open_source, is_edit=is_edit, dispute=dispute
        )
        assert bool(conflicts) == (dispute is not None)
        assert stage.mentor().phone == value
        if conflicts and choice != "wait":
            custom = phone(next(fresh))
            stage.answer(conflicts[0], choice, custom)
            value = {"a": dispute[0], "b": dispute[1], "custom": custom}[choice] if dispute else value
            assert stage.sync().conflicts == ()
            assert stage.mentor().phone == value
            stage.import_file()  # before the next edit, so that the answer is settled on both sides
            assert stage.sync().conflicts == ()
            assert stage.mentor().phone == value
            if choice == "b":
                return  # the question stays answered for these two values; a new edit would ask again
            open_source, is_edit, dispute = False, choice == "custom", None
        elif imported:
            stage.import_file()
            stage.sync()
            open_source = open_source and dispute is not None
        assert stage.mentor().phone == value


def _expect(
    value: str, edits: tuple[str | None, str | None], *, open_source: bool, is_edit: bool, dispute: Any
) -> tuple[str, bool, bool, Any]:
    """Return the expected value, and the two sides of a dispute.

    Also: whether the source's edit is still open, and whether the value was entered in Givebutter.
    """
    source_edit, contact_edit = edits
    if dispute is not None:
        return contact_edit or dispute[1], True, is_edit, (source_edit or dispute[0], contact_edit or dispute[1])
    if contact_edit is None and source_edit is not None and is_edit:
        return value, True, is_edit, (source_edit, value)
    if contact_edit is None:
        return source_edit or value, open_source or source_edit is not None, is_edit, None
    if source_edit is not None or open_source:
        return contact_edit, True, is_edit, (source_edit or value, contact_edit)
    return contact_edit, False, True, None


@given(
    steps=st.lists(
        st.tuples(st.sampled_from((None, *SIZES)), st.sampled_from((None, *SIZES)), st.booleans()), max_size=8
    )
)
def test_no_edit_of_a_text_is_lost(steps: list[tuple[str | None, str | None, bool]]) -> None:
    stage = MentorsStage.of_one(signup(), contact(custom_fields={SHIRT: "M"}))
    stage.sync()
    agreed = "M"
    for source_edit, contact_edit, imported in steps:
        before = stage.signups[0].shirt_size
        if source_edit is not None:
            stage.signups = [replace(stage.signups[0], shirt_size=source_edit)]
        if contact_edit is not None:
            stage.edit(10, custom_fields={SHIRT: contact_edit})
        conflicts = stage.sync().conflicts
        source_changed = source_edit not in (None, before, agreed)
        contact_now = stage.contacts[10].custom_fields[SHIRT]
        if conflicts:
            assert (conflicts[0].option_a.value, conflicts[0].option_b.value) == (
                stage.signups[0].shirt_size,
                contact_now,
            )
            assert stage.mentor().shirt_size == contact_now
            return
        if source_changed:
            assert stage.mentor().shirt_size == source_edit
        elif contact_edit is not None and contact_edit != agreed:
            assert stage.mentor().shirt_size == contact_edit
        if imported:
            stage.import_file()
            assert stage.sync().conflicts == ()
            agreed = stage.mentor().shirt_size or ""
            assert stage.contacts[10].custom_fields[SHIRT] == agreed
        elif stage.mentor().shirt_size == contact_now:
            agreed = contact_now


def test_the_manual_edit_end_to_end() -> None:
    """Training set by us, imported, phone edited by hand in Givebutter, refreshed: the next file carries both."""
    stage = MentorsStage.of_one(signup(), contact())
    stage.sync()
    stage.trainings = [entry("71", mn_id="mn 0001", first_name="Robin", last_name="Testwella")]
    stage.sync()
    stage.import_file()
    stage.edit(10, phones=(phone(77),))
    stage.sync()
    row = stage.rows()[0].row
    assert row.cells["Primary Phone Number"] == phone(77)
    assert phone(1) not in (row.cells["Phone Numbers"] or "")
    assert row.custom_fields[CONFIG.custom_field_labels["training_signup"]] == "Yes"
    assert stage.mentor().provenance["phone"].rule == "givebutter_edit"


def test_an_older_export_is_no_edit() -> None:
    stage = MentorsStage.of_one(signup(), contact())
    stage.sync()
    past = stage.as_of
    old = stage.contacts[10]
    stage.as_of += timedelta(days=5)
    stage.edit(10, phones=(phone(50),))
    stage.sync()
    assert stage.mentor().phone == phone(50)
    stage.contacts[10], stage.as_of = old, past
    stage.sync()
    assert stage.mentor().phone == phone(50)


def test_a_column_that_the_data_lacks_is_no_removal() -> None:
    stage = MentorsStage.of_one(signup(preferred_name="Rob"), contact(preferred_name="Rob", custom_fields={SHIRT: "M"}))
    stage.sync()
    stage.edit(10, preferred_name=None, custom_fields={})
    stage.sync()
    assert (stage.mentor().preferred_name, stage.mentor().shirt_size) == ("Rob", "M")


def test_a_value_removed_in_givebutter_stays_removed() -> None:
    first, second = signup(), signup(2)
    stage = MentorsStage(
        signups=[first, second],
        contacts={
            10: contact(custom_fields={SHIRT: "M"}),
            20: contact(20, phones=(phone(2),), emails=("robin2@mail.example",), custom_fields={SHIRT: "L"}),
        },
        winners={first.submission_id: 10, second.submission_id: 20},
    )
    stage.sync()
    stage.edit(10, phones=(), custom_fields={})
    for _ in range(2):
        stage.sync()
        assert (stage.mentor().phone, stage.mentor().shirt_size) == (None, None)
        stage.import_file()
    stage.signups[0] = replace(first, phone=phone(60))
    stage.sync()
    assert stage.mentor().phone == phone(60)


@pytest.mark.parametrize(
    ("name", "junk"),
    [
        ("phone", {"phones": (), "primary_phone": "12345"}),
        ("phone", {"phones": ("+19999999999",), "primary_phone": "+19999999999"}),
        ("personal_email", {"emails": (), "primary_email": "n/a"}),
        ("personal_email", {"emails": ("none@none.com",), "primary_email": "none@none.com"}),
    ],
)
def test_an_invalid_phone_or_email_in_givebutter_does_not_replace_a_good_one(name: str, junk: dict[str, Any]) -> None:
    stage = MentorsStage.of_one(signup(), contact(10))
    stage.sync()
    before = getattr(stage.mentor(), name)
    stage.contacts[10] = replace(stage.contacts[10], last_modified=stage.as_of, **junk)
    assert stage.sync().conflicts == ()
    assert getattr(stage.mentor(), name) == before


def test_another_winner_starts_without_a_base() -> None:
    stage = MentorsStage.of_one(signup(), contact(), contact(11, phones=(phone(1), phone(5)), first_name="Rob"))
    stage.sync()
    stage.losers = {}
    stage.winners[stage.signups[0].submission_id] = 11
    stage.sync()
    assert stage.mentor().first_name == "Robin"
    assert stage.mentor().phone == phone(1)


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


def test_another_spelling_of_a_known_mailbox_as_the_primary_is_no_edit() -> None:
    known = replace(base("new@mail.example"), contact_values=("j.doe@gmail.com", "new@mail.example"))
    held = ("jdoe@googlemail.com", "new@mail.example")
    assert current_list_value(known, held, "jdoe@googlemail.com") == "new@mail.example"
