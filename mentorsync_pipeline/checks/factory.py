"""Turn the checks of a table into asset checks: one step per table that yields two results.

*structure* is an error and stops what follows; *rows worth a look* is a warning, and each row lands in
`sync_warnings`. Results hold counts and ids only.
"""

import warnings
from collections.abc import Iterator, Sequence

import dagster as dg
import sqlalchemy as sa
from dagster_shared.utils.warnings import PreviewWarning

from mentorsync_pipeline.assets.partitions import YEARS
from mentorsync_pipeline.checks.model import (
    Broken,
    RowWarning,
    TableChecks,
    judge_looks,
    judge_structure,
    warnings_of,
)
from mentorsync_pipeline.db.tables import sync_log
from mentorsync_pipeline.domain.errors import private_text_removed
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.review.findings import record_warnings

STRUCTURE = "structure"
LOOK = "rows_worth_a_look"
CHUNK_ROWS = 50_000
_IDS_SHOWN = 20


def build_check(checks: TableChecks) -> dg.AssetChecksDefinition:
    """The asset checks of a table."""
    key = dg.AssetKey(checks.asset or checks.table.name)
    partitions = YEARS if checks.per_year else None
    rules = "; ".join(_rules(checks))
    with warnings.catch_warnings():
        # Partitioned checks are a preview in Dagster; without them a year's result would hide every other year's.
        warnings.simplefilter("ignore", PreviewWarning)
        specs = [
            dg.AssetCheckSpec(
                STRUCTURE,
                asset=key,
                description=f"Must be true of every row, or nothing that follows is run. Looks at: {rules}.",
                blocking=True,
                partitions_def=partitions,
            ),
            dg.AssetCheckSpec(
                LOOK,
                asset=key,
                description="Rows that are allowed and unusual. Each is listed in sync_warnings until a person has "
                "seen it; nothing is stopped.",
                partitions_def=partitions,
            ),
        ]

        @dg.multi_asset_check(
            name=f"check_{checks.table.name}",
            specs=specs if checks.looks else specs[:1],
            description=f"Reads {checks.table.name} and judges its rows.",
        )
        def check(
            context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource, clock: ClockResource
        ) -> Iterator[dg.AssetCheckResult]:
            year = int(context.partition_key) if checks.per_year else None
            with private_text_removed():
                total, structure, looks = _judge_table(warehouse.engine, checks, year)
                if checks.looks and year is not None:
                    _store(warehouse.engine, checks, year, looks, clock)
            if checks.looks:
                yield _result(key, LOOK, dg.AssetCheckSeverity.WARN, [broken for _, broken in looks], total)
            yield _result(key, STRUCTURE, dg.AssetCheckSeverity.ERROR, structure, total)

        return check


def _rules(checks: TableChecks) -> list[str]:
    """What the structure's description lists: the texts of its rules."""
    return list(
        dict.fromkeys(
            rule.error for column in checks.structure.columns.values() for rule in column.checks if rule.error
        )
    ) or ["keys and required columns"]


def _judge_table(
    engine: sa.Engine, checks: TableChecks, year: int | None
) -> tuple[int, list[Broken], list[tuple[RowWarning, Broken]]]:
    """Read the rows in pieces, so that memory stays flat however many there are."""
    structure: list[Broken] = []
    looks: list[tuple[RowWarning, Broken]] = []
    with engine.connect() as conn:
        total = conn.execute(checks.count(year)).scalar_one()
        for piece in conn.execute(checks.query(year), execution_options={"yield_per": CHUNK_ROWS}).partitions():
            rows = checks.frame(piece)
            structure += judge_structure(checks, rows)
            looks += judge_looks(checks, rows)
    return total, structure, looks


def _store(
    engine: sa.Engine, checks: TableChecks, year: int, looks: Sequence[tuple[RowWarning, Broken]], clock: ClockResource
) -> None:
    source = f"{checks.table.name} (check)"  # the asset of that name keeps warnings of its own
    with engine.begin() as conn:
        log_id = conn.execute(
            sa.select(sa.func.max(sync_log.c.id)).where(
                sync_log.c.asset == checks.table.name, sync_log.c.campaign_year == year
            )
        ).scalar_one()
        found = warnings_of(checks, looks, source)
        record_warnings(conn, year, found, source_table=source, log_id=log_id, now=clock.now())


def _result(
    key: dg.AssetKey, name: str, severity: dg.AssetCheckSeverity, broken: Sequence[Broken], total: int
) -> dg.AssetCheckResult:
    rows = sum(len(rule.keys) for rule in broken)
    said = "; ".join(f"{rule.rule}: {len(rule.keys)}" for rule in _merged(broken))
    records = [
        dg.TableRecord({"rule": rule.rule, "rows": len(rule.keys), "ids": ", ".join(rule.keys[:_IDS_SHOWN])})
        for rule in _merged(broken)
    ]
    metadata: dict[str, dg.MetadataValue] = {"rows read": dg.MetadataValue.int(total)}
    if records:
        metadata["rows found"] = dg.MetadataValue.int(rows)
        metadata["rules"] = dg.MetadataValue.table(records)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=not broken,
        severity=severity,
        description=f"Of {total} rows, {said}." if broken else f"All {total} rows are as they should be.",
        metadata=metadata,
    )


def _merged(broken: Sequence[Broken]) -> list[Broken]:
    """One entry per rule, whatever the number of pieces that the table was read in."""
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    for rule in broken:
        keys[rule.rule, rule.column] = keys.get((rule.rule, rule.column), ()) + rule.keys
    return [Broken(rule, column, found) for (rule, column), found in keys.items()]
