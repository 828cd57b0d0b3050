"""Everything that is checked after each step of a season."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from tests.seasons.invariants.cell_checks import check_cells
from tests.seasons.invariants.duplicate_checks import check_duplicates
from tests.seasons.invariants.entry_checks import check_entries
from tests.seasons.invariants.field_checks import check_fields, check_history, remember_stored
from tests.seasons.invariants.import_checks import ImportChecks
from tests.seasons.invariants.key_checks import check_typed_keys
from tests.seasons.invariants.people_checks import (
    check_amount,
    check_attendance,
    check_link,
    check_page,
    check_people,
    check_questions,
    check_records,
    check_tick,
)
from tests.seasons.invariants.row_checks import check_plan, check_rows
from tests.seasons.memory import MemorySync
from tests.support.pure_year import Feed


@dataclass
class Watch(ImportChecks):
    """The truth of one season, what the syncs have shown, and every check; raises `BrokenError` and changes nothing."""

    def after_sync(self, result: YearResult) -> None:
        """Check everything that a sync has made."""
        self.hand_edits.look()
        self.remember_row_owners(result)
        self.remember_shown()
        self.look_at_ticks()
        check_people(self, result)
        check_typed_keys(self, result)
        check_questions(self, result)
        mentors = self.mentors(result)
        submissions = {
            signup.submission_id: (signup.submission_id, *signup.superseded_submission_ids)
            for signup in result.signups.signups
        }
        check_entries(self, result, submissions)
        numbers = Counter(person.number for person, _, _ in mentors)
        for number, count in numbers.items():
            if count > 1:  # two sign-ups without a common key: which is which?
                self.forget(self.town.people[number])
        for person, mentor, submission_id in mentors:
            if numbers[person.number] > 1:
                remember_stored(self, person, mentor, submission_id, result)
                continue
            check_link(self, person, mentor, submissions[submission_id])
            check_page(self, person, mentor, submissions[submission_id])
            check_tick(self, person, mentor)
            check_records(self, mentor, submissions[submission_id])
            check_amount(self, person, mentor, result)
            check_attendance(self, person, mentor, submissions[submission_id])
            if mentor.sync_state != "blocked":
                check_fields(self, person, mentor, submission_id, result)
        linked = [mentor.gb_contact_id for _, mentor, _ in mentors if mentor.sync_state == "matched"]
        if len(set(linked)) < len(linked):
            self.fail("one contact has two mentors", str(linked))
        check_rows(self, result)
        check_cells(self, result)
        check_plan(self, result)
        check_duplicates(self, result)
        check_history(self, result)

    def after_killed(self, result: YearResult, *, has_mentors: bool) -> None:
        """Remember what a killed run has stored of its result: the contacts, and perhaps the mentors."""
        self.hand_edits.look()
        for person, mentor, submission_id in self.mentors(result) if has_mentors else ():
            remember_stored(self, person, mentor, submission_id, result)

    def short_list(self, before: int, missing: Collection[object], removed: Collection[object]) -> None:
        """A list that lacks more than 20 % and more than 10 of its records is refused, and no other one is."""
        is_short = len(missing) > 10 and len(missing) * 5 > before
        if is_short and removed:
            self.fail(
                "a short list is believed", f"{len(missing)} of {before} were missing, {len(removed)} are removed"
            )
        if not is_short and len(removed) < len(missing):
            self.fail("a whole list is refused", f"{len(missing)} of {before} were missing")

    def old_export_taken(self, feed: Feed, before: Mapping[int, Contact]) -> None:
        """An export was loaded although newer contact data was there."""
        if feed.contacts != before:
            self.fail("an old export takes the place of newer contacts", f"taken {feed.taken_at:%Y-%m-%d %H:%M}")

    def fixed_point(self, before: YearResult) -> None:
        """After two quiet rounds a sync changes nothing."""
        self._compare(before, "no rest after two quiet rounds", _COMPARED)

    def unchanged(self, before: YearResult) -> None:
        """A second calculation has the result of the one before, also after a new answer."""
        self._compare(before, "a second run over unchanged data changes something", _COMPARED)

    def same_as_unbroken(self, unbroken: MemorySync) -> None:
        """The tables after a killed run and another one are those after a single unbroken run."""
        for what, look in _STORED.items():
            if look(unbroken) != look(self.system):
                self.fail("a killed run changes the next one", f"{what}: {look(unbroken)} becomes {look(self.system)}")

    def _compare(self, before: YearResult, kind: str, looks: Mapping[str, Callable[[YearResult], Any]]) -> None:
        now = self.system.result
        if now is None:
            return
        for what, look in looks.items():
            if look(before) != look(now):
                self.fail(kind, f"{what}: {look(before)} becomes {look(now)}")
        if now.changes:
            self.fail(kind, f"changes: {now.changes}")


_COMPARED: dict[str, Callable[[YearResult], Any]] = {
    "winners": lambda result: [
        (winner.mn_id, winner.contact_id, winner.decision, winner.release_contact_id)
        for winner in result.winners.winners
    ],
    "mentors": lambda result: result.mentors.mentors,
    "import rows": lambda result: [{**built.row.cells, **built.row.custom_fields} for built in result.import_rows],
    "open questions": lambda result: sorted(
        (conflict.mn_id, conflict.conflict_type, conflict.subject) for conflict in result.conflicts
    ),
    "archive plan": lambda result: sorted(
        (row.contact_id, row.action, row.plan_state) for row in result.plan if row.plan_state != "kept"
    ),
}


def _look_at_result(look: Callable[[YearResult], Any], system: MemorySync) -> Any:
    return None if system.result is None else look(system.result)


_STORED: dict[str, Callable[[MemorySync], Any]] = {
    **{what: partial(_look_at_result, look) for what, look in _COMPARED.items()},
    "bases": lambda system: {  # without the contact's spelling of an email, which follows a run later
        key: (base.value, base.source_value, base.sent_values, base.is_edit, base.is_contested)
        for key, base in system.bases.items()
    },
    "known mentors": lambda system: system.known,
    "answers": lambda system: {key: decision.value for key, decision in system.decisions.items()},
    "questions": lambda system: {
        key: (stored.status, stored.conflict.input_fingerprint) for key, stored in system.conflicts.items()
    },
    "records of staff": lambda system: system.records,
    "rejections": lambda system: system.rejections,
    "mentors whose row was sent": lambda system: system.sent_mn_ids,
}
