"""Column lineage of the assets' tables, from the rules that fill them."""

from collections.abc import Callable, Collection, Mapping, Sequence

import dagster as dg

from mentorsync_pipeline.db.tables import deduplicated_signups, mentors, raw_mn_signups
from mentorsync_pipeline.domain.import_columns import CARRIED_COLUMNS, KEPT_COLUMNS, MESSAGE_COLUMNS
from mentorsync_pipeline.mentors.rules.fields import CONTACTS, LOSER_SOURCES, get_import_lineage, get_mentor_lineage


def find_column_lineage(asset: str) -> dg.TableColumnLineage | None:
    """Return the column lineage of an asset's table; None if it does not follow from rules."""
    columns = _COLUMNS.get(asset)
    return columns() if columns else None


def mentor_columns() -> dg.TableColumnLineage:
    """Column lineage of `mentors`, from the field rules (`mentors.rules.fields`)."""
    return _lineage(
        {name: [(source.table, source.column) for source in sources] for name, sources in get_mentor_lineage().items()}
    )


def import_columns() -> dg.TableColumnLineage:
    """Column lineage of `mn_gb_import`, from the rules of fields, kept columns and carry-overs."""
    columns = {column: [("mentors", name) for name in names] for column, names in get_import_lineage().items()}
    for column, name in KEPT_COLUMNS.items():
        columns.setdefault(column, []).append((CONTACTS, name))
    for column, name in CARRIED_COLUMNS.items():
        columns.setdefault(column, []).append(("duplicate_contacts", name))
    return _lineage(columns | {column: [("campaign_messages", "content")] for column in MESSAGE_COLUMNS})


def signup_columns() -> dg.TableColumnLineage:
    """Column lineage of `deduplicated_signups`: the answers of the sign-up form."""
    answers = {column.name for column in raw_mn_signups.columns}
    names = {column.name: column.name.removesuffix("_raw") for column in deduplicated_signups.columns}
    superseded = {"superseded_submission_ids": "submission_id", "superseded_mn_ids": "mn_id", "external_id": "mn_id"}
    sources = {name: source for name, source in (names | superseded).items() if source in answers}
    return _lineage({name: [("raw_mn_signups", source)] for name, source in sources.items()})


def duplicate_columns() -> dg.TableColumnLineage:
    """Column lineage of `duplicate_contacts`, from the rules of `mentors.rules.losers`."""
    return _lineage(
        {name: [(source.table, source.column) for source in sources] for name, sources in LOSER_SOURCES.items()}
    )


# Variables of message texts that are calculated from the amount raised.
_FROM_AMOUNT = frozenset({"amount_left", "fundraising_rank"})


def message_columns(names_used: Collection[str]) -> dg.TableColumnLineage:
    """Column lineage of `campaign_messages`: the campaigns' texts and the columns of `mentors` that they use.

    Args:
        names_used: names that the audiences and the texts of the applied campaigns use.

    """
    columns = sorted(
        {"amount_raised" if name in _FROM_AMOUNT else name for name in names_used} & set(mentors.columns.keys())
    )
    return _lineage({"content": [("message_campaigns", "source"), *(("mentors", name) for name in columns)]})


def _lineage(columns: Mapping[str, Sequence[tuple[str, str]]]) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(asset_key=dg.AssetKey(table), column_name=name) for table, name in sources]
            for column, sources in columns.items()
        }
    )


_COLUMNS: Mapping[str, Callable[[], dg.TableColumnLineage]] = {
    "deduplicated_signups": signup_columns,
    "duplicate_contacts": duplicate_columns,
    "mentors": mentor_columns,
    "mn_gb_import": import_columns,
}
