"""Undo archives and releases from the ledger: bring contacts back, give External IDs back."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from mentorsync_pipeline.archiving.ledger import Entry, Ledger
from mentorsync_pipeline.resources.givebutter_contacts import ContactCalls, ExternalIdTakenError
from mentorsync_pipeline.resources.http import BadAnswerError, RefusedError, ServiceUnavailableError


class Restorer:
    """Undoes entries one by one, in the name of a person; `say` hears how many of how many are done."""

    def __init__(
        self,
        ledger: Ledger,
        calls: ContactCalls,
        *,
        by: str,
        now: Callable[[], datetime],
        say: Callable[[int, int], None],
    ) -> None:
        self._ledger = ledger
        self._calls = calls
        self._by = by
        self._now = now
        self._say = say

    def restore(self, entries: Sequence[Entry]) -> Counter[str]:
        """Undo the entries and count them; the ledger says of one that fails why, and it can be tried again."""
        counts: Counter[str] = Counter()
        for number, entry in enumerate(entries, 1):
            begun = self._ledger.restoring(entry, self._by)
            try:
                counts[self._one(begun)] += 1
            except (RefusedError, BadAnswerError, ServiceUnavailableError) as error:
                self._ledger.not_restored(begun, error.message)
                counts["failed"] += 1
            self._say(number, len(entries))
        return counts

    def _one(self, entry: Entry) -> str:
        if entry.action == "archive" and not self._calls.restore(entry.contact_id):
            raise RefusedError(
                f"Givebutter has no contact {entry.contact_id} any more.", "Create it again in Givebutter."
            )
        note = self._give_back(entry)
        self._ledger.restored(entry, self._now(), note=note)
        return "restored" if entry.action == "archive" else "External IDs given back"

    def _give_back(self, entry: Entry) -> str | None:
        """Give the External ID back. Of a contact that was archived as well, the kept one may have it by now."""
        if entry.cleared_external_id is None:
            return None
        seen = self._calls.look(entry.contact_id)
        if seen.record is None:
            raise RefusedError(f"Contact {entry.contact_id} is archived or gone.", "Restore it in Givebutter.")
        try:
            self._calls.set_external_id(seen.record, entry.cleared_external_id)
        except ExternalIdTakenError as error:
            if entry.action == "release":
                raise
            return error.message
        return None
