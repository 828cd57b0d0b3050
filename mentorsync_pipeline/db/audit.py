"""The audit log of actions of people: runs, uploads, downloads, accepted lists and other changes (`audit_log`)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import audit_log
from mentorsync_pipeline.domain.clean_text import clean_json
from mentorsync_pipeline.domain.vocabulary import AuditAct, Via


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An action. `subject` is a run id, a file's SHA-256 or a table; `via` is how the person was identified."""

    act: AuditAct
    subject: str
    who: str
    via: Via
    done_at: datetime
    campaign_year: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


def select_last_run() -> sa.ColumnElement[int]:
    """Select the last run at the time of an action; NULL where it is not recorded. See `db.load_order`."""
    return sa.cast(audit_log.c.details["after_log_id"].astext, sa.BigInteger)


def record(conn: sa.Connection, entry: AuditEntry) -> None:
    """Store an entry."""
    columns = ("act", "subject", "who", "via", "done_at", "campaign_year", "details")
    values = {name: getattr(entry, name) for name in columns}
    conn.execute(sa.insert(audit_log).values(values | {"details": clean_json(entry.details)}))


def read_latest(
    conn: sa.Connection, act: AuditAct, *, subject: str | None = None, year: int | None = None, limit: int = 10
) -> list[AuditEntry]:
    """Read the latest entries of an action, newest first.

    Args:
        subject: only entries about this subject.
        year: only entries of this year and of no particular year.

    """
    c = audit_log.c
    conditions = [c.act == act]
    if subject is not None:
        conditions.append(c.subject == subject)
    if year is not None:
        conditions.append(sa.or_(c.campaign_year == year, c.campaign_year.is_(None)))
    query = sa.select(audit_log).where(*conditions).order_by(c.id.desc()).limit(limit)
    return [_to_entry(row) for row in conn.execute(query).mappings()]


def _to_entry(row: sa.RowMapping) -> AuditEntry:
    return AuditEntry(**{name: value for name, value in row.items() if name != "id"})
