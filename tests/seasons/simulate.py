"""Generate seasons by seed, run them, and cut a failing one down to the shortest sequence of steps.

The same seed gives the same season. Everything is drawn before the season runs, so a season is plain data.
"""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mentorsync_pipeline.sandbox.options import Options
from tests.seasons.actions import ACTIONS, Season, Step
from tests.seasons.invariants import BrokenError
from tests.seasons.people import HOUSEHOLDS

STEPS = 60
_NUMBERS = 10_000
GIVEBUTTER_HABITS = (
    Options(),
    Options(import_blank="clear"),
    Options(import_tags="add"),
    Options(import_primary="replace"),
    Options(import_blank="clear", import_tags="add", import_primary="replace"),
)
# Kinds of faults that are known and not mended yet; the ordinary tests leave them out.
PENDING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Script:
    """A season as plain data: its households, Givebutter's habits and the steps."""

    households: tuple[str, ...]
    steps: tuple[Step, ...]
    options: Options = field(default_factory=Options)
    ignored: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Fault:
    """A broken invariant: its kind, what happened, and the story up to there."""

    kind: str
    what: str
    story: tuple[str, ...]
    script: Script

    def __str__(self) -> str:
        lines = [f"{self.kind}: {self.what}", f"  households: {', '.join(self.script.households)}"]
        lines += [f"  {number}. {sentence}" for number, sentence in enumerate(self.story, 1)]
        return "\n".join(lines)


def script_of(
    seed: int,
    *,
    steps: int = STEPS,
    households: Collection[str] = HOUSEHOLDS,
    ignored: frozenset[str] = frozenset(),
) -> Script:
    """The season of a seed, with people of these kinds of households; faults of the `ignored` kinds do not count."""
    rng = random.Random(f"season {seed}")  # noqa: S311  # repeatable, protects nothing
    chosen = tuple(rng.choices(sorted(households), k=rng.randint(1, 4)))
    names, weights = list(ACTIONS), [one.weight for one in ACTIONS.values()]
    numbers = (rng.randrange(_NUMBERS) for _ in iter(int, 1))
    drawn = [Step(name, next(numbers), next(numbers), next(numbers)) for name in rng.choices(names, weights, k=steps)]
    first = [Step("sign up", place, next(numbers), next(numbers)) for place in range(2)]
    closing = (Step("sync"), Step("two quiet rounds"))
    return Script(chosen, (*first, *drawn, *closing), rng.choice(GIVEBUTTER_HABITS), ignored)


def run(script: Script) -> Fault | None:
    """Run a season; None when everything held."""
    season = Season(script.households, script.options, script.ignored)
    for number, step in enumerate(script.steps, 1):
        try:
            season.take(step)
        except BrokenError as error:
            kind, what = error.kind, str(error).partition(": ")[2]
        except Exception as error:  # noqa: BLE001  # whatever a rule raises is a fault of the season
            kind, what = "a run fails", f"{type(error).__name__}: {error}"
        else:
            continue
        return Fault(kind, what, (*season.story, f"({step.name})"), replace(script, steps=script.steps[:number]))
    return None


def shortest(fault: Fault) -> Fault:
    """Leave out households and steps as long as the same kind of fault comes up."""
    best = fault
    shrinking = True
    while shrinking:
        shrinking = False
        for smaller in _smaller(best.script):
            found = run(smaller)
            if found is not None and found.kind == best.kind:
                best, shrinking = found, True
                break
    return best


def _smaller(script: Script) -> Iterator[Script]:
    steps = script.steps
    size = len(steps) // 2
    while size:
        for start in range(0, len(steps), size):
            yield replace(script, steps=(*steps[:start], *steps[start + size :]))
        size //= 2
    for place in range(len(script.households)):
        households = (*script.households[:place], *script.households[place + 1 :])
        if households:
            yield replace(script, households=households)
    if script.options != Options():
        yield replace(script, options=Options())
    for place, step in enumerate(steps):
        for field_name in ("a", "b", "c"):
            if getattr(step, field_name):
                simpler = step._replace(**{field_name: 0})
                yield replace(script, steps=(*steps[:place], simpler, *steps[place + 1 :]))


def seasons(seeds: Iterable[int]) -> Iterator[tuple[int, Fault | None]]:
    """Run the seasons of these seeds."""
    for seed in seeds:
        yield seed, run(script_of(seed))


def kinds(faults: Sequence[Fault]) -> Counter[str]:
    """How many faults of each kind."""
    return Counter(fault.kind for fault in faults)
