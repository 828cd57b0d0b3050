"""Record rejected import rows (rulebook section 9)."""

import hashlib

import dagster as dg

from mentorsync_pipeline.assets.year_run import year_run
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.import_file import rejection_store
from mentorsync_pipeline.import_file.queries import read_import_rows
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.drop_folder import LocationError, parse_location
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.review.error_list import resolve_asked_rejections
from mentorsync_pipeline.runtime.run_options import RejectedFile
from mentorsync_pipeline.uploads.rejected_mentors import RejectedFileError, read_year_mentors
from mentorsync_pipeline.uploads.rejected_rows import (
    FailedRowsError,
    parse_rejected_rows,
    read_failed_rows_file,
)


def record_failed_rows(
    context: dg.AssetExecutionContext, config: RejectedFile, warehouse: WarehouseResource, clock: ClockResource
) -> dg.MaterializeResult[None]:
    """Record the rejected rows of a file as errors of the mentors."""
    with year_run(context, warehouse, clock) as run:
        mentor_keys = read_year_mentors(run.conn, run.year)
        try:
            content = read_failed_rows_file(parse_location(config.path))
            failed_rows, options = parse_rejected_rows(
                content, by_external_id=mentor_keys.by_external_id, by_contact_id=mentor_keys.by_contact_id
            )
        except (LocationError, FailedRowsError, OSError) as error:
            raise RejectedFileError(
                error.strerror or "The file cannot be read." if isinstance(error, OSError) else str(error),
                "Upload the unchanged file from Givebutter.",
            ) from None
        rejections = {(error.mn_id, error.error_code) for error in failed_rows if error.mn_id is not None}
        counts = run.record(
            errors=(*failed_rows, *rejection_store.find_uncovered_rejections(run.conn, run.year, rejections))
        )
        rows = read_import_rows(run.conn, run.config)
        rejection_store.store_causes(
            run.conn, run.year, rejections, rows, run.config, rejected_options=options, now=run.now
        )
        asked = resolve_asked_rejections(run.conn, run.year, now=run.now)
        unmatched = sum(error.mn_id is None for error in failed_rows)
        run.asset_run.details["sha256"] = hashlib.sha256(content).hexdigest()
        return run.report(
            rows_in=len(failed_rows),
            diff=Diff(added=len(failed_rows)),
            counts={"unmatched rows": unmatched, "settled by questions": asked} | counts,
        )
