"""Decide whether a list is complete and readable (rulebook section 2, "A list that shrinks").

A list is refused when too many earlier records are missing, or when the share of unusable cells has risen too far. The
caller counts records and cells.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from mentorsync_pipeline.domain.findings import fingerprint

MAX_MISSING_SHARE = Decimal("0.20")
MAX_MISSING = 10
MAX_UNUSABLE_RISE = Decimal("0.10")
# Staff and our own imports change names, emails, phones and tags of many contacts at once, but not of a third.
MAX_CHANGED_RISE = Decimal("0.30")

LIST_SHRUNK = "LIST_SHRUNK"
CELLS_UNUSABLE = "CELLS_UNUSABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrinkage:
    """A list that lacks too many earlier records."""

    before: int
    missing: int

    @property
    def share(self) -> Decimal:
        """Return the share of missing records, between 0 and 1."""
        return Decimal(self.missing) / self.before


def check_shrinkage(
    *, before: int, missing: int, max_share: Decimal = MAX_MISSING_SHARE, max_missing: int = MAX_MISSING
) -> Shrinkage | None:
    """Check the number of missing records; None when the list is accepted.

    Args:
        before: number of earlier records, without removed and archived ones.
        missing: earlier records that the list lacks. A submission that the list shows as deleted is not missing,
            nor is a contact that we archived. A contact that others archived is missing.
        max_share: the share of `before` that may be missing.
        max_missing: number of records that may be missing whatever their share.

    """
    if missing <= max_missing or missing <= before * max_share:
        return None
    return Shrinkage(before=before, missing=missing)


def missing_fingerprint(source: str, missing_ids: Iterable[object]) -> str:
    """Return a hash of a set of missing records, so that an acceptance does not hold for another set."""
    return fingerprint(LIST_SHRUNK, source, sorted(map(str, missing_ids)))


@dataclass(slots=True)
class CellCounts:
    """Cells of one kind in one load: numbers of filled and of unusable cells.

    With `may_change`, cells count as unusable that people also change on purpose; a larger rise is accepted.
    """

    filled: int = 0
    unusable: int = 0
    may_change: bool = False

    @property
    def share(self) -> Decimal:
        """Return the share of unusable cells among the filled ones, between 0 and 1."""
        return Decimal(self.unusable) / self.filled if self.filled else Decimal(0)

    def add(self, other: "CellCounts") -> None:
        """Add the counts of another part of the same load."""
        self.filled += other.filled
        self.unusable += other.unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusableCells:
    """A kind of cell (`phones`, `emails`, `names`) whose unusable share rose too far."""

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
    """Return the kinds of cells whose unusable share rose by more than `max_rise`.

    For cells that may change, a rise up to `MAX_CHANGED_RISE` is accepted.

    A kind without filled cells before is compared with 0. Up to `max_unusable` more unusable cells are accepted
    whatever their share, because a single cell is a large share of a small list.
    """
    risen = []
    for kind, counts in after.items():
        earlier = before.get(kind, CellCounts())
        accepted_rise = max(max_rise, MAX_CHANGED_RISE) if counts.may_change else max_rise
        if counts.unusable - earlier.unusable > max_unusable and counts.share - earlier.share > accepted_rise:
            risen.append(UnusableCells(kind=kind, before=earlier.share, after=counts.share, unusable=counts.unusable))
    return risen


def unusable_fingerprint(source: str, kinds: Collection[UnusableCells]) -> str:
    """Return a hash of a rise of unusable cells, so that an acceptance does not hold for another rise."""
    return fingerprint(CELLS_UNUSABLE, source, sorted((kind.kind, kind.unusable) for kind in kinds))
