"""The pure year of a town: the system under test of a season."""

import copy
from dataclasses import fields

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

    def load_contacts(self, feed: Feed) -> None:
        """Load the contacts alone."""
        self.take_contacts(feed, feed.taken_at)

    def upload_mangled(self, feed: Feed, damage: Damage, place: int, file_name: str) -> bool:
        """Load an export that somebody mangled; False when it is refused."""
        return self.upload(damage.apply(feed, place), file_name)
