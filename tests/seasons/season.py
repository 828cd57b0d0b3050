"""A season: a town, MentorSync, and everything that people and runs may do, one step after the other.

A step is a name and three numbers, so that any part of a sequence is a sequence too: the numbers are taken modulo what
there is to choose from, and a step that cannot be taken does nothing. `Season.story` says in plain English what
happened. What must hold after every step is checked by `tests.seasons.invariants`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT, ONE_PERSON, RELEASE
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.sandbox import gb_model
from mentorsync_pipeline.sandbox.gb_json import contact_json
from mentorsync_pipeline.sandbox.options import Options
from tests.seasons.invariants import Watch
from tests.seasons.memory import Choice, KilledError, MemorySync, StoredConflict
from tests.seasons.people import NOBODYS_EMAIL, Person
from tests.seasons.simulated_services import CONFIG, SHIRT_LABEL, SHIRTS, Feed, Q, Town

T = TypeVar("T")
FIELD_CONFLICTS = frozenset({"phone_mismatch", "email_mismatch", "field_mismatch"})
_ODD_ANSWERS: tuple[tuple[str, Any], ...] = (
    ("a NUL", "my friend\0Kim"),
    ("half an emoji", "my friend \ud83d"),
    ("an answer of another shape", {"row": ["a", {"deep": "er"}]}),
    ("zero-width marks", "\u200bmy\u200e friend"),
    ("20,000 letters", "x" * 20_000),
)


class Step(NamedTuple):
    """One step: what is done, and three numbers to choose with."""

    name: str
    a: int = 0
    b: int = 0
    c: int = 0


@dataclass(frozen=True)
class Action:
    """How a step is taken, and how often it comes up in a generated season."""

    take: Callable[["Season", int, int, int], str | None]
    weight: int


ACTIONS: dict[str, Action] = {}


def action(name: str, weight: int) -> Callable[[Callable[["Season", int, int, int], str | None]], Any]:
    """Register a step; what it returns is its sentence in the story, None when it could not be taken."""

    def register(take: Callable[["Season", int, int, int], str | None]) -> Any:
        ACTIONS[name] = Action(take, weight)
        return take

    return register


def pick(listed: Sequence[T], number: int) -> T | None:
    """One of several by number; None when there is none."""
    return listed[number % len(listed)] if listed else None


@dataclass
class Season:
    """One season. `households` are kinds of `tests.seasons.people.HOUSEHOLDS`."""

    households: Sequence[str]
    options: Options = field(default_factory=Options)
    ignored: frozenset[str] = frozenset()
    bystanders: int = 0
    system_of: Callable[[Town], MemorySync] = MemorySync
    story: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.town = Town(self.households, self.options, self.bystanders)
        self.system = self.system_of(self.town)
        self.watch = Watch(self.town, self.system, ignored=self.ignored)
        self.old_feeds: list[Feed] = []

    def take(self, step: Step) -> None:
        """Take one step and check the invariants; raises `invariants.BrokenError` with the story so far."""
        self.town.tick()
        try:
            sentence = ACTIONS[step.name].take(self, step.a, step.b, step.c)
        except Exception as error:
            lines = [f"{number}. {told}" for number, told in enumerate((*self.story, f"({step.name})"), 1)]
            error.add_note("\n".join([f"households: {', '.join(self.households)}", *lines]))
            raise
        if sentence is not None:
            self.story.append(sentence)

    # Who

    def students(self) -> list[Person]:
        """Everybody who may sign up."""
        return [person for person in self.town.people if person.is_student]

    def signed_up(self) -> list[Person]:
        """The students who have a living sign-up."""
        return [person for person in self.students() if self.town.submissions_of(person)]

    def newest(self, person: Person) -> str:
        """The person's sign-up that counts."""
        return self.town.submissions_of(person)[0]

    # Runs

    def sync(self, feed: Feed) -> None:
        """A whole sync over what the services answered."""
        self.watch.before_sync(feed)
        result = self.system.sync(feed)
        self.watch.after_sync(result)

    def import_file(self) -> str:
        """Make a file and import it."""
        rows = self.system.import_rows()
        self.watch.before_import(rows)
        result = self.town.sandbox.dashboard.import_csv(self.system.import_file())
        for contact_id in result.created:
            contact = self.town.contacts.get(contact_id)
            self.town.owners[contact_id] = self.watch.owner_of_external_id(contact.external_id if contact else None)
        self.watch.after_import(rows, result)
        self.system.record_rejected(result)
        rejected = f"; Givebutter rejects {result.rejected}" if result.rejected else ""
        return f"the file of {len(rows)} rows is imported{rejected}"

    def quiet_round(self) -> None:
        """A sync and an import with nobody doing anything."""
        self.town.tick()
        self.sync(self.town.feed())
        self.town.tick()
        self.import_file()

    # Decisions

    def right_answer(self, conflict: Conflict) -> tuple[Choice, Any]:
        """What somebody answers who knows everybody."""
        if conflict.conflict_type == "shared_phone":
            older, _, newer = conflict.subject.partition("+")
            same = self.town.owner_of_mentor(older) == self.town.owner_of_mentor(newer)
            return ("b" if same == (conflict.option_b.value == ONE_PERSON) else "a"), None
        person = self.watch.person_of(conflict.mn_id)
        if person is None or conflict.subject.startswith("signups:"):
            return "skipped", None
        own = [contact.id for contact in self.town.contacts_of(person)]
        values: dict[Choice, Any] = {"a": conflict.option_a.value, "b": conflict.option_b.value}
        for letter, value in values.items():
            if value in own:
                return letter, None
        if RELEASE in values.values():
            holder = conflict.option_a.metadata["contact_id"]
            return ("custom", holder) if holder in own else ("a", None)
        if own and conflict.conflict_type == "contact_selection":
            return "custom", own[0]
        for wanted in (NEW_CONTACT, LEAVE_UNLINKED):
            for letter, value in values.items():
                if value == wanted:
                    return letter, None
        return "skipped", None

    def some_answer(self, conflict: Conflict, number: int) -> tuple[Choice, Any]:
        """An answer to a question about a field: either side may be right, or something else."""
        choices: tuple[Choice, ...] = ("a", "b", "a", "b", "skipped", "custom")
        choice = choices[number % len(choices)]
        person = self.watch.person_of(conflict.mn_id)
        if choice != "custom":
            return choice, None
        if conflict.conflict_type != "phone_mismatch" or person is None:
            return "skipped", None
        return choice, self.watch.new_key(person, "phone")


