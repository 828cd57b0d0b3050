"""Previews of import files: what an import would change, and what the last import has changed (rulebook, section 9)."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.db.audit import select_last_run
from mentorsync_pipeline.db.load_order import read_last_load
from mentorsync_pipeline.db.tables import audit_log, gb_import_files, sync_errors
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import REJECTED_ROWS
from mentorsync_pipeline.domain.import_columns import CONTACT_ID, EXTERNAL_ID
from mentorsync_pipeline.import_file.out_files import ImportFile, list_files, locate_file
from mentorsync_pipeline.import_file.queries import read_import_rows
from mentorsync_pipeline.import_file.rules.csv import parse, serialise
from mentorsync_pipeline.import_file.rules.import_rows import ImportRow
from mentorsync_pipeline.import_file.rules.linter import SOURCE_TABLE as HELD_BACK
from mentorsync_pipeline.import_file.rules.preview import RowPreview, preview_rows
from mentorsync_pipeline.mentors.year_data import read_known_contacts


def preview_next_file(conn: sa.Connection, config: CampaignConfig) -> list[RowPreview]:
    """Compare the year's import rows, without those that are held back or were rejected, with the present contacts."""
    c = sync_errors.c
    query = sa.select(c.mn_id).where(
        c.campaign_year == config.campaign_year, c.source_table.in_((HELD_BACK, REJECTED_ROWS)), ~c.resolved
    )
    left_out = set(conn.execute(query).scalars())
    rows = [row for row in read_import_rows(conn, config) if row.mn_id not in left_out]
    return compare_with_contacts(conn, config, rows)


def preview_file(conn: sa.Connection, config: CampaignConfig, file: ImportFile, folder: Path) -> list[RowPreview]:
    """Compare the rows of a file with the present contacts. Raises ImportFileMissingError."""
    return compare_with_contacts(conn, config, read_file_rows(config, file, folder))


def read_file_rows(config: CampaignConfig, file: ImportFile, folder: Path) -> Sequence[ImportRow]:
    """Read the rows of a file in the out folder. Raises ImportFileMissingError."""
    return parse(locate_file(file, folder).read_bytes(), config).rows


def find_imported_file(conn: sa.Connection, year: int) -> ImportFile | None:
    """Return the newest file that was downloaded before the present contact data was taken, or None.

    The preview of its rows says what Givebutter took: rows without a change.
    """
    load, act, file = read_last_load(conn), audit_log.c, gb_import_files.c
    if load is None:
        return None
    last_run = select_last_run()
    is_before_load = sa.case(
        (last_run.is_(None), act.done_at <= load.as_of), else_=load.is_after(act.done_at, last_run)
    )
    downloads = sa.select(act.subject).where(act.act == "file_fetched", act.campaign_year == year, is_before_load)
    is_older = load.is_after(file.created_at, file.sync_log_id)
    query = list_files(year).query.where(file.sha256.in_(downloads), is_older)
    row = conn.execute(query.order_by(file.id.desc()).limit(1)).mappings().first()
    return None if row is None else ImportFile(**row)


def select_changed_rows(conn: sa.Connection, config: CampaignConfig, file: ImportFile, folder: Path) -> bytes:
    """Return a file with only those rows that change or create a contact. Raises ImportFileMissingError."""
    rows = read_file_rows(config, file, folder)
    previews = compare_with_contacts(conn, config, rows)
    pairs = zip(rows, previews, strict=True)
    return serialise((row for row, preview in pairs if preview.kind != "unchanged"), config)


def compare_with_contacts(conn: sa.Connection, config: CampaignConfig, rows: Sequence[ImportRow]) -> list[RowPreview]:
    """Compare rows with the present contacts."""
    typed = (row.cells[CONTACT_ID] for row in rows)
    ids = {int(text) for text in typed if text is not None and text.isascii() and text.isdecimal()}
    external_ids = (row.cells[EXTERNAL_ID] for row in rows if row.cells[CONTACT_ID] is None)
    holders = contact_queries.read_external_id_holders(conn, filter(None, external_ids))
    return preview_rows(rows, read_known_contacts(conn, config, {*ids, *holders.values()}), holders)
