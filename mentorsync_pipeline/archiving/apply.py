"""Carry a plan out: one contact after the other, a few at a time, so that it can be killed anywhere and repeated.

A mentor's losers go together, after one look at the contact that is kept.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from mentorsync_pipeline.archiving.ledger import Entry, Ledger, Outcome
from mentorsync_pipeline.archiving.rules.preconditions import loser_changes, winner_lacks
from mentorsync_pipeline.archiving.rules.records import PlanRow
from mentorsync_pipeline.domain.clean_text import same_id
from mentorsync_pipeline.domain.error_codes import finding
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.domain.record_fields import FieldError
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.resources.givebutter_contacts import ContactCalls, Record, Seen
from mentorsync_pipeline.resources.http import (
    BadAnswerError,
    RefusedError,
    ServiceError,
    ServiceUnavailableError,
)

IN_FLIGHT = 4
# The service is down when so many contacts in a row get no answer, each after several tries.
_GIVE_UP_AFTER = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What may be done: the rows of the plan, the contacts they were planned from, and the mentors' External IDs."""

    rows: Mapping[int, PlanRow]
    contacts: Mapping[int, Contact]
    external_id: Callable[[str], str]


@dataclass(slots=True)
class Applied:
    """What was done, in counts, what went wrong, and the error that ended it early, if one did."""

    counts: Counter[str] = field(default_factory=Counter)
    errors: list[ErrorFinding] = field(default_factory=list)
    stopped_by: ServiceError | None = None


