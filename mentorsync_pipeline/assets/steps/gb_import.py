"""Write the import rows and the import file (rulebook section 9)."""

import hashlib
from collections.abc import Iterable
from typing import Any

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.assets.year_run import YearRun, year_run
from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.contacts.label_lookup import find_label_warnings
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.db.tables import gb_import_files
from mentorsync_pipeline.db.tables import mn_gb_import as rows_table
from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.decision_owners import map_decisions_to_submissions
from mentorsync_pipeline.domain.decisions import find_decision
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.import_columns import MESSAGE_COLUMNS
from mentorsync_pipeline.import_file import out_files, rejection_store
from mentorsync_pipeline.import_file import queries as store
from mentorsync_pipeline.import_file.outdated_rows import require_current_rows
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.import_file.rules.csv import serialise
from mentorsync_pipeline.import_file.rules.import_rows import build_rows
from mentorsync_pipeline.import_file.rules.linter import lint
from mentorsync_pipeline.import_file.rules.staleness import USE_AS_IT_IS
from mentorsync_pipeline.mentors import queries as mentor_queries
from mentorsync_pipeline.mentors.rules.carry_over import compute_carry_overs
from mentorsync_pipeline.mentors.rules.fields import TICKS
from mentorsync_pipeline.mentors.rules.sent_rows import find_new_rows
from mentorsync_pipeline.mentors.year_data import read_import_row_data, read_sent_rows
from mentorsync_pipeline.messages import queries as message_queries
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.out_folder import OutFolderResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.review import finding_store
from mentorsync_pipeline.review import queries as review_queries
from mentorsync_pipeline.runtime.folder_errors import folder_errors
from mentorsync_pipeline.runtime.run_options import ExportOptions


class StaleContactsError(MentorSyncError):
    """The contact data is too old for a new import file."""

    code = "DATA_STALE"


def write_import_rows(run: YearRun) -> dg.MaterializeResult[None]:
    """Write the import rows, one per mentor who is not blocked."""
    data = read_import_row_data(run.conn, run.config)
    mentors = mentor_queries.read_mentors_to_import(run.conn, run.year, TICKS)
    carried = compute_carry_overs(data, data.index_bases())
    built = build_rows(mentors.values(), carried, data)
    messages = message_queries.read_further_messages(run.conn, run.config)
    rows = (store.to_table_row(item.row, messages.get(item.row.mn_id or "", {})) for item in built)
    diff = run.write(rows_table, rows, keep=MESSAGE_COLUMNS)
    warnings = [warning for item in built for warning in item.warnings]
    warnings += find_label_warnings(run.conn, run.year, source_table=run.asset)
    counts = run.record(warnings=warnings)
    counts["message rows filled"] = message_queries.fill_import_rows(run.conn, run.config)
    return run.report(rows_in=len(mentors), diff=diff, counts=counts)


