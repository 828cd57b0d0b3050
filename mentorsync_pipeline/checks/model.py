"""The checks of a table as data, and functions that apply them to rows. No Dagster, no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mentorsync_pipeline.checks.rules import ColumnRules, Rule
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.vocabulary import WarningType

if TYPE_CHECKING:  # these take longer to import than the whole code location, which only declares the rules
    import pandas as pd
    import pandera.pandas as pa

_NULL_RULE = "not_nullable"


@dataclass(frozen=True, slots=True)
class RowWarning:
    """A rule for usual rows. A row that breaks it gets a warning with the text `rule.error`."""

    column: str
    rule: Rule
    warning_type: WarningType = "unusual_value"


@dataclass(frozen=True, slots=True)
class TableChecks:
    """The checks of one table.

    Attributes:
        structure: rules for every row; a row that breaks one stops the run.
        unusual: rules for usual rows; a row that breaks one gets a warning.
        key: column that identifies a row in results.
        mn_id: column with the mentor's id, None if there is none.
        computed: additional columns for `structure` and `unusual`, as SQL expressions.
        suspect_rows: condition of the rows that can break a rule; other rows of a large table are not read.
        asset: asset of the results, if its name differs from the table's.
        own_step: run the checks in a separate step, because the asset does not always write its table.

    """

    table: sa.Table
    structure: Mapping[str, ColumnRules]
    unusual: Sequence[RowWarning] = ()
    key: str = "mn_id"
    mn_id: str | None = "mn_id"
    computed: Mapping[str, sa.ColumnElement[Any]] = field(default_factory=dict)
    suspect_rows: sa.ColumnElement[bool] | None = None
    asset: str | None = None
    own_step: bool = False

    @property
    def per_year(self) -> bool:
        """Whether the table has a campaign year."""
        return "campaign_year" in self.table.columns

    def query(self, year: int | None) -> sa.Select[Any]:
        """Select the rows to check, of one year or of all: the columns that the rules use."""
        names = {self.key, *([self.mn_id] if self.mn_id else []), *self.structure}
        names |= {row_warning.column for row_warning in self.unusual}
        columns = [
            self.computed[name].label(name) if name in self.computed else self.table.c[name] for name in sorted(names)
        ]
        query = sa.select(*columns).where(*self._scope(year))
        return query if self.suspect_rows is None else query.where(self.suspect_rows)

    def count(self, year: int | None) -> sa.Select[int]:
        """Count the rows to check."""
        return sa.select(sa.func.count()).select_from(self.table).where(*self._scope(year))

    def _scope(self, year: int | None) -> list[sa.ColumnElement[bool]]:
        return [self.table.c.campaign_year == year] if self.per_year else []

    def frame(self, records: Sequence[Any]) -> "pd.DataFrame":
        """Convert rows of `query` to a frame. Text columns have a text type even if all values are NULL."""
        import pandas as pd  # noqa: PLC0415

        columns = self.query(None).selected_columns
        rows = pd.DataFrame.from_records(records, columns=list(columns.keys()))
        return rows.astype({column.name: "str" for column in columns if isinstance(column.type, sa.String)})


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that some rows break: its text and column, and the keys of those rows (ids only)."""

    rule: str
    column: str
    keys: tuple[str, ...]
    mn_ids: tuple[str | None, ...] = ()


def find_broken_rules(checks: TableChecks, rows: "pd.DataFrame") -> list[BrokenRule]:
    """Return the rules of `structure` that `rows` break."""
    return _broken_rules(checks, checks.structure, rows)


def find_unusual_rows(checks: TableChecks, rows: "pd.DataFrame") -> list[tuple[RowWarning, BrokenRule]]:
    """Return the rules for usual rows that `rows` break."""
    rules: dict[str, tuple[Rule, ...]] = {}
    for row_warning in checks.unusual:
        rules[row_warning.column] = (*rules.get(row_warning.column, ()), row_warning.rule)
    columns = {name: ColumnRules(of_column, nullable=True) for name, of_column in rules.items()}
    row_warnings = {(row_warning.column, row_warning.rule.error): row_warning for row_warning in checks.unusual}
    return [(row_warnings[broken.column, broken.rule], broken) for broken in _broken_rules(checks, columns, rows)]


def to_warnings(
    checks: TableChecks, unusual_rows: Sequence[tuple[RowWarning, BrokenRule]], source: str
) -> list[WarningFinding]:
    """Return one warning per unusual row and rule, with the mentor's id."""
    return [
        WarningFinding(
            warning_type=row_warning.warning_type,
            subject=f"{checks.table.name}.{row_warning.column}:{key}",
            message=broken.rule,
            source_table=source,
            mn_id=mn_id,
        )
        for row_warning, broken in unusual_rows
        for key, mn_id in zip(broken.keys, broken.mn_ids, strict=True)
    ]


def _broken_rules(checks: TableChecks, columns: Mapping[str, ColumnRules], rows: "pd.DataFrame") -> list[BrokenRule]:
    import pandera.errors  # noqa: PLC0415
    import pandera.pandas as pa  # noqa: PLC0415

    if rows.empty:
        return []
    schema = pa.DataFrameSchema(
        {
            name: pa.Column(checks=[_pandera_check(rule) for rule in column.rules], nullable=column.nullable)
            for name, column in columns.items()
        }
    )
    try:
        schema.validate(rows, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        failures = errors.failure_cases
    else:
        return []
    broken = []
    for (column, rule), group in failures.groupby(["column", "check"], sort=False, dropna=False):
        positions = sorted({int(position) for position in group["index"]})
        keys = tuple(str(key) for key in rows.loc[positions, checks.key])
        mn_ids = (
            tuple(rows.loc[positions, checks.mn_id].replace({float("nan"): None}))
            if checks.mn_id
            else (None,) * len(keys)
        )
        broken.append(BrokenRule(_rule_text(str(rule), str(column)), str(column), keys, mn_ids))
    return broken


def _pandera_check(rule: Rule) -> "pa.Check":
    import pandera.pandas as pa  # noqa: PLC0415

    if rule.kind == "unique":
        return pa.Check(lambda values: ~values.duplicated(keep=False), error=rule.error)
    if rule.kind == "str_length":
        return pa.Check.str_length(min_value=rule.argument, error=rule.error)
    check: pa.Check = getattr(pa.Check, rule.kind)(rule.argument, error=rule.error)
    return check


def _rule_text(rule: str, column: str) -> str:
    return f"{column} is never empty" if rule == _NULL_RULE else rule
