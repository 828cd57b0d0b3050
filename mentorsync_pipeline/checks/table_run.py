"""Run the asset checks of a table (`checks.factory`)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.checks.model import (
    CONFLICTS,
    STRUCTURE,
    WARNINGS,
    BrokenRule,
    RowWarning,
    TableChecks,
    find_broken_rules,
    find_unusual_rows,
    to_warnings,
)
from mentorsync_pipeline.db.tables import sync_conflicts, sync_log
from mentorsync_pipeline.domain.errors import remove_private_text
from mentorsync_pipeline.review.finding_store import record_warnings
from mentorsync_pipeline.runtime.formatting import format_count
from mentorsync_pipeline.runtime.settings import load_settings

CHUNK_ROWS = 50_000
_MAX_IDS = 20


def run_table_checks(
    conn: sa.Connection,
    checks: TableChecks,
    *,
    year: int | None,
    log_id: int | None,
    now: datetime,
    warning_counts: Mapping[str, int] | None = None,
) -> list[dg.AssetCheckResult]:
    """Run the checks of a table in this transaction and store warnings of the unusual rows.

    Args:
        year: campaign year to check; None for a table without years.
        warning_counts: number of warnings that the asset itself recorded, by type.

    """
    key = dg.AssetKey(checks.asset or checks.table.name)
    total, structure, unusual = _check_rows(conn, checks, year)
    if checks.unusual and year is not None:
        source = check_source(checks.table.name)
        warnings_found = to_warnings(checks, unusual, source)
        record_warnings(conn, year, warnings_found, source_table=source, log_id=log_id, now=now)
    results = [_result(key, STRUCTURE, dg.AssetCheckSeverity.ERROR, structure, total)]
    if checks.unusual or year is not None:
        broken = [rule for _, rule in unusual]
        results.append(_result(key, WARNINGS, dg.AssetCheckSeverity.WARN, broken, total, warning_counts))
    if checks.further and year is not None:
        results.append(checks.further.run(conn, year))
    return results


def check_source(table: str) -> str:
    """Return the source of a table's warnings by checks, apart from those of the asset, which it closes itself."""
    return f"{table} (check)"


def check_open_conflicts(conn: sa.Connection, asset: str, year: int) -> dg.AssetCheckResult:
    """Check that no conflict of an asset is open; the result has the number of each type."""
    c = sync_conflicts.c
    query = (
        sa.select(c.conflict_type, sa.func.count().label("conflicts"))
        .where(c.campaign_year == year, c.source_table == asset, c.status == "pending")
        .group_by(c.conflict_type)
        .order_by(c.conflict_type)
    )
    counts: dict[str, int] = {row.conflict_type: row.conflicts for row in conn.execute(query)}
    total = sum(counts.values())
    by_type = ", ".join(f"{conflict_type} {count}" for conflict_type, count in counts.items())
    console = load_settings().console_url.rstrip("/")
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(asset),
        check_name=CONFLICTS,
        passed=not counts,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{format_count(total, 'open conflict')}: {by_type}." if counts else "No open conflicts.",
        metadata={
            "open conflicts": total,
            **counts,
            "answer them": dg.MetadataValue.url(f"{console}/{year}/conflicts"),
        },
    )


def run_separate_checks(
    engine: sa.Engine, checks: TableChecks, *, year: int | None, now: datetime
) -> list[dg.AssetCheckResult]:
    """Run the checks of a table in a transaction of their own, after the last run of its asset."""
    asset = checks.asset or checks.table.name
    with remove_private_text(), engine.begin() as conn:
        log_id = conn.execute(
            sa.select(sa.func.max(sync_log.c.id)).where(
                sync_log.c.asset == asset, sync_log.c.campaign_year.is_not_distinct_from(year)
            )
        ).scalar_one()
        return run_table_checks(conn, checks, year=year, log_id=log_id, now=now)


def _check_rows(
    conn: sa.Connection, checks: TableChecks, year: int | None
) -> tuple[int, list[BrokenRule], list[tuple[RowWarning, BrokenRule]]]:
    """Check the rows in chunks, so that memory does not grow with the number of rows that break a rule."""
    structure: list[BrokenRule] = []
    unusual: list[tuple[RowWarning, BrokenRule]] = []
    total = conn.execute(checks.count(year)).scalar_one()
    for chunk in conn.execute(checks.query(year), execution_options={"yield_per": CHUNK_ROWS}).partitions():
        structure += find_broken_rules(checks, chunk)
        unusual += find_unusual_rows(checks, chunk)
    return total, structure, unusual


def _result(
    key: dg.AssetKey,
    name: str,
    severity: dg.AssetCheckSeverity,
    broken: Sequence[BrokenRule],
    total: int,
    warning_counts: Mapping[str, int] | None = None,
) -> dg.AssetCheckResult:
    merged = _merge_chunks(broken)
    counted = [f"{rule.rule}: {len(rule.keys)}" for rule in merged]
    counted += [
        format_count(count, f"{kind} warning") for kind, count in sorted((warning_counts or {}).items()) if count
    ]
    records = [
        dg.TableRecord({"rule": rule.rule, "rows": len(rule.keys), "ids": ", ".join(rule.keys[:_MAX_IDS])})
        for rule in merged
    ]
    metadata: dict[str, dg.MetadataValue] = {"rows read": dg.MetadataValue.int(total)}
    if records:
        metadata["rows found"] = dg.MetadataValue.int(sum(len(rule.keys) for rule in merged))
        metadata["rules"] = dg.MetadataValue.table(records)
    problems, checked = "; ".join(counted), f"{format_count(total, 'row')} checked"
    metadata |= {f"{kind} warnings": dg.MetadataValue.int(count) for kind, count in (warning_counts or {}).items()}
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=not counted,
        severity=severity,
        description=f"{checked}; {problems}." if counted else f"{checked}, no problems.",
        metadata=metadata,
    )


def _merge_chunks(broken: Sequence[BrokenRule]) -> list[BrokenRule]:
    """Merge the results of all chunks into one entry per rule."""
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    for rule in broken:
        keys[rule.rule, rule.column] = keys.get((rule.rule, rule.column), ()) + rule.keys
    return [BrokenRule(rule, column, row_keys) for (rule, column), row_keys in keys.items()]