def write_file(
    context: dg.AssetExecutionContext,
    config: ExportOptions,
    warehouse: WarehouseResource,
    clock: ClockResource,
    out_folder: OutFolderResource,
) -> dg.MaterializeResult[None]:
    """Write the import file and its record."""
    with warehouse.engine.begin() as conn, folder_errors("out folder", "MENTORSYNC_OUT_DIR"):
        out_files.repair_folder(conn, int(context.partition_key), out_folder.folder)
    conflict, forced_by = _refuse_stale_contacts(context, config, warehouse, clock)
    # The file is renamed to its final name after the commit: a run that is killed between the two can be repaired.
    with out_folder.pending() as pending, year_run(context, warehouse, clock) as run:
        require_current_rows(run.conn, run.year)
        rows = store.read_import_rows(run.conn, run.config)
        contacts_as_of = contact_queries.read_contacts_as_of(run.conn)
        rejected = rejection_store.update_rejections(run.conn, run.year, rows, run.config, now=run.now)
        linted = lint(
            [row for row in rows if row.mn_id not in rejected],
            store.read_current_contacts(run.conn, run.config, rows),
            run.config,
            retried=rejection_store.find_retried_rows(run.conn, run.year),
        )
        counts = run.record(
            conflicts=[conflict] if conflict else [],
            decisions=_read_decisions(run.conn, run.year),
            errors=linted.errors,
            warnings=linted.warnings,
        )
        content = serialise(linted.passed, run.config)
        written = {row.mn_id for row in linted.passed}
        name = out_files.build_file_name(run.year, run.now)
        pending.write(name, content)
        run.conn.execute(
            sa.insert(gb_import_files).values(
                campaign_year=run.year,
                file_name=name,
                sha256=hashlib.sha256(content).hexdigest(),
                row_count=len(linted.passed),
                held_back=len(rows) - len(linted.passed),
                left_out=sorted(row.mn_id for row in rows if row.mn_id is not None and row.mn_id not in written),
                sent_rows=_find_new_rows(run, linted.passed),
                run_id=context.run.run_id,
                contacts_as_of=contacts_as_of,
                created_at=run.now,
                forced_by=forced_by,
                sync_log_id=run.asset_run.log_id,
            )
        )
        result = run.report(
            rows_in=len(rows),
            diff=Diff(added=len(linted.passed)),
            counts={"rows held back": len(rows) - len(linted.passed), "rows rejected before": len(rejected)} | counts,
        )
    return result._replace(metadata={**(result.metadata or {}), "path": dg.MetadataValue.path(str(pending.path))})


def _find_new_rows(run: YearRun, rows: Iterable[ImportRow]) -> dict[str, Any]:
    """Return the value of `gb_import_files.sent_rows` for a file of these rows."""
    mentors = mentor_queries.read_mentors_to_import(run.conn, run.year, ())
    cells = {row.mn_id: {**row.cells, **row.custom_fields} for row in rows if row.mn_id is not None}
    new_rows = find_new_rows(cells, mentors, read_sent_rows(run.conn, run.year), run.config, made_at=run.now)
    return {key: {"contact_id": row.contact_id, "values": dict(row.values)} for key, row in new_rows.items()}


def _refuse_stale_contacts(
    context: dg.AssetExecutionContext, config: ExportOptions, warehouse: WarehouseResource, clock: ClockResource
) -> tuple[Conflict | None, str | None]:
    """Return the conflict about stale contact data and the person who forces the file; None for both if data is fresh.

    The conflict is stored in a separate transaction, so that it remains when the file is refused.

    Raises:
        StaleContactsError: the data is stale, and nobody forces the file or decided to use the data.

    """
    year = int(context.partition_key)
    with warehouse.engine.begin() as conn:
        conflict = out_files.find_staleness(conn, year, now=clock.now())
        decisions = _read_decisions(conn, year)
        finding_store.record_conflicts(
            conn,
            year,
            [conflict] if conflict else [],
            decisions=decisions,
            source_table="gb_import_file",
            log_id=None,
            now=clock.now(),
        )
        # Only a decision about the current state of the data allows a file.
        decided = find_decision(conflict, decisions) if conflict else None
    if conflict is None:
        return None, None
    if config.forced_by:
        return conflict, config.forced_by
    if decided is not None and decided.is_settled and decided.decision and decided.value == USE_AS_IT_IS:
        return conflict, decided.decision.decided_by
    raise StaleContactsError(
        f"No file for {year}: {conflict.recommendation_reason}",
        f"Refresh the contacts first: mentorsync refresh-contacts, or mentorsync upload FILE. To create the file "
        f"anyway: mentorsync export --year {year} --force.",
    )


def _read_decisions(conn: sa.Connection, year: int) -> Decisions:
    """Read the decisions in force about the contact data, which is no mentor's."""
    return map_decisions_to_submissions(review_queries.read_decisions_in_force(conn, year), ())
