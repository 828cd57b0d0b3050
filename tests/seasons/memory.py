"""The pure year of a town: the system under test of a season."""

from tests.seasons.simulated_services import CONFIG, Town
from tests.support.pure_year import PureYear


class MemorySync(PureYear):
    """The pure year with the town's configuration and time."""

    def __init__(self, town: Town) -> None:
        super().__init__(CONFIG, clock=lambda: town.now)
        self.town = town
