"""A small generated year in memory, in which people edit both services and answer questions.

The rules of a year are tested here; `tests/seasons/test_database.py` compares such years with the database.
"""

import pickle
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from mentorsync_pipeline.domain.forms import SIGNUP
from mentorsync_pipeline.domain.records import Mentor
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.mentors.rules.changes import Change
from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from mentorsync_pipeline.sandbox.contact_store import ContactStore
from mentorsync_pipeline.sandbox.dashboard import Dashboard
from mentorsync_pipeline.sandbox.gb_model import Contact
from mentorsync_pipeline.sandbox.jf_store import FormStore
from mentorsync_pipeline.sandbox.options import Options
from tests.support.generated_services import GeneratedServices
from tests.support.pure_review import StoredConflict
from tests.support.small_year import START
from tests.support.worlds import year_of

# Attributes that are opened on the world.
_SERVICES = frozenset({"store", "forms", "dashboard"})


class MemoryYear(GeneratedServices):
    """A generated year of 2025 whose people edit both services; ten minutes pass before each sync.

    `changes` has the changes of all calculations.
    """

    def __init__(self, mentors: int, *, seed: int = 1, at_least: int = 0) -> None:
        super().__init__(year_of(seed, now=START, mentors=mentors, contacts=2 * mentors, at_least=at_least))
        self.form_id = self.config.form_id(SIGNUP)
        self.changes: list[Change] = []
        self._open_services()

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without the services, whose locks cannot be pickled."""
        state = {name: value for name, value in vars(self).items() if name not in _SERVICES}
        world = replace(self.world, contacts=self.store.all())
        return state | {"world": world, "year": replace(self.year, world=world)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._open_services()

    def _open_services(self) -> None:
        """Open the services on the world."""
        self.store = ContactStore(self.world.contacts, self.world.custom_fields, self._clock)
        self.forms = FormStore(self.world.forms, self._clock)
        self.dashboard = Dashboard(self.store, self.world.members, Options())

    def sync(self) -> YearResult:
        """Take the services' answers and calculate the year from them."""
        self.now += timedelta(minutes=10)
        result = self.system.sync(self.feed())
        self.changes += result.changes
        return result

    def calculate(self) -> YearResult:
        """Calculate the year from the stored data."""
        result = self.system.calculate()
        self.changes += result.changes
        return result

    # What people do

    def edit(self, contact_id: int | None, **changes: Any) -> None:
        """Edit a contact in Givebutter."""
        assert contact_id is not None
        self.dashboard.edit(contact_id, **changes)

    def edit_signup(self, mn_id: str, **answers: Any) -> None:
        """Edit a mentor's sign-up in Jotform; keys are the names of the questions."""
        submission_id = self.mentor(mn_id).submission_id
        assert submission_id is not None
        self.forms.edit(self.form_id, submission_id, answers)

    def sign_up(self, mn_id: str, **answers: Any) -> None:
        """Submit a sign-up; keys are the names of the questions."""
        self.forms.submit(self.form_id, {**answers, "mnid": mn_id})

    def answer(self, conflict: StoredConflict, choice: Any, value: Any = None) -> None:
        """Answer a question and calculate the year."""
        self.system.decide(conflict, choice, value)
        self.calculate()

    # Tables

    def mentor(self, mn_id: str) -> Mentor:
        return self.system.mentors[mn_id]

    def singles(self) -> list[str]:
        """The mentors with one contact, who have been seen to have the same phone and name on both sides."""
        scenarios = {mentor.mn_id for mentor in self.world.truth.mentors if mentor.scenario == "single"}
        agreed = {(key.submission_id, key.field) for key in self.system.bases}
        return [
            mn_id
            for mn_id in sorted(scenarios)
            if {(self.mentor(mn_id).submission_id, name) for name in ("phone", "first_name")} <= agreed
        ]

    def import_row(self, mn_id: str) -> ImportRow:
        (row,) = (row for row in self.system.import_rows() if row.mn_id == mn_id)
        return row

    def contact_of(self, mn_id: str) -> Contact:
        contact = self.store.get(self.mentor(mn_id).gb_contact_id or 0)
        assert contact is not None
        return contact

    def conflicts(self, *mn_ids: str) -> list[StoredConflict]:
        """The open questions, of these mentors or of all."""
        pending = (stored for stored in self.system.conflicts.values() if stored.status == "pending")
        return [stored for stored in pending if not mn_ids or stored.conflict.mn_id in mn_ids]

    def changes_of(self, mn_id: str, field: str) -> list[tuple[Any, Any, str | None]]:
        """Old and new value and source of the changes of a field, oldest first."""
        return [
            (change.old_value, change.new_value, change.source)
            for change in self.changes
            if (change.mn_id, change.field) == (mn_id, field)
        ]


def memory_year(mentors: int, *, rounds: int = 0, seed: int = 1, at_least: int = 0) -> MemoryYear:
    """Return a year after this many rounds of a sync and an import, and another sync.

    After two rounds it is settled: all mentors are linked, and contact data has confirmed all values.
    """
    copied: MemoryYear = pickle.loads(_pickled(mentors, rounds, seed, at_least))  # noqa: S301  # our own object
    return copied


@cache
def _pickled(mentors: int, rounds: int, seed: int, at_least: int) -> bytes:
    """Make the year once; a copy takes a tenth of the time of a sync."""
    year = MemoryYear(mentors, seed=seed, at_least=at_least)
    for _ in range(rounds):
        year.sync()
        assert year.import_file().rejected == 0
    year.sync()
    year.changes.clear()
    return pickle.dumps(year, pickle.HIGHEST_PROTOCOL)


@pytest.fixture
def year() -> MemoryYear:
    """Twelve mentors, settled."""
    return memory_year(12, rounds=2)


@pytest.fixture
def mn_id(year: MemoryYear) -> str:
    """A mentor with one contact, who has not signed up for the training."""
    return next(mn_id for mn_id in year.singles() if not year.mentor(mn_id).training_signup)
