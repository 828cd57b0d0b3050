"""The pure year of a town: the system under test of a season."""

from tests.seasons.damages import Damage
from tests.seasons.simulated_services import CONFIG, Town
from tests.support.pure_year import Feed, PureYear


class MemorySync(PureYear):
    """The pure year with the town's configuration and time."""

    def __init__(self, town: Town) -> None:
        super().__init__(CONFIG, clock=lambda: town.now, earlier=town.earlier)
        self.town = town

    def load_contacts(self, feed: Feed) -> None:
        """Load the contacts alone."""
        self.take_contacts(feed, feed.taken_at)

    def upload_mangled(self, feed: Feed, damage: Damage, place: int, file_name: str) -> bool:
        """Load an export that somebody mangled; False when it is refused."""
        return self.upload(damage.apply(feed, place), file_name)
