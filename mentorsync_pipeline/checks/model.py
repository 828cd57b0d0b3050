"""The checks of a table as data, and functions that apply them to rows. No Dagster.

The database decides the conditions (`rules.is_true`) and selects the rows whose values may break another rule. Pandera
decides those, and is imported only if there are such rows.
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mentorsync_pipeline.checks.rules import CONDITION, ColumnRules, Kind, Rule
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.vocabulary import WarningType

if TYPE_CHECKING:  # these take longer to import than the whole code location, which only declares the rules
    import dagster as dg
    import pandas as pd
    import pandera.pandas as pa

# Names of the checks of a table.
STRUCTURE, WARNINGS, CONFLICTS = "structure", "warnings", "conflicts"
_NULL_RULE = "not_nullable"
_MAY_BREAK = "may_break"
# The comparison that holds for the values that break a rule.
_OPPOSITES: Mapping[Kind, Callable[[Any, Any], sa.ColumnElement[bool]]] = {
    "ge": operator.lt,
    "gt": operator.le,
    "le": operator.gt,
    "lt": operator.ge,
}


@dataclass(frozen=True, slots=True)
class RowWarning:
    """A rule for usual rows. A row that breaks it gets a warning with the text `rule.error`."""

    column: str
    rule: Rule
    warning_type: WarningType = "unusual_value"


@dataclass(frozen=True, slots=True)
class FurtherCheck:
    """A check of a table beside its rules, which blocks nothing; `run` gives the result for a campaign year."""

    name: str
    description: str
    run: "Callable[[sa.Connection, int], dg.AssetCheckResult]"


@dataclass(frozen=True, slots=True)
class TableChecks:
    """The checks of one table.

    Attributes:
        structure: rules for every row; a row that breaks one stops the run.
        unusual: rules for usual rows; a row that breaks one gets a warning.
        key: column that identifies a row in results.
        mn_id: column with the mentor's id, None if there is none.
        computed: additional columns for `structure` and `unusual`, as SQL expressions.
        asset: asset of the results, if its name differs from the table's.
        further: a check beside the rules, of a table with years.
        own_step: run the checks in a separate step, because the asset does not always write its table.

    """

    table: sa.Table
    structure: Mapping[str, ColumnRules]
    unusual: Sequence[RowWarning] = ()
    key: str = "mn_id"
    mn_id: str | None = "mn_id"
    computed: Mapping[str, sa.ColumnElement[Any]] = field(default_factory=dict)
    asset: str | None = None
    further: FurtherCheck | None = None
    own_step: bool = False

    @property
    def per_year(self) -> bool:
        """Whether the table has a campaign year."""
        return "campaign_year" in self.table.columns

    def query(self, year: int | None) -> sa.Select[Any]:
        """Select the rows, of one year or of all, that break a condition or whose values may break a rule.

        Columns: those that the rules use, and `may_break`, whether a value may break a rule.
        """
        names = {self.key, *([self.mn_id] if self.mn_id else []), *self.structure, *self.unusual_columns}
        columns = {name: self.computed[name] if name in self.computed else self.table.c[name] for name in sorted(names)}
        all_columns = [*self.structure.items(), *self.unusual_columns.items()]
        suspicions = [found for name, rules in all_columns for found in _suspicions(columns[name], rules)]
        labelled = [column.label(name) for name, column in columns.items()]
        # A subquery, because a condition of a query must not contain window functions.
        rows = sa.select(*labelled, sa.or_(sa.false(), *suspicions).label(_MAY_BREAK)).where(*self._scope(year))
        c = rows.subquery().c
        conditions = [c[name] for name, rules in all_columns if _is_condition(rules)]
        broken = sa.or_(c[_MAY_BREAK], *(condition.is_not(True) for condition in conditions))
        return sa.select(*c).where(broken).order_by(c[self.key])

    @property
    def unusual_columns(self) -> dict[str, ColumnRules]:
        """The rules for usual rows by column."""
        rules: dict[str, tuple[Rule, ...]] = {}
        for row_warning in self.unusual:
            rules[row_warning.column] = (*rules.get(row_warning.column, ()), row_warning.rule)
        return {name: ColumnRules(of_column, nullable=True) for name, of_column in rules.items()}

    def count(self, year: int | None) -> sa.Select[int]:
        """Count the rows to check."""
        return sa.select(sa.func.count()).select_from(self.table).where(*self._scope(year))

    def _scope(self, year: int | None) -> list[sa.ColumnElement[bool]]:
        return [self.table.c.campaign_year == year] if self.per_year else []

    def frame(self, records: Sequence[Any]) -> "pd.DataFrame":
        """Convert rows of `query` to a frame. Text columns have a text type even if all values are NULL."""
        import pandas as pd

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


def find_broken_rules(checks: TableChecks, rows: Sequence[sa.Row[Any]]) -> list[BrokenRule]:
    """Return the rules of `structure` that rows of the checks' query break."""
    return _broken_rules(checks, checks.structure, rows)


