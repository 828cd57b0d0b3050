"""Check lists for missing records and unusable cells, and report errors (rulebook section 2).

A person may accept either. Acceptances are fingerprints (`review.error_list.read_accepted_fingerprints`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from mentorsync_pipeline.domain import error_codes
from mentorsync_pipeline.domain.config import Thresholds
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.domain.list_guard import (
    CELLS_UNUSABLE,
    LIST_SHRUNK,
    CellCounts,
    check_shrinkage,
    check_unusable_share,
    missing_fingerprint,
    unusable_fingerprint,
)


@dataclass(frozen=True, slots=True)
class ListLimits:
    """Limits of missing records and unusable cells, and accepted fingerprints."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    accepted: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class ListCheck:
    """Result for one list: the error when it is refused, and whether a person accepted a short one."""

    refused: ErrorFinding | None = None
    accepted: bool = False


def check_list(table: str, *, before: int, missing: Collection[object], limits: ListLimits) -> ListCheck:
    """Check a list for `table` that lacks the records `missing` of `before` earlier ones."""
    shrinkage = check_shrinkage(
        before=before,
        missing=len(missing),
        max_share=limits.thresholds.list_shrink_share,
        max_missing=limits.thresholds.list_shrink_records,
    )
    if shrinkage is None:
        return ListCheck()
    fingerprint = missing_fingerprint(table, missing)
    if fingerprint in limits.accepted:
        return ListCheck(accepted=True)
    return ListCheck(
        error_codes.build_error(
            LIST_SHRUNK,
            subject=table,
            message=f"The list for {table} lacks {shrinkage.missing:,} of {shrinkage.before:,} earlier records "
            f"({shrinkage.share:.0%}). The table was not changed.",
            source_table=table,
            fingerprint=fingerprint,
        )
    )


def check_cells(
    table: str, before: Mapping[str, CellCounts], after: Mapping[str, CellCounts], *, limits: ListLimits
) -> ListCheck:
    """Compare the unusable cells of a new load with those of the stored rows."""
    risen = check_unusable_share(
        before,
        after,
        max_rise=limits.thresholds.unusable_cells_rise,
        max_unusable=limits.thresholds.list_shrink_records,
    )
    if not risen:
        return ListCheck()
    fingerprint = unusable_fingerprint(table, risen)
    if fingerprint in limits.accepted:
        return ListCheck(accepted=True)
    shown = ", ".join(f"{kind.kind} {kind.after:.0%} (before: {kind.before:.0%})" for kind in risen)
    return ListCheck(
        error_codes.build_error(
            CELLS_UNUSABLE,
            subject=table,
            message=f"Many cells for {table} cannot be used: {shown}. The table was not changed.",
            source_table=table,
            fingerprint=fingerprint,
        )
    )
