"""Read loaded files, and record quarantined ones."""

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.contacts.queries import read_contacts_as_of
from mentorsync_pipeline.contacts.rules.as_of import compute_export_as_of, parse_export_name
from mentorsync_pipeline.db.tables import gb_contact_loads, sync_errors, sync_log
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.domain.findings import REJECTED_ROWS
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.review import error_list

CONTACTS = "raw_gb_full_contacts"
DROPPED = "drop_folder"


@dataclass(frozen=True, slots=True)
class ExportLoad:
    """A loaded export, with the id of its Dagster run."""

    load_id: int
    run_id: str


def is_loaded(conn: sa.Connection, sha256: str) -> bool:
    """Return whether a file with this content has been loaded, as contacts or as rejected rows."""
    load, log = gb_contact_loads, sync_log
    loads = sa.union_all(
        sa.select(load.c.id).where(load.c.sha256 == sha256),
        sa.select(log.c.id).where(
            log.c.asset == REJECTED_ROWS, log.c.status == "success", log.c.details["sha256"].astext == sha256
        ),
    )
    return conn.execute(loads.limit(1)).first() is not None


def is_later_export(conn: sa.Connection, file_name: str, sha256: str, *, now: datetime) -> bool:
    """Return whether a file with known content is a later export, taken after the loaded contact data.

    Givebutter's data has not changed in between then. A renamed copy is not a later export, nor is the content of an
    export after which others were loaded, because the last change of a contact never goes back.
    """
    name = parse_export_name(file_name)
    if name is None:
        return False
    load = gb_contact_loads.c
    last = sa.select(load.sha256).where(load.origin == "export").order_by(load.id.desc()).limit(1)
    if conn.execute(last).scalar() != sha256:
        return False
    like = load.file_name.contains(name, autoescape=True)
    loaded_names = conn.execute(sa.select(load.file_name).where(like)).scalars()
    taken_at = compute_export_as_of(file_name, now, None, TEAM_ZONE)
    return name not in {
        parse_export_name(name_of_load) for name_of_load in loaded_names
    } and taken_at > read_contacts_as_of(conn)


def read_last_export(conn: sa.Connection) -> ExportLoad | None:
    """Return the last load of an export file."""
    load, log = gb_contact_loads, sync_log
    row = conn.execute(
        sa.select(load.c.id, load.c.run_id)
        .join(log, sa.and_(log.c.run_id == load.c.run_id, log.c.asset == CONTACTS, log.c.status == "success"))
        .where(load.c.origin == "export")
        .order_by(load.c.id.desc())
        .limit(1)
    ).first()
    return ExportLoad(row.id, row.run_id) if row else None


def read_run_error(conn: sa.Connection, run_id: str) -> str | None:
    """Return the error of the last failed asset of a run."""
    log = sync_log.c
    query = sa.select(log.error).where(log.run_id == run_id, log.error.is_not(None)).order_by(log.id.desc()).limit(1)
    return conn.execute(query).scalar()


def report_quarantined(conn: sa.Connection, *, code: str, sha256: str, message: str, now: datetime) -> None:
    """Store the error of a quarantined file, one per content."""
    error = build_error(code, subject=f"file {sha256[:12]}", message=message, source_table=DROPPED)
    conn.execute(
        pg.insert(sync_errors).values(campaign_year=None, created_at=now, **asdict(error)).on_conflict_do_nothing()
    )


def resolve_quarantined(conn: sa.Connection, *, sha256: str, now: datetime) -> None:
    """Resolve the error of a quarantined file whose content has been loaded since."""
    table = sync_errors
    conn.execute(
        sa.update(table)
        .where(table.c.source_table == DROPPED, table.c.subject == f"file {sha256[:12]}", ~table.c.resolved)
        .values(**error_list.resolved_values(now))
    )
