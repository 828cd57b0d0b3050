"""The truth of one season and what the syncs have shown so far."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mentorsync_pipeline.attendance.rules.own_tick import FIELD as ATTENDED
from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.conflicts import NEW_CONTACT
from mentorsync_pipeline.domain.givebutter_values import YES
from mentorsync_pipeline.domain.records import Contact, Mentor, Submission
from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from tests.seasons.damages import Damage
from tests.seasons.invariants.hand_edits import HandEdits
from tests.seasons.invariants.kinds import KINDS, TRACKED, BrokenError
from tests.seasons.memory import MemorySync
from tests.seasons.people import Person, mailbox, plain_id
from tests.seasons.simulated_services import ATTENDED_LABEL, Town
from tests.support.pure_review import Key, StoredConflict
from tests.support.pure_year import Feed


@dataclass(frozen=True)
class Edit:
    """A field of a contact that somebody changed in Givebutter after both sides had agreed on it.

    `ours` is the value of the sign-up at that time, `contacts` are those that were loaded then.
    """

    contact_id: int
    old: str
    value: str
    ours: str
    contacts: Mapping[int, Contact]


# The subjects of questions about a field that has others than its own name.
SUBJECTS = {"personal_email": ("personal_email", "emails")}
Tracked = tuple[int, str]
"""A person and a field."""


@dataclass
class Observations:
    """The truth of one season and what the syncs have shown so far. It checks nothing."""

    town: Town
    system: MemorySync
    agreed: dict[Tracked, tuple[int, str, str]] = field(default_factory=dict)
    unseen: dict[Tracked, Edit] = field(default_factory=dict)
    seen: dict[Tracked, Edit] = field(default_factory=dict)
    ours: dict[Tracked, tuple[str, str]] = field(default_factory=dict)
    ours_agreed: dict[Tracked, dict[int, str]] = field(default_factory=dict)
    values: dict[Tracked, tuple[int, str, Any]] = field(default_factory=dict)  # with the contact and the sign-up in use
    moved_unread: set[Tracked] = field(default_factory=set)  # edits of ours while an export did not show the field
    ours_at_edit: dict[Tracked, str] = field(default_factory=dict)
    links: dict[int, tuple[int, frozenset[str]]] = field(default_factory=dict)
    linked_ids: dict[int, str] = field(default_factory=dict)  # the External IDs of the linked contacts
    exchanged_people: set[int] = field(default_factory=set)
    chosen: dict[int, tuple[int, str]] = field(default_factory=dict)
    pages: dict[int, tuple[int, str]] = field(default_factory=dict)
    row_ids: dict[int, str] = field(default_factory=dict)  # the MN id of each person's row in the last sync
    entries: dict[str, str] = field(default_factory=dict)
    unsaid_entries: set[str] = field(default_factory=set)  # linked while nothing showed whose they are
    said: set[tuple[int, str]] = field(default_factory=set)  # MN ids, phones and emails of sign-ups read as living
    keys_shown: dict[int, tuple[str, ...]] = field(default_factory=dict)  # a contact's, before an export hid some
    custom_shown: dict[int, Mapping[str, str]] = field(default_factory=dict)  # likewise, the custom fields
    row_owners: dict[str, int] = field(default_factory=dict)  # by MN id, when the rows were calculated
    rejections: dict[str, str] = field(default_factory=dict)
    merged_away: set[int] = field(default_factory=set)
    archived_by_us: dict[int, datetime] = field(default_factory=dict)
    restored_at: dict[int, datetime] = field(default_factory=dict)
    attended: Counter[str] = field(default_factory=Counter)
    ticked_contacts: set[int] = field(default_factory=set)
    ticks_unseen: dict[int, Mapping[int, Contact]] = field(default_factory=dict)  # and the contacts loaded then
    wrong_names: defaultdict[int, set[tuple[str, str | None]]] = field(default_factory=lambda: defaultdict(set))
    swapped: set[str] = field(default_factory=set)  # sign-ups whose name boxes are swapped
    in_wrong_boxes: dict[str, Mapping[str, Submission]] = field(default_factory=dict)  # and the sign-ups loaded then
    hand_edits: HandEdits = field(init=False)
    damage: tuple[Damage, int] | None = None  # of the export that was loaded last, and the place that it hit
    ignored: frozenset[str] = frozenset()
    _new_keys: int = 0

    def __post_init__(self) -> None:
        self.hand_edits = HandEdits(self.town)

    def fail(self, kind: str, what: str) -> None:
        """Report a broken invariant, unless faults of this kind (one of `KINDS`) are ignored in this season."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is not listed in KINDS")
        if kind not in self.ignored:
            raise BrokenError(kind, what)

    def person_of(self, mn_id: str | None) -> Person | None:
        """The person to whom the form gave this MN id."""
        number = self.town.mn_owners.get(mn_id or "")
        return None if number is None else self.town.people[number]

    def remember_row_owners(self, result: YearResult) -> None:
        """Remember whose each row is: the calculation may not know of ids that were corrected since."""
        used = {signup.mn_id: signup.submission_id for signup in result.signups.signups}
        rows = {row.mn_id: row.submission_id for row in result.mentors.mentors if row.submission_id is not None}
        owners = {mn_id: self.town.owner_of_mentor(submission_id) for mn_id, submission_id in {**used, **rows}.items()}
        self.row_owners = {**self.town.mn_owners, **owners}

    def remember_shown(self) -> None:
        """Remember what the loaded sign-ups and contacts show."""
        for submission_id in self.town.signups.keys() & self.system.submissions.keys():
            submission = self.system.submissions[submission_id]
            if submission.status == "DELETED":
                continue  # a tombstone is not used
            emails = (submission.personal_email, submission.uga_email)
            keys = (
                *normalize.phone_keys(submission.phone),
                *(key for raw in emails for key in normalize.email_keys(raw)),
            )
            person = self.town.owner_of_mentor(submission_id)
            self.said |= {(person, mailbox(key)) for key in (normalize.mn_id(submission.mn_id) or "", *keys)}
        for contact_id, contact in self.system.contacts.items():
            if not (self.is_unread("phone", contact_id) or self.is_unread("personal_email", contact_id)):
                self.keys_shown[contact_id] = (*map(mailbox, contact.emails), *contact.phones)
            hidden = self.hidden_columns()
            before = {label: text for label, text in self.custom_shown.get(contact_id, {}).items() if label in hidden}
            self.custom_shown[contact_id] = {**contact.custom_fields, **before}

    def person_of_row(self, mn_id: str | None) -> Person | None:
        """The person to whom the form gave this MN id when the rows were calculated."""
        number = self.row_owners.get(mn_id or "")
        return None if number is None else self.town.people[number]

    def person_asked(self, key: Key) -> Person | None:
        """The person whom a question is about: the sender of the sign-up in its key, or that of the MN id.

        A killed run may have asked about an MN id that was corrected since the rows were calculated.
        """
        truth = self.town.signups.get(key[2]) or self.town.signups.get(key[3])
        return self.person_of_row(key[0]) if truth is None else self.town.people[truth.person]

    def new_key(self, person: Person, kind: str) -> str:
        """A phone or an email that nobody has had before, this person's own from now on."""
        self._new_keys += 1
        key = (
            f"+1706555{2000 + self._new_keys:04d}"
            if kind == "phone"
            else f"{person.first}.new{self._new_keys}@mail.example".lower()
        )
        person.own_keys |= {key}
        return key

    def checked_in(self, submission_id: str) -> None:
        """Staff recorded that the sender of a submission attended the training."""
        self.attended[submission_id] += 1

    def ticked(self, contact_id: int) -> None:
        """Somebody ticked attendance on a contact in Givebutter."""
        if not self._is_tick_sent(contact_id):
            self.ticked_contacts.add(contact_id)
            self.ticks_unseen[contact_id] = self.system.contacts

    def look_at_ticks(self) -> None:
        """Forget which ticks are unseen when contacts were loaded that show them."""
        loaded = [key for key, contacts in self.ticks_unseen.items() if contacts is not self.system.contacts]
        for contact_id in loaded:
            if self.is_unread(ATTENDED, contact_id):
                self.ticks_unseen[contact_id] = self.system.contacts
            else:
                del self.ticks_unseen[contact_id]

    def _is_tick_sent(self, contact_id: int) -> bool:
        """Whether the next file ticks the contact too. Then nobody can tell the person's tick from ours."""
        rows = {row.cells[col.CONTACT_ID]: row for row in self.system.import_rows()}
        row = rows.get(str(contact_id))
        return row is not None and row.custom_fields.get(ATTENDED_LABEL) == YES

    def check_in_undone(self, submission_id: str) -> None:
        """Staff undid one of those records."""
        self.attended[submission_id] -= 1

    def is_unread(self, name: str, contact_id: int | None) -> bool:
        """Whether the contact data does not show a field, because an export was mangled."""
        damage = self.damage
        return damage is not None and damage[0].hides(name, contact_id, self.system.contacts, damage[1])

    def hidden_columns(self) -> Collection[str]:
        """The columns that are missing in every contact of a mangled export."""
        return () if self.damage is None or self.damage[0].of_one_contact else (self.damage[0].column,)

    def shown_feed(self) -> Feed:
        """Both services as they are now, and the contacts as the last export would show them."""
        feed = self.town.peek()
        return self.damage[0].apply(feed, self.damage[1], self.system.contacts) if self.damage is not None else feed

    def restored(self, contact_id: int) -> None:
        """Somebody restored a contact: rejected rows of its owners may go out again, because it may be the cause."""
        self.restored_at[contact_id] = self.town.now
        owners = {self.town.people[number] for number in self.town.owners[contact_id]}
        self.rejections = {key: why for key, why in self.rejections.items() if self.person_of(key) not in owners}

    def is_restored_unasked(self, contact_id: int) -> bool:
        """Whether somebody restored a contact that we had archived, and nobody has approved a second archive."""
        archived_at = self.archived_by_us.get(contact_id)
        approvals = [approval for key, approval in self.system.approvals.items() if key[0] == contact_id]
        return (
            contact_id in self.restored_at
            and archived_at is not None
            and all(approval.at <= archived_at for approval in approvals)
        )

    def is_restore_known(self, contact_id: int) -> bool:
        """Whether the ledger or newer contact data shows that a contact was restored, or may have been."""
        entry, as_of = self.system.ledger.get(contact_id), self.system.as_of
        is_answered = entry is not None and entry.status in ("archived", "restored")
        return is_answered or (as_of is not None and as_of > self.restored_at[contact_id])

    def givebutter_edit(self, contact_id: int, name: str, value: str) -> None:
        """Somebody changed a field of a contact; it counts as an edit where both sides had agreed."""
        for number in self.town.owners[contact_id]:
            if (number, name) in self.ours:
                self.ours_at_edit[number, name] = self.ours[number, name][1]
        for tracked, (agreed_id, old, ours) in self.agreed.items():
            if tracked[1] == name and agreed_id == contact_id:
                self.unseen[tracked] = Edit(contact_id, old, value, ours, self.system.contacts)
                self.seen.pop(tracked, None)
                if value == old:
                    del self.unseen[tracked]

    def boxes_corrected(self, person: Person, submission_id: str) -> None:
        """A student corrected name boxes; if MentorSync used swapped names, the edit must not be lost.

        The boxes filled in wrongly had the first name of `Person.first`, in place of a nickname too: that was an edit.
        """
        used = next((row for row in self.system.mentors.values() if row.submission_id == submission_id), None)
        tracked = person.number, "first_name"
        if self.in_wrong_boxes.pop(submission_id, self.system.submissions) is not self.system.submissions:
            self.ours[tracked] = submission_id, person.first
        if submission_id in self.swapped and used is not None and used.last_name == person.first:
            self.ours[person.number, "first_name"] = submission_id, person.last_names[0]
            self.ours[person.number, "last_name"] = submission_id, person.first
        self.swapped.discard(submission_id)

    def exchanged(self, *people: Person) -> None:
        """Record that people's MN ids were exchanged, after which an answer cannot be assigned to one of them."""
        for person in people:
            self.chosen.pop(person.number, None)
            self.exchanged_people.add(person.number)

    def merged(self, kept: int, gone: int) -> None:
        """Somebody merged two contacts of one person."""
        self.merged_away.add(gone)
        for edits in (self.unseen, self.seen):
            for tracked in [key for key, edit in edits.items() if edit.contact_id in (kept, gone)]:
                del edits[tracked]
        self.agreed = {key: pair for key, pair in self.agreed.items() if pair[0] not in (kept, gone)}

    def decided(self, stored: StoredConflict) -> None:
        """Somebody answered a question: what was seen of its fields no longer decides."""
        self.undone(stored.key)
        person = self.person_asked(stored.key)
        value = self.system.decisions[stored.key].value
        if person is None or stored.conflict.conflict_type not in ("contact_selection", "external_id_collision"):
            return
        if isinstance(value, int):
            self.chosen[person.number] = value, stored.conflict.submission_id or ""
        elif value == NEW_CONTACT:  # the latest answer counts, whatever an earlier one chose
            self.chosen[person.number] = 0, stored.conflict.submission_id or ""

    def undone(self, key: Key) -> None:
        """Somebody took an answer back."""
        person = self.person_asked(key)
        if person is None:
            return
        if key[1] in ("contact_selection", "external_id_collision"):
            self.links.pop(person.number, None)
            self.chosen.pop(person.number, None)
        for name in TRACKED:
            if key[2] in SUBJECTS.get(name, (name,)):
                for known in (self.seen, self.unseen, self.agreed, self.values):
                    known.pop((person.number, name), None)  # type: ignore[attr-defined]

    def approval_changed(self, contact_id: int) -> None:
        """Somebody approved an archive or took that back: the duplicate's phones and emails are copied, or no more."""
        for number in self.town.owners[contact_id]:
            for name in ("phone", "personal_email"):
                self.values.pop((number, name), None)

    def forget(self, person: Person) -> None:
        """Nothing is known any more of a person."""
        for known in (self.links, self.pages, self.chosen):
            known.pop(person.number, None)
        for name in TRACKED:
            for tracked in (self.agreed, self.unseen, self.seen, self.ours, self.ours_agreed, self.values):
                tracked.pop((person.number, name), None)  # type: ignore[attr-defined]

    def mentors(self, result: YearResult) -> list[tuple[Person, Mentor, str]]:
        """The people, rows and sign-ups in use.

        A blocked row of two people's id is its earlier owner's; the other one's is that of the earlier id.
        """
        rows = {mentor.mn_id: mentor for mentor in result.mentors.mentors}
        own_rows = {mentor.submission_id: mentor for mentor in result.mentors.mentors}
        listed = []
        for signup in result.signups.signups:
            owner = self.town.owner_of_mentor(signup.submission_id)
            row = own_rows.get(signup.submission_id) or rows.get(signup.mn_id)
            if row is not None and (row.submission_id is None or self.town.owner_of_mentor(row.submission_id) == owner):
                listed.append((self.town.people[owner], row, signup.submission_id))
        return listed

    def may_have(self, person: Person, contact_id: int) -> bool:
        """Whether a contact is this person's alone; a couple's contact may be, with a sign of it (rulebook 3)."""
        owners = self.town.owners[contact_id]
        contact = self.town.contacts.get(contact_id)
        if person.number not in owners or contact is None:
            return False
        tagged = any("mentors" in tag.casefold() for tag in contact.tags)
        held_id = plain_id(contact.external_id)
        known = self.town.mn_owners.get(held_id) == person.number
        return len(owners) == 1 or tagged or known or person.number in self.town.member_owners.values()

    def own_ids(self, person: Person) -> set[int]:
        mine = frozenset((person.number,))
        return {contact_id for contact_id in self.system.contacts if self.town.owners[contact_id] == mine}

    def names_of(self, numbers: Iterable[int]) -> str:
        return " and ".join(self.town.people[number].name for number in sorted(numbers))
