"""Decide whether a list that should be whole can be believed (rulebook section 2, "A list that shrinks").

Two signs of a list that came short or mangled: records that were there before are missing from it, or the share of
cells that cannot be used has risen. Counting records and cells is the caller's work.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from mentorsync_pipeline.domain.findings import fingerprint

MAX_MISSING_SHARE = Decimal("0.20")
MAX_MISSING = 10
MAX_UNUSABLE_RISE = Decimal("0.10")

LIST_SHRUNK = "LIST_SHRUNK"
CELLS_UNUSABLE = "CELLS_UNUSABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrinkage:
    """A list that lacks too many of the records that were there before."""

    before: int
    missing: int

    @property
    def share(self) -> Decimal:
        """The missing part of the earlier records, between 0 and 1."""
        return Decimal(self.missing) / self.before


def check_shrinkage(
    *, before: int, missing: int, max_share: Decimal = MAX_MISSING_SHARE, max_missing: int = MAX_MISSING
) -> Shrinkage | None:
    """Check how many records are missing; None when the list can be believed.

    Args:
        before: records of the source before this list, without those that were removed or archived already.
        missing: those of them that the list does not hold. A submission that the list shows as deleted is not missing,
            nor is a contact that we archived. A contact that the list shows as archived by others is.
        max_share: the share of `before` that may be missing.
        max_missing: as many may be missing whatever their share.

    """
    if missing <= max_missing or missing <= before * max_share:
        return None
    return Shrinkage(before=before, missing=missing)


def missing_fingerprint(source: str, missing_ids: Iterable[object]) -> str:
    """Identify a set of missing records, so that a person's consent to it holds for no other set."""
    return fingerprint(LIST_SHRUNK, source, sorted(map(str, missing_ids)))


@dataclass(slots=True)
class CellCounts:
    """Cells of one kind in one load: how many are filled in, and how many of those cannot be used."""

    filled: int = 0
    unusable: int = 0

    @property
    def share(self) -> Decimal:
        """The unusable part of the filled cells, between 0 and 1; 0 when none is filled."""
        return Decimal(self.unusable) / self.filled if self.filled else Decimal(0)

    def add(self, other: "CellCounts") -> None:
        """Add the counts of another part of the same load."""
        self.filled += other.filled
        self.unusable += other.unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusableCells:
    """A kind of cell (`phones`, `emails`, `postal codes`, `dates`) whose unusable share rose too far."""

    kind: str
    before: Decimal
    after: Decimal
    unusable: int = field(compare=False, default=0)


def check_unusable_share(
    before: Mapping[str, CellCounts],
    after: Mapping[str, CellCounts],
    *,
    max_rise: Decimal = MAX_UNUSABLE_RISE,
    max_unusable: int = MAX_MISSING,
) -> list[UnusableCells]:
    """Compare the unusable shares of two loads by kind of cell; the kinds that rose by more than `max_rise` points.

    A kind of which no cell was filled before is compared with a share of 0. As many as `max_unusable` more unusable
    cells than before are let through whatever their share: in a small list one odd cell is many points.
    """
    risen = []
    for kind, counts in after.items():
        earlier = before.get(kind, CellCounts())
        if counts.unusable - earlier.unusable > max_unusable and counts.share - earlier.share > max_rise:
            risen.append(UnusableCells(kind=kind, before=earlier.share, after=counts.share, unusable=counts.unusable))
    return risen


def unusable_fingerprint(source: str, kinds: Collection[UnusableCells]) -> str:
    """Identify the rise of unusable cells, so that a person's consent to it holds for no other one."""
    return fingerprint(CELLS_UNUSABLE, source, sorted((kind.kind, kind.unusable) for kind in kinds))
