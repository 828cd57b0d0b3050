"""What `mentorsync etl --dry-run` prints: counts, and the ids of the rows that would change."""

from typing import TYPE_CHECKING

from mentorsync_pipeline.cli.output import Progress, show

if TYPE_CHECKING:
    from mentorsync_pipeline.cli.dry_run_job import Key, TableChange

_SHOWN = 20


def show_rehearsal(year: int, *, as_json: bool) -> None:
    """Rehearse the year's ETL and print what it would change; all rows with `--json`. Raises when it would fail."""
    from mentorsync_pipeline.cli.dry_run_job import dry_run  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import open_database  # noqa: PLC0415

    with Progress().moving(f"Rehearsing etl {year} …"):
        found = dry_run(open_database(), year)
    found.report.raise_on_failure()
    lines = [f"etl {year} would change:"]
    for name, change in found.tables.items():
        lines += _in_words(name, change)
    show(
        {"campaign_year": year, "tables": {name: _plain(change) for name, change in found.tables.items()}},
        as_json=as_json,
        lines="\n".join([*lines, "Nothing was written."]),
    )


def _plain(change: "TableChange") -> dict[str, object]:
    return {
        "added": [_name(key) for key in change.added],
        "removed": [_name(key) for key in change.removed],
        "changed": {_name(key): list(columns) for key, columns in change.changed.items()},
    }


def _in_words(table: str, change: "TableChange") -> list[str]:
    lines = [f"{table}: {len(change.added)} new, {len(change.changed)} changed, {len(change.removed)} removed"]
    rows = [f"  + {_name(key)}" for key in change.added]
    rows += [f"  ~ {_name(key)}: {', '.join(columns)}" for key, columns in change.changed.items()]
    rows += [f"  - {_name(key)}" for key in change.removed]
    more = [f"  … and {len(rows) - _SHOWN} more (--json has all)"] if len(rows) > _SHOWN else []
    return [*lines, *rows[:_SHOWN], *more]


def _name(key: "Key") -> str:
    return " ".join(key)
