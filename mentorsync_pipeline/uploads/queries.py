"""What the sensors ask of the tables: what a year's assets last rested on, and what has been dropped before."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.contacts.queries import contacts_as_of
from mentorsync_pipeline.contacts.rules.as_of import TEAM_ZONE, export_as_of, export_name
from mentorsync_pipeline.db.tables import archive_approvals, gb_contact_loads, sync_decisions, sync_errors, sync_log
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.domain.findings import REJECTED_ROWS
from mentorsync_pipeline.review import errors

CONTACTS = "raw_gb_full_contacts"
DROPPED = "drop_folder"


@dataclass(frozen=True, slots=True)
class ExportLoad:
    """An export that was loaded: the Dagster run that did it, and when it was done."""

    load_id: int
    run_id: str
    finished_at: datetime


def is_loaded(conn: sa.Connection, sha256: str) -> bool:
    """Whether a file of this content has been loaded, as contacts or as rejected rows."""
    load, log = gb_contact_loads, sync_log
    taken = sa.union_all(
        sa.select(load.c.id).where(load.c.sha256 == sha256),
        sa.select(log.c.id).where(
            log.c.asset == REJECTED_ROWS, log.c.status == "success", log.c.details["sha256"].astext == sha256
        ),
    )
    return conn.execute(taken.limit(1)).first() is not None


def is_a_later_export(conn: sa.Connection, file_name: str, sha256: str, *, now: datetime) -> bool:
    """Whether a file of known content is an export of its own, taken after the contact data that the tables hold.

    Nothing has changed at Givebutter in between then. A copy, which Givebutter has not named, says nothing new; nor
    does the content of an export that others have followed, whatever its name: a contact's last change never goes back.
    """
    name = export_name(file_name)
    if name is None:
        return False
    load = gb_contact_loads.c
    last = sa.select(load.sha256).where(load.origin == "export").order_by(load.id.desc()).limit(1)
    if conn.execute(last).scalar() != sha256:
        return False
    like = load.file_name.startswith(name, autoescape=True)
    loaded = conn.execute(sa.select(load.file_name).where(like)).scalars()
    taken_at = export_as_of(file_name, now, None, TEAM_ZONE)
    return name not in {export_name(one) for one in loaded} and taken_at > contacts_as_of(conn)


def last_export(conn: sa.Connection) -> ExportLoad | None:
    """The contact load of all years that came last, if it was an export file."""
    load, log = gb_contact_loads, sync_log
    row = conn.execute(
        sa.select(load.c.id, load.c.run_id, log.c.finished_at)
        .join(log, sa.and_(log.c.run_id == load.c.run_id, log.c.asset == CONTACTS, log.c.status == "success"))
        .where(load.c.origin == "export")
        .order_by(load.c.id.desc())
        .limit(1)
    ).first()
    return ExportLoad(row.id, row.run_id, row.finished_at) if row else None


def inputs_seen_until(conn: sa.Connection, year: int, assets: Sequence[str]) -> datetime | None:
    """The moment until which everything is in all of these assets of a year; None when one was never made.

    That is when the oldest of their last successful runs began.
    """
    log = sync_log
    query = (
        sa.select(log.c.asset, sa.func.max(log.c.started_at).label("began"))
        .where(log.c.campaign_year == year, log.c.asset.in_(assets), log.c.status == "success")
        .group_by(log.c.asset)
    )
    began: dict[str, datetime] = {row.asset: row.began for row in conn.execute(query)}
    return min(began.values()) if set(began) == set(assets) else None


def last_versions(conn: sa.Connection, year: int, assets: Sequence[str]) -> dict[str, tuple[str | None, str | None]]:
    """The code version and the configuration by which these assets of a year were last made; without those never made.

    They are kept with the rows and in the same transaction, not read from Dagster's events: those may be deleted, and a
    run may be killed between its commit and its event.
    """
    log = sync_log
    query = (
        sa.select(
            log.c.asset,
            log.c.details["code_version"].astext.label("code_version"),
            log.c.details["configuration"].astext.label("configuration"),
        )
        .ext(pg.distinct_on(log.c.asset))
        .where(log.c.campaign_year == year, log.c.asset.in_(assets), log.c.status == "success")
        .order_by(log.c.asset, log.c.id.desc())
    )
    return {row.asset: (row.code_version, row.configuration) for row in conn.execute(query)}


def last_log(conn: sa.Connection, year: int, assets: Sequence[str]) -> int:
    """The newest successful `sync_log` row of one of these assets of a year; 0 when there is none."""
    log = sync_log
    query = sa.select(sa.func.max(log.c.id)).where(
        log.c.campaign_year == year, log.c.asset.in_(assets), log.c.status == "success"
    )
    return conn.execute(query).scalar_one() or 0


def last_decision(conn: sa.Connection, year: int) -> datetime | None:
    """When a person last decided, or took back a decision, about this year."""
    table = sync_decisions
    query = sa.select(sa.func.max(sa.func.greatest(table.c.decided_at, table.c.undone_at))).where(
        table.c.campaign_year == year
    )
    moment: datetime | None = conn.execute(query).scalar_one()
    return moment


def error_of(conn: sa.Connection, run_id: str) -> str | None:
    """What the last failed asset of a run said."""
    log = sync_log.c
    query = sa.select(log.error).where(log.run_id == run_id, log.error.is_not(None)).order_by(log.id.desc()).limit(1)
    return conn.execute(query).scalar()


def last_archive_answer(conn: sa.Connection, year: int) -> datetime | None:
    """When a person last approved or refused to archive a contact of this year, or took a refusal back."""
    table = archive_approvals
    query = sa.select(sa.func.max(sa.func.greatest(table.c.approved_at, table.c.withdrawn_at))).where(
        table.c.campaign_year == year, table.c.scope == "contact"
    )
    moment: datetime | None = conn.execute(query).scalar_one()
    return moment


def report_quarantined(conn: sa.Connection, *, code: str, sha256: str, message: str, now: datetime) -> None:
    """Store why a dropped file was quarantined; one error per content."""
    error = build_error(code, subject=f"file {sha256[:12]}", message=message, source_table=DROPPED)
    conn.execute(
        pg.insert(sync_errors).values(campaign_year=None, created_at=now, **asdict(error)).on_conflict_do_nothing()
    )


def settle_quarantined(conn: sa.Connection, *, sha256: str, now: datetime) -> None:
    """Close what was said of a file whose content has been loaded after all."""
    table = sync_errors
    conn.execute(
        sa.update(table)
        .where(table.c.source_table == DROPPED, table.c.subject == f"file {sha256[:12]}", ~table.c.resolved)
        .values(**errors.resolved_values(now))
    )
