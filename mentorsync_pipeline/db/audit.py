"""Who did what, where no other table says so: ran, uploaded, fetched or accepted something (`audit_log`)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import audit_log
from mentorsync_pipeline.domain.clean_text import clean_json
from mentorsync_pipeline.domain.vocabulary import AuditAct, Via


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One act. `subject` is a run's id, a file's sha256 or a table; `via` says how the person was known."""

    act: AuditAct
    subject: str
    who: str
    via: Via
    done_at: datetime
    campaign_year: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


def record(conn: sa.Connection, done: Done) -> None:
    """Keep an act."""
    columns = ("act", "subject", "who", "via", "done_at", "campaign_year", "details")
    values = {name: getattr(done, name) for name in columns}
    conn.execute(sa.insert(audit_log).values(values | {"details": clean_json(done.details)}))


def latest(
    conn: sa.Connection, act: AuditAct, *, subject: str | None = None, year: int | None = None, limit: int = 10
) -> list[Done]:
    """The newest acts of a kind first: about one subject, or of one year and of no year in particular, or all."""
    c = audit_log.c
    wanted = [c.act == act]
    if subject is not None:
        wanted.append(c.subject == subject)
    if year is not None:
        wanted.append(sa.or_(c.campaign_year == year, c.campaign_year.is_(None)))
    query = sa.select(audit_log).where(*wanted).order_by(c.id.desc()).limit(limit)
    return [_done(row) for row in conn.execute(query).mappings()]


def _done(row: sa.RowMapping) -> Done:
    return Done(**{name: value for name, value in row.items() if name != "id"})
