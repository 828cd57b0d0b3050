"""What must hold after every step of a season, whatever people do (rulebook sections 2 to 10).

`Watch` knows the truth (`tests.seasons.simulated_services`), remembers what each sync showed, and raises `BrokenError`
with the kind of fault. It changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Contact, Mentor
from mentorsync_pipeline.import_file.rules.rows import ImportRow
from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from mentorsync_pipeline.sandbox import gb_model
from mentorsync_pipeline.sandbox.csv_import import ImportResult
from tests.seasons.memory import Key, MemorySync, StoredConflict
from tests.seasons.people import NOBODYS_EMAIL, Person
from tests.seasons.simulated_services import SHIRT_LABEL, Feed, Town

KINDS = frozenset(
    {
        "Givebutter rejects a row of a fresh file",
        "a donor is archived unasked",
        "a duplicate is made without a question",
        "a junk name leaves",
        "a link is cut without a question",
        "a mentor gets somebody else's contact",
        "a mentor gets somebody else's page",
        "a mentor vanishes",
        "a page falls off its mentor",
        "a person's choice does not hold",
        "a phone that was taken off in Givebutter is sent back",
        "a recommendation without evidence",
        "a rejected row goes out again",
        "a restored contact is archived again unasked",
        "a subscription is switched on",
        "a tag leaves in two spellings",
        "an External ID leaves twice",
        "an edit in Givebutter is lost",
        "an old export takes the place of newer contacts",
        "an edit in Jotform is lost",
        "an edit seen in Givebutter is forgotten",
        "edits of both sides, and nobody is asked",
        "invisible characters leave",
        "no rest after two quiet rounds",
        "one contact has two mentors",
        "one subject is asked about twice",
        "our own import is taken for an edit",
        "somebody else's contact is to be archived",
        "somebody else's phone or email is written onto a contact",
        "the import changes a contact that is not in the file",
        "the import takes something away",
        "the import writes onto somebody else's contact",
        "the ledger does not know an archive",
        "the ledger says archived, Givebutter does not",
        "the recommendation is wrong",
        "two people become one mentor",
    }
)
TRACKED = ("first_name", "shirt_size", "phone", "personal_email")
_SUBJECTS = {"personal_email": ("personal_email", "emails")}
_NEVER_ADVISED = ("phone_mismatch", "email_mismatch")
_INVISIBLE = frozenset("\u200b\u200c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff\0")


class BrokenError(AssertionError):
    """An invariant does not hold: the `kind` of fault, and what happened."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(f"{kind}: {what}")
        self.kind = kind


@dataclass(frozen=True)
class Edit:
    """A field of a contact that somebody changed in Givebutter after both sides had agreed on it.

    `ours` is what the sign-up said then.
    """

    contact_id: int
    old: str
    value: str
    ours: str


Tracked = tuple[int, str]
"""A person and a field."""


