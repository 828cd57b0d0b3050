"""Rows that Givebutter rejected, as an asset: its `*-failed.csv` becomes errors of the mentors (rulebook section 9)."""

import hashlib

import dagster as dg
from upath import UPath

from mentorsync_pipeline.assets.year_asset import year_asset, year_run
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.db.tables import sync_errors
from mentorsync_pipeline.import_file import rejection_store
from mentorsync_pipeline.import_file.queries import read_import_rows
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.run_options import RejectedFile
from mentorsync_pipeline.uploads.rejected_rows import FailedRowsError, parse
from mentorsync_pipeline.uploads.rejected_rows_store import RejectedFileError, known


@year_asset(
    group="import",
    deps=["drop_folder", "mentors", "mn_gb_import", "campaign_messages", "raw_gb_full_contacts"],
    table=sync_errors,
)
def gb_failed_rows(
    context: dg.AssetExecutionContext, config: RejectedFile, warehouse: WarehouseResource, clock: ClockResource
) -> dg.MaterializeResult[None]:
    """Rows of the last import that Givebutter rejected, as errors of the mentors with the next step for each.

    A row that is rejected stays out of the next files until its cause is gone, or until a person has it tried again;
    its error stays open as long. When nothing is rejected Givebutter gives no file: then the next contact data shows
    that the rows arrived, and `mentors` closes them.
    """
    with year_run(context, warehouse, clock) as run:
        whose = known(run.conn, run.year)
        try:
            content = UPath(config.path).read_bytes()
            found = parse(content, by_external_id=whose.by_external_id, by_contact_id=whose.by_contact_id)
        except (FailedRowsError, OSError) as error:
            raise RejectedFileError(
                error.strerror or "It cannot be read." if isinstance(error, OSError) else str(error),
                "Upload the file as Givebutter gave it.",
            ) from None
        mn_ids = {error.mn_id for error in found if error.mn_id is not None}
        counts = run.record(errors=(*found, *rejection_store.find_uncovered_rejections(run.conn, run.year, mn_ids)))
        rows = read_import_rows(run.conn, run.config)
        rejection_store.store_causes(run.conn, run.year, mn_ids, rows, run.config, now=run.now)
        unknown = sum(one.mn_id is None for one in found)
        run.stage.details["sha256"] = hashlib.sha256(content).hexdigest()
        return run.report(rows_in=len(found), diff=Diff(added=len(found)), counts={"unmatched rows": unknown} | counts)
