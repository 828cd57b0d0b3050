"""What the assets of a source record beside its rows: records that cannot be read, and lists that are not believed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mentorsync_pipeline.assets.year_asset import YearRun
from mentorsync_pipeline.domain.findings import WarningFinding, unusual_characters
from mentorsync_pipeline.domain.list_findings import ListCheck, ListLimits
from mentorsync_pipeline.domain.record_fields import UnreadableRecord
from mentorsync_pipeline.review.errors import accepted_fingerprints


def list_limits(run: YearRun) -> ListLimits:
    """Limits of missing records for this asset's list, and the refused lists that a person accepted."""
    accepted = accepted_fingerprints(run.conn, run.year, source_table=run.asset)
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
    """Store what is wrong with the records of a list and with the list itself; returns counts for the report.

    The error of a list that was not believed stops nothing: the year goes on with the rows that are there.
    """
    errors = [record.finding(code, noun=noun, source_table=run.asset) for record in unreadable]
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
    """Warnings of the records whose texts held characters that were dropped; each comes with the names of its fields.

    `key` is the column that names a record.
    """
    return [unusual_characters(noun, row[key], fields, source_table=source_table) for row, fields in records if fields]
