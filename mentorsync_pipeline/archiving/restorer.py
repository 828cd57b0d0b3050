"""Restore archived contacts and released External IDs from the ledger (rulebook section 10)."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from mentorsync_pipeline.archiving.ledger import Ledger, LedgerEntry
from mentorsync_pipeline.domain.clean_text import is_same_id
from mentorsync_pipeline.resources.givebutter_contacts import ContactCalls, ExternalIdTakenError
from mentorsync_pipeline.resources.http import BadAnswerError, RefusedError, ServiceUnavailableError


class Restorer:
    """Undoes ledger entries one by one.

    Args:
        by: name of the person who restores.
        report_progress: called with the numbers of finished and of all entries.

    """

    def __init__(
        self,
        ledger: Ledger,
        calls: ContactCalls,
        *,
        by: str,
        now: Callable[[], datetime],
        report_progress: Callable[[int, int], None],
    ) -> None:
        self._ledger = ledger
        self._calls = calls
        self._by = by
        self._now = now
        self._report_progress = report_progress

    def restore(self, entries: Sequence[LedgerEntry]) -> Counter[str]:
        """Undo the entries; return counts by outcome. A failed entry keeps its error and can be tried again."""
        counts: Counter[str] = Counter()
        for number, entry in enumerate(entries, 1):
            begun = self._ledger.record_restoring(entry, self._by)
            try:
                counts[self._restore_entry(begun)] += 1
            except (RefusedError, BadAnswerError, ServiceUnavailableError) as error:
                self._ledger.record_restore_failed(begun, error.message)
                counts["failed"] += 1
            self._report_progress(number, len(entries))
        return counts

    def _restore_entry(self, entry: LedgerEntry) -> str:
        if entry.action == "archive":
            self._restore_contact(entry.contact_id)
        note = self._restore_external_id(entry)
        self._ledger.record_restored(entry, self._now(), note=note)
        return "restored" if entry.action == "archive" else "External IDs restored"

    def _restore_contact(self, contact_id: int) -> None:
        """Restore an archived contact; a person may have done so by hand."""
        if not self._calls.restore(contact_id) and self._calls.read_state(contact_id).record is None:
            raise RefusedError(
                f"Contact {contact_id} no longer exists in Givebutter.", "Create it again in Givebutter."
            )

    def _restore_external_id(self, entry: LedgerEntry) -> str | None:
        """Set the cleared External ID again, unless a person has entered another one.

        Returns a note if an archived contact does not get it, because the contact or its winner has one now.
        """
        if entry.cleared_external_id is None:
            return None
        current = self._calls.read_state(entry.contact_id)
        if current.record is None:
            raise RefusedError(f"Contact {entry.contact_id} is archived or gone.", "Restore it in Givebutter.")
        if held := current.record.get("external_id"):
            return self._keep_external_id(entry, held)
        try:
            self._calls.set_external_id(current.record, entry.cleared_external_id)
        except ExternalIdTakenError as error:
            if entry.action == "release":
                raise
            return error.message
        return None

    def _keep_external_id(self, entry: LedgerEntry, held: str) -> str | None:
        """Return a note, or raise for a release, if a person has entered another External ID than the cleared one."""
        if is_same_id(held, entry.cleared_external_id):
            return None
        error = RefusedError(
            f"Contact {entry.contact_id} has another External ID by now, which stays.",
            "If it is wrong, correct it in Givebutter.",
        )
        if entry.action == "release":
            raise error
        return error.message