@dataclass
class Watch:
    """The truth of one season and what the syncs have shown so far."""

    town: Town
    system: MemorySync
    agreed: dict[Tracked, tuple[int, str, str]] = field(default_factory=dict)
    unseen: dict[Tracked, Edit] = field(default_factory=dict)
    seen: dict[Tracked, Edit] = field(default_factory=dict)
    ours: dict[Tracked, tuple[str, str]] = field(default_factory=dict)
    ours_agreed: dict[Tracked, dict[int, str]] = field(default_factory=dict)
    ours_at_edit: dict[Tracked, str] = field(default_factory=dict)
    links: dict[int, tuple[int, frozenset[str]]] = field(default_factory=dict)
    chosen: dict[int, tuple[int, str]] = field(default_factory=dict)
    pages: dict[int, tuple[int, str]] = field(default_factory=dict)
    edited_contacts: set[int] = field(default_factory=set)
    merged_away: set[int] = field(default_factory=set)
    free_to_relink: set[int] = field(default_factory=set)
    rejections: dict[str, str] = field(default_factory=dict)
    archived_by_us: set[int] = field(default_factory=set)
    ignored: frozenset[str] = frozenset()
    _contacts_before: dict[int, gb_model.Contact] = field(default_factory=dict)
    _feed_before: Feed | None = None
    _new_keys: int = 0

    def fail(self, kind: str, what: str) -> None:
        """Report a broken invariant, unless faults of this kind (one of `KINDS`) are ignored in this season."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is not listed in KINDS")
        if kind not in self.ignored:
            raise BrokenError(kind, what)

    # Who is who

    def person_of(self, mn_id: str | None) -> Person | None:
        """The person to whom the form gave this MN id."""
        number = self.town.mn_owners.get(mn_id or "")
        return None if number is None else self.town.people[number]

    def owner_of_external_id(self, external_id: str | None) -> frozenset[int]:
        """Whose a contact is that an import has just created."""
        person = self.person_of(external_id)
        if person is None:
            raise BrokenError("a contact of nobody", f"the import creates a contact with External ID {external_id}")
        return frozenset((person.number,))

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

    # What people do

    def touched(self, contact_id: int) -> None:
        """Somebody changed a contact in Givebutter."""
        self.edited_contacts.add(contact_id)

    def givebutter_edit(self, contact_id: int, name: str, value: str) -> None:
        """Somebody changed a field of a contact; it counts as an edit where both sides had agreed."""
        self.touched(contact_id)
        for number in self.town.owners[contact_id]:
            if (number, name) in self.ours:
                self.ours_at_edit[number, name] = self.ours[number, name][1]
        for tracked, (agreed_id, old, ours) in self.agreed.items():
            if tracked[1] == name and agreed_id == contact_id:
                self.unseen[tracked] = Edit(contact_id, old, value, ours)
                self.seen.pop(tracked, None)
                if value == old:
                    del self.unseen[tracked]

    def merged(self, kept: int, gone: int) -> None:
        """Somebody merged two contacts of one person."""
        self.merged_away.add(gone)
        self.touched(kept)
        for edits in (self.unseen, self.seen):
            for tracked in [key for key, edit in edits.items() if edit.contact_id in (kept, gone)]:
                del edits[tracked]
        self.agreed = {key: pair for key, pair in self.agreed.items() if pair[0] not in (kept, gone)}

    def decided(self, stored: StoredConflict) -> None:
        """Somebody answered a question: what was seen of its fields no longer decides."""
        self.undone(stored.key)
        person = self.person_of(stored.conflict.mn_id)
        value = self.system.decisions[stored.key].value
        if person is not None and stored.conflict.conflict_type == "contact_selection" and isinstance(value, int):
            self.chosen[person.number] = value, stored.conflict.subject

    def undone(self, key: Key) -> None:
        """Somebody took an answer back."""
        person = self.person_of(key[0])
        if person is None:
            return
        self.free_to_relink.add(person.number)
        self.links.pop(person.number, None)
        self.chosen.pop(person.number, None)
        for name in TRACKED:
            if key[2] in _SUBJECTS.get(name, (name,)):
                for known in (self.seen, self.unseen, self.agreed):
                    known.pop((person.number, name), None)  # type: ignore[attr-defined]

    # Syncs

    def before_sync(self, feed: Feed) -> None:
        """Nothing holds yet of what the services answer."""

    def after_sync(self, result: YearResult) -> None:
        """Check everything that a sync has made."""
        self._check_people(result)
        self._check_questions(result)
        mentors = self._mentors(result)
        submissions = {
            one.submission_id: (one.submission_id, *one.superseded_submission_ids) for one in result.signups.signups
        }
        numbers = Counter(person.number for person, _, _ in mentors)
        for person, mentor, submission_id in mentors:
            if numbers[person.number] > 1:  # two sign-ups without a common key: which is which?
                self._forget(person)
                continue
            self._check_link(person, mentor, submissions[submission_id])
            self._check_page(person, mentor, submissions[submission_id])
            if mentor.sync_state != "blocked":
                self._check_fields(person, mentor, submission_id, result)
        linked = [mentor.gb_contact_id for _, mentor, _ in mentors if mentor.sync_state == "matched"]
        if len(set(linked)) < len(linked):
            self.fail("one contact has two mentors", str(linked))
        self._check_rows(result)
        self._check_plan(result)
        self._check_history(result)
        self.free_to_relink.clear()

    def _forget(self, person: Person, *names: str) -> None:
        """Nothing is known any more of these fields of a person; of none that is named: of the person altogether."""
        if not names:
            for known in (self.links, self.pages, self.chosen):
                known.pop(person.number, None)
        for name in names or TRACKED:
            for tracked in (self.agreed, self.unseen, self.seen, self.ours, self.ours_agreed):
                tracked.pop((person.number, name), None)  # type: ignore[attr-defined]

    def old_export_taken(self, feed: Feed, before: Mapping[int, Contact]) -> None:
        """An export was loaded although newer contact data was there."""
        if feed.contacts != before:
            self.fail("an old export takes the place of newer contacts", f"taken {feed.taken_at:%Y-%m-%d %H:%M}")

    def _mentors(self, result: YearResult) -> list[tuple[Person, Mentor, str]]:
        rows = {mentor.mn_id: mentor for mentor in result.mentors.mentors}
        return [
            (self.town.people[self.town.owner_of_mentor(one.submission_id)], rows[one.mn_id], one.submission_id)
            for one in result.signups.signups
            if one.mn_id in rows
        ]

    def _check_people(self, result: YearResult) -> None:
        """Nobody is joined with somebody else, and nobody who is listed is missing."""
        found = set()
        for signup in result.signups.signups:
            people = {
                self.town.owner_of_mentor(key) for key in (signup.submission_id, *signup.superseded_submission_ids)
            }
            found |= people
            if len(people) > 1:
                self.fail("two people become one mentor", self._names(people))
        listed = {
            self.town.owner_of_mentor(key)
            for key, one in self.system.submissions.items()
            if one.status == "ACTIVE" and not one.removed
        }
        if listed - found and not any(error.error_code == "MN_ID_TAKEN" for error in result.signups.errors):
            self.fail("a mentor vanishes", self._names(listed - found))

    def _check_questions(self, result: YearResult) -> None:
        keys = [(one.mn_id, one.conflict_type, one.subject) for one in result.conflicts]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            self.fail("one subject is asked about twice", str(sorted(twice)))
        for conflict in result.conflicts:
            person = self.person_of(conflict.mn_id)
            if (
                conflict.conflict_type in ("phone_mismatch", "email_mismatch")
                and conflict.recommended_option is not None
            ):
                self.fail("a recommendation without evidence", f"{conflict.subject} of {conflict.mn_id}")
            if conflict.conflict_type != "contact_selection" or person is None or conflict.recommended_option is None:
                continue
            options = {"a": conflict.option_a.value, "b": conflict.option_b.value}
            advised = options[conflict.recommended_option]
            own = self._own_ids(person)
            if advised not in own and own & {value for value in options.values() if isinstance(value, int)}:
                self.fail(
                    "the recommendation is wrong",
                    f"{person.name} is asked {options}, advised {advised}: {conflict.recommendation_reason}",
                )

    def _check_link(self, person: Person, mentor: Mentor, submissions: Collection[str]) -> None:
        contact_id = mentor.gb_contact_id
        if contact_id is not None and not self._may_have(person, contact_id):
            owners = self._names(self.town.owners[contact_id])
            self.fail("a mentor gets somebody else's contact", f"{person.name} gets contact {contact_id} of {owners}")
        known = frozenset(key for one in submissions for key in (one, *self.town.keys_of(one))) - {NOBODYS_EMAIL}
        before, known_by = self.links.get(person.number, (None, frozenset()))
        if (
            before in self.system.contacts
            and known & known_by
            and contact_id is None
            and mentor.sync_state != "blocked"
            and person.number not in self.free_to_relink
        ):
            self.fail("a link is cut without a question", f"{person.name} was linked to contact {before}")
        chosen, subject = self.chosen.get(person.number, (None, ""))
        if (
            chosen in self.system.contacts
            and subject in submissions
            and mentor.sync_state != "blocked"
            and contact_id != chosen
        ):
            self.fail(
                "a person's choice does not hold", f"{person.name}: contact {chosen} was chosen, not {contact_id}"
            )
        if contact_id in self._own_ids(person) and mentor.sync_state == "matched":
            self.links[person.number] = contact_id, known

    def _may_have(self, person: Person, contact_id: int) -> bool:
        """Whether a contact is this person's alone; a couple's contact may be, with a sign of it (rulebook 3)."""
        owners = self.town.owners[contact_id]
        contact = self.town.contacts.get(contact_id)
        if person.number not in owners or contact is None:
            return False
        tagged = any("mentors" in tag.casefold() for tag in contact.tags)
        known = contact.external_id is not None and self.town.mn_owners.get(contact.external_id) == person.number
        return len(owners) == 1 or tagged or known or person.number in self.town.member_owners.values()

    def _check_page(self, person: Person, mentor: Mentor, submissions: Collection[str]) -> None:
        listed = {member.member_id for member in self.system.members}
        before, submission_id = self.pages.get(person.number, (None, ""))
        if mentor.gb_member_id is not None:
            owner = self.town.member_owners[mentor.gb_member_id]
            if owner != person.number:
                self.fail("a mentor gets somebody else's page", f"{person.name}: page {mentor.gb_member_id}")
            self.pages[person.number] = mentor.gb_member_id, mentor.submission_id or ""
        elif before in listed and submission_id in submissions and mentor.sync_state != "blocked":
            self.fail("a page falls off its mentor", f"{person.name}: page {before}")

    def _check_fields(self, person: Person, mentor: Mentor, submission_id: str, result: YearResult) -> None:
        """No edit of either side is lost."""
        asked = {one.subject for one in result.conflicts if one.mn_id == mentor.mn_id}
        contact = self.system.contacts.get(mentor.gb_contact_id or 0)
        if contact is not None and contact.contact_id not in self._own_ids(person):
            return
        for name in TRACKED:
            tracked = (person.number, name)
            ours = self.town.answers[submission_id].get(name)
            if ours in (None, NOBODYS_EMAIL):
                self._forget(person, name)
                continue
            value = getattr(mentor, name)
            theirs = _contact_value(contact, name)
            is_asked = any(subject in asked for subject in _SUBJECTS.get(name, (name,)))
            moved = self._has_moved(tracked, submission_id, ours)
            agreed_before = self.ours_agreed.get(tracked, {})
            edit = self._edit(tracked, contact, theirs)
            settled = is_asked or self._is_decided(mentor, name)
            if edit is not None and not settled:
                both = ours != edit.ours
                if both and not _same(name, ours, edit.value):
                    self.fail(
                        "edits of both sides, and nobody is asked",
                        f"{person.name}'s {name}: Jotform {ours}, Givebutter {edit.value}, MentorSync {value}",
                    )
                if not both and not moved and not _same(name, value, edit.value):
                    self.fail(
                        "an edit in Givebutter is lost",
                        f"{person.name}'s {name} was changed to {edit.value} in Givebutter, MentorSync has {value}",
                    )
            elif (
                moved
                and not settled
                and not _same(name, value, ours)
                and ours not in (agreed_before.get(mentor.gb_contact_id or 0), self.ours_at_edit.get(tracked))
            ):
                self.fail(
                    "an edit in Jotform is lost",
                    f"{person.name}'s {name} was changed to {ours} in Jotform, MentorSync has {value}",
                )
            self._check_seen(person, mentor, name, moved=moved, settled=settled, theirs=theirs)
            self._remember(tracked, (submission_id, ours), edit, is_asked=is_asked, moved=moved)
            if contact is not None and not settled and value in (theirs, *contact.phones, *contact.emails):
                self.ours_agreed[tracked] = {**agreed_before, contact.contact_id: ours}
            if contact is not None and theirs is not None and _equal(name, value, theirs) and not is_asked:
                self.agreed[tracked] = (contact.contact_id, theirs, ours)
            else:
                self.agreed.pop(tracked, None)

    def _has_moved(self, tracked: Tracked, submission_id: str, ours: str) -> bool:
        """Whether the person says something new; an older sign-up that counts again does not."""
        before_id, before = self.ours.get(tracked, (submission_id, ours))
        now, then = self.town.signups[submission_id], self.town.signups[before_id]
        return ours != before and now.answered_at(tracked[1]) >= then.answered_at(tracked[1])

    def _edit(self, tracked: Tracked, contact: Contact | None, theirs: str | None) -> Edit | None:
        """The edit in Givebutter that this sync is the first to see."""
        edit = self.unseen.get(tracked)
        if edit is None or contact is None or contact.contact_id != edit.contact_id:
            return None
        if theirs != edit.value:
            del self.unseen[tracked]
            return None
        return edit

    def _check_seen(
        self, person: Person, mentor: Mentor, name: str, *, moved: bool, settled: bool, theirs: str | None
    ) -> None:
        edit = self.seen.get((person.number, name))
        if edit is None:
            return
        linked = mentor.gb_contact_id == edit.contact_id
        if moved or (linked and (settled or theirs != edit.value)):
            del self.seen[person.number, name]
        elif not linked:
            return
        elif not _same(name, getattr(mentor, name), edit.value):
            self.fail(
                "an edit seen in Givebutter is forgotten",
                f"{person.name}'s {name} was changed to {edit.value} in Givebutter and taken over; "
                f"MentorSync now has {getattr(mentor, name)}",
            )

    def _remember(self, tracked: Tracked, ours: str, edit: Edit | None, *, is_asked: bool, moved: bool) -> None:
        self.ours[tracked] = ours
        if edit is not None:
            del self.unseen[tracked]
            if not is_asked and not moved:
                self.seen[tracked] = edit

    def _is_decided(self, mentor: Mentor, name: str) -> bool:
        """Whether an answer about this field stands, given under any id that the person has had."""
        person, subjects = self.person_of(mentor.mn_id), _SUBJECTS.get(name, (name,))
        return any(key[2] in subjects and self.person_of(key[0]) is person for key in self.system.decisions)

    def _check_rows(self, result: YearResult) -> None:
        """Nothing leaves that is somebody else's, a needless duplicate or junk."""
        by_mentor = {mentor.mn_id: (person, submission_id) for person, mentor, submission_id in self._mentors(result)}
        decided = {one.submission_id for one in result.winners.winners if one.decision == "human"}
        external_ids = [row.cells[col.EXTERNAL_ID] for row in result.linted.passed]
        if len(set(external_ids)) < len(external_ids):
            self.fail("an External ID leaves twice", str(external_ids))
        for row in result.linted.passed:
            person, submission_id = by_mentor[row.mn_id or ""]
            contact = self.system.contacts.get(int(row.cells[col.CONTACT_ID] or 0))
            if contact is None and submission_id not in decided:
                self._check_new_contact(person, submission_id)
            self._check_keys(person, submission_id, row, contact)
            self._check_names(person, row, contact)
            tags = [tag.strip().casefold() for tag in (row.cells[col.TAGS] or "").split(",")]
            held = [tag.casefold() for tag in contact.tags] if contact else []
            if len(tags) - len(set(tags)) > len(held) - len(set(held)):
                self.fail("a tag leaves in two spellings", f"{person.name}: {row.cells[col.TAGS]}")
            if contact is not None and row.cells[col.EMAIL_STATUS] == "Yes" and not contact.email_subscribed:
                self.fail("a subscription is switched on", f"contact {contact.contact_id} of {person.name}")

    def _check_new_contact(self, person: Person, submission_id: str) -> None:
        typed = self.town.keys_of(submission_id)
        for contact in self.system.contacts.values():
            mine = self.town.owners[contact.contact_id] == frozenset((person.number,)) and not _is_stub(contact)
            if mine and not typed.isdisjoint((*contact.emails, *contact.phones)):
                self.fail(
                    "a duplicate is made without a question",
                    f"{person.name} has contact {contact.contact_id} ({contact.first_name} {contact.last_name}) with a "
                    "phone or email of the sign-up, and the file creates another one",
                )

    def _check_keys(self, person: Person, submission_id: str, row: ImportRow, contact: Contact | None) -> None:
        held = {*contact.emails, *contact.phones} if contact else set()
        own = self.town.keys_of(submission_id) | person.own_keys | held | self._decided_keys(person)
        for other in self.town.people:
            foreign = other.own_keys - own if other is not person else frozenset()
            if foreign & set(_keys_in(row)):
                self.fail(
                    "somebody else's phone or email is written onto a contact",
                    f"{person.name}'s row carries {sorted(foreign & set(_keys_in(row)))} of {other.name}",
                )

    def _decided_keys(self, person: Person) -> set[str]:
        """The values that somebody chose for this person: they hold until the question is answered again."""
        values = (one.value for key, one in self.system.decisions.items() if self.person_of(key[0]) is person)
        return {key for value in values for key in (value if isinstance(value, list) else [value]) if key}

    def _check_names(self, person: Person, row: ImportRow, contact: Contact | None) -> None:
        for column, value in row.cells.items():
            if value and not _INVISIBLE.isdisjoint(value):
                self.fail("invisible characters leave", f"{person.name}'s {column} is {value!r}")
        neat = {"First Name": {*person.spellings}, "Last Name": {person.last, person.typed_last or person.last}}
        for column, spellings in neat.items():
            held = (contact.first_name if column == "First Name" else contact.last_name) if contact else None
            if row.cells[column] not in spellings | {held}:
                self.fail(
                    "a junk name leaves", f"{person.name}'s {column} goes out as {row.cells[column]!r}, was {held!r}"
                )

    def _check_plan(self, result: YearResult) -> None:
        for row in result.plan:
            person = self.person_of(row.mn_id)
            if row.plan_state != "planned" or person is None:
                continue
            owners = self.town.owners[row.contact_id]
            entry = self.system.ledger.get(row.contact_id)
            if entry is not None and entry.status == "restored" and row.approved_by is None:
                self.fail("a restored contact is archived again unasked", f"contact {row.contact_id} of {person.name}")
            if owners != frozenset((person.number,)) and row.action == "archive":
                self.fail(
                    "somebody else's contact is to be archived",
                    f"contact {row.contact_id} of {self._names(owners)}, as a duplicate of {person.name}",
                )
            if row.has_donations and row.action == "archive" and row.approved_by is None:
                self.fail("a donor is archived unasked", f"contact {row.contact_id} of {person.name}")

    def _check_history(self, result: YearResult) -> None:
        """What our own import did is no edit of a person."""
        mentors = {mentor.mn_id: mentor for mentor in result.mentors.mentors}
        for change in result.changes:
            mentor = mentors.get(change.mn_id)
            if change.source != "givebutter_edit" or mentor is None:
                continue
            person = self.person_of(change.mn_id)
            own = {contact_id for contact_id, owners in self.town.owners.items() if person and person.number in owners}
            if own.isdisjoint(self.edited_contacts) and change.field in TRACKED:
                self.fail(
                    "our own import is taken for an edit",
                    f"{change.field} of {change.mn_id}: {change.old_value} becomes {change.new_value}",
                )

    def fixed_point(self, before: YearResult) -> None:
        """After two quiet rounds a sync changes nothing."""
        now = self.system.result
        if now is None:
            return
        for what, look in _COMPARED.items():
            if look(before) != look(now):
                self.fail("no rest after two quiet rounds", f"{what}: {look(before)} becomes {look(now)}")
        if now.changes:
            self.fail("no rest after two quiet rounds", f"changes: {now.changes}")

    # Files and archives

    def before_import(self, rows: Sequence[ImportRow]) -> None:
        """Look at the contacts before a file is imported; what was seen as changed in Givebutter is not sent back."""
        for row in rows:
            person = self.person_of(row.mn_id)
            edit = self.seen.get((person.number, "phone")) if person else None
            contact = self.system.contacts.get(edit.contact_id) if edit else None
            if (
                person
                and edit
                and contact
                and not self._hands_on(person, contact, edit.old)
                and edit.old not in contact.phones
                and row.cells[col.CONTACT_ID] == str(edit.contact_id)
                and edit.old in _keys_in(row)
            ):
                self.fail(
                    "a phone that was taken off in Givebutter is sent back", f"contact {edit.contact_id}: {edit.old}"
                )
        self._feed_before = self.town.feed()
        self._contacts_before = {one.id: copy(one) for one in self.town.contacts.all()}

    def _hands_on(self, person: Person, winner: Contact, phone: str) -> bool:
        """Whether a duplicate of the person holds a phone, and so hands it on to the winner."""
        others = self._own_ids(person) - {winner.contact_id}
        return any(phone in self.system.contacts[contact_id].phones for contact_id in others)

    def after_import(self, rows: Sequence[ImportRow], result: ImportResult) -> None:
        """The import takes every row of a fresh file, and takes nothing away that the last sync has seen."""
        self._check_rejected(rows, result)
        sent = {int(row.cells[col.CONTACT_ID] or 0): self.person_of(row.mn_id) for row in rows}
        for contact_id, before in self._contacts_before.items():
            after = self.town.contacts.get(contact_id)
            if after is None or before == after:
                continue
            if contact_id not in sent:
                self.fail("the import changes a contact that is not in the file", f"contact {contact_id}")
            person = sent.get(contact_id)
            if person is not None and not self._may_have(person, contact_id):
                self.fail("the import writes onto somebody else's contact", f"contact {contact_id}, for {person.name}")
            if not self._was_seen(contact_id):
                continue
            for what, lost in _lost(before, after):
                self.fail("the import takes something away", f"contact {contact_id}: {what} {lost}")

    def _check_rejected(self, rows: Sequence[ImportRow], result: ImportResult) -> None:
        ordered = sorted(rows, key=lambda row: (row.mn_id or "", row.where))
        for number, errors in result.errors:
            row = ordered[number - 1]
            holder = self.town.contacts.holder(row.cells[col.EXTERNAL_ID] or "")
            known = {**self.system.archived, **self.system.contacts}.get(holder or 0)
            hidden = holder is not None and (known is None or known.external_id != row.cells[col.EXTERNAL_ID])
            about = errors[0] if "External ID" in errors[0] else f"{row.cells[col.CONTACT_ID]}: {errors[0]}"
            again = self.rejections.get(row.mn_id or "") == about
            self.rejections[row.mn_id or ""] = about
            if again:
                self.fail("a rejected row goes out again", f"{row.mn_id}: {errors}")
            if not hidden and self._was_fresh():
                self.fail("Givebutter rejects a row of a fresh file", f"{row.mn_id}: {errors}")

    def _was_fresh(self) -> bool:
        """Whether the contacts were as the last sync saw them when the file was imported."""
        return self._feed_before is not None and self._feed_before.contacts == self.system.contacts

    def _was_seen(self, contact_id: int) -> bool:
        """Whether the contact was as the last sync saw it when the file was imported."""
        seen = self.system.contacts.get(contact_id)
        return self._feed_before is not None and self._feed_before.contacts.get(contact_id) == seen

    def before_archive(self, contact_id: int) -> None:
        """A contact is about to be archived by us."""
        self.archived_by_us.add(contact_id)

    def after_apply(self) -> None:
        """The ledger knows everything that we archived, and says archived of nothing that is not."""
        for contact_id in self.archived_by_us:
            if contact_id not in self.system.ledger:
                self.fail("the ledger does not know an archive", f"contact {contact_id}")
        for contact_id, entry in self.system.ledger.items():
            contact = self.town.contacts.get(contact_id)
            if entry.status == "archived" and contact is not None and contact.archived_at is None:
                self.fail("the ledger says archived, Givebutter does not", f"contact {contact_id}")

    def _own_ids(self, person: Person) -> set[int]:
        mine = frozenset((person.number,))
        return {contact_id for contact_id in self.system.contacts if self.town.owners[contact_id] == mine}

    def _names(self, numbers: Iterable[int]) -> str:
        return " and ".join(self.town.people[number].name for number in sorted(numbers))


