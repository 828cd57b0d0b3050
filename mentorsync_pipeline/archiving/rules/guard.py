"""The stop before a mass archive: too large a share, or too many, waits for a person's name (rulebook section 10)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from mentorsync_pipeline.archiving.rules.records import PlanMark
from mentorsync_pipeline.domain.config import Thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What the guard says of a plan: how many contacts it archives, of how many, and why it is stopped, if it is."""

    archiving: int
    matched: int
    reasons: tuple[str, ...]
    approved: bool

    @property
    def stops(self) -> bool:
        """Whether nothing may be archived until a person has said yes."""
        return bool(self.reasons) and not self.approved


def guard(
    rows: Iterable[PlanMark], matched: int, thresholds: Thresholds, approved: Collection[tuple[int, str]]
) -> Guard:
    """Judge a plan. `matched` is the number of contacts that its share is counted of.

    `approved` are the contact ids and fingerprints of plans that a person let through. A plan of which each contact is
    among them passes: what is left of an approved plan needs no second yes, and one contact more, or another state of
    one, does.
    """
    archiving = {(row.contact_id, row.input_fingerprint) for row in rows if row.archives}
    count, share, most = len(archiving), thresholds.archive_share, thresholds.archive_max
    reasons = []
    if matched > thresholds.archive_share_from and count > matched * share:
        reasons.append(f"{count} of {matched} contacts are more than {share * 100:.0f} %")
    if count > most:
        reasons.append(f"{count} contacts are more than {most}")
    return Guard(archiving=count, matched=matched, reasons=tuple(reasons), approved=archiving <= set(approved))
