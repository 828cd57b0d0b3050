"""What the checks of one table are made of, and how rows are judged by them; no Dagster and no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pandera.errors
import pandera.pandas as pa
import sqlalchemy as sa

from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.vocabulary import WarningType

_NULL_RULE = "not_nullable"


@dataclass(frozen=True, slots=True)
class RowWarning:
    """A reason to look at a row: `check` says what is usual, its `error` says in plain words what is not."""

    column: str
    check: pa.Check
    warning_type: WarningType = "unusual_value"


@dataclass(frozen=True, slots=True)
class TableChecks:
    """The checks of one table.

    `structure` holds what must be true; a row that breaks it stops the run. `looks` are worth a person's attention.
    `key` names the row in results and `mn_id` the column with the mentor's id, if there is one. `computed` are columns
    that only SQL can tell, such as whether another table has a row; the names are free and `structure` may use them.
    `suspects` selects the only rows that can break a rule, so that of a large table nothing else leaves the database.
    `asset` is the asset that the results belong to, when it is not called like the table. `own_step`: the asset may
    have nothing to write, and the table is judged all the same.
    """

    table: sa.Table
    structure: pa.DataFrameSchema
    looks: Sequence[RowWarning] = ()
    key: str = "mn_id"
    mn_id: str | None = "mn_id"
    computed: Mapping[str, sa.ColumnElement[Any]] = field(default_factory=dict)
    suspects: sa.ColumnElement[bool] | None = None
    asset: str | None = None
    own_step: bool = False

    @property
    def per_year(self) -> bool:
        """Whether the table has campaign years."""
        return "campaign_year" in self.table.columns

    def query(self, year: int | None) -> sa.Select[Any]:
        """The rows to judge: the columns that a rule names, of one year or of all."""
        names = {self.key, *([self.mn_id] if self.mn_id else []), *self.structure.columns}
        names |= {look.column for look in self.looks}
        columns = [
            self.computed[name].label(name) if name in self.computed else self.table.c[name] for name in sorted(names)
        ]
        query = sa.select(*columns).where(*self._scope(year))
        return query if self.suspects is None else query.where(self.suspects)

    def count(self, year: int | None) -> sa.Select[int]:
        """How many rows there are to judge."""
        return sa.select(sa.func.count()).select_from(self.table).where(*self._scope(year))

    def _scope(self, year: int | None) -> list[sa.ColumnElement[bool]]:
        return [self.table.c.campaign_year == year] if self.per_year else []

    def frame(self, records: Sequence[Any]) -> pd.DataFrame:
        """Rows of `query` as a frame; text columns are text even when all of them are NULL."""
        columns = self.query(None).selected_columns
        rows = pd.DataFrame.from_records(records, columns=list(columns.keys()))
        return rows.astype({column.name: "str" for column in columns if isinstance(column.type, sa.String)})


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that some rows break: in plain words, with the keys of those rows (ids only)."""

    rule: str
    column: str
    keys: tuple[str, ...]
    mn_ids: tuple[str | None, ...] = ()


def judge_structure(checks: TableChecks, rows: pd.DataFrame) -> list[Broken]:
    """The structural rules that `rows` break."""
    return _judge(checks, checks.structure, rows)


def judge_looks(checks: TableChecks, rows: pd.DataFrame) -> list[tuple[RowWarning, Broken]]:
    """The reasons to look at some of the `rows`."""
    by_column: dict[str, list[RowWarning]] = {}
    for look in checks.looks:
        by_column.setdefault(look.column, []).append(look)
    schema = pa.DataFrameSchema(
        {name: pa.Column(checks=[look.check for look in looks], nullable=True) for name, looks in by_column.items()}
    )
    known = {(look.column, look.check.error): look for look in checks.looks}
    return [(known[broken.column, broken.rule], broken) for broken in _judge(checks, schema, rows)]


def warnings_of(checks: TableChecks, found: Sequence[tuple[RowWarning, Broken]], source: str) -> list[WarningFinding]:
    """One warning per row and reason, with the mentor's id."""
    return [
        WarningFinding(
            warning_type=look.warning_type,
            subject=f"{checks.table.name}.{look.column}:{key}",
            message=broken.rule,
            source_table=source,
            mn_id=mn_id,
        )
        for look, broken in found
        for key, mn_id in zip(broken.keys, broken.mn_ids, strict=True)
    ]


def _judge(checks: TableChecks, schema: pa.DataFrameSchema, rows: pd.DataFrame) -> list[Broken]:
    if rows.empty:
        return []
    try:
        schema.validate(rows, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return []
    broken = []
    for (column, rule), group in cases.groupby(["column", "check"], sort=False, dropna=False):
        places = sorted({int(place) for place in group["index"]})
        keys = tuple(str(key) for key in rows.loc[places, checks.key])
        mn_ids = (
            tuple(rows.loc[places, checks.mn_id].replace({float("nan"): None})) if checks.mn_id else (None,) * len(keys)
        )
        broken.append(Broken(_in_words(str(rule), str(column)), str(column), keys, mn_ids))
    return broken


def _in_words(rule: str, column: str) -> str:
    return f"{column} is never empty" if rule == _NULL_RULE else rule
