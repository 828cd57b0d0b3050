"""Build and run the asset checks of a table.

*structure* is an error and stops downstream assets. *warnings* lists unusual rows, *conflicts* open conflicts; neither
fails the run. Checks run in the step of the asset, in the same transaction, because a separate step would take longer
than the checks. Results hold counts and ids only.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.checks.model import (
    Broken,
    RowWarning,
    TableChecks,
    judge_looks,
    judge_structure,
    warnings_of,
)
from mentorsync_pipeline.db.tables import sync_conflicts, sync_log
from mentorsync_pipeline.domain.errors import private_text_removed
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.review.findings import record_warnings
from mentorsync_pipeline.runtime.dagster_internals import PreviewWarning
from mentorsync_pipeline.runtime.settings import load_settings

STRUCTURE, WARNINGS, CONFLICTS = "structure", "warnings", "conflicts"
CHUNK_ROWS = 50_000
_IDS_SHOWN = 20


def check_specs(
    asset: str,
    checks: TableChecks | None,
    years: dg.PartitionsDefinition[str] | None,
    *,
    raises_conflicts: bool = False,
) -> list[dg.AssetCheckSpec]:
    """The checks of an asset: those of its table, and one for its open conflicts; `years` are its partitions."""
    key = dg.AssetKey(asset)
    with warnings.catch_warnings():
        # Partitioned checks are a preview in Dagster; without them a year's result would hide every other year's.
        warnings.simplefilter("ignore", PreviewWarning)
        specs = []
        if checks is not None:
            rules = "; ".join(_rules(checks))
            specs.append(
                dg.AssetCheckSpec(
                    STRUCTURE,
                    asset=key,
                    description=f"Must hold for every row; otherwise downstream assets do not run. Rules: {rules}.",
                    blocking=True,
                    partitions_def=years,
                )
            )
            if checks.looks or years is not None:
                specs.append(
                    dg.AssetCheckSpec(
                        WARNINGS,
                        asset=key,
                        description="Unusual rows. Each is listed in sync_warnings until its cause is gone; nothing is "
                        "blocked.",
                        partitions_def=years,
                    )
                )
        if raises_conflicts:
            specs.append(
                dg.AssetCheckSpec(
                    CONFLICTS,
                    asset=key,
                    description="Open conflicts by type. Answer them in the console or with `mentorsync conflicts`.",
                    partitions_def=years,
                )
            )
        return specs


def judge_asset(
    conn: sa.Connection,
    checks: TableChecks,
    *,
    year: int | None,
    log_id: int | None,
    now: datetime,
    warned: Mapping[str, int] | None = None,
) -> list[dg.AssetCheckResult]:
    """Judge the rows of a table as they are in this transaction, and store which of them are unusual.

    `warned` are the warnings that the asset itself has recorded, by type.
    """
    key = dg.AssetKey(checks.asset or checks.table.name)
    total, structure, looks = _judge_table(conn, checks, year)
    if checks.looks and year is not None:
        source = f"{checks.table.name} (check)"  # the asset of that name keeps warnings of its own
        found = warnings_of(checks, looks, source)
        record_warnings(conn, year, found, source_table=source, log_id=log_id, now=now)
    results = [_result(key, STRUCTURE, dg.AssetCheckSeverity.ERROR, structure, total)]
    if checks.looks or year is not None:
        unusual = [broken for _, broken in looks]
        results.append(_result(key, WARNINGS, dg.AssetCheckSeverity.WARN, unusual, total, warned))
    return results


def judge_conflicts(conn: sa.Connection, asset: str, year: int) -> dg.AssetCheckResult:
    """Whether any question that an asset has raised is open, with how many of each kind."""
    c = sync_conflicts.c
    query = (
        sa.select(c.conflict_type, sa.func.count().label("questions"))
        .where(c.campaign_year == year, c.source_table == asset, c.status == "pending")
        .group_by(c.conflict_type)
        .order_by(c.conflict_type)
    )
    counts: dict[str, int] = {row.conflict_type: row.questions for row in conn.execute(query)}
    total = sum(counts.values())
    kinds = ", ".join(f"{kind} {count}" for kind, count in counts.items())
    console = load_settings().console_url.rstrip("/")
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(asset),
        check_name=CONFLICTS,
        passed=not counts,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{total} open conflicts: {kinds}." if counts else "No open conflicts.",
        metadata={
            "open conflicts": total,
            **counts,
            "answer them": dg.MetadataValue.url(f"{console}/{year}/conflicts"),
        },
    )


def build_check(checks: TableChecks, years: dg.PartitionsDefinition[str]) -> dg.AssetChecksDefinition:
    """The checks of a table as a step of their own, for an asset that does not always write it."""
    asset = checks.asset or checks.table.name

    @dg.multi_asset_check(
        name=f"check_{checks.table.name}",
        specs=check_specs(asset, checks, years if checks.per_year else None),
        description=f"Checks the rows of {checks.table.name}.",
    )
    def check(
        context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource, clock: ClockResource
    ) -> Iterator[dg.AssetCheckResult]:
        year = int(context.partition_key) if checks.per_year else None
        with private_text_removed(), warehouse.engine.begin() as conn:
            log_id = conn.execute(
                sa.select(sa.func.max(sync_log.c.id)).where(
                    sync_log.c.asset == asset, sync_log.c.campaign_year.is_not_distinct_from(year)
                )
            ).scalar_one()
            results = judge_asset(conn, checks, year=year, log_id=log_id, now=clock.now())
        yield from results

    return check


def _rules(checks: TableChecks) -> list[str]:
    """What the structure's description lists: the texts of its rules."""
    return list(
        dict.fromkeys(
            rule.error for column in checks.structure.columns.values() for rule in column.checks if rule.error
        )
    ) or ["keys and required columns"]


