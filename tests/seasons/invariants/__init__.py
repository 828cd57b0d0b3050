"""What must hold after every step of a season, whatever people do (rulebook sections 2 to 10).

`Watch` knows the truth (`tests.seasons.simulated_services`), remembers what each sync showed, and raises `BrokenError`
with the kind of fault. It changes nothing.
"""

from tests.seasons.invariants.kinds import KINDS, BrokenError
from tests.seasons.invariants.watch import Watch

__all__ = ["KINDS", "BrokenError", "Watch"]
