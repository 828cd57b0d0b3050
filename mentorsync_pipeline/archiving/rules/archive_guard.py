"""Guard against mass archiving: a plan above a limit needs an approval (rulebook section 10).

Limits: a share of all active contacts, a number of contacts, a multiple of the median of the year's last plans.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from mentorsync_pipeline.archiving.rules.plan_records import PlanKey
from mentorsync_pipeline.domain.config import Thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Number of contacts that a plan archives for one reason, with example ids."""

    code: str
    reason: str
    count: int
    examples: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHistory:
    """Sizes of the year's earlier plans, newest first. `is_first`: none has been applied or approved yet."""

    is_first: bool = False
    sizes: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Result of the guard.

    Attributes:
        archiving: number of contacts that the plan archives.
        active: number of all active contacts.
        reasons: the limits that the plan exceeds. Empty for the first plan of a year, which always needs one approval.

    """

    archiving: int
    active: int
    reasons: tuple[str, ...]
    approved: bool
    is_first: bool = False

    @property
    def stops(self) -> bool:
        """Return whether the plan needs an approval before anything is archived."""
        return (bool(self.reasons) or self.is_first) and not self.approved

    @property
    def explanation(self) -> str:
        """Return why the plan needs an approval, as one clause."""
        if self.is_first:
            count = f"{self.archiving} of {self.active} contacts"
            return f"it is the first plan of the year ({count}), which needs an approval"
        return " and ".join(self.reasons)


def evaluate_guard(
    rows: Iterable[PlanKey],
    active: int,
    thresholds: Thresholds,
    approved: Collection[tuple[int, str]],
    history: PlanHistory = PlanHistory(),  # frozen
) -> Guard:
    """Evaluate the guard for a plan.

    A plan passes when each of its contacts has been approved with a plan in its present state. So the rest of an
    approved plan needs no second approval; a further contact, or a contact that has changed, does.

    Args:
        active: number of all active contacts.
        approved: (contact id, fingerprint) of all contacts in approved plans.

    """
    archiving = {(row.contact_id, row.input_fingerprint) for row in rows if row.archives}
    is_first = history.is_first and bool(archiving)
    return Guard(
        archiving=len(archiving),
        active=active,
        reasons=() if is_first else tuple(_find_reasons(len(archiving), active, thresholds, history.sizes)),
        approved=archiving <= set(approved),
        is_first=is_first,
    )


def _find_reasons(count: int, active: int, thresholds: Thresholds, sizes: Sequence[int]) -> Iterable[str]:
    share, limit, plan_count = thresholds.archive_share, thresholds.archive_max, thresholds.archive_usual_plans
    contacts = "1 contact" if count == 1 else f"{count:,} contacts"
    if active > thresholds.archive_share_from and count > active * share:
        yield f"{count:,} of {active:,} contacts, which is more than {share * 100:.0f} %"
    if count > limit:
        yield f"{contacts}, which is more than {limit:,}"
    plan_sizes = [size for size in sizes if size > 0][:plan_count]
    if len(plan_sizes) == plan_count and count > thresholds.archive_usual_factor * Decimal(median(plan_sizes)):
        factor = f"{thresholds.archive_usual_factor:f}"
        median_size = f"the median of the last {plan_count} plans ({median(plan_sizes):g})"
        yield f"{contacts}, which is more than {factor} times {median_size}"
