"""Findings of the raw assets: unreadable records, refused lists and unusual records (rulebook section 2)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mentorsync_pipeline.assets.year_asset import YearRun
from mentorsync_pipeline.domain.findings import WarningFinding, warn_unusual_characters
from mentorsync_pipeline.domain.list_findings import ListCheck, ListLimits
from mentorsync_pipeline.domain.record_fields import UnreadableRecord
from mentorsync_pipeline.review.errors import read_accepted_fingerprints


def list_limits(run: YearRun) -> ListLimits:
    """Limits of missing records for this asset's list, and the short lists that a person accepted."""
    accepted = read_accepted_fingerprints(run.conn, run.year, source_table=run.asset)
    return ListLimits(run.config.thresholds, accepted)


def record_source(
    run: YearRun,
    unreadable: Sequence[UnreadableRecord],
    check: ListCheck,
    *,
    code: str,
    noun: str,
    warnings: Sequence[WarningFinding] = (),
) -> dict[str, int]:
    """Store the findings about a list and its records; return counts for the report.

    A refused list is an error, but does not stop the run: the year continues with the stored rows.
    """
    errors = [record.to_error(code, noun=noun, source_table=run.asset) for record in unreadable]
    if check.refused is not None:
        errors.append(check.refused)
    return run.record(errors=errors, warnings=warnings) | {
        "unreadable": len(unreadable),
        "list refused": int(check.refused is not None),
        "short list accepted": int(check.accepted),
    }


def unusual_records(
    records: Iterable[tuple[Mapping[str, Any], Sequence[str]]], *, noun: str, key: str, source_table: str
) -> list[WarningFinding]:
    """Return a warning for each record with characters that were dropped.

    Args:
        records: rows, each with the names of its fields that had such characters.
        key: column with the id of a record.

    """
    return [
        warn_unusual_characters(noun, row[key], fields, source_table=source_table) for row, fields in records if fields
    ]
