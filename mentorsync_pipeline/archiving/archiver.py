"""Apply an archive plan over Givebutter's API (rulebook, section 10).

A few contacts are archived at a time, each with ledger entries before and after its calls, so that an apply can be
killed at any point and repeated. A mentor's losers are archived together, after one read of the winner.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from mentorsync_pipeline.archiving.ledger import Ledger, LedgerEntry, Outcome
from mentorsync_pipeline.archiving.rules.plan_records import PlanRow
from mentorsync_pipeline.archiving.rules.preconditions import find_loser_changes, is_winner_incomplete
from mentorsync_pipeline.domain.clean_text import is_same_id
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.domain.record_fields import FieldError
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.resources.givebutter_contacts import ContactCalls, ContactState, Record
from mentorsync_pipeline.resources.http import (
    BadAnswerError,
    RefusedError,
    ServiceError,
    ServiceUnavailableError,
)

IN_FLIGHT = 4
# The service counts as down after this many contacts in a row without an answer, each after several attempts.
_MAX_UNANSWERED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedPlan:
    """Rows of the plan that may be applied, the contacts that they were planned from, and the mentors' External IDs.

    Attributes:
        rows: by contact id.
        contacts: by contact id.
        external_id: returns the External ID of an MN id.

    """

    rows: Mapping[int, PlanRow]
    contacts: Mapping[int, Contact]
    external_id: Callable[[str], str]


@dataclass(slots=True)
class ApplyResult:
    """Counts of contacts by outcome, errors of single contacts, and the error that ended the apply early."""

    counts: Counter[str] = field(default_factory=Counter)
    errors: list[ErrorFinding] = field(default_factory=list)
    stopped_by: ServiceError | None = None


class _CannotArchiveError(Exception):
    """A contact cannot be archived now: error code, and a reason without personal data."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class _RefusedArchiveError(_CannotArchiveError):
    """Givebutter has answered that it does not archive a contact, so that the contact is as it was."""

    def __init__(self, reason: str) -> None:
        super().__init__("ARCHIVE_REFUSED", reason)


