"""“What will happen” under each option of a question is what the next run does, in a generated year in memory."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Literal

import pytest

from mentorsync_pipeline.archiving.rules.plan_records import PlanRow
from mentorsync_pipeline.console import conflict_effects as effects
from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.conflicts import contact_metadata
from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.domain.known_mentors import Link
from mentorsync_pipeline.domain.names.name_parts import join_names
from mentorsync_pipeline.domain.vocabulary import WAITING_CAUSES
from mentorsync_pipeline.import_file.rules.preview import RowPreview, preview_rows
from mentorsync_pipeline.review.rules.evidence import (
    Evidence,
    Person,
    compare_people,
    find_cited_contacts,
    find_people,
)
from tests.mentors.memory_year import MemoryYear, memory_year
from tests.support.matching import EMAIL, JANE, OTHER_PHONE, PHONE, contact, decide
from tests.support.pure_review import StoredConflict

pytestmark = pytest.mark.slow
Letter = Literal["a", "b"]


class Outcome:
    """The year after all questions were answered with one letter."""

    def __init__(self, letter: Letter) -> None:
        year = memory_year(66, at_least=1)
        self.described: list[tuple[Mapping[str, Any], Evidence, effects.Effect]] = []
        contested: set[str] = set()
        for stored in year.conflicts():
            question = as_row(stored)
            if question["context"].get("kind") == "contested" and question["subject"] in contested:
                continue  # the contact is given to the first mentor, or left to this one
            contested.add(question["subject"])
            mentor = year.system.mentors[question["mn_id"]]
            evidence, name = evidence_of(year, question), join_names(mentor.first_name, mentor.last_name)
            for effect in effects.describe_effects(question, evidence, name)[letter]:
                self.described.append((question, evidence, effect))
            year.system.decide(stored, letter)
        year.calculate()
        assert year.system.result is not None
        rows = year.system.import_rows()
        self.year, self.letter = year, letter
        self.mentors = year.system.mentors
        self.rows: dict[str | None, RowPreview] = {
            row.mn_id: row for row in preview_rows(rows, year.system.contacts, {})
        }
        self.holders = {row.cells[col.CONTACT_ID]: row.mn_id for row in rows}
        self.plan: dict[int, PlanRow] = {row.contact_id: row for row in year.system.result.plan}

    def contact_id(self, question: Mapping[str, Any]) -> int:
        return int(question[f"option_{self.letter}"]["value"])

    def changes(self, question: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        return {change.column: change.after for change in self.rows[question["mn_id"]].changes}

    def is_left_out(self, question: Mapping[str, Any]) -> bool:
        return question["mn_id"] not in self.rows and self.mentors[question["mn_id"]].gb_contact_id is None

    def is_linked(self, question: Mapping[str, Any], *, is_renamed: bool) -> bool:
        """Whether the row updates the chosen contact, with the mentor's External ID, and only then its name."""
        row, changes = self.rows[question["mn_id"]], self.changes(question)
        has_name = bool(join_names(*(getattr(self.contact(row), name) for name in ("first_name", "last_name"))))
        renames = has_name and not changes.keys().isdisjoint({"First Name", "Last Name"})
        return row.contact_id == self.contact_id(question) and "External ID" in changes and renames == is_renamed

    def contact(self, row: RowPreview) -> Any:
        return self.year.system.contacts[row.contact_id or 0]

    def others(self, question: Mapping[str, Any], evidence: Evidence) -> list[int]:
        chosen = str(question[f"option_{self.letter}"]["value"])
        return [int(person.record_id) for person in evidence.contacts if person.record_id != chosen]

    def is_kept(self, question: Mapping[str, Any], evidence: Evidence) -> bool:
        """Whether no file updates the other contacts and the plan archives none of them."""
        others = self.others(question, evidence)
        return all(
            str(id_) not in self.holders and not (id_ in self.plan and self.plan[id_].archives) for id_ in others
        )

    def is_duplicate(self, question: Mapping[str, Any], evidence: Evidence) -> bool:
        """Whether one of the other contacts is archived, now or after the import."""
        rows = [self.plan[id_] for id_ in self.others(question, evidence) if id_ in self.plan]
        return any(row.plan_state == "planned" or row.reason_code in WAITING_CAUSES for row in rows)


