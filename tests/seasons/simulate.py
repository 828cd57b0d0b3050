"""Generate seasons by seed, run them, and cut a failing one down to the shortest sequence of steps.

The same seed gives the same season. Everything is drawn before the season runs, so a season is plain data.
"""

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mentorsync_pipeline.sandbox.options import Options
from tests.seasons.actions import ACTIONS, Season, Step
from tests.seasons.households import HOUSEHOLDS
from tests.seasons.invariants import BrokenError

STEPS = 60
_NUMBERS = 10_000
# A list is short only if it lacks more than ten records: some seasons have enough, most are faster without.
_BYSTANDERS = (*(0,) * 14, 40, 60)
_SHORT_LISTS = 4
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
    bystanders: int = 0


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
    names, weights = list(ACTIONS), [action.weight for action in ACTIONS.values()]
    numbers = (rng.randrange(_NUMBERS) for _ in iter(int, 1))
    drawn = [Step(name, next(numbers), next(numbers), next(numbers)) for name in rng.choices(names, weights, k=steps)]
    first = [Step("sign up", place, next(numbers), next(numbers)) for place in range(2)]
    closing = (Step("sync"), Step("two quiet rounds"))
    options, bystanders = rng.choice(GIVEBUTTER_HABITS), rng.choice(_BYSTANDERS)
    for _ in range(_SHORT_LISTS if bystanders else 0):
        drawn.insert(rng.randrange(len(drawn)), Step("much of a list is missing", *(next(numbers) for _ in range(3))))
    return Script(chosen, (*first, *drawn, *closing), options, ignored, bystanders)


def run(script: Script) -> Fault | None:
    """Run a season; None when everything held."""
    season = Season(script.households, script.options, script.ignored, script.bystanders)
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
    best, before = fault, None
    while best.script != before:
        before = best.script
        best = _with_fewer_steps(best)
        for simplify in (_fewer_households, _simpler_options, _simpler_steps):
            best = _first_that_breaks(best, simplify)
    return best


def _with_fewer_steps(best: Fault) -> Fault:
    """Leave out runs of steps, long ones first."""
    size = len(best.script.steps) // 2
    while size:
        start = 0
        while start < len(best.script.steps):
            steps = best.script.steps
            found = _broken_alike(best, replace(best.script, steps=(*steps[:start], *steps[start + size :])))
            if found is None:
                start += size
            else:
                best = found
        size //= 2
    return best


def _first_that_breaks(best: Fault, simplify: Callable[[Script], Iterator[Script]]) -> Fault:
    """Take over each simpler script that still breaks in the same way."""
    taken = True
    while taken:
        found = next(filter(None, (_broken_alike(best, script) for script in simplify(best.script))), None)
        best, taken = (best, False) if found is None else (found, True)
    return best


def _broken_alike(best: Fault, script: Script) -> Fault | None:
    found = run(script)
    return found if found is not None and found.kind == best.kind else None


def _fewer_households(script: Script) -> Iterator[Script]:
    for place in range(len(script.households)):
        households = (*script.households[:place], *script.households[place + 1 :])
        if households:
            yield replace(script, households=households)


def _simpler_options(script: Script) -> Iterator[Script]:
    if script.options != Options():
        yield replace(script, options=Options())


def _simpler_steps(script: Script) -> Iterator[Script]:
    for place, step in enumerate(script.steps):
        for name in ("a", "b", "c"):
            if getattr(step, name):
                steps = (*script.steps[:place], step._replace(**{name: 0}), *script.steps[place + 1 :])
                yield replace(script, steps=steps)


def seasons(seeds: Iterable[int]) -> Iterator[tuple[int, Fault | None]]:
    """Run the seasons of these seeds."""
    for seed in seeds:
        yield seed, run(script_of(seed))


def kinds(faults: Sequence[Fault]) -> Counter[str]:
    """How many faults of each kind."""
    return Counter(fault.kind for fault in faults)
