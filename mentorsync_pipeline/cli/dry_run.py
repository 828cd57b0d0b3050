"""`mentorsync etl --dry-run`: print the rows that an ETL run would change, by id."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mentorsync_pipeline.cli.output import Progress, show

if TYPE_CHECKING:
    from mentorsync_pipeline.cli.dry_run_job import Key, TableChange

_MAX_ROWS = 20


def show_dry_run(year: int, tags: Mapping[str, str], *, as_json: bool) -> None:
    """Run the year's ETL with these tags as a dry run and print the changes; all rows with `--json`.

    Raises:
        MentorSyncError: the run would fail.

    """
    from mentorsync_pipeline.cli.dry_run_job import dry_run  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import open_database  # noqa: PLC0415

    with Progress().status_line(f"Dry run of etl {year} …"):
        result = dry_run(open_database(), year, tags=tags)
    result.report.raise_on_failure()
    lines = [f"etl {year} would change:"]
    for name, change in result.tables.items():
        lines += _format_change(name, change)
    show(
        {"campaign_year": year, "tables": {name: _to_json(change) for name, change in result.tables.items()}},
        as_json=as_json,
        lines="\n".join([*lines, "Nothing was written."]),
    )


def _to_json(change: "TableChange") -> dict[str, object]:
    return {
        "added": [_key_text(key) for key in change.added],
        "removed": [_key_text(key) for key in change.removed],
        "changed": {_key_text(key): list(columns) for key, columns in change.changed.items()},
    }


def _format_change(table: str, change: "TableChange") -> list[str]:
    lines = [f"{table}: {len(change.added)} new, {len(change.changed)} changed, {len(change.removed)} removed"]
    rows = [f"  + {_key_text(key)}" for key in change.added]
    rows += [f"  ~ {_key_text(key)}: {', '.join(columns)}" for key, columns in change.changed.items()]
    rows += [f"  - {_key_text(key)}" for key in change.removed]
    more = [f"  … and {len(rows) - _MAX_ROWS} more (--json has all)"] if len(rows) > _MAX_ROWS else []
    return [*lines, *rows[:_MAX_ROWS], *more]


def _key_text(key: "Key") -> str:
    return " ".join(key)
