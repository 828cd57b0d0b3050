"""Last year's sign-ups."""

import random
from dataclasses import dataclass, field

from mentorsync_pipeline.sandbox.population.persons import Person


@dataclass(frozen=True, slots=True)
class OldSignup:
    """One sign-up of last year: the person at that time, and the assigned id."""

    person: Person
    phone: str | None
    mn_id: str


@dataclass
class LastYear:
    """Collects last year's sign-ups and counts their ids (``MN0001`` …), apart from this year's."""

    rng: random.Random
    signups: list[OldSignup] = field(default_factory=list)
    _count: int = 0

    def sign_up(self, person: Person, *, phone: str | None, mn_id: str | None = None) -> str:
        """Record that ``person`` was a mentor last year and return the id; ``mn_id`` forces one that comes again."""
        if mn_id is None:
            self._count += 1
            mn_id = f"MN{self._count:04d}"
        self.signups.append(OldSignup(person, phone, mn_id))
        return mn_id
