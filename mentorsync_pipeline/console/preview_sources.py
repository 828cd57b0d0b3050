"""Where the values of an import preview come from: the provenance of the mentors' fields, by column of the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from mentorsync_pipeline.db.row_records import read_dicts
from mentorsync_pipeline.db.tables import mentors
from mentorsync_pipeline.domain.clean_text import tag_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.import_columns import NOTES, SUBSCRIPTIONS, TAGS
from mentorsync_pipeline.import_file.rules.import_rows import MERGED_COLUMNS
from mentorsync_pipeline.import_file.rules.preview import EMAILS, PHONES, CellChange, RowPreview
from mentorsync_pipeline.mentors.rules.fields import get_pushed_labels

Place = Literal["record", "duplicate", "year", "message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Source of a value: a record of `table` (`observed_at`, ISO 8601), a duplicate, the year's tag or a campaign."""

    place: Place
    table: str | None = None
    observed_at: str | None = None


def read_sources(
    conn: sa.Connection, config: CampaignConfig, rows: Sequence[RowPreview]
) -> dict[tuple[str | None, str], Source]:
    """Return the source of each change of these rows, by MN id and column, where it is known.

    `config` has the present labels (`contacts.label_lookup`).
    """
    c = mentors.c
    query = sa.select(c.mn_id, c.phone, c.personal_email, c.uga_email, c.provenance).where(
        c.campaign_year == config.campaign_year, c.mn_id.in_({row.mn_id for row in rows if row.mn_id})
    )
    by_id = {mentor["mn_id"]: mentor for mentor in read_dicts(conn, query)}
    found = (
        ((row.mn_id, change.column), find_source(change, by_id[row.mn_id], config))
        for row in rows
        if row.mn_id in by_id
        for change in row.changes
    )
    return {key: source for key, source in found if source is not None}


def find_source(change: CellChange, mentor: Mapping[str, Any], config: CampaignConfig) -> Source | None:
    """Return the source of a change of a mentor's row, or None if it is not known."""
    column = change.column
    if column in config.message_columns.values():
        return Source(place="message")
    if column in SUBSCRIPTIONS:
        return Source(place="duplicate")
    if column == TAGS:
        of_year = {tag_key(tag) for tag in config.mentor_tags}
        return Source(place="year" if of_year & set(map(tag_key, change.after)) else "duplicate")
    field = _find_field(change, mentor, config)
    if field is None:
        return Source(place="duplicate") if column in (PHONES, EMAILS) else None
    origin = mentor["provenance"].get(field)
    if origin is None:
        return None
    return Source(place="record", table=origin.get("source_table"), observed_at=origin.get("observed_at"))


def _find_field(change: CellChange, mentor: Mapping[str, Any], config: CampaignConfig) -> str | None:
    """Return the mentor's field that a column shows."""
    if change.column == PHONES:
        return "phone" if mentor["phone"] in change.after else None
    if change.column == EMAILS:
        added = set(map(email_key, change.after))
        emails = ("personal_email", "uga_email")
        return next((name for name in emails if mentor[name] and email_key(mentor[name]) in added), None)
    fields = {**MERGED_COLUMNS, NOTES: "notes", "External ID": "submission_id"}
    fields |= {label: name for name, label in get_pushed_labels(config).items()}
    return fields.get(change.column)