def _judge_table(
    conn: sa.Connection, checks: TableChecks, year: int | None
) -> tuple[int, list[Broken], list[tuple[RowWarning, Broken]]]:
    """Read the rows in pieces, so that memory stays flat however many there are."""
    structure: list[Broken] = []
    looks: list[tuple[RowWarning, Broken]] = []
    total = conn.execute(checks.count(year)).scalar_one()
    for piece in conn.execute(checks.query(year), execution_options={"yield_per": CHUNK_ROWS}).partitions():
        rows = checks.frame(piece)
        structure += judge_structure(checks, rows)
        looks += judge_looks(checks, rows)
    return total, structure, looks


def _result(
    key: dg.AssetKey,
    name: str,
    severity: dg.AssetCheckSeverity,
    broken: Sequence[Broken],
    total: int,
    warned: Mapping[str, int] | None = None,
) -> dg.AssetCheckResult:
    merged = _merged(broken)
    counted = [f"{rule.rule}: {len(rule.keys)}" for rule in merged]
    counted += [f"{count} {kind} warnings" for kind, count in sorted((warned or {}).items()) if count]
    records = [
        dg.TableRecord({"rule": rule.rule, "rows": len(rule.keys), "ids": ", ".join(rule.keys[:_IDS_SHOWN])})
        for rule in merged
    ]
    metadata: dict[str, dg.MetadataValue] = {"rows read": dg.MetadataValue.int(total)}
    if records:
        metadata["rows found"] = dg.MetadataValue.int(sum(len(rule.keys) for rule in merged))
        metadata["rules"] = dg.MetadataValue.table(records)
    problems = "; ".join(counted)
    metadata |= {f"{kind} warnings": dg.MetadataValue.int(count) for kind, count in (warned or {}).items()}
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=not counted,
        severity=severity,
        description=f"{total} rows checked; {problems}." if counted else f"{total} rows checked, no problems.",
        metadata=metadata,
    )


def _merged(broken: Sequence[Broken]) -> list[Broken]:
    """One entry per rule, whatever the number of pieces that the table was read in."""
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    for rule in broken:
        keys[rule.rule, rule.column] = keys.get((rule.rule, rule.column), ()) + rule.keys
    return [Broken(rule, column, found) for (rule, column), found in keys.items()]
