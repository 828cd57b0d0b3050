"""In any order of edits by staff and in Givebutter, no sync removes a tick, and an undo by a person is kept."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.domain.records import Contact
from tests.attendance.builders import check_in
from tests.support.examples import examples
from tests.support.mentors_stage import CONFIG, MentorsStage, contact, signup

LABEL = CONFIG.custom_field_labels["attended_training"]
EVENTS = ("check in", "undo", "withdraw", "tick by hand", "clear", "import our file", "refresh", "sync", "sync")


@dataclass
class Desk:
    """Model of one mentor: edits by staff here and in Givebutter, and the expected result of the next sync.

    `contact` is the contact in Givebutter; a sync sees it as it was at the last `refresh`.
    """

    stage: MentorsStage = field(default_factory=lambda: MentorsStage.of_one(signup(), contact()))
    contact: Contact = field(init=False)
    now: datetime = field(init=False)
    by_hand: bool = False  # as far as the data shows, a person made the tick in Givebutter
    shown_by_hand: bool = False  # the same, for the tick at the last refresh
    seen_by_hand: bool = False  # such a tick was in the contact data of a sync
    unclear: bool = False  # a tick may be a person's or our own
    cleared: bool = False  # the tick was cleared by hand since the last sync

    def __post_init__(self) -> None:
        self.contact = self.stage.contacts[10]
        self.sync()

    @property
    def is_ticked(self) -> bool:
        return self.contact.custom_fields.get(LABEL) == "Yes"

    @property
    def is_shown_ticked(self) -> bool:
        return self.stage.contacts[10].custom_fields.get(LABEL) == "Yes"

    @property
    def standing(self) -> bool:
        return any(record.is_in_force for record in self.stage.records)

    def take(self, event: str) -> None:
        self.now += timedelta(minutes=1)
        {
            "check in": self.check_in,
            "undo": lambda: self.undo(withdraws_tick=False),
            "withdraw": lambda: self.undo(withdraws_tick=True),
            "tick by hand": self.tick,
            "clear": self.clear,
            "import our file": self.import_file,
            "refresh": self.refresh,
            "sync": self.sync,
        }[event]()

    def check_in(self) -> None:
        number = len(self.stage.records) + 1
        self.stage.records.append(check_in(number, observed_at=self.now, recorded_at=self.now))

    def undo(self, *, withdraws_tick: bool) -> None:
        if not self.standing:
            if not (withdraws_tick and self.stage.mentor().attended_training):
                return  # the service refuses it
            self.check_in()  # the row that records the withdrawal of Givebutter's tick
        self.stage.records = [
            replace(record, undone_at=self.now, undone_by="Ann", withdraws_tick=withdraws_tick)
            if record.is_in_force
            else record
            for record in self.stage.records
        ]
        if withdraws_tick:
            self.by_hand = self.shown_by_hand = self.seen_by_hand = self.unclear = False

    def tick(self) -> None:
        if self.is_ticked:
            return
        # A tick that was cleared by hand since the last sync and then made again looks like the old one.
        self.unclear = self.unclear or self.cleared
        self.by_hand = not self.unclear
        self._set("Yes")

    def clear(self) -> None:
        self.by_hand, self.cleared = False, True
        self._set(None)

    def import_file(self) -> None:
        (built,) = self.stage.rows()
        text = built.row.custom_fields.get(LABEL)
        self.stage.file_times.append(self.now)
        if text is not None and (text == "Yes") != self.is_ticked:
            self.by_hand = False
            self._set(text)
        self.contact = replace(self.contact, external_id="MN0001")

    def sync(self) -> None:
        self.stage.sync()
        self.now = self.stage.as_of
        self.cleared = False
        self.seen_by_hand = self.seen_by_hand or (self.shown_by_hand and self.is_shown_ticked)

    def refresh(self) -> None:
        self.stage.contacts[10] = self.contact
        self.shown_by_hand = self.by_hand

    def _set(self, text: str | None) -> None:
        held = {name: value for name, value in self.contact.custom_fields.items() if name != LABEL}
        fields = held | ({LABEL: text} if text else {})
        self.contact = replace(self.contact, custom_fields=fields, last_modified=self.now)


@settings(max_examples=examples(40))
@given(st.lists(st.sampled_from(EVENTS), max_size=25))
def test_a_check_in_and_a_tick_by_hand_stay_until_a_person_clears_them(events: list[str]) -> None:
    desk = Desk()
    for event in (*events, "sync"):
        desk.take(event)
        if event == "sync":
            attended = desk.stage.mentor().attended_training
            if desk.standing or desk.seen_by_hand:
                assert attended
            elif desk.stage.records and not desk.is_shown_ticked and not desk.unclear:
                assert not attended


@settings(max_examples=examples(40))
@given(st.lists(st.sampled_from(EVENTS), max_size=20), st.sampled_from(["undo", "withdraw"]))
def test_a_withdrawn_tick_is_cleared_within_two_rounds_and_stays_cleared(events: list[str], last: str) -> None:
    desk = Desk()
    for event in (*events, "refresh", "sync"):
        desk.take(event)
    if last == "undo" and (desk.seen_by_hand or desk.unclear or not desk.standing):
        return
    desk.take(last)
    for event in ("sync", *("refresh", "sync", "import our file") * 2, "refresh", "sync"):
        desk.take(event)
    assert not desk.stage.mentor().attended_training
    assert not desk.is_ticked


@settings(max_examples=examples(40))
@given(st.lists(st.sampled_from(EVENTS), max_size=20))
def test_a_second_sync_over_the_same_data_changes_nothing(events: list[str]) -> None:
    desk = Desk()
    for event in (*events, "sync"):
        desk.take(event)
    before = desk.stage.mentor()
    desk.take("sync")
    assert desk.stage.mentor() == before