class _NotDoneError(Exception):
    """One contact that cannot be archived now: the stable code, and why in words without anybody's data."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


class Archiver:
    """Carries one plan out; `say` hears how many contacts of how many are done."""

    def __init__(
        self,
        ledger: Ledger,
        calls: ContactCalls,
        allowed: Allowed,
        *,
        now: Callable[[], datetime],
        say: Callable[[int, int], None],
        source_table: str,
    ) -> None:
        self._ledger = ledger
        self._calls = calls
        self._allowed = allowed
        self._now = now
        self._say = say
        self._source_table = source_table
        self._result = Applied()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._unanswered = 0

    def apply(self) -> Applied:
        """Archive and release everything that is allowed; a contact that fails does not stop the others.

        Ends early, with `stopped_by`, when Givebutter is down or refuses the key.
        """
        entries, left_over = self._ledger.open(self._allowed.rows.values(), self._now())
        groups = [*_by_mentor(entries), *([entry] for entry in left_over)]
        total, done = len(entries) + len(left_over), 0
        pool = ThreadPoolExecutor(IN_FLIGHT, "archive")
        try:
            for future in as_completed([pool.submit(self._group, group) for group in groups]):
                done += future.result()
                self._say(done, total)
        finally:
            self._stop.set()
            pool.shutdown(cancel_futures=True)
        self._result.counts["not tried"] += total - done
        return self._result

    def _group(self, entries: Sequence[Entry]) -> int:
        """One mentor's entries; returns how many were tried."""
        winner: Seen | None = None
        for tried, entry in enumerate(entries):
            if self._stop.is_set():
                return tried
            try:
                if winner is None and entry.winner_contact_id is not None and entry.contact_id in self._allowed.rows:
                    winner = self._calls.look(entry.winner_contact_id)
                self._count(self._one(entry, winner))
            except _NotDoneError as error:
                self._fail(entry, error.code, error.why)
            except (RefusedError, FieldError) as error:
                self._fail(entry, "ARCHIVE_REFUSED", getattr(error, "message", str(error)))
            except (ServiceUnavailableError, BadAnswerError) as error:
                self._fail(entry, "ARCHIVE_UNANSWERED", error.message)
                self._give_up_after_several(error)
            except ServiceError as error:
                self._end(error)
                return tried
        return len(entries)

    def _one(self, entry: Entry, winner: Seen | None) -> str:
        """Bring one entry to its end and say what it came to."""
        seen = self._calls.look(entry.contact_id)
        if seen.record is None:
            return self._gone(entry, seen)
        row = self._allowed.rows.get(entry.contact_id)
        if row is None:
            return self._left_over(entry, seen.record)
        self._check(entry, row, seen.record, winner)
        entry = self._free(entry, seen.record)
        if entry.action == "release":
            return "released"
        entry = self._ledger.archiving(entry, seen.record)
        if not self._calls.archive(entry.contact_id) and self._calls.look(entry.contact_id).state == "living":
            raise _NotDoneError("ARCHIVE_REFUSED", "Givebutter does not let us archive this contact (HTTP 403).")
        self._ledger.archived(entry, self._now(), outcome="done")
        return "archived"

    def _gone(self, entry: Entry, seen: Seen) -> str:
        """The contact is archived or deleted: by our own last call, or by somebody before us."""
        if entry.action == "release":
            if seen.state == "archived":
                raise _NotDoneError("EXTERNAL_ID_ON_ARCHIVED", "The contact was archived with the External ID on it.")
            self._ledger.cleared(entry, self._now(), outcome="missing")
            return "released"
        unseen: Outcome = "missing" if seen.state == "missing" else "found_done"
        self._ledger.archived(entry, self._now(), outcome="done" if entry.begun else unseen)
        return "archived" if entry.begun else "archived before"

    def _left_over(self, entry: Entry, record: Record) -> str:
        """A run was interrupted, and no plan allows to go on: the contact stays, and what was done is told."""
        if entry.status == "clearing" and record.get("external_id") is None:
            entry = self._ledger.cleared(entry, self._now())
        if entry.action == "release" and entry.cleared_external_id:
            return "released"
        raise _NotDoneError("ARCHIVE_INTERRUPTED", "A run was interrupted at this contact, and the plan has changed.")

    def _check(self, entry: Entry, row: PlanRow, record: Record, winner: Seen | None) -> None:
        freed = entry.begun and entry.clears_external_id is not None
        changed = loser_changes(self._allowed.contacts[entry.contact_id], record, freed=freed)
        if changed:
            raise _NotDoneError("ARCHIVE_CONTACT_CHANGED", f"Changed since the contact data: {', '.join(changed)}.")
        if entry.action == "archive" and winner is not None:
            needed = self._allowed.external_id(entry.mn_id) if entry.mn_id and not entry.clears_external_id else None
            if winner.record is None or winner_lacks(winner.record, needed, row.carried_over.get("on_winner", {})):
                raise _NotDoneError(
                    "ARCHIVE_WINNER_CHANGED",
                    f"Contact {entry.winner_contact_id}, which is kept instead, is archived or has changed.",
                )

    def _free(self, entry: Entry, record: Record) -> Entry:
        """Take the External ID off that the winner needs."""
        if entry.clears_external_id is None:
            return entry
        if same_id(record.get("external_id"), entry.clears_external_id):
            entry = self._ledger.clearing(entry, record)
            self._calls.set_external_id(record, None)
        elif entry.cleared_external_id is not None:
            return entry
        ours = entry.begun
        if ours or entry.action == "release":
            return self._ledger.cleared(entry, self._now(), outcome="done" if ours else "found_done")
        return entry

    def _count(self, what: str) -> None:
        with self._lock:
            self._result.counts[what] += 1
            self._unanswered = 0

    def _fail(self, entry: Entry, code: str, why: str) -> None:
        self._ledger.failed(entry, f"{code}: {why}")
        error = finding(
            code, subject=str(entry.contact_id), message=why, source_table=self._source_table, mn_id=entry.mn_id
        )
        with self._lock:
            self._result.counts["failed"] += 1
            self._result.errors.append(error)
            self._unanswered = self._unanswered + 1 if code == "ARCHIVE_UNANSWERED" else 0

    def _give_up_after_several(self, error: ServiceError) -> None:
        if self._unanswered >= _GIVE_UP_AFTER:
            self._end(error)

    def _end(self, error: ServiceError) -> None:
        with self._lock:
            self._result.stopped_by = self._result.stopped_by or error
        self._stop.set()


def _by_mentor(entries: Iterable[Entry]) -> list[list[Entry]]:
    """The entries by the contact that is kept, one group each; releases and stubs of nobody are groups of their own."""

    def key(entry: Entry) -> tuple[bool, int]:
        alone = entry.winner_contact_id is None
        return alone, entry.contact_id if alone else entry.winner_contact_id or 0

    return [list(group) for _, group in groupby(sorted(entries, key=lambda one: (key(one), one.contact_id)), key)]
