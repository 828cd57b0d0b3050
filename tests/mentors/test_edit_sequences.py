"""Any sequence of edits on both sides, with syncs and imports in between: none is lost and both sides end up equal."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.mentors.rules.changes import find_changes
from tests.support.examples import examples
from tests.support.loop import SHIRT, Loop, contact, phone, signup

VALUES = {
    "phone": [phone(number) for number in range(1, 6)],
    "first_name": ["Robin", "Robyn", "Rob", "Bobbie"],
    "preferred_name": ["Rob", "Bo", "Birdie"],
    "shirt_size": ["S", "M", "L"],
}
SETTLED_AFTER = 4


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str, str]:
    name = draw(st.sampled_from(sorted(VALUES)))
    return draw(st.sampled_from(["source", "contact"])), name, draw(st.sampled_from(VALUES[name]))


STEPS = st.lists(st.one_of(edits(), edits(), st.sampled_from(["sync", "sync and import"])), min_size=2, max_size=14)


@dataclass
class EditStory:
    """A loop with one mentor, and all values that a sync could see on either side."""

    loop: Loop
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    kept: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    last: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    asked: int = 0

    def take(self, step: Any) -> None:
        if step == "sync":
            self.sync()
        elif step == "sync and import":
            self.sync()
            self.import_file()
        elif step[0] == "source":
            sign_up = self.loop.signups[0]
            self.loop.signups = [replace(sign_up, updated_at=self.loop.as_of, **{step[1]: step[2]})]
        else:
            self._edit_contact(step[1], step[2])

    def sync(self) -> None:
        """Sync: an edit of one side is accepted or is a conflict."""
        now = {name: self.both(name) for name in VALUES}
        for name, values in now.items():
            self.seen[name] |= {*values} - {None}
        result = self.loop.sync()
        asked = {conflict.subject for conflict in result.conflicts}
        for name, values in now.items():
            moved = [new for new, old in zip(values, self.last.get(name, values), strict=True) if new != old]
            if len(moved) == 1 and name not in asked:
                assert getattr(self.loop.mentor(), name) == moved[0], f"the only edit of {name} is lost"
        self.last = now
        for name in VALUES:
            self.kept[name].add(getattr(self.loop.mentor(), name))
        for conflict in result.conflicts:
            self.kept[conflict.subject] |= {conflict.option_a.value, conflict.option_b.value}

    def settle(self, choice: str) -> None:
        """Answer all conflicts and repeat the loop until nothing changes."""
        for _ in range(SETTLED_AFTER):
            self.sync()
            for conflict in self.loop.result.conflicts if self.loop.result else ():
                self.asked += 1
                self.loop.answer(conflict, choice)
            self.sync()
            self.import_file()

    def import_file(self) -> None:
        self.loop.import_file()
        self.last = {name: self.both(name) for name in VALUES}

    def both(self, name: str) -> tuple[Any, Any]:
        """Return the values of the sign-up and the contact."""
        return getattr(self.loop.signups[0], name), self.shown_value(name)

    def shown_value(self, name: str) -> Any:
        contact = self.loop.contacts[10]
        if name == "phone":
            return contact.primary_phone
        return contact.custom_fields.get(SHIRT) if name == "shirt_size" else getattr(contact, name)

    def _edit_contact(self, name: str, value: str) -> None:
        contact = self.loop.contacts[10]
        if name == "phone":
            # A person corrects the number: the old primary one goes, the others stay.
            self.loop.edit(10, phones=tuple(dict.fromkeys((value, *contact.phones[1:]))))
        elif name == "shirt_size":
            self.loop.edit(10, custom_fields={**contact.custom_fields, SHIRT: value})
        else:
            self.loop.edit(10, **{name: value})


def story(**options: Any) -> EditStory:
    """Both sides agree on everything, and contact data has confirmed it."""
    story_ = EditStory(Loop.of_one(signup(preferred_name="Rob"), contact(10), **options))
    story_.sync()
    story_.import_file()
    story_.sync()
    return story_


# The mentor changes the answer back to an old value: that is an edit too.
THERE_AND_BACK = [
    ("contact", "first_name", "Bobbie"),
    "sync and import",
    "sync",
    ("source", "first_name", "Robyn"),
    "sync",
    ("source", "first_name", "Robin"),
    "sync",
]


@settings(max_examples=examples(150))
@example(steps=THERE_AND_BACK, choice="a", replace_primary=False, add_tags=False)
@given(steps=STEPS, choice=st.sampled_from("ab"), replace_primary=st.booleans(), add_tags=st.booleans())
def test_no_edit_is_lost_and_both_sides_end_up_equal(
    steps: list[Any], choice: str, replace_primary: bool, add_tags: bool
) -> None:
    story_ = story(replace_primary=replace_primary, add_tags=add_tags)
    for step in steps:
        story_.take(step)
    story_.settle(choice)
    for name in VALUES:
        assert story_.seen[name] <= story_.kept[name], f"an edit of {name} was neither taken nor asked about"
        mentor = getattr(story_.loop.mentor(), name)
        held = story_.loop.contacts[10].phones if name == "phone" else (story_.shown_value(name),)
        assert mentor in held, f"{name} differs between the two sides"


@given(steps=STEPS, choice=st.sampled_from("ab"))
def test_after_it_has_settled_nothing_moves_and_nobody_is_asked(steps: list[Any], choice: str) -> None:
    story_ = story()
    for step in steps:
        story_.take(step)
    story_.settle(choice)
    before, rows, asked = story_.loop.previous, story_.loop.rows(), story_.asked
    story_.sync()
    assert find_changes(before, story_.loop.previous.values()) == ()
    assert story_.loop.previous == before
    assert story_.loop.rows() == rows
    story_.settle(choice)
    assert story_.asked == asked


@given(steps=STEPS)
def test_to_run_twice_is_to_run_once(steps: list[Any]) -> None:
    story_ = story()
    for step in steps:
        story_.take(step)
        if isinstance(step, str):
            before = story_.loop.previous
            story_.loop.sync()
            if step == "sync":
                assert story_.loop.previous == before
                assert find_changes(before, story_.loop.previous.values()) == ()


@given(steps=st.lists(edits().filter(lambda step: step[0] == "contact"), min_size=1, max_size=6))
def test_edits_of_one_side_alone_are_never_asked_about(steps: list[Any]) -> None:
    story_ = story()
    for step in steps:
        story_.take(step)
        story_.sync()
        assert story_.loop.result is not None
        assert story_.loop.result.conflicts == ()
        shown = story_.shown_value(step[1])
        assert getattr(story_.loop.mentor(), step[1]) == shown
