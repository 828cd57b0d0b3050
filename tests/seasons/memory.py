"""The pure year of a town: the system under test of a season."""

import copy
from collections.abc import Collection
from dataclasses import fields, replace

from mentorsync_pipeline.db.tables import raw_gb_full_contacts, raw_mn_signups
from mentorsync_pipeline.domain.list_findings import ListLimits, check_list
from tests.seasons.damages import Damage
from tests.seasons.simulated_services import CONFIG, Town
from tests.support.pure_year import Feed, PureYear


class MemorySync(PureYear):
    """The pure year with the town's configuration and time."""

    def __init__(self, town: Town) -> None:
        super().__init__(CONFIG, clock=lambda: town.now, earlier=town.earlier)
        self.town = town

    def calculate_until(self, step: str) -> None:
        """Calculate the year in a run that is killed after a step; raises `KilledError`."""
        super().calculate(killed_after=step)

    def copied(self) -> "MemorySync":
        """The same tables in memory, which runs of their own change."""
        other = MemorySync(self.town)
        for field in fields(PureYear):
            setattr(other, field.name, copy.copy(getattr(self, field.name)))
        other.conflicts = {key: copy.copy(stored) for key, stored in self.conflicts.items()}
        return other

    def take_forms(self, feed: Feed) -> None:
        """Store the forms; a list from which too many sign-ups are missing is refused (rulebook section 2)."""
        stored = {key: submission for key, submission in self.submissions.items() if not submission.removed}
        counted = {key for key, submission in stored.items() if submission.status != "DELETED"}
        if self._is_short(raw_mn_signups.name, len(counted), counted - feed.submissions.keys()):
            feed = replace(feed, submissions=stored)
        super().take_forms(feed)

    def upload_part(self, feed: Feed, file_name: str) -> bool:
        """Load an export that may lack contacts; False when it is refused because it lacks too many."""
        archived = {key for key, entry in self.ledger.items() if entry.status == "archived"}
        expected = self.contacts.keys() - archived
        if self._is_short(raw_gb_full_contacts.name, len(expected), expected - feed.contacts.keys()):
            return False
        return super().upload(feed, file_name)

    def _is_short(self, table: str, before: int, missing: Collection[object]) -> bool:
        return check_list(table, before=before, missing=missing, limits=ListLimits()).refused is not None

    def load_contacts(self, feed: Feed) -> None:
        """Load the contacts alone."""
        self.take_contacts(feed, feed.taken_at)

    def upload_mangled(self, feed: Feed, damage: Damage, place: int, file_name: str) -> bool:
        """Load an export that somebody mangled; False when it is refused."""
        return self.upload(damage.apply(feed, place, self.contacts), file_name)