CHECKS: Mapping[str, Callable[[Outcome, Mapping[str, Any], Evidence], bool]] = {
    effects._LINKED: lambda after, asked, _: after.mentors[asked["mn_id"]].gb_contact_id == after.contact_id(asked),
    effects._JOINS: lambda after, asked, _: after.is_linked(asked, is_renamed=False),
    effects._RENAMED: lambda after, asked, _: after.is_linked(asked, is_renamed=True),
    effects._CREATED: lambda after, asked, _: after.rows[asked["mn_id"]].contact_id is None,
    effects._NOT_IN_FILE: lambda after, asked, _: after.is_left_out(asked),
    effects._NOTHING_ARCHIVED: lambda after, asked, evidence: after.is_kept(asked, evidence),
    effects._STAYS: lambda after, asked, evidence: after.is_kept(asked, evidence),
    effects._LEFT_TO: lambda after, asked, evidence: any(
        after.holders.get(person.record_id) not in (None, asked["mn_id"]) for person in evidence.contacts
    ),
    effects._RIVAL_STAYS_OPEN: lambda after, asked, _: all(
        after.mentors[rival["mn_id"]].sync_state == "blocked" for rival in asked["context"]["other_mentors"]
    ),
    effects._DUPLICATE: lambda after, asked, evidence: after.is_duplicate(asked, evidence),
    effects._RELEASED: lambda after, asked, _: (
        after.plan[asked["context"]["contact"]["contact_id"]].action == "release"
    ),
    effects._GETS_ID: lambda after, asked, _: after.is_left_out(asked),
    effects._KEEPS_ID: lambda after, asked, _: asked["mn_id"] in after.rows,
    effects._LOSES_ID: lambda after, asked, _: (
        str(after.mentors[asked["mn_id"]].submission_id) == str(asked[f"option_{after.letter}"]["value"])
    ),
    effects._BOTH: lambda after, asked, _: after.rows.keys() >= set(asked["context"]["mn_ids"]),
    effects._ONE: lambda after, asked, _: len(after.rows.keys() & set(asked["context"]["mn_ids"])) == 1,
    effects._ADDED: lambda after, asked, _: asked["option_a"]["value"] in after.changes(asked)["Phones"],
    effects._FROM_GIVEBUTTER: lambda after, asked, _: (
        after.mentors[asked["mn_id"]].phone == asked["option_b"]["value"] and "Phones" not in after.changes(asked)
    ),
}
# What they say is checked with the sentence beside them, or depends on more than the next run.
UNCHECKED = {effects._MOVED, effects._OLD_CONTACT}


def as_row(stored: StoredConflict) -> dict[str, Any]:
    """A question as it is read from the database."""
    conflict = stored.conflict
    options = {
        f"option_{letter}": {"value": plain(option.value), "metadata": plain(option.metadata)}
        for letter, option in (("a", conflict.option_a), ("b", conflict.option_b))
    }
    names = ("mn_id", "conflict_type", "subject", "recommendation_reason")
    return {**{name: getattr(conflict, name) for name in names}, **options, "context": plain(conflict.context)}


def evidence_of(year: MemoryYear, question: Mapping[str, Any]) -> Evidence:
    """The evidence, as `console.conflict_evidence` reads it."""
    people = find_people(question)
    people += [
        Person(kind="contact", record_id=str(id_), facts=plain(contact_metadata(year.system.contacts[id_])))
        for id_ in find_cited_contacts(question, people)
        if id_ in year.system.contacts
    ]
    return compare_people(people)


@pytest.mark.parametrize("letter", ["a", "b"])
def test_the_next_run_does_what_an_option_said(letter: Letter) -> None:
    after = Outcome(letter)
    wrong = [
        effect.text % effect.values
        for question, evidence, effect in after.described
        if effect.text not in UNCHECKED and not CHECKS[effect.text](after, question, evidence)
    ]
    assert wrong == []
    assert len({effect.text for *_, effect in after.described}) >= 8, "the year has questions of all kinds"


def test_an_earlier_link_that_is_not_chosen_stays_as_it_is() -> None:
    linked, found = contact(1, phones=(OTHER_PHONE,)), contact(2, emails=(EMAIL,))
    (conflict,) = decide([JANE], [linked, found], links={JANE.submission_id: Link(contact_id=1)}).conflicts
    question = as_row(StoredConflict(conflict))
    chooses_found = "a" if question["option_a"]["value"] == 2 else "b"
    described = effects.describe_effects(question, compare_people(find_people(question)), "Jane Smith")
    texts = {letter: {effect.text for effect in described[letter]} for letter in described}
    assert effects._STAYS in texts[chooses_found]
    assert effects._DUPLICATE in texts["b" if chooses_found == "a" else "a"]


def test_a_duplicate_with_recurring_donations_is_archived_after_an_approval() -> None:
    donor = contact(1, emails=(EMAIL,), phones=(PHONE,), recurring_contributions=Decimal(25))
    (conflict,) = decide([JANE], [donor, contact(2, emails=(EMAIL,), phones=(PHONE,))]).conflicts
    question = as_row(StoredConflict(conflict))
    described = effects.describe_effects(question, compare_people(find_people(question)), "Jane Smith")
    chosen = next(letter for letter in described if question[f"option_{letter}"]["value"] == 2)
    assert effects._DONOR in {effect.text for effect in described[chosen]}
