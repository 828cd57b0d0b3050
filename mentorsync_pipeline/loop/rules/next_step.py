"""Determine the state of the season's loop and the next step of a person.

The loop: fresh contacts, answered questions, a file, its import into Givebutter, a fresh export, archived duplicates.
The first row that applies is the next step:

| the year                                                          | next step                       | step      |
|-------------------------------------------------------------------|---------------------------------|-----------|
| gets contacts of an uploaded export                               | wait                            | contacts  |
| has no contacts                                                   | upload an export                | contacts  |
| has a downloaded file with changes, and no export since           | import it, then upload          | import    |
| the same, and rows that the import rejected were recorded         | upload                          | export    |
| has contacts older than `contacts_stale_days`                     | upload an export                | contacts  |
| has sign-ups that no run has fetched yet                          | fetch them                      | questions |
| was not recalculated with the newest contacts                     | recalculate                     | questions |
| was not recalculated with the present settings and rules          | recalculate                     | questions |
| has open questions                                                | answer                          | questions |
| is being recalculated                                             | wait                            | questions |
| has answers that no run has applied                               | apply                           | questions |
| has changes to send, and no file from the present contacts        | create the file                 | file      |
| has a file from before the last answers, which nobody downloaded  | create the file again           | file      |
| has a file with changes                                           | download                        | import    |
| has rows that Givebutter rejected                                 | correct them                    | import    |
| has a plan older than the contacts, applied answers or rules      | refresh the plan                | archive   |
| has duplicates that need approval                                 | approve                         | archive   |
| has approved contacts that the plan lacks                         | refresh the plan                | archive   |
| has a plan to carry out                                           | archive                         | archive   |
| has mentors whose External ID archiving has freed                 | upload an export                | export    |
| has rows that the check leaves out of the file                    | correct them                    | import    |
| has none of these                                                 | nothing: all is in Givebutter   |           |
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

StepName = Literal["contacts", "questions", "file", "import", "export", "archive"]
StepState = Literal["done", "now", "later"]
Action = Literal[
    "load",
    "upload",
    "upload_changes",
    "upload_imported",
    "import",
    "fetch",
    "recalculate",
    "answer",
    "apply",
    "create_file",
    "replace_file",
    "download",
    "correct",
    "approve",
    "plan",
    "archive",
    "none",
]
# From the start of the load; the sensor of the drop folder starts the recalculation seconds after its end.
_FOLLOWS_WITHIN = timedelta(seconds=90)
STEPS: tuple[StepName, ...] = ("contacts", "questions", "file", "import", "export", "archive")
_STEP_OF: dict[Action, StepName] = {
    "load": "contacts",
    "upload": "contacts",
    "upload_changes": "export",
    "upload_imported": "export",
    "import": "import",
    "fetch": "questions",
    "recalculate": "questions",
    "answer": "questions",
    "apply": "questions",
    "create_file": "file",
    "replace_file": "file",
    "download": "import",
    "correct": "import",
    "approve": "archive",
    "plan": "archive",
    "archive": "archive",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """The newest import file: when it was created, from which contact data, and whether it is still complete.

    Attributes:
        contacts_as_of: when the contact data was taken from which it was made.
        fetched_at: when it was last downloaded; None when nobody has downloaded it.
        is_imported: rows that Givebutter rejected were recorded after the download.
        is_outdated: import rows have changed since it was created.

    """

    file_id: int
    created_at: datetime
    contacts_as_of: datetime | None
    fetched_at: datetime | None
    is_imported: bool
    is_outdated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsInProgress:
    """Ids of the runs that are in progress or queued; None without one, or if it is unknown.

    Attributes:
        loading: the run that loads an uploaded export.
        recalculating: the run that recalculates the year.

    """

    loading: str | None = None
    recalculating: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopFacts:
    """What decides the next step of a year.

    Attributes:
        contacts_as_of: when the loaded contact data was taken; None without contacts.
        stale_after: age from which contact data is stale.
        has_signups: a run has fetched the year's sign-ups.
        is_recalculated: the mentors and the import rows were calculated with the loaded contacts.
        has_present_rules: they were calculated with the present settings and rules.
        exported_at: start of the load of the present contacts, if they are from an export; a recalculation follows.
        changed_rows, new_rows: rows of the next file that an import would change or create.
        rejected_rows: rows that Givebutter rejected and that are still open.
        held_back: rows that the check leaves out of the file.
        plan_is_current: the archive plan was made with the loaded contacts, the applied answers and the present rules.
        to_approve, to_archive: contacts of the archive plan that need approval, and that are to be archived.
        approved: contacts that were approved after the plan was made.
        to_release: contacts of the archive plan whose External ID is to be removed.
        released: mentors whose External ID was removed from another contact, which no loaded contacts show yet.

    """

    now: datetime
    contacts_as_of: datetime | None
    stale_after: timedelta
    has_signups: bool
    is_recalculated: bool
    has_present_rules: bool
    exported_at: datetime | None
    runs: RunsInProgress
    open_questions: int
    unapplied_answers: int
    changed_rows: int
    new_rows: int
    rejected_rows: int
    held_back: int
    file: FileFacts | None
    plan_is_current: bool
    to_approve: int
    approved: int
    to_archive: int
    to_release: int
    released: int

    @property
    def is_stale(self) -> bool:
        """Return whether the contact data is too old."""
        return self.contacts_as_of is not None and self.now - self.contacts_as_of > self.stale_after

    @property
    def is_matching(self) -> bool:
        """Return whether the mentors are matched with the loaded contacts now, or in a moment without a person."""
        follows = self.exported_at is not None and self.now - self.exported_at < _FOLLOWS_WITHIN
        return not self.is_recalculated and (self.runs.recalculating is not None or follows)

    @property
    def has_changes(self) -> bool:
        """Return whether an import would change or create a contact."""
        return bool(self.changed_rows or self.new_rows)

    @property
    def file_is_current(self) -> bool:
        """Return whether the newest file was made from the present contact data.

        A later load may be of an earlier time: an older export that a person forced, or a clock that was set back.
        """
        file = self.file
        if file is None or file.contacts_as_of is None or self.contacts_as_of is None:
            return False
        return file.contacts_as_of == self.contacts_as_of

    @property
    def awaits_export(self) -> bool:
        """Return whether a downloaded file is to be imported, or was imported and no export shows it yet."""
        return self.file_is_current and self.file is not None and self.file.fetched_at is not None and self.has_changes

    @property
    def is_imported(self) -> bool:
        """Return whether the downloaded file is known to be imported, and no export shows it yet."""
        return self.awaits_export and self.file is not None and self.file.is_imported


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """State of each step, and the next thing to do; `is_wrong` marks a step that needs a correction."""

    states: dict[StepName, StepState]
    action: Action
    is_wrong: StepName | None = None


def find_next_step(facts: LoopFacts) -> Loop:
    """Return the state of the loop."""
    action = _choose_action(facts)
    current = _STEP_OF.get(action)
    is_known = facts.has_signups and facts.is_recalculated and action not in {"load", "recalculate"}
    done = {name: (name == "contacts" or is_known) and _is_done(name, facts) for name in STEPS}
    states: dict[StepName, StepState] = {
        name: "now" if name == current else "done" if done[name] else "later" for name in STEPS
    }
    return Loop(states=states, action=action, is_wrong=_find_wrong_step(action, facts))


def _find_wrong_step(action: Action, facts: LoopFacts) -> StepName | None:
    if action == "correct" or (action == "upload_imported" and facts.rejected_rows):
        return "import"
    return "contacts" if facts.is_stale and action == "upload" else None


def _choose_action(facts: LoopFacts) -> Action:
    if facts.runs.loading is not None:
        return "load"
    if facts.awaits_export:
        return "upload_imported" if facts.is_imported else "import"
    if facts.contacts_as_of is None or facts.is_stale:
        return "upload"
    if not facts.has_signups:
        return "fetch"
    return _choose_year_action(facts)


def _choose_year_action(facts: LoopFacts) -> Action:
    if not (facts.is_recalculated and facts.has_present_rules):
        return "recalculate"
    if facts.open_questions:
        return "answer"
    if facts.runs.recalculating is not None:
        return "recalculate"
    if facts.unapplied_answers:
        return "apply"
    return _choose_file_action(facts) if facts.has_changes else _choose_archive_action(facts)


def _choose_file_action(facts: LoopFacts) -> Action:
    if not facts.file_is_current:
        return "create_file"
    return "replace_file" if facts.file is not None and facts.file.is_outdated else "download"


def _choose_archive_action(facts: LoopFacts) -> Action:
    if facts.rejected_rows:
        return "correct"
    if not facts.plan_is_current:
        return "plan"
    if facts.to_approve:
        return "approve"
    if facts.approved:
        return "plan"
    if facts.to_archive or facts.to_release:
        return "archive"
    if facts.released:
        return "upload_changes"
    return "correct" if facts.held_back else "none"


def _is_done(name: StepName, facts: LoopFacts) -> bool:
    if facts.contacts_as_of is None:
        return False
    is_answered = not facts.open_questions and not facts.unapplied_answers
    is_settled = not facts.has_changes and not facts.unapplied_answers
    has_file = facts.file_is_current and facts.file is not None and not facts.file.is_outdated
    return {
        "contacts": not facts.is_stale or facts.awaits_export,
        "questions": is_answered,
        "file": (has_file and is_answered) or is_settled,
        "import": (is_settled or facts.is_imported) and not facts.rejected_rows,
        "export": is_settled and not facts.rejected_rows and not facts.released,
        "archive": facts.plan_is_current
        and not (facts.to_approve or facts.approved or facts.to_archive or facts.to_release),
    }[name]
