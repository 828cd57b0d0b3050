"""Any sequence of edits on both sides, with syncs and imports in between: none is lost and both sides end up equal."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.mentors.rules.changes import find_changes
from tests.support.examples import examples
from tests.support.mentors_stage import CONFIG, MentorsStage, contact, phone, signup

# By field, the value that both sides have at first and values that they change it to: one field of each kind.
VALUES = {
    "phone": [phone(number) for number in range(1, 6)],
    "personal_email": ["robin1@mail.example", "r.testwell@mail.example", "robin@other.example"],
    "first_name": ["Robin", "Robyn", "Rob", "Bobbie"],
    "last_name": ["Testwella", "Testwella-Quill", "Quill", "Testwell"],
    "preferred_name": ["Rob", "Bo", "Birdie"],
    "gender": ["Female", "Male", "Other"],
    "shirt_size": ["M", "S", "L"],
    "partner_preference": ["2", "3", "4"],
}
LISTS = {"phone": "phones", "personal_email": "emails"}
LABELS = {name: CONFIG.custom_field_labels[name] for name in ("shirt_size", "partner_preference")}
SETTLED_AFTER = 4


@st.composite
def edits(draw: st.DrawFn, sides: Sequence[str] = ("ours", "theirs")) -> tuple[str, str, str]:
    name = draw(st.sampled_from(sorted(VALUES)))
    return draw(st.sampled_from(sides)), name, draw(st.sampled_from(VALUES[name]))


STEPS = st.lists(st.one_of(edits(), edits(), st.sampled_from(["sync", "sync and import"])), min_size=2, max_size=14)


@dataclass
class Story:
    """A stage with one mentor, and all values that a sync could see on either side."""

    stage: MentorsStage
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    kept: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    last: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    asked: int = 0

    def take(self, step: Any) -> None:
        if step == "sync":
            self.sync()
        elif step == "sync and import":
            self.sync()
            self.stage.import_file()
        elif step[0] == "ours":
            signed_up = self.stage.signups[0]
            self.stage.signups = [replace(signed_up, updated_at=self.stage.as_of, **{step[1]: step[2]})]
        else:
            self._edit_contact(step[1], step[2])

    def sync(self) -> None:
        """Sync: an edit of one side is accepted or is a conflict."""
        now = {name: self.both(name) for name in VALUES}
        for name, values in now.items():
            self.seen[name] |= {*values} - {None}
        result = self.stage.sync()
        asked = {conflict.subject for conflict in result.conflicts}
        for name, values in now.items():
            moved = [new for new, old in zip(values, self.last.get(name, values), strict=True) if new != old]
            if len(moved) == 1 and name not in asked:
                assert getattr(self.stage.mentor(), name) == moved[0], f"the only edit of {name} is lost"
        self.last = now
        for name in VALUES:
            self.kept[name].add(getattr(self.stage.mentor(), name))
        for conflict in result.conflicts:
            self.kept[conflict.subject] |= {conflict.option_a.value, conflict.option_b.value}

    def settle(self, choice: str) -> None:
        """Answer all conflicts and repeat the loop until nothing changes."""
        for _ in range(SETTLED_AFTER):
            self.sync()
            for conflict in self.stage.result.conflicts if self.stage.result else ():
                self.asked += 1
                self.stage.answer(conflict, choice)
            self.sync()
            self.stage.import_file()

    def both(self, name: str) -> tuple[Any, Any]:
        """Return the values of the sign-up and the contact."""
        return getattr(self.stage.signups[0], name), self.theirs(name)

    def theirs(self, name: str) -> Any:
        contact = self.stage.contacts[10]
        if name in LISTS:
            return getattr(contact, LISTS[name])[0]
        return contact.custom_fields.get(LABELS[name]) if name in LABELS else getattr(contact, name)

    def _edit_contact(self, name: str, value: str) -> None:
        contact = self.stage.contacts[10]
        if name in LISTS:
            # A person corrects the primary phone or email: the old one goes, the others stay.
            _, *others = getattr(contact, LISTS[name])
            self.stage.edit(10, **{LISTS[name]: tuple(dict.fromkeys((value, *others)))})
        elif name in LABELS:
            self.stage.edit(10, custom_fields={**contact.custom_fields, LABELS[name]: value})
        else:
            self.stage.edit(10, **{name: value})


def make_story(**options: Any) -> Story:
    """Both sides agree on everything, and contact data has confirmed it."""
    story = Story(
        MentorsStage.of_one(
            signup(preferred_name="Rob", gender="Female", partner_preference="2"), contact(10), **options
        )
    )
    story.sync()
    story.stage.import_file()
    story.sync()
    return story


# The mentor changes the answer back to an old value: that is an edit too.
THERE_AND_BACK = [
    ("theirs", "first_name", "Bobbie"),
    "sync and import",
    "sync",
    ("ours", "first_name", "Robyn"),
    "sync",
    ("ours", "first_name", "Robin"),
    "sync",
]
# Both sides change a value, then a person in Givebutter changes it back: that is an edit too.
RESET = {
    name: [("ours", name, ours), ("theirs", name, theirs), "sync", ("theirs", name, before), "sync"]
    for name, (before, ours, theirs, *_) in VALUES.items()
}


@settings(max_examples=examples(100))
@example(steps=THERE_AND_BACK, choice="a", replace_primary=False, add_tags=False)
@given(steps=STEPS, choice=st.sampled_from("ab"), replace_primary=st.booleans(), add_tags=st.booleans())
def test_no_edit_is_lost_and_both_sides_end_up_equal_and_stay_so(
    steps: list[Any], choice: str, replace_primary: bool, add_tags: bool
) -> None:
    story = make_story(replace_primary=replace_primary, add_tags=add_tags)
    for step in steps:
        story.take(step)
    story.settle(choice)
    for name in VALUES:
        assert story.seen[name] <= story.kept[name], f"an edit of {name} was neither taken nor asked about"
        mentor = getattr(story.stage.mentor(), name)
        held = getattr(story.stage.contacts[10], LISTS[name]) if name in LISTS else (story.theirs(name),)
        assert mentor in held, f"{name} differs between the two sides"
    before, rows, asked = story.stage.previous, story.stage.rows(), story.asked
    story.sync()
    assert find_changes(before, story.stage.previous.values()) == ()
    assert story.stage.previous == before
    assert story.stage.rows() == rows
    story.settle(choice)
    assert story.asked == asked, "nobody is asked again"


@pytest.mark.parametrize("name", sorted(VALUES))
def test_an_edit_that_is_taken_back_in_givebutter_during_a_conflict_is_asked_about(name: str) -> None:
    story = make_story()
    for step in RESET[name]:
        story.take(step)
    (conflict,) = story.stage.result.conflicts if story.stage.result else ()
    before, ours, *_ = VALUES[name]
    assert (conflict.subject, conflict.option_a.value, conflict.option_b.value) == (name, ours, before)
    assert getattr(story.stage.mentor(), name) == before


@settings(max_examples=examples(60))
@given(steps=STEPS)
def test_to_run_twice_is_to_run_once(steps: list[Any]) -> None:
    story = make_story()
    for step in steps:
        story.take(step)
        if isinstance(step, str):
            before = story.stage.previous
            story.stage.sync()
            if step == "sync":
                assert story.stage.previous == before
                assert find_changes(before, story.stage.previous.values()) == ()


@settings(max_examples=examples(60))
@given(steps=st.lists(edits(["theirs"]), min_size=1, max_size=6))
def test_edits_of_one_side_alone_are_never_asked_about(steps: list[Any]) -> None:
    story = make_story()
    for step in steps:
        story.take(step)
        story.sync()
        assert story.stage.result is not None
        assert story.stage.result.conflicts == ()
        shown = story.theirs(step[1])
        assert getattr(story.stage.mentor(), step[1]) == shown