_COMPARED: dict[str, Callable[[YearResult], Any]] = {
    "import rows": lambda result: [{**built.row.cells, **built.row.custom_fields} for built in result.import_rows],
    "open questions": lambda result: sorted((one.mn_id, one.conflict_type, one.subject) for one in result.conflicts),
    "archive plan": lambda result: sorted(
        (row.contact_id, row.action, row.plan_state) for row in result.plan if row.plan_state != "kept"
    ),
}


def _contact_value(contact: Contact | None, name: str) -> str | None:
    if contact is None:
        return None
    if name == "shirt_size":
        return contact.custom_fields.get(SHIRT_LABEL)
    if name == "phone":
        return contact.phones[0] if contact.phones else None
    if name == "personal_email":
        return contact.emails[0] if contact.emails else None
    text: str | None = getattr(contact, name)
    return text


def _is_stub(contact: Contact) -> bool:
    """Whether a contact is a mass-email stub, which never wins."""
    return not contact.phones and not contact.has_address and all(one.endswith("@uga.edu") for one in contact.emails)


def _same(name: str, one: str | None, other: str | None) -> bool:
    if name != "first_name" or one is None or other is None:
        return one == other
    first, second = sorted((name_key(one), name_key(other)), key=len)
    return second.startswith(first)


def _equal(name: str, value: str | None, other: str) -> bool:
    """Whether two values are the same, but for how a name is written."""
    return value == other or (name == "first_name" and name_key(value or "") == name_key(other))


def _keys_in(row: ImportRow) -> Iterator[str]:
    for column in (col.PRIMARY_EMAIL, col.PRIMARY_PHONE, col.EMAILS, col.PHONES):
        yield from (part.strip() for part in (row.cells[column] or "").split(",") if part.strip())


def _lost(before: gb_model.Contact, after: gb_model.Contact) -> Iterator[tuple[str, object]]:
    """What an import took away from a contact."""
    for name in ("emails", "phones", "tags"):
        lost = [one for one in getattr(before, name) if one not in getattr(after, name)]
        if lost:
            yield name, lost
    if before.note and before.note not in (after.note or ""):
        yield "notes", before.note
    lost_addresses = [one for one in before.addresses if one not in after.addresses]
    if lost_addresses:
        yield "addresses", lost_addresses
    for name in ("email_subscribed", "phone_subscribed", "address_subscribed"):
        if not getattr(before, name) and getattr(after, name):
            yield "the opt-out", name
    wiped = [label for label, value in before.custom.items() if value and not after.custom.get(label)]
    if wiped:
        yield "custom fields", wiped