def find_unusual_rows(checks: TableChecks, rows: Sequence[sa.Row[Any]]) -> list[tuple[RowWarning, BrokenRule]]:
    """Return the rules for usual rows that rows of the checks' query break."""
    row_warnings = {(row_warning.column, row_warning.rule.error): row_warning for row_warning in checks.unusual}
    broken_rules = _broken_rules(checks, checks.unusual_columns, rows)
    return [(row_warnings[broken.column, broken.rule], broken) for broken in broken_rules]


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


def _broken_rules(
    checks: TableChecks, columns: Mapping[str, ColumnRules], rows: Sequence[sa.Row[Any]]
) -> list[BrokenRule]:
    conditions = {name: rules.rules[0] for name, rules in columns.items() if _is_condition(rules)}
    values = {name: rules for name, rules in columns.items() if name not in conditions}
    suspects = [row for row in rows if getattr(row, _MAY_BREAK)]
    return [
        *(_broken_values(checks, values, checks.frame(suspects)) if suspects else ()),
        *_broken_conditions(checks, conditions, rows),
    ]


def _broken_conditions(
    checks: TableChecks, conditions: Mapping[str, Rule], rows: Sequence[sa.Row[Any]]
) -> Iterator[BrokenRule]:
    for name, rule in conditions.items():
        broken = [row._mapping for row in rows if getattr(row, name) is not True]
        if broken:
            mn_ids = tuple(row[checks.mn_id] if checks.mn_id else None for row in broken)
            yield BrokenRule(rule.error, name, tuple(str(row[checks.key]) for row in broken), mn_ids)


def _broken_values(checks: TableChecks, columns: Mapping[str, ColumnRules], rows: "pd.DataFrame") -> list[BrokenRule]:
    import pandera.errors
    import pandera.pandas as pa

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


def _is_condition(column: ColumnRules) -> bool:
    return any(rule.kind == CONDITION for rule in column.rules)


def _suspicions(column: sa.ColumnElement[Any], rules: ColumnRules) -> list[sa.ColumnElement[bool]]:
    """Return conditions of which one holds for every row whose value breaks a rule of the column."""
    if _is_condition(rules):
        return []
    return [*([] if rules.nullable else [column.is_(None)]), *(_may_break(column, rule) for rule in rules.rules)]


def _may_break(column: sa.ColumnElement[Any], rule: Rule) -> sa.ColumnElement[bool]:
    match rule.kind:
        case "unique":
            return sa.func.count(column).over(partition_by=column) > 1
        case "isin":
            return column.not_in(rule.argument)
        case "str_length":
            return _OPPOSITES["ge"](sa.func.length(column), rule.argument)
        case "str_endswith":
            return ~column.endswith(rule.argument, autoescape=True)
        case "str_matches":
            return ~column.regexp_match(rule.argument)
        case kind:
            return _OPPOSITES[kind](column, rule.argument)


def _pandera_check(rule: Rule) -> "pa.Check":
    import pandera.pandas as pa

    if rule.kind == "unique":
        return pa.Check(lambda values: ~values.duplicated(keep=False), error=rule.error)
    if rule.kind == "str_length":
        return pa.Check.str_length(min_value=rule.argument, error=rule.error)
    check: pa.Check = getattr(pa.Check, rule.kind)(rule.argument, error=rule.error)
    return check


def _rule_text(rule: str, column: str) -> str:
    return f"{column} is never empty" if rule == _NULL_RULE else rule
