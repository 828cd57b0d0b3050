"""Dagster metadata of assets: table columns, row counts, differences.

Dagster stores event metadata permanently, so it has counts and ids only: no names, emails or phones.
"""

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.runtime.dagster_internals import BetaWarning

_PROJECT = Path(__file__).parents[2]
_DIALECT = pg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's dialect factory has no annotations
# Metadata key of the additional tables that an asset writes.
ALSO_WRITES = "also writes"


def table_metadata(table: sa.Table, *others: sa.Table) -> dict[str, Any]:
    """Definition metadata of an asset's table: name, columns with types and comments, other tables.

    Args:
        others: additional tables that the asset writes.

    """
    schema = dg.TableSchema(
        columns=[_column(column) for column in table.columns],
        constraints=dg.TableConstraints(other=[_key(table)]),
    )
    return {
        "dagster/table_name": f"{table.schema}.{table.name}",
        "dagster/storage_kind": "postgres",
        "dagster/column_schema": schema,
        **({ALSO_WRITES: [f"{other.schema}.{other.name}" for other in others]} if others else {}),
    }


def list_written_tables(asset_metadata: Mapping[str, Any]) -> list[str]:
    """List the names of the tables that an asset writes, by its definition metadata."""
    names = (asset_metadata["dagster/table_name"], *asset_metadata.get(ALSO_WRITES, ()))
    return [name.rpartition(".")[2] for name in names]


def code_reference(function: Callable[..., object]) -> dict[str, Any]:
    """Metadata with the source file of an asset (relative to the repository) and its line."""
    code = function.__code__
    file = Path(code.co_filename).relative_to(_PROJECT).as_posix()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BetaWarning)
        reference = dg.LocalFileCodeReference(file_path=file, line_number=code.co_firstlineno, label=file)
        return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[reference])}


def with_code_reference(asset: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """Add the code reference to an asset of one function."""
    function = asset.op.compute_fn.decorated_fn  # type: ignore[union-attr]  # assets are made from functions here
    return asset.map_asset_specs(lambda spec: spec.merge_attributes(metadata=code_reference(function)))


def diff_metadata(diff: Diff) -> dict[str, Any]:
    """Row counts of a run in its scope (a campaign year, or all): changes and total."""
    return {
        "dagster/partition_row_count": diff.rows,
        "rows added": diff.added,
        "rows changed": diff.changed,
        "rows removed": diff.removed,
        "rows unchanged": diff.unchanged,
    }


def _column(column: sa.Column[Any]) -> dg.TableColumn:
    return dg.TableColumn(
        name=column.name,
        type=str(column.type.compile(dialect=_DIALECT)).lower(),
        description=column.comment,
        constraints=dg.TableColumnConstraints(nullable=bool(column.nullable)),
    )


def _key(table: sa.Table) -> str:
    return f"one row per {', '.join(column.name for column in table.primary_key.columns)}"
