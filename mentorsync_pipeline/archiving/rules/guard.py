"""The stop before a mass archive: too large a share, too many, or far more than usual needs a yes (rulebook 10)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from mentorsync_pipeline.archiving.rules.records import PlanMark
from mentorsync_pipeline.domain.config import Thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """How many contacts a plan archives for one reason, with the ids of some of them."""

    code: str
    reason: str
    count: int
    examples: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHistory:
    """What there was before a plan: the sizes of earlier plans of the year, the latest first.

    `is_first`: no plan of the year has been carried out or approved yet.
    """

    is_first: bool = False
    sizes: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What the guard says of a plan: how many of all active contacts it archives, and why it is stopped, if it is.

    The first plan of a year has no `reasons`: it explains itself and needs one yes.
    """

    archiving: int
    active: int
    reasons: tuple[str, ...]
    approved: bool
    is_first: bool = False

    @property
    def stops(self) -> bool:
        """Whether nothing may be archived until a person has said yes."""
        return (bool(self.reasons) or self.is_first) and not self.approved

    @property
    def why(self) -> str:
        """Why it needs a yes, as one clause."""
        if self.is_first:
            return f"it is the first plan of the year ({self.archiving} of {self.active} contacts), and needs one yes"
        return " and ".join(self.reasons)


def guard(
    rows: Iterable[PlanMark],
    active: int,
    thresholds: Thresholds,
    approved: Collection[tuple[int, str]],
    history: PlanHistory = PlanHistory(),  # frozen
) -> Guard:
    """Judge a plan. `active` is the number of all active contacts.

    `approved` are the contact ids and fingerprints of plans that a person let through. A plan of which each contact is
    among them passes: what is left of an approved plan needs no second yes, and one contact more, or another state of
    one, does.
    """
    archiving = {(row.contact_id, row.input_fingerprint) for row in rows if row.archives}
    is_first = history.is_first and bool(archiving)
    return Guard(
        archiving=len(archiving),
        active=active,
        reasons=() if is_first else tuple(_reasons(len(archiving), active, thresholds, history.sizes)),
        approved=archiving <= set(approved),
        is_first=is_first,
    )


def _reasons(count: int, active: int, thresholds: Thresholds, sizes: Sequence[int]) -> Iterable[str]:
    share, most, last = thresholds.archive_share, thresholds.archive_max, thresholds.archive_usual_plans
    if active > thresholds.archive_share_from and count > active * share:
        yield f"{count} of {active} contacts are more than {share * 100:.0f} %"
    if count > most:
        yield f"{count} contacts are more than {most}"
    usual = [size for size in sizes if size > 0][:last]
    if len(usual) == last and count > thresholds.archive_usual_factor * Decimal(median(usual)):
        factor = f"{thresholds.archive_usual_factor:f}"
        yield f"{count} contacts are more than {factor} times the median of the last {last} plans ({median(usual):g})"