# Jotform

PHONE_STYLES = (
    "({0}) {1}-{2}",
    "{0}-{1}-{2}",
    "{0}-{1}-{2} (mom)",
    "{0}{1}{2}.0",
    "001 {0} {1} {2}",
    "Cell: {0} {1} {2}",
)
EMAIL_STYLES = ("{0}", "{0}", "mailto:{0}", "<{0}>", "{0}.", "\u200b{0}")


def typed_phone(phone: str, style: int) -> dict[str, str]:
    """A US number as somebody types it."""
    digits = phone.removeprefix("+1")
    return {"full": PHONE_STYLES[style % len(PHONE_STYLES)].format(digits[:3], digits[3:6], digits[6:])}


def typed_email(email: str, style: int) -> str:
    """An address as somebody types it."""
    return EMAIL_STYLES[style % len(EMAIL_STYLES)].format(email)


# The styles of `typed_name` that are boxes filled in wrongly: a neat name in Givebutter stays (rulebook section 7).
_UNTIDY = range(1, 5)


def typed_name(person: Person, style: int) -> tuple[dict[str, str], str]:
    """The name boxes as somebody fills them in, and the first name that is meant."""
    first, last = pick(person.spellings, style // 6) or person.first, person.typed_last or person.last
    boxes = {
        1: {"first": first.upper(), "last": last.upper()},
        2: {"first": f"{first} {last}", "last": last},
        3: {"first": first[:2] + "\u200b" + first[2:], "last": last + " "},
        4: {"first": first.lower(), "last": last.lower()},
    }
    return boxes.get(style % 6, {"first": first, "last": last}), first


def _signup_answers(person: Person, a: int, b: int) -> tuple[dict[str, str], dict[str, Any]]:
    name, first = typed_name(person, a)
    phone, email = person.phones[0], person.emails[0]
    values = {"phone": phone, "personal_email": email, "shirt_size": SHIRTS[b % len(SHIRTS)]}
    if a % 6 not in _UNTIDY:
        values["first_name"] = first
    typed: dict[str, Any] = {
        Q["name"]: name,
        Q["phone"]: typed_phone(phone, b),
        Q["personal_email"]: typed_email(email, b // 6),
        Q["shirt_size"]: values["shirt_size"],
    }
    if b % 3 and person.uga:
        values["uga_email"] = typed[Q["uga_email"]] = person.uga
    return values, typed


@action("sign up", 10)
def _sign_up(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick([one for one in season.students() if not season.town.submissions_of(one)], a)
    if person is None or season.town.submissions_of(person, living=False):
        return None
    values, typed = _signup_answers(person, b, c)
    submission_id = season.town.submit(person, values, typed)
    return f"{person.name} signs up as {season.town.signups[submission_id].mn_id}: {_shown(typed)}"


@action("sign up after a deletion", 4)
def _sign_up_anew(season: Season, a: int, b: int, c: int) -> str | None:
    town = season.town
    gone = [one for one in season.students() if town.submissions_of(one, living=False) and not town.submissions_of(one)]
    person = pick(gone, a)
    if person is None or len(town.submissions_of(person, living=False)) > 3:
        return None
    values, typed = _signup_answers(person, b, c)
    submission_id = town.submit(person, values, typed)
    return f"{person.name}, whose sign-up is gone, signs up as {town.signups[submission_id].mn_id}: {_shown(typed)}"


@action("sign up again", 2)
def _sign_up_again(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None or len(season.town.submissions_of(person)) > 2:
        return None
    values, typed = _signup_answers(person, b, c)
    submission_id = season.town.submit(person, values, typed)
    return f"{person.name} signs up again as {season.town.signups[submission_id].mn_id}: {_shown(typed)}"


@action("edit phone in Jotform", 4)
def _edit_phone(season: Season, a: int, b: int, c: int) -> str | None:
    return _edit_answer(season, a, "phone", b, lambda phone: typed_phone(phone, c))


@action("edit email in Jotform", 4)
def _edit_email(season: Season, a: int, b: int, c: int) -> str | None:
    return _edit_answer(season, a, "personal_email", b, lambda email: typed_email(email, c))


@action("edit phone and email in Jotform", 3)
def _edit_both(season: Season, a: int, b: int, c: int) -> str | None:
    phone = _edit_answer(season, a, "phone", b, lambda phone: typed_phone(phone, 0))
    email = _edit_answer(season, a, "personal_email", b, lambda email: typed_email(email, 0))
    return " and ".join(filter(None, (phone, email))) or None


@action("edit shirt size in Jotform", 2)
def _edit_shirt(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    return _answer(season, person, "shirt_size", SHIRTS[b % len(SHIRTS)], lambda shirt: shirt)


@action("edit name in Jotform", 2)
def _edit_name(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    first = pick(person.spellings, b) or person.first
    last = person.typed_last or person.last
    return _answer(season, person, "first_name", first, lambda name: {"first": name, "last": last}, Q["name"])


def _edit_answer(season: Season, a: int, name: str, b: int, typed: Callable[[str], Any]) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    present = season.town.signups[season.newest(person)].values.get(name)
    known = person.phones if name == "phone" else person.emails
    others = [one for one in known if one != present]
    if b % 3 == 0 or not others:
        others = [season.watch.new_key(person, name)]
    return _answer(season, person, name, others[b % len(others)], typed)


def _answer(
    season: Season, person: Person, name: str, value: str, typed: Callable[[str], Any], question: str | None = None
) -> str | None:
    submission_id = season.newest(person)
    if season.town.signups[submission_id].values.get(name) == value:
        return None
    answers = {question or Q[name]: typed(value)}
    season.town.edit_signup(submission_id, {name: value}, answers)
    return f"{person.name} corrects the {name} in Jotform: {_shown(answers)}"


@action("correct MN id", 2)
def _correct_mn_id(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    submission_id = season.newest(person)
    old = season.town.signups[submission_id].mn_id
    return (
        f"the MN id of {person.name}'s sign-up is corrected: {old} becomes {season.town.correct_mn_id(submission_id)}"
    )


@action("delete sign-up", 2)
def _delete_signup(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    season.town.forms.delete(season.town.form.id, season.newest(person))
    return f"{person.name}'s sign-up is deleted in Jotform"


@action("restore sign-up", 3)
def _restore_signup(season: Season, a: int, b: int, c: int) -> str | None:
    deleted = [one for one in season.town.form.submissions.values() if one.status == "DELETED"]
    one = pick(deleted, a)
    if one is None:
        return None
    one.status, one.updated_at = "ACTIVE", season.town.now
    person = season.town.people[season.town.owner_of_mentor(one.id)]
    return f"{person.name}'s sign-up is restored in Jotform"


@action("odd answer in Jotform", 1)
def _odd_answer(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    what, answer = _ODD_ANSWERS[b % len(_ODD_ANSWERS)]
    question = (Q["gender"], "howHeard")[c % 2]
    season.town.forms.edit(season.town.form.id, season.newest(person), {question: answer})
    return f"{person.name} answers {question} with {what}"


# Givebutter


def _editable(season: Season, a: int) -> gb_model.Contact | None:
    return pick(season.town.living_contacts(), a)


@action("edit first name in Givebutter", 3)
def _gb_first_name(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    if contact is None or len(season.town.owners[contact.id]) != 1:
        return None
    (owner,) = season.town.owners[contact.id]
    value = pick(season.town.people[owner].spellings, b)
    return _gb_edit(season, contact, "first_name", value, first_name=value)


@action("edit shirt size in Givebutter", 3)
def _gb_shirt(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    value = SHIRTS[b % len(SHIRTS)]
    if contact is None:
        return None
    return _gb_edit(season, contact, "shirt_size", value, custom={**contact.custom, SHIRT_LABEL: value})


@action("replace phone in Givebutter", 3)
def _gb_phone(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    if contact is None or len(season.town.owners[contact.id]) != 1:
        return None
    (owner,) = season.town.owners[contact.id]
    value = season.watch.new_key(season.town.people[owner], "phone")
    return _gb_edit(season, contact, "phone", value, phones=[value, *contact.phones[1:]])


@action("replace email in Givebutter", 2)
def _gb_email(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    if contact is None or len(season.town.owners[contact.id]) != 1 or not contact.emails:
        return None
    (owner,) = season.town.owners[contact.id]
    value = season.watch.new_key(season.town.people[owner], "personal_email")
    return _gb_edit(season, contact, "personal_email", value, emails=[value, *contact.emails[1:]])


@action("add phone or email in Givebutter", 2)
def _gb_add(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    if contact is None or len(season.town.owners[contact.id]) != 1:
        return None
    (owner,) = season.town.owners[contact.id]
    person = season.town.people[owner]
    if b % 2:
        season.town.contacts.change(contact, phones=[*contact.phones, season.watch.new_key(person, "phone")])
    else:
        season.town.contacts.change(contact, emails=[*contact.emails, season.watch.new_key(person, "personal_email")])
    season.watch.touched(contact.id)
    return f"a {'phone' if b % 2 else 'email'} is added to contact {contact.id} in Givebutter"


def _gb_edit(season: Season, contact: gb_model.Contact, name: str, value: str | None, **changes: Any) -> str | None:
    if value is None or not season.town.contacts.change(contact, **changes):
        return None
    season.watch.givebutter_edit(contact.id, name, value)
    return f"the {name} of contact {contact.id} ({_owner(season, contact.id)}) is changed to {value} in Givebutter"


@action("tag contact", 2)
def _tag(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    tag = ("Dropped 25", "Phone bank", "mentors 2025")[b % 3]
    if contact is None or tag in contact.tags:
        return None
    if "mentors" in tag and not all(season.town.people[number].is_student for number in season.town.owners[contact.id]):
        return None  # by rulebook section 3 the tag would be a sign that the contact is the student's
    season.town.contacts.change(contact, tags=[*contact.tags, tag])
    season.watch.touched(contact.id)
    return f"contact {contact.id} ({_owner(season, contact.id)}) is tagged {tag}"


@action("untag contact", 1)
def _untag(season: Season, a: int, b: int, c: int) -> str | None:
    contact = pick([one for one in season.town.living_contacts() if one.tags], a)
    if contact is None:
        return None
    tag = contact.tags[b % len(contact.tags)]
    season.town.contacts.change(contact, tags=[one for one in contact.tags if one != tag])
    season.watch.touched(contact.id)
    return f"the tag {tag} is taken off contact {contact.id} ({_owner(season, contact.id)})"


@action("unsubscribe contact", 1)
def _unsubscribe(season: Season, a: int, b: int, c: int) -> str | None:
    contact = pick([one for one in season.town.living_contacts() if one.email_subscribed], a)
    if contact is None:
        return None
    season.town.contacts.change(contact, email_subscribed=False, phone_subscribed=False)
    return f"contact {contact.id} ({_owner(season, contact.id)}) unsubscribes"


@action("donate", 1)
def _donate(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    if contact is None:
        return None
    season.town.contacts.change(contact, total_contributions=contact.total_contributions + 25)
    return f"contact {contact.id} ({_owner(season, contact.id)}) donates"


@action("create a contact by a donation", 2)
def _donate_anew(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.town.people, a)
    if person is None:
        return None
    emails = [person.emails[-1]] if b % 2 else [person.emails[-2]]
    first = pick(person.spellings, b // 2) or person.first
    contact = season.town.contacts.create(
        first_name=first, last_name=person.last, emails=emails, phones=[], total_contributions=25.0
    )
    season.town.owners[contact.id] = frozenset((person.number,))
    return f"{person.name} donates as a new contact {contact.id}: {first} {person.last}, {emails[0]}"


@action("archive contact in Givebutter", 2)
def _gb_archive(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    if contact is None:
        return None
    season.town.contacts.change(contact, archived_at=season.town.now)
    season.watch.touched(contact.id)
    return f"contact {contact.id} ({_owner(season, contact.id)}) is archived in Givebutter"


@action("restore contact in Givebutter", 2)
def _gb_restore(season: Season, a: int, b: int, c: int) -> str | None:
    merged = season.watch.merged_away
    contact = pick([one for one in season.town.archived_contacts() if one.id not in merged], a)
    if contact is None:
        return None
    season.town.contacts.change(contact, archived_at=None)
    if contact.id in season.system.ledger:
        season.system.restored(contact.id)
    season.watch.touched(contact.id)
    return f"contact {contact.id} ({_owner(season, contact.id)}) is restored in Givebutter"


@action("merge contacts in Givebutter", 2)
def _gb_merge(season: Season, a: int, b: int, c: int) -> str | None:
    contacts = season.town.living_contacts()
    pairs = [
        (one, other)
        for one in contacts
        for other in contacts
        if one is not other and season.town.owners[one.id] == season.town.owners[other.id]
    ]
    pair = pick(pairs, a)
    if pair is None:
        return None
    kept, gone = pair
    external_id = kept.external_id or gone.external_id
    season.town.contacts.change(gone, archived_at=season.town.now, external_id=None)
    season.town.contacts.change(
        kept,
        external_id=external_id,
        suffix=kept.suffix or gone.suffix,
        emails=list(dict.fromkeys([*kept.emails, *gone.emails])),
        phones=list(dict.fromkeys([*kept.phones, *gone.phones])),
        tags=list(dict.fromkeys([*kept.tags, *gone.tags])),
        total_contributions=kept.total_contributions + gone.total_contributions,
    )
    season.watch.merged(kept.id, gone.id)
    return f"contact {gone.id} is merged into {kept.id} ({_owner(season, kept.id)}) in Givebutter"


# Pages


@action("set up a page", 3)
def _page(season: Season, a: int, b: int, c: int) -> str | None:
    paged = set(season.town.member_owners.values())
    person = pick([one for one in season.signed_up() if one.number not in paged], a)
    if person is None:
        return None
    values = season.town.signups[season.newest(person)].values
    email, phone = (values["personal_email"], None) if b % 2 else (None, values["phone"])
    if phone and phone not in person.own_keys:
        email = person.uga  # with the home phone alone nobody could tell brother and sister apart
    if email == NOBODYS_EMAIL or any(
        {email, phone} & other.own_keys for other in season.town.people if other is not person
    ):
        # By rulebook section 3 a page with a parent's email would be a sign that the parent's contact is the student's.
        email, phone = person.uga, None
    member_id = 900 + len(season.town.members)
    season.town.members.append(
        gb_model.Member(
            id=member_id,
            first_name=person.first,
            last_name=person.last,
            email=email,
            phone=phone,
            raised=20.0,
            created_at=season.town.now,
            updated_at=season.town.now,
            url=f"https://givebutter.example/{member_id}",
        )
    )
    season.town.member_owners[member_id] = person.number
    return f"{person.name} sets up page {member_id} with {email or phone}"


@action("raise money", 2)
def _raise(season: Season, a: int, b: int, c: int) -> str | None:
    member = pick(season.town.members, a)
    if member is None:
        return None
    member.raised, member.updated_at = member.raised + 30, season.town.now
    return f"page {member.id} raises 30 dollars"


@action("edit page", 2)
def _edit_page(season: Season, a: int, b: int, c: int) -> str | None:
    member = pick(season.town.members, a)
    if member is None:
        return None
    person = season.town.people[season.town.member_owners[member.id]]
    member.email, member.updated_at = season.watch.new_key(person, "personal_email"), season.town.now
    member.phone = None
    return f"the email of page {member.id} ({person.name}) is changed"


# Runs and files


@action("sync", 22)
def _sync(season: Season, a: int, b: int, c: int) -> str | None:
    feed = season.town.feed()
    season.old_feeds.append(feed)
    season.sync(feed)
    return "a sync"


@action("import the file", 14)
def _import(season: Season, a: int, b: int, c: int) -> str | None:
    system = season.system
    if system.result is None or system.is_stale() or system.has_outdated_rows():
        return None
    return season.import_file()


@action("sync of a short list", 2)
def _short_list(season: Season, a: int, b: int, c: int) -> str | None:
    feed = season.town.feed()
    listed = sorted(feed.submissions)
    if len(listed) < 2:
        return None
    kept = [key for place, key in enumerate(listed) if (place + a) % 2]
    people = ", ".join(season.town.people[season.town.owner_of_mentor(key)].name for key in listed if key not in kept)
    short = Feed(
        taken_at=feed.taken_at,
        submissions={key: feed.submissions[key] for key in kept},
        contacts=feed.contacts,
        archived=feed.archived,
        members=feed.members if b % 2 else feed.members[:1],
    )
    season.sync(short)
    return f"a sync in which Jotform's list comes short (without {people})"


@action("killed sync", 1)
def _killed_sync(season: Season, a: int, b: int, c: int) -> str | None:
    try:
        season.system.sync(season.town.feed(), killed=True)
    except KilledError:
        return "a sync is killed after the lists were stored"
    return None


@action("upload an old export", 2)
def _old_export(season: Season, a: int, b: int, c: int) -> str | None:
    feed = pick(season.old_feeds[:-1], a)
    if feed is None:
        return None
    copied = ("copy of contacts.csv", f"contacts-{feed.taken_at:%Y-%m-%d}-{int(feed.taken_at.timestamp())} (1).csv")[
        b % 2
    ]
    before = season.system.contacts
    taken = season.system.upload(feed, copied)
    if taken:
        season.watch.old_export_taken(feed, before)
        season.watch.after_sync(season.system.calculate())
    return f"an export of {feed.taken_at:%Y-%m-%d %H:%M} is uploaded as {copied}: {'taken' if taken else 'refused'}"


# People who decide


@action("answer a question", 10)
def _answer_question(season: Season, a: int, b: int, c: int) -> str | None:
    stored = pick(season.system.open_conflicts(), a)
    if stored is None:
        return None
    conflict = stored.conflict
    choice: Choice
    if conflict.conflict_type in FIELD_CONFLICTS | {"fundraising_mismatch"}:
        choice, value = season.some_answer(conflict, b)
    else:
        choice, value = season.right_answer(conflict)
    season.system.decide(stored, choice, value)
    season.watch.decided(stored)
    return f"{_question(season, stored)} is answered: {choice}{'' if value is None else f' {value}'}"


@action("take an answer back", 1)
def _undo(season: Season, a: int, b: int, c: int) -> str | None:
    key = pick(sorted(season.system.decisions), a)
    if key is None:
        return None
    season.system.undo(key)
    season.watch.undone(key)
    return f"the answer to {key[1]} ({key[2]}) of {key[0]} is taken back"


@action("approve an archive", 3)
def _approve(season: Season, a: int, b: int, c: int) -> str | None:
    result = season.system.result
    rows = [row for row in result.plan if row.plan_state == "needs_approval"] if result else []
    row = pick(rows, a)
    person = season.watch.person_of(row.mn_id) if row else None
    if row is None or person is None or season.town.owners[row.contact_id] != frozenset((person.number,)):
        return None
    season.system.approve(row)
    return f"archiving contact {row.contact_id} is approved"


@action("apply the archive plan", 4)
def _apply(season: Season, a: int, b: int, c: int) -> str | None:
    return _carry_out(season, None)


@action("killed apply", 1)
def _killed_apply(season: Season, a: int, b: int, c: int) -> str | None:
    return _carry_out(season, 1 + a % 2)


def _carry_out(season: Season, calls: int | None) -> str | None:
    archived: list[int] = []

    def look(contact_id: int) -> dict[str, Any] | None:
        contact = season.town.contacts.get(contact_id)
        living = contact is not None and contact.archived_at is None
        return contact_json(contact, season.town.contacts.custom_fields) if contact and living else None

    def change(contact_id: int, **changes: Any) -> None:
        contact = season.town.contacts.get(contact_id)
        if contact is None:
            raise AssertionError(f"there is no contact {contact_id}")
        season.town.contacts.change(contact, **changes)

    def archive(contact_id: int) -> None:
        season.watch.before_archive(contact_id)
        archived.append(contact_id)
        change(contact_id, archived_at=season.town.now)

    try:
        season.system.apply(look, archive, lambda contact_id: change(contact_id, external_id=None), calls=calls)
    except KilledError:
        return f"an apply is killed after archiving {archived}"
    finally:
        season.watch.after_apply()
    return f"the archive plan is applied: {archived}" if archived else None


@action("restore an archived duplicate", 1)
def _restore(season: Season, a: int, b: int, c: int) -> str | None:
    done = [key for key, entry in season.system.ledger.items() if entry.status == "archived"]
    contact_id = pick([one for one in done if one not in season.watch.merged_away], a)
    contact = season.town.contacts.get(contact_id) if contact_id is not None else None
    if contact is None:
        return None
    season.town.contacts.change(contact, archived_at=None)
    season.system.restored(contact.id)
    season.watch.touched(contact.id)
    return f"contact {contact.id} is restored by the ledger"


@action("days go by", 2)
def _days(season: Season, a: int, b: int, c: int) -> str | None:
    season.town.now += timedelta(days=1 + a % 40)
    return f"{1 + a % 40} days go by"


@action("two quiet rounds", 3)
def _quiet(season: Season, a: int, b: int, c: int) -> str | None:
    season.quiet_round()
    season.quiet_round()
    before = season.system.result
    season.town.tick()
    feed = season.town.feed()
    season.sync(feed)
    if before is not None:
        season.watch.fixed_point(before)
    return "two quiet rounds and a sync"


def _owner(season: Season, contact_id: int) -> str:
    return " and ".join(season.town.people[number].name for number in sorted(season.town.owners[contact_id]))


def _question(season: Season, stored: StoredConflict) -> str:
    mn_id, kind, subject = stored.key
    person = season.watch.person_of(mn_id)
    return f"{kind} ({subject}) of {mn_id}{f' ({person.name})' if person else ''}"


def _shown(typed: dict[str, Any]) -> str:
    values = [" ".join(value.values()) if isinstance(value, dict) else str(value) for value in typed.values()]
    return "; ".join(value.encode("unicode_escape").decode() if not value.isascii() else value for value in values)


__all__ = ["ACTIONS", "CONFIG", "Season", "Step"]