class Archiver:
    """Applies one plan.

    Args:
        report_progress: called with the numbers of finished and of all contacts.
        source_table: `sync_errors.source_table` of the errors.

    """

    def __init__(
        self,
        ledger: Ledger,
        calls: ContactCalls,
        plan: ApprovedPlan,
        *,
        now: Callable[[], datetime],
        report_progress: Callable[[int, int], None],
        source_table: str,
    ) -> None:
        self._ledger = ledger
        self._calls = calls
        self._plan = plan
        self._now = now
        self._report_progress = report_progress
        self._source_table = source_table
        self._result = ApplyResult()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._unanswered = 0

    def apply(self) -> ApplyResult:
        """Archive all contacts of the plan and clear its released External IDs.

        A contact that fails does not stop the others. Ends early, with `stopped_by`, when Givebutter is down or refuses
        the key.
        """
        entries, interrupted = self._ledger.open_entries(self._plan.rows.values(), self._now())
        groups = [*_group_by_winner(entries), *([entry] for entry in interrupted)]
        total, done = len(entries) + len(interrupted), 0
        pool = ThreadPoolExecutor(IN_FLIGHT, "archive")
        try:
            for future in as_completed([pool.submit(self._apply_group, group) for group in groups]):
                done += future.result()
                self._report_progress(done, total)
        finally:
            self._stop.set()
            pool.shutdown(cancel_futures=True)
        self._result.counts["not tried"] += total - done
        return self._result

    def _apply_group(self, entries: Sequence[LedgerEntry]) -> int:
        """Apply one mentor's entries; return how many were tried."""
        winner: ContactState | None = None
        for attempted, entry in enumerate(entries):
            if self._stop.is_set():
                return attempted
            try:
                if winner is None and entry.winner_contact_id is not None and entry.contact_id in self._plan.rows:
                    winner = self._calls.read_state(entry.winner_contact_id)
                self._count(self._apply_entry(entry, winner))
            except _CannotArchiveError as error:
                self._fail(entry, error.code, error.reason, is_refused=isinstance(error, _RefusedArchiveError))
            except (RefusedError, FieldError) as error:
                self._fail(entry, "ARCHIVE_REFUSED", getattr(error, "message", str(error)))
            except (ServiceUnavailableError, BadAnswerError) as error:
                self._fail(entry, "ARCHIVE_UNANSWERED", error.message)
                self._stop_if_unanswered(error)
            except ServiceError as error:
                self._stop_early(error)
                return attempted
        return len(entries)

    def _apply_entry(self, entry: LedgerEntry, winner: ContactState | None) -> str:
        """Apply one entry; return its outcome as a key of `ApplyResult.counts`."""
        current = self._calls.read_state(entry.contact_id)
        if current.record is None:
            return self._record_already_archived(entry, current)
        row = self._plan.rows.get(entry.contact_id)
        if row is None:
            return self._report_interrupted(entry, current.record)
        self._check_preconditions(entry, row, current.record, winner)
        entry = self._clear_external_id(entry, current.record)
        if entry.action == "release":
            return "released"
        entry = self._ledger.record_archiving(entry, current.record)
        self._archive(entry.contact_id)
        self._ledger.record_archived(entry, self._now(), outcome="done")
        return "archived"

    def _archive(self, contact_id: int) -> None:
        """Archive a contact in Givebutter."""
        try:
            is_archived = self._calls.archive(contact_id)
        except RefusedError as error:
            raise _RefusedArchiveError(error.message) from error
        if not is_archived and self._calls.read_state(contact_id).state == "active":
            raise _RefusedArchiveError("Givebutter refuses to archive this contact (HTTP 403).")

    def _record_already_archived(self, entry: LedgerEntry, current: ContactState) -> str:
        """Record a contact that is already archived or deleted, by an interrupted call of ours or by somebody else."""
        if entry.action == "release":
            if current.state == "archived":
                raise _CannotArchiveError(
                    "EXTERNAL_ID_ON_ARCHIVED", "The contact was archived while it held the External ID."
                )
            self._ledger.record_cleared(entry, self._now(), current.record, outcome="missing")
            return "released"
        outcome: Outcome = "missing" if current.state == "missing" else "found_done"
        self._ledger.record_archived(entry, self._now(), outcome="done" if entry.is_begun else outcome)
        return "archived" if entry.is_begun else "archived before"

    def _report_interrupted(self, entry: LedgerEntry, record: Record) -> str:
        """Report a contact at which a run was interrupted and that the present plan does not archive. It is kept."""
        if entry.status == "clearing" and record.get("external_id") is None:
            entry = self._ledger.record_cleared(entry, self._now(), record)
        if entry.action == "release" and entry.cleared_external_id:
            return "released"
        raise _CannotArchiveError(
            "ARCHIVE_INTERRUPTED", "A run was interrupted at this contact, and the present plan does not archive it."
        )

    def _check_preconditions(
        self, entry: LedgerEntry, row: PlanRow, record: Record, winner: ContactState | None
    ) -> None:
        is_cleared = entry.is_begun and entry.clears_external_id is not None
        changed = find_loser_changes(
            self._plan.contacts[entry.contact_id],
            record,
            begun_image=entry.before_image if entry.may_be_archived else None,
            is_cleared=is_cleared,
        )
        if changed:
            raise _CannotArchiveError(
                "ARCHIVE_CONTACT_CHANGED",
                f"Changed in Givebutter since the contact data was taken: {', '.join(changed)}.",
            )
        if entry.action == "archive" and winner is not None:
            needed = self._plan.external_id(entry.mn_id) if entry.mn_id and not entry.clears_external_id else None
            if winner.record is None or is_winner_incomplete(
                winner.record, needed, row.carried_over.get("on_winner", {})
            ):
                raise _CannotArchiveError(
                    "ARCHIVE_WINNER_CHANGED",
                    f"The kept contact {entry.winner_contact_id} is archived or has changed since the plan.",
                )

    def _clear_external_id(self, entry: LedgerEntry, record: Record) -> LedgerEntry:
        """Clear the External ID that the winner needs."""
        if entry.clears_external_id is None:
            return entry
        if is_same_id(record.get("external_id"), entry.clears_external_id):
            entry = self._ledger.record_clearing(entry, record)
            record = self._calls.set_external_id(record, None)
        elif entry.cleared_external_id is not None:
            return entry
        is_begun = entry.is_begun
        if is_begun or entry.action == "release":
            outcome: Outcome = "done" if is_begun else "found_done"
            return self._ledger.record_cleared(entry, self._now(), record, outcome=outcome)
        return entry

    def _count(self, outcome: str) -> None:
        with self._lock:
            self._result.counts[outcome] += 1
            self._unanswered = 0

    def _fail(self, entry: LedgerEntry, code: str, reason: str, *, is_refused: bool = False) -> None:
        self._ledger.record_failed(entry, f"{code}: {reason}", is_refused=is_refused)
        error = build_error(
            code, subject=str(entry.contact_id), message=reason, source_table=self._source_table, mn_id=entry.mn_id
        )
        with self._lock:
            self._result.counts["failed"] += 1
            self._result.errors.append(error)
            self._unanswered = self._unanswered + 1 if code == "ARCHIVE_UNANSWERED" else 0

    def _stop_if_unanswered(self, error: ServiceError) -> None:
        if self._unanswered >= _MAX_UNANSWERED:
            self._stop_early(error)

    def _stop_early(self, error: ServiceError) -> None:
        with self._lock:
            self._result.stopped_by = self._result.stopped_by or error
        self._stop.set()


def _group_by_winner(entries: Iterable[LedgerEntry]) -> list[list[LedgerEntry]]:
    """Group entries by winner. Releases and stubs without a winner are groups of their own."""

    def key(entry: LedgerEntry) -> tuple[bool, int]:
        has_no_winner = entry.winner_contact_id is None
        return has_no_winner, entry.contact_id if has_no_winner else entry.winner_contact_id or 0

    return [list(group) for _, group in groupby(sorted(entries, key=lambda entry: (key(entry), entry.contact_id)), key)]
