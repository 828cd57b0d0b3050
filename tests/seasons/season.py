"""A season: a town, MentorSync, and everything that people and runs may do, one step after the other.

A step is a name and three numbers, so that any part of a sequence is a sequence too: the numbers are taken modulo what
there is to choose from, and a step that cannot be taken does nothing. `Season.story` says in plain English what
happened. What must hold after every step is checked by `tests.seasons.invariants`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT, ONE_PERSON, RELEASE
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.sandbox.csv_import import ImportResult
from mentorsync_pipeline.sandbox.options import Options
from tests.seasons.invariants import Watch
from tests.seasons.memory import MemorySync
from tests.seasons.people import Person
from tests.seasons.simulated_services import CONFIG, Town
from tests.support.answers import Choice
from tests.support.pure_review import StoredConflict
from tests.support.pure_year import Feed

T = TypeVar("T")
FIELD_CONFLICTS = frozenset({"phone_mismatch", "email_mismatch", "field_mismatch"})


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


class ImportedFile(NamedTuple):
    """An import file, and the people of all MN ids when it was made."""

    content: bytes
    owners: Mapping[str, int]


@dataclass
class Season:
    """One season. `households` are kinds of `tests.seasons.households.HOUSEHOLDS`."""

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
        self.files: list[ImportedFile] = []

    def take(self, step: Step) -> None:
        """Take one step and check the invariants; raises `invariants.BrokenError` with the story so far."""
        self.town.tick()
        try:
            sentence = ACTIONS[step.name].take(self, step.a, step.b, step.c)
        except Exception as error:
            lines = [f"{number}. {line}" for number, line in enumerate((*self.story, f"({step.name})"), 1)]
            error.add_note("\n".join([f"households: {', '.join(self.households)}", *lines]))
            raise
        if sentence is not None:
            self.story.append(sentence)
        self.watch.check_ledger()

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
        self.watch.damage = None
        result = self.system.sync(feed)
        self.watch.after_sync(result)

    def may_import(self) -> bool:
        """Whether MentorSync offers a file."""
        return self.system.result is not None and not (self.system.is_stale() or self.system.has_outdated_rows())

    def import_file(self) -> str:
        """Make a file and import it."""
        rows = self.system.import_rows()
        rejected = self.import_rows(rows, self.make_file(rows)).rejected
        return f"the file of {len(rows)} rows is imported{f'; Givebutter rejects {rejected}' if rejected else ''}"

    def make_file(self, rows: Sequence[ImportRow]) -> bytes:
        """Write the import file of these rows."""
        self.watch.before_file()
        self.files.append(ImportedFile(self.system.import_file(rows), dict(self.watch.row_owners)))
        return self.files[-1].content

    def import_rows(self, rows: Sequence[ImportRow], content: bytes) -> ImportResult:
        """Import rows of the last file; `content` are the same rows as a file."""
        self.watch.before_import(rows)
        result = self.import_content(content, self.files[-1].owners)
        self.watch.after_import(rows, result)
        self.system.record_rejected(result)
        return result

    def import_content(self, content: bytes, owners: Mapping[str, int], *, is_late: bool = False) -> ImportResult:
        """Import a file; `owners` are the people of its MN ids.

        What a file of an earlier day sets may be an edit of the person who imports it, as nobody can tell.
        """
        self.watch.hand_edits.look()
        result = self.town.sandbox.dashboard.import_csv(content)
        if is_late:
            self.watch.hand_edits.look()
        else:
            self.watch.hand_edits.imported()
        for contact_id in result.created:
            contact = self.town.contacts.get(contact_id)
            self.town.owners[contact_id] = frozenset((owners[str(contact.external_id if contact else None)],))
        return result

    def quiet_round(self) -> None:
        """A sync and an import with nobody doing anything."""
        self.town.tick()
        self.sync(self.town.feed())
        self.town.tick()
        self.import_file()

    def blocked(self) -> set[str]:
        """The MN ids of the mentors who are blocked."""
        return {mn_id for mn_id, mentor in self.system.mentors.items() if mentor.sync_state == "blocked"}

    # Decisions

    def right_answer(self, stored: StoredConflict) -> tuple[Choice, Any]:
        """What somebody answers who knows everybody."""
        conflict = stored.conflict
        if conflict.conflict_type == "shared_phone":
            older, _, newer = conflict.subject.partition("+")
            same = self.town.owner_of_mentor(older) == self.town.owner_of_mentor(newer)
            return ("b" if same == (conflict.option_b.value == ONE_PERSON) else "a"), None
        if conflict.subject.startswith("signups:"):
            return self._find_owner_of_id(conflict), None
        person = self.watch.person_asked(stored.key)
        if person is None:
            return "skipped", None
        own = [contact.id for contact in self.town.contacts_of(person)]
        values: dict[Choice, Any] = {"a": conflict.option_a.value, "b": conflict.option_b.value}
        for letter, value in values.items():
            if value in own:
                return letter, None
        if RELEASE in values.values():
            holder = conflict.option_a.metadata["contact_id"]
            return ("custom", holder) if holder in own else ("a", None)
        free = [contact_id for contact_id in own if not self._is_another_mentors(contact_id, conflict.mn_id)]
        if free and conflict.conflict_type in ("contact_selection", "external_id_collision"):
            return "custom", free[0]
        for choice in (NEW_CONTACT, LEAVE_UNLINKED):
            for letter, value in values.items():
                if value == choice:
                    return letter, None
        return "skipped", None

    def _find_owner_of_id(self, conflict: Conflict) -> Choice:
        """The option whose sign-up is that of the person to whom the form gave the MN id."""
        owner = self.town.mn_owners.get(conflict.mn_id)
        values: dict[Choice, Any] = {"a": conflict.option_a.value, "b": conflict.option_b.value}
        owned = [letter for letter, value in values.items() if self.town.owner_of_mentor(value) == owner]
        return owned[0] if len(owned) == 1 else "skipped"

    def _is_another_mentors(self, contact_id: int, mn_id: str) -> bool:
        """Whether the loaded contacts lack a contact, or it holds the External ID of another mentor."""
        contact = self.system.contacts.get(contact_id)
        held = id_key(contact.external_id) if contact is not None else None
        return contact is None or (held is not None and held != mn_id and held in self.system.mentors)

    def some_answer(self, conflict: Conflict, number: int) -> tuple[Choice, Any]:
        """An answer to a question about a field: either side may be right, or something else."""
        choices: tuple[Choice, ...] = ("a", "b", "a", "b", "skipped", "custom")
        choice = choices[number % len(choices)]
        person = self.watch.person_of_row(conflict.mn_id)
        if choice != "custom":
            return choice, None
        if conflict.conflict_type != "phone_mismatch" or person is None:
            return "skipped", None
        return choice, self.watch.new_key(person, "phone")


# Jotform


def owner_of(season: Season, contact_id: int) -> str:
    return " and ".join(season.town.people[number].name for number in sorted(season.town.owners[contact_id]))


def question_text(season: Season, stored: StoredConflict) -> str:
    mn_id, kind, subject, _ = stored.key
    person = season.watch.person_asked(stored.key)
    return f"{kind} ({subject}) of {mn_id}{f' ({person.name})' if person else ''}"


def typed_text(typed: dict[str, Any]) -> str:
    values = [" ".join(value.values()) if isinstance(value, dict) else str(value) for value in typed.values()]
    return "; ".join(value.encode("unicode_escape").decode() if not value.isascii() else value for value in values)


__all__ = ["ACTIONS", "CONFIG", "Season", "Step"]
