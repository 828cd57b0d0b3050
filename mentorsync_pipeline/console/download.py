"""Downloads of the import file, uncached and recorded in the audit log."""

import sqlalchemy as sa
from starlette.responses import FileResponse, Response

from mentorsync_pipeline.console.auth.user import Person
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.contacts.label_lookup import read_present_config
from mentorsync_pipeline.db import audit
from mentorsync_pipeline.db.load_order import LAST_RUN
from mentorsync_pipeline.import_file import out_files
from mentorsync_pipeline.import_file.row_previews import select_changed_rows
from mentorsync_pipeline.uploads.file_check import check_recorded_file, refuse_stale_file


def fetch(
    services: Services, person: Person, year: int, file_id: int | None = None, *, changed_only: bool = False
) -> Response:
    """Return a file by its id, or the newest; with `changed_only`, its rows that change or create a contact.

    Raises ImportFileMissingError or StaleFileError.
    """
    with services.engine.begin() as conn:
        file = out_files.find_file(conn, year, file_id)
        path = out_files.locate_file(file, services.settings.out_dir)
        checked = services.cache.of_year(conn, year).read_of_runs(check_recorded_file, path, file.sha256)
        refuse_stale_file(checked, path, year)
        act = audit.AuditEntry(
            act="file_fetched",
            subject=file.sha256,
            who=person.name,
            via=person.via,
            done_at=services.now(),
            campaign_year=year,
            details={
                "file_name": file.file_name,
                "rows": file.row_count,
                "changed_only": changed_only,
                "after_log_id": conn.execute(sa.select(LAST_RUN)).scalar_one(),
            },
        )
        audit.record(conn, act)
        if changed_only:
            content = select_changed_rows(conn, read_present_config(conn, year), file, services.settings.out_dir)
            headers = {"Content-Disposition": f'attachment; filename="{path.stem}-changed.csv"'}
            return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename=path.name)
