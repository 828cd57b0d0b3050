"""Write full lists of a service to raw tables, with their findings (rulebook, section 2)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.assets.year_run import YearRun
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.db.list_write import ListingResult
from mentorsync_pipeline.domain.findings import WarningFinding, warn_unusual_characters
from mentorsync_pipeline.domain.list_findings import ListLimits
from mentorsync_pipeline.domain.record_fields import UnreadableRecord, build_errors
from mentorsync_pipeline.review.error_list import read_accepted_fingerprints


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """Kind of a record of a service.

    Attributes:
        table: raw table of the records.
        key: column with the id.
        code: error code of an unreadable record.
        noun: the source's word for a record, in errors.
        warning_noun: the same in warnings.

    """

    table: sa.Table
    key: str
    code: str
    noun: str
    warning_noun: str


def store_listing(
    run: YearRun,
    write: Callable[..., ListingResult],
    records: Sequence[tuple[Mapping[str, Any], Sequence[str]]],
    unreadable: Sequence[UnreadableRecord],
    kind: SourceRecord,
) -> tuple[Diff, dict[str, int]]:
    """Write a full list to its raw table and store the findings; return the changes, and counts for the report.

    A refused list is an error, but does not stop the run: the year continues with the stored rows.

    Args:
        write: `write_submissions` or `write_members` (`db.list_write`).
        records: rows, each with the names of its fields that had dropped characters.

    """
    written = write(
        run.conn,
        kind.table,
        [row for row, _ in records],
        year=run.year,
        log_id=run.asset_run.log_id,
        now=run.now,
        unreadable=unreadable,
        limits=_read_limits(run),
    )
    refused = written.check.refused
    errors = build_errors(unreadable, kind.code, noun=kind.noun, source_table=run.asset)
    warnings = _find_unusual_records(records, noun=kind.warning_noun, key=kind.key, source_table=kind.table.name)
    counts = run.record(errors=[*errors, *([refused] if refused else [])], warnings=warnings)
    return written.diff, counts | {
        "unreadable": len(unreadable),
        "list refused": int(refused is not None),
        "short list accepted": int(written.check.accepted),
    }


def _read_limits(run: YearRun) -> ListLimits:
    """Return the limits of missing records for this asset's list, with the short lists that a person accepted."""
    accepted = read_accepted_fingerprints(run.conn, run.year, source_table=run.asset)
    return ListLimits(run.config.thresholds, accepted)


def _find_unusual_records(
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
